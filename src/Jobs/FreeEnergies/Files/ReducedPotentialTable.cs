using System.Globalization;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Reduced potentials as OpenMM and openmmtools users keep them, in CSV or Parquet: a row for each sample, a column "u_STATE" for each
/// state with the reduced potential in kT ("u_0", "u_1" ..., or "u_0.25" where states are lambdas), and a column "state" with the STATE the
/// row was sampled in. Optional: "time" (ps) or "iteration"; without either, rows of a state count as one series in the order of the file.
/// An empty cell or NaN says that a state was not evaluated. A CSV file may also be an alchemlyb table (columns "time", lambdas, and
/// states), as to_csv writes it.
/// </summary>
internal static class ReducedPotentialTable
{
    private const string Prefix = "u_", StateColumn = "state";

    private static readonly string[] s_times = [AlchemicalParquet.TimeColumn, "iteration"];

    /// <summary>Whether columns are named as above.</summary>
    public static bool Looks(IEnumerable<string> names) => names.Contains(StateColumn)
        && names.Any(n => n.StartsWith(Prefix, StringComparison.Ordinal));

    /// <exception cref="InvalidDataException">A column or a number that does not fit; it is named.</exception>
    public static AlchemicalFile Make(string path, NumberTable table, double? temperature)
    {
        int[] energies = [.. Enumerable.Range(0, table.Names.Length).Where(c => table.Names[c].StartsWith(Prefix,
            StringComparison.Ordinal))];
        LambdaState[] states = [.. energies.Select(c => State(path, table.Names[c]))];
        if (states.Distinct().Count() < states.Length)
            throw new InvalidDataException($"{path}: two columns for one state ({string.Join(", ", energies.Select(c => table.Names[c]))})");
        double[] origins = table.Columns[Array.IndexOf(table.Names, StateColumn)];
        double[]? times = s_times.Select(t => Array.IndexOf(table.Names, t)).Where(c => c >= 0).Select(c =>
            table.Columns[c]).FirstOrDefault();
        int rows = origins.Length;
        var sampled = new List<LambdaState>();
        var stateOfRow = new int[rows];
        for (int n = 0; n < rows; n++)
        {
            if (!double.IsFinite(origins[n]) || Array.IndexOf(states, new LambdaState(origins[n])) < 0)
                throw new InvalidDataException(FormattableString.Invariant($"{path}, {table.Place(n)}: was sampled in state {origins[n]}, which has no column ({string.Join(", ", energies.Select(c => table.Names[c]))})"));
            if (times is not null && !double.IsFinite(times[n]))
                throw new InvalidDataException($"{path}, {table.Place(n)}: the time is not a finite number");
            var state = new LambdaState(origins[n]);
            stateOfRow[n] = sampled.IndexOf(state);
            if (stateOfRow[n] < 0)
                (stateOfRow[n], sampled) = (sampled.Count, [.. sampled, state]);
        }
        string[] unused = [.. table.Names.Where((n, c) => n != StateColumn && !energies.Contains(c)
            && (times is null || table.Columns[c] != times))];
        var file = new AlchemicalFile
        {
            Source = path,
            LambdaNames = [StateColumn],
            Temperature = temperature,
            Times = times ?? [.. Enumerable.Range(0, rows).Select(n => (double)n)],
            SampledStates = sampled,
            StateOfRow = stateOfRow,
            Columns = states,
            ReducedPotentials = [.. Enumerable.Range(0, rows).SelectMany(n => energies.Select(c => table.Columns[c][n]))],
            Warnings = unused.Length == 0 ? [] : [$"{path}: columns {string.Join(", ", unused)} are not used"],
        };
        CheckKnown(file, table.Place);
        return file;
    }

    /// <summary>What is not known must be a state that was not evaluated, not a number that was lost: in a run, the same for all rows of a
    /// state, and never the own one.</summary>
    /// <exception cref="InvalidDataException">A row that differs.</exception>
    public static void CheckKnown(AlchemicalFile file, Func<int, string> place)
    {
        if (file.ReducedPotentials is not { } u)
            return;
        int width = file.Columns.Count;
        var before = new int[file.SampledStates.Count];
        Array.Fill(before, -1);
        int[] own = [.. file.SampledStates.Select(s => file.Columns.ToList().IndexOf(s))];
        for (int n = 0; n < file.RowCount; n++)
        {
            int state = file.StateOfRow[n], last = before[state];
            bool sameRun = last >= 0 && file.Times[n] > file.Times[last];
            for (int c = 0; c < width; c++)
            {
                double value = u[n * width + c];
                if (double.IsFinite(value) || double.IsPositiveInfinity(value) && c != own[state])
                {
                    if (sameRun && double.IsNaN(u[last * width + c]))
                        throw new InvalidDataException($"{file.Source}, {place(last)}: no number for state {file.Columns[c]}, which the next row of state {file.SampledStates[state]} has");
                    continue;
                }
                if (c == own[state] || own[state] < 0 || !double.IsNaN(value) || sameRun && !double.IsNaN(u[last * width + c]))
                    throw new InvalidDataException($"{file.Source}, {place(n)}: no finite number for state {file.Columns[c]}{(c == own[state] ? ", in which the row was sampled" : "")}");
            }
            before[state] = n;
        }
    }

    private static LambdaState State(string path, string name) =>
        double.TryParse(name[Prefix.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? new(value)
        : throw new InvalidDataException($"{path}: column {name} does not end with the number of a state (u_0, u_0.25)");
}
