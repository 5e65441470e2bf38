using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Tests.Potentials;

namespace MolSampling.Tests.Sampling;

/// <summary>Integrators on targets with known answers; scores, bounds and seeds as in <see cref="KernelTests"/>.</summary>
public sealed class DynamicsTests
{
    private const double Mass = KernelTests.Mass, Bound = KernelTests.Bound, Stiffness = 900;
    private static readonly double s_beta = KernelTests.s_beta, s_omega = Math.Sqrt(Stiffness / Mass),
        s_variance = 1 / (s_beta * Stiffness);

    private static ForceFieldPotential Harmonic() => new(new([Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, 0.02, 0, 0])]));

    private static ForceFieldPotential DoubleWell() => new(new([Mass], [new OneBodyTable<DoubleWell>([0], KernelTests.s_well)]));

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.1, false)]
    public void Langevin_dynamics_samples_a_harmonic_well_at_any_stable_step(double betaFactor, bool right)
    {
        // omega h = 0.6: the configurations of the middle scheme are exact in a harmonic well
        double z = KernelTests.LargestScore(Harmonic(), new LangevinDynamics([Mass], 0.6 / s_omega, 3, 10), null, betaFactor, 1500,
            [0.02, s_variance + 0.0004, double.NaN]);
        Assert.Equal(right, z < Bound);
    }

    [Theory]
    [InlineData("Langevin")]
    [InlineData("generalised HMC")]
    [InlineData("randomized midpoint")]
    public void A_double_well_is_sampled(string name)
    {
        Kernel kernel = name switch
        {
            "Langevin" => new LangevinDynamics([Mass], 0.003, 10, 40),
            "generalised HMC" => new GeneralisedHamiltonianMonteCarlo([Mass], 0.02, 5, 6),
            _ => new RandomizedMidpoint([Mass], 0.003, 10, 40),
        };
        Assert.True(KernelTests.LargestScore(DoubleWell(), kernel, null, 1, 1500, KernelTests.DoubleWellAverages()) < Bound);
        Assert.False(KernelTests.LargestScore(DoubleWell(), kernel, null, 1.12, 1500, KernelTests.DoubleWellAverages()) < Bound); // power
    }

    [Fact]
    public void Brownian_dynamics_has_the_error_of_its_step_in_closed_form()
    {
        // the variance of Euler and Maruyama's chain x' = (1 - a) x + sqrt(2 a s) xi is s/(1 - a/2), a = h k/(m gamma)
        const double friction = 40, a = 0.3;
        double step = a * friction / (s_omega * s_omega);
        var kernel = new BrownianDynamics([Mass], step, friction, 10);
        double Score(double variance) => KernelTests.LargestScore(Harmonic(), kernel, null, 1, 3000, [0.02, variance + 0.0004, double.NaN]);
        Assert.True(Score(s_variance / (1 - a / 2)) < Bound);
        Assert.False(Score(s_variance) < Bound); // power: the exact law is not what it samples
    }

    [Fact]
    public void Generalised_HMC_is_exact_at_steps_where_Langevin_dynamics_is_not()
    {
        const double step = 0.045;
        Assert.True(KernelTests.LargestScore(DoubleWell(), new GeneralisedHamiltonianMonteCarlo([Mass], step, 5, 1), null, 1, 12_000,
            KernelTests.DoubleWellAverages()) < Bound);
        // power
        Assert.False(KernelTests.LargestScore(DoubleWell(), new BrownianDynamics([Mass], step, 40, 1), null, 1, 12_000,
            KernelTests.DoubleWellAverages()) < Bound);
    }

    [Fact]
    public void The_error_of_the_middle_scheme_falls_with_the_square_of_the_step()
    {
        // beta |U'|^2 - U'' has the average 0 under exp(-beta U); half the step, a quarter of the bias
        double[] p = KernelTests.s_well;
        double Virial(float[] x)
        {
            double s = x[0] / p[1], slope = (4 * p[0] * (s * s - 1) * s + p[2]) / p[1];
            return s_beta * slope * slope - p[0] * (12 * s * s - 4) / (p[1] * p[1]);
        }
        (double mean, double error) Bias(double step) => Mean(DoubleWell(), new LangevinDynamics([Mass], step, 8, 5), 1, 300_000, Virial);
        (double coarse, double coarseError) = Bias(0.036);
        (double fine, double fineError) = Bias(0.018);
        Assert.True(Math.Abs(coarse) > 8 * coarseError, $"{coarse} ± {coarseError}"); // there is a bias to speak of
        double expected = coarse / 4, spread = Math.Sqrt(fineError * fineError + coarseError * coarseError / 16);
        // order h^4 left over
        Assert.True(Math.Abs(fine - expected) < 4.5 * spread + 0.3 * Math.Abs(expected), $"{coarse} ± {coarseError}, {fine} ± {fineError}");
        Assert.True(Math.Abs(fine - coarse / 2) > 4.5 * spread, $"power: {coarse} ± {coarseError}, {fine} ± {fineError}");
    }

    [Fact]
    public void Verlet_conserves_energy_and_its_error_is_of_second_order()
    {
        (double drift, double ripple) Errors(double step, int steps)
        {
            ForceFieldPotential potential = DoubleWell();
            var kernel = new VelocityVerlet([Mass], step, 1);
            using var block = new WalkerBlock(potential, 0);
            for (int lane = 0; lane < block.Width; lane++)
                block.SetPositions(lane, [0.06f + 0.002f * lane, 0.01f, 0]);
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            var kinetic = new double[block.Width];
            double first = block.Energies[0], early = 0, late = 0, ripple = 0;
            for (int n = 0; n < steps; n++)
            {
                kernel.Step(block, potential, n, new RandomSource(1), work);
                block.KineticEnergies([Mass], kinetic);
                double change = block.Energies[0] + kinetic[0] - first;
                ripple = Math.Max(ripple, Math.Abs(change));
                if (n < steps / 10)
                    early += change * 10 / steps;
                if (n >= steps - steps / 10)
                    late += change * 10 / steps;
            }
            return (Math.Abs(late - early), ripple);
        }
        (double drift, double coarse) = Errors(0.02, 50_000);
        (_, double fine) = Errors(0.01, 100_000);
        Assert.InRange(coarse / fine, 3.5, 4.5);
        Assert.True(drift < 0.02 * coarse, $"drift {drift}, ripple {coarse}");
    }

    [Fact]
    public void Velocities_and_configurations_have_their_temperature()
    {
        // kinetic: <m v^2> = kT after Ornstein-Uhlenbeck (exact up to h^2); configurational: <|grad U|^2> = kT <lap U> (J. O. Hirschfelder
        // 1960)
        double[] p = KernelTests.s_well;
        double Laplacian(float[] x) => p[0] * (12 * x[0] * x[0] / (p[1] * p[1]) - 4) / (p[1] * p[1]) + 2 * p[3];
        ForceFieldPotential potential = DoubleWell();
        double ratio(float[] x)
        {
            var f = new double[3];
            potential.EvaluateDouble([x[0], x[1], x[2]], f);
            return f.Sum(c => c * c) * s_beta - Laplacian(x);
        }
        (double mean, double error) = Mean(potential, new LangevinDynamics([Mass], 0.004, 10, 25), 1, 3000, ratio);
        Assert.True(Math.Abs(mean) < Bound * error, $"{mean} ± {error}");
        (mean, error) = Mean(potential, new LangevinDynamics([Mass], 0.004, 10, 25), 1.1, 3000, ratio);
        Assert.False(Math.Abs(mean) < Bound * error); // power
    }

    [Theory]
    [InlineData("Langevin")]
    [InlineData("generalised HMC")]
    [InlineData("randomized midpoint")]
    [InlineData("Brownian")]
    [InlineData("Verlet")]
    public void Steps_allocate_nothing(string name)
    {
        (SystemParameters system, float[] x) = GpuTests.Peptide(1);
        Kernel kernel = name switch
        {
            "Langevin" => new LangevinDynamics(system.Masses, 0.001, 1, 10),
            "generalised HMC" => new GeneralisedHamiltonianMonteCarlo(system.Masses, 0.001, 1, 5),
            "Brownian" => new BrownianDynamics(system.Masses, 1e-5, 10, 10),
            "Verlet" => new VelocityVerlet(system.Masses, 0.001, 10),
            _ => new RandomizedMidpoint(system.Masses, 0.001, 1, 10),
        };
        var potential = new ForceFieldPotential(system);
        using var block = new WalkerBlock(potential, 0);
        Array.Fill(block.Beta, s_beta);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, x);
        FireMinimiser.Minimise(potential, block, 10, 100);
        KernelWorkspace work = kernel.CreateWorkspace(potential);
        var random = new RandomSource(1);
        long Bytes(int first)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int n = 0; n < 200; n++)
                kernel.Step(block, potential, first + n, random, work);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        // code that is not yet optimised may box, and on a crowded machine the optimiser comes late: what allocates in every round
        // allocates
        Assert.InRange(Enumerable.Range(0, 10).Min(round => Bytes(200 * round)), 0, 200); // a byte a call would be an object in fifty
    }

    [Fact]
    public void Dynamics_without_rejection_refuses_a_support()
    {
        ForceFieldPotential potential = Harmonic();
        using var block = new WalkerBlock(potential, 0);
        foreach (Kernel kernel in new Kernel[] { new LangevinDynamics([Mass], 0.001, 1, 1), new VelocityVerlet([Mass], 0.001, 1),
            new BrownianDynamics([Mass], 0.001, 1, 1), new RandomizedMidpoint([Mass], 0.001, 1, 1) })
            Assert.Throws<ArgumentException>(() => kernel.Step(block, potential.On(new KernelTests.PositiveX()), 0, new RandomSource(1),
                kernel.CreateWorkspace(potential)));
    }

    private static (double Mean, double Error) Mean(ForceFieldPotential potential, Kernel kernel, double betaFactor, int steps,
        Func<float[], double> observable)
    {
        const int blocks = 6;
        int width = potential.BlockWidth;
        var means = new double[blocks * width];
        Parallel.For(0, blocks, ParallelWork.Options(), b =>
        {
            using var block = new WalkerBlock(potential, (long)b * width);
            Array.Fill(block.Beta, s_beta * betaFactor);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, [0.05f, 0, 0]);
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            var random = new RandomSource(11);
            var x = new float[3];
            for (int n = -100; n < steps; n++)
            {
                kernel.Step(block, potential, n + 100, random, work);
                for (int lane = 0; lane < width && n >= 0; lane++)
                {
                    block.CopyPositions(lane, x);
                    means[b * width + lane] += observable(x) / steps;
                }
            }
        });
        double mean = means.Average();
        return (mean, Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1) / means.Length));
    }
}
