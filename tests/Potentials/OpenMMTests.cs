using MolSampling.Potentials.Native;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.Potentials;

public sealed class OpenMMTests
{
    private const string Verlet = "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";

    private static string Langevin(int seed) =>
        $"<Integrator type=\"LangevinMiddleIntegrator\" version=\"1\" stepSize=\"0.004\" constraintTolerance=\"1e-5\" temperature=\"300\" friction=\"5\" randomSeed=\"{seed}\"/>";

    private static string SystemXml(string force) => $"""
        <System openmmVersion="7.7" type="System" version="1"><PeriodicBoxVectors><A x="2" y="0" z="0"/><B x="0" y="2" z="0"/><C x="0" y="0" z="2"/></PeriodicBoxVectors>
        <Particles><Particle mass="12"/><Particle mass="16"/></Particles><Constraints/><Forces>{force}</Forces></System>
        """;

    private const string Bond =
        "<Force type=\"HarmonicBondForce\" version=\"2\" forceGroup=\"0\" usesPeriodic=\"0\"><Bonds><Bond p1=\"0\" p2=\"1\" d=\"0.12\" k=\"1000\"/></Bonds></Force>";

    public OpenMMTests() => Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);

    [SkippableFact]
    public void A_harmonic_bond_has_its_closed_form_on_every_platform_and_NaN_is_a_status()
    {
        Assert.Contains("Reference", OpenMMLibrary.Platforms);
        Assert.StartsWith(OpenMMLibrary.Version.Split('.')[0], OpenMMLibrary.Version, StringComparison.Ordinal);
        using var system = OpenMMSystem.FromXml(SystemXml(Bond));
        Assert.Equal([12.0, 16.0], system.Masses);
        foreach (string platform in OpenMMLibrary.Platforms.Where(p => p is "Reference" or "CPU"))
        {
            using var context = new OpenMMContext(system, Verlet, platform);
            Assert.Equal(platform, context.Platform);
            double[] x = [0, 0, 0, 0.15, 0, 0, double.NaN, 0, 0, 0.15, 0, 0, 0, 0, 0, 0, 0.12, 0], energies = new double[3],
                forces = new double[18];
            Assert.Equal([FrameStatus.Ok, FrameStatus.NotFinite, FrameStatus.Ok], context.EnergiesAndForces(x, energies, forces));
            Assert.Equal(0.45, energies[0], 1e-5);
            Assert.Equal(30, forces[0], 1e-3);
            Assert.True(double.IsNaN(energies[1]));
            Assert.Equal(0, energies[2], 1e-5);
        }
    }

    [SkippableFact]
    public void Errors_are_exceptions_with_upstreams_text()
    {
        using var system = OpenMMSystem.FromXml(SystemXml(Bond));
        Assert.Contains("Abacus", Assert.Throws<NativeException>(() => new OpenMMContext(system, Verlet, "Abacus")).Message,
            StringComparison.Ordinal);
        Assert.Throws<NativeException>(() => OpenMMSystem.FromXml("<System"));
        Assert.Throws<NativeException>(() => OpenMMSystem.FromXml("<?xml version=\"1.0\"?><Integrator type=\"x\"/>"));
        using var context = new OpenMMContext(system, Verlet, "Reference");
        Assert.Throws<NativeException>(() => context.Positions = new double[9]);
        Assert.Throws<NativeException>(() => context["nothing"]);
        Assert.Throws<ArgumentException>(() => context.EnergiesAndForces(new double[5], new double[1], []));
        Assert.Throws<NativeException>(() => context.Step(-1));
    }

    [SkippableFact]
    public void Constraints_masslessness_and_a_fixed_centre_take_degrees_of_freedom()
    {
        const string remover = "<Force type=\"CMMotionRemover\" version=\"1\" forceGroup=\"0\" frequency=\"1\"/>",
            constraint = "<Constraints><Constraint p1=\"0\" p2=\"1\" d=\"0.12\"/></Constraints>";
        Assert.Equal(6, Count(SystemXml(Bond)));
        Assert.Equal(5, Count(SystemXml(Bond).Replace("<Constraints/>", constraint, StringComparison.Ordinal)));
        Assert.Equal(2, Count(SystemXml(Bond + remover).Replace("<Constraints/>", constraint, StringComparison.Ordinal)));
        Assert.Equal(3, Count(SystemXml(Bond).Replace("mass=\"16\"", "mass=\"0\"", StringComparison.Ordinal)));

        static int Count(string xml)
        {
            using var system = OpenMMSystem.FromXml(xml);
            return system.DegreesOfFreedom;
        }
    }

    [SkippableFact]
    public void Systems_and_states_survive_a_round_trip()
    {
        using var system = OpenMMSystem.FromXml(SystemXml(Bond));
        using var again = OpenMMSystem.FromXml(system.ToXml());
        Assert.Equal(system.ToXml(), again.ToXml());
        using OpenMMContext one = new(system, Verlet, "Reference"), two = new(system, Verlet, "Reference");
        one.Positions = [0, 0, 0, 0.15, 0.01, 0];
        one.DrawVelocities(300, 7);
        one.Box = [3, 0, 0, 0, 3, 0, 0, 0, 3];
        one.Step(25);
        two.State = one.State;
        one.Step(50);
        two.Step(50);
        Assert.Equal(one.Positions, two.Positions);
        Assert.Equal(one.Velocities, two.Velocities);
        Assert.Equal(3, two.Box[0]);
        one.Minimise(0.1);
        double[] x = one.Positions;
        Assert.Equal(0.12, Math.Sqrt(Enumerable.Range(0, 3).Sum(c => (x[c] - x[c + 3]) * (x[c] - x[c + 3]))), 1e-4);
    }

    [SkippableFact]
    public void Langevin_dynamics_on_several_threads_has_the_bonds_temperature()
    {
        // <k d^2> = kT (1 + 2 kT/(k r0^2) + ...) for a bond in space: by quadrature of r^2 exp(-beta U)
        Skip.IfNot(OpenMMLibrary.Platforms.Contains("CPU"),
            "OpenMM's CPU platform is not here; Reference has one generator for all threads");
        using var system = OpenMMSystem.FromXml(SystemXml(Bond));
        double kT = new ThermodynamicState(300).KT, norm = 0, expected = 0;
        for (int i = 0; i < 20_000; i++)
        {
            double r = 0.6 * (i + 0.5) / 20_000, u = 500 * (r - 0.12) * (r - 0.12), w = r * r * Math.Exp(-u / kT);
            norm += w;
            expected += w * u;
        }
        expected /= norm;
        double[] means = new double[16];
        Parallel.For(0, means.Length, ParallelWork.Options(), n =>
        {
            using var context = new OpenMMContext(system, Langevin(n + 1), "CPU", new Dictionary<string, string> { ["Threads"] = "1" });
            context.Positions = [0, 0, 0, 0.12, 0, 0];
            context.DrawVelocities(300, n + 1);
            context.Step(500);
            double[] energy = new double[1];
            for (int t = 0; t < 400; t++)
            {
                context.Step(10);
                context.EnergiesAndForces(context.Positions, energy, []);
                means[n] += energy[0] / 400;
            }
        });
        double mean = means.Average(), error = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / 15 / 16);
        Assert.True(Math.Abs(mean - expected) < 5 * error, $"{mean:f4} ± {error:f4} for {expected:f4}");
        Assert.True(Math.Abs(mean - 1.2 * expected) > 5 * error); // power
    }

    [SkippableFact]
    public void A_thousand_contexts_do_not_grow_the_process()
    {
        using var system = OpenMMSystem.FromXml(SystemXml(Bond));
        void Cycle(int count)
        {
            for (int n = 0; n < count; n++)
            {
                using var context = new OpenMMContext(system, Verlet, "Reference");
                context.Positions = [0, 0, 0, 0.12, 0, 0];
                context.Step(1);
            }
        }
        Cycle(200);
        long before = Environment.WorkingSet;
        Cycle(1000);
        Assert.True(Environment.WorkingSet - before < 60 << 20, $"{(Environment.WorkingSet - before) >> 20} MB");
    }
}
