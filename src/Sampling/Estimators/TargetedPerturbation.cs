using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace MolSampling.Sampling.Estimators;

/// <summary>A reduced potential of a batch.</summary>
/// <param name="x">[n * d] configurations, one after another.</param>
/// <param name="u">[n] filled with u(x), kT; +infinity is legal.</param>
public delegate void ReducedPotential(ReadOnlySpan<double> x, Span<double> u);

/// <summary>An invertible, differentiable map M of configurations, such as a flow. Batches are flat, one configuration after
/// another.</summary>
public interface IConfigurationMap
{
    /// <summary>d, numbers in a configuration.</summary>
    int Dimension { get; }

    /// <summary>y = M(x).</summary>
    /// <param name="x">[n * d].</param>
    /// <param name="y">[n * d] filled.</param>
    /// <param name="logDeterminants">[n] filled with ln |det dM/dx| at x.</param>
    void Forward(ReadOnlySpan<double> x, Span<double> y, Span<double> logDeterminants);

    /// <summary>x = M^-1(y).</summary>
    /// <param name="y">[n * d].</param>
    /// <param name="x">[n * d] filled.</param>
    /// <param name="logDeterminants">[n] filled with ln |det dM^-1/dy| at y.</param>
    void Inverse(ReadOnlySpan<double> y, Span<double> x, Span<double> logDeterminants);
}

/// <summary>
/// Targeted free energy perturbation (C. Jarzynski, Phys. Rev. E 65 (2002) 046122, eq. 10; both directions: A. M. Hahn, H. Then, Phys. Rev.
/// E 79 (2009) 011113; with learned maps, LFEP and LBAR: P. Wirnsberger et al., J. Chem. Phys. 153 (2020) 144112). A map M carries samples
/// of state 0 towards state 1, and phi_F(x) = u_1(M(x)) - u_0(x) - ln |det dM/dx| takes the place of the energy difference, phi_R(y) =
/// u_0(M^-1(y)) - u_1(y) - ln |det dM^-1/dy|. A perfect map makes phi_F = f_1 - f_0 for every sample. The identity is exact for any
/// invertible map whose determinant is right, so a bad map costs precision only, but a wrong determinant gives a wrong answer that looks
/// precise: <see cref="Check"/> finds it.
/// </summary>
public static class TargetedPerturbation
{
    /// <summary>phi_F of samples of state 0.</summary>
    /// <param name="samples">[n * d] from state 0.</param>
    /// <param name="u0">The state they were drawn from: finite on every sample.</param>
    /// <param name="u1">The other state; +infinity gives the sample weight zero.</param>
    /// <param name="map">M.</param>
    /// <returns>[n] kT.</returns>
    /// <exception cref="ArgumentException">A number of coordinates that is no multiple of d; a coordinate, mapped coordinate, determinant
    /// or u_0 that is not finite, a u_1 that is NaN or
    /// -infinity (sample named).</exception>
    public static double[] ForwardWorks(ReadOnlySpan<double> samples, ReducedPotential u0, ReducedPotential u1, IConfigurationMap map) =>
        Works(samples, u0, u1, map.Dimension,
        map.Forward, "samples of state 0", nameof(samples));

    /// <summary>phi_R of samples of state 1.</summary>
    /// <param name="samples">[n * d] from state 1.</param>
    /// <param name="u0">The other state; +infinity gives the sample weight zero.</param>
    /// <param name="u1">The state they were drawn from: finite on every sample.</param>
    /// <param name="map">M, whose inverse is used.</param>
    /// <returns>[n] kT.</returns>
    /// <exception cref="ArgumentException">As in <see cref="ForwardWorks"/>, with the states exchanged.</exception>
    public static double[] ReverseWorks(ReadOnlySpan<double> samples, ReducedPotential u0, ReducedPotential u1, IConfigurationMap map) =>
        Works(samples, u1, u0, map.Dimension,
        map.Inverse, "samples of state 1", nameof(samples));

    /// <summary>One-sided (LFEP): f_1 - f_0 = -ln &lt;exp(-phi_F)&gt;_0.</summary>
    /// <param name="samples0">[n * d] from state 0; not those the map was trained on, which are mapped too well.</param>
    /// <param name="u0">State 0.</param>
    /// <param name="u1">State 1.</param>
    /// <param name="map">M.</param>
    /// <param name="inefficiency">g of the samples.</param>
    /// <exception cref="ArgumentException">As in <see cref="ForwardWorks"/>; g below 1.</exception>
    public static ExponentialAverage OneSided(ReadOnlySpan<double> samples0, ReducedPotential u0, ReducedPotential u1,
        IConfigurationMap map, double inefficiency = 1) =>
        ExponentialAverage.Forward(ForwardWorks(samples0, u0, u1, map), inefficiency);

    /// <summary>Two-sided (LBAR): BAR on phi_F and phi_R.</summary>
    /// <param name="samples0">[n_F * d] from state 0.</param>
    /// <param name="samples1">[n_R * d] from state 1.</param>
    /// <param name="u0">State 0.</param>
    /// <param name="u1">State 1.</param>
    /// <param name="map">M.</param>
    /// <param name="inefficiency0">g of the samples of state 0.</param>
    /// <param name="inefficiency1">g of the samples of state 1.</param>
    /// <exception cref="ArgumentException">As in <see cref="ForwardWorks"/>; g below 1.</exception>
    public static Bar TwoSided(ReadOnlySpan<double> samples0, ReadOnlySpan<double> samples1, ReducedPotential u0, ReducedPotential u1,
        IConfigurationMap map, double inefficiency0 = 1,
        double inefficiency1 = 1) =>
        Bar.Solve(ForwardWorks(samples0, u0, u1, map), ReverseWorks(samples1, u0, u1, map), inefficiency0, inefficiency1);

