namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The natural cubic spline through (x_i, y_i) as a linear function of y: second derivatives are m = D y, zero at both ends. Knots ascend
/// or descend strictly.
/// </summary>
internal sealed class NaturalCubicSpline
{
    private readonly double[] _x;
    private readonly double[] _second; // [n, n] m_i = sum_j D_ij y_j

    /// <param name="knots">[n] strictly monotonic, n at least 2; two give a straight line.</param>
    public NaturalCubicSpline(ReadOnlySpan<double> knots)
    {
        _x = knots.ToArray();
        int n = _x.Length;
        _second = new double[n * n];
        // h_{i-1} m_{i-1} + 2 (h_{i-1} + h_i) m_i + h_i m_{i+1} = 6 [(y_{i+1} - y_i)/h_i - (y_i - y_{i-1})/h_{i-1}], all right-hand sides
        // at once; the matrix is diagonally dominant, so
        // Thomas needs no pivots
        double[] factor = new double[n];
        for (int i = 1; i < n - 1; i++)
        {
            double before = _x[i] - _x[i - 1], after = _x[i + 1] - _x[i];
            Span<double> row = Row(i), above = Row(i - 1);
            row[i - 1] += 6 / before;
            row[i] -= 6 / before + 6 / after;
            row[i + 1] += 6 / after;
            double pivot = 2 * (before + after) - before * factor[i - 1];
            factor[i] = after / pivot;
            for (int j = 0; j < n; j++)
                row[j] = (row[j] - before * above[j]) / pivot;
        }
        for (int i = n - 3; i >= 1; i--)
            for (int j = 0; j < n; j++)
                Row(i)[j] -= factor[i] * Row(i + 1)[j];
    }

    /// <summary>Adds the weights of the integral over interval i, int_{x_i}^{x_{i+1}} = h (y_i + y_{i+1})/2 - h^3 (m_i + m_{i+1})/24, to
    /// [n].</summary>
    public void AddIntegral(int interval, Span<double> weights)
    {
        double h = _x[interval + 1] - _x[interval];
        weights[interval] += 0.5 * h;
        weights[interval + 1] += 0.5 * h;
        for (int j = 0; j < _x.Length; j++)
            weights[j] -= h * h * h / 24 * (Row(interval)[j] + Row(interval + 1)[j]);
    }

    /// <summary>The value at a fraction 0 .. 1 of interval i.</summary>
    public double Value(int interval, double fraction, ReadOnlySpan<double> y)
    {
        double h = _x[interval + 1] - _x[interval], a = 1 - fraction, left = 0, right = 0;
        for (int j = 0; j < y.Length; j++)
        {
            left += Row(interval)[j] * y[j];
            right += Row(interval + 1)[j] * y[j];
        }
        return a * y[interval] + fraction * y[interval + 1] + h * h / 6 * ((a * a * a - a) * left
            + (fraction * fraction * fraction - fraction) * right);
    }

    private Span<double> Row(int i) => _second.AsSpan(i * _x.Length, _x.Length);
}
