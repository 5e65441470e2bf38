using MolSampling.Potentials.Classical;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// Ewald's split of 1/r into a part that ends at the cut-off and a smooth part that is summed over waves. The smooth part is that of a bell
/// of charge of Kaiser and Bessel's shape instead of a Gaussian's,
/// Phi(r)/r with Phi(r) = int_0^(r/rc) b(u) du, b(u) = I0(c (1 - u^2)^1/2) c / sinh c,
/// so Phi is 1 from the cut-off on exactly, and the transform falls so fast that a third of the waves of erf(alpha r)/r do:
/// T(k) = sinh(w)/w c/sinh c, w = (c^2 - (k rc)^2)^1/2. The bell is a near relative of the prolate functions, which are the best for this:
/// E. Bostrom, A.-K. Tornberg, L. af Klinteberg, arXiv 2602.16591. What is left of the force at the cut-off is taken away, and the energy
/// is the integral of the force: both are one function to rounding.
/// </summary>
public sealed class EwaldSplit
{
    private const double Overshoot = 1.1; // waves up to k rc = 1.1 c: beyond, T is as small as what is cut there
    private const int Nodes = 64;

    private readonly double _norm;

    /// <summary>Makes a split.</summary>
    /// <param name="cutoff">rc, nm.</param>
    /// <param name="sharpness">c; forces of liquid TIP3P are right to 7e-4 (9), 1.2e-4 (11), 5e-5 (12) and 8e-6 (14) of their root mean
    /// square, of OPC, whose charges are larger, to 2.1e-4 (11) and 1.4e-5 (14).</param>
    public EwaldSplit(double cutoff, double sharpness = DefaultSharpness)
    {
        if (!(cutoff > 0) || !(sharpness is >= 6 and <= 16))
            throw new ArgumentException($"A cut-off of {cutoff} nm and a sharpness of {sharpness} make no Ewald sum (6 to 16).");
        (Cutoff, Sharpness) = (cutoff, sharpness);
        _norm = Math.Sinh(sharpness) / sharpness;
        Degree = sharpness <= 12 ? 8 : 10;
        double[] slope = Fit(s => -(Share(s) - s * Bell(s)) / (s * s * s), Degree);
        // nothing is left at the cut-off, where u = (1 + t)/2 = 1: the remainder goes with (n + 1) u^n - n u^(n - 1), whose integral is 0
        double rest = slope.Sum() + 1 / (cutoff * cutoff * cutoff);
        TakeAway(rest * (Degree + 1), Degree);
        TakeAway(-rest * Degree, Degree - 1);
        SlopeCoefficients = slope;
        // E = 1/r + P(t), F/r = -2 dE/d(r^2): dP/dt = -rc^2/4 G(t)
        double[] energy = [0, .. slope.Select((g, i) => -0.25 * cutoff * cutoff * g / (i + 1))];
        energy[0] = -1 / cutoff - energy.Sum();
        EnergyCoefficients = energy;

        void TakeAway(double factor, int power)
        {
            double binomial = factor * Math.Pow(0.5, power);
            for (int i = 0; i <= power; i++)
            {
                slope[i] -= binomial;
                binomial *= (power - i) / (i + 1.0);
            }
        }
    }

    /// <summary>c where nothing is said.</summary>
    public const double DefaultSharpness = 11;

    /// <summary>rc, nm.</summary>
    public double Cutoff { get; }

    /// <summary>c.</summary>
    public double Sharpness { get; }

    /// <summary>Of the polynomial of the slope.</summary>
    public int Degree { get; }

    /// <summary>G: (F/r of a unit charge's direct part) = 1/r^3 + sum_i G_i t^i, t = 2 (r/rc)^2 - 1, 1/nm^3.</summary>
    public IReadOnlyList<double> SlopeCoefficients { get; }

    /// <summary>P: the direct part is 1/r + sum_i P_i t^i, 1/nm, and 0 at the cut-off.</summary>
    public IReadOnlyList<double> EnergyCoefficients { get; }

