using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>
/// How runs of one state hang together. A restart from an older checkpoint repeats rows, in a part file of its own or in the same one: a
/// row with the time and the numbers of an earlier one is the same row and counts once. The repeated steps may differ in their last digits
/// (a simulation is not reproducible to the bit), until they part: what is close from where the overlap begins is the same too. What
/// differs is a run of its own.
/// </summary>
internal static class RunArrangement
{
    /// <summary>Relative to the largest number of a row; files print eight digits of single precision.</summary>
    public const double SameDigits = 1e-5;

    /// <summary>Sorts the runs of a state by time, leaves out what is repeated, and says what was done.</summary>
    /// <returns>Whether each run goes on where the one before it ended.</returns>
    /// <exception cref="InvalidDataException">Two files hold the same run from beginning to end.</exception>
    public static bool Arrange(LambdaState state, List<SampledRun> runs, List<string> notes)
    {
        runs.Sort((a, b) => a.First != b.First ? a.First.CompareTo(b.First) : string.CompareOrdinal(a.File.Source, b.File.Source));
        if (runs.Count < 2)
            return false;
        LeaveOutRepeated(state, runs, notes);
        if (runs.Count < 2)
            return false;
        bool isChain = Enumerable.Range(1, runs.Count - 1).All(r => runs[r].First >= runs[r - 1].Last);
        string names = string.Join(", ", runs.Select(r => r.File.Source));
        notes.Add($"state {state}: {runs.Count} {(isChain ? "runs continue each other" : "runs overlap in time with different numbers and count as independent")} ({names})");
        for (int r = 1; isChain && r < runs.Count; r++)
            if (runs[r].First == runs[r - 1].Last && runs[r].Rows.Count > 1)
            {
                notes.Add(FormattableString.Invariant($"{runs[r].File.Source}: its first row of state {state} (time {runs[r].First} ps) is the last of {runs[r - 1].File.Source} and was left out"));
                runs[r].Rows.RemoveAt(0);
            }
        return isChain;
    }

    private static void LeaveOutRepeated(LambdaState state, List<SampledRun> runs, List<string> notes)
    {
        var known = new Dictionary<double, List<(SampledRun Run, int Row)>>();
        double last = double.NegativeInfinity;
        foreach (SampledRun run in runs.ToArray())
        {
            int before = run.Rows.Count;
            SampledRun? origin = null;
            if (run.First <= last)
            {
                bool parted = false;
                run.Rows.RemoveAll(row =>
                {
                    if (!known.TryGetValue(run.File.Times[row], out List<(SampledRun Run, int Row)>? rows))
                        return false;
                    double distance = double.PositiveInfinity;
                    foreach ((SampledRun other, int otherRow) in rows)
                        if (SampledRun.Distance(other, otherRow, run, row) is var d && d < distance)
                            (distance, origin) = (d, d <= SameDigits ? other : origin);
                    parted |= distance > SameDigits;
                    return distance == 0 || !parted;
                });
            }
            int repeated = before - run.Rows.Count;
            if (repeated == before && origin!.File.RowCount == run.File.RowCount && origin.File.Source != run.File.Source)
                throw new InvalidDataException($"{run.File.Source}: has the same rows of state {state} as {origin.File.Source}: was the same file given twice?");
            if (repeated > 0)
                notes.Add($"{run.File.Source}: {repeated} of its rows of state {state} repeat rows of {(origin!.File == run.File ? "the same file" : origin.File.Source)} "
                    + "(a restart from an older checkpoint?); each counts once, the repetition was left out");
            if (run.Rows.Count == 0)
            {
                runs.Remove(run);
                continue;
            }
            foreach (int row in run.Rows)
            {
                if (!known.TryGetValue(run.File.Times[row], out List<(SampledRun Run, int Row)>? rows))
                    known[run.File.Times[row]] = rows = [];
                rows.Add((run, row));
            }
            last = Math.Max(last, run.Last);
        }
    }
}
