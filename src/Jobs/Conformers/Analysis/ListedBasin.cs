using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>State vectors that are listed as one basin.</summary>
/// <param name="Codes">The vectors; that of the minimum is one of them.</param>
/// <param name="Minimum">Its representative: the lowest minimum that is known to lie in it; without any, the lowest point found.</param>
internal sealed record ListedBasin(IReadOnlyList<string> Codes, BasinMinimum Minimum)
{
    /// <summary>The basins that minima stand for. One that no minimum lies in, a few samples on a saddle, is none: it belongs to the basin
    /// that its lowest sample's way down leads to. But states that are surely populated are a basin, with or without a minimum.</summary>
    /// <param name="codes">The vectors to list.</param>
    /// <param name="minima">For each of them those reached from its samples, at least one.</param>
    /// <param name="shoulder">The representative of the n-th vector, in which no minimum lies; null where it is no basin.</param>
    public static ListedBasin[] Of(IReadOnlyList<string> codes, IReadOnlyList<BasinMinimum[]> minima, Func<int, BasinMinimum?> shoulder)
    {
        Dictionary<string, BasinMinimum> lowest = minima.SelectMany(m => m).GroupBy(m => m.Code)
            .ToDictionary(g => g.Key, g => g.MinBy(m => m.Energy)!);
        for (int b = 0; b < codes.Count; b++)
            if (!lowest.ContainsKey(codes[b]) && shoulder(b) is { } representative)
                lowest.Add(codes[b], representative);
        return [.. Enumerable.Range(0, codes.Count)
            .GroupBy(b => lowest.ContainsKey(codes[b]) ? codes[b] : minima[b].MinBy(m => m.Energy)!.Code)
            .Select(g => new ListedBasin([.. g.Select(b => codes[b]).Append(g.Key).Distinct()], lowest[g.Key]))];
    }

    /// <summary>Makes one of those whose minima are nearer than a threshold; the lower minimum stays.</summary>
    /// <param name="basins">All.</param>
    /// <param name="rmsd">The distance.</param>
    /// <param name="threshold">nm.</param>
    public static ListedBasin[] Merge(ListedBasin[] basins, HeavyAtomRmsd rmsd, double threshold)
    {
        int[] kept = ConformerPruning.Representatives(rmsd, [.. basins.Select(b => b.Minimum.Positions)],
            [.. basins.Select(b => b.Minimum.Energy)], threshold);
        return [.. Enumerable.Range(0, basins.Length).GroupBy(b => kept[b])
            .Select(g => basins[g.Key] with { Codes = [.. g.SelectMany(b => basins[b].Codes)] })];
    }
}
