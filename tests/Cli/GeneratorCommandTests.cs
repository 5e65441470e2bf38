using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling train and draw as a user meets them.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class GeneratorCommandTests : IDisposable
{
    private const string Settings = """
        { "target": "manywell-32", "flow": { "layers": 2, "bins": 4, "hidden": [16] }, "stages": [ { "objective": "forward-kl", "source": "exact", "steps": STEPS, "batch": 64 } ], "judgeEvery": 20, "judgeSamples": 256 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-generators-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Write(int steps)
    {
        string path = Path.Combine(_folder, $"{steps}.json");
        File.WriteAllText(path, Settings.Replace("STEPS", $"{steps}", StringComparison.Ordinal));
        return path;
    }

    [Fact]
    public void Train_and_draw_give_a_document_with_the_agreed_keys()
    {
        string flow = Path.Combine(_folder, "flow");
        CommandLine train = InProcess.Run("train", Write(60), "--output", flow);
        Assert.True(train.ExitCode == 0, train.Error);
        Assert.Contains("molsampling draw", train.Output, StringComparison.Ordinal);
        CommandLine draw = CommandLine.RunIn(_folder, "draw", flow, "--samples", "2000", "--json");
        Assert.True(draw.ExitCode == 0, draw.Error);
        using JsonDocument document = JsonDocument.Parse(draw.Output);
        foreach (string key in new[] { "target", "fingerprint", "samples", "energyCalls", "reverseEss", "forwardEss", "logZ", "logZError",
            "elbo", "eubo", "nonFinite", "reverseEssClipped", "comparedSamples", "referenceSamples", "energyW2", "torusW2", "torusPoints",
            "ramachandran" })
            Assert.True(document.RootElement.TryGetProperty(key, out _), key);
        foreach (string key in new[] { "raw", "rawNoise", "reweighted", "reweightedNoise" })
            Assert.True(document.RootElement.GetProperty("energyW2").GetProperty(key).GetDouble() > 0, key);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("torusW2").ValueKind); // no circles
        Assert.Equal(3 * 2 * 256, document.RootElement.GetProperty("energyCalls").GetInt64()); // three judgements; likelihood takes none
        Assert.True(File.Exists(Path.Combine(_folder, "flow-samples.parquet"))); // not into the flow: it may be one of the checkout
        CommandLine table = InProcess.Run("draw", flow, "--samples", "2000", "--report", "--output", Path.Combine(_folder, "x.parquet"));
        Assert.Contains("forward ESS", table.Output, StringComparison.Ordinal);
        Assert.Contains("energy-W2, kT", table.Output, StringComparison.Ordinal);
        Assert.Contains("x.html", table.Output, StringComparison.Ordinal);
        using JsonDocument shown = ReportData(Path.Combine(_folder, "x.html"));
        Assert.Equal(document.RootElement.GetProperty("energyW2").GetProperty("raw").GetDouble(),
            shown.RootElement.GetProperty("figures").GetProperty("energyW2").GetProperty("raw").GetDouble(), 1e-5);
        Assert.False(File.Exists(Path.Combine(_folder, "flow-samples.html"))); // not asked for
    }

    [Fact]
    public void The_report_of_a_peptide_shows_its_histograms_and_maps()
    {
        string samples = Path.Combine(_folder, "aldp.parquet");
        CommandLine draw = InProcess.Run("draw", Path.Combine(SharedData.Checkout, "data", "flows", "aldp-ff96-obc1"), "--samples",
            "2500", "--report", "--json", "--output", samples);
        Assert.True(draw.ExitCode == 0, draw.Error);
        using JsonDocument figures = JsonDocument.Parse(draw.Output), page = ReportData(Path.ChangeExtension(samples, ".html"));
        JsonElement residue = figures.RootElement.GetProperty("ramachandran")[0], energies = page.RootElement.GetProperty("energies"),
            map = page.RootElement.GetProperty("ramachandran")[0];
        Assert.Equal("ALA 2", residue.GetProperty("residue").GetString());
        Assert.True(residue.GetProperty("kullbackLeibler100").GetProperty("rawNoise").GetDouble() > 0);
        Assert.Equal(2048, figures.RootElement.GetProperty("torusPoints").GetInt32());
        double width = (energies.GetProperty("high").GetDouble() - energies.GetProperty("low").GetDouble()) / 64;
        double Share(string of) => width * energies.GetProperty(of).EnumerateArray().Sum(v => v.GetDouble());
        Assert.Equal(1, Share("target"), 1e-4);
        Assert.Equal(1, Share("flow") + energies.GetProperty("flowAbove").GetDouble(), 1e-4);
        foreach (string of in new[] { "flow", "reweighted", "target" })
        {
            double?[] f = [.. map.GetProperty("maps").GetProperty($"{of}KjPerMol").EnumerateArray().Select(v =>
                v.ValueKind == JsonValueKind.Null
                ? (double?)null : v.GetDouble())];
            Assert.Equal(64 * 64, f.Length);
            Assert.Equal(0, f.Min());
            // phi runs fastest: phi near +90 degrees is rarer than psi near +90
            int Filled(Func<int, bool> bin) => Enumerable.Range(0, 64 * 64).Count(k => bin(k) && f[k] is not null);
            Assert.True(Filled(k => k % 64 is > 32 and < 60) < 0.5 * Filled(k => k / 64 is > 32 and < 60));
        }
    }

    private static JsonDocument ReportData(string path)
    {
        string page = File.ReadAllText(path);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?://", page);
        const string Mark = "<script id=\"data\" type=\"application/json\">";
        int start = page.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return JsonDocument.Parse(page[start..page.IndexOf("</script>", start, StringComparison.Ordinal)]);
    }

    [Fact]
    public void A_killed_training_resumes_and_a_terminated_one_says_how()
    {
        string config = Write(200), whole = Path.Combine(_folder, "whole"), killed = Path.Combine(_folder, "killed");
        void Interrupt(string signal)
        {
            using Process process = CommandLine.Start(File.Exists(Path.Combine(killed, "config.json")) ? ["train", "--resume", "--output", killed] : ["train", config, "--output", killed]);
            string metrics = Path.Combine(killed, "metrics.csv");
            long Size() => File.Exists(metrics) ? new FileInfo(metrics).Length : 0;
            for (long before = Size(); Size() <= before + 400 && !process.HasExited;)
                Thread.Sleep(20);
            using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
            process.WaitForExit();
            if (signal == "TERM")
            {
                Assert.Equal(75, process.ExitCode);
                Assert.Contains("--resume", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
            }
        }
        Interrupt("KILL");
        Interrupt("TERM");
        Parallel.Invoke(
            () => Assert.Equal(0, CommandLine.Run("train", "--resume", "--output", killed).ExitCode),
            () => Assert.Equal(0, CommandLine.Run("train", config, "--output", whole).ExitCode));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(killed, "model.safetensors")));
    }

    [Theory]
    [InlineData("a settings file or a target is missing", "train")]
    [InlineData("No molecular target 'benzene'", "train", "benzene")]
    [InlineData("there is no such file", "train", "nothing.json")]
    [InlineData("No objective 'magic'", "train", "gmm40", "--objective", "magic", "--output", "FOLDER/x")]
    [InlineData("--seed cannot change them", "train", "--resume", "--seed", "3")]
    [InlineData("no trained flow is there", "draw", "FOLDER")]
    public void A_wrong_line_is_one_line_and_exit_code_2(string message, params string[] arguments)
    {
        CommandLine result = InProcess.Run([.. arguments.Select(a => a.Replace("FOLDER", _folder, StringComparison.Ordinal))]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void The_settings_of_a_name_can_be_shown_and_are_a_file()
    {
        CommandLine shown = InProcess.Run("train", "aldp-ff96-obc1", "--objective", "two-sided", "--budget", "5000", "--show");
        using JsonDocument document = JsonDocument.Parse(shown.Output);
        Assert.Equal("two-sided", document.RootElement.GetProperty("stages")[0].GetProperty("objective").GetString());
        Assert.Equal(5000, document.RootElement.GetProperty("budget").GetInt64());
        Assert.Equal(0, InProcess.Run("train", "--schema").ExitCode);
    }
}
