using MolSampling.Potentials.Classical;

namespace MolSampling.Potentials.OpenMM;

/// <summary>One kind of term, by the engine and by OpenMM.</summary>
/// <param name="Term">"bonds", ..., "all".</param>
/// <param name="Energy">The engine's in double precision, kJ/mol.</param>
/// <param name="OpenMM">OpenMM's Reference platform, kJ/mol.</param>
/// <param name="EnergyError">Relative, in double precision; to 1 kJ/mol where the energy is smaller; that of "all" to the sum of the terms'
/// magnitudes.</param>
/// <param name="ForceError">Largest component of the difference over the largest force, in double precision.</param>
/// <param name="LaneEnergyError">As EnergyError, in single-precision lanes.</param>
/// <param name="LaneForceError">As ForceError, in single-precision lanes.</param>
public sealed record TermParityRow(string Term, double Energy, double OpenMM, double EnergyError, double ForceError, double LaneEnergyError,
    double LaneForceError);

/// <summary>The engine against OpenMM's Reference platform, term by term: each kind of term stands alone in a System of its own.</summary>
public static class TermParity
{
    private const string Verlet = "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";

    /// <summary>Every kind of term of a system, and all together.</summary>
    /// <param name="system">The parameters.</param>
    /// <param name="positions">[3N] nm.</param>
    /// <exception cref="Native.NativeException">OpenMM is missing, or its own text.</exception>
    public static IReadOnlyList<TermParityRow> Compare(ClassicalSystem system, double[] positions)
    {
        List<TermParityRow> rows = [.. Terms(system).Select(t => Compare(t.Name, t.System, SystemXml.Write(t.System), positions))];
        // the total is a small difference of large terms: its error is measured by their sum
        double scale = Math.Max(1, rows.Sum(r => Math.Abs(r.OpenMM)));
        TermParityRow all = Compare("all", system, SystemXml.Write(system), positions);
        double own = Math.Max(1, Math.Abs(all.OpenMM));
        return [.. rows, all with { EnergyError = all.EnergyError * own / scale, LaneEnergyError = all.LaneEnergyError * own / scale }];
    }

    /// <summary>The engine on a system against OpenMM on a System that anybody may have written.</summary>
    /// <param name="term">The row's name.</param>
    /// <param name="system">For the engine.</param>
    /// <param name="xml">For OpenMM.</param>
    /// <param name="positions">[3N] nm.</param>
    public static TermParityRow Compare(string term, ClassicalSystem system, string xml, double[] positions)
    {
        (double reference, double[] referenceForces) = Reference(xml, positions);
        var potential = new ForceFieldPotential(system.ToEngine());
        var forces = new double[positions.Length];
        double energy = potential.EvaluateDouble(positions, forces);
        var laneEnergy = new double[1];
        var laneForces = new float[positions.Length];
        potential.Evaluate([.. positions.Select(x => (float)x)], laneEnergy, laneForces);
        double scale = Math.Max(1, Math.Abs(reference)), forceScale = Math.Max(1, referenceForces.Max(Math.Abs));
        return new(term, energy, reference, Math.Abs(energy - reference) / scale, Difference(referenceForces, forces) / forceScale,
            Math.Abs(laneEnergy[0] - reference) / scale,
                Difference(referenceForces, Array.ConvertAll(laneForces, f => (double)f)) / forceScale);
    }

    /// <summary>A geometry as at room temperature (atoms off by up to 0.006 nm, so that no force vanishes), in numbers that single
    /// precision holds.</summary>
    public static double[] Thermal(IReadOnlyList<double> positions) =>
        [.. positions.Select((x, k) => (double)(float)(x + 0.006 * Math.Sin(12.9898 * k + 0.7)))];

    private static (double Energy, double[] Forces) Reference(string xml, double[] positions)
    {
        using var system = OpenMMSystem.FromXml(xml);
        using var context = new OpenMMContext(system, Verlet, "Reference");
        var energy = new double[1];
        var forces = new double[positions.Length];
        return context.EnergiesAndForces(positions, energy, forces)[0] == FrameStatus.Ok ? (energy[0], forces) : (double.NaN, forces);
    }

    private static IEnumerable<(string Name, ClassicalSystem System)> Terms(ClassicalSystem system)
    {
        var bare = new ClassicalSystem { Masses = system.Masses, Reach = system.Reach };
        yield return ("bonds", bare with { Bonds = system.Bonds });
        yield return ("angles", bare with { Angles = system.Angles });
        yield return ("torsions", bare with { Torsions = system.Torsions });
        if (system.Particles.Count == 0)
            yield break;
        yield return ("Lennard-Jones", bare with
        {
            Particles = [.. system.Particles.Select(p => p with { Charge = 0 })],
            Exceptions = [.. system.Exceptions.Select(e => e with { ChargeProduct = 0 })],
        });
        ClassicalSystem charges = bare with
        {
            Particles = [.. system.Particles.Select(p => p with { Epsilon = 0 })],
            Exceptions = [.. system.Exceptions.Select(e => e with { Epsilon = 0 })],
        };
        yield return ("Coulomb", charges);
        if (system.ImplicitSolvent is not null)
            yield return ("Coulomb and solvent", charges with { ImplicitSolvent = system.ImplicitSolvent });
    }

    private static double Difference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
