namespace MolSampling.Sampling.Estimators;

/// <summary>
/// Works of switching between two states in both directions, kT: their free energy difference and what was dissipated. Crooks' theorem
/// P_F(w)/P_R(-w) = exp(w - d), d = f_1 - f_0 (G. E. Crooks, Phys. Rev. E 60 (1999) 2721), makes BAR the maximum-likelihood estimate; with
/// instantaneous switching works are energy differences and all of this is equilibrium.
/// </summary>
public sealed class NonequilibriumWork
{
    private readonly double[] _forward, _reverse;
    private readonly double _forwardInefficiency, _reverseInefficiency;

    /// <summary>Keeps a copy.</summary>
    /// <param name="forward">[n_F] work done on the system from 0 to 1, kT; +infinity is legal for what averages exponentials.</param>
    /// <param name="reverse">[n_R] work done on the system from 1 to 0, kT.</param>
    /// <param name="forwardInefficiency">g_F: n_F/g_F works are independent.</param>
    /// <param name="reverseInefficiency">g_R.</param>
    /// <exception cref="ArgumentException">No works on a side, one that is NaN or -infinity (array and index are named), or an inefficiency
    /// below 1.</exception>
    public NonequilibriumWork(ReadOnlySpan<double> forward, ReadOnlySpan<double> reverse, double forwardInefficiency = 1,
        double reverseInefficiency = 1)
    {
        WorkData.Check(forward, nameof(forward), infinityAllowed: true);
        WorkData.Check(reverse, nameof(reverse), infinityAllowed: true);
        WorkData.CheckInefficiency(forwardInefficiency, nameof(forwardInefficiency));
        WorkData.CheckInefficiency(reverseInefficiency, nameof(reverseInefficiency));
        (_forward, _reverse, _forwardInefficiency, _reverseInefficiency) = (forward.ToArray(), reverse.ToArray(), forwardInefficiency,
            reverseInefficiency);
    }

    /// <summary>Jarzynski's equality on forward works.</summary>
    public ExponentialAverage JarzynskiForward() => ExponentialAverage.Forward(_forward, _forwardInefficiency);

    /// <summary>Jarzynski's equality on reverse works; the result is f_1 - f_0 still.</summary>
    public ExponentialAverage JarzynskiReverse() => ExponentialAverage.Reverse(_reverse, _reverseInefficiency);

    /// <summary>Both directions by Crooks' theorem: this is BAR.</summary>
    public Bar Crooks() => Bar.Solve(_forward, _reverse, _forwardInefficiency, _reverseInefficiency);

    /// <summary>
    /// Mean works beyond the free energy difference, with d of <see cref="Crooks"/>: &lt;w_F&gt; - d and &lt;w_R&gt; + d, and their sum,
    /// the hysteresis, which needs no d. None is negative beyond its error unless signs or windows are wrong. Errors count that d and mean
    /// works come from the same samples: d responds to a sample as -(f - mean f)/I.
    /// </summary>
    /// <exception cref="ArgumentException">A work is infinite, so its mean is too (array and index are named).</exception>
    /// <exception cref="InvalidOperationException">BAR has no answer: the reason is in the message. <see cref="Hysteresis"/> can still be
    /// had.</exception>
    public Dissipation Dissipation()
    {
        Estimate hysteresis = Hysteresis(), forward = WorkData.Mean(_forward, _forwardInefficiency),
            reverse = WorkData.Mean(_reverse, _reverseInefficiency);
        Bar bar = Crooks();
        double d = bar.Difference.Value,
            ratio = Math.Log(_forward.Length / _forwardInefficiency / (_reverse.Length / _reverseInefficiency));
        double varianceOfD = bar.ScoreVariance / (bar.SharedSamples * bar.SharedSamples);
        double forwardCovariance = Covariance(_forward, forward.Value, ratio - d) / bar.SharedSamples, reverseCovariance =
            -Covariance(_reverse, reverse.Value, d - ratio) / bar.SharedSamples;
        // a variance of a difference, zero but for rounding where all works are equal
        double Error(double variance) => Math.Sqrt(Math.Max(variance, 0));
        return new(
            new(forward.Value - d, Error(forward.StandardError * forward.StandardError + varianceOfD - 2 * forwardCovariance)),
            new(reverse.Value + d, Error(reverse.StandardError * reverse.StandardError + varianceOfD + 2 * reverseCovariance)),
            hysteresis);
    }

    /// <summary>&lt;w_F&gt; + &lt;w_R&gt;, kT: what a cycle there and back dissipates; for instantaneous switching the symmetrised
    /// Kullback-Leibler divergence of the two ensembles. An
    /// error of NaN with a single work on a side.</summary>
    /// <exception cref="ArgumentException">A work is infinite, so its mean is too (array and index are named).</exception>
    public Estimate Hysteresis()
    {
        WorkData.Check(_forward, "forward", infinityAllowed: false);
        WorkData.Check(_reverse, "reverse", infinityAllowed: false);
        Estimate forward = WorkData.Mean(_forward, _forwardInefficiency), reverse = WorkData.Mean(_reverse, _reverseInefficiency);
        return new(forward.Value + reverse.Value, Math.Sqrt(forward.StandardError * forward.StandardError
            + reverse.StandardError * reverse.StandardError));
    }

