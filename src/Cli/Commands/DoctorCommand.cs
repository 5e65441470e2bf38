using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials.Gpu;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Torch;
using MolSampling.Potentials.Xtb;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>One thing that was looked for.</summary>
/// <param name="Name">What.</param>
/// <param name="Found">Whether it can be used.</param>
/// <param name="Needed">Whether the main job needs it.</param>
/// <param name="Detail">Version, devices, or the reason why not.</param>
/// <param name="Remedy">The command that installs it; null if nothing is missing.</param>
internal sealed record Finding(string Name, bool Found, bool Needed, string Detail, string? Remedy);

/// <summary>molsampling doctor: what is here, and what installs what is not.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("doctor", "What was found on this machine, and how to install what is missing",
            "molsampling doctor",
            "molsampling doctor --json")
        {
            json,
        };
        command.SetAction(parsed => Failure.Guard(() => Run(parsed.GetValue(json))));
        return command;
    }

    private static int Run(bool json)
    {
        Finding[] findings =
        [
            new(".NET", true, true, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}", null),
            new("MolSampling", true, true, Provenance.CurrentVersion, null),
            new("CPU", true, true, $"{Environment.ProcessorCount} cores, {LaneBits()}-bit lanes", null),
            RDKit(),
            Probe("report viewer", false, () => HtmlReport.HasViewer ? "3Dmol is built in"
                : throw new InvalidOperationException("npm was missing at build: reports have no 3D view"),
                "apt-get install -y npm, then run molsampling again"),
            Probe("OpenMM", false, () => OpenMMLibrary.Problem is { } problem ? throw new InvalidOperationException(problem)
                : $"{OpenMMLibrary.Version}, platforms {string.Join(", ", OpenMMLibrary.Platforms)}", OpenMMLibrary.Remedy),
            Probe("xtb", false, () => XtbLibrary.Problem is { } problem ? throw new InvalidOperationException(problem)
                : XtbLibrary.Version, XtbLibrary.Remedy),
            Probe("libtorch", false, TorchRuntime.Describe,
                $"a checkout's ./molsampling brings it; otherwise let {TorchRuntime.FolderVariable} name the folder of an existing one (docs/installation.md)"),
            Probe("GPU (ILGPU)", false, Gpu, null),
        ];
        bool ready = findings.All(f => f.Found || !f.Needed);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { ready, findings }, JsonOutput.Options));
        }
        else
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("", "", "");
            table.HideHeaders();
            foreach (Finding f in findings)
                table.AddRow(f.Found ? "[green]ok[/]" : f.Needed ? "[red]missing[/]" : "[yellow]absent[/]", Markup.Escape(f.Name),
                    Markup.Escape(f.Remedy is null ? f.Detail : $"{f.Detail}\nto install: {f.Remedy}"));
            AnsiConsole.Write(table);
            AnsiConsole.WriteLine(ready ? "The main job can run." : "The main job cannot run.");
        }
        return ready ? ExitCodes.Ok : ExitCodes.CouldNotFinish;
    }

    private static int LaneBits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static Finding RDKit() => RDKitLibrary.IsAvailable
        ? new("RDKit", true, true, RDKitLibrary.Version, null)
        : new("RDKit", false, true, RDKitLibrary.Problem!, RDKitLibrary.Remedy);

    private static string Gpu()
    {
        IReadOnlyList<(string Name, string Description)> devices = GpuDevice.List();
        return devices.Count > 0 ? string.Join(", ", devices.Select(d => $"{d.Name} {d.Description}"))
            : throw new InvalidOperationException("no CUDA or OpenCL device");
    }

    private static Finding Probe(string name, bool needed, Func<string> probe, string? remedy)
    {
        try
        {
            return new(name, true, needed, probe(), null);
        }
        catch (Exception e)
        {
            return new(name, false, needed, e.Message.Split('\n')[0], remedy);
        }
    }
}
