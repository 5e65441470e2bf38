using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Analysis;
using MolSampling.Jobs.Simulation.Export;
using MolSampling.Potentials.Periodic;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>simulate --pressure: boxes in frames, checkpoints, exports and the report.</summary>
[Collection("boxes of water")]
public sealed class ConstantPressureTests : SimulationRuns
{
    private static SimulationConfig Water => new()
    {
        Solvent = "tip3p", Box = 0.98, Cutoff = 0.45, Pressure = "1bar", Replicas = 4, Time = "0.24ps", FrameInterval = "0.02ps",
        CheckpointInterval = "0.06ps", Seed = 7, Threads = 2,
    };

    [Fact]
    public void A_run_that_was_stopped_equals_one_that_was_not_to_the_bit_whatever_the_threads()
    {
        SimulationConfig config = Water with { Ladder = [300, 310] };
        IReadOnlyList<FrameRow> whole = Finish(config, "whole");
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(Folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            int frames = 0;
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "simulating" && ++frames == 5) stop.Cancel(); },
                stop.Token));
        }
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(Folder, "parts"), threads: 1))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        Assert.Equal(Checkpoint("whole").ToBytes(), Checkpoint("parts").ToBytes());
        Assert.True(Checkpoint("whole").VolumeChange > 0);
        // each replica has a box of its own
        Assert.Equal(4, whole.Where(r => r.Step == whole[^1].Step).Select(r => r.Volume).Distinct().Count());
        Assert.True(whole.Select(r => r.Volume).Distinct().Count() > 8);
        double mass = whole[0].Density * whole[0].Volume;
        Assert.All(whole, r => Assert.Equal(mass, r.Density * r.Volume, 1e-12 * mass));
        Assert.Equal(31 * 18.0154 / 602.214, mass, 1e-3);
        // power: a checkpoint without its boxes is not one of this run
        Assert.Throws<MoleculeFormatException>(() => Checkpoint("whole").ThrowIfNot(93, 4, 2, whole[^1].Step, "here"));
    }

    /// <summary>The report says what the rows say, and exports have the box of every frame.</summary>
    [Fact]
    public void Boxes_are_in_the_report_and_in_exports()
    {
        IReadOnlyList<FrameRow> rows = Finish(Water, "run");
        string folder = Path.Combine(Folder, "run");
        SimulationData data = SimulationData.Read(folder, [], DateTime.UtcNow);
        using JsonDocument document = JsonDocument.Parse(SimulationReport.Json(data, SimulationAnalysis.Of(data.Trace,
            data.SwapAcceptances), DateTime.UtcNow));
        JsonElement rung = document.RootElement.GetProperty("temperatures")[0];
        double volume = rows.Average(r => r.Volume), square = rows.Average(r => (r.Volume - volume) * (r.Volume - volume));
        double kT = MolSampling.Potentials.Units.GasConstant * 300;
        Assert.Equal(rows.Average(r => r.Density), rung.GetProperty("densityGPerCm3").GetDouble(), 1e-6); // the document has seven digits
        Assert.Equal(volume, rung.GetProperty("volumeNm3").GetDouble(), 1e-6);
        Assert.Equal(square / (kT * volume) / MolecularPressure.Bar, rung.GetProperty("compressibilityPerBar").GetDouble(),
            1e-6 * square / kT);
        Assert.True(rung.GetProperty("densityErrorGPerCm3").GetDouble() > 0);
        Assert.Equal(1, document.RootElement.GetProperty("run").GetProperty("pressureBar").GetDouble());
        JsonElement moves = document.RootElement.GetProperty("run").GetProperty("moves")[1];
        Assert.Equal(4 * rows.Max(r => r.Step) / 10, moves.GetProperty("proposed").GetInt64()); // tuning is not counted
        Assert.Contains("volume_nm3,density_g_per_cm3", File.ReadAllText(Path.Combine(folder, "metrics.csv")), StringComparison.Ordinal);

        FrameRow[] expected = [.. rows.OrderBy(r => r.Replica).ThenBy(r => r.Step)];
        foreach (string format in new[] { "xtc", "dcd", "pdb" })
            Assert.Equal(0, CommandLine.Run("export", folder, "--format", format, "--output", Path.Combine(Folder,
                $"{format}.{format}")).ExitCode);
        string[] cells = [.. File.ReadLines(Path.Combine(Folder, "pdb.pdb")).Where(l => l.StartsWith("CRYST1", StringComparison.Ordinal))];
        Assert.Equal(expected.Select(r => Math.Cbrt(r.Volume)),
            cells.Select(l => double.Parse(l[6..15], CultureInfo.InvariantCulture) / 10), (a, b) => Math.Abs(a - b) < 6e-5);
        byte[] dcd = File.ReadAllBytes(Path.Combine(Folder, "dcd.dcd"));
        Assert.Equal(1, BitConverter.ToInt32(dcd, 48)); // "has a cell"
        int frame = 56 + 3 * (8 + 4 * 93), first = dcd.Length - frame * expected.Length;
        for (int n = 0; n < expected.Length; n++)
        {
            double[] cell = [.. Enumerable.Range(0, 6).Select(k => BitConverter.ToDouble(dcd, first + n * frame + 4 + 8 * k))];
            double edge = 10 * Math.Cbrt(expected[n].Volume);
            Assert.All([0, 2, 5], k => Assert.Equal(edge, cell[k], 1e-9));
            Assert.All([1, 3, 4], k => Assert.Equal(90, cell[k]));
        }
        byte[] xtc = File.ReadAllBytes(Path.Combine(Folder, "xtc.xtc"));
        byte[] box = [xtc[19], xtc[18], xtc[17], xtc[16]]; // of the first frame, big-endian
        Assert.Equal((float)Math.Cbrt(expected[0].Volume), BitConverter.ToSingle(box));
    }

    [Fact]
    public void Checkpoints_with_boxes_come_back()
    {
        Finish(Water with { Time = "0.06ps" }, "run");
        byte[] bytes = Checkpoint("run").ToBytes();
        Assert.Equal(bytes, MolSampling.Jobs.Simulation.Checkpoint.FromBytes(bytes).ToBytes());
        Assert.Equal(4, Checkpoint("run").Stretches!.Length);
    }

    [Theory]
    [InlineData("--pressure 1 --solvent", "tip3p", "is not a pressure")]
    [InlineData("--pressure 0bar --solvent", "tip3p", "is not a pressure")]
    [InlineData("--pressure 1bar --peptide", "ACE-ALA-NME", "needs a")]
    [InlineData("--peptide ACE-ALA-NME --solvent obc2 --pressure", "1bar", "needs a periodic box")]
    [InlineData("--pressure 1atm --integrator verlet --solvent", "tip3p", "needs a bath")]
    [InlineData("--pressure 1atm --solvent tip3p --device", "auto", "runs on the CPU")]
    [InlineData("--pressure 1bar --solvent tip3p --scaled-terms Coulomb --scale-ladder", "1,0.9", "leave --scaled-terms out")]
    [InlineData("--pressure 1bar --solvent tip3p --box 1.2nm --cutoff", "0.595nm", "larger box")]
    public void Where_pressure_has_no_meaning_is_one_line(string option, string value, string reason)
    {
        CommandLine result = CommandLine.Run(["simulate", .. option.Split(' '), value, "--replicas", "4", "--output",
            Path.Combine(Folder, "no")]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
        Assert.False(Directory.Exists(Path.Combine(Folder, "no")));
    }

    private Checkpoint Checkpoint(string name) => MolSampling.Jobs.Simulation.Checkpoint.FromBytes(File.ReadAllBytes(Directory.GetFiles(
        Path.Combine(Folder, name, "checkpoint")).Order(StringComparer.Ordinal).Last()));
}
