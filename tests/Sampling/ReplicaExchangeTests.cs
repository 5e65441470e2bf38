using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>Replica exchange with MBAR weights on a double well whose barrier a single temperature does not cross.</summary>
public sealed class ReplicaExchangeTests
{
    private const double Mass = 12;
    private static readonly double[] s_well = [25, 0.1, 2.0, 500]; // barrier 10 kT at 300 K

    [Fact]
    public void Populations_across_a_barrier_are_right_and_a_wrong_weight_is_caught()
    {
        (Ensemble ensemble, double betaLow) = Run(1.0, threads: 0);
        double expected = RightPopulation(betaLow);
        Assert.True(Score(ensemble, expected) < 4.5);
        // power: weights for a temperature a quarter off
        Assert.True(Score(ensemble.ReweightTo(new ThermodynamicState(375)), expected) > 4.5);
    }

    [Fact]
    public void Swaps_that_ignore_the_energies_are_caught()
    {
        // power: samples from swaps without the Metropolis test are what a sampler at mixed temperatures gives; emulate it by weighing all
        // rungs alike
        (Ensemble ensemble, double betaLow) = Run(1.0, threads: 0);
        var wrong = new Ensemble(ensemble.State, ensemble.Positions, [.. ensemble.Energies], new double[ensemble.Count],
            [.. ensemble.Groups]);
        Assert.True(Score(wrong, RightPopulation(betaLow)) > 4.5);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        (Ensemble one, _) = Run(0.2, threads: 1);
        (Ensemble two, _) = Run(0.2, threads: 2);
        Assert.Equal(one.Energies, two.Energies);
        Assert.Equal(one.LogWeights, two.LogWeights);
        for (int s = 0; s < one.Count; s += 97)
            Assert.True(one.Positions[s].Span.SequenceEqual(two.Positions[s].Span));
    }

    [Fact]
    public void A_ladder_that_does_not_rise_and_no_ladder_are_refused()
    {
        var kernel = new HamiltonianMonteCarlo([Mass], [0.01], 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReplicaExchange(Potential(), new Ladder([300]), 0, kernel, [],
            new RandomSource(1)));
        Assert.Throws<ArgumentException>(() => new Ladder([300, 300]));
        Assert.Throws<ArgumentException>(() => new Ladder([]));
    }

    /// <summary>What is run follows from the settings: lanes behind the last walker are padding, which nobody counts and which moves no
    /// result.</summary>
    [Fact]
    public void Ladders_need_not_fill_blocks_and_padding_does_not_count()
    {
        var ladder = new Ladder([300, 600, 1200]);
        var states = new List<(float[] Positions, long Evaluations, double Acceptance, double Steps)>();
        foreach (LaneKind lanes in new[] { LaneKind.Auto, LaneKind.Float128, LaneKind.Float256, LaneKind.Float512 })
        {
            ForceFieldPotential potential = new(new([Mass], [new OneBodyTable<DoubleWell>([0], s_well)]), lanes);
            var dynamics = new HamiltonianMonteCarlo([Mass], [0.01, 0.01, 0.01], 4);
            using var exchange = new ReplicaExchange(potential, ladder, 7, dynamics, [], new RandomSource(5));
            for (int m = 0; m < 7; m++)
                for (int k = 0; k < 3; k++)
                    exchange.SetPositions(m, k, [0.1f, 0, 0]);
            exchange.Start();
            exchange.BurnIn(20, default);
            exchange.Advance(10, default);
            float[] all = new float[7 * 3];
            for (int m = 0; m < 7; m++)
            {
                var x = new float[3];
                exchange.CopyPositions(m, 0, x);
                x.CopyTo(all, 3 * m);
            }
            states.Add((all, exchange.Evaluations, exchange.TrajectoryAcceptance(1), dynamics.StepSizes[2]));
        }
        Assert.All(states, s => Assert.Equal(7 * 3 * 30 * 4, s.Evaluations));
        Assert.All(states, s => Assert.Equal(states[0].Acceptance, s.Acceptance));
        Assert.All(states, s => Assert.Equal(states[0].Steps, s.Steps, 1e-9));
        Assert.All(states, s => Assert.All(s.Positions.Zip(states[0].Positions), p => Assert.Equal(p.Second, p.First, 1e-3f)));
    }

