using System.Globalization;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>Which basins have their representative in conformers.sdf, and what is said about the others. Populations are always those of
/// the whole ensemble.</summary>
/// <param name="Written">Indices of basins, by falling population.</param>
/// <param name="Note">What was left out, with its population; null if nothing was.</param>
internal sealed record ConformerSelection(IReadOnlyList<int> Written, string? Note)
{
    /// <summary>First the energy window, then the number.</summary>
    public static ConformerSelection Of(IReadOnlyList<Basin> basins, ConformerOptions options)
    {
        if (basins.Count == 0)
            return new([], null);
        double highest = basins.Min(b => b.RepresentativeEnergy) + (options.EnergyWindow ?? double.PositiveInfinity);
        int[] inside = [.. Enumerable.Range(0, basins.Count).Where(b => basins[b].RepresentativeEnergy <= highest)];
        int[] written = [.. inside.Take(options.NumConformers ?? inside.Length)];
        int above = basins.Count - inside.Length, beyond = inside.Length - written.Length;
        if (above + beyond == 0)
            return new(written, null);
        string Share(IEnumerable<int> some) => some.Sum(b => basins[b].Population).ToString("p2", CultureInfo.InvariantCulture);
        var reasons = new List<string>();
        if (above > 0)
            reasons.Add(string.Create(CultureInfo.InvariantCulture,
                $"{above} more than {options.EnergyWindow} kJ/mol above the lowest minimum ({Share(Enumerable.Range(0, basins.Count).Except(inside))} of the population)"));
        if (beyond > 0)
            reasons.Add($"{beyond} less populated than those ({Share(inside.Skip(written.Length))})");
        return new(written, $"conformers.sdf has {written.Length} of {basins.Count} conformers; left out: {string.Join(", ", reasons)}");
    }
}
