using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class ThermodynamicIntegrationTests(ITestOutputHelper output)
{
    private static readonly double[] s_uneven = [0, 0.1, 0.25, 0.6, 0.8, 1];

    [Fact]
    public void Straight_lines_are_exact_by_every_rule_and_a_spline_is_of_fourth_order()
    {
        foreach (IntegrationRule rule in new[] { IntegrationRule.Trapezoid, IntegrationRule.CubicSpline })
        {
            ThermodynamicIntegration line = Single(s_uneven, x => 3 - 8 * x, 0.1, rule);
            Assert.Equal(-1, line.Total.Value, 1e-13);
            Assert.Equal(0, line.DiscretisationHint!.Value, 1e-13);
            for (int i = 0; i < s_uneven.Length; i++)
                Assert.Equal(3 * s_uneven[i] - 4 * s_uneven[i] * s_uneven[i], line.Profile[i].Value, 1e-13);
            Assert.Equal(line.Profile[4].Value - line.Profile[1].Value, line.Difference(1, 4).Value, 1e-13);
            Assert.Equal(-line.Difference(1, 4).Value, line.Difference(4, 1).Value, 1e-13);
            Assert.Equal(line.Total.Value, line.Intervals.Sum(d => d.Value), 1e-13);
        }
        // sin(2 pi x) on half a period: second derivatives vanish at both ends, as a natural spline's do: halving h divides its error by
        // 16, the trapezoid's by 4
        double Error(int intervals, IntegrationRule rule, double end) =>
            Single([.. Enumerable.Range(0, intervals + 1).Select(i => end * i / intervals)], x =>
            Math.Sin(2 * Math.PI * x), 0, rule).Total.Value - (1 - Math.Cos(2 * Math.PI * end)) / (2 * Math.PI);
        double spline = Error(16, IntegrationRule.CubicSpline, 0.5) / Error(32, IntegrationRule.CubicSpline, 0.5),
            trapezoid = Error(16, IntegrationRule.Trapezoid, 0.5) / Error(32,
            IntegrationRule.Trapezoid, 0.5);
        output.WriteLine($"spline {spline:f2}, trapezoid {trapezoid:f2}");
        Assert.InRange(spline, 15, 17);
        Assert.InRange(trapezoid, 3.9, 4.1);
    }

    [Fact]
    public void A_natural_cubic_is_its_own_spline()
    {
        // y = t^3/6 - t/2 up to t = 1, mirrored after: y'' = 0 at both ends, and y, y'' and (zero) slope agree in the middle
        double Y(double t) => t <= 1 ? t * t * t / 6 - t / 2 : Y(2 - t);
        ThermodynamicIntegration spline = Single([0, 1, 2], Y, 0, IntegrationRule.CubicSpline);
        Assert.Equal(1.0 / 24 - 1.0 / 4, spline.Intervals[0].Value, 1e-14);
        Assert.Equal(2 * (1.0 / 24 - 1.0 / 4), spline.Total.Value, 1e-14);
        foreach (GradientPoint point in spline.Curve(0, 7))
            Assert.Equal(Y(point.Lambda), point.Gradient, 1e-14);
        Assert.Equal(15, spline.Curve(0, 7).Count);
        // trapezoid: Y(1) = -1/3, twice half of it
        Assert.Equal(2 * -1.0 / 3 / 2 * 1 - spline.Total.Value, spline.DiscretisationHint!.Value, 1e-14);
        // the other way round it is the negative
        ThermodynamicIntegration back = ThermodynamicIntegration.Integrate([[2], [1], [0]], [[Y(2)], [Y(1)], [Y(0)]], [[0], [0], [0]],
            IntegrationRule.CubicSpline);
        Assert.Equal(-spline.Total.Value, back.Total.Value, 1e-14);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(20)]
    public void Gauss_legendre_is_exact_to_degree_2k_minus_1(int count)
    {
        (double[] nodes, double[] weights) = GaussLegendre.OnUnitInterval(count);
        Assert.Equal(1, weights.Sum(), 1e-14);
        double Power(int p) => ThermodynamicIntegration.IntegrateGaussLegendre(nodes, [.. nodes.Select(x => Math.Pow(x, p))],
            new double[count]).Total.Value;
        for (int p = 0; p < 2 * count; p++)
            Assert.Equal(1.0 / (p + 1), Power(p), 1e-13);
        Assert.True(count > 8 || Math.Abs(Power(2 * count) - 1.0 / (2 * count + 1)) > 1e-10); // and no further
        // between nodes: exact to degree K - 1, and the curve is the polynomial
        ThermodynamicIntegration top = ThermodynamicIntegration.IntegrateGaussLegendre(nodes,
            [.. nodes.Select(x => Math.Pow(x, count - 1))], [.. nodes.Select(_ => 0.1)]);
        for (int i = 0; i < count + 2; i++)
            Assert.Equal(Math.Pow(top.Lambdas[i][0], count) / count, top.Profile[i].Value, 1e-12);
        Assert.All(top.Curve(0, 3), point => Assert.Equal(Math.Pow(point.Lambda, count - 1), point.Gradient, 1e-9));
        Assert.Equal(0.1 * Math.Sqrt(weights.Sum(w => w * w)), top.Total.StandardError, 1e-12);
    }

    [Fact]
    public void Nodes_as_they_are_printed_are_accepted_and_others_are_not()
    {
        double[] printed = [0.1127, 0.5, 0.88729]; // alchemlyb's table, Amber's manual
        Assert.Equal(1, ThermodynamicIntegration.IntegrateGaussLegendre(printed, [1, 1, 1], [0, 0, 0]).Total.Value, 1e-14);
        string message = Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.IntegrateGaussLegendre([0.1127, 0.5, 0.9],
            [1, 1, 1], [0, 0, 0])).Message;
        Assert.Contains("Lambda 2 is 0.9, but node 2 of the Gauss-Legendre rule with 3 nodes on [0, 1] is 0.887298", message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(IntegrationRule.Trapezoid)]
    [InlineData(IntegrationRule.CubicSpline)]
    [InlineData(IntegrationRule.GaussLegendre)]
    public void Errors_are_those_of_repeated_experiments(IntegrationRule rule)
    {
        // 2000 noisy repetitions: the standard deviation is known to 1.6 %, so 4.5 of that; the sum of the intervals' errors in quadrature
        // fails, since neighbours share a state
        double[] lambdas = rule == IntegrationRule.GaussLegendre ? GaussLegendre.OnUnitInterval(5).Nodes : s_uneven,
            errors = [.. lambdas.Select((_, i) => 0.1 + 0.05 * i)];
        var random = new RandomSource(17);
        ThermodynamicIntegration Repeat()
        {
            double[] g = [.. lambdas.Select((x, i) => Math.Exp(x) + errors[i] * random.NextNormal())];
            return rule == IntegrationRule.GaussLegendre
                ? ThermodynamicIntegration.IntegrateGaussLegendre(lambdas, g, errors)
                : ThermodynamicIntegration.Integrate(Column(lambdas), Column(g), Column(errors), rule);
        }
        ThermodynamicIntegration[] all = [.. Enumerable.Range(0, 2000).Select(_ => Repeat())];
        int last = all[0].Lambdas.Count - 1;
        foreach ((int a, int b) in new[] { (0, last), (1, 3), (2, 3), (3, last) })
        {
            double[] z = [.. all.Select(t => t.Difference(a, b).Value / t.Difference(a, b).StandardError)];
            double variance = Calibration.Moments(z).Variance;
            output.WriteLine($"{a} {b}: variance {variance:f3}");
            Assert.Equal(1, variance, 4.5 * Math.Sqrt(2.0 / 2000));
        }
        if (rule == IntegrationRule.Trapezoid)
        {
            double quadrature = Math.Sqrt(all[0].Intervals.Sum(d => d.StandardError * d.StandardError));
            double[] wrong = [.. all.Select(t => t.Total.Value / quadrature)];
            Assert.True(Math.Abs(Calibration.Moments(wrong).Variance - 1) > 4.5 * Math.Sqrt(2.0 / 2000));
        }
    }

    [Fact]
    public void The_trapezoid_s_errors_are_alchemlyb_s()
    {
        // variance sum_k ((l_{k+1} - l_{k-1})/2)^2 se_k^2, with the ends' missing neighbours themselves
        double[] errors = [0.1, 0.2, 0.3, 0.1, 0.2, 0.3];
        double expected = 0;
        for (int k = 0; k < 6; k++)
            expected += Math.Pow(0.5 * (s_uneven[Math.Min(k + 1, 5)] - s_uneven[Math.Max(k - 1, 0)]) * errors[k], 2);
        Assert.Equal(Math.Sqrt(expected), ThermodynamicIntegration.Integrate(Column(s_uneven), Column(s_uneven),
            Column(errors)).Total.StandardError, 1e-14);
    }

    [Fact]
    public void Components_one_after_another_are_each_splined_over_their_own_stretch()
    {
        // charges first, then van der Waals: each as if alone, with its own natural end at the corner
        double[] charges = [0, 0.3, 0.6, 1], sterics = [0, 0.2, 0.5, 0.7, 1];
        double A(double x) => Math.Exp(-2 * x);
        double B(double x) => 40 * x * (1 - x) + 5;
        var lambdas = new List<double[]>();
        lambdas.AddRange(charges.Select(x => new[] { x, 0.0 }));
        lambdas.AddRange(sterics.Skip(1).Select(x => new[] { 1.0, x }));
        double[][] path = [.. lambdas], gradients = [.. path.Select(l => new[] { A(l[0]), B(l[1]) })],
            errors = [.. path.Select(_ => new[] { 0.1, 0.2 })];
        foreach (IntegrationRule rule in new[] { IntegrationRule.Trapezoid, IntegrationRule.CubicSpline })
        {
            ThermodynamicIntegration both = ThermodynamicIntegration.Integrate(path, gradients, errors, rule),
                first = Single(charges, A, 0.1, rule), second = Single(sterics, B, 0.2, rule);
            Assert.Equal(first.Total.Value, both.Difference(0, 3).Value, 1e-13);
            Assert.Equal(second.Total.Value, both.Difference(3, 7).Value, 1e-13);
            Assert.Equal(first.Total.Value + second.Total.Value, both.Total.Value, 1e-13);
            Assert.Equal(Math.Sqrt(Math.Pow(first.Total.StandardError, 2) + Math.Pow(second.Total.StandardError, 2)),
                both.Total.StandardError, 1e-13);
            Assert.Equal(first.DiscretisationHint!.Value + second.DiscretisationHint!.Value, both.DiscretisationHint!.Value, 1e-13);
            Assert.Equal(0, both.Curve(0).Min(p => p.Position));
            Assert.Equal(3, both.Curve(0).Max(p => p.Position));
            Assert.Equal(3, both.Curve(1).Min(p => p.Position));
        }
        // power: the gradient along the path, splined through the corner, is another number
        double[] steps = [.. Enumerable.Range(0, 8).Select(i => i <= 3 ? charges[i] : 1 + sterics[i - 3])];
        ThermodynamicIntegration through = ThermodynamicIntegration.Integrate(Column(steps),
            [.. path.Select((l, i) => new[] { i < 3 ? A(l[0]) : B(l[1]) })],
            Column([.. steps.Select(_ => 0.1)]), IntegrationRule.CubicSpline);
        Assert.True(Math.Abs(through.Total.Value - ThermodynamicIntegration.Integrate(path, gradients, errors,
            IntegrationRule.CubicSpline).Total.Value) > 0.1);
    }

    [Fact]
    public void Components_that_move_together_add()
    {
        double[] x = [0, 0.25, 0.5, 0.75, 1];
        ThermodynamicIntegration both = ThermodynamicIntegration.Integrate([.. x.Select(v => new[] { v, 1 - v })],
            [.. x.Select(v => new[] { v * v, Math.Exp(v) })], [.. x.Select(_ =>
            new[] { 0.3, 0.4 })], IntegrationRule.CubicSpline);
        ThermodynamicIntegration one = Single(x, v => v * v, 0.3, IntegrationRule.CubicSpline),
            two = Single(x, Math.Exp, 0.4, IntegrationRule.CubicSpline);
        Assert.Equal(one.Total.Value - two.Total.Value, both.Total.Value, 1e-13);
        Assert.Equal(Math.Sqrt(Math.Pow(one.Total.StandardError, 2) + Math.Pow(two.Total.StandardError, 2)), both.Total.StandardError,
            1e-13);
        // there and back is nothing: a turn is a corner
        ThermodynamicIntegration loop = ThermodynamicIntegration.Integrate([[0], [0.5], [1], [0.5], [0]], [[1], [4], [2], [4], [1]],
            [[0], [0], [0], [0], [0]], IntegrationRule.CubicSpline);
        Assert.Equal(0, loop.Total.Value, 1e-14);
    }

    [Fact]
    public void A_repeated_state_is_one_knot()
    {
        foreach (IntegrationRule rule in new[] { IntegrationRule.Trapezoid, IntegrationRule.CubicSpline })
        {
            ThermodynamicIntegration twice = ThermodynamicIntegration.Integrate([[0], [0.4], [0.4], [1]], [[1], [5], [7], [2]],
                [[0.1], [0.1], [0.1], [0.1]], rule);
            ThermodynamicIntegration once = ThermodynamicIntegration.Integrate([[0], [0.4], [1]], [[1], [6], [2]],
                [[0.1], [0.1 / Math.Sqrt(2)], [0.1]], rule);
            Assert.Equal(once.Total.Value, twice.Total.Value, 1e-14);
            Assert.Equal(once.Total.StandardError, twice.Total.StandardError, 1e-14);
            Assert.Equal(0, twice.Intervals[1].Value);
            Assert.Equal(0, twice.Intervals[1].StandardError);
            Assert.Equal(once.Profile[1].Value, twice.Profile[2].Value, 1e-14);
            Assert.Equal(22, twice.Curve(0).Count); // eleven points on each side: their common one has two positions
        }
        Assert.Null(ThermodynamicIntegration.Integrate([[0], [1]], [[1], [2]], [[0], [0]]).DiscretisationHint);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("Component 0 of state 1 of gradients",
            Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1]], [[1], [double.NaN]], [[0],
            [0]])).Message, StringComparison.Ordinal);
        Assert.Contains("Component 0 of state 0 of standardErrors",
            Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1]], [[1], [1]],
            [[double.PositiveInfinity], [0]])).Message, StringComparison.Ordinal);
        Assert.Contains("component 0 of state 1 is -1",
            Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1]], [[1], [1]], [[0], [-1]])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1]], [[1]], [[0], [0]]));
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1, 2]], [[1], [1]], [[0], [0]]));
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0]], [[1]], [[0]]));
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([], [], []));
        Assert.Contains("moves", Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [0]], [[1], [1]],
            [[0], [0]])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate([[0], [1]], [[1], [1]], [[0], [0]],
            IntegrationRule.GaussLegendre));
        Assert.Throws<ArgumentOutOfRangeException>(() => Single(s_uneven, x => x, 0, IntegrationRule.Trapezoid).Difference(0, 6));
    }

    private static ThermodynamicIntegration Single(double[] lambdas, Func<double, double> gradient, double error, IntegrationRule rule) =>
        ThermodynamicIntegration.Integrate(Column(lambdas), Column([.. lambdas.Select(gradient)]), Column([.. lambdas.Select(_ => error)]),
            rule);

    private static double[][] Column(double[] values) => [.. values.Select(x => new[] { x })];

    [Fact]
    public void Components_of_one_state_share_their_samples()
    {
        // two components move together, and the fluctuation of one undoes that of the other: the sum is known exactly, and only the
        // correlation says so
        double[][] lambdas = [[0, 0], [1, 1]], gradients = [[1, 2], [3, 4]], errors = [[0.5, 0.5], [0.2, 0.2]];
        double[] opposite = [1, -1, -1, 1], alike = [1, 1, 1, 1];
        var independent = ThermodynamicIntegration.Integrate(lambdas, gradients, errors);
        Assert.Equal(5, independent.Total.Value, 1e-14);
        Assert.Equal(Math.Sqrt(0.25 * 2 * (0.25 + 0.04)), independent.Total.StandardError, 1e-14);
        Assert.Equal(0, ThermodynamicIntegration.Integrate(lambdas, gradients, errors,
            correlations: [opposite, opposite]).Total.StandardError, 1e-12);
        Assert.Equal(Math.Sqrt(0.25 * 4 * (0.25 + 0.04)), ThermodynamicIntegration.Integrate(lambdas, gradients, errors,
            correlations: [alike, alike]).Total.StandardError, 1e-14);
        // one takes over from the other: they meet in the middle state
        var corner = ThermodynamicIntegration.Integrate([[0, 0], [1, 0], [1, 1]], [[0, 0], [0, 0], [0, 0]], [[0, 0], [0.5, 0.5], [0, 0]],
            correlations: [alike, alike, alike]);
        Assert.Equal(0.5, corner.Total.StandardError, 1e-14);
        Assert.Throws<ArgumentException>(() => ThermodynamicIntegration.Integrate(lambdas, gradients, errors, correlations: [alike]));
    }
}
