namespace MolSampling.Potentials.Periodic;

/// <summary>Polynomials that interpolate a function on [-1, 1] at Chebyshev's nodes, as coefficients of powers.</summary>
internal static class ChebyshevFit
{
    private const int Nodes = 64;

    /// <summary>Coefficients of t^0, t^1, ...</summary>
    /// <param name="f">Smooth.</param>
    /// <param name="degree">Below the number of nodes, and small: powers lose digits.</param>
    public static double[] Powers(Func<double, double> f, int degree)
    {
        double[] chebyshev = new double[degree + 1], powers = new double[degree + 1];
        for (int i = 0; i < Nodes; i++)
        {
            double angle = Math.PI * (i + 0.5) / Nodes, value = f(Math.Cos(angle));
            for (int k = 0; k <= degree; k++)
                chebyshev[k] += (k == 0 ? 1.0 : 2.0) / Nodes * value * Math.Cos(k * angle);
        }
        double[] before = new double[degree + 1], now = new double[degree + 1]; // T_(k-1), T_k
        (before[0], now[1]) = (1, 1);
        powers[0] = chebyshev[0];
        for (int k = 1; k <= degree; k++)
        {
            for (int i = 0; i <= degree; i++)
                powers[i] += chebyshev[k] * now[i];
            double[] next = [.. Enumerable.Range(0, degree + 1).Select(i => (i > 0 ? 2 * now[i - 1] : 0) - before[i])];
            (before, now) = (now, next);
        }
        return powers;
    }
}
