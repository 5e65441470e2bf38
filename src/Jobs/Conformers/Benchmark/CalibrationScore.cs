using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>What numbers say of a standard of calibration.</summary>
internal enum CalibrationVerdict
{
    /// <summary>All figures keep to it.</summary>
    Meets,

    /// <summary>A figure does not, by no more than its noise.</summary>
    Open,

    /// <summary>A figure contradicts it: by chance in one of a hundred cases at most, for each of the four figures.</summary>
    Misses,
}

/// <summary>
/// Whether quoted errors are what they say: z = (printed - reference) / error of the difference over basins, molecules and independent
/// seeds. The standard: at least 90 % of z within two and 99 % within three, no bias above 0.2. Errors of the figures count runs as
/// independent (basins of one run are not: they sum to one).
/// </summary>
/// <param name="Points">How many populations.</param>
/// <param name="WithinTwo">Share of |z| below 2.</param>
/// <param name="WithinThree">Share of |z| below 3.</param>
/// <param name="MeanZ">Basins of one molecule cancel in it.</param>
/// <param name="BasinBias">Root mean square over basins of each basin's own mean z, the noise of finitely many seeds and of the reference
/// taken off: what does not cancel.</param>
/// <param name="RmsZ">1 where errors are right; above where they are too small.</param>
/// <param name="NotListed">Points whose basin the run does not list.</param>
/// <param name="Verdict">On the standard.</param>
internal sealed record CalibrationScore(int Points, Estimate WithinTwo, Estimate WithinThree, Estimate MeanZ, Estimate BasinBias,
    double RmsZ, int NotListed, CalibrationVerdict Verdict)
{
    private const double LeastWithinTwo = 0.90, LeastWithinThree = 0.99, LargestBias = 0.2;
    private const double Quantile = 2.3263; // of the normal law at 99 %

    /// <summary>Scores.</summary>
    /// <param name="points">Of runs that call themselves converged.</param>
    public static CalibrationScore Of(IReadOnlyList<CalibrationPoint> points)
    {
        if (points.Count == 0)
            return new(0, None, None, None, None, double.NaN, 0, CalibrationVerdict.Open);
        double[][] runs = [.. points.GroupBy(p => (p.Molecule, p.Seed)).Select(g => g.Select(p => p.Z).ToArray())];
        double[] sizes = [.. runs.Select(r => (double)r.Length)];
        Estimate Mean(Func<double, double> value) => Jackknife.Ratio([.. runs.Select(r => r.Sum(value))], sizes);
        Estimate two = Mean(z => Math.Abs(z) < 2 ? 1 : 0), three = Mean(z => Math.Abs(z) < 3 ? 1 : 0), mean = Mean(z => z);
        // the reference's error is the same in all seeds of a basin
        double shared = points.GroupBy(p => (p.Molecule, p.Basin)).Sum(b => Math.Pow(b.Sum(p => Math.Sqrt(p.ReferenceShare))
            / points.Count, 2));
        mean = mean with { StandardError = Math.Sqrt(mean.StandardError * mean.StandardError + shared) };
        ulong[] seeds = [.. points.Select(p => p.Seed).Distinct()];
        Estimate squared = SquaredBias(points, seeds);

        double ofRuns = Critical(runs.Length - 1), ofSeeds = Critical(seeds.Length - 1);
        bool misses = LeastWithinTwo - two.Value > ofRuns * two.StandardError && two.Value < LeastWithinTwo
            || LeastWithinThree - three.Value > ofRuns * three.StandardError && three.Value < LeastWithinThree
            || Math.Abs(mean.Value) - LargestBias > ofRuns * mean.StandardError
            || squared.Value - LargestBias * LargestBias > ofSeeds * squared.StandardError;
        double bias = Math.Sqrt(Math.Max(0, squared.Value)), ofBias = 0.5 * squared.StandardError / Math.Max(bias,
            Math.Sqrt(squared.StandardError));
        bool meets = two.Value >= LeastWithinTwo && three.Value >= LeastWithinThree && Math.Abs(mean.Value) <= LargestBias
            && !(bias > LargestBias);
        return new(points.Count, two, three, mean, new(bias, ofBias), Math.Sqrt(points.Average(p => p.Z * p.Z)),
            points.Count(p => !p.IsListed),
            misses ? CalibrationVerdict.Misses : meets ? CalibrationVerdict.Meets : CalibrationVerdict.Open);
    }

    private static Estimate None { get; } = new(double.NaN, double.NaN);

    /// <summary>The mean over basins of the squared mean z, without noise: pairs of unlike seeds only, less what the reference's own error
    /// gives. NaN with one seed; its error by leaving out a seed at a time.</summary>
    private static Estimate SquaredBias(IReadOnlyList<CalibrationPoint> points, ulong[] seeds)
    {
        double Without(ulong? left)
        {
            double[] squares = [.. points.Where(p => p.Seed != left).GroupBy(p => (p.Molecule, p.Basin)).Where(b => b.Count() > 1)
                .Select(b =>
            {
                double n = b.Count(), sum = b.Sum(p => p.Z), own = b.Sum(p => p.Z * p.Z);
                return (sum * sum - own) / (n * (n - 1)) - b.Average(p => p.ReferenceShare);
            })];
            return squares.Length == 0 ? double.NaN : squares.Average();
        }
        if (seeds.Length < 2)
            return None;
        double[] values = [.. seeds.Select(s => Without(s))];
        double mean = values.Average();
        return new(Without(null), Math.Sqrt((seeds.Length - 1.0) / seeds.Length * values.Sum(v => (v - mean) * (v - mean))));
    }

    /// <summary>Student's quantile at 99 % by Cornish and Fisher's expansion, M. Abramowitz, I. A. Stegun (1964) 26.7.5; infinite without
    /// freedom.</summary>
    private static double Critical(int freedom)
    {
        if (freedom < 1)
            return double.PositiveInfinity;
        const double x = Quantile;
        double x3 = x * x * x, x5 = x3 * x * x;
        return x + (x3 + x) / (4 * freedom) + (5 * x5 + 16 * x3 + 3 * x) / (96.0 * freedom * freedom);
    }
}
