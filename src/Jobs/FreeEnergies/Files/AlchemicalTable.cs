using System.Globalization;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>The u_nk and dHdl tables of alchemlyb, whatever file they come from: columns named after states or lambdas, with "time" (ps)
/// and the lambdas of the sampled state as further columns.</summary>
internal static class AlchemicalTable
{
    /// <summary>A table that another reader has read, in alchemlyb's layout, kT.</summary>
    public static AlchemicalFile FromTable(string path, NumberTable table, double? temperature) =>
        Make(path, table, Columns(path, table.Names, []), temperature);

    /// <summary>Makes a file of columns whose meaning is known.</summary>
    /// <exception cref="InvalidDataException">A number that is none, where one is needed.</exception>
    public static AlchemicalFile Make(string path, NumberTable table, Layout layout, double? temperature)
    {
        int rows = table.Columns[layout.Time].Length;
        bool hasStates = layout.States.Length > 0;
        foreach (int c in Enumerable.Range(0, table.Names.Length).Where(c => layout.Uses(c) && !(hasStates && layout.Data.Contains(c))))
            if (Array.FindIndex(table.Columns[c], v => !double.IsFinite(v)) is >= 0 and int row)
                throw new InvalidDataException($"{path}: column {table.Names[c]}, {table.Place(row)}: not a finite number");
        double[] lambdas = Rows(table, layout.Lambdas, rows), values = Rows(table, layout.Data, rows), times = table.Columns[layout.Time];
        (List<LambdaState> sampled, int[] stateOfRow) = States(lambdas, layout.Lambdas.Length, rows);
        var file = new AlchemicalFile
        {
            Source = path,
            LambdaNames = [.. layout.Lambdas.Select(c => table.Names[c])],
            Temperature = temperature,
            Times = times,
            SampledStates = sampled,
            StateOfRow = stateOfRow,
            Columns = layout.States,
            ReducedPotentials = hasStates ? values : null,
            Gradients = hasStates ? null : values,
            Warnings = [.. CheckTimes(path, times, stateOfRow, sampled)],
        };
        ReducedPotentialTable.CheckKnown(file, table.Place);
        return file;
    }

    /// <summary>Row by row, as files hold them.</summary>
    private static double[] Rows(NumberTable table, int[] columns, int rows)
    {
        double[] result = new double[(long)rows * columns.Length];
        for (int c = 0; c < columns.Length; c++)
            for (int row = 0; row < rows; row++)
                result[(long)row * columns.Length + c] = table.Columns[columns[c]][row];
        return result;
    }

    /// <summary>What columns are, by their numbers; states are empty for dHdl.</summary>
    public sealed record Layout(int Time, int[] Lambdas, int[] Data, LambdaState[] States)
    {
        public bool Uses(int column) => column == Time || Lambdas.Contains(column) || Data.Contains(column);
    }

    /// <summary>Finds out what columns are.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="names">[C].</param>
    /// <param name="stated">The index columns, if the file says which they are.</param>
    /// <exception cref="InvalidDataException">Neither u_nk nor dHdl.</exception>
    public static Layout Columns(string path, string[] names, IReadOnlyList<string> stated)
    {
        string Names(IEnumerable<int> columns) => string.Join(", ", columns.Select(c => names[c]));
        string all = string.Join(", ", names);
        string[] index = stated.Count > 0 ? [.. stated]
            : [.. names.Where(n => n == AlchemicalParquet.TimeColumn || n.Contains("lambda", StringComparison.Ordinal))]; // written by another program than pandas
        int Index(string name) => Array.IndexOf(names, name) is >= 0 and int c ? c
            : throw new InvalidDataException($"{path}: the index column {name} is missing (has {all})");
        if (!index.Contains(AlchemicalParquet.TimeColumn))
            throw new InvalidDataException($"{path}: no index column {AlchemicalParquet.TimeColumn} (has {all}): was it written without its index?");
        int[] lambdas = [.. index.Where(n => n != AlchemicalParquet.TimeColumn).Select(Index)],
            data = [.. Enumerable.Range(0, names.Length).Where(c => !index.Contains(names[c]))];
        if (lambdas.Length == 0)
            throw new InvalidDataException($"{path}: no index column for a lambda (has {all})");
        if (lambdas.Any(c => names[c].StartsWith("__index_level", StringComparison.Ordinal)))
            throw new InvalidDataException($"{path}: a level of the index has no name, where that of a lambda was expected");
        if (data.Length == 0)
            throw new InvalidDataException($"{path}: only index columns ({all})");
        LambdaState?[] states = [.. data.Select(c => ParseLabel(names[c]))];
        if (states.All(s => s is null))
            return new(Index(AlchemicalParquet.TimeColumn), lambdas, GradientsInOrder(path, names, lambdas, data), []);
        for (int c = 0; c < data.Length; c++)
            if (states[c] is null)
                throw new InvalidDataException($"{path}: column {names[data[c]]} is no lambda state, as other columns are: neither u_nk nor dHdl");
            else if (states[c]!.Values.Count != lambdas.Length)
                throw new InvalidDataException($"{path}: column {names[data[c]]} is a state of {states[c]!.Values.Count} lambdas, but the index has {lambdas.Length} ({Names(lambdas)})");
            else if (Array.IndexOf(states, states[c]) < c)
                throw new InvalidDataException($"{path}: two columns for state {states[c]}");
        return new(Index(AlchemicalParquet.TimeColumn), lambdas, data, states!);
    }

