using System.Globalization;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>Reads CSV tables of reduced potentials: <see cref="ReducedPotentialTable"/>, or the u_nk and dHdl tables of alchemlyb as
/// pandas' to_csv writes them.</summary>
internal static class AlchemicalCsv
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">Comma-separated, names in the first line; plain, .gz or .bz2.</param>
    /// <param name="temperature">K; a CSV file does not say it. Energies are in kT.</param>
    /// <exception cref="InvalidDataException">No such table; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The temperature is not positive.</exception>
    /// <exception cref="IOException">The file is not there, or the disk fails.</exception>
    public static AlchemicalFile Read(string path, double? temperature)
    {
        StatedTemperature.Check(temperature);
        NumberTable table = Table(path);
        return ReducedPotentialTable.Looks(table.Names) ? ReducedPotentialTable.Make(path, table, temperature)
            : AlchemicalTable.FromTable(path, table, temperature);
    }

    private static NumberTable Table(string path)
    {
        string[]? names = null;
        List<double>[] columns = [];
        var lines = new List<int>();
        foreach ((string line, int number) in TextLines.Of(path, wholeFiles: true))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            List<string> cells = Cells(line);
            if (names is null)
            {
                names = [.. cells.Select(c => c.Trim().TrimStart('\ufeff'))];
                if (names.Distinct().Count() < names.Length)
                    throw new InvalidDataException($"{path}, line {number}: two columns have the same name");
                columns = [.. names.Select(_ => new List<double>())];
                continue;
            }
            if (cells.Count != names.Length)
                throw new InvalidDataException($"{path}, line {number}: {cells.Count} columns, but the first line names {names.Length}");
            for (int c = 0; c < cells.Count; c++)
                columns[c].Add(Number(path, cells[c].Trim(), names[c], number));
            lines.Add(number);
        }
        return names is null ? throw new InvalidDataException($"{path}: is empty")
            : lines.Count == 0 ? throw new InvalidDataException($"{path}: has no rows")
            : new(names, [.. columns.Select(c => c.ToArray())], row => $"line {lines[row]}");
    }

    /// <summary>Commas within quotes are part of a name: "('0.0', '0.25')".</summary>
    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
            if (i == line.Length || line[i] == ',' && !quoted)
            {
                cells.Add(line[start..i].Replace("\"", "", StringComparison.Ordinal));
                start = i + 1;
            }
            else if (line[i] == '"')
                quoted = !quoted;
        return cells;
    }

    private static double Number(string path, string text, string column, int line) => text.Length == 0 ? double.NaN
        : text.ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "inf" or "+inf" or "infinity" => double.PositiveInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw new InvalidDataException($"{path}, line {line}: \"{text[..Math.Min(text.Length, 40)]}\" in column {column} is not a number"),
    };
}
