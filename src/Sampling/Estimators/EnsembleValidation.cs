using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// Are two sets of samples what their energies say, at the same temperature and in the same units? If so, P_1(du)/P_0(du) = exp(-(du - d)),
/// du = u_1 - u_0, d = f_1 - f_0, whatever the system, so that in ln [P(1|du)/P(0|du)] = ln(n_1/n_0) + s (d - du) the slope s is 1 (M. R.
/// Shirts, J. Chem. Theory Comput. 9 (2013) 909, by maximum likelihood: logistic regression). A slope of 1/RT says that energies are in
/// kJ/mol where kT was meant; a negative one that columns or windows are swapped. Needs overlap, for any pair of states.
/// </summary>
public sealed class EnsembleValidation
{
    /// <summary>|z| from which data are called inconsistent: a false alarm in 16 000 tests.</summary>
    public const double Threshold = 4;

    private const int MostIterations = 100;
    private readonly Estimate _slope;

    private EnsembleValidation(EstimatorStatus status, Estimate slope, Estimate? divergence, string message) =>
        (Status, _slope, SymmetrisedDivergence, Message) = (status, slope, divergence, message);

    /// <summary>To be looked at first. <see cref="EstimatorStatus.NoOverlap"/> where the energy differences of the two sets are apart (no
    /// finite slope is likeliest),
    /// <see cref="EstimatorStatus.IllConditioned"/> where they do not
    /// vary, so that nothing can be tested.</summary>
    public EstimatorStatus Status { get; }

    /// <summary>s with its standard error.</summary>
    /// <exception cref="InvalidOperationException">There is none: <see cref="Status"/>.</exception>
    public Estimate Slope => Status == EstimatorStatus.Converged ? _slope
        : throw new InvalidOperationException($"There is no slope ({Status}): {Message}");

    /// <summary>(s - 1) / error.</summary>
    /// <exception cref="InvalidOperationException">There is none: <see cref="Status"/>.</exception>
    public double Z => (Slope.Value - 1) / Slope.StandardError;

    /// <summary>
    /// &lt;w_F&gt; + &lt;w_R&gt;, kT: never negative for equilibrium samples (the bounds of Gibbs and Bogoliubov, -&lt;w_R&gt; &lt;= d
    /// &lt;= &lt;w_F&gt;). Needs no overlap. None with an infinite energy difference, when it is infinite. The error is NaN with a single
    /// sample on a side.
    /// </summary>
    public Estimate? SymmetrisedDivergence { get; }

    /// <summary>Whether the divergence is negative by more than <see cref="Threshold"/> errors.</summary>
    public bool BoundsViolated => SymmetrisedDivergence is { } divergence && divergence.Value < -Threshold * divergence.StandardError;

    /// <summary>The slope was found and is 1 within <see cref="Threshold"/> errors, and the bounds hold.</summary>
    public bool Consistent => Status == EstimatorStatus.Converged && Math.Abs(Z) <= Threshold && !BoundsViolated;

    /// <summary>One or two sentences for a person.</summary>
    public string Message { get; }

    /// <summary>Tests a pair.</summary>
    /// <param name="forward">[n_F] w_F = u_1 - u_0 on samples of state 0, kT. +infinity is legal: such a sample tells nothing of the slope,
    /// but counts.</param>
    /// <param name="reverse">[n_R] w_R = u_0 - u_1 on samples of state 1, kT.</param>
    /// <param name="forwardInefficiency">g_F: n_F/g_F samples are independent.</param>
    /// <param name="reverseInefficiency">g_R.</param>
    /// <param name="temperature">K, for the words about units only.</param>
    /// <exception cref="ArgumentException">No samples on a side, one that is NaN or -infinity (array and index are named), an inefficiency
    /// below 1 or a temperature that is not positive.</exception>
    public static EnsembleValidation Test(ReadOnlySpan<double> forward, ReadOnlySpan<double> reverse, double forwardInefficiency = 1,
        double reverseInefficiency = 1, double temperature = 300)
    {
        WorkData.Check(forward, nameof(forward), infinityAllowed: true);
        WorkData.Check(reverse, nameof(reverse), infinityAllowed: true);
        WorkData.CheckInefficiency(forwardInefficiency, nameof(forwardInefficiency));
        WorkData.CheckInefficiency(reverseInefficiency, nameof(reverseInefficiency));
        if (!(temperature > 0) || !double.IsFinite(temperature))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The temperature is {temperature} K."),
                nameof(temperature));