    [Fact]
    public void Frames_span_the_run_however_long_it_is()
    {
        var trajectory = new LadderTrajectory(1, 1, 3, 8);
        for (int t = 1; t <= 100; t++)
            if (t % trajectory.Stride == 0)
                trajectory.Add([t, 0, 0], [t], [0]);
        Assert.InRange(trajectory.FrameCount, 4, 8);
        for (int f = 0; f < trajectory.FrameCount; f++)
            Assert.Equal((f + 1) * trajectory.Stride, trajectory.Energy(f, 0, 0));
    }

    [Fact]
    public void Round_trips_are_counted_from_cold_to_hot_to_cold()
    {
        int[] path = [1, 0, 1, 2, 1, 0, 0, 2, 1, 2, 0, 2];
        Assert.Equal(2, ReplicaMixing.RoundTrips([.. path.Select(r => new[] { r })], 3));
        Assert.Equal(0, ReplicaMixing.RoundTrips([.. path.Select(r => new[] { r })], 1));
    }

    private static ForceFieldPotential Potential() => new(new([Mass], [new OneBodyTable<DoubleWell>([0], s_well)]));

    private static (Ensemble Ensemble, double Beta) Run(double length, int threads)
    {
        ForceFieldPotential potential = Potential();
        var ladder = new Ladder([300, 450, 700, 1100, 1800]);
        var dynamics = new HamiltonianMonteCarlo([Mass], [.. ladder.Temperatures.Select(_ => 0.01)], 8);
        using var exchange = new ReplicaExchange(potential, ladder, 32, dynamics, [], new RandomSource(5), threads);
        for (int m = 0; m < 32; m++)
            for (int k = 0; k < ladder.Count; k++)
                exchange.SetPositions(m, k, [0.1f, 0, 0]); // all begin in the less populated well
        exchange.Start();
        exchange.BurnIn(200, default);
        var trajectory = new LadderTrajectory(32, ladder.Count, 3, 200);
        exchange.Run((int)(3000 * length), trajectory, default);
        var positions = new List<ReadOnlyMemory<float>>();
        var energies = new List<double>();
        var groups = new List<int>();
        for (int k = 0; k < ladder.Count; k++)
        {
            for (int t = 0; t < trajectory.FrameCount; t++)
            {
                for (int m = 0; m < 32; m++)
                {
                    positions.Add(trajectory.Positions(t, m, k));
                    energies.Add(trajectory.Energy(t, m, k));
                    groups.Add(m);
                }
            }
        }
        Mbar mbar = Mbar.SolveTemperatures(ladder.Beta, energies.ToArray(),
            [.. Enumerable.Repeat(32 * trajectory.FrameCount, ladder.Count)]);
        Assert.Equal(EstimatorStatus.Converged, mbar.Status);
        double beta = ladder.Beta[0];
        return (new(new ThermodynamicState(300), positions, [.. energies], mbar.LogWeights([.. energies.Select(u => beta * u)]),
            [.. groups]), beta);
    }

    private static double Score(Ensemble ensemble, double expected)
    {
        Estimate population = ensemble.Expectation(ensemble.Positions.Select(x => x.Span[0] > 0 ? 1.0 : 0.0).ToArray());
        return Math.Abs(population.Value - expected) / population.StandardError;
    }

    private static double RightPopulation(double beta)
    {
        double right = 0, all = 0;
        for (int i = 0; i < 40_000; i++)
        {
            double x = -0.3 + 0.6 * (i + 0.5) / 40_000, s = x / s_well[1];
            double w = Math.Exp(-beta * (s_well[0] * (s * s - 1) * (s * s - 1) + s_well[2] * s));
            all += w;
            right += x > 0 ? w : 0;
        }
        return right / all;
    }
}