    /// <summary>Waves are summed up to here, 1/nm.</summary>
    public double LargestWave => Overshoot * Sharpness / Cutoff;

    /// <summary>Phi(r), the share of 1/r that is summed over waves.</summary>
    /// <param name="r">nm.</param>
    public double Share(double r)
    {
        if (r >= Cutoff)
            return 1;
        ReadOnlySpan<double> at = [-0.7745966692414834, 0, 0.7745966692414834], weight = [5.0 / 9, 8.0 / 9, 5.0 / 9]; // Gauss
        double sum = 0;
        for (int i = 0; i < Nodes; i++)
            for (int g = 0; g < 3; g++)
                sum += weight[g] * Bell(r * (i + 0.5 + 0.5 * at[g]) / Nodes);
        return sum * r / (2 * Nodes);
    }

    /// <summary>dPhi/dr, 1/nm.</summary>
    /// <param name="r">nm.</param>
    public double Bell(double r)
    {
        double u = r / Cutoff;
        return u > 1 ? 0 : BesselI0(Sharpness * Math.Sqrt(1 - u * u)) / (_norm * Cutoff);
    }

    /// <summary>T(k): the transform of Phi(r)/r over that of 1/r.</summary>
    /// <param name="k">1/nm.</param>
    public double Transform(double k)
    {
        double square = Sharpness * Sharpness - k * Cutoff * k * Cutoff, w = Math.Sqrt(Math.Abs(square));
        return (w < 1e-6 ? 1 : square > 0 ? Math.Sinh(w) / w : Math.Sin(w) / w) / _norm;
    }

    /// <summary>How T at a wave of whole numbers goes with the size of its box: coefficients of powers of x = 1/s^2 - 1, where
    /// s is the edge over that of the box in which the wave is k, so it is k/s in the other. T is a function of k^2 without any
    /// singularity, so a few powers do for edges that differ by a tenth.</summary>
    /// <param name="k">1/nm.</param>
    /// <param name="degree">Of the polynomial; the first coefficient is T(k) to the bit.</param>
    public double[] TransformInBoxes(double k, int degree)
    {
        const double reach = 0.24; // of x: edges of 0.9 to 1.14
        double at = Transform(k);
        double[] powers = ChebyshevFit.Powers(y => (Transform(k * Math.Sqrt(1 + reach * y)) - at) / (reach * y), degree - 1);
        return [at, .. powers.Select((p, n) => p / Math.Pow(reach, n))];
    }

    /// <summary>lim (1 - T(k))/k^2 for k to 0, nm^2: what a net charge costs beside its background.</summary>
    public double Curvature
    {
        get
        {
            // T = 1 - (k rc)^2 (c coth c - 1)/(2 c^2) + ...
            double c = Sharpness;
            return Cutoff * Cutoff * (c / Math.Tanh(c) - 1) / (2 * c * c);
        }
    }

    /// <summary>What loops over pairs read, in the order of <see cref="DirectSum{T, THorner}"/>.</summary>
    /// <param name="edge">Of the cubic box, nm.</param>
    internal double[] DirectParameters(double edge)
    {
        double h = edge * Engine.FixedPoint.Unit, k = EngineParameters.CoulombConstant, top = Cutoff / h * (Cutoff / h);
        return [1 / edge, top, 2 / top, 2.5 * k / (h * h), -1.5 * k / (h * h), 1.5 * k / h, -0.5 * k / h,
            .. SlopeCoefficients.Reverse().Select(g => k * h * g), .. EnergyCoefficients.Reverse().Select(p => k * p)];
    }

    /// <summary>Coefficients of powers of t, t = 2 (r/rc)^2 - 1, of a function of r.</summary>
    private double[] Fit(Func<double, double> f, int degree) => ChebyshevFit.Powers(t => f(Cutoff * Math.Sqrt((t + 1) / 2)), degree);

    /// <summary>The modified Bessel function of order 0, by its series.</summary>
    private static double BesselI0(double x)
    {
        double term = 1, sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++)
        {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }
        return sum;
    }
}
