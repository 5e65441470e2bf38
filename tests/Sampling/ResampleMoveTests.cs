using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>Weighted draws that are drawn anew and moved, on a well in three dimensions, where the mean energy is 3/2 RT.</summary>
public sealed class ResampleMoveTests
{
    private const double Stiffness = 900; // kJ/mol/nm^2
    private const int Groups = 32, Repeats = 400;

    private static readonly ForceFieldPotential s_well =
        new(new([KernelTests.Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, 0, 0, 0])]));
    private static readonly ThermodynamicState s_state = new(KernelTests.Temperature);
    private static readonly double s_sigma = 1 / Math.Sqrt(KernelTests.s_beta * Stiffness);

    /// <summary>q is a Gaussian of 0.4 times the variance: its weights have Pareto shape 0.6, which the criteria of conformers accept, and
    /// no variance. Averaged as they are, the mean energy is low by more than its error says; moved, it is right.</summary>
    [Fact]
    public void Tails_that_draws_lack_are_filled_and_errors_are_as_large_as_they_say()
    {
        var (still, moved) = (new double[Repeats], new double[Repeats]);
        Parallel.For(0, Repeats, ParallelWork.Options(), r =>
        {
            Ensemble draws = Draws(4096, 0.4, (ulong)r + 1);
            bool accepted = !ConvergenceCriteria.OfDraws(new([.. draws.LogWeights]), 0, 0.1).Any();
            still[r] = accepted ? Score(draws) : double.NaN;
            moved[r] = accepted ? Score(Moves().Run(draws, 1024, 6, new RandomSource((ulong)r)).Ensemble) : double.NaN;
        });
        (double[] before, double[] after) = ([.. still.Where(double.IsFinite)], [.. moved.Where(double.IsFinite)]);
        Assert.True(before.Length > Repeats / 4); // called converged
        string found = $"{before.Length}: mean z {before.Average():f2} and {after.Average():f2}, rms {Rms(before):f2} and {Rms(after):f2}, "
            + $"within two {Within(before, 2):p1} and {Within(after, 2):p1}";
        Assert.True(before.Average() < -0.5 && Within(before, 2) < 0.9, found);
        Assert.True(Math.Abs(after.Average()) < 0.2 + 2.5 / Math.Sqrt(after.Length), found);
        Assert.True(Within(after, 2) >= 0.9 && Within(after, 3) >= 0.98, found);
    }

    [Fact]
    public void Groups_keep_their_weight_and_nothing_goes_from_one_to_another()
    {
        Ensemble draws = Draws(960, 0.4, 1);
        MovedSamples drawn = Moves().Run(draws, 600, 0, new RandomSource(2)), moved = Moves().Run(draws, 600, 3, new RandomSource(2));
        Assert.Equal(608, drawn.Ensemble.Count); // 19 in each of 32
        for (int g = 0; g < Groups; g++)
            Assert.Equal(Weight(draws, g), Weight(drawn.Ensemble, g), 1e-12);
        for (int n = 0; n < drawn.Ensemble.Count; n++)
        {
            Assert.Equal(draws.Groups[drawn.Ancestors[n]], drawn.Ensemble.Groups[n]);
            Assert.Equal(draws.Positions[drawn.Ancestors[n]].ToArray(), drawn.Ensemble.Positions[n].ToArray());
            Assert.Equal(draws.Energies[drawn.Ancestors[n]], drawn.Ensemble.Energies[n], 1e-3);
        }
        Assert.Equal(drawn.Ancestors, moved.Ancestors);
        Assert.Equal((0, 3), (drawn.Steps, moved.Steps));
        Assert.NotEqual(drawn.Ensemble.Energies, moved.Ensemble.Energies);
        Assert.Equal(Enumerable.Range(0, 608), drawn.Families().SelectMany(f => f));
        Assert.All(drawn.Families(), f => Assert.Single(f.Select(s => drawn.Ancestors[s]).Distinct()));
    }

    [Fact]
    public void Draws_without_a_weight_have_no_heirs_and_a_group_of_them_is_left_out()
    {
        Ensemble all = Draws(64, 0.4, 3);
        Ensemble some = new(s_state, all.Positions, [.. all.Energies], [.. all.LogWeights.Select((w, n) =>
            n % Groups == 5 || n < Groups / 2 ? double.NegativeInfinity : w)], [.. all.Groups]);
        MovedSamples moved = Moves().Run(some, 310, 1, new RandomSource(4));
        Assert.Equal(310, moved.Ensemble.Count); // ten in each of 31
        Assert.DoesNotContain(5, moved.Ensemble.Groups);
        Assert.All(moved.Ancestors, a => Assert.True(double.IsFinite(some.LogWeights[a])));
        Assert.True(double.IsFinite(moved.Ensemble.Expectation([.. moved.Ensemble.Energies]).StandardError));
        Ensemble none = new(s_state, [], [], [], []);
        Assert.Contains("no samples with a weight", Assert.Throws<ArgumentException>(() => Moves().Run(none, 10, 1, new RandomSource(4)))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_change_no_byte_and_time_that_runs_out_is_told()
    {
        Ensemble draws = Draws(640, 0.4, 5);
        MovedSamples[] runs = [.. new[] { 1, 3 }.Select(threads => Moves(threads).Run(draws, 640, 4, new RandomSource(6)))];
        Assert.Equal(runs[0].Ensemble.Energies, runs[1].Ensemble.Energies);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        MovedSamples still = Moves().Run(draws, 640, 4, new RandomSource(6), null, cancelled.Token);
        Assert.Equal((4, 0), (runs[0].Steps, still.Steps));
        Assert.Equal("draws were not moved on (4 steps are missing)", Assert.Single(ConvergenceCriteria.OfDraws(new(new double[500]), 0,
            0.1, 4 - still.Steps)));
    }

    private static ResampleMove Moves(int threads = 1) => new(s_well, new HamiltonianMonteCarlo([KernelTests.Mass], [0.02], 8), [],
        threads);

    private static double Score(Ensemble ensemble)
    {
        Estimate mean = ensemble.Expectation([.. ensemble.Energies]);
        return (mean.Value - 1.5 * s_state.KT) / mean.StandardError;
    }

    /// <summary>Draws of a Gaussian of a share of the variance.</summary>
    private static Ensemble Draws(int count, double share, ulong seed)
    {
        var random = new RandomSource(seed).Split("draws");
        double spread = Math.Sqrt(share) * s_sigma;
        float[][] x = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 3).Select(_ => (float)(spread
            * random.NextNormal())).ToArray())];
        double[] squares = [.. x.Select(p => p.Sum(v => (double)v * v))];
        return new(s_state, [.. x.Select(p => (ReadOnlyMemory<float>)p)], [.. squares.Select(r => 0.5 * Stiffness * r)],
            [.. squares.Select(r => 0.5 * r * (1 / (spread * spread) - 1 / (s_sigma * s_sigma)))],
            [.. Enumerable.Range(0, count).Select(n => n % Groups)]);
    }

    private static double Weight(Ensemble ensemble, int group) => Enumerable.Range(0, ensemble.Count).Where(n =>
        ensemble.Groups[n] == group).Sum(n => Math.Exp(ensemble.LogWeights[n]));

    private static double Rms(double[] scores) => Math.Sqrt(scores.Average(z => z * z));

    private static double Within(double[] scores, double bound) => scores.Average(z => Math.Abs(z) < bound ? 1.0 : 0);
}
