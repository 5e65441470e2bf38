using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Simulation.Export;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling export: frames of a run for VMD, MDTraj, MDAnalysis and others.</summary>
internal static class ExportCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly string[] s_formats = ["dcd", "xtc", "pdb", "sdf"];
    private static readonly Argument<string> s_directory =
        new("directory") { Description = "a run directory, running or finished, or the folder of an array's tasks" };
    private static readonly Option<string> s_format = new Option<string>("--format", "-f") { Description =
        "dcd, xtc, pdb or sdf; may be left out where --output tells it", HelpName = "NAME" }.OneOf(s_formats);
    private static readonly Option<string> s_output =
        CommonOptions.Output("the file, default trajectory.NAME in the run directory, for dcd and xtc beside topology.pdb", "FILE");
    private static readonly Option<string> s_replica =
        new("--replica") { Description = "replicas by number, from 0: 3 or 0,2,5; default all", HelpName = "LIST" };
    private static readonly Option<double?> s_temperature = new("--temperature") { Description =
        "K: the frames of the rung with this temperature, an ensemble at it", HelpName = "K" };
    private static readonly Option<int?> s_rung =
        new("--rung") { Description = "the frames of one rung of a ladder, an ensemble; 0 is the target", HelpName = "N" };
    private static readonly Option<int> s_stride = new("--stride") { Description = "every how many frames", DefaultValueFactory = _ => 1,
        HelpName = "N" };
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    private static readonly Option<bool> s_overwrite = CommonOptions.OverwriteFiles();

    public static Command Create()
    {
        var command = new DocumentedCommand("export",
            "Frames of a run as dcd, xtc, pdb or sdf: replica by replica (with --rung or --temperature ladder by ladder; of an array task by task), each by time",
            "molsampling export run --format dcd",
            "molsampling export ladder --format xtc --temperature 300 --stride 10",
            "molsampling export run --replica 0,1 -o first.pdb")
        {
            s_directory, s_format, s_output, s_overwrite, s_replica, s_temperature, s_rung, s_stride, s_json, s_quiet,
        };
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string folder = parsed.GetRequiredValue(s_directory);
        string? given = parsed.GetValue(s_output);
        string name = Format(parsed.GetValue(s_format), given);
        string output = given ?? Path.Combine(folder, $"trajectory.{name}");
        string topology = given is null ? Path.Combine(folder, "topology") : Path.ChangeExtension(output, "topology");
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        if (given is not null && name is ("dcd" or "xtc")) // of an earlier export, the trajectory is there too
            CommonOptions.ThrowIfThere(parsed.GetValue(s_overwrite) || File.Exists(output), topology + ".pdb", topology + ".cif");
        using var runs = RunGroup.Open(folder);
        var selection = FrameSelection.Create(runs.Plan, runs.Replicas, Replicas(parsed.GetValue(s_replica)),
            parsed.GetValue(s_temperature), parsed.GetValue(s_stride), parsed.GetValue(s_rung));
        ExportResult result;
        try
        {
            var clock = Stopwatch.StartNew();
            result = new ProgressReporter(json || quiet).Show(runs.System.Name, progress => TrajectoryExport.Write(runs, selection,
                Enum.Parse<TrajectoryFormat>(name, true), output, topology,
                p =>
                {
                    if (clock.Elapsed > s_patience)
                        progress?.Invoke(p);
                }, cancellation));
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"interrupted; {output} was not written");
        }
        foreach (string warning in result.Warnings)
            Console.Error.WriteLine($"molsampling: warning: {warning}");
        if (json || !quiet)
            Console.WriteLine(json ? JsonSerializer.Serialize(result, JsonOutput.Options) : Summary(result, runs, selection, name));
        return ExitCodes.Ok;
    }

    private static string Format(string? format, string? output)
    {
        string? extension = output is null ? null : Path.GetExtension(output).TrimStart('.').ToLowerInvariant();
        string name = format ?? extension ?? throw new ArgumentException("--format is needed: dcd, xtc, pdb or sdf");
        if (!s_formats.Contains(name))
            throw new ArgumentException($"--output '{output}' tells no format: --format dcd, xtc, pdb or sdf");
        return extension is null || extension == name ? name
            : throw new ArgumentException($"--output '{output}' does not end in .{name}, by which programs know the format");
    }

    private static int[]? Replicas(string? text) => text is null ? null : [.. text.Split(',', StringSplitOptions.TrimEntries).Select(t =>
        int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n
            : throw new ArgumentException($"--replica: '{t}' is not a number of a replica"))];

    private static string Summary(ExportResult result, RunGroup runs, FrameSelection selection, string format)
    {
        long least = result.Series.Min(s => s.Count), most = result.Series.Max(s => s.Count);
        double interval = selection.StepInterval * runs.Plan.StepSize;
        string each = least == most ? $"{most:n0}" : $"{least:n0} to {most:n0}";
        string members = selection.Members.Count == 1 ? $"{selection.MemberName} {selection.Members[0]}"
            : $"{selection.Members.Count} {selection.MemberName}s";
        string order = (runs.Runs.Count > 1 ? $"{runs.Runs.Count} tasks, each " : runs.IsArray ? $"task {RunGroup.Task(runs.Runs[0])}, "
            : "") + members
            + (result.Series.Count > 1 ? $", one after the other, {each} frames each" : "") + (selection.Rung is { } rung
                ? RungName(runs.Plan.Ladder, rung) : "");
        string unit = format == "xtc" ? "nm" : "Angstrom";
        string line = Invariant($"{TerminalText.Name(result.File)}: {result.Frames:n0} frames of {result.Atoms} atoms ({unit}); {order}, every {interval:g9} ps");
        return result.Topology is null ? line : $"{line}\n{TerminalText.Name(result.Topology)}: the topology that readers of {format} need";
    }

    private static string RungName(Ladder ladder, int rung) => Invariant($", at {ladder.Temperatures[rung]:g6} K")
        + (ladder.Scales[^1] == 1 ? "" : Invariant($" and scale {ladder.Scales[rung]:g6} (rung {rung})"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
