using System.Globalization;
using MolSampling.Jobs.Conformers.Runs;

namespace MolSampling.Cli.Output;

/// <summary>The molecules of a list that gave nothing, on standard error: line, name, reason.</summary>
internal static class FailureTable
{
    private const int MostRows = 50, WidestName = 32;

    public static void Write(IReadOnlyList<MoleculeOutcome> failures, int total)
    {
        if (failures.Count == 0)
            return;
        static string Name(MoleculeOutcome f) => TerminalText.Name(f.Name) is var name && name.Length <= WidestName ? name
            : name[..(WidestName - 3)] + "...";
        MoleculeOutcome[] shown = [.. failures.Take(MostRows)];
        int line = Math.Max(4, shown.Max(f => f.Line.ToString(CultureInfo.InvariantCulture).Length)),
            name = Math.Max(4, shown.Max(f => Name(f).Length));
        Console.Error.WriteLine($"molsampling: {failures.Count} of {total} molecules failed");
        Console.Error.WriteLine($"{"line".PadLeft(line)}  {"name".PadRight(name)}  reason");
        foreach (MoleculeOutcome f in shown)
            Console.Error.WriteLine($"{f.Line.ToString(CultureInfo.InvariantCulture).PadLeft(line)}  {Name(f).PadRight(name)}  {Failure.OneLine(f.Reason!)}");
        if (failures.Count > shown.Length)
            Console.Error.WriteLine($"... and {failures.Count - shown.Length} more in summary.json");
    }
}
