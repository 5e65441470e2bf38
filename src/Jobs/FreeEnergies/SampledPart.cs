using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>
/// The part of a path that was sampled: from the first state with samples to the last. Files often list states that nobody ran, such as the
/// next leg of a path; reweighting reaches them with any number and a small error, so they are no part of a result. A state without samples
/// in between stays if every row is known there: it is held from both sides.
/// </summary>
internal static class SampledPart
{
    /// <summary>Leaves out columns; the rows are all kept.</summary>
    /// <param name="data">At least one state has samples.</param>
    public static AlchemicalData Of(AlchemicalData data)
    {
        int count = data.States.Count, total = data.RowCount;
        int first = Enumerable.Range(0, count).First(k => data.Counts[k] > 0), last = Enumerable.Range(0, count).Last(k =>
            data.Counts[k] > 0);
        bool IsKnown(int state) => data.ReducedPotentials is not { } u || !u.AsSpan(state * total, total).Contains(double.NaN);
        int[] outside = [.. Enumerable.Range(0, count).Where(k => k < first || k > last)],
            holes = [.. Enumerable.Range(first, last - first + 1).Where(k => data.Counts[k] == 0 && !IsKnown(k))];
        if (outside.Length + holes.Length == 0)
            return data;
        int[] kept = [.. Enumerable.Range(0, count).Except(outside).Except(holes)];
        var number = new int[count];
        for (int k = 0; k < kept.Length; k++)
            number[kept[k]] = k;
        var notes = new List<string>(data.Notes);
        if (outside.Length > 0)
            notes.Add($"{Named(data, outside)}, at an end of the path, {(outside.Length == 1 ? "has" : "have")} no samples and {(outside.Length == 1 ? "is" : "are")} left out: "
                + (first == last ? $"only state {data.States[first]} has samples"
                    : $"the result is from {data.States[first]} to {data.States[last]}"));
        if (holes.Length > 0)
            notes.Add($"{Named(data, holes)} {(holes.Length == 1 ? "has" : "have")} no samples and {(holes.Length == 1 ? "is" : "are")} known to some rows only: left out");
        double[]? potentials = data.ReducedPotentials is null ? null : new double[(long)kept.Length * total];
        for (int k = 0; potentials is not null && k < kept.Length; k++)
            data.ReducedPotentials.AsSpan(kept[k] * total, total).CopyTo(potentials.AsSpan(k * total));
        return data.With([.. kept.Select(k => data.States[k])], potentials, [.. kept.Select(k => data.Counts[k])],
            [.. data.Blocks.Select(b => b with { State = number[b.State] })], notes);
    }

    private static string Named(AlchemicalData data, int[] states) => states.Length == 1 ? $"state {data.States[states[0]]}"
        : states.Length <= 4 ? $"states {string.Join(", ", states.Select(k => data.States[k]))}"
            : $"{states.Length} states ({data.States[states[0]]} ... {data.States[states[^1]]})";
}
