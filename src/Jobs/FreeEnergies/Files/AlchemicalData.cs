namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// The data of a free energy calculation, from all its files: K states along the path, N rows, ordered by the state they were sampled in
/// (as pymbar has u_kn and N_k), within a state by time.
/// </summary>
public sealed class AlchemicalData
{
    private AlchemicalData()
    {
    }

    /// <summary>[L].</summary>
    public required IReadOnlyList<string> LambdaNames { get; init; }

    /// <summary>[K], in the order of the path.</summary>
    public required IReadOnlyList<LambdaState> States { get; init; }

    /// <summary>K.</summary>
    public required double Temperature { get; init; }

    /// <summary>u_kn [K * N], kT, state by state: the reduced potential of row n in state k is at k N + n; NaN where it was not evaluated.
    /// Null if only dH/dlambda is known.</summary>
    public required double[]? ReducedPotentials { get; init; }

    /// <summary>dH/dlambda [N * L], kT, row by row. Null unless all files have it.</summary>
    public required double[]? Gradients { get; init; }

    /// <summary>[N] ps.</summary>
    public required double[] Times { get; init; }

    /// <summary>N_k [K]; 0 for a state that was never sampled.</summary>
    public required int[] Counts { get; init; }

    /// <summary>Where rows come from, in order.</summary>
    public required IReadOnlyList<AlchemicalBlock> Blocks { get; init; }

    /// <summary>What is missing, what was left out, how files of one state were put together, and the warnings of the files.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>N, the rows of all files together.</summary>
    public int RowCount => Times.Length;

    /// <summary>Rows of a state: where they begin.</summary>
    public int FirstRow(int state) => Counts.Take(state).Sum();

    /// <summary>dH/dlambda [N_k * L] of the rows of a state, kT.</summary>
    /// <exception cref="InvalidOperationException">Some file has none.</exception>
    public ReadOnlySpan<double> GradientsOf(int state)
    {
        int width = LambdaNames.Count;
        double[] gradients = Gradients ?? throw new InvalidOperationException("no dH/dlambda");
        return gradients.AsSpan(FirstRow(state) * width, Counts[state] * width);
    }

    /// <summary>Times [N_k] of the rows of a state, ps.</summary>
    public ReadOnlySpan<double> TimesOf(int state) => Times.AsSpan(FirstRow(state), Counts[state]);

    /// <summary>The same rows seen in other states.</summary>
    internal AlchemicalData With(LambdaState[] states, double[]? potentials, int[] counts, IReadOnlyList<AlchemicalBlock> blocks,
        IReadOnlyList<string> notes) => new()
    {
        LambdaNames = LambdaNames,
        States = states,
        Temperature = Temperature,
        ReducedPotentials = potentials,
        Gradients = Gradients,
        Times = Times,
        Counts = counts,
        Blocks = blocks,
        Notes = notes,
    };

    /// <summary>All rows as one file, for writing: what other programs read as the whole calculation.</summary>
    public AlchemicalFile ToFile()
    {
        int count = States.Count, total = RowCount;
        double[]? rows = null;
        if (ReducedPotentials is { } u)
        {
            rows = new double[u.Length];
            for (int k = 0; k < count; k++)
                for (int n = 0; n < total; n++)
                    rows[n * count + k] = u[k * total + n];
        }
        int[] sampled = [.. Enumerable.Range(0, count).Where(k => Counts[k] > 0)];
        return new()
        {
            Source = string.Join(", ", Blocks.Select(b => b.Source).Distinct()),
            LambdaNames = LambdaNames,
            Temperature = Temperature,
            Times = Times,
            SampledStates = [.. sampled.Select(k => States[k])],
            StateOfRow = [.. sampled.SelectMany((k, s) => Enumerable.Repeat(s, Counts[k]))],
            Columns = ReducedPotentials is null ? [] : States,
            ReducedPotentials = rows,
            Gradients = Gradients,
        };
    }

