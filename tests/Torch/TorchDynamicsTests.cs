using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using static TorchSharp.torch;

namespace MolSampling.Tests.Torch;

/// <summary>The generic way against the engine on the same noise, and against a closed form.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TorchDynamicsTests
{
    private const double Step = 0.001;

    [Theory]
    [InlineData(2.0)]
    [InlineData(null)]
    public void It_follows_the_engine_s_trajectory_on_the_same_noise(double? friction)
    {
        const int replicas = 19, steps = 50;
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        ClassicalSystem system = ForceField.Load("ff14SB", "obc2").Parameterize(peptide.Topology, hydrogenMass: 3);
        var potential = new ForceFieldPotential(system.ToEngine());
        double[] masses = [.. system.Masses];
        Kernel kernel = friction is { } gamma ? new LangevinDynamics(masses, Step, gamma, 10) : new VelocityVerlet(masses, Step, 10);
        using var engine = new EngineDynamics(potential, masses, kernel, replicas, new RandomSource(3));
        using var torch = new TorchDynamics(TorchForces.ByAutograd(potential.Energy), masses, Step, friction, replicas, new RandomSource(3));
        using var other = new TorchDynamics(TorchForces.ByAutograd(potential.Energy), masses, Step, friction ?? 2, replicas, new RandomSource(4));
        ReplicaDynamics[] all = [engine, torch, other];
        foreach (ReplicaDynamics dynamics in all)
        {
            for (int m = 0; m < replicas; m++)
            {
                dynamics.SetTemperature(m, 300 + 5 * m);
                dynamics.SetState(m, peptide.Positions, new double[masses.Length * 3]);
                dynamics.DrawVelocities(m, 300, new RandomSource(5), 0);
            }
            dynamics.Refresh();
            dynamics.Run(20);
            dynamics.Run(steps - 20);
        }
        double Difference(ReplicaDynamics a, ReplicaDynamics b)
        {
            double largest = 0;
            double[] x = new double[3 * masses.Length], v = new double[x.Length], y = new double[x.Length], w = new double[x.Length];
            for (int m = 0; m < replicas; m++)
            {
                a.GetState(m, x, v);
                b.GetState(m, y, w);
                for (int k = 0; k < x.Length; k++) // relative to the first atom: the engine centres
                    largest = Math.Max(largest, Math.Abs(x[k] - x[k % 3] - y[k] + y[k % 3]));
            }
            return largest;
        }
        // single precision, 50 steps: a rounding error of 1e-7 nm grows by the forces' curvature
        Assert.True(Difference(engine, torch) < 1e-5, $"{Difference(engine, torch)} nm");
        Assert.True(Difference(engine, other) > 1e-3, $"power: {Difference(engine, other)} nm");
        for (int m = 0; m < replicas; m++)
        {
            Assert.Equal(engine.PotentialEnergy(m), torch.PotentialEnergy(m), 0.05);
            Assert.Equal(engine.KineticEnergy(m), torch.KineticEnergy(m), 0.05);
        }
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.1, false)]
    public void A_harmonic_well_has_the_moments_of_its_closed_form(double factor, bool right)
    {
        // 256 walkers; the middle scheme is exact in a harmonic well at any stable step
        const int replicas = 256, samples = 300;
        const double stiffness = 900, mass = 12, centre = 0.02;
        using TorchDynamics dynamics = Well(replicas, stiffness, centre, 0.6 / Math.Sqrt(stiffness / mass), mass);
        double[] means = new double[replicas], squares = new double[replicas], x = new double[3], v = new double[3];
        for (int m = 0; m < replicas; m++)
            dynamics.SetTemperature(m, 300 * factor);
        dynamics.Refresh();
        dynamics.Run(100);
        for (int n = 0; n < samples; n++)
        {
            dynamics.Run(8);
            for (int m = 0; m < replicas; m++)
            {
                dynamics.GetState(m, x, v);
                means[m] += x[0] / samples;
                squares[m] += (x[0] - centre) * (x[0] - centre) / samples;
            }
        }
        static double Score(double[] values, double expected)
        {
            double mean = values.Average(),
                error = Math.Sqrt(values.Sum(a => (a - mean) * (a - mean)) / (values.Length - 1) / values.Length);
            return Math.Abs(mean - expected) / error;
        }
        Assert.True(Score(means, centre) < 4.5);
        Assert.Equal(right, Score(squares, Units.GasConstant * 300 / stiffness) < 4.5);
    }

    [Fact]
    public void Given_forces_and_autograd_agree_and_a_state_put_back_continues_to_the_bit()
    {
        double[] Run(bool given, int interrupt)
        {
            using TorchDynamics dynamics = Well(5, 900, 0.02, 0.01, 12, given);
            dynamics.Refresh();
            dynamics.Run(interrupt);
            double[] x = new double[3], v = new double[3], all = new double[15];
            using TorchDynamics second = Well(5, 900, 0.02, 0.01, 12, given);
            second.StepsDone = interrupt;
            for (int m = 0; m < 5; m++)
            {
                dynamics.GetState(m, x, v);
                second.SetState(m, x, v);
            }
            second.Refresh();
            second.Run(60 - interrupt);
            for (int m = 0; m < 5; m++)
                second.GetState(m, all.AsSpan(3 * m, 3), v);
            return all;
        }
        double[] whole = Run(false, 20);
        Assert.Equal(whole, Run(false, 37));
        foreach ((double a, double b) in whole.Zip(Run(true, 20)))
            Assert.Equal(a, b, 1e-6);
    }

    [Fact]
    public void No_tensor_outlives_its_step()
    {
        using TorchDynamics dynamics = Well(8, 900, 0, 0.005, 12);
        dynamics.Refresh();
        dynamics.Run(5);
        long before = Tensor.TotalCount;
        dynamics.Run(400);
        dynamics.Minimise(50, default);
        dynamics.GetState(3, new double[3], new double[3]);
        dynamics.SetState(3, new double[3], new double[3]);
        dynamics.Refresh();
        Assert.Equal(before, Tensor.TotalCount);
        using Tensor kept = zeros(1);
        Assert.Equal(before + 1, Tensor.TotalCount); // the count counts
    }

    [Fact]
    public void Minimisation_finds_the_bottom_and_shapes_are_checked()
    {
        using TorchDynamics dynamics = Well(4, 900, 0.3, 0.005, 12);
        dynamics.Minimise(200, default);
        Assert.Equal(0, dynamics.PotentialEnergy(2), 1e-4);
        using var wrong = new TorchDynamics(new TorchForces(x => (x.sum(), x)), [12.0], 0.001, 1, 4, new RandomSource(1));
        Assert.Contains("energies []", Assert.Throws<ArgumentException>(wrong.Refresh).Message, StringComparison.Ordinal);
    }

    private static TorchDynamics Well(int replicas, double stiffness, double centre, double step, double mass, bool given = false)
    {
        var offset = new[] { centre, 0.0, 0.0 };
        Tensor Displacement(Tensor x) => x - tensor(offset, dtype: x.dtype);
        TorchForces forces = given
            ? new(x => ((Displacement(x).square() * (0.5 * stiffness)).sum([1L, 2L]), Displacement(x) * -stiffness))
            : TorchForces.ByAutograd(x => (Displacement(x).square() * (0.5 * stiffness)).sum([1L, 2L]));
        return new(forces, [mass], step, 3, replicas, new RandomSource(7));
    }
}
