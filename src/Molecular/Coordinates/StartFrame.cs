namespace MolSampling.Molecular.Coordinates;

/// <summary>Where a molecule stands and how it is turned: the rigid motion that <see cref="FrameCoordinates"/> leave out.</summary>
internal sealed class StartFrame
{
    private readonly double[] _origin = new double[3], _axes = new double[9]; // rows are unit vectors

    /// <summary>Of a configuration.</summary>
    /// <param name="start">Three atoms, not on a line.</param>
    /// <param name="x">[N, 3] nm.</param>
    public void Take(int[] start, ReadOnlySpan<double> x)
    {
        Span<double> a = _axes.AsSpan(0, 3), b = _axes.AsSpan(3, 3), n = _axes.AsSpan(6, 3);
        for (int c = 0; c < 3; c++)
        {
            _origin[c] = x[3 * start[0] + c];
            (a[c], b[c]) = (x[3 * start[1] + c] - _origin[c], x[3 * start[2] + c] - _origin[c]);
        }
        Normalise(a);
        double along = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        for (int c = 0; c < 3; c++)
            b[c] -= along * a[c];
        Normalise(b);
        (n[0], n[1], n[2]) = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]);
    }

    /// <summary>Brings a configuration as <see cref="FrameCoordinates.Place"/> makes it there.</summary>
    /// <param name="x">[N, 3] nm.</param>
    public void Orient(Span<double> x)
    {
        double[] a = _axes;
        for (int k = 0; k < x.Length; k += 3)
            (x[k], x[k + 1], x[k + 2]) = (_origin[0] + x[k] * a[0] + x[k + 1] * a[3] + x[k + 2] * a[6],
                _origin[1] + x[k] * a[1] + x[k + 1] * a[4] + x[k + 2] * a[7],
                _origin[2] + x[k] * a[2] + x[k + 1] * a[5] + x[k + 2] * a[8]);
    }

    private static void Normalise(Span<double> v)
    {
        double scale = 1 / Math.Sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        for (int c = 0; c < 3; c++)
            v[c] *= scale;
    }
}