    /// <summary>Puts files together. States are all that any file has a column for; rows of the others are not known there. The order of
    /// the files does not matter; several may sample the same state, and one may sample several. A u_nk and a dHdl table of the same rows
    /// are joined.</summary>
    /// <param name="files">At least one.</param>
    /// <param name="temperature">K; needed only if no file says it, and must not contradict them.</param>
    /// <exception cref="InvalidDataException">The files do not belong together; the message names them.</exception>
    /// <exception cref="ArgumentException">No file, or a temperature that is not positive.</exception>
    public static AlchemicalData Combine(IReadOnlyList<AlchemicalFile> files, double? temperature = null)
    {
        if (files.Count == 0)
            throw new ArgumentException("no files", nameof(files));
        StatedTemperature.Check(temperature);
        if (files.GroupBy(f => Path.GetFullPath(f.Source)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"{twice.First().Source}: was given {twice.Count()} times");
        var notes = files.SelectMany(f => f.Warnings).ToList();
        double kelvin = TableJoin.CheckTogether(files, temperature);
        AlchemicalFile[] joined = TableJoin.Join(files, notes);
        bool hasPotentials = joined.Any(f => f.ReducedPotentials is not null), hasGradients = joined.All(f => f.Gradients is not null);
        if (hasPotentials && joined.FirstOrDefault(f => f.ReducedPotentials is null) is { } lonely)
            throw new InvalidDataException(
                $"{lonely.Source}: has dH/dlambda only, while {joined.First(f => f.ReducedPotentials is not null).Source} has reduced potentials, and no table of the same rows completes it");
        if (!hasPotentials)
            notes.Add("no file has reduced potentials (u_nk): free energy perturbation, BAR and MBAR are not possible");
        if (!hasGradients)
            notes.Add($"no dH/dlambda in {string.Join(", ", joined.Where(f => f.Gradients is null).Select(f => f.Source))}: thermodynamic integration is not possible");
        LambdaState[] states = hasPotentials ? AllColumns(joined) : [.. joined.SelectMany(f => f.SampledStates).Distinct()];
        CheckUsed(joined, notes);
        return Assemble(joined, LambdaOrder.Along(states), kelvin, hasPotentials, hasGradients, notes);
    }

    private static LambdaState[] AllColumns(AlchemicalFile[] files)
    {
        foreach (AlchemicalFile file in files)
            if (file.SampledStates.FirstOrDefault(s => !file.Columns.Contains(s)) is { } outside)
                throw new InvalidDataException($"{file.Source}: was sampled in state {outside}, which is none of its columns ({string.Join(", ", file.Columns)})");
        return [.. files.SelectMany(f => f.Columns).Distinct()];
    }

    /// <summary>What is no number is an error where something uses it: a state that was sampled, a lambda that changes along the sampled
    /// states.</summary>
    private static void CheckUsed(AlchemicalFile[] files, List<string> notes)
    {
        LambdaState[] sampled = [.. files.SelectMany(f => f.SampledStates).Distinct()];
        bool IsUsed(UnusableColumn c) => c.State is { } state ? sampled.Contains(state)
            : sampled.Select(s => s.Values[c.Lambda]).Distinct().Count() > 1;
        UnusableColumn[] columns = [.. files.SelectMany(f => f.Unusable)];
        if (Array.Find(columns, IsUsed) is { } used)
            throw new InvalidDataException(used.Where);
        foreach (IGrouping<(LambdaState?, int), UnusableColumn> same in columns.GroupBy(c => (c.State, c.State is null ? c.Lambda : 0)))
            notes.Add($"{same.First().Where}{(same.Count() > 1 ? $" (and in {same.Count() - 1} more files)" : "")}; nothing uses "
                + (same.Key.Item1 is { } s ? $"state {s}, which was not sampled"
                    : $"dH/dlambda of {files[0].LambdaNames[same.Key.Item2]}, which does not change"));
    }

    private static AlchemicalData Assemble(AlchemicalFile[] files, LambdaState[] states, double kelvin, bool hasPotentials,
        bool hasGradients, List<string> notes)
    {
        var stateNumber = new Dictionary<LambdaState, int>();
        for (int k = 0; k < states.Length; k++)
            stateNumber[states[k]] = k;
        List<SampledRun>[] runs = [.. states.Select(_ => new List<SampledRun>())];
        foreach (AlchemicalFile file in files)
            SampledRun.Split(file, [.. file.SampledStates.Select(s => runs[stateNumber[s]])]);
        var blocks = new List<AlchemicalBlock>();
        var order = new List<SampledRun>();
        int total = 0;
        for (int k = 0; k < states.Length; k++)
        {
            bool isChain = RunArrangement.Arrange(states[k], runs[k], notes);
            for (int r = 0; r < runs[k].Count; r++)
            {
                SampledRun run = runs[k][r];
                blocks.Add(new(run.File.Source, k, total, run.Rows.Count, run.First, run.Last, isChain && r > 0));
                order.Add(run);
                total = checked(total + run.Rows.Count);
            }
        }
        int count = states.Length, width = files[0].LambdaNames.Count;
        if ((long)count * total > Array.MaxLength)
            throw new InvalidDataException($"{files[0].Source} and {files.Length - 1} more: {count} states of {total} rows do not fit in memory; leave out rows");
        double[] times = new double[total];
        double[]? potentials = hasPotentials ? new double[(long)count * total] : null, gradients = hasGradients
            ? new double[(long)width * total] : null;
        potentials?.AsSpan().Fill(double.NaN); // not evaluated, unless a column says so
        int n = 0;
        foreach (SampledRun run in order)
        {
            int[] columnState = [.. run.File.Columns.Select(c => stateNumber[c])];
            foreach (int row in run.Rows)
            {
                times[n] = run.File.Times[row];
                if (potentials is not null)
                    for (int c = 0; c < columnState.Length; c++)
                        potentials[(long)columnState[c] * total + n] = run.File.ReducedPotentials![row * columnState.Length + c];
                if (gradients is not null)
                    for (int l = 0; l < width; l++)
                        // of a lambda that does not change
                        gradients[n * width + l] = run.File.Gradients![row * width + l] is var g && double.IsNaN(g) ? 0 : g;
                n++;
            }
        }
        return new()
        {
            LambdaNames = files[0].LambdaNames,
            States = states,
            Temperature = kelvin,
            ReducedPotentials = potentials,
            Gradients = gradients,
            Times = times,
            Counts = [.. runs.Select(r => r.Sum(b => b.Rows.Count))],
            Blocks = blocks,
            Notes = notes,
        };
    }
}
