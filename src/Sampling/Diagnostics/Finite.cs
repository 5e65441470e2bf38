namespace MolSampling.Sampling.Diagnostics;

/// <summary>What every diagnostic asks of its input: a NaN in a series would make comparisons false and pass for good news.</summary>
internal static class Finite
{
    /// <exception cref="ArgumentException">A value is NaN or infinite; the message names its index.</exception>
    public static void Require(ReadOnlySpan<double> values, string name)
    {
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"{name}[{i}] is {values[i]}: every value must be finite.", name);
    }

    /// <inheritdoc cref="Require(ReadOnlySpan{double}, string)"/>
    public static void Require(IReadOnlyList<double[]> chains, string name)
    {
        for (int c = 0; c < chains.Count; c++)
            Require(chains[c], $"{name}[{c}]");
    }
}