        // du = u_1 - u_0 on both sets
        var differences = new List<double>(forward.Length + reverse.Length);
        foreach (double work in forward)
            if (double.IsFinite(work))
                differences.Add(work);
        int fromZero = differences.Count;
        foreach (double work in reverse)
            if (double.IsFinite(work))
                differences.Add(-work);
        double[] du = [.. differences];
        Estimate? divergence = null;
        if (du.Length == forward.Length + reverse.Length)
        {
            Estimate a = WorkData.Mean(forward, forwardInefficiency), b = WorkData.Mean(reverse, reverseInefficiency);
            divergence = new(a.Value + b.Value, Math.Sqrt(a.StandardError * a.StandardError + b.StandardError * b.StandardError));
        }
        string bounds = divergence is { } v && v.Value < -Threshold * v.StandardError ? string.Create(CultureInfo.InvariantCulture,
            $" The mean energy differences there and back sum to {v.Value:g4} kT; below zero is impossible: columns or windows are swapped, or a sign is wrong.") : "";
        if (fromZero == 0 || fromZero == du.Length)
            return new(EstimatorStatus.NoOverlap, default, divergence,
                $"All {(fromZero == 0 ? "forward" : "reverse")} energy differences are infinite." + bounds);
        (double mean, double squares) = WorkData.Moments(du);
        double scale = Math.Sqrt(squares / du.Length);
        if (!(scale > 1e-12 * Math.Max(1, Math.Abs(mean))))
            return new(EstimatorStatus.IllConditioned, default, divergence, "All energy differences are equal: there is nothing to test."
                + bounds);
        for (int i = 0; i < du.Length; i++)
            du[i] = (du[i] - mean) / scale;
        if (Separated(du.AsSpan(0, fromZero), du.AsSpan(fromZero)))
            return new(EstimatorStatus.NoOverlap, default, divergence,
                "The energy differences of the two sets do not overlap: no finite slope is likeliest." + bounds);

