namespace MolSampling.Sampling.Estimators;

/// <summary>What the two-state estimators ask of their input, once for all of them.</summary>
internal static class WorkData
{
    /// <summary>Works or energy differences: +infinity is legal where the formula gives such a sample weight zero (a hard clash), NaN and
    /// -infinity never are.</summary>
    public static void Check(ReadOnlySpan<double> works, string name, bool infinityAllowed)
    {
        if (works.IsEmpty)
            throw new ArgumentException($"There are no {name}.", name);
        for (int i = 0; i < works.Length; i++)
            if (!double.IsFinite(works[i]) && !(infinityAllowed && double.IsPositiveInfinity(works[i])))
                throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"Sample {i} of {name} is {works[i]}."), name);
    }

    /// <summary>The statistical inefficiency g is at least one: samples are never better than independent.</summary>
    public static void CheckInefficiency(double g, string name)
    {
        if (!(g >= 1) || !double.IsFinite(g))
            throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"The statistical inefficiency {name} is {g}; it is finite and at least 1."), name);
    }

    /// <summary>Mean and sum of squared deviations, in two passes (works may sit on a large constant).</summary>
    public static (double Mean, double Squares) Moments(ReadOnlySpan<double> values)
    {
        double first = values[0], sum = 0, squares = 0;
        foreach (double value in values)
            sum += value - first;
        double mean = first + sum / values.Length;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return (mean, squares);
    }

    /// <summary>The mean with its standard error sqrt(s^2 g / n), s^2 with n - 1; NaN for a single value.</summary>
    public static Estimate Mean(ReadOnlySpan<double> values, double inefficiency)
    {
        (double mean, double squares) = Moments(values);
        return new(mean, values.Length < 2 ? double.NaN : Math.Sqrt(squares / (values.Length - 1.0) * inefficiency / values.Length));
    }
}
