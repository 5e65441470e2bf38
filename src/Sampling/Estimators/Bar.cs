using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The Bennett acceptance ratio (C. H. Bennett, J. Comput. Phys. 22 (1976) 245), as maximum likelihood (M. R. Shirts, E. Bair, G. Hooker,
/// V. S. Pande, Phys. Rev. Lett. 91 (2003) 140601, eq. 6-8). With w_F = u_1 - u_0 on samples of state 0, w_R = u_0 - u_1 on samples of
/// state 1 (or works of switching), M = ln(n_F/n_R) and f(x) = 1/(1 + exp(x)), d = f_1 - f_0 is the root of sum_F f(M + w_F - d) = sum_R
/// f(-M + w_R + d). All in kT. Counts are of independent samples: n/g, or sums of weights. A work of +infinity is legal on either side (a
/// hard clash): it counts as a sample and shares nothing.
/// </summary>
public sealed class Bar
{
    // An asymptotic error of 10 kT: 1/100 of a sample is shared, less than any two samples of equal states share (1/2). Such an answer is
    // made by the tail of one Fermi function.
    private const double LargestVariance = 100;
    private const double LargestRounding = 1e-4; // kT

    private Bar(FreeEnergyDifference difference, double sharedSamples, double overlap, double bennettError, double scoreVariance,
        int evaluations) =>
        (Difference, SharedSamples, Overlap, BennettStandardError, ScoreVariance, Evaluations) = (difference, sharedSamples, overlap,
            bennettError, scoreVariance, evaluations);

    /// <summary>
    /// d = f_1 - f_0, kT. The standard error is the asymptotic one of MBAR, sqrt(1/I - 1/n_F - 1/n_R) with I = <see cref="SharedSamples"/>
    /// (M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129 (2008) 124105, eq. E9), in the form sqrt(((1 - cS)^2 + cV)/I), c = 1/n_F + 1/n_R, S
    /// = sum f, V = sum (f - mean f)^2, where nothing cancels. At poor overlap it errs on the large side, Bennett's on the small.
    /// </summary>
    public FreeEnergyDifference Difference { get; }

    /// <summary>To be looked at first. <see cref="EstimatorStatus.NoOverlap"/> where the asymptotic error is above 10 kT or works
    /// contradict the second law, <see cref="EstimatorStatus.IllConditioned"/> where works are so large that they are rounded by more than
    /// 1e-4 kT.</summary>
    public EstimatorStatus Status => Difference.Status;

    /// <summary>I = sum f (1 - f) over both sides: how many samples could have come from either state, the Fisher information about
    /// d.</summary>
    public double SharedSamples { get; }

    /// <summary>0 (none) .. 1 (the states are the same): I (1/n_F + 1/n_R), which is 1 minus the second eigenvalue of MBAR's overlap matrix
    /// of the two states.</summary>
    public double Overlap { get; }

    /// <summary>Bennett's own asymptotic error, kT: sqrt((&lt;f^2&gt;_F/&lt;f&gt;_F^2 - 1)/n_F + (&lt;f^2&gt;_R/&lt;f&gt;_R^2 - 1)/n_R)
    /// (eq. 10a), written with squared deviations. NaN
    /// without overlap.</summary>
    public double BennettStandardError { get; }

    /// <summary>How often the equation was evaluated.</summary>
    public int Evaluations { get; }

    /// <summary>V = sum (f - mean f)^2 over both sides: V/I^2 is the variance that goes with covariances of d and other averages.</summary>
    internal double ScoreVariance { get; }

    /// <summary>No answer, since works of a side were never evaluated.</summary>
    /// <param name="reason">One sentence.</param>
    internal static Bar Missing(string reason) => Failed(EstimatorStatus.MissingEnergies, reason, 0);

    /// <summary>Solves for samples that all count alike.</summary>
    /// <param name="forward">[n_F] w_F, kT.</param>
    /// <param name="reverse">[n_R] w_R, kT; any other number.</param>
    /// <param name="forwardInefficiency">g_F: n_F/g_F samples are independent. It changes the weight of the two sides, so also the
    /// value.</param>
    /// <param name="reverseInefficiency">g_R.</param>
    /// <exception cref="ArgumentException">No works on a side, one that is NaN or -infinity (array and index are named), or an inefficiency
    /// below 1.</exception>
    public static Bar Solve(ReadOnlySpan<double> forward, ReadOnlySpan<double> reverse, double forwardInefficiency = 1,
        double reverseInefficiency = 1)
    {
        WorkData.Check(forward, nameof(forward), infinityAllowed: true);
        WorkData.Check(reverse, nameof(reverse), infinityAllowed: true);
        WorkData.CheckInefficiency(forwardInefficiency, nameof(forwardInefficiency));
        WorkData.CheckInefficiency(reverseInefficiency, nameof(reverseInefficiency));
        return Solve(new WorkSide(forward, [], 1 / forwardInefficiency), new WorkSide(reverse, [], 1 / reverseInefficiency));
    }

    /// <summary>Solves for samples with a weight each: sample i counts as a_i independent ones (a_i = 1/g, or the number of times it was
    /// drawn).</summary>
    /// <param name="forward">[n_F] w_F, kT.</param>
    /// <param name="forwardWeights">[n_F] a_i, not negative, not all zero. They are counts: the error is that of sum a_i samples.</param>
    /// <param name="reverse">[n_R] w_R, kT.</param>
    /// <param name="reverseWeights">[n_R].</param>
    /// <exception cref="ArgumentException">Works as in <see cref="Solve(ReadOnlySpan{double}, ReadOnlySpan{double}, double, double)"/>;
    /// weights of another number, negative or not finite
    /// (array and index are named), or all zero.</exception>
    public static Bar SolveWeighted(ReadOnlySpan<double> forward, ReadOnlySpan<double> forwardWeights, ReadOnlySpan<double> reverse,
        ReadOnlySpan<double> reverseWeights)
    {
        WorkData.Check(forward, nameof(forward), infinityAllowed: true);
        WorkData.Check(reverse, nameof(reverse), infinityAllowed: true);
        CheckWeights(forwardWeights, forward.Length, nameof(forwardWeights));
        CheckWeights(reverseWeights, reverse.Length, nameof(reverseWeights));
        return Solve(new WorkSide(forward, forwardWeights, 1), new WorkSide(reverse, reverseWeights, 1));
    }

    /// <summary>
    /// The error by resampling both sides on their own: round(n/g) samples are drawn with replacement from each side, so that the spread is
    /// that of independent samples, and the equation is solved again.
    /// </summary>
    /// <param name="forward">[n_F] w_F, kT.</param>
    /// <param name="reverse">[n_R] w_R, kT.</param>
    /// <param name="replicates">At least 2; 200 give the error to 5 %.</param>
    /// <param name="random">Replicate b depends on (random, b) alone.</param>
    /// <param name="forwardInefficiency">g_F.</param>
    /// <param name="reverseInefficiency">g_R.</param>
    /// <returns>The estimate of all samples with the standard deviation of the replicates, and the replicates.
    /// <see cref="EstimatorStatus.NoOverlap"/> if a replicate has none: their spread
    /// is then not finite.</returns>
    /// <exception cref="ArgumentException">As in <see cref="Solve(ReadOnlySpan{double}, ReadOnlySpan{double}, double, double)"/>; fewer
    /// than two replicates.</exception>
    public static BarBootstrap Bootstrap(ReadOnlySpan<double> forward, ReadOnlySpan<double> reverse, int replicates, RandomSource random,
        double forwardInefficiency = 1,
        double reverseInefficiency = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 2);
        ArgumentNullException.ThrowIfNull(random);
        Bar all = Solve(forward, reverse, forwardInefficiency, reverseInefficiency);
        if (all.Status != EstimatorStatus.Converged)
            return new(all.Difference, []);
        double[] values = new double[replicates], forwardCounts = new double[forward.Length], reverseCounts = new double[reverse.Length];
        for (int b = 0; b < replicates; b++)
        {
            RandomSource stream = random.Split(b);
            Resample(forwardCounts, forward.Length / forwardInefficiency, stream);
            Resample(reverseCounts, reverse.Length / reverseInefficiency, stream);
            Bar one = Solve(new WorkSide(forward, forwardCounts, 1), new WorkSide(reverse, reverseCounts, 1));
            if (one.Status != EstimatorStatus.Converged)
                return new(FreeEnergyDifference.Failed(one.Status,
                    $"Bootstrap replicate {b} has no answer, so their spread is not determined. {one.Difference.Reason}"), values[..b]);
            values[b] = one.Difference.Value;
        }
        (_, double squares) = WorkData.Moments(values);
        return new(FreeEnergyDifference.Of(all.Difference.Value, Math.Sqrt(squares / (replicates - 1.0))), values);
    }

    private static Bar Solve(WorkSide forward, WorkSide reverse)
    {
        if (double.IsPositiveInfinity(forward.Smallest) || double.IsPositiveInfinity(reverse.Smallest))
            return Failed(EstimatorStatus.NoOverlap,
                $"All {(double.IsPositiveInfinity(forward.Smallest) ? "forward" : "reverse")} works are infinite.", 0);

        double ratio = Math.Log(forward.Count / reverse.Count);
        // Newton's next step from 1e-9 would be 1e-18
        double t = BennettEquation.Root(forward, reverse, ratio, 1e-9, out double centre, out int evaluations);
        if (BennettEquation.GaveUp(evaluations))
            return Failed(EstimatorStatus.MaxIterations, $"The equation was not solved in {evaluations} evaluations.", evaluations);

        (double forwardSum, double forwardSquares, double forwardShared) = forward.Fermi(-centre, ratio - t);
        (double reverseSum, double reverseSquares, double reverseShared) = reverse.Fermi(centre, t - ratio);
        double value = centre + t, c = 1 / forward.Count + 1 / reverse.Count, sum = 0.5 * (forwardSum + reverseSum), shared = forwardShared
            + reverseShared;
        double squaresOfBoth = forwardSquares + reverseSquares, variance = ((1 - c * sum) * (1 - c * sum) + c * squaresOfBoth) / shared;
        double rounding = Math.BitIncrement(Math.Abs(value)) - Math.Abs(value);
        bool contradiction = Contradict(forward, reverse);
        FreeEnergyDifference difference = contradiction || !(variance <= LargestVariance)
            ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, contradiction
                ? "Forward and reverse works contradict each other (works sum to less than zero, against the second law): a sign is wrong or the samples are swapped."
                : string.Create(CultureInfo.InvariantCulture,
                    $"Forward and reverse share {shared:g3} samples: the asymptotic error is above {Math.Sqrt(LargestVariance):g3} kT."))
            : rounding > LargestRounding
                ? FreeEnergyDifference.Failed(EstimatorStatus.IllConditioned, string.Create(CultureInfo.InvariantCulture,
                    $"Works near {value:g3} kT are rounded to {rounding:g2} kT: subtract a constant before they are stored."))
                : FreeEnergyDifference.Of(value, Math.Sqrt(variance));
        return new(difference, shared, c * shared, sum > 0 ? Math.Sqrt(squaresOfBoth) / sum : double.NaN, squaresOfBoth, evaluations);
    }

    /// <summary>
    /// &lt;w_F&gt; + &lt;w_R&gt; is never negative. Below -1 kT by more than five errors, only data can be that are not of this kind, and
    /// the root they have can look precise (smaller violations: <see cref="EnsembleValidation"/>).
    /// </summary>
    private static bool Contradict(WorkSide forward, WorkSide reverse)
    {
        (double a, double varianceA) = forward.Mean();
        (double b, double varianceB) = reverse.Mean();
        return a + b + 5 * Math.Sqrt(varianceA + varianceB) < -1;
    }

    private static Bar Failed(EstimatorStatus status, string reason, int evaluations) => new(FreeEnergyDifference.Failed(status, reason), 0,
        0, double.NaN, double.NaN, evaluations);

    private static void CheckWeights(ReadOnlySpan<double> weights, int samples, string name)
    {
        if (weights.Length != samples)
            throw new ArgumentException($"{samples} works have {weights.Length} {name}.", name);
        double sum = 0;
        for (int i = 0; i < samples; i++)
        {
            if (!(weights[i] >= 0) || !double.IsFinite(weights[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Weight {i} of {name} is {weights[i]}."), name);
            sum += weights[i];
        }
        if (!(sum > 0) || !double.IsFinite(sum))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The sum of {name} is {sum}."), name);
    }

    /// <summary>Draws round(independent) samples; each counts so that all together count as before.</summary>
    private static void Resample(double[] counts, double independent, RandomSource random)
    {
        Array.Clear(counts);
        int draws = Math.Max(1, (int)Math.Round(independent));
        for (int i = 0; i < draws; i++)
            counts[random.NextInt(counts.Length)] += independent / draws;
    }

    /// <summary>f(x) and 1 - f(x), each to full relative precision.</summary>
    internal static (double F, double Complement) Occupation(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x > 0 ? (e / (1 + e), 1 / (1 + e)) : (1 / (1 + e), e / (1 + e));
    }
}

/// <summary>A free energy difference whose error comes from resampling.</summary>
/// <param name="Difference">kT.</param>
/// <param name="Values">[B] of the replicates, kT; those before the first failure if there was one.</param>
public sealed record BarBootstrap(FreeEnergyDifference Difference, double[] Values);