    /// <summary>
    /// Where Gaussians fitted to P_F(w) and P_R(-w) cross (M. Goette, H. Grubmüller, J. Comput. Chem. 30 (2009) 447): a check of
    /// <see cref="Crooks"/> by eye's measure, exact only for Gaussian works. Of two crossings the one nearer to the middle of the means.
    /// The error is the spread over resampled sides.
    /// </summary>
    /// <param name="replicates">At least 2.</param>
    /// <param name="random">Replicate b depends on (random, b) alone.</param>
    /// <returns><see cref="EstimatorStatus.NoOverlap"/> if the Gaussians of all samples or of a replicate do not cross.</returns>
    /// <exception cref="ArgumentException">A work is infinite (array and index are named), fewer than two replicates or than three works on
    /// a side.</exception>
    public FreeEnergyDifference GaussianCrossing(int replicates, RandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates, 2);
        ArgumentNullException.ThrowIfNull(random);
        WorkData.Check(_forward, "forward", infinityAllowed: false);
        WorkData.Check(_reverse, "reverse", infinityAllowed: false);
        if (_forward.Length < 3 || _reverse.Length < 3)
            throw new ArgumentException($"A Gaussian needs three works on a side, not {_forward.Length} and {_reverse.Length}.");
        double value = Crossing(_forward, _reverse);
        if (double.IsNaN(value))
            return FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap,
                "The Gaussians fitted to the forward and reverse works do not cross.");
        double[] values = new double[replicates], forward = new double[Draws(_forward, _forwardInefficiency)],
            reverse = new double[Draws(_reverse, _reverseInefficiency)];
        for (int b = 0; b < replicates; b++)
        {
            RandomSource stream = random.Split(b);
            Draw(_forward, forward, stream);
            Draw(_reverse, reverse, stream);
            values[b] = Crossing(forward, reverse);
            if (double.IsNaN(values[b]))
                return FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, $"The Gaussians of bootstrap replicate {b} do not cross.");
        }
        return FreeEnergyDifference.Of(value, Math.Sqrt(WorkData.Moments(values).Squares / (replicates - 1.0)));
    }

    private static int Draws(double[] works, double inefficiency) => Math.Max(3, (int)Math.Round(works.Length / inefficiency));

    private static void Draw(double[] from, double[] to, RandomSource random)
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = from[random.NextInt(from.Length)];
    }

    /// <summary>Roots x of (x - a)^2 / A - (x - b)^2 / B = ln(B/A) with y = x - (a + b)/2; NaN if there is none.</summary>
    private static double Crossing(double[] forward, double[] reverse)
    {
        (double a, double squaresA) = WorkData.Moments(forward);
        (double minusB, double squaresB) = WorkData.Moments(reverse);
        double b = -minusB, varianceA = squaresA / (forward.Length - 1.0), varianceB = squaresB / (reverse.Length - 1.0),
            middle = 0.5 * (a + b), half = 0.5 * (a - b);
        if (varianceA == 0 || varianceB == 0)
            return varianceA == varianceB ? middle : varianceA == 0 ? a : b; // a point: its density is infinite there
        // (y - half)^2 B - (y + half)^2 A = A B ln(B/A)
        double p = varianceB - varianceA, q = -2 * half * (varianceA + varianceB),
            r = half * half * p - varianceA * varianceB * Math.Log(varianceB / varianceA);
        double discriminant = q * q - 4 * p * r;
        if (discriminant < 0 || (p == 0 && q == 0))
            return p == 0 && q == 0 ? middle : double.NaN;
        // the root of smaller size, without a cancellation; right for p = 0 too
        double y = -2 * r / (q + Math.CopySign(Math.Sqrt(discriminant), q));
        return middle + y;
    }

    /// <summary>Minus the covariance of the mean work and sum f/g: g times (1/g) sum (w - mean w)(f - mean f) / n for n works with
    /// statistical inefficiency g, which cancels.</summary>
    private static double Covariance(double[] works, double meanWork, double shift)
    {
        double meanF = 0, sum = 0;
        foreach (double work in works)
            meanF += Bar.Occupation(work + shift).F / works.Length;
        foreach (double work in works)
            sum += (work - meanWork) * (Bar.Occupation(work + shift).F - meanF);
        return -sum / works.Length;
    }
}

/// <summary>Mean dissipated works, kT.</summary>
/// <param name="Forward">&lt;w_F&gt; - d.</param>
/// <param name="Reverse">&lt;w_R&gt; + d.</param>
/// <param name="Hysteresis">Their sum.</param>
public sealed record Dissipation(Estimate Forward, Estimate Reverse, Estimate Hysteresis);
