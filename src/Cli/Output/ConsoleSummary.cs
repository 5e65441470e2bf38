using System.Globalization;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Running;
using Spectre.Console;

namespace MolSampling.Cli.Output;

/// <summary>A result in a table for people.</summary>
internal static class ConsoleSummary
{
    private const int MostRows = 12;

    /// <summary>The table of one molecule.</summary>
    /// <param name="r">Energies in kJ/mol.</param>
    /// <param name="unit">Of the energies in the table and of averages with energies in them.</param>
    public static void Write(ConformerResult r, string unit)
    {
        if (r.Status == ConformerStatus.Failed)
            return; // said on standard error
        AnsiConsole.MarkupLine($"[bold]{Markup.Escape(TerminalText.Name(r.Name))}[/]  {r.Molecule!.Atoms.Count} atoms, {r.RotatableBonds} rotatable bonds, {r.Basins.Count} basins");
        var table = new Table().Border(TableBorder.Simple).AddColumns("#", "population", $"free energy {unit}", $"energy {unit}",
            "torsions");
        for (int c = 0; c < 4; c++)
            table.Columns[c].RightAligned();
        bool knowsModel = r.Basins.Any(b => b.ModelError is not null);
        if (knowsModel)
            table.AddColumn("model");
        double factor = EnergyUnit.Factor(unit);
        for (int b = 0; b < Math.Min(MostRows, r.Basins.Count); b++)
        {
            Basin basin = r.Basins[b];
            string[] cells = [(b + 1).ToString(CultureInfo.InvariantCulture),
                basin.Below is { } bound ? Invariant($"below {100 * bound:f2} %")
                    : Invariant($"{100 * basin.Population:f2} ± {100 * basin.PopulationError:f2} %"),
                basin.Below is null ? Invariant($"{factor * basin.FreeEnergy:f2} ± {factor * basin.FreeEnergyError:f2}") : "",
                Invariant($"{factor * basin.RepresentativeEnergy:f2}"), Markup.Escape(basin.State),
                .. knowsModel ? new[] { Invariant($"± {100 * basin.ModelError:f2} %") } : []];
            table.AddRow(cells);
        }
        AnsiConsole.Write(table);
        if (r.Basins.Count > MostRows)
            AnsiConsole.MarkupLine($"... and {r.Basins.Count - MostRows} more in the files");
        foreach (EnsembleAverage average in r.Averages.Select(a => In(a, unit)))
            AnsiConsole.MarkupLine(Markup.Escape($"{average.Name}: {Quoted(average)} {average.Unit}".TrimEnd()));
        foreach (string note in r.Notes)
            AnsiConsole.MarkupLine($"note: {Markup.Escape(note)}");
        ConformerDiagnostics d = r.Diagnostics!;
        string verdict = r.Status == ConformerStatus.Ok ? "[green]converged[/]" : $"[yellow]{Markup.Escape(r.Reason ?? "partial")}[/]";
        string mixing = d.Weights is { } w
            ? Invariant($"{100 * w.EffectiveFraction:f1} % of {w.Draws} draws, largest weight {100 * w.LargestShare:f2} %, Pareto shape {w.ParetoShape:f2}")
            : double.IsNaN(d.TrajectoryAcceptance) ? "independent embeddings"
            : Invariant($"split R-hat {d.SplitRhatMax:f3}")
                + (d.Temperatures.Count > 1 ? Invariant($", swap acceptance {d.SwapAcceptance:f2}, {d.RoundTrips} round trips") : "")
                + (double.IsNaN(d.JumpAcceptance) ? "" : Invariant($", {100 * d.JumpAcceptance:f1} % of the jumps accepted"));
        AnsiConsole.MarkupLine(Markup.Escape($"method: {r.Method}"));
        string missed = r.Status == ConformerStatus.Ok ? Invariant($"; a basin below {100 * d.SmallestSeen:g2} % may be missing") : "";
        string cost = Invariant($"{Count(d.EnergyEvaluations)} evaluations in {r.WallSeconds:f1} s");
        AnsiConsole.MarkupLine(Invariant($"{verdict}: effective sample size {d.EffectiveSampleSize:f0}, {mixing}, {cost}{missed}"));
    }

    /// <summary>One line, for a molecule of a list.</summary>
    public static void WriteLine(ConformerResult r, int number, int entries)
    {
        if (r.Status != ConformerStatus.Failed) // those are said together, at the end
            Console.WriteLine($"{number}/{entries}  {TerminalText.Name(r.Name)}{(r.Molecule!.Isomer is null ? "" : $" ({r.Isomer})")}: "
                + Invariant($"{r.Basins.Count} basins, the first {100 * r.Basins[0].Population:f1} %, {r.Reason ?? "converged"}, {r.WallSeconds:f1} s"));
    }

    private static EnsembleAverage In(EnsembleAverage average, string unit)
    {
        (string own, double factor) = EnergyUnit.Of(average.Unit, unit);
        return average with { Unit = own, Value = factor * average.Value, Error = factor * average.Error };
    }

    private static string Count(long evaluations) => evaluations < 100_000 ? Invariant($"{evaluations:n0}")
        : Invariant($"{evaluations / 1e6:f1} million");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>A value to two digits of its error.</summary>
    private static string Quoted(EnsembleAverage average)
    {
        int digits = average.Error > 0 ? (int)Math.Clamp(1 - Math.Floor(Math.Log10(average.Error)), 0, 6) : 4;
        string format = $"f{digits}";
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return $"{Text(average.Value)} ± {Text(average.Error)}";
    }
}
