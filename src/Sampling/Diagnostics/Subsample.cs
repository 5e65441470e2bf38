namespace MolSampling.Sampling.Diagnostics;

/// <summary>Which draws of a correlated series to keep so that they are about independent, one in g. J. D. Chodera et al., J. Chem. Theory
/// Comput. 3 (2007) 26.</summary>
public static class Subsample
{
    /// <summary>Ascending indices, without repeats; the first is 0.</summary>
    /// <param name="length">T.</param>
    /// <param name="inefficiency">g >= 1; a smaller one keeps everything.</param>
    /// <param name="conservative">Spacing ceil(g) throughout: fewer draws, none closer than g. Otherwise the n-th draw is at n g, rounded
    /// to the nearest (ties to even), and distances are g on average.</param>
    public static int[] Indices(int length, double inefficiency, bool conservative = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (!(inefficiency > 0) || double.IsInfinity(inefficiency))
            throw new ArgumentException($"A statistical inefficiency is positive and finite, not {inefficiency}.", nameof(inefficiency));
        double spacing = Math.Max(1, conservative ? Math.Ceiling(inefficiency) : inefficiency);
        var kept = new List<int>();
        for (int n = 0; Math.Round(n * spacing) < length; n++)
            kept.Add((int)Math.Round(n * spacing));
        return [.. kept];
    }
}
