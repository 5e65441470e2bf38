using MolSampling.Jobs.Simulation.Analysis;

namespace MolSampling.Tests.Jobs.Simulation.Analysis;

/// <summary>The analysis of simulations on rows whose answers are known in closed form.</summary>
public sealed class SimulationAnalysisTests
{
    private const int Dof = 30;
    private const double Kelvin = 300, Frame = 2; // ps
    private const double Thermal = Units.GasConstant * Kelvin;

    [Fact]
    public void Independent_draws_are_converged_and_all_of_them_count()
    {
        SimulationAnalysis a = Analyse(Replicas(16, 1000, (_, r) => (r.NextNormal(), VonMises(r, 1))));
        foreach (QuantityDiagnostics d in new[] { a.Energy, a.Torsions[0].Diagnostics })
        {
            Assert.InRange(d.SplitRhat, 0.999, 1.005);
            Assert.InRange(d.EffectiveSampleSize, 0.9 * 16_000, 1.15 * 16_000);
            Assert.InRange(d.AutocorrelationTime, 0.85 * Frame / 2, 1.15 * Frame / 2); // g = 1
            Assert.True(d.Resolved);
        }
        Assert.Equal(Convergence.Converged, a.Verdict.Convergence);
        Assert.Empty(a.Verdict.Reasons);
        Assert.Equal(0, a.DiscardedPicoseconds);
        Assert.Equal("jackknife over 16 replicas", a.Samples.Errors);
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void The_autocorrelation_time_of_autoregressive_chains_is_known(double phi)
    {
        double[] x = new double[16];
        SimulationAnalysis a = Analyse(Replicas(16, 4000, (m, r) =>
        {
            x[m] = phi * x[m] + Math.Sqrt(1 - phi * phi) * r.NextNormal();
            return (x[m], 0.1 * x[m]); // sin of a small angle is the angle; its cosine forgets faster
        }));
        double tau = 0.5 * Frame * (1 + phi) / (1 - phi), kept = 16 * a.Chains.Length;
        Assert.InRange(a.Energy.AutocorrelationTime, 0.85 * tau, 1.15 * tau);
        Assert.InRange(a.Torsions[0].Diagnostics.AutocorrelationTime, 0.85 * tau, 1.15 * tau);
        Assert.InRange(a.Energy.EffectiveSampleSize, 0.85 * kept * (1 - phi) / (1 + phi), 1.15 * kept * (1 - phi) / (1 + phi));
    }

    [Fact]
    public void A_stuck_replica_is_seen_and_its_torsion_is_named()
    {
        SimulationTrace trace = Replicas(8, 500, (m, r) => (r.NextNormal(), m == 3 ? 2 + 0.1 * r.NextNormal() : VonMises(r, 2)));
        SimulationAnalysis a = Analyse(trace);
        Assert.True(a.Torsions[0].Diagnostics.SplitRhat > 1.05, $"{a.Torsions[0].Diagnostics.SplitRhat}");
        Assert.False(a.Torsions[0].Diagnostics.Resolved); // it never forgets
        Assert.InRange(a.Energy.SplitRhat, 0.99, 1.01);
        Assert.Equal(Convergence.Partial, a.Verdict.Convergence);
        Assert.Equal("phi ALA 2", a.Verdict.Slowest);
        Assert.Contains(a.Verdict.Reasons, r => r.Contains("R-hat of phi ALA 2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_torsions_profile_agrees_with_its_closed_form_within_its_errors()
    {
        // every draw stays for five frames: errors that took frames for independent would be sqrt(5) too small
        const int stay = 5, replicas = 64, frames = 1000;
        var angles = new double[replicas];
        var count = new int[replicas];
        SimulationAnalysis a = Analyse(Replicas(replicas, frames, (m, r) =>
        {
            if (count[m]++ % stay == 0)
                angles[m] = VonMises(r, 1.5);
            return (r.NextNormal(), angles[m]);
        }));
        TorsionProfile profile = a.Torsions[0];
        double[] exact = VonMisesBins(1.5), other = VonMisesBins(1.2);
        double[] z = [.. exact.Select((p, b) => (profile.Probabilities[b] - p) / profile.ProbabilityErrors[b])];
        Assert.True(z.Max(Math.Abs) < 4.5, $"{z.Max(Math.Abs)}");
        Assert.InRange(z.Average(v => v * v), 0.6, 1.5);
        // power: a density that is not far away, and errors that ignore correlation
        Assert.True(other.Select((p, b) => (profile.Probabilities[b] - p) / profile.ProbabilityErrors[b]).Average(v => v * v) > 2);
        double n = replicas * (double)a.Chains.Length;
        Assert.True(exact.Select((p, b) => (profile.Probabilities[b] - p) / Math.Sqrt(p * (1 - p) / n)).Average(v => v * v) > 2.5);
        // free energies are those of the probabilities
        double lowest = -Thermal * Math.Log(profile.Probabilities.Max());
        for (int b = 0; b < TorsionProfile.Bins; b++)
        {
            Assert.Equal(-Thermal * Math.Log(profile.Probabilities[b]) - lowest, profile.FreeEnergies[b], 1e-9);
            Assert.Equal(Thermal * profile.ProbabilityErrors[b] / profile.Probabilities[b], profile.FreeEnergyErrors[b], 1e-9);
        }
        Assert.Equal(0, profile.FreeEnergies.Min(), 1e-12);
        Assert.Equal(1, profile.Probabilities.Sum(), 1e-12);
    }

    [Fact]
    public void With_few_replicas_errors_come_from_blocks_of_time()
    {
        SimulationAnalysis a = Analyse(Replicas(2, 2000, (_, r) => (3 * r.NextNormal(), VonMises(r, 1))));
        Assert.Contains("20 blocks", a.Samples.Errors, StringComparison.Ordinal);
        Assert.Equal(20, a.Samples.Groups.Count);
        Assert.Equal(2 * a.Chains.Length, a.Samples.Groups.Sum(g => g.Rows.Length));
        double expected = 3 / Math.Sqrt(2 * a.Chains.Length);
        Assert.InRange(a.Rungs[0].PotentialEnergy.StandardError, 0.55 * expected, 1.6 * expected);
        Assert.True(Math.Abs(a.Rungs[0].PotentialEnergy.Value) < 4.5 * expected);
        Assert.Contains(a.Verdict.Reasons, r => r.Contains("only 2 chains", StringComparison.Ordinal));
    }

    [Fact]
    public void A_drift_from_the_start_is_discarded_and_one_that_goes_on_is_said()
    {
        var step = new int[16];
        SimulationAnalysis relaxed =
            Analyse(Replicas(16, 1000, (m, r) => (20 * Math.Exp(-step[m]++ / 30.0) + r.NextNormal(), VonMises(r, 1))));
        Assert.InRange(relaxed.Equilibration.Frames, 75, 300); // 20 exp(-t/30) is below the noise of the mean, 1/4, after 130 frames
        Assert.Equal("potential energy", relaxed.EquilibrationLimit);
        Assert.Equal(relaxed.Equilibration.Frames * Frame, relaxed.DiscardedPicoseconds, 1e-9);
        Assert.Equal(Convergence.Converged, relaxed.Verdict.Convergence);
        Assert.Equal(0, relaxed.Rungs[0].PotentialEnergy.Value, 0.2); // 0.6 with the drift

        step = new int[16];
        SimulationAnalysis drifting =
            Analyse(Replicas(16, 1000, (m, r) => (Math.Pow(step[m]++ / 100.0, 2) + r.NextNormal(), VonMises(r, 1))));
        Assert.NotEqual(Convergence.Converged, drifting.Verdict.Convergence);
        Assert.True(drifting.Energy.SplitRhat > 1.5);
    }

    [Fact]
    public void A_replica_that_was_given_up_is_left_out_and_named()
    {
        SimulationTrace trace = Replicas(8, 400, (_, r) => (r.NextNormal(), VonMises(r, 1)), m => m == 5 ? 30 : 400);
        SimulationAnalysis a = Analyse(trace);
        Assert.Equal(["replica 5"], a.LeftOut);
        Assert.Equal(7, a.Chains.Ladders.Count);
        Assert.Equal(400, a.Chains.Length + a.Equilibration.Frames);
        // tasks that are half as far keep most frames: all are used then
        SimulationAnalysis half = Analyse(Replicas(8, 400, (_, r) => (r.NextNormal(), VonMises(r, 1)), m => m < 4 ? 250 : 400));
        Assert.Empty(half.LeftOut);
        Assert.Equal(250, half.Chains.Length + half.Equilibration.Frames);
    }

    [Fact]
    public void An_empty_or_frozen_campaign_has_no_verdict_but_a_reason()
    {
        SimulationAnalysis empty = Analyse(Replicas(4, 0, (_, _) => (0, 0)));
        Assert.Equal(Convergence.NoData, empty.Verdict.Convergence);
        Assert.Empty(empty.LeftOut);
        SimulationAnalysis brief = Analyse(Replicas(4, 2, (_, r) => (r.NextNormal(), r.NextNormal())));
        Assert.Equal(Convergence.NoData, brief.Verdict.Convergence);
        SimulationAnalysis frozen = Analyse(Replicas(4, 100, (_, _) => (-1, 0.5)));
        Assert.Equal(Convergence.NoData, frozen.Verdict.Convergence);
        Assert.NotEmpty(frozen.Verdict.Reasons);
    }

    [Fact]
    public void Kinetic_temperature_and_time_course_are_those_of_the_rows()
    {
        SimulationAnalysis a = Analyse(Replicas(4, 500, (_, r) => (r.NextNormal(), VonMises(r, 1))));
        Assert.Equal(Kelvin, a.Rungs[0].KineticTemperature.Value, 1e-9); // every row has K = dof/2 RT
        Assert.All(a.Course.KineticTemperatures[0], t => Assert.Equal(Kelvin, t, 1e-9));
        Assert.Equal(250, a.Course.Picoseconds.Count);
        Assert.Equal(1.5 * Frame, a.Course.Picoseconds[0], 1e-9); // frames 1 and 2
        Assert.Equal(499.5 * Frame, a.Course.Picoseconds[^1], 1e-9);
    }

    [Fact]
    public void A_ladders_profile_uses_all_temperatures_and_agrees_with_the_closed_form()
    {
        // two states of a torsion, gap 5 kJ/mol, above a bath of harmonic modes: p = 1/(1 + exp(gap/RT))
        const double gap = 5;
        const int ladders = 16, frames = 400;
        double[] kelvin = [300, 360, 430];
        SimulationTrace trace = Ladder(ladders, frames, kelvin, gap);
        SimulationAnalysis a = SimulationAnalysis.Of(trace, [0.4, 0.4]);
        Assert.True(a.Samples.UsesAllRungs, a.Samples.Weights);
        double exact = 1 / (1 + Math.Exp(gap / Thermal));
        int bin = TorsionProfile.Bin(1, TorsionProfile.Bins);
        (double p, double error) = (a.Torsions[0].Probabilities[bin], a.Torsions[0].ProbabilityErrors[bin]);
        Assert.True(Math.Abs(p - exact) < 4 * error, $"{p} ± {error}, not {exact}");
        double binomial = Math.Sqrt(exact * (1 - exact) / (ladders * (double)a.Chains.Length));
        Assert.True(error < binomial, $"{error}: {binomial} is what the target's frames alone would give");
        Assert.True(Math.Abs(1 / (1 + Math.Exp(gap / (Units.GasConstant * 360))) - exact) > 4 * error,
            "power: the next temperature's answer is told apart");
        Assert.Equal(ladders, a.Chains.Ladders.Count);
        Assert.Equal("jackknife over 16 ladders", a.Samples.Errors);
        for (int k = 0; k < 3; k++)
            Assert.Equal(kelvin[k], a.Rungs[k].KineticTemperature.Value, 1e-6);
    }

    [Theory]
    [InlineData(300.0, 300.0)]
    [InlineData(330.0, 370.0)]
    public void A_Hamiltonian_ladders_profile_uses_all_rungs_and_agrees_with_the_closed_form(double middle, double last)
    {
        double[] kelvin = [Kelvin, middle, last];
        // two states of a torsion; of the gap 1 kJ/mol stays on every rung and 6 are scaled: p = 1/(1 + exp(7/RT)) on the target
        const double fixedGap = 1, scaledGap = 6;
        const int ladders = 16, frames = 400;
        double[] scales = [1, 0.6, 0.2];
        SimulationTrace trace = Ladder(ladders, frames, kelvin, fixedGap, scaledGap, scales);
        SimulationAnalysis a = SimulationAnalysis.Of(trace, [0.4, 0.4]);
        Assert.True(a.Samples.UsesAllRungs, a.Samples.Weights);
        Assert.Contains("all 3 rungs by MBAR: 19200 frames", a.Samples.Weights, StringComparison.Ordinal);
        double exact = 1 / (1 + Math.Exp((fixedGap + scaledGap) / Thermal));
        int bin = TorsionProfile.Bin(1, TorsionProfile.Bins);
        (double p, double error) = (a.Torsions[0].Probabilities[bin], a.Torsions[0].ProbabilityErrors[bin]);
        Assert.True(Math.Abs(p - exact) < 4 * error, $"{p} ± {error}, not {exact}");
        double binomial = Math.Sqrt(exact * (1 - exact) / (ladders * (double)a.Chains.Length));
        Assert.True(error < binomial, $"{error}: {binomial} is what the target's frames alone would give");
        // power: the same rows without their scaled energies are weighed by temperature alone, and that is wrong
        var blind = new SimulationTrace(kelvin.Select((t, k) => t + 0.001 * k).ToArray(), trace.FramePicoseconds, trace.StepsPerFrame, Dof,
            trace.Torsions, [], trace.Ladders);
        double wrong = SimulationAnalysis.Of(blind, [0.4, 0.4]).Torsions[0].Probabilities[bin];
        Assert.True(Math.Abs(wrong - exact) > 4 * error, $"{wrong} is not told from {exact}");
        Assert.Equal([0, 1, 2], a.Rungs.Select(r => r.Rung));
        Assert.Equal(scales, a.Rungs.Select(r => r.Scale));
        Assert.Equal(kelvin, a.Rungs.Select(r => r.Temperature));
    }

    [Fact]
    public void A_scale_ladder_of_one_rung_is_no_ladder_and_one_with_scales_of_one_is_a_temperature_ladder()
    {
        SimulationTrace one = Ladder(6, 200, [300], 5), scaledOne = Ladder(6, 200, [300], 2, 3, [1]);
        Assert.Contains(scaledOne.Ladders[0].ScaledEnergies, u => u == 3);
        Equal(SimulationAnalysis.Of(one, []), SimulationAnalysis.Of(scaledOne, []));
        SimulationTrace two = Ladder(6, 200, [300, 360], 5), scaledTwo = Ladder(6, 200, [300, 360], 2, 3, [1, 1]);
        Equal(SimulationAnalysis.Of(two, [0.4]), SimulationAnalysis.Of(scaledTwo, [0.4]));

        static void Equal(SimulationAnalysis a, SimulationAnalysis b)
        {
            Assert.Equal(a.Samples.Weights, b.Samples.Weights);
            Assert.Equal(a.Samples.Groups.SelectMany(g => g.Weights), b.Samples.Groups.SelectMany(g => g.Weights));
            Assert.Equal(a.Torsions[0].Probabilities, b.Torsions[0].Probabilities);
            Assert.Equal(a.Rungs, b.Rungs);
            Assert.Equal(a.Verdict.Reasons, b.Verdict.Reasons);
        }
    }

    [Fact]
    public void A_replica_that_lacks_single_frames_is_used_and_compared_at_equal_times()
    {
        // three frames of replica 3, the last one of replica 5, and five early ones of replica 0, in a drift that all share
        HashSet<(int, int)> lost = [(3, 17), (3, 18), (3, 61), (5, 200), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5)];
        var whole = new int[64];
        SimulationTrace trace = Replicas(64, 200, (m, r) => (100 * Math.Exp(-++whole[m] / 5.0) + r.NextNormal(), VonMises(r, 1)),
            lost: lost);
        SimulationAnalysis a = Analyse(trace);
        Assert.Empty(a.LeftOut);
        Assert.Equal(64 * 200 - 9, a.Rows);
        // what is left after equilibration: every row that is there, at the same times for all
        Assert.Equal(a.Equilibration.Frames * Frame, a.DiscardedPicoseconds, 1e-9);
        int from = a.Equilibration.Frames;
        Assert.InRange(from, 20, 100);
        Assert.Equal(64 * (200 - from) - lost.Count(l => l.Item2 > from), a.Samples.Groups.Sum(g => g.Rows.Length));
        Assert.Equal(trace.Ladders.SelectMany(l => l.PotentialEnergies.Where((_, row) => l.Steps[row] > 10 * from)).Average(),
            a.Rungs[0].PotentialEnergy.Value, 1e-9);
        // the mean over chains is that of one time, also behind a gap
        var chains = ChainSet.Of(trace);
        long[] steps = chains.Steps(trace);
        double[] means = chains.Means(trace, steps, (l, row) => l.PotentialEnergies[row]);
        Assert.Equal(Enumerable.Range(1, 199).Select(f => 10L * f).Take(steps.Length), steps);
        Assert.InRange(steps.Length, 195, 199);
        double[] expected = [.. steps.Select(s =>
            trace.Ladders.SelectMany(l => l.PotentialEnergies.Where((_, row) => l.Steps[row] == s)).Average())];
        for (int t = 0; t < steps.Length; t++)
            Assert.Equal(expected[t], means[t], 1e-9);
    }

    [Fact]
    public void Journeys_on_the_ladder_are_counted()
    {
        // two replicas go up and down in opposite phase, the third stays on the middle rung: 0 1' 2 ... every replica moves one rung a
        // frame
        int[] pattern = [0, 1, 2, 1];
        var ladder = new LadderTrace("ladder 0", 0);
        for (int t = 1; t <= 41; t++)
        {
            int rung = pattern[(t - 1) % 4];
            ladder.Add(t, 0, rung, 0, 0, []);
            ladder.Add(t, 1, 2 - rung, 0, 0, []);
        }
        var mixing = LadderMixing.Of(new([300, 350, 400], 1, 1, Dof, [], [], [ladder]), [0.5, 0.5]);
        Assert.Equal(10 + 9, mixing.RoundTrips); // the second starts at the top: its first way down is none
        Assert.Equal(2, mixing.Travellers);
        Assert.Equal([0, 1, 0, 0.5, 0, 0.5, 0, 1, 0], mixing.Transitions);
        Assert.Equal(19 / (2 * 41e-3), mixing.RoundTripsPerNanosecond, 1e-9);
    }

    [Fact]
    public void A_Ramachandran_map_is_the_logarithm_of_the_counts()
    {
        var trace = new LadderTrace("replica 0", 2);
        for (int t = 1; t <= 30; t++)
            trace.Add(t, 0, 0, 0, 0, t % 3 == 0 ? [1.0f, -2.0f] : [-1.0f, 2.0f]); // 10 and 20 frames
        var map = RamachandranMap.Of("ALA 2", (0, 1), [new(trace, [.. Enumerable.Range(0, 30)], [.. Enumerable.Repeat(1.0, 30)])], Thermal);
        int Cell(double phi, double psi) => TorsionProfile.Bin(psi, RamachandranMap.Bins) * RamachandranMap.Bins + TorsionProfile.Bin(phi,
            RamachandranMap.Bins);
        Assert.Equal(0, map.FreeEnergies[Cell(-1, 2)], 1e-12);
        Assert.Equal(Thermal * Math.Log(2), map.FreeEnergies[Cell(1, -2)], 1e-12);
        Assert.Equal(2, map.FreeEnergies.Count(double.IsFinite));
    }

    [Theory]
    [InlineData(0, true)] // each replica stays in the state that it began with; all ladders began alike
    [InlineData(0.002, true)] // one change in 500 frames
    [InlineData(0.2, false)]
    public void Replicas_that_keep_their_state_are_seen_although_the_rung_looks_mixed(double change, bool frozen)
    {
        const int ladders = 16, frames = 1000;
        LadderTrace[] traces = [.. Enumerable.Range(0, ladders).Select(m => new LadderTrace($"ladder {m}", 1))];
        for (int m = 0; m < ladders; m++)
        {
            RandomSource random = new RandomSource(31).Split(m);
            bool[] cis = [true, false];
            for (int t = 1; t <= frames; t++)
            {
                int cold = random.NextInt(2);
                for (int replica = 0; replica < 2; replica++)
                {
                    cis[replica] ^= random.NextDouble() < change;
                    traces[m].Add(10 * t, replica, replica == cold ? 0 : 1, random.NextNormal(), 0.5 * Dof * Thermal,
                        [(float)((cis[replica] ? 1 : -2) + 0.1 * random.NextNormal())]);
                }
            }
        }
        SimulationAnalysis a = SimulationAnalysis.Of(new([Kelvin, 1.0001 * Kelvin], Frame, 10, Dof, ["phi ALA 2"], [], traces), [0.5]);
        if (change is 0 or 0.2)
            Assert.True(a.Torsions[0].Diagnostics.SplitRhat < 1.01); // what the rung shows
        Assert.Equal(frozen ? Convergence.Partial : Convergence.Converged, a.Verdict.Convergence);
        Assert.Equal(frozen, a.Verdict.Reasons.Any(r => r.Contains("replicas keep the state of phi ALA 2", StringComparison.Ordinal)));
    }

    private static SimulationAnalysis Analyse(SimulationTrace trace) => SimulationAnalysis.Of(trace, []);

    private static SimulationTrace Replicas(int replicas, int frames, Func<int, RandomSource, (double Energy, double Angle)> draw, Func<int,
        int>? length = null, HashSet<(int Replica, int Frame)>? lost = null)
    {
        LadderTrace[] traces = [.. Enumerable.Range(0, replicas).Select(m => new LadderTrace($"replica {m}", 1))];
        for (int m = 0; m < replicas; m++)
        {
            RandomSource random = new RandomSource(11).Split(m);
            for (int t = 1; t <= (length?.Invoke(m) ?? frames); t++)
            {
                (double energy, double angle) = draw(m, random);
                if (lost?.Contains((m, t)) != true)
                    traces[m].Add(10 * t, 0, 0, energy, 0.5 * Dof * Thermal, [(float)angle]);
            }
        }
        return new([Kelvin], Frame, 10, Dof, ["phi ALA 2"], [], traces);
    }

    private static SimulationTrace Ladder(int ladders, int frames, double[] kelvin, double gap, double scaledGap = 0,
        double[]? scales = null)
    {
        LadderTrace[] traces = [.. Enumerable.Range(0, ladders).Select(m => new LadderTrace($"ladder {m}", 1))];
        for (int m = 0; m < ladders; m++)
        {
            RandomSource random = new RandomSource(23).Split(m);
            int[] rungs = [.. Enumerable.Range(0, kelvin.Length)];
            for (int t = 1; t <= frames; t++)
            {
                if (kelvin.Length > 1)
                {
                    int swap = random.NextInt(kelvin.Length - 1);
                    (rungs[swap], rungs[swap + 1]) = (rungs[swap + 1], rungs[swap]);
                }
                for (int replica = 0; replica < kelvin.Length; replica++)
                {
                    double rt = Units.GasConstant * kelvin[rungs[replica]];
                    double scale = scales?[rungs[replica]] ?? 1;
                    bool upper = random.NextDouble() < 1 / (1 + Math.Exp((gap + scale * scaledGap) / rt));
                    double energy = upper ? gap + scaledGap : 0;
                    for (int mode = 0; mode < 5; mode++)
                        energy -= rt * Math.Log(1 - random.NextDouble()); // two harmonic modes each
                    traces[m].Add(10 * t, replica, rungs[replica], energy, 0.5 * Dof * rt, [upper ? 1f : -1f], upper ? scaledGap : 0);
                }
            }
        }
        return new(kelvin, Frame, 10, Dof, ["phi ALA 2"], [], traces, scales);
    }

    /// <summary>By rejection from the uniform density.</summary>
    private static double VonMises(RandomSource random, double kappa)
    {
        while (true)
        {
            double angle = Math.PI * (2 * random.NextDouble() - 1);
            if (random.NextDouble() < Math.Exp(kappa * (Math.Cos(angle) - 1)))
                return angle;
        }
    }

    /// <summary>[72] by quadrature.</summary>
    private static double[] VonMisesBins(double kappa)
    {
        const int fine = 50;
        double[] p = [.. Enumerable.Range(0, TorsionProfile.Bins).Select(b =>
            Enumerable.Range(0, fine).Sum(k =>
            Math.Exp(kappa * Math.Cos(-Math.PI + 2 * Math.PI * (b * fine + k + 0.5) / (fine * TorsionProfile.Bins)))))];
        double sum = p.Sum();
        return [.. p.Select(v => v / sum)];
    }
}
