using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.ForceFields;

/// <summary>Energies and forces of the engine against OpenMM's Reference platform, term by term: each kind of term stands alone in a system for OpenMM.</summary>
internal static class OpenMMParity
{
    private const string Verlet = "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";

    /// <summary>One kind of term.</summary>
    public sealed record Row(string Term, double Energy, double OpenMM, double EnergyError, double ForceError, double LaneEnergyError, double LaneForceError);

    /// <summary>Relative errors of every kind of term; energies relative to the energy or 1 kJ/mol, forces to the largest component.</summary>
    public static IReadOnlyList<Row> Compare(ClassicalSystem system, double[] positions) =>
        [.. Terms(system).Select(t => Compare(t.Name, t.System, SystemXml.Write(t.System), positions)), Compare("all", system, SystemXml.Write(system), positions)];

    /// <summary>The engine on a system against OpenMM on an XML that somebody else wrote.</summary>
    public static Row Compare(string name, ClassicalSystem system, string xml, double[] positions)
    {
        (double reference, double[] referenceForces) = Reference(xml, positions);
        var potential = new ForceFieldPotential(system.ToEngine());
        var forces = new double[positions.Length];
        double energy = potential.EvaluateExact(positions, forces);
        var laneEnergy = new double[1];
        var laneForces = new float[positions.Length];
        potential.Evaluate([.. positions.Select(x => (float)x)], laneEnergy, laneForces);
        double scale = Math.Max(1, Math.Abs(reference)), forceScale = Math.Max(1, referenceForces.Max(Math.Abs));
        return new(name, energy, reference, Math.Abs(energy - reference) / scale, Difference(referenceForces, forces) / forceScale,
            Math.Abs(laneEnergy[0] - reference) / scale, Difference(referenceForces, [.. laneForces.Select(f => (double)f)]) / forceScale);
    }

    public static (double Energy, double[] Forces) Reference(string xml, double[] positions)
    {
        using var system = OpenMMSystem.FromXml(xml);
        using var context = new OpenMMContext(system, Verlet, "Reference");
        var energy = new double[1];
        var forces = new double[positions.Length];
        Assert.Equal(FrameStatus.Ok, Assert.Single(context.EnergiesAndForces(positions, energy, forces)));
        return (energy[0], forces);
    }

    /// <summary>A geometry as at room temperature (atoms off by 0.006 nm, so that no force vanishes), in numbers that single precision holds.</summary>
    public static double[] Thermal(double[] positions) => [.. positions.Select((x, k) => (double)(float)(x + 0.006 * Math.Sin(12.9898 * k + 0.7)))];

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
            yield return ("Coulomb in solvent", charges with { ImplicitSolvent = system.ImplicitSolvent });
    }

    private static double Difference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
