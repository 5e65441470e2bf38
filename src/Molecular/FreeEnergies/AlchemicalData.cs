namespace MolSampling.Molecular.FreeEnergies;

/// <summary>
/// The data of a free energy calculation, from all its files: K states along the path, N rows, ordered by the state they were sampled in (as pymbar has u_kn and N_k), within a state by time.
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

    /// <summary>u_kn [K * N], kT, state by state: the reduced potential of row n in state k is at k N + n. Null if only dH/dlambda is known.</summary>
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

    /// <summary>N.</summary>
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

    /// <summary>Puts files together. Their order does not matter; several may sample the same state, and one may sample several. A u_nk and a dHdl table of the same rows are joined.</summary>
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
        double kelvin = CheckTogether(files, temperature);
        AlchemicalFile[] joined = JoinTables(files, notes);
        bool hasPotentials = joined.Any(f => f.ReducedPotentials is not null), hasGradients = joined.All(f => f.Gradients is not null);
        if (hasPotentials && joined.FirstOrDefault(f => f.ReducedPotentials is null) is { } lonely)
            throw new InvalidDataException(
                $"{lonely.Source}: has dH/dlambda only, while {joined.First(f => f.ReducedPotentials is not null).Source} has reduced potentials, and no table of the same rows completes it");
        if (!hasPotentials)
            notes.Add("no file has reduced potentials (u_nk): free energy perturbation, BAR and MBAR are not possible");
        if (!hasGradients)
            notes.Add($"no dH/dlambda in {string.Join(", ", joined.Where(f => f.Gradients is null).Select(f => f.Source))}: thermodynamic integration is not possible");
        LambdaState[] states = hasPotentials ? CommonColumns(joined) : [.. joined.SelectMany(f => f.SampledStates).Distinct()];
        return Assemble(joined, LambdaOrder.Along(states), kelvin, hasPotentials, hasGradients, notes);
    }

    /// <returns>K.</returns>
    private static double CheckTogether(IReadOnlyList<AlchemicalFile> files, double? temperature)
    {
        AlchemicalFile first = files[0];
        foreach (AlchemicalFile file in files)
            if (!file.LambdaNames.SequenceEqual(first.LambdaNames))
                throw new InvalidDataException($"{file.Source}: its lambdas are {string.Join(", ", file.LambdaNames)}, those of {first.Source} are {string.Join(", ", first.LambdaNames)}");
        AlchemicalFile? stated = files.FirstOrDefault(f => f.Temperature is not null);
        double kelvin = temperature ?? stated?.Temperature ?? throw new InvalidDataException($"{first.Source}: no file says the temperature, and none was given");
        foreach (AlchemicalFile file in files)
            if (file.Temperature is { } t && !StatedTemperature.Same(kelvin, t))
                throw new InvalidDataException(FormattableString.Invariant($"{file.Source}: is at {t} K, but ")
                    + (temperature is null ? FormattableString.Invariant($"{stated!.Source} is at {kelvin} K") : FormattableString.Invariant($"{kelvin} K was given")));
        return kelvin;
    }

    /// <summary>A file with u_nk only and one with dHdl only become one, if their rows are the same; of several, in the order given.</summary>
    private static AlchemicalFile[] JoinTables(IReadOnlyList<AlchemicalFile> files, List<string> notes)
    {
        var gradients = files.Where(f => f.ReducedPotentials is null).ToList();
        var result = new List<AlchemicalFile>();
        foreach (AlchemicalFile file in files.Where(f => f.ReducedPotentials is not null))
        {
            AlchemicalFile[] partners = file.Gradients is null ? [.. gradients.Where(g => SameRows(file, g))] : [];
            AlchemicalFile? partner = partners.FirstOrDefault();
            if (partners.Length > 1) // repeats of a state with the same times
                notes.Add($"{file.Source}: {partners.Length} dHdl tables have its rows ({string.Join(", ", partners.Select(p => p.Source))}); the first was taken");
            if (partner is not null)
                gradients.Remove(partner);
            result.Add(partner is null ? file : new()
            {
                Source = file.Source,
                LambdaNames = file.LambdaNames,
                Temperature = file.Temperature,
                Times = file.Times,
                SampledStates = file.SampledStates,
                StateOfRow = file.StateOfRow,
                Columns = file.Columns,
                ReducedPotentials = file.ReducedPotentials,
                Gradients = partner.Gradients,
            });
        }
        return [.. result, .. gradients];
    }

    /// <summary>States are numbered in order of appearance, so equal rows have equal numbers.</summary>
    private static bool SameRows(AlchemicalFile a, AlchemicalFile b) =>
        a.SampledStates.SequenceEqual(b.SampledStates) && a.StateOfRow.AsSpan().SequenceEqual(b.StateOfRow) && a.Times.AsSpan().SequenceEqual(b.Times);

    private static LambdaState[] CommonColumns(AlchemicalFile[] files)
    {
        AlchemicalFile first = files[0];
        HashSet<LambdaState> columns = [.. first.Columns];
        foreach (AlchemicalFile file in files)
        {
            LambdaState[] missing = [.. first.Columns.Except(file.Columns)], more = [.. file.Columns.Except(first.Columns)];
            if (missing.Length + more.Length > 0)
            {
                (AlchemicalFile poor, AlchemicalFile rich) = missing.Length > 0 ? (file, first) : (first, file);
                throw new InvalidDataException($"{poor.Source}: has no column for state {string.Join(", ", missing.Length > 0 ? missing : more)}, but {rich.Source} has "
                    + "(in GROMACS, calc-lambda-neighbors = -1 writes all states)");
            }
            if (file.SampledStates.FirstOrDefault(s => !columns.Contains(s)) is { } outside)
                throw new InvalidDataException($"{file.Source}: was sampled in state {outside}, which is none of its columns ({string.Join(", ", file.Columns)})");
        }
        return [.. first.Columns];
    }

    /// <summary>Rows of one state and run in a file.</summary>
    private sealed record Run(AlchemicalFile File, List<int> Rows)
    {
        public double First => File.Times[Rows[0]];

        public double Last => File.Times[Rows[^1]];
    }

    private static AlchemicalData Assemble(AlchemicalFile[] files, LambdaState[] states, double kelvin, bool hasPotentials, bool hasGradients, List<string> notes)
    {
        var stateNumber = new Dictionary<LambdaState, int>();
        for (int k = 0; k < states.Length; k++)
            stateNumber[states[k]] = k;
        List<Run>[] runs = [.. states.Select(_ => new List<Run>())];
        foreach (AlchemicalFile file in files)
            Split(file, [.. file.SampledStates.Select(s => runs[stateNumber[s]])]);
        var blocks = new List<AlchemicalBlock>();
        var order = new List<Run>();
        int total = 0;
        for (int k = 0; k < states.Length; k++)
        {
            runs[k].Sort((a, b) => a.First != b.First ? a.First.CompareTo(b.First) : string.CompareOrdinal(a.File.Source, b.File.Source));
            bool isChain = Arrange(states[k], runs[k], notes);
            for (int r = 0; r < runs[k].Count; r++)
            {
                Run run = runs[k][r];
                blocks.Add(new(run.File.Source, k, total, run.Rows.Count, run.First, run.Last, isChain && r > 0));
                order.Add(run);
                total = checked(total + run.Rows.Count);
            }
        }
        int count = states.Length, width = files[0].LambdaNames.Count;
        if ((long)count * total > Array.MaxLength)
            throw new InvalidDataException($"{files[0].Source} and {files.Length - 1} more: {count} states of {total} rows do not fit in memory; leave out rows");
        double[] times = new double[total];
        double[]? potentials = hasPotentials ? new double[(long)count * total] : null, gradients = hasGradients ? new double[(long)width * total] : null;
        int n = 0;
        foreach (Run run in order)
        {
            int[] columnState = [.. run.File.Columns.Select(c => stateNumber[c])];
            foreach (int row in run.Rows)
            {
                times[n] = run.File.Times[row];
                if (potentials is not null)
                    for (int c = 0; c < count; c++)
                        potentials[columnState[c] * total + n] = run.File.ReducedPotentials![row * count + c];
                if (gradients is not null)
                    run.File.Gradients.AsSpan(row * width, width).CopyTo(gradients.AsSpan(n * width));
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

    /// <summary>Rows by state and run: where the time of a state goes back, another run begins.</summary>
    private static void Split(AlchemicalFile file, List<Run>[] target)
    {
        var open = new Run?[target.Length];
        for (int row = 0; row < file.RowCount; row++)
        {
            int state = file.StateOfRow[row];
            if (open[state] is null || !(file.Times[row] > open[state]!.Last))
                target[state].Add(open[state] = new Run(file, []));
            open[state]!.Rows.Add(row);
        }
    }

    /// <summary>Says how runs of one state hang together: continuations of each other, or runs of their own if their times overlap.</summary>
    private static bool Arrange(LambdaState state, List<Run> runs, List<string> notes)
    {
        if (runs.Count < 2)
            return false;
        bool isChain = true;
        for (int r = 1; r < runs.Count; r++)
        {
            if (SameNumbers(runs[r - 1], runs[r]))
                throw new InvalidDataException($"{runs[r].File.Source}: has the same rows of state {state} as {runs[r - 1].File.Source}: was the same file given twice?");
            isChain &= runs[r].First >= runs[r - 1].Last;
        }
        string names = string.Join(", ", runs.Select(r => r.File.Source));
        notes.Add($"state {state}: {runs.Count} {(isChain ? "runs continue each other" : "runs overlap in time and count as independent")} ({names})");
        for (int r = 1; isChain && r < runs.Count; r++)
            if (runs[r].First == runs[r - 1].Last && runs[r].Rows.Count > 1)
            {
                notes.Add(FormattableString.Invariant($"{runs[r].File.Source}: its first row of state {state} (time {runs[r].First} ps) is the last of {runs[r - 1].File.Source} and was left out"));
                runs[r].Rows.RemoveAt(0);
            }
        return isChain;
    }

    private static bool SameNumbers(Run a, Run b)
    {
        if (a.Rows.Count != b.Rows.Count)
            return false;
        (double[] x, double[] y, int width) = a.File.ReducedPotentials is { } u && b.File.ReducedPotentials is { } v ? (u, v, a.File.Columns.Count)
            : (a.File.Gradients ?? [], b.File.Gradients ?? [], a.File.LambdaNames.Count);
        for (int i = 0; i < a.Rows.Count; i++)
            if (a.File.Times[a.Rows[i]] != b.File.Times[b.Rows[i]] || !x.AsSpan(a.Rows[i] * width, width).SequenceEqual(y.AsSpan(b.Rows[i] * width, width)))
                return false;
        return true;
    }
}
