using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Simulation;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.Running;

/// <summary>Numbers that cannot be meant (case compressed-line-without-end: "replicas: 1e9"), time limits that hold whatever the input,
/// energies that are no numbers.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-limits-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"replicas\": 1000000000 }",
        "1,000,000,000 replicas of 22 atoms want 2,640 GB; this machine has ")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"replicas\": 2000000, \"checkpointInterval\": \"100ns\", \"time\": \"1us\" }",
        "100,000 frames between checkpoints of 2,000,000 replicas of 22 atoms want")]
    [InlineData("{ \"input\": \"CC\", \"time\": \"1e5ms\" }", "steps: at most 10,000,000,000,000")]
    [InlineData("{ \"input\": \"CC\", \"time\": \"1e300ms\" }", "more steps than can be counted")]
    public void A_simulation_that_cannot_fit_is_refused_before_anything_is_allocated(string json, string message)
    {
        string run = Path.Combine(_folder, "run");
        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains(message, Assert.Throws<ArgumentException>(() =>
            SimulationRun.Start(SimulationConfig.Parse(json, "x.json"), run)).Message, StringComparison.Ordinal);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 100_000_000);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void A_ladder_has_a_largest_number_of_rungs() => Assert.Contains("--ladder has 1,000,000 rungs: at most 1,000",
        Assert.Throws<ArgumentException>(() =>
        new SimulationConfig { Input = "CC", Ladder = [.. Enumerable.Range(1, 1_000_000).Select(k => 1 + (1e-3 * k))],
            Replicas = 1_000_000 }.Plan()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"stages\": [{ \"objective\": \"reverse-kl\", \"steps\": 1, \"batch\": 2000000000 }]",
        "batches of 2,000,000,000 samples of 2 coordinates")]
    [InlineData("\"stages\": [{ \"objective\": \"reverse-kl\", \"steps\": 1 }], \"judgeSamples\": 2147483647, \"flow\": { \"hidden\": [1000000, 1000000] }", "weights of the flow want")]
    [InlineData("\"stages\": [{ \"objective\": \"reverse-kl\", \"steps\": 1 }], \"flow\": { \"layers\": 2000000000 }", "want")]
    [InlineData("\"stages\": [{ \"objective\": \"reverse-kl\", \"steps\": 1 }], \"flow\": { \"hidden\": [] }",
        "flow.hidden needs at least one width")]
    [InlineData("\"stages\": [{ \"objective\": \"reverse-kl\", \"steps\": 1 }], \"flow\": { \"bins\": -1 }",
        "flow.bins must not be negative")]
    [InlineData("\"stages\": [{ \"objective\": \"fab\", \"steps\": 1 }], \"chains\": { \"walkers\": 2000000000, \"rungs\": 2000000000 }",
        "2,000,000,000 rungs of 2,000,000,000 walkers")]
    [InlineData("\"stages\": [{ \"objective\": \"forward-kl\", \"steps\": 1 }], \"data\": { \"source\": \"exact\", \"walkers\": 2147483647 }", "2,147,483,647 walkers of 2 coordinates want")]
    public void A_training_that_cannot_fit_is_refused_before_anything_is_allocated(string settings, string message)
    {
        string run = Path.Combine(_folder, "flow");
        TrainingConfig config = TrainingConfig.Parse($"{{ \"target\": \"gmm40\", {settings} }}", "x.json");
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => TrainingRun.Start(config, run)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }

    [Theory]
    [InlineData(150, "more than 100 branches in one another")]
    [InlineData(1_000_000, "of 100000 at most")]
    public void A_deep_or_endless_SMILES_does_not_reach_a_parser(int depth, string message) =>
        Assert.Contains(message, Assert.Throws<MoleculeFormatException>(() =>
        RDKitMolecule.FromSmiles(string.Concat(Enumerable.Repeat("C(", depth)) + "C" + new string(')', depth))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_bracket_within_a_bracket_is_refused() =>
        Assert.Contains("a bracket within a bracket", Assert.Throws<MoleculeFormatException>(() =>
            RDKitMolecule.FromSmiles(new string('[', 150) + "C" + new string(']', 150))).Message, StringComparison.Ordinal);

    [Fact]
    public void Deep_JSON_is_one_line()
    {
        string deep = $"{{ \"input\": {new string('[', 100_000)}{new string(']', 100_000)} }}";
        Assert.StartsWith("x.json, line 1: ", Assert.Throws<MoleculeFormatException>(() => SimulationConfig.Parse(deep, "x.json")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Work_that_does_not_look_at_the_clock_is_abandoned_and_what_it_throws_is_thrown()
    {
        using var release = new ManualResetEventSlim();
        var clock = Stopwatch.StartNew();
        Assert.False(HardLimit.TryRun(() => { release.Wait(); return 1; }, TimeSpan.FromSeconds(0.2), out int result));
        Assert.Equal(0, result);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.False(HardLimit.TryRun(() => { release.Wait(); return 1; }, TimeSpan.MaxValue, out _, cancellation: cancelled.Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60));
        release.Set();
        Assert.True(HardLimit.TryRun(() => 7, TimeSpan.MaxValue, out result));
        Assert.Equal(7, result);
        Assert.Throws<MoleculeFormatException>(() => HardLimit.TryRun<int>(() => throw new MoleculeFormatException("x"), TimeSpan.MaxValue,
            out _));
    }

    [Theory]
    [InlineData("conformers", 1202)]
    [InlineData("energy", 1202)]
    public void A_time_limit_holds_with_a_thousand_atoms(string command, int atoms)
    {
        var clock = Stopwatch.StartNew();
        CommandLine run = CommandLine.Spawn([command, new string('C', (atoms - 2) / 3), "--time-limit", "2", .. command == "energy" ? []
            : new[] { "--output", Path.Combine(_folder, "o") }]);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(45), $"{clock.Elapsed}"); // it took 74 s for the embedding alone
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("time", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Atoms_on_top_of_each_other_have_no_energy_and_that_is_said()
    {
        string sdf = Path.Combine(_folder, "x.sdf");
        const string at = "  x\n\n  2  1  0  0  0  0            999 V2000\n    0.0000    0.0000    {0} Cl  0  0\n    0.0000    0.0000    1.0000 Cl  0  0\n  1  2  1  0\nM  END\n$$$$\n";
        File.WriteAllText(sdf, "stack\n" + at.Replace("{0}", "1.0000", StringComparison.Ordinal) + "good\n" + at.Replace("{0}", "3.0000",
            StringComparison.Ordinal));
        CommandLine run = CommandLine.Run("energy", sdf);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("good  ", run.Output, StringComparison.Ordinal);
        Assert.Contains("stack: the energy is not a finite number (bond): do two atoms coincide?\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("of 2 molecules 1 have no finite energy", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_flow_whose_samples_have_no_weight_is_not_judged(double weight) =>
        Assert.Contains("of 3: the weights are damaged", Assert.Throws<InvalidOperationException>(() =>
            FlowEvaluation.Of([weight, weight, weight], 0, null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_weights_are_told_and_nothing_is_written()
    {
        string flow = Path.Combine(_folder, "gmm40"), model = Path.Combine(flow, "model.safetensors");
        Directory.CreateDirectory(flow);
        foreach (string file in Directory.GetFiles(Path.Combine(SharedData.Checkout, "data", "flows", "gmm40")))
            File.Copy(file, Path.Combine(flow, Path.GetFileName(file)));
        byte[] bytes = File.ReadAllBytes(model);
        bytes.AsSpan(8 + (int)BitConverter.ToInt64(bytes, 0)).Fill(0xff); // NaN everywhere
        File.WriteAllBytes(model, bytes);
        CommandLine run = CommandLine.Run("draw", flow, "--samples", "100");
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("No sample of the flow is finite, of 100: the weights are damaged", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(flow).Length);
    }
}