        // ln odds of state 1 = a - b x, x = (du - mean)/scale
        double intercept = Math.Log(reverse.Length / reverseInefficiency / (forward.Length / forwardInefficiency)), slope = 0;
        EstimatorStatus status = EstimatorStatus.MaxIterations;
        Information info = Evaluate(du, fromZero, 1 / forwardInefficiency, 1 / reverseInefficiency, intercept, slope);
        for (int iteration = 0; iteration < MostIterations && status != EstimatorStatus.Converged; iteration++)
        {
            double determinant = info.AA * info.BB - info.AB * info.AB;
            double stepA = (info.GradientA * info.BB - info.GradientB * info.AB) / determinant,
                stepB = (info.GradientB * info.AA - info.GradientA * info.AB) / determinant;
            if (!double.IsFinite(stepA) || !double.IsFinite(stepB))
                break;
            double length = Math.Min(1, 5 / Math.Max(Math.Abs(stepA), Math.Abs(stepB)));
            while (true)
            {
                Information next = Evaluate(du, fromZero, 1 / forwardInefficiency, 1 / reverseInefficiency, intercept + length * stepA,
                    slope + length * stepB);
                if (next.LogLikelihood >= info.LogLikelihood - 1e-12 * Math.Abs(info.LogLikelihood) || length < 1e-10)
                {
                    (intercept, slope, info) = (intercept + length * stepA, slope + length * stepB, next);
                    break;
                }
                length *= 0.5;
            }
            // Newton: the next would be 1e-14
            if (length == 1 && Math.Abs(stepA) < 1e-7 * (1 + Math.Abs(intercept)) && Math.Abs(stepB) < 1e-7 * (1 + Math.Abs(slope)))
                status = EstimatorStatus.Converged;
        }
        double variance = info.AA / (info.AA * info.BB - info.AB * info.AB);
        if (status != EstimatorStatus.Converged || !(variance > 0) || !double.IsFinite(variance))
            return new(EstimatorStatus.MaxIterations, default, divergence, $"The likelihood was not maximised in {MostIterations} steps."
                + bounds);
        var s = new Estimate(slope / scale, Math.Sqrt(variance) / scale);
        return new(status, s, divergence, Words(s, temperature) + bounds);
    }

    /// <summary>Whether a threshold parts the sets: then the likelihood grows with the slope for ever.</summary>
    private static bool Separated(ReadOnlySpan<double> zero, ReadOnlySpan<double> one)
    {
        (double lowZero, double highZero) = Range(zero);
        (double lowOne, double highOne) = Range(one);
        return highOne <= lowZero || highZero <= lowOne;

        static (double Low, double High) Range(ReadOnlySpan<double> x)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (double value in x)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            return (low, high);
        }
    }

    private static Information Evaluate(double[] x, int fromZero, double weightZero, double weightOne, double a, double b)
    {
        Information info = default;
        for (int i = 0; i < x.Length; i++)
        {
            bool one = i >= fromZero;
            double weight = one ? weightOne : weightZero, odds = a - b * x[i];
            (double p0, double p1) = Bar.Occupation(odds); // 1/(1 + e^odds), and the rest
            double miss = one ? p0 : p1, gradient = one ? p0 : -p1, signed = one ? odds : -odds, pp = weight * p0 * p1;
            info.LogLikelihood += weight * (miss < 0.5 ? Math.Log(1 - miss)
                : Math.Min(signed, 0) - Math.Log(1 + Math.Exp(-Math.Abs(signed))));
            info.GradientA += weight * gradient;
            info.GradientB -= weight * gradient * x[i];
            info.AA += pp;
            info.AB -= pp * x[i];
            info.BB += pp * x[i] * x[i];
        }
        return info;
    }

    private static string Words(Estimate s, double temperature)
    {
        string number = string.Create(CultureInfo.InvariantCulture, $"The slope is {s.Value:f3} ± {s.StandardError:f3}");
        if (Math.Abs(s.Value - 1) <= Threshold * s.StandardError)
            return $"{number}: consistent with 1.";
        double rt = 8.31446261815324e-3 * temperature, rtCalories = rt / 4.184; // kJ/mol, kcal/mol
        (double Slope, string Meaning)[] candidates =
        [
            (1 / rt, "energies look to be in kJ/mol where kT is meant"),
            (rt, "energies look to be divided by RT in kJ/mol once too often"),
            (1 / rtCalories, "energies look to be in kcal/mol where kT is meant"),
            (rtCalories, "energies look to be divided by RT in kcal/mol once too often"),
            (4.184, "energies look to be in kcal/mol where kJ/mol is meant"),
            (1 / 4.184, "energies look to be in kJ/mol where kcal/mol is meant"),
            (-1, "the sign of the energy differences is wrong, or the two sets are swapped"),
        ];
        (double slope, string meaning) = candidates.MinBy(c => Math.Abs(s.Value - c.Slope));
        bool near = Math.Abs(s.Value - slope) <= Math.Max(3 * s.StandardError, 0.03 * Math.Abs(slope));
        return near
            ? string.Create(CultureInfo.InvariantCulture, $"{number}, not 1 but near {slope:f3} ({temperature:g4} K): {meaning}.")
            : $"{number}, not 1: the samples are not at the temperature, or not of the energies, that they are said to be.";
    }

    private struct Information
    {
        public double LogLikelihood, GradientA, GradientB, AA, AB, BB;
    }
}
