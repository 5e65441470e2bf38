namespace MolSampling.Sampling.Estimators;

/// <summary>One side's works and what each counts. No weights means <c>weight</c> each.</summary>
internal readonly ref struct WorkSide
{
    private readonly ReadOnlySpan<double> _works, _weights;
    private readonly double _weight;

    public WorkSide(ReadOnlySpan<double> works, ReadOnlySpan<double> weights, double weight)
    {
        _works = works;
        _weights = weights;
        _weight = weight;
        Smallest = double.PositiveInfinity;
        for (int i = 0; i < works.Length; i++)
        {
            double a = Weight(i);
            Count += a;
            if (a > 0)
                Smallest = Math.Min(Smallest, works[i]);
        }
    }

    /// <summary>Independent samples.</summary>
    public double Count { get; }

    /// <summary>Of works that count: where f is largest.</summary>
    public double Smallest { get; }

    /// <summary>ln sum a f(x), x = (w + first) + second, and minus its derivative by x, sum a f (1 - f) / sum a f. Both are right where
    /// every f underflows.</summary>
    public (double Log, double Slope) LogSum(double first, double second)
    {
        double x0 = Smallest + first + second, scale = -Math.Max(x0, 0) - Math.Log(1 + Math.Exp(-Math.Abs(x0))), sum = 0, slope = 0;
        for (int i = 0; i < _works.Length; i++)
        {
            double a = Weight(i), x = _works[i] + first + second;
            if (a == 0 || double.IsPositiveInfinity(x))
                continue;
            double e = Math.Exp(-Math.Abs(x)), f = a * Math.Exp(-Math.Max(x, 0) - scale) / (1 + e);
            sum += f;
            slope += f * (x > 0 ? 1 : e) / (1 + e);
        }
        return (scale + Math.Log(sum), slope / sum);
    }

    /// <summary>sum a f, sum a (f - mean f)^2, sum a f (1 - f).</summary>
    public (double Sum, double Squares, double Shared) Fermi(double first, double second)
    {
        double sum = 0, squares = 0, shared = 0;
        for (int i = 0; i < _works.Length; i++)
            sum += Weight(i) * Bar.Occupation(_works[i] + first + second).F;
        double mean = sum / Count;
        for (int i = 0; i < _works.Length; i++)
        {
            (double f, double rest) = Bar.Occupation(_works[i] + first + second);
            squares += Weight(i) * (f - mean) * (f - mean);
            shared += Weight(i) * f * rest;
        }
        return (sum, squares, shared);
    }

    /// <summary>The mean work and its squared error; infinite with an infinite work.</summary>
    public (double Mean, double Variance) Mean()
    {
        double mean = 0, squares = 0;
        for (int i = 0; i < _works.Length; i++)
            mean += Weight(i) > 0 ? Weight(i) / Count * _works[i] : 0;
        for (int i = 0; i < _works.Length && double.IsFinite(mean); i++)
            squares += Weight(i) > 0 ? Weight(i) / Count * (_works[i] - mean) * (_works[i] - mean) : 0;
        return (mean, squares / Count);
    }

    private double Weight(int i) => _weights.IsEmpty ? _weight : _weights[i];
}
