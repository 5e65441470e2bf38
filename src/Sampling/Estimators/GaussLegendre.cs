namespace MolSampling.Sampling.Estimators;

/// <summary>Gauss-Legendre quadrature on [0, 1]: K nodes integrate polynomials of degree 2K - 1 exactly.</summary>
internal static class GaussLegendre
{
    // lambdas are typed with four or five digits; the error made is of the order of 1e-4 times the variation of the gradient
    internal const double Tolerance = 1e-4;

    /// <summary>Whether these are the nodes, as far as four digits tell.</summary>
    /// <param name="values">Ascending.</param>
    public static bool AreNodes(ReadOnlySpan<double> values)
    {
        (double[] nodes, _) = OnUnitInterval(values.Length);
        for (int k = 0; k < nodes.Length; k++)
            if (!(Math.Abs(values[k] - nodes[k]) <= Tolerance))
                return false;
        return true;
    }

    /// <summary>Nodes in ascending order and weights, which sum to 1.</summary>
    /// <param name="count">K, at least 1.</param>
    public static (double[] Nodes, double[] Weights) OnUnitInterval(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double[] nodes = new double[count], weights = new double[count];
        for (int i = 0; i < count; i++)
        {
            // Tricomi's approximation: Newton converges from it to the root i
            double x = -Math.Cos(Math.PI * (i + 0.75) / (count + 0.5)), derivative = 1;
            for (int iteration = 0; iteration < 20; iteration++)
            {
                double previous = 1, value = x; // P_0, P_1
                for (int n = 2; n <= count; n++)
                    (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n);
                derivative = count * (x * value - previous) / (x * x - 1);
                double step = value / derivative;
                x -= step;
                if (Math.Abs(step) < 1e-15)
                    break;
            }
            nodes[i] = 0.5 * (1 + x);
            weights[i] = 1 / ((1 - x * x) * derivative * derivative);
        }
        return (nodes, weights);
    }
}
