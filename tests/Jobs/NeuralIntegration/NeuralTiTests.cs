using System.Text.Json;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Jobs.NeuralIntegration;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.NeuralIntegration;

/// <summary>Neural thermodynamic integrations from settings to the report, as a job and as a command.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class NeuralTiTests : IDisposable
{
    private const string Small = """
        {
          "system": "mixture-1d", // comments pass
          "network": { "width": 16, "channels": 1, "cutoff": 0 },
          "ends": { "walkers": 16, "draws": 50, "leapfrogSteps": 3 },
          "training": { "steps": 200, "batch": 64, "learningRate": 0.01, "middleWeight": 0 },
          "certificate": { "windows": 6, "sets": 16, "burnIn": 20, "draws": 30, "every": 2, "works": 128, "switchingSteps": 20 },
          "standard": { "windows": 6, "sets": 8, "burnIn": 20, "draws": 16, "every": 1 }
        }
        """;

    // every stage, as short as it goes: for bytes, not for numbers
    private const string Least = """
        {
          "system": "mixture-1d",
          "network": { "width": 8, "channels": 1, "cutoff": 0 },
          "ends": { "walkers": 8, "draws": 12, "leapfrogSteps": 2 },
          "training": { "steps": 30, "batch": 16, "learningRate": 0.01, "middleWeight": 0 },
          "certificate": { "windows": 3, "sets": 4, "burnIn": 4, "draws": 8, "every": 1, "works": 16, "switchingSteps": 8 },
          "standard": { "windows": 3, "sets": 4, "burnIn": 4, "draws": 8, "every": 1 }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-neural-ti-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string At(string name) => Path.Combine(_folder, name);

    private static NeuralTiConfig Config => NeuralTiConfig.Parse(Small, "small.json");

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order()];

    [Fact]
    public void A_run_that_was_stopped_anywhere_ends_with_the_bytes_of_one_that_was_not()
    {
        NeuralTiConfig least = NeuralTiConfig.Parse(Least, "least.json");
        NeuralTiRun whole = NeuralTiRun.Open(least, At("whole"));
        whole.Write(whole.Run());
        string folder = At("stopped");
        foreach ((string stage, double from) in new[] { ("training", 0.6), ("works from state 1", 0.3),
            ("windows of the learned path", 0.5) })
            using (var source = new CancellationTokenSource())
                Assert.Throws<OperationCanceledException>(() => NeuralTiRun.Open(least, folder).Run(p =>
                {
                    if (p.Stage == stage && p.Fraction >= from)
                        source.Cancel();
                }, source.Token));
        NeuralTiRun again = NeuralTiRun.Open(least, folder, threads: 1);
        again.Write(again.Run());
        Assert.Equal(Names(At("whole")), Names(folder));
        foreach (string file in Names(folder))
            Assert.True(File.ReadAllBytes(Path.Combine(At("whole"), file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder,
                file))), file);
    }

    [Fact]
    public void What_is_damaged_or_of_another_run_is_refused_and_made_again_once_it_is_gone()
    {
        NeuralTiConfig least = NeuralTiConfig.Parse(Least, "least.json");
        foreach ((string folder, ulong seed) in new[] { ("run", 1ul), ("other", 2ul) })
            NeuralTiRun.Open(least with { Seed = seed }, At(folder)).Run();
        string model = Path.Combine(At("run"), NeuralTiRun.ModelFile);
        byte[] learned = File.ReadAllBytes(model);
        foreach ((string file, string from) in new[] { ("windows", "../other/windows"), ("windows", "standard"), ("ends0", "ends1"),
            ("works", "../other/works"), ("standard", "") })
        {
            string path = Path.Combine(At("run"), file + ".safetensors");
            byte[] before = File.ReadAllBytes(path), wrong = [.. before];
            wrong[^3] ^= 1; // one bit of the last number
            File.WriteAllBytes(path, from.Length == 0 ? wrong : File.ReadAllBytes(Path.Combine(At("run"), from + ".safetensors")));
            Assert.Contains("damaged, or of another run", Assert.Throws<InvalidDataException>(() => NeuralTiRun.Open(least, At("run"))
                .Run()).Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, before);
        }
        // removed they are made again; of a torn model nothing follows, so it is written again
        string[] gone = [.. new[] { "works", "windows" }.Select(f => Path.Combine(At("run"), f + ".safetensors"))];
        byte[][] made = [.. gone.Select(File.ReadAllBytes)];
        Array.ForEach(gone, File.Delete);
        File.WriteAllBytes(model, learned[..^9]);
        NeuralTiRun.Open(least, At("run")).Run();
        Assert.True(learned.AsSpan().SequenceEqual(File.ReadAllBytes(model)));
        Assert.All(gone.Zip(made), p => Assert.True(p.Second.AsSpan().SequenceEqual(File.ReadAllBytes(p.First)), p.First));
    }

    [Theory]
    [InlineData("ends.walkers", "\"ends\": { \"walkers\": 2000000000 }")]
    [InlineData("ends: 65536 walkers", "\"ends\": { \"walkers\": 65536, \"draws\": 65536 }")]
    [InlineData("network.width", "\"network\": { \"width\": 2000000000 }")]
    [InlineData("network.cutoff", "\"network\": { \"cutoff\": -1 }")]
    [InlineData("training.batch", "\"training\": { \"batch\": 2000000000 }")]
    [InlineData("certificate.switchingSteps", "\"certificate\": { \"switchingSteps\": 2147483647 }")]
    [InlineData("certificate: the energies of", "\"certificate\": { \"windows\": 4000, \"sets\": 1000 }")]
    [InlineData("standard.windows", "\"standard\": { \"windows\": 1 }")]
    public void More_than_a_machine_holds_is_refused_before_there_is_a_folder(string named, string setting)
    {
        NeuralTiConfig config = NeuralTiConfig.Parse($"{{ \"system\": \"mixture-1d\", {setting} }}", "large.json");
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => NeuralTiRun.Open(config, At("large"))).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("large")));
    }

    [Fact]
    public void Nobody_overwrites_a_run_at_work()
    {
        NeuralTiConfig least = NeuralTiConfig.Parse(Least, "least.json");
        string[] files = [];
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => NeuralTiRun.Open(least, At("run")).Run(p =>
        {
            if (p.Stage != "training" || files.Length > 0)
                return;
            files = Names(At("run"));
            foreach (ulong seed in new ulong[] { 1, 2 })
                Assert.Contains("another process works here", Assert.Throws<IOException>(() => NeuralTiRun.Open(least with { Seed = seed },
                    At("run"), overwrite: true)).Message, StringComparison.Ordinal);
            stop.Cancel();
        }, stop.Token));
        Assert.Contains("ends1.safetensors", files);
        Assert.Equal(files.Where(f => f != "lock"), Names(At("run")));
        NeuralTiRun.Open(least with { Seed = 2 }, At("run"), overwrite: true); // nobody is there any more
        Assert.Equal(["config.json", "run.json"], Names(At("run")));
    }

    [Fact]
    public void A_small_run_is_right_and_says_so()
    {
        NeuralTiResult result = NeuralTiRun.Open(Config, At("whole")).Run();
        Assert.Equal("ok", NeuralTiResult.Word(result.Certificate.Verdict));
        Assert.All(result.Estimates.Where(e => e.Id is "windows" or "works" or "standard"), e => Assert.True(
            Math.Abs(e.Difference.Value + Math.Log(3)) < 4 * e.Difference.StandardError, $"{e.Id}: {e.Difference}"));
        // training: 200 steps of 64 pairs, after the slopes of half of 2 x 800 samples
        Assert.Equal(200 * 64 + 800 + 200 * 8, result.Estimates.Single(e => e.Id == "plain").EnergyCalls);
    }

    [Fact]
    public void The_command_leaves_a_report_and_a_document_and_refuses_other_settings()
    {
        string settings = At("settings.json"), folder = At("run");
        File.WriteAllText(settings, Small);
        CommandLine run = InProcess.Run("neural-ti", settings, "--steps", "40", "--no-standard", "--json", "-o", folder);
        Assert.True(run.ExitCode == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Output), file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder,
            "result.json")));
        foreach (string key in new[] { "system", "verdict", "reasons", "best", "bias", "estimates", "calls", "training", "schedules",
            "rate", "windows", "works" })
            Assert.True(document.RootElement.TryGetProperty(key, out _) && file.RootElement.TryGetProperty(key, out _), key);
        Assert.Equal(["windows", "works", "plain", "exact"], document.RootElement.GetProperty("estimates").EnumerateArray().Select(e =>
            e.GetProperty("id").GetString()!));
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.Contains("mixture-1d", page, StringComparison.Ordinal);
        CommandLine other = InProcess.Run("neural-ti", settings, "--steps", "41", "-o", folder);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("holds an earlier run", other.Error, StringComparison.Ordinal);
        CommandLine same = InProcess.Run("neural-ti", settings, "--steps", "40", "--no-standard", "-o", folder);
        Assert.True(same.ExitCode == 0, same.Error);
        Assert.Contains("bias of the plain integral", same.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_is_told_in_one_line_and_leaves_nothing()
    {
        foreach ((string settings, string words) in new[]
        {
            (Small.Replace("mixture-1d", "mixture-2d", StringComparison.Ordinal), "no pair of states 'mixture-2d'"),
            (Small.Replace("\"windows\": 6, \"sets\": 16", "\"windows\": 1, \"sets\": 16", StringComparison.Ordinal),
                "certificate.windows must lie between 2 and"),
            (Small.Replace("\"middleWeight\": 0", "\"variance\": 1e999", StringComparison.Ordinal), "all of them finite"),
            (Small.Replace("\"draws\": 50", "\"drawn\": 50", StringComparison.Ordinal), "'drawn'"),
            (Small.Replace("mixture-1d", "lj-solute-108", StringComparison.Ordinal).Replace("\"cutoff\": 0", "\"cutoff\": 9",
                StringComparison.Ordinal), "too small"),
        })
        {
            File.WriteAllText(At("wrong.json"), settings);
            CommandLine run = InProcess.Run("neural-ti", At("wrong.json"), "-o", At("wrong"));
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(words, run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
            Assert.False(Directory.Exists(At("wrong")));
        }
    }

    [Fact]
    public void A_training_that_does_not_stay_finite_ends_with_one_line_and_no_result()
    {
        File.WriteAllText(At("wild.json"), Small.Replace("\"learningRate\": 0.01", "\"learningRate\": 1e30", StringComparison.Ordinal));
        CommandLine run = InProcess.Run("neural-ti", At("wild.json"), "--quiet", "-o", At("wild"));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("gradient that is not finite", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("model.safetensors", Names(At("wild")));
        Assert.DoesNotContain("result.json", Names(At("wild")));
    }

    [Fact]
    public void All_pairs_of_states_have_usual_settings() => Assert.All(EndStatesCatalogue.Names, n => NeuralTiConfig.For(n).Check(1));
}
