using MolSampling.Potentials;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Jobs.Solvation;

/// <summary>
/// From the volume that was set to a pressure of 1 bar. A box of volume V at pressure P is by kappa V (P - p) too small; to second order
/// G(p) = A(V) + p V - kappa V (P - p)^2 / 2 with its water's compressibility kappa, at either end of the path, so dG = dA - kappa V (P_1 -
/// P_0) ((P_1 + P_0)/2 - p): the excess of the mean pressure times the solute's partial molar volume.
/// </summary>
/// <param name="Coupled">P_1, kJ/mol/nm^3, with its error.</param>
/// <param name="Decoupled">P_0.</param>
/// <param name="Value">dG - dA, kJ/mol.</param>
/// <param name="Error">Of it.</param>
public sealed record PressureCorrection((double Value, double Error) Coupled, (double Value, double Error) Decoupled, double Value,
    double Error)
{
    private const int BlocksOfASet = 5;
    private const double Atmosphere = 1 / MolecularPressure.Bar; // 1 bar

    /// <summary>Of a run.</summary>
    /// <param name="run">With frames.</param>
    /// <param name="sets">Of windows.</param>
    /// <param name="compressibility">kappa, 1/bar.</param>
    /// <param name="first">Frames that count, from the first on; null for all.</param>
    internal static PressureCorrection Of(SolvationRun run, int sets, double compressibility, int? first = null)
    {
        (double Value, double Error) coupled = Mean(false), decoupled = Mean(true);
        return Between(coupled, decoupled, run.Volume, compressibility);

        (double, double) Mean(bool end)
        {
            double[] blocks = [.. Enumerable.Range(0, sets).SelectMany(s =>
            {
                double[] all = run.Sampled.Pressures(s, end)[..(first ?? run.Frames)];
                return Enumerable.Range(0, BlocksOfASet).Select(b => all[(all.Length * b / BlocksOfASet)..(all.Length * (b + 1)
                    / BlocksOfASet)].Average());
            })];
            double mean = blocks.Average(), square = blocks.Sum(b => (b - mean) * (b - mean));
            // few blocks: Student's factor, as in BlockError
            return (mean, Math.Sqrt(square / blocks.Length / (blocks.Length - 3)));
        }
    }

    /// <summary>Of known pressures.</summary>
    /// <param name="coupled">kJ/mol/nm^3, with its error.</param>
    /// <param name="decoupled">The same.</param>
    /// <param name="volume">nm^3.</param>
    /// <param name="compressibility">1/bar.</param>
    public static PressureCorrection Between((double Value, double Error) coupled, (double Value, double Error) decoupled, double volume,
        double compressibility)
    {
        double kappa = compressibility * MolecularPressure.Bar * volume;
        (double above, double below) = (coupled.Value - Atmosphere, decoupled.Value - Atmosphere);
        return new(coupled, decoupled, -kappa / 2 * (above * above - below * below), kappa * Math.Sqrt(Math.Pow(above * coupled.Error, 2)
            + Math.Pow(below * decoupled.Error, 2)));
    }
}
