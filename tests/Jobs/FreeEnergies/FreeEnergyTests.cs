using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>From files to numbers with error bars, on simulations whose free energy is known, and on GROMACS' of benzene.</summary>
public sealed class FreeEnergyTests(ITestOutputHelper output) : IDisposable
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];
    private static readonly FreeEnergyOptions s_asOthers = new(DiscardPicoseconds: 0, CountCorrelation: false);
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-fe-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableFact]
    public void Benzene_in_water_gives_the_published_numbers()
    {
        // alchemtest's benzene, Coulomb leg, every row independent: TI 3.089(22), BAR 3.044(16), MBAR 3.041(21) kT
        FreeEnergyAnalysis a = Benzene(s_asOthers);
        Assert.Equal(3.089, Value(a, "ti-trapezoid"), 5e-4);
        Assert.Equal(0.022, Error(a, "ti-trapezoid"), 5e-4);
        Assert.Equal(3.041, Value(a, "mbar"), 5e-4);
        Assert.Equal(0.021, Error(a, "mbar"), 5e-4);
        Assert.Equal(3.044, Value(a, "bar"), 5e-4);
        // the published 0.016 adds squares over steps; neighbouring steps share samples and are correlated, so the error is 0.022, which
        // the bootstrap confirms below
        Assert.Equal(0.016, Math.Sqrt(a.Estimates.Single(e => e.Id == "bar").Intervals.Sum(i =>
            i.Difference.StandardError * i.Difference.StandardError)), 5e-4);
        Assert.Equal(0.0216, Error(a, "bar"), 1e-3);
        Assert.Empty(a.Warnings);
    }

    [SkippableFact]
    public void The_error_of_BAR_s_sum_is_the_bootstrap_s()
    {
        PreparedWindows windows = PreparedWindows.Of(BenzeneData(), s_asOthers);
        ReducedPotentials table = windows.Table()!;
        var chain = BarChain.Solve(table);
        var random = new RandomSource(5).Split("bar chain");
        double[] totals = [.. Enumerable.Range(0, 200).Select(_ =>
        {
            int[] drawn = [.. Enumerable.Range(0, table.States).SelectMany(k => Enumerable.Range(0, table.Counts[k]).Select(_ =>
                table.Starts[k] + random.NextInt(table.Counts[k])))];
            var again = new ReducedPotentials([.. Enumerable.Range(0, table.States).SelectMany(k => drawn.Select(n => table.Of(k)[n]))],
                table.Counts);
            return BarChain.Solve(again).Total.Value;
        })];
        double mean = totals.Average(), error = Math.Sqrt(totals.Sum(t => (t - mean) * (t - mean)) / 199); // known to 5 %
        output.WriteLine($"bootstrap {error:f4}, formula {chain.Total.StandardError:f4}");
        Assert.InRange(chain.Total.StandardError / error, 0.8, 1.2);
    }

    [Fact]
    public void Every_estimator_finds_the_exact_difference_with_calibrated_errors()
    {
        // 60 simulations of correlated samples (g = 4). Mean of z: standard deviation 0.13, variance of z: 0.18; four of each are a false
        // alarm in 16 000. EXP and TI by trapezoids are biased here: left out.
        double exact = SyntheticAlchemy.Exact(1);
        var z = new Dictionary<string, List<double>>();
        for (ulong seed = 0; seed < 60; seed++)
            foreach (EstimatorResult e in Analyse(SyntheticAlchemy.Write(_folder, s_states, 1500, seed, phi: 0.6)).Estimates.Where(e =>
                e.Id is "mbar" or "bar" or "ti-spline"))
                (z.TryGetValue(e.Id, out List<double>? list) ? list : z[e.Id] = []).Add((e.Total.Value - exact) / e.Total.StandardError);
        Assert.Equal(3, z.Count);
        foreach ((string id, List<double> scores) in z)
        {
            double mean = scores.Average(), variance = scores.Sum(s => (s - mean) * (s - mean)) / (scores.Count - 1);
            output.WriteLine($"{id}: mean z {mean:f2}, variance {variance:f2}");
            Assert.InRange(variance, 0.3, 1.75);
            if (id != "ti-spline") // a spline through five states has a bias of its own: 0.004 kT
                Assert.InRange(mean, -0.52, 0.52);
        }
    }

    [Fact]
    public void Ignoring_correlation_shows_in_the_scores()
    {
        // the power of the test above: with every row independent, errors are half of what they should be
        double exact = SyntheticAlchemy.Exact(1);
        double[] z = [.. Enumerable.Range(0, 60).Select(seed =>
        {
            FreeEnergyDifference d = Analyse(SyntheticAlchemy.Write(_folder, s_states, 1500, (ulong)seed, phi: 0.6),
                s_asOthers).Estimates[0].Total;
            return (d.Value - exact) / d.StandardError;
        })];
        Assert.True(z.Sum(s => s * s) / z.Length > 1.75);
    }

    [Fact]
    public void Clean_data_give_no_warnings()
    {
        // of 20 sets with four pairs each: a pair is called inconsistent once in 16 000, halves apart once in 370
        Assert.True(Enumerable.Range(0, 20).Count(seed =>
            Analyse(SyntheticAlchemy.Write(_folder, s_states, 2000, (ulong)seed)).Warnings.Count > 0) <= 1);
    }

    [Fact]
    public void Energies_in_another_unit_are_noticed()
    {
        // kcal/mol written where kJ/mol is expected
        FreeEnergyAnalysis a = Analyse(SyntheticAlchemy.Write(_folder, s_states, 4000, 1, scale: 1 / 4.184));
        Assert.Contains(a.Warnings, w => w.Contains("kcal/mol", StringComparison.Ordinal));
    }

    [Fact]
    public void Windows_that_were_swapped_are_noticed()
    {
        // tables cannot tell that u_nk of one state stands under another's name; neighbours can
        AlchemicalFile[] files = [.. SyntheticAlchemy.Write(_folder, s_states, 3000, 2).Select(f => AlchemicalFiles.Read(f))];
        AlchemicalFile Renamed(int samples, int state) => new()
        {
            Source = files[state].Source + " renamed",
            LambdaNames = files[0].LambdaNames,
            Temperature = 300,
            Times = files[samples].Times,
            SampledStates = files[state].SampledStates,
            StateOfRow = files[samples].StateOfRow,
            Columns = files[samples].Columns,
            ReducedPotentials = files[samples].ReducedPotentials,
        };
        var a = FreeEnergyAnalysis.Of(AlchemicalData.Combine([files[0], Renamed(3, 1), files[2], Renamed(1, 3), files[4]]), new());
        Assert.Contains(a.Warnings, w => w.Contains("contradict each other", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_few_states_are_named_and_no_number_is_given()
    {
        FreeEnergyAnalysis a = Analyse(SyntheticAlchemy.Write(_folder, [0, 0.02, 1], 1000, 3, strength: 40));
        Assert.Contains(a.Warnings, w => w.Contains("states 0.02 and 1 overlap by", StringComparison.Ordinal));
        Assert.NotEqual(EstimatorStatus.Converged, a.Estimates.Single(e => e.Id == "mbar").Total.Status);
        Assert.NotEqual(EstimatorStatus.Converged, a.Estimates.Single(e => e.Id == "bar").Total.Status);
        Assert.Equal(EstimatorStatus.Converged, a.Estimates.Single(e => e.Id == "mbar").Intervals[0].Difference.Status);
    }

    [Fact]
    public void An_unequilibrated_beginning_is_discarded()
    {
        FreeEnergyAnalysis a = Analyse(SyntheticAlchemy.Write(_folder, s_states, 3000, 4, drift: 3)),
            kept = Analyse(SyntheticAlchemy.Write(_folder, s_states, 3000, 4, drift: 3), s_asOthers);
        Assert.All(a.Windows.Summaries, w => Assert.InRange(w.Discarded, 100, 1500));
        double exact = SyntheticAlchemy.Exact(1);
        output.WriteLine($"exact {exact:f4}, equilibrated {a.Estimates[0].Total}, all {kept.Estimates[0].Total}; discarded {string.Join(' ', a.Windows.Summaries.Select(w => w.Discarded))}");
        Assert.True(Math.Abs(a.Estimates[0].Total.Value - exact) < 4 * a.Estimates[0].Total.StandardError);
        // power: the drift matters
        Assert.True(Math.Abs(kept.Estimates[0].Total.Value - exact) > 8 * kept.Estimates[0].Total.StandardError);
    }

    [Fact]
    public void A_change_in_the_middle_is_noticed()
    {
        // two halves with different physics: the second half of every file comes from another strength
        string[] first = SyntheticAlchemy.Write(Directory.CreateDirectory(Path.Combine(_folder, "a")).FullName, s_states, 1000, 5),
            second = SyntheticAlchemy.Write(Directory.CreateDirectory(Path.Combine(_folder, "b")).FullName, s_states, 1000, 6,
            strength: 1.6);
        for (int k = 0; k < first.Length; k++)
            File.AppendAllLines(first[k], File.ReadLines(second[k]).Where(l => char.IsAsciiDigit(l[0])).Select((l, n) =>
                $"{1000 + n}.0{l[l.IndexOf(' ', StringComparison.Ordinal)..]}"));
        Assert.Contains(Analyse(first, s_asOthers).Warnings, w => w.Contains("first and the second half", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parquet_tables_give_the_numbers_of_the_files_they_came_from()
    {
        string[] files = SyntheticAlchemy.Write(_folder, s_states, 300, 7);
        AlchemicalData data = AlchemicalData.Combine([.. files.Select(f => AlchemicalFiles.Read(f))]);
        string u = Path.Combine(_folder, "u_nk.parquet"), g = Path.Combine(_folder, "dHdl.parquet");
        await AlchemicalParquet.WriteReducedPotentialsAsync(u, data.ToFile());
        await AlchemicalParquet.WriteGradientsAsync(g, data.ToFile());
        FreeEnergyAnalysis direct = FreeEnergyAnalysis.Of(data, new()),
            again = FreeEnergyAnalysis.Of(AlchemicalData.Combine([AlchemicalFiles.Read(g), AlchemicalFiles.Read(u)]), new());
        Assert.Equal(direct.Estimates.Select(e => (e.Id, e.Total.Value, e.Total.StandardError)),
            again.Estimates.Select(e => (e.Id, e.Total.Value, e.Total.StandardError)));
    }

    [Fact]
    public void Gradients_alone_are_integrated()
    {
        AlchemicalFile[] files = [.. SyntheticAlchemy.Write(_folder, s_states, 2000, 8).Select(f => AlchemicalFiles.Read(f)).Select(f =>
            new AlchemicalFile
        {
            Source = f.Source, LambdaNames = f.LambdaNames, Temperature = f.Temperature, Times = f.Times, SampledStates = f.SampledStates,
                StateOfRow = f.StateOfRow, Gradients = f.Gradients,
        })];
        var a = FreeEnergyAnalysis.Of(AlchemicalData.Combine(files), new());
        Assert.Equal(["ti-spline", "ti-trapezoid"], a.Estimates.Select(e => e.Id));
        Assert.Equal(10, a.Convergence.Count);
        Assert.True(Math.Abs(a.Estimates[0].Total.Value - SyntheticAlchemy.Exact(1)) < 4 * a.Estimates[0].Total.StandardError + 0.01);
    }

    [Fact]
    public void Ends_and_neighbours_without_samples_are_said()
    {
        string[] files = SyntheticAlchemy.Write(_folder, s_states, 500, 11);
        Assert.Contains(Analyse(files[1..2]).Warnings, w => w.Contains("only state 0.25 has samples", StringComparison.Ordinal));
        FreeEnergyAnalysis cut = Analyse(files[..4]); // the end of the path is no part of the result
        Assert.Contains(cut.Data.Notes, n => n.Contains("state 1, at an end of the path, has no samples", StringComparison.Ordinal));
        Assert.Equal(0.75, cut.Data.States[^1].Values[0]);
        // a state in the middle is not sampled: MBAR has it, BAR steps over it
        FreeEnergyAnalysis gap = Analyse([.. files[..2], .. files[3..]]);
        Assert.Empty(gap.Warnings);
        Assert.Equal(EstimatorStatus.Converged, gap.Estimates.Single(e => e.Id == "mbar").Intervals[2].Difference.Status);
        Assert.Equal((1, 3), (gap.Estimates.Single(e => e.Id == "bar").Intervals[1].From,
            gap.Estimates.Single(e => e.Id == "bar").Intervals[1].To));
    }

    [Fact]
    public void States_at_Gauss_s_nodes_are_integrated_by_his_rule()
    {
        FreeEnergyAnalysis a =
            Analyse(SyntheticAlchemy.Write(_folder, [.. GaussLegendre.OnUnitInterval(7).Nodes.Select(x => Math.Round(x, 4))], 4000, 10));
        FreeEnergyDifference d = a.Estimates.Single(e => e.Id == "ti-gauss-legendre").Total; // from 0 to 1, which no state is at
        Assert.True(Math.Abs(d.Value - SyntheticAlchemy.Exact(1)) < 4 * d.StandardError + 1e-3, d.ToString());
        Assert.DoesNotContain(Analyse(SyntheticAlchemy.Write(_folder, s_states, 100, 10)[..5]).Estimates, e => e.Id == "ti-gauss-legendre");
    }

    [Fact]
    public void The_bootstrap_is_reproducible_and_near_the_asymptotic_error()
    {
        string[] files = SyntheticAlchemy.Write(_folder, s_states, 800, 9);
        FreeEnergyAnalysis a = Analyse(files, new(Bootstrap: 100)), b = Analyse(files, new(Bootstrap: 100));
        Assert.Equal(a.Bootstrap!.StandardError(0, 4), b.Bootstrap!.StandardError(0, 4));
        Assert.InRange(a.Bootstrap.StandardError(0, 4) / a.Estimates[0].Total.StandardError, 0.7, 1.35);
    }

    private static FreeEnergyAnalysis Analyse(string[] files, FreeEnergyOptions? options = null) =>
        FreeEnergyAnalysis.Of(AlchemicalData.Combine([.. files.Select(f => AlchemicalFiles.Read(f))]), options ?? new());

    private static double Value(FreeEnergyAnalysis a, string id) => a.Estimates.Single(e => e.Id == id).Total.Value;

    private static double Error(FreeEnergyAnalysis a, string id) => a.Estimates.Single(e => e.Id == id).Total.StandardError;

    private static FreeEnergyAnalysis Benzene(FreeEnergyOptions options) => FreeEnergyAnalysis.Of(BenzeneData(), options);

    private static AlchemicalData BenzeneData() =>
        AlchemicalData.Combine([.. new[] { "0000", "0250", "0500", "0750", "1000" }.Select(n =>
        AlchemicalFiles.Read(SharedData.Require($"alchemtest-benzene-coulomb/{n}.xvg.bz2")))]);
}
