using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Flows.Targets;
using MolSampling.Jobs.Generators;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling targets: what samplers are judged on, by name, with convention and fingerprint; each is checked against its stored
/// density.</summary>
internal static class TargetsCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("targets",
            "Targets for samplers by name: formula, convention, exact log Z where it is known, fingerprint",
            "molsampling targets",
            "molsampling targets --json")
        {
            json,
        };
        command.SetAction(parsed => Failure.Guard(() => Run(parsed.GetValue(json))));
        return command;
    }

    private static int Run(bool json)
    {
        Target[] targets = [.. MolecularTargets.Names.Select(MolecularTargets.Create)];
        foreach (Target target in targets)
            target.Verify();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                targets = targets.Select(t => new { t.Name, t.Dimension, t.DegreesOfFreedom, measure = t.Measure.ToString(), t.Units,
                    temperatureK = t.Temperature, t.LogZ, t.Definition, fingerprint = t.Fingerprint() }),
            }, JsonOutput.Options));
            return ExitCodes.Ok;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("name", "dimensions", "units", "log Z", "fingerprint");
        table.Columns[0].NoWrap();
        table.Columns[1].RightAligned();
        table.Columns[3].RightAligned();
        foreach (Target t in targets)
            table.AddRow(t.Name, t.Dimension.ToString(CultureInfo.InvariantCulture), Markup.Escape(t.Units),
                t.LogZ?.ToString("f5", CultureInfo.InvariantCulture) ?? "", t.Fingerprint()[..12]);
        AnsiConsole.Write(table);
        return ExitCodes.Ok;
    }
}