    /// <summary>
    /// Tests a map on a few configurations: M^-1(M(x)) = x, the two log determinants cancel, and the stated one is that of the Jacobian by
    /// central differences (2 d maps and an LU of d x d each).
    /// </summary>
    /// <param name="samples">[n * d] where it will be used.</param>
    /// <param name="map">M.</param>
    /// <param name="step">Of the differences, in units of the coordinates: the error is of order step^2 times third derivatives, and
    /// rounding / step.</param>
    /// <exception cref="ArgumentException">A number of coordinates that is no multiple of d, one that is not finite, or a step that is not
    /// positive.</exception>
    public static MapCheck Check(ReadOnlySpan<double> samples, IConfigurationMap map, double step = 1e-4)
    {
        int d = map.Dimension, n = Count(samples, d, nameof(samples));
        if (!(step > 0) || !double.IsFinite(step))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The step is {step}."), nameof(step));
        double[] y = new double[n * d], back = new double[n * d], log = new double[n], logBack = new double[n],
            shifted = new double[2 * d * d], images = new double[2 * d * d],
            ignored = new double[2 * d];
        map.Forward(samples, y, log);
        map.Inverse(y, back, logBack);
        double roundTrip = 0, cancellation = 0, determinant = 0;
        for (int i = 0; i < n * d; i++)
            roundTrip = Largest(roundTrip, back[i] - samples[i]);
        var jacobian = Matrix<double>.Build.Dense(d, d);
        for (int s = 0; s < n; s++)
        {
            for (int j = 0; j < 2 * d; j++)
            {
                samples.Slice(s * d, d).CopyTo(shifted.AsSpan(j * d));
                shifted[j * d + j / 2] += j % 2 == 0 ? step : -step;
            }
            map.Forward(shifted, images, ignored);
            for (int i = 0; i < d; i++)
                for (int j = 0; j < d; j++)
                    jacobian[i, j] = (images[2 * j * d + i] - images[(2 * j + 1) * d + i]) / (shifted[2 * j * d
                        + j] - shifted[(2 * j + 1) * d + j]);
            Matrix<double> upper = jacobian.LU().U; // the sum of logs does not underflow where the determinant would
            double numerical = 0;
            for (int i = 0; i < d; i++)
                numerical += Math.Log(Math.Abs(upper[i, i]));
            determinant = Largest(determinant, numerical - log[s]);
            cancellation = Largest(cancellation, log[s] + logBack[s]);
        }
        return new(roundTrip, cancellation, determinant);

        // NaN stays
        static double Largest(double so, double deviation) => double.IsNaN(deviation) || double.IsNaN(so) ? double.NaN
            : Math.Max(so, Math.Abs(deviation));
    }

    private delegate void Direction(ReadOnlySpan<double> x, Span<double> y, Span<double> logDeterminants);

    private static double[] Works(ReadOnlySpan<double> x, ReducedPotential from, ReducedPotential to, int d, Direction map, string what,
        string name)
    {
        int n = Count(x, d, name);
        double[] y = new double[n * d], log = new double[n], start = new double[n], works = new double[n];
        map(x, y, log);
        from(x, start);
        to(y, works);
        for (int s = 0; s < n; s++)
        {
            for (int i = s * d; i < (s + 1) * d; i++)
                if (!double.IsFinite(y[i]))
                    throw Error($"coordinate {i - s * d} of sample {s} of the {what} is mapped to {y[i]}");
            if (!double.IsFinite(log[s]))
                throw Error($"the log determinant at sample {s} of the {what} is {log[s]}");
            if (!double.IsFinite(start[s]))
                throw Error($"sample {s} of the {what} has the reduced potential {start[s]} in its own state");
            if (double.IsNaN(works[s]) || double.IsNegativeInfinity(works[s]))
                throw Error($"sample {s} of the {what} has the reduced potential {works[s]} in the other state");
            works[s] -= start[s] + log[s];
        }
        return works;

        ArgumentException Error(FormattableString text) =>
            new(FormattableString.Invariant($"Targeted perturbation: {FormattableString.Invariant(text)}."), name);
    }

    private static int Count(ReadOnlySpan<double> x, int d, string name)
    {
        if (d < 1 || x.IsEmpty || x.Length % d != 0)
            throw new ArgumentException($"{x.Length} coordinates are no batch of configurations of dimension {d}.", name);
        for (int i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Coordinate {i % d} of sample {i / d} of {name} is {x[i]}."), name);
        return x.Length / d;
    }
}

/// <summary>Largest deviations of a map from what it claims. NaN if the map made one.</summary>
/// <param name="RoundTrip">|M^-1(M(x)) - x|, in units of the coordinates.</param>
/// <param name="Cancellation">|ln |det dM| + ln |det dM^-1||.</param>
/// <param name="Determinant">|stated - numerical ln |det dM/dx||: what it would add to a free energy, kT.</param>
public readonly record struct MapCheck(double RoundTrip, double Cancellation, double Determinant);
