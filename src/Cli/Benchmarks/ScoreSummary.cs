using System.Globalization;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Mean and median of a figure over molecules. Those that have none (NaN: nothing was made, a method without a density) are left
/// out.</summary>
internal static class ScoreSummary
{
    /// <summary>NaN where no molecule has the figure.</summary>
    public static double Mean<T>(IEnumerable<T> scores, Func<T, double> value) => Defined(scores, value) is { Length: > 0 } v ? v.Average()
        : double.NaN;

    /// <summary>NaN where no molecule has the figure.</summary>
    public static double Median<T>(IEnumerable<T> scores, Func<T, double> value) => Defined(scores, value) is { Length: > 0 } v
        ? 0.5 * (v[(v.Length - 1) / 2] + v[v.Length / 2]) : double.NaN;

    /// <summary>"mean / median" for a table; empty where no molecule has the figure.</summary>
    public static string Both<T>(IReadOnlyCollection<T> scores, Func<T, double> value, string format) =>
        double.IsNaN(Mean(scores, value)) ? ""
            : $"{Mean(scores, value).ToString(format, CultureInfo.InvariantCulture)} / {Median(scores, value).ToString(format, CultureInfo.InvariantCulture)}";

    private static double[] Defined<T>(IEnumerable<T> scores, Func<T, double> value) =>
        [.. scores.Select(value).Where(v => !double.IsNaN(v)).Order()];
}
