using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>How the gradient is interpolated between states.</summary>
public enum IntegrationRule
{
    /// <summary>Straight lines.</summary>
    Trapezoid,

    /// <summary>A natural cubic spline on every stretch of the path without a corner.</summary>
    CubicSpline,

    /// <summary>The polynomial through Gauss-Legendre nodes on [0, 1].</summary>
    GaussLegendre,
}

/// <summary>A point of the interpolated gradient, for plots.</summary>
/// <param name="Position">Along the path: i + t is the fraction t of interval i of the profile.</param>
/// <param name="Lambda">Of the component.</param>
/// <param name="Gradient">d f/d lambda, kT.</param>
public readonly record struct GradientPoint(double Position, double Lambda, double Gradient);

/// <summary>
/// Thermodynamic integration (J. G. Kirkwood, J. Chem. Phys. 3 (1935) 300): f_b - f_a = int sum_l &lt;du/d lambda_l&gt; d lambda_l along a
/// path of states, kT. Every rule is a linear functional sum_kl W_kl g_kl of the mean gradients, so errors are exact for any pair of
/// states: variance sum_k sum_lm W_kl W_km C_k,lm, with what neighbouring intervals share. It says nothing of the discretisation, of which
/// <see cref="DiscretisationHint"/> does. C_k is the covariance of the mean gradients of state k: components come from the same samples, so
/// that they are correlated. Without correlations they count as independent, as in alchemlyb, which is wrong where several move at once or
/// where one takes over from another.
/// </summary>
/// <remarks>
/// Consecutive states at the same lambda are one knot, the plain mean of theirs, and the difference between them is zero. A corner is where
/// the set of moving components, or the direction of one, changes: the gradient may have a kink there, so that splines end at it. A
/// component that pauses therefore has a spline for each stretch over which it moves.
/// </remarks>
public sealed class ThermodynamicIntegration
{
    private readonly double[] _gradients; // [K * L] flattened
    private readonly double[][] _covariances; // [K][L * L] of the mean gradients
    private readonly double[][] _weights; // [intervals][K * L]
    private readonly Func<int, int, double, GradientPoint> _interpolate; // component, interval, fraction

    private ThermodynamicIntegration(IntegrationRule rule, double[][] lambdas, int components, double[] gradients, double[][] covariances,
        double[][] weights,
        Func<int, int, double, GradientPoint> interpolate, double? hint)
    {
        (Rule, Lambdas, Components, _gradients, _covariances, _weights, _interpolate, DiscretisationHint) = (rule, lambdas, components,
            gradients, covariances, weights, interpolate, hint);
        Intervals = [.. Enumerable.Range(0, weights.Length).Select(i => Difference(i, i + 1))];
        Profile = [.. Enumerable.Range(0, lambdas.Length).Select(i => Difference(0, i))];
    }

    public IntegrationRule Rule { get; }

    /// <summary>[P][L] points of the profile: the states, for Gauss-Legendre with the ends 0 and 1 added.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Lambdas { get; }

    /// <summary>L.</summary>
    public int Components { get; }

    /// <summary>[P - 1] f_{i+1} - f_i, kT.</summary>
    public IReadOnlyList<FreeEnergyDifference> Intervals { get; }

    /// <summary>[P] f_i - f_0, kT. Errors of neighbours are correlated: use <see cref="Difference"/> for other pairs.</summary>
    public IReadOnlyList<FreeEnergyDifference> Profile { get; }

    /// <summary>From the first point to the last, kT.</summary>
    public FreeEnergyDifference Total => Profile[^1];

    /// <summary>Trapezoid minus spline over the whole path, kT: if it is not small against the error, more states are needed. None for
    /// Gauss-Legendre, and none where no stretch has three
    /// states, since the two rules are then the same.</summary>
    public double? DiscretisationHint { get; }

