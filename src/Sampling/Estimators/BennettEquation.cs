namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The root d of sum_F f(M + w_F - d) = sum_R f(w_R + d - M), f(x) = 1/(1 + exp(x)) (C. H. Bennett, J. Comput. Phys. 22 (1976) 245), in log
/// space, where no side underflows. A number wherever it can be had, also where samples share nothing: <see cref="Bar"/> says whether to
/// believe it.
/// </summary>
internal static class BennettEquation
{
    private const int MostEvaluations = 500;

    /// <summary>d, for works that all count alike.</summary>
    /// <param name="forward">[n_F] w_F, kT; +infinity shares nothing.</param>
    /// <param name="reverse">[n_R] w_R, kT.</param>
    /// <param name="ratio">M; ln(n_F/n_R) for the estimator of least variance.</param>
    /// <param name="tolerance">Of the last step but one, kT.</param>
    /// <returns>kT; NaN if a side has no finite work.</returns>
    public static double Root(ReadOnlySpan<double> forward, ReadOnlySpan<double> reverse, double ratio, double tolerance)
    {
        WorkSide one = new(forward, [], 1), other = new(reverse, [], 1);
        return double.IsFinite(one.Smallest) && double.IsFinite(other.Smallest) ? Root(one, other, ratio, tolerance, out double centre,
            out _) + centre : double.NaN;
    }

    /// <summary>
    /// d - centre. Works may sit on a constant of 1e5 kT, where their last digit is 1e-11: the root is found among the small numbers that
    /// are left after an exact subtraction. Newton's method in a bracket, which is halved where Newton creeps.
    /// </summary>
    /// <param name="forward">With a finite work.</param>
    /// <param name="reverse">With a finite work.</param>
    /// <param name="ratio">M.</param>
    /// <param name="tolerance">Of the last step but one, kT.</param>
    /// <param name="centre">Between the ends that meet, kT.</param>
    /// <param name="evaluations">Of the equation.</param>
    public static double Root(WorkSide forward, WorkSide reverse, double ratio, double tolerance, out double centre, out int evaluations)
    {
        (centre, evaluations) = (0.5 * (forward.Smallest - reverse.Smallest), 0);
        double t = 0, low = double.NegativeInfinity, high = double.PositiveInfinity, g = Equation(forward, reverse, centre, ratio, t,
            out double slope), stride = Math.Max(1, Math.Abs(g));
        // g increases, and at least like |t| far out
        while (g != 0 && (double.IsInfinity(low) || double.IsInfinity(high)) && ++evaluations < MostEvaluations)
        {
            (low, high) = g < 0 ? (t, high) : (low, t);
            if (double.IsFinite(low) && double.IsFinite(high))
                break;
            t += g < 0 ? stride : -stride;
            stride *= 2;
            g = Equation(forward, reverse, centre, ratio, t, out slope);
        }
        while (g != 0 && ++evaluations < MostEvaluations)
        {
            double newton = t - g / slope, last = Math.Abs(g);
            if (Math.Abs(newton - t) <= tolerance || high - low <= 4 * (Math.BitIncrement(Math.Abs(t)) - Math.Abs(t)))
                return Math.Abs(newton - t) <= tolerance ? newton : t;
            t = newton > low && newton < high ? newton : low + 0.5 * (high - low);
            g = Equation(forward, reverse, centre, ratio, t, out slope);
            (low, high) = g < 0 ? (t, high) : (low, t);
            if (Math.Abs(g) > 0.5 * last)
            {
                t = low + 0.5 * (high - low);
                g = Equation(forward, reverse, centre, ratio, t, out slope);
                (low, high) = g < 0 ? (t, high) : (low, t);
                evaluations++;
            }
        }
        return t;
    }

    /// <summary>Whether the equation was not solved.</summary>
    public static bool GaveUp(int evaluations) => evaluations >= MostEvaluations;

    /// <summary>ln sum_F f - ln sum_R f and its derivative at d = centre + t.</summary>
    private static double Equation(WorkSide forward, WorkSide reverse, double centre, double ratio, double t, out double slope)
    {
        (double logForward, double forwardSlope) = forward.LogSum(-centre, ratio - t);
        (double logReverse, double reverseSlope) = reverse.LogSum(centre, t - ratio);
        slope = forwardSlope + reverseSlope; // 0 .. 2
        return logForward - logReverse;
    }
}
