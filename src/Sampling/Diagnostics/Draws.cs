namespace MolSampling.Sampling.Diagnostics;

/// <summary>A sample of a law: points, which may have weights and may be worth fewer independent draws than there are.</summary>
public sealed class Draws
{
    /// <summary>Takes points.</summary>
    /// <param name="values">[S, D], a point's components side by side; angles in radians.</param>
    /// <param name="dimension">D.</param>
    /// <param name="weights">[S], not negative, in any scale; null for equal ones.</param>
    /// <param name="effectiveSize">Independent draws they are worth, at most S: of a chain S/g. null for Kish's size of the
    /// weights.</param>
    /// <exception cref="ArgumentException">A value is not finite, a weight negative or not finite, all weights zero, no points, lengths
    /// that do not fit, or an effective size outside (0, S].</exception>
    public Draws(double[] values, int dimension = 1, double[]? weights = null, double? effectiveSize = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        Finite.Require(values, nameof(values));
        if (values.Length == 0 || values.Length % dimension != 0)
            throw new ArgumentException($"{values.Length} numbers are no points of {dimension} components.", nameof(values));
        Values = values;
        Dimension = dimension;
        double size = Count;
        if (weights is not null)
        {
            if (weights.Length != Count)
                throw new ArgumentException($"{Count} points have {weights.Length} weights.", nameof(weights));
            Finite.Require(weights, nameof(weights));
            int negative = Array.FindIndex(weights, w => w < 0);
            if (negative >= 0)
                throw new ArgumentException($"weights[{negative}] is {weights[negative]}: weights are not negative.", nameof(weights));
            double largest = weights.Max();
            if (largest == 0)
                throw new ArgumentException("All weights are zero.", nameof(weights));
            double sum = weights.Sum(w => w / largest);
            Weights = Array.ConvertAll(weights, w => w / largest / sum);
            size = 1 / Weights.Sum(w => w * w);
        }
        if (effectiveSize is double given && !(given > 0 && given <= Count))
            throw new ArgumentException($"{Count} points are worth between 0 and {Count} independent draws, not {given}.",
                nameof(effectiveSize));
        EffectiveSize = effectiveSize ?? size;
    }

    /// <summary>[S, D].</summary>
    public double[] Values { get; }

    /// <summary>D, the components of a point.</summary>
    public int Dimension { get; }

    /// <summary>S, the number of points.</summary>
    public int Count => Values.Length / Dimension;

    /// <summary>[S] weights that sum to one; null for equal ones.</summary>
    public double[]? Weights { get; }

    /// <summary>Independent draws they are worth.</summary>
    public double EffectiveSize { get; }

    /// <summary>Share of a point.</summary>
    public double Mass(int point) => Weights?[point] ?? 1.0 / Count;

    internal int IndependentDraws => Math.Max(1, (int)Math.Round(EffectiveSize));

    internal static void RequireSameDimension(Draws first, Draws second, int dimension)
    {
        if (first.Dimension != dimension || second.Dimension != dimension)
            throw new ArgumentException($"Points of {dimension} components are compared, not of {first.Dimension} and {second.Dimension}.",
                first.Dimension != dimension ? nameof(first) : nameof(second));
    }
}