    /// <summary>In the order of the lambdas, if their names tell.</summary>
    private static int[] GradientsInOrder(string path, string[] names, int[] lambdas, int[] data)
    {
        string Names(IEnumerable<int> columns) => string.Join(", ", columns.Select(c => names[c]));
        if (data.Length != lambdas.Length)
            throw new InvalidDataException($"{path}: {data.Length} columns of dH/dlambda ({Names(data)}) for {lambdas.Length} lambdas ({Names(lambdas)})");
        string[] expected = AlchemicalParquet.GradientNames([.. lambdas.Select(c => names[c])]);
        int[] ordered = [.. expected.Select(name => Array.FindIndex(names, n => n == name && data.Contains(Array.IndexOf(names, n))))];
        if (data.Length > 1 && ordered.Contains(-1))
            throw new InvalidDataException($"{path}: columns {Names(data)} where dH/dlambda of {string.Join(", ", expected)} were expected");
        return data.Length == 1 ? data : ordered;
    }

    /// <summary>"0.25", "(0.0, 0.25)" or "('0.0', '0.25')"; null for a name.</summary>
    private static LambdaState? ParseLabel(string label)
    {
        bool tuple = label.StartsWith('(') && label.EndsWith(')');
        string[] words = tuple ? label[1..^1].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [label];
        double[] values = new double[words.Length];
        for (int l = 0; l < words.Length; l++)
            if (!double.TryParse(words[l].Trim('\'', '"'), NumberStyles.Float, CultureInfo.InvariantCulture, out values[l])
                || !double.IsFinite(values[l]))
                return null;
        return values.Length > 0 ? new(values) : null;
    }

    private static (List<LambdaState> Sampled, int[] StateOfRow) States(double[] lambdas, int width, int rows)
    {
        var sampled = new List<LambdaState>();
        var known = new Dictionary<LambdaState, int>();
        int[] stateOfRow = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> vector = lambdas.AsSpan(row * width, width); // rows of the index fit an array, so this does not overflow
            if (row > 0 && vector.SequenceEqual(lambdas.AsSpan((row - 1) * width, width)))
            {
                stateOfRow[row] = stateOfRow[row - 1];
                continue;
            }
            var state = new LambdaState(vector);
            if (!known.TryGetValue(state, out int number))
            {
                known[state] = number = sampled.Count;
                sampled.Add(state);
            }
            stateOfRow[row] = number;
        }
        return (sampled, stateOfRow);
    }

    /// <summary>A file may hold several windows, and several runs of one: in each, times increase.</summary>
    private static IEnumerable<string> CheckTimes(string path, double[] times, int[] stateOfRow, List<LambdaState> sampled)
    {
        double[] last = new double[sampled.Count];
        Array.Fill(last, double.NegativeInfinity);
        for (int row = 0; row < times.Length; row++)
        {
            int state = stateOfRow[row];
            if (times[row] == last[state])
                throw new InvalidDataException(FormattableString.Invariant($"{path}: row {row + 1}: a second row for time {times[row]} ps of state {sampled[state]}: rows repeated after a restart?"));
            if (times[row] < last[state])
                yield return FormattableString.Invariant($"{path}: row {row + 1}: time goes back from {last[state]} to {times[row]} ps: taken as another run of state {sampled[state]}");
            last[state] = times[row];
        }
    }
}
