using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

public sealed class SimulatedAnnealingTests
{
    private const double Mass = 12;
    private const int Replicas = 512, Steps = 10;

    /// <summary>How many of the replicas, all begun in the upper of two wells behind a barrier of 15 kJ/mol, end in the lower
    /// one.</summary>
    private static double InLowerWell(int stages, bool geometric = false, int threads = 0)
    {
        using EngineDynamics dynamics = Begin(threads);
        Assert.True(SimulatedAnnealing.Run(dynamics, new(1500, 60, stages, geometric), Steps, new RandomSource(3)));
        Assert.Equal(0, dynamics.StepsDone);
        double[] x = new double[3], v = new double[3];
        return Enumerable.Range(0, Replicas).Count(m =>
        {
            dynamics.GetState(m, x, v);
            return x[0] < 0;
        }) / (double)Replicas;
    }

    private static EngineDynamics Begin(int threads)
    {
        var potential = new ForceFieldPotential(new([Mass], [new OneBodyTable<DoubleWell>([0], [15, 0.1, 2.5, 500])]));
        var dynamics = new EngineDynamics(potential, [Mass], new LangevinDynamics([Mass], 0.004, 5, Steps), Replicas, new RandomSource(2),
            threads);
        for (int m = 0; m < Replicas; m++)
            dynamics.SetState(m, [0.1, 0, 0], [0, 0, 0]);
        dynamics.Refresh();
        return dynamics;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_slower_the_more_often_in_the_lower_well(bool geometric)
    {
        double quench = InLowerWell(2, geometric), fast = InLowerWell(30, geometric), slow = InLowerWell(3000, geometric);
        double error = 0.5 / Math.Sqrt(Replicas);
        Assert.True(quench + 5 * error < fast, $"{quench}, {fast}, {slow}");
        Assert.True(fast + 5 * error < slow, $"{quench}, {fast}, {slow}");
        // equilibrium at 600 K: the slow one was frozen in below that
        double factor = new ThermodynamicState(600).Beta / KernelTests.s_beta;
        double warm = KernelTests.Average(x => x < 0 ? 1 : 0, x => factor * (15 * Math.Pow(x / 0.1 * x / 0.1 - 1, 2) + 2.5 * x / 0.1), -0.4,
            0.4);
        Assert.True(slow > warm + 3 * error, $"{slow}, {warm}");
    }

    [Fact]
    public void Threads_change_nothing_and_a_stop_ends_it_after_a_stage()
    {
        Assert.Equal(InLowerWell(40), InLowerWell(40, threads: 1));
        using EngineDynamics dynamics = Begin(0);
        using var stop = new CancellationTokenSource();
        var seen = new List<double>();
        Assert.False(SimulatedAnnealing.Run(dynamics, new(600, 300, 11), Steps, new RandomSource(3), (done, kelvin) =>
        {
            seen.Add(kelvin);
            if (done == 3)
                stop.Cancel();
        }, stop.Token));
        Assert.Equal([600, 570, 540], seen);
        Assert.Equal(300, new AnnealingSchedule(600, 300, 11, true).Temperature(10), 1e-9);
        Assert.Equal(600 / Math.Sqrt(2), new AnnealingSchedule(600, 300, 11, true).Temperature(5), 1e-9);
        Assert.Throws<ArgumentException>(() => new AnnealingSchedule(600, 300, 1));
        Assert.Throws<ArgumentException>(() => new AnnealingSchedule(600, 0, 10));
    }
}
