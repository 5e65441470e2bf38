using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Export;
using MolSampling.Molecular.Systems;
using MolSampling.Tests.Cli;
using MolSampling.Tests.Formats;

namespace MolSampling.Tests.Jobs.Simulation.Export;

/// <summary>Exports of runs: the right frames in the order that is said, read back by us and by others; damage, interruption, wrong
/// options.</summary>
public sealed class ExportTests(ExportTests.Runs runs) : IClassFixture<ExportTests.Runs>, IDisposable
{
    private const double Interval = 0.02; // ps

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-export-").FullName;

    /// <summary>Two ladders of three temperatures, 20 frames in four segments.</summary>
    private static SimulationConfig Ladders => new()
    {
        Peptide = "ACE-ALA-NME", Solvent = "obc2", Replicas = 6, Time = "0.4ps", FrameInterval = "0.02ps", CheckpointInterval = "0.1ps",
            TimeStep = "2fs", Seed = 7, Ladder = [300, 500, 800], Threads = 1,
    };

    private static SimulationConfig Ethanol => Ladders with { Peptide = null, Input = "CCO", Solvent = "none", Ladder = [], Replicas = 2 };

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableTheory]
    [InlineData("mdtraj", "dcd", 2e-6)] // Angstrom in single precision
    [InlineData("mdtraj", "xtc", 0.00051)]
    [InlineData("mdtraj", "pdb", 0.00006)]
    [InlineData("mdanalysis", "dcd", 2e-6)]
    [InlineData("mdanalysis", "xtc", 0.00051)]
    public void Other_programs_read_what_was_simulated(string reader, string format, double precision)
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ladders, "run");
        string file = Export("run", format);
        var read = TrajectoryOracle.Read(reader, format == "pdb" ? null : Path.Combine(_folder, "run", "topology.pdb"), file);
        FrameRow[] expected = [.. rows.OrderBy(r => r.Replica).ThenBy(r => r.Step)];
        Assert.Equal(6 * 20, read.Positions.Length);
        for (int n = 0; n < expected.Length; n++)
        {
            Assert.True(Farthest(expected[n], read.Positions[n]) < precision, $"frame {n}: {Farthest(expected[n], read.Positions[n])} nm");
            if (format == "xtc" && reader == "mdtraj")
                Assert.Equal(expected[n].TimePicoseconds, read.Times[n], 1e-6);
        }
        if (reader == "mdanalysis")
            Assert.Equal(Interval, read.Interval, 1e-6); // of DCD: interval times time step in AKMA units
        Assert.True(Farthest(expected[1], read.Positions[0]) > 2 * precision); // power: another frame is told apart
    }

    [Fact]
    public void Ethanol_has_nine_atoms_which_xtc_stores_as_they_are()
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ethanol, "run");
        List<XtcFrame> read = XtcReader.Read(File.ReadAllBytes(Export("run", "xtc")));
        FrameRow[] expected = [.. rows.OrderBy(r => r.Replica).ThenBy(r => r.Step)];
        Assert.Equal(expected.Length, read.Count);
        for (int n = 0; n < read.Count; n++)
            Assert.True(expected[n].Positions.Span.SequenceEqual(read[n].Positions));
    }

    [Fact]
    public void Replicas_temperatures_and_strides_select_the_frames_they_name()
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ladders, "run");
        Check(["--replica", "4,1"], rows.Where(r => r.Replica is 4 or 1).OrderByDescending(r => r.Replica).ThenBy(r => r.Step),
            "2 replicas, one after the other, 20 frames each, every 0.02 ps");
        Check(["--replica", "2"], rows.Where(r => r.Replica == 2), "replica 2, every 0.02 ps");
        Check(["--stride", "3"], rows.Where(r => (r.Step / 10 - 1) % 3 == 0).OrderBy(r => r.Replica).ThenBy(r => r.Step),
            "6 replicas, one after the other, 7 frames each, every 0.06 ps");
        Check(["--rung", "2", "--stride", "3"], rows.Where(r => r.Rung == 2 && (r.Step / 10 - 1) % 3 == 0).OrderBy(r =>
            r.Replica / 3).ThenBy(r => r.Step), "2 ladders, one after the other, 7 frames each, at 800 K, every 0.06 ps");
        Check(["--temperature", "500"], rows.Where(r => r.Temperature == 500).OrderBy(r => r.Replica / 3).ThenBy(r => r.Step),
            "2 ladders, one after the other, 20 frames each, at 500 K, every 0.02 ps");
        Assert.True(rows.Where(r => r.Temperature == 500).Select(r => r.Replica).Distinct().Count() > 2,
            "no exchange happened: the test would show nothing");

        void Check(string[] options, IEnumerable<FrameRow> expected, string said)
        {
            string file = Path.Combine(_folder, "chosen.xtc");
            CommandLine run = CommandLine.Run(["export", Path.Combine(_folder, "run"), "-o", file, .. options]);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains(said, run.Output, StringComparison.Ordinal);
            Same(expected, file);
            Assert.True(File.Exists(Path.Combine(_folder, "chosen.topology.pdb")));
        }
    }

    [Fact]
    public void On_a_scale_ladder_rungs_are_named_by_number()
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ladders with { Ladder = [], ScaledTerms = ["torsion", "Coulomb"],
            ScaleLadder = [1, 0.95, 0.9] }, "run");
        string file = Path.Combine(_folder, "rung.xtc"), path = Path.Combine(_folder, "run");
        foreach (int rung in new[] { 0, 2 })
        {
            CommandLine run = CommandLine.Run("export", path, "-o", file, "--rung", $"{rung}");
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains($"2 ladders, one after the other, 20 frames each, at 300 K and scale {(rung == 0 ? "1" : "0.9")} (rung {rung}), every 0.02 ps", run.Output, StringComparison.Ordinal);
            Same(rows.Where(r => r.Rung == rung).OrderBy(r => r.Replica / 3).ThenBy(r => r.Step), file);
        }
        Assert.True(rows.Where(r => r.Rung == 2).Select(r => r.Replica).Distinct().Count() > 2,
            "no exchange happened: the test would show nothing");
        CommandLine ambiguous = CommandLine.Run("export", path, "-o", file, "--temperature", "300");
        Assert.Equal((2, ""), (ambiguous.ExitCode, ambiguous.Output));
        Assert.Contains("--temperature 300 K is that of rungs 0, 1, 2 (scales 1, 0.95, 0.9): choose one with --rung",
            Assert.Single(ambiguous.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        // where every rung has its own temperature, that names it
        SimulationPlan both = (Ladders with { ScaledTerms = ["torsion"], ScaleLadder = [1, 0.95, 0.9] }).Plan();
        Assert.Equal(1, FrameSelection.Create(both, 6, temperature: 500).Rung);

        CommandLine report = CommandLine.Run("report", path, "--json");
        using JsonDocument json = JsonDocument.Parse(report.Output);
        JsonElement[] table = [.. json.RootElement.GetProperty("temperatures").EnumerateArray()];
        Assert.Equal([(0, 300.0, 1.0), (1, 300.0, 0.95), (2, 300.0, 0.9)],
            table.Select(t => (t.GetProperty("rung").GetInt32(), t.GetProperty("temperatureK").GetDouble(),
            t.GetProperty("scale").GetDouble())));
        Assert.Equal([1, 0.95, 0.9], json.RootElement.GetProperty("run").GetProperty("scales").EnumerateArray().Select(s => s.GetDouble()));
        Assert.True(json.RootElement.GetProperty("statistics").GetProperty("usesAllTemperatures").GetBoolean());
    }

    [Fact]
    public void The_topology_beside_it_has_the_atoms_and_bonds_of_the_run()
    {
        Simulate(Ladders, "run");
        Export("run", "dcd");
        Structure read = PdbReader.Read(Path.Combine(_folder, "run", "topology.pdb"));
        Topology expected = SystemLoader.Load(Ladders.Source()).Topology;
        Assert.Equal(expected.Atoms.Select(a => (a.Name, a.Symbol)), read.Topology.Atoms.Select(a => (a.Name, a.Symbol)));
        Assert.Equal(Bonds(expected), Bonds(read.Topology));
        static IEnumerable<(int, int)> Bonds(Topology t) => t.Bonds.Select(b => (Math.Min(b.I, b.J), Math.Max(b.I, b.J))).Order();
    }

    [Fact]
    public void Pdb_has_a_model_for_each_frame_and_the_bonds_once()
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ethanol, "run");
        string[] lines = File.ReadAllLines(Export("run", "pdb"));
        Assert.Equal(Enumerable.Range(1, 40), lines.Where(l => l.StartsWith("MODEL", StringComparison.Ordinal)).Select(l =>
            int.Parse(l[6..], CultureInfo.InvariantCulture)));
        Assert.Equal(40, lines.Count(l => l == "ENDMDL"));
        // eight bonds, both ways
        Assert.Equal(16, lines.Where(l => l.StartsWith("CONECT", StringComparison.Ordinal)).Sum(l => (l.TrimEnd().Length - 11) / 5));
        Assert.True(Array.FindIndex(lines, l => l.StartsWith("CONECT", StringComparison.Ordinal)) > Array.LastIndexOf(lines, "ENDMDL"));
        Assert.Equal("END", lines[^1]);
        string[] last = [.. lines.Where(l => l.StartsWith("HETATM", StringComparison.Ordinal)).TakeLast(9)];
        FrameRow row = rows.Where(r => r.Replica == 1).MaxBy(r => r.Step)!;
        for (int a = 0; a < 9; a++)
            Assert.Equal(10 * row.Positions.Span[3 * a], double.Parse(last[a][30..38], CultureInfo.InvariantCulture), 5.1e-4);
    }

    [Fact]
    public void Sdf_keeps_chemistry_and_energy_and_needs_them()
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ethanol, "run");
        string file = Export("run", "sdf");
        MoleculeRecord[] read = [.. SdfReader.Read(file)];
        FrameRow[] expected = [.. rows.OrderBy(r => r.Replica).ThenBy(r => r.Step)];
        Assert.Equal(expected.Length, read.Length);
        for (int n = 0; n < read.Length; n++)
        {
            using RDKitMolecule molecule = read[n].Molecule!;
            Assert.Equal("CCO", molecule.Molecule.Smiles);
            Assert.True(Farthest(expected[n], Array.ConvertAll(molecule.Coordinates!, c => (float)c)) < 1e-5);
        }
        string[] text = File.ReadAllLines(file);
        int field = Array.LastIndexOf(text, ">  <potential_energy_kJ_per_mol>");
        Assert.Equal(expected[^1].PotentialEnergy, double.Parse(text[field + 1], CultureInfo.InvariantCulture));

        Simulate(Ladders, "peptide");
        CommandLine refused = CommandLine.Run("export", Path.Combine(_folder, "peptide"), "--format", "sdf");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("bond orders", refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(Path.Combine(_folder, "peptide", "trajectory.sdf")));
    }

    [Fact]
    public void A_run_that_is_still_going_gives_what_it_has()
    {
        string path = Path.Combine(_folder, "run");
        using (SimulationRun simulation = SimulationRun.Start(Ladders, path))
        {
            Assert.Contains("no such frame yet", CommandLine.Run("export", path, "--format", "xtc").Error, StringComparison.Ordinal);
            using var stop = new CancellationTokenSource();
            simulation.Run(p => { if (p.Fraction > 0.4) stop.Cancel(); }, stop.Token);
            // while the simulation holds the folder's lock
            Same(Rows("run").OrderBy(r => r.Replica).ThenBy(r => r.Step), Export("run", "xtc"));
            Assert.InRange(Rows("run").Count, 1, 6 * 20 - 1);
        }
        using (SimulationRun simulation = SimulationRun.Resume(path))
            simulation.Run();
        Same(Rows("run").OrderBy(r => r.Replica).ThenBy(r => r.Step), Export("run", "xtc")); // takes the place of the older file
        Assert.Equal(6 * 20, Rows("run").Count);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void A_damaged_segment_is_said_and_left_out(int segment, bool isMissing)
    {
        IReadOnlyList<FrameRow> rows = Simulate(Ladders, "run");
        string path = Directory.GetFiles(Path.Combine(_folder, "run", "segments")).Order(StringComparer.Ordinal).ElementAt(segment);
        Damage(path, isMissing);
        string file = Path.Combine(_folder, "rest.xtc");
        CommandLine run = CommandLine.Run("export", Path.Combine(_folder, "run"), "-o", file);
        Assert.Equal(0, run.ExitCode);
        // progress is told where it takes a while
        string[] said = [.. run.Error.TrimEnd().Split('\n').Where(l => l.StartsWith("molsampling: ", StringComparison.Ordinal))];
        Assert.Contains($"warning: {path} is missing or damaged", Assert.Single(said), StringComparison.Ordinal);
        Same(rows.Where(r => (r.Step / 10 - 1) / 5 != segment).OrderBy(r => r.Replica).ThenBy(r => r.Step), file);

        foreach (string other in Directory.GetFiles(Path.Combine(_folder, "run", "segments")))
            Damage(other, true);
        CommandLine nothing = CommandLine.Run("export", Path.Combine(_folder, "run"), "-o", file);
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("no frame can be exported", nothing.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(file)); // the older one stays
    }

    [Fact]
    public void All_tasks_of_an_array_follow_one_another()
    {
        var rows = new List<FrameRow>();
        foreach (int task in new[] { 0, 1, 2 })
            rows.AddRange(Simulate(Ladders, $"array/task-000{task}", (task, 4)).OrderBy(r => r.Replica).ThenBy(r => r.Step));
        CommandLine run = CommandLine.Run("export", Path.Combine(_folder, "array"), "--format", "xtc", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 4 tasks have not begun", run.Error, StringComparison.Ordinal);
        Same(rows, Path.Combine(_folder, "array", "trajectory.xtc"));
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement series = json.RootElement.GetProperty("series")[13];
        Assert.Equal((2, 1, 260, 20), (series.GetProperty("task").GetInt32(), series.GetProperty("member").GetInt32(),
            series.GetProperty("first").GetInt32(), series.GetProperty("count").GetInt32()));

        Simulate(Ladders with { Seed = 8 }, "array/task-0003", (3, 4));
        CommandLine mixed = CommandLine.Run("export", Path.Combine(_folder, "array"), "--format", "xtc");
        Assert.Equal(2, mixed.ExitCode);
        Assert.Contains("task 3 has another system or configuration", mixed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_at_any_moment_it_leaves_nothing()
    {
        Simulate(Ladders, "run");
        using var group = RunGroup.Open(Path.Combine(_folder, "run"));
        var selection = FrameSelection.Create(group.Plan, group.Replicas);
        string file = Path.Combine(_folder, "cut", "trajectory.dcd");
        Directory.CreateDirectory(Path.Combine(_folder, "cut"));
        for (int moment = 0; moment < 8; moment++) // four segments are read, four are written
        {
            using var stop = new CancellationTokenSource();
            int seen = 0;
            void Progress(TaskProgress p)
            {
                if (seen++ == moment)
                    stop.Cancel();
            }
            Assert.Throws<OperationCanceledException>(() => TrajectoryExport.Write(group, selection, TrajectoryFormat.Dcd, file,
                Path.Combine(_folder, "cut", "topology"), Progress, stop.Token));
            Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "cut")));
        }
        Assert.Equal(120, TrajectoryExport.Write(group, selection, TrajectoryFormat.Dcd, file,
            Path.Combine(_folder, "cut", "topology")).Frames);
        Assert.Equal(["topology.pdb", "trajectory.dcd"], Directory.GetFiles(Path.Combine(_folder, "cut")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("xtc")]
    [InlineData("pdb")]
    public void A_file_that_cannot_grow_is_one_line_and_leaves_nothing(string format)
    {
        Simulate(Ladders, "run");
        string output = Path.Combine(_folder, "full", $"t.{format}");
        Directory.CreateDirectory(Path.Combine(_folder, "full"));
        // files of this shell may have 8 KiB; without the ignored signal the system would end the program
        var start = new ProcessStartInfo("bash", ["-c", "trap '' XFSZ; ulimit -f 8; exec dotnet \"$@\"", "bash", CommandLine.Program,
            "export", Path.Combine(_folder, "run"), "-o", output])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // the runtime's own memory files are larger
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(3, process.ExitCode);
        // progress is told where it takes a while
        string[] said = [.. error.TrimEnd().Split('\n').Where(l => l.StartsWith("molsampling: ", StringComparison.Ordinal))];
        Assert.Contains("could not be written", Assert.Single(said), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "full")));
    }

    [Theory]
    [InlineData("--format is needed")]
    [InlineData("'gro' is unknown", "--format", "gro")]
    [InlineData("tells no format", "--output", "x.trj")]
    [InlineData("does not end in .dcd", "--format", "dcd", "--output", "manifest.json")]
    [InlineData("--replica 6 is not one of 0 to 5", "--format", "dcd", "--replica", "6")]
    [InlineData("is named twice", "--format", "dcd", "--replica", "1,1")]
    [InlineData("'two' is not a number", "--format", "dcd", "--replica", "1,two")]
    [InlineData("not one of this run: 300, 500, 800", "--format", "dcd", "--temperature", "350")]
    [InlineData("exclude each other", "--format", "dcd", "--temperature", "300", "--replica", "1")]
    [InlineData("exclude each other", "--format", "dcd", "--rung", "0", "--replica", "1")]
    [InlineData("exclude each other", "--format", "dcd", "--rung", "0", "--temperature", "300")]
    [InlineData("--rung 3 is not one of this run: 0 (the target) to 2", "--format", "dcd", "--rung", "3")]
    [InlineData("--stride must be positive", "--format", "dcd", "--stride", "0")]
    public void Wrong_options_are_one_line_and_exit_code_2(string reason, params string[] options)
    {
        Simulate(Ladders with { Time = "0.1ps" }, "run");
        CommandLine run = CommandLine.Run(["export", Path.Combine(_folder, "run"), .. options]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "run"), "t*"));
    }

    [Fact]
    public void Folders_without_a_run_are_one_line_and_exit_code_2()
    {
        foreach (string folder in new[] { _folder, Path.Combine(_folder, "nowhere") })
        {
            CommandLine run = CommandLine.Run("export", folder, "--format", "dcd");
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("there is no", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_with_a_force_field_of_its_own_is_exported_without_the_user_s_file()
    {
        string file = Path.Combine(_folder, "mine.xml");
        File.Copy(Path.Combine(SharedData.Checkout, "data", "forcefields", "ff96.xml"), file);
        using (SimulationRun simulation = SimulationRun.Start(Ladders with { ForceField = file, Solvent = "none" },
            Path.Combine(_folder, "run")))
            simulation.Run();
        File.Delete(file);
        // the program runs in another folder than input/
        Same(Rows("run").OrderBy(r => r.Replica).ThenBy(r => r.Step), Export("run", "xtc"));
    }

    [Fact]
    public void Pdb_refuses_coordinates_beyond_its_columns()
    {
        MolecularSystem system = SystemLoader.Load(Ethanol.Source());
        double[] x = [.. system.Starts[0]];
        x[4] = -100; // nm
        Assert.Contains("beyond the columns of PDB", Assert.Throws<ArgumentException>(() => PdbWriter.Write(TextWriter.Null,
            new(system.Topology, x))).Message, StringComparison.Ordinal);
        x[4] = -99.9;
        PdbWriter.Write(TextWriter.Null, new(system.Topology, x));
    }

    /// <summary>A copy of a run, of which each is simulated once.</summary>
    private IReadOnlyList<FrameRow> Simulate(SimulationConfig config, string name, (int, int)? task = null)
    {
        Copy(runs.Folder(config, task), Path.Combine(_folder, name));
        return Rows(name);

        static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (string file in Directory.GetFiles(from))
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            foreach (string folder in Directory.GetDirectories(from))
                Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    /// <summary>The runs of this class.</summary>
    public sealed class Runs : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-runs-").FullName;
        private readonly Dictionary<string, string> _made = [];

        public void Dispose() => Directory.Delete(_folder, true);

        internal string Folder(SimulationConfig config, (int, int)? task)
        {
            string key = $"{config.ToJson()} {task}";
            if (_made.TryGetValue(key, out string? made))
                return made;
            string folder = Path.Combine(_folder, $"{_made.Count}");
            using (SimulationRun simulation = SimulationRun.Start(config, folder, task))
                Assert.Equal(SimulationEnd.Done, simulation.Run());
            return _made[key] = folder;
        }
    }

    private IReadOnlyList<FrameRow> Rows(string name)
    {
        using RunDirectory directory = RunDirectory.OpenToRead(Path.Combine(_folder, name));
        int atoms = SystemLoader.Load(directory.Manifest.Config.Source(directory.InputFolder)).AtomCount;
        return [.. directory.Manifest.Generations.SelectMany(g => SegmentFile.ReadAsync(directory.SegmentPath(g),
            atoms).GetAwaiter().GetResult())];
    }

    private string Export(string name, string format)
    {
        // quiet: on a crowded machine it would say where it stands
        CommandLine run = CommandLine.Run("export", Path.Combine(_folder, name), "--format", format, "--quiet");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, name), "*.part"));
        return Path.Combine(_folder, name, $"trajectory.{format}");
    }

    private static void Same(IEnumerable<FrameRow> expected, string file)
    {
        FrameRow[] rows = [.. expected];
        List<XtcFrame> read = XtcReader.Read(File.ReadAllBytes(file));
        Assert.Equal(rows.Length, read.Count);
        for (int n = 0; n < rows.Length; n++)
        {
            Assert.Equal(rows[n].Step, read[n].Step);
            Assert.Equal(rows[n].TimePicoseconds, read[n].Time, 1e-6);
            Assert.True(Farthest(rows[n], read[n].Positions) < 0.00051, $"frame {n}");
        }
    }

    private static double Farthest(FrameRow row, float[] positions)
    {
        Assert.Equal(row.Positions.Length, positions.Length);
        double most = 0;
        for (int k = 0; k < positions.Length; k++)
            most = Math.Max(most, Math.Abs(row.Positions.Span[k] - positions[k]));
        return most;
    }

    private static void Damage(string file, bool remove)
    {
        if (remove)
        {
            File.Delete(file);
            return;
        }
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }
}