    /// <summary>Integrates by straight lines or splines.</summary>
    /// <param name="lambdas">[K][L] states in the order of the path, K at least 2.</param>
    /// <param name="gradients">[K][L] &lt;du/d lambda_l&gt;_k, kT; those of components that do not move next to state k are not used, but
    /// must be finite.</param>
    /// <param name="standardErrors">[K][L] one standard deviation, kT.</param>
    /// <param name="rule"><see cref="IntegrationRule.Trapezoid"/> (reproduces alchemlyb's TI, value and error) or
    /// <see cref="IntegrationRule.CubicSpline"/>.</param>
    /// <param name="correlations">[K][L * L] correlation of the components' mean gradients in every state; independent if left out.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree, a number that is not finite or an error that is negative (array, state
    /// and component are named), no component that
    /// moves, or the Gauss-Legendre rule.</exception>
    public static ThermodynamicIntegration Integrate(double[][] lambdas, double[][] gradients, double[][] standardErrors,
        IntegrationRule rule = IntegrationRule.Trapezoid,
        double[][]? correlations = null)
    {
        if (rule == IntegrationRule.GaussLegendre)
            throw new ArgumentException($"Gauss-Legendre quadrature has a method of its own: {nameof(IntegrateGaussLegendre)}.",
                nameof(rule));
        int components = CheckInput(lambdas, gradients, standardErrors);
        if (correlations is not null && (correlations.Length != lambdas.Length
            || correlations.Any(c => c.Length != components * components)))
            throw new ArgumentException($"{lambdas.Length} states with {components} components need as many correlation matrices of {components * components} numbers.", nameof(correlations));
        if (lambdas.Length < 2)
            throw new ArgumentException("A path has at least two states.", nameof(lambdas));
        var path = new LambdaPath(lambdas, components);
        if (path.Stretches.Count == 0)
            throw new ArgumentException("No component moves along the path.", nameof(lambdas));
        double[] g = [.. gradients.SelectMany(row => row)];
        double[][] weights = path.Weights(spline: rule == IntegrationRule.CubicSpline),
            others = path.Weights(spline: rule != IntegrationRule.CubicSpline);
        double difference = Dot(weights, g) - Dot(others, g);
        double? hint = path.Stretches.Any(s => s.Knots > 2) ? rule == IntegrationRule.CubicSpline ? -difference : difference : null;
        return new(rule, [.. lambdas.Select(row => row.ToArray())], components, g, Covariances(standardErrors, correlations), weights,
            (l, i, t) => path.Interpolate(l, i, t, g, rule == IntegrationRule.CubicSpline), hint);
    }

