using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Solvation;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Solvation;

/// <summary>A rotamer about one bond of the solute.</summary>
/// <param name="Angle">Torsion, rad.</param>
/// <param name="Gas">Energy above the lowest in the gas, kJ/mol.</param>
/// <param name="Water">A guess of the same in water, kJ/mol.</param>
/// <param name="Kind">Rotamers of one kind are the same under the molecule's symmetry.</param>
internal readonly record struct Rotamer(double Angle, double Gas, double Water, int Kind);

/// <summary>
/// Which rotamers a bond of the solute has: turned by sixths of a circle and minimised in the gas. What water makes of them is guessed from
/// their dipoles mu by Onsager's cavity, -(eps - 1)/(2 eps + 1) K mu^2/a^3, with a^3 = 3 V/(4 pi) of the solute's volume (L. Onsager, J.
/// Am. Chem. Soc. 58 (1936) 1486). A guess will do: it only says which rotamers must have been seen in water.
/// </summary>
internal static class RotamerScan
{
    private const int Turns = 6, MostIterations = 20_000;
    private const double Tolerance = 0.5; // kJ/mol/nm
    private const double SameAngle = Math.PI / 9; // what a top further on does to it
    private const double SameEnergy = 0.3, SameDipole = 0.02; // kJ/mol, of the larger dipole
    private const double Dielectric = 78.4;

    /// <summary>Of one bond; the lowest in water first.</summary>
    /// <param name="gas">The solute's energy.</param>
    /// <param name="solute">Its parameters.</param>
    /// <param name="start">[3N] nm.</param>
    /// <param name="bond">What turns.</param>
    /// <param name="torsion">By which it is seen.</param>
    public static IReadOnlyList<Rotamer> Of(ForceFieldPotential gas, ClassicalSystem solute, IReadOnlyList<double> start,
        RotatableBond bond, (int I, int J, int K, int L) torsion)
    {
        float[][] minima = Minima(gas, [.. start.Take(3 * solute.AtomCount).Select(v => (float)v)], bond);
        double cavity = 3 / (4 * Math.PI) * WaterBox.VolumeOf(solute.Particles, [.. start.Take(3 * solute.AtomCount)]);
        double perSquare = (Dielectric - 1) / (2 * Dielectric + 1) * EngineParameters.CoulombConstant / cavity;
        var found = new List<(double Angle, double Energy, double Dipole)>();
        double[] forces = new double[3 * solute.AtomCount];
        foreach (float[] x in minima)
            found.Add((Dihedral.Angle(x, torsion.I, torsion.J, torsion.K, torsion.L), gas.EvaluateDouble([.. x.Select(v => (double)v)],
                forces), Dipole(solute.Particles, x)));
        double lowest = found.Min(f => f.Energy), best = found.Min(f => f.Energy - perSquare * f.Dipole * f.Dipole);
        var rotamers = new List<Rotamer>();
        var before = new List<(double Angle, double Energy, double Dipole)>();
        int kinds = 0;
        foreach (var f in found.OrderBy(f => f.Energy - perSquare * f.Dipole * f.Dipole))
        {
            int like = before.FindIndex(k => Math.Abs(Math.IEEERemainder(k.Angle - f.Angle, 2 * Math.PI)) < SameAngle
                || (Math.Abs(k.Energy - f.Energy) < SameEnergy
                    && Math.Abs(k.Dipole - f.Dipole) <= SameDipole * Math.Max(k.Dipole, f.Dipole)));
            before.Add(f);
            rotamers.Add(new(f.Angle, f.Energy - lowest, f.Energy - perSquare * f.Dipole * f.Dipole - best, like < 0 ? kinds++
                : rotamers[like].Kind));
        }
        return rotamers;
    }

    private static float[][] Minima(ForceFieldPotential gas, float[] start, RotatableBond bond)
    {
        float[][] minima = new float[Turns][];
        for (int first = 0; first < Turns; first += gas.BlockWidth)
        {
            using var block = new WalkerBlock(gas, 0);
            for (int lane = 0; lane < block.Width; lane++) // what is over repeats the last
            {
                float[] x = [.. start];
                TorsionMove.Rotate(x, 1, 0, bond, 2 * Math.PI * Math.Min(first + lane, Turns - 1) / Turns);
                block.SetPositions(lane, x);
            }
            FireMinimiser.Minimise(gas, block, Tolerance, MostIterations);
            for (int lane = 0; lane < block.Width && first + lane < Turns; lane++)
                block.CopyPositions(lane, minima[first + lane] = new float[start.Length]);
        }
        return minima;
    }

    /// <summary>e nm.</summary>
    private static double Dipole(IReadOnlyList<NonbondedParticle> particles, float[] x)
    {
        double square = 0;
        for (int d = 0; d < 3; d++)
        {
            double sum = 0;
            for (int a = 0; a < particles.Count; a++)
                sum += particles[a].Charge * x[3 * a + d];
            square += sum * sum;
        }
        return Math.Sqrt(square);
    }
}
