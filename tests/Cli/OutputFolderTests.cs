using System.Text.Json.Nodes;

namespace MolSampling.Tests.Cli;

/// <summary>One rule for every command that writes a folder. Cases: cli-output-folder-keeps-strangers-files,
/// damaged-run-directory.</summary>
public sealed class OutputFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-folder").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<string, string[]> Commands => new()
    {
        { "simulate", ["--peptide", "ACE-GLY-NME", "--time", "4fs", "--frame", "2fs", "--checkpoint", "2fs", "--replicas", "1"] },
        { "conformers", ["O", "--method", "etkdg", "--samples", "5"] },
        { "train", ["TRAINING"] },
        { "free-energy", ["DHDL"] },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_folder_of_others_is_refused_and_one_of_ours_is_overwritten_by_what_its_manifest_names(string command, string[] arguments)
    {
        arguments = [.. arguments.Select(a => a == "DHDL" ? WriteDhdl() : a == "TRAINING" ? WriteTraining() : a)];
        string[] precious = ["segments/my_data.csv", "segments/000001.parquet", "checkpoint/model.pt", "conformers.parts/mine.txt",
            "metrics.csv", "report.html", "summary.json", "config.json"];
        foreach (string name in precious)
            Write($"proj/{name}", "precious");
        foreach (string[] extra in new[] { Array.Empty<string>(), ["--overwrite"] })
        {
            CommandLine refused = CommandLine.Run([command, .. arguments, .. extra, "-o", In("proj")]);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains($"is not empty and holds no run of 'molsampling {command}'", Assert.Single(refused.Error.TrimEnd().Split('\n')),
                StringComparison.Ordinal);
        }
        Assert.All(precious, name => Assert.Equal("precious", File.ReadAllText(In($"proj/{name}"))));
        Assert.Equal(precious.Length, Directory.GetFiles(In("proj"), "*", SearchOption.AllDirectories).Length);

        Assert.Equal(0, CommandLine.Run([command, .. arguments, "-o", In("own")]).ExitCode);
        Write("own/notes.txt", "mine");
        Dictionary<string, DateTime> before = Times();
        CommandLine taken = CommandLine.Run([command, .. arguments, "-o", In("own")]);
        Assert.Contains("--overwrite", taken.Output + taken.Error, StringComparison.Ordinal); // conformers: it is done
        Assert.Equal(before, Times());
        Assert.Equal(0, CommandLine.Run([command, .. arguments, "--overwrite", "-o", In("own")]).ExitCode);
        Assert.Equal("mine", File.ReadAllText(In("own/notes.txt")));
        Assert.NotEqual(before, Times());
    }

    /// <summary>Through a link, the same would happen elsewhere; also when a run directory that someone sent is resumed.</summary>
    [Fact]
    public void Links_inside_a_run_directory_are_not_followed()
    {
        string[] arguments = ["simulate", "--peptide", "ACE-GLY-NME", "--time", "4fs", "--frame", "2fs", "--checkpoint", "2fs",
            "--replicas", "1", "--output", In("run")];
        Assert.Equal(0, CommandLine.Run(arguments).ExitCode);
        Write("elsewhere/thesis.txt", "precious");
        Write("elsewhere/000009.bin", "precious");
        Directory.Move(In("run/checkpoint"), In("kept"));
        Directory.CreateSymbolicLink(In("run/checkpoint"), In("elsewhere"));
        foreach (string[] command in new[] { ["simulate", "--resume", In("run")], arguments, [.. arguments, "--overwrite"] })
        {
            CommandLine refused = CommandLine.Run(command);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("checkpoint' is a link", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(["000009.bin", "thesis.txt"], Directory.GetFiles(In("elsewhere")).Select(f =>
            Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(In("elsewhere")), f => Assert.Equal("precious", File.ReadAllText(f)));
    }

    /// <summary>A resume sweeps numbered names of its own and nothing else.</summary>
    [Fact]
    public void A_resumed_run_leaves_what_others_put_into_its_folders()
    {
        Assert.Equal(0, CommandLine.Run("simulate", "--peptide", "ACE-GLY-NME", "--time", "4fs", "--frame", "2fs", "--checkpoint", "2fs",
            "--replicas", "1", "--output", In("run")).ExitCode);
        string[] others = ["segments/notes.txt", "segments/000001.parquet.bak", "checkpoint/model.pt", "checkpoint/last.bin"],
            leftovers = ["segments/000009.parquet", "checkpoint/000009.bin", "segments/000003.parquet.77.part"];
        foreach (string name in others.Concat(leftovers))
            Write($"run/{name}", "precious");
        Assert.Equal(0, CommandLine.Run("simulate", "--resume", In("run")).ExitCode);
        Assert.All(others, name => Assert.Equal("precious", File.ReadAllText(In($"run/{name}"))));
        Assert.All(leftovers, name => Assert.False(File.Exists(In($"run/{name}"))));
    }

    /// <summary>Whatever a manifest says, it is one line with file and line, and exit code 2; nothing missing becomes a default.</summary>
    [Fact]
    public void A_damaged_or_edited_manifest_is_one_line()
    {
        Assert.Equal(0, CommandLine.Run("simulate", "--peptide", "ACE-GLY-NME", "--time", "8fs", "--frame", "2fs", "--checkpoint", "2fs",
            "--replicas", "4", "--ladder", "300,340", "--output", In("run")).ExitCode);
        string manifest = In("run/manifest.json"), whole = File.ReadAllText(manifest);
        var edits = new (string Name, Action<JsonNode> Edit)[]
        {
            ("generations-null", m => m["generations"] = null), ("generation-null", m => m["generations"]![0] = null),
                ("segment-null", m => m["generations"]![0]!["segment"] = null),
            ("config-null", m => m["config"] = null), ("ladder-longer", m => m["config"]!["ladder"] = new JsonArray(300, 340, 380)),
                ("replicas-more", m => m["config"]!["replicas"] = 8),
            ("ladder-other", m => m["config"]!["ladder"] = new JsonArray(300, 900)),
                ("time-missing", m => m["config"]!.AsObject().Remove("time")), ("hash-null", m => m["generations"]![1]!["segmentHash"] =
                null),
            ("steps-missing", m => m.AsObject().Remove("stepsTotal")), ("state-unknown", m => m["state"] = "great"),
                ("rows-negative", m => m["generations"]![0]!["rows"] = -1),
            ("segment-elsewhere", m => m["generations"]![0]!["segment"] = "../../x.parquet"),
                ("steps-fall", m => m["generations"]![1]!["steps"] = 1), ("temperature", m => m["config"]!["temperature"] = 310),
            ("task-wrong", m => m["task"] = new JsonArray(3, 2)), ("system-null", m => m["systemFingerprint"] = null),
                ("generation-twice", m => m["generations"]!.AsArray().Add(m["generations"]![0]!.DeepClone())),
        };
        foreach ((string name, Action<JsonNode> edit) in edits)
        {
            JsonNode node = JsonNode.Parse(whole)!;
            edit(node);
            File.WriteAllText(manifest, node.ToJsonString(new() { WriteIndented = true }));
            var e = Assert.Throws<MolSampling.Molecular.MoleculeFormatException>(() =>
                MolSampling.Jobs.Simulation.RunDirectory.OpenToRead(In("run")));
            Assert.Contains("manifest.json, line ", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
            Assert.Throws<MolSampling.Molecular.MoleculeFormatException>(() =>
                MolSampling.Jobs.Simulation.RunDirectory.OpenToContinue(In("run")));
            if (name is not ("ladder-other" or "config-null"))
                continue;
            foreach (string[] command in new[] { ["report", In("run")], ["export", In("run"), "--format", "pdb", "--output", In("x.pdb")],
                new[] { "simulate", "--resume", In("run") } })
            {
                CommandLine refused = CommandLine.Run(command);
                Assert.Equal((name, 2, ""), (name, refused.ExitCode, refused.Output));
                Assert.Contains("manifest.json, line ", Assert.Single(refused.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            }
        }
        File.WriteAllText(manifest, whole);
        Assert.Equal(0, CommandLine.Run("simulate", "--resume", In("run")).ExitCode);
    }

    /// <summary>Everything random is a function of the step: a run that is extended is one that was that long from the beginning.</summary>
    [Fact]
    public void A_run_is_extended_to_the_bit_and_its_other_settings_stand()
    {
        string[] Begin(string time, string folder) =>
            ["simulate", "--peptide", "ACE-GLY-NME", "--time", time, "--frame", "2fs", "--checkpoint", "4fs", "--replicas", "4", "--ladder",
                "300,340", "--output", In(folder)];
        Assert.Equal(0, CommandLine.Run(Begin("8fs", "short")).ExitCode);
        Assert.Equal(0, CommandLine.Run(Begin("16fs", "long")).ExitCode);
        foreach ((string[] extra, string reason) in new[]
        {
            (new[] { "--temperature", "310" }, "its temperature is 300, not 310"), (["--ladder", "300,350"], "its ladder is"),
                (["--seed", "9"], "its seed is 1, not 9"), (["CCO"], "its input is not set"),
            (["--output", In("other")], "--output does not go with it"), (["--time", "4fs"], "is over already"),
        })
        {
            CommandLine refused = CommandLine.Run(["simulate", "--resume", In("short"), .. extra]);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        }
        // says what is so
        Assert.Equal(0, CommandLine.Run("simulate", "--resume", In("short"), "--ladder", "300,340", "--time", "16fs").ExitCode);
        Assert.Contains("16fs instead of 8fs", File.ReadAllText(In("short/events.log")), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(In("long/checkpoint/000004.bin")), File.ReadAllBytes(In("short/checkpoint/000004.bin")));
    }

    /// <summary>What a command writes without its being named takes the place of nothing, and a file takes no place of a device.</summary>
    [Fact]
    public void Files_that_were_not_named_are_not_replaced()
    {
        Assert.Equal(0, CommandLine.Run("simulate", "--peptide", "ACE-GLY-NME", "--time", "4fs", "--frame", "2fs", "--checkpoint", "2fs",
            "--replicas", "1", "--output", In("run")).ExitCode);
        string topology = Write("z.topology.pdb", "precious");
        CommandLine refused = CommandLine.Run("export", In("run"), "--output", In("z.dcd"));
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Equal("precious", File.ReadAllText(topology));
        Assert.Equal(0, CommandLine.Run("export", In("run"), "--output", In("y.dcd")).ExitCode);
        Assert.Equal(0, CommandLine.Run("export", In("run"), "--output", In("y.dcd")).ExitCode); // named, and its own topology
        string flow = Path.Combine(SharedData.Checkout, "data", "flows", "gmm40");
        Write("q.html", "precious");
        Assert.Equal(2, CommandLine.Run("draw", flow, "-n", "50", "--report", "--quiet", "--output", In("q.parquet")).ExitCode);
        Assert.Equal("precious", File.ReadAllText(In("q.html")));
        Assert.Equal(0, CommandLine.Run("draw", flow, "-n", "50", "--report", "--quiet", "--overwrite", "--output",
            In("q.parquet")).ExitCode);
        Assert.NotEqual("precious", File.ReadAllText(In("q.html")));
        CommandLine folder = CommandLine.Run("draw", flow, "-n", "50", "--quiet", "--output", In("run"));
        Assert.NotEqual(0, folder.ExitCode);
        Assert.Contains("is a folder", folder.Error, StringComparison.Ordinal);
        System.Diagnostics.Process.Start("mkfifo", [In("pipe.html")])!.WaitForExit();
        CommandLine pipe = CommandLine.Run("report", In("run"), "--output", In("pipe.html"));
        Assert.NotEqual(0, pipe.ExitCode);
        Assert.Contains("is a pipe", pipe.Error, StringComparison.Ordinal);
    }

    /// <summary>Only the molecule whose part is damaged is sampled again, and the file is named.</summary>
    [Fact]
    public void A_damaged_part_of_a_list_is_put_aside_and_done_again()
    {
        string list = Write("list.smi", "O water\nN ammonia\nC methane\n");
        string[] command = ["conformers", list, "--method", "etkdg", "--samples", "5", "--quiet", "-o"];
        Assert.Equal(0, CommandLine.Run([.. command, In("whole")]).ExitCode);
        for (int task = 0; task < 2; task++) // of three: the third is missing, so the parts stay
            CommandLine.Run([.. command, In("out"), "--task-index", $"{task}", "--task-count", "3"]);
        string part = In("out/conformers.parts/0000002.zip"), other = In("out/conformers.parts/0000001.zip");
        DateTime untouched = File.GetLastWriteTimeUtc(other);
        byte[] bytes = File.ReadAllBytes(part);
        for (int n = 0; n < 64; n++) // more than the fields of a header that nothing reads
            bytes[bytes.Length / 2 + n] ^= 0x5a;
        File.WriteAllBytes(part, bytes);
        CommandLine again = CommandLine.Run([.. command, In("out"), "--task-index", "1", "--task-count", "3"]);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("0000002.zip (molecule 2, ammonia) was damaged", again.Error, StringComparison.Ordinal);
        Assert.Equal(untouched, File.GetLastWriteTimeUtc(other));
        Assert.Equal(0, CommandLine.Run([.. command, In("out")]).ExitCode);
        Assert.Equal(File.ReadAllBytes(In("whole/conformers.sdf")), File.ReadAllBytes(In("out/conformers.sdf")));
        Assert.False(Directory.Exists(In("out/conformers.parts")));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllText(In(name), text);
        return In(name);
    }

    private Dictionary<string, DateTime> Times() => Directory.GetFiles(In("own"), "*", SearchOption.AllDirectories).ToDictionary(f => f,
        File.GetLastWriteTimeUtc);

    /// <summary>A step without the chains that the usual training of a target begins with.</summary>
    private string WriteTraining() => Write("training.json",
        """{ "target": "gmm40", "stages": [ { "objective": "reverse-kl", "steps": 1, "batch": 8 } ], "judgeSamples": 16 }""");

    private string WriteDhdl()
    {
        string At(int own) =>
            string.Join('\n', ["@ title \"dH/d\\xl\\f{} and \\xD\\f{}H\"",
            $"@ subtitle \"T = 300 (K) \\xl\\f{{}} state {own}: fep-lambda = {own}.0000\"", "@ s0 legend \"dH/d\\xl\\f{} fep-lambda = "
            + own + ".0000\"",
            "@ s1 legend \"\\xD\\f{}H \\xl\\f{} to 0.0000\"", "@ s2 legend \"\\xD\\f{}H \\xl\\f{} to 1.0000\"",
            .. Enumerable.Range(0, 60).Select(t =>
                FormattableString.Invariant($"{t}.0000 {2 + Math.Sin(t * 7.3):f5} {(own == 0 ? 0 : -2 - Math.Sin(t * 7.3)):f5} {(own == 1 ? 0 : 2 + Math.Sin(t * 7.3)):f5}")), ""]);
        Write("dhdl/dhdl.0.xvg", At(0));
        Write("dhdl/dhdl.1.xvg", At(1));
        return In("dhdl");
    }
}
