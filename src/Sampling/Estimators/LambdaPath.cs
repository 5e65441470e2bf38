namespace MolSampling.Sampling.Estimators;

/// <summary>A path of states cut into what can be interpolated smoothly: see the remarks of
/// <see cref="ThermodynamicIntegration"/>.</summary>
internal sealed class LambdaPath
{
    private readonly double[][] _lambdas;
    private readonly int _components;
    private readonly int[][] _knots; // the states of every knot
    private readonly int[] _knotOf; // [K]

    public LambdaPath(double[][] lambdas, int components)
    {
        (_lambdas, _components, _knotOf) = (lambdas, components, new int[lambdas.Length]);
        var knots = new List<List<int>>();
        for (int k = 0; k < lambdas.Length; k++)
        {
            if (k > 0 && lambdas[k].AsSpan().SequenceEqual(lambdas[k - 1]))
                knots[^1].Add(k);
            else
                knots.Add([k]);
            _knotOf[k] = knots.Count - 1;
        }
        _knots = [.. knots.Select(k => k.ToArray())];
        for (int first = 0, last = 1; last < _knots.Length; last++)
            if (last == _knots.Length - 1 || !SameDirections(last - 1, last))
            {
                for (int l = 0; l < components; l++)
                    if (Direction(first, l) != 0)
                        Stretches.Add(new(l, first, last, new([.. Enumerable.Range(first, last - first + 1).Select(k => Lambda(k, l))])));
                first = last;
            }
    }

    /// <summary>Runs of knots over which a component moves and no component turns.</summary>
    public List<Stretch> Stretches { get; } = [];

    /// <summary>[K - 1][K * L] every interval's integral as weights of the gradients.</summary>
    public double[][] Weights(bool spline)
    {
        int states = _lambdas.Length;
        double[][] weights = [.. Enumerable.Range(1, states - 1).Select(_ => new double[states * _components])];
        foreach (Stretch stretch in Stretches)
        {
            double[] ofKnots = new double[stretch.Knots];
            for (int interval = 0; interval < stretch.Knots - 1; interval++)
            {
                Array.Clear(ofKnots);
                if (spline)
                    stretch.Spline.AddIntegral(interval, ofKnots);
                else
                    ofKnots[interval] = ofKnots[interval + 1] =
                        0.5 * (Lambda(stretch.First + interval + 1, stretch.Component) - Lambda(stretch.First + interval,
                        stretch.Component));
                double[] row = weights[_knots[stretch.First + interval][^1]]; // the interval that leaves the knot's last state
                for (int j = 0; j < ofKnots.Length; j++)
                    foreach (int k in _knots[stretch.First + j])
                        row[k * _components + stretch.Component] += ofKnots[j] / _knots[stretch.First + j].Length;
            }
        }
        return weights;
    }

    /// <summary>The gradient at a fraction of the interval from state i to i + 1, over which the component moves.</summary>
    public GradientPoint Interpolate(int component, int state, double fraction, double[] gradients, bool spline)
    {
        int knot = _knotOf[state];
        Stretch stretch = Stretches.Single(s => s.Component == component && s.First <= knot && knot < s.Last);
        double[] y = [.. Enumerable.Range(stretch.First, stretch.Knots).Select(k =>
            _knots[k].Average(n => gradients[n * _components + component]))];
        int interval = knot - stretch.First;
        double value = spline ? stretch.Spline.Value(interval, fraction, y) : (1 - fraction) * y[interval] + fraction * y[interval + 1];
        return new(state + fraction, (1 - fraction) * Lambda(knot, component) + fraction * Lambda(knot + 1, component), value);
    }

    private double Lambda(int knot, int component) => _lambdas[_knots[knot][0]][component];

    private int Direction(int interval, int component) => Math.Sign(Lambda(interval + 1, component) - Lambda(interval, component));

    private bool SameDirections(int one, int other)
    {
        for (int l = 0; l < _components; l++)
            if (Direction(one, l) != Direction(other, l))
                return false;
        return true;
    }

    /// <summary>Knots first .. last of one component.</summary>
    internal sealed record Stretch(int Component, int First, int Last, NaturalCubicSpline Spline)
    {
        public int Knots => Last - First + 1;
    }
}