    /// <summary>Integrates one component from 0 to 1 by Gauss-Legendre quadrature. The profile has the K nodes and the two ends; between
    /// them it is the integral of the polynomial through
    /// the nodes.</summary>
    /// <param name="lambdas">[K] nodes on [0, 1] to 1e-4, ascending; K from 1 to 50.</param>
    /// <param name="gradients">[K] &lt;du/d lambda&gt;, kT.</param>
    /// <param name="standardErrors">[K] kT.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree, a number that is not finite or an error that is negative (array and
    /// state are named), or lambdas that are not the nodes
    /// (the first that is not, and what it should be, are named).</exception>
    public static ThermodynamicIntegration IntegrateGaussLegendre(double[] lambdas, double[] gradients, double[] standardErrors)
    {
        CheckInput([.. lambdas.Select(x => new[] { x })], [.. gradients.Select(x => new[] { x })],
            [.. standardErrors.Select(x => new[] { x })]);
        int count = lambdas.Length;
        if (count > 50)
            throw new ArgumentException($"{count} lambdas: Gauss-Legendre rules of more than 50 nodes are not offered.", nameof(lambdas));
        (double[] nodes, double[] quadrature) = GaussLegendre.OnUnitInterval(count);
        for (int k = 0; k < count; k++)
            if (Math.Abs(lambdas[k] - nodes[k]) > GaussLegendre.Tolerance)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"Lambda {k} is {lambdas[k]}, but node {k} of the Gauss-Legendre rule with {count} nodes on [0, 1] is {nodes[k]:f6}."),
                        nameof(lambdas));
        double[] barycentric = new double[count]; // of the Lagrange polynomials through the exact nodes
        for (int j = 0; j < count; j++)
        {
            barycentric[j] = 1;
            for (int k = 0; k < count; k++)
                barycentric[j] /= k == j ? 1 : 4 * (nodes[j] - nodes[k]); // 4: the capacity of [0, 1] is 1/4, so products stay of order one
        }
        double[] points = [0, .. nodes, 1];
        var weights = new double[count + 1][];
        double[] basis = new double[count];
        for (int i = 0; i <= count; i++)
        {
            weights[i] = new double[count];
            double width = points[i + 1] - points[i];
            for (int q = 0; q < count; q++) // K nodes integrate polynomials of degree K - 1 exactly over any part
            {
                Lagrange(nodes, barycentric, points[i] + width * nodes[q], basis);
                for (int k = 0; k < count; k++)
                    weights[i][k] += width * quadrature[q] * basis[k];
            }
        }
        double[] g = [.. gradients];
        GradientPoint Interpolate(int component, int interval, double fraction)
        {
            double x = points[interval] + fraction * (points[interval + 1] - points[interval]), value = 0;
            double[] at = new double[count];
            Lagrange(nodes, barycentric, x, at);
            for (int k = 0; k < count; k++)
                value += at[k] * g[k];
            return new(interval + fraction, x, value);
        }
        return new(IntegrationRule.GaussLegendre, [.. points.Select(x => new[] { x })], 1, g,
            Covariances([.. standardErrors.Select(e => new[] { e })], null), weights, Interpolate, null);
    }

    /// <summary>f_b - f_a, kT, with the error of exactly this pair.</summary>
    /// <param name="a">Point of the profile.</param>
    /// <param name="b">Another, on either side.</param>
    public FreeEnergyDifference Difference(int a, int b)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(a);
        ArgumentOutOfRangeException.ThrowIfNegative(b);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(a, _weights.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(b, _weights.Length);
        double value = 0, variance = 0;
        double[] weight = new double[Components];
        for (int k = 0; k < _covariances.Length; k++)
        {
            for (int l = 0; l < Components; l++)
            {
                weight[l] = 0;
                for (int i = Math.Min(a, b); i < Math.Max(a, b); i++)
                    weight[l] += _weights[i][k * Components + l];
                value += weight[l] * _gradients[k * Components + l];
            }
            for (int l = 0; l < Components; l++)
                for (int m = 0; m < Components; m++)
                    variance += weight[l] * weight[m] * _covariances[k][l * Components + m];
        }
        return FreeEnergyDifference.Of(b < a ? -value : value, Math.Sqrt(Math.Max(0, variance)));
    }

    /// <summary>The gradient of one component as it was integrated, on the intervals where it moves.</summary>
    /// <param name="component">l.</param>
    /// <param name="pointsPerInterval">Points of every interval after its first, which is given too where a curve starts.</param>
    public IReadOnlyList<GradientPoint> Curve(int component, int pointsPerInterval = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(component);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(component, Components);
        ArgumentOutOfRangeException.ThrowIfLessThan(pointsPerInterval, 1);
        var curve = new List<GradientPoint>();
        for (int i = 0; i < _weights.Length; i++)
        {
            if (Lambdas[i][component] == Lambdas[i + 1][component])
                continue;
            for (int p = 0; p <= pointsPerInterval; p++)
            {
                GradientPoint point = _interpolate(component, i, (double)p / pointsPerInterval);
                if (p > 0 || curve.Count == 0 || curve[^1] != point)
                    curve.Add(point);
            }
        }
        return curve;
    }

    private static double Dot(double[][] weights, double[] g)
    {
        double sum = 0;
        foreach (double[] interval in weights)
            for (int n = 0; n < g.Length; n++)
                sum += interval[n] * g[n];
        return sum;
    }

    private static double[][] Covariances(double[][] errors, double[][]? correlations) => [.. errors.Select((e, k) =>
    {
        var covariance = new double[e.Length * e.Length];
        for (int l = 0; l < e.Length; l++)
            for (int m = 0; m < e.Length; m++)
                covariance[l * e.Length + m] = e[l] * e[m] * (l == m ? 1 : correlations?[k][l * e.Length + m] ?? 0);
        return covariance;
    })];

    private static int CheckInput(double[][] lambdas, double[][] gradients, double[][] standardErrors)
    {
        if (lambdas.Length == 0 || lambdas[0].Length == 0)
            throw new ArgumentException("There are no states, or they have no lambdas.", nameof(lambdas));
        int components = lambdas[0].Length;
        CheckTable(lambdas, nameof(lambdas));
        CheckTable(gradients, nameof(gradients));
        CheckTable(standardErrors, nameof(standardErrors));
        for (int k = 0; k < lambdas.Length; k++)
            for (int l = 0; l < components; l++)
                if (standardErrors[k][l] < 0)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                        $"The standard error of component {l} of state {k} is {standardErrors[k][l]}."), nameof(standardErrors));
        return components;

        void CheckTable(double[][] table, string name)
        {
            if (table.Length != lambdas.Length)
                throw new ArgumentException($"{lambdas.Length} states have {table.Length} rows of {name}.", name);
            for (int k = 0; k < table.Length; k++)
            {
                if (table[k].Length != components)
                    throw new ArgumentException($"State {k} has {table[k].Length} {name}, not {components}.", name);
                for (int l = 0; l < components; l++)
                    if (!double.IsFinite(table[k][l]))
                        throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                            $"Component {l} of state {k} of {name} is {table[k][l]}."), name);
            }
        }
    }

    /// <summary>All L_j(x): (b_j/(x - x_j)) / sum_k b_k/(x - x_k).</summary>
    private static void Lagrange(double[] nodes, double[] barycentric, double x, double[] basis)
    {
        double sum = 0;
        for (int j = 0; j < nodes.Length; j++)
        {
            if (x == nodes[j])
            {
                Array.Clear(basis);
                basis[j] = 1;
                return;
            }
            sum += basis[j] = barycentric[j] / (x - nodes[j]);
        }
        for (int j = 0; j < nodes.Length; j++)
            basis[j] /= sum;
    }
}
