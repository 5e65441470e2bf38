using MolSampling.Flows.Bijections;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>What every bijection promises. Each check gives what is wrong, or nothing, so that a wrong bijection can be shown to
/// fail.</summary>
internal sealed class BijectionContract(Func<Bijection> make)
{
    /// <summary>Every broken promise: with the weights of a start, and with weights far from them.</summary>
    public List<string> Failures()
    {
        using DisposeScope scope = NewDisposeScope();
        List<string> failures = [];
        // single precision and differences of the loss are no match for the steepest splines
        foreach ((double strength, ScalarType[] types) in new[] { (0.0, new[] { ScalarType.Float32, ScalarType.Float64 }),
            (0.1, [ScalarType.Float32, ScalarType.Float64]), (0.5, [ScalarType.Float64]) })
        {
            using DisposeScope setting = NewDisposeScope(); // graphs of one setting at a time
            using Bijection exact = Make(ScalarType.Float64, strength);
            Exact forward = Exact.Of(exact, false), inverse = Exact.Of(exact, true);
            foreach (ScalarType type in types)
            {
                using Bijection map = Make(type, strength);
                Tensor x = Points(map.Domain, type), y = Points(map.Codomain, type);
                IEnumerable<string> found = RoundTrip(map, x, false, forward).Concat(RoundTrip(map, y, true, inverse)).Concat(Outside(map,
                    x));
                if (type == ScalarType.Float64)
                    found = found.Concat(Jacobian(forward, map, false)).Concat(Jacobian(inverse, map,
                        true)).Concat(Circles(map)).Concat(Signs(map)).Concat(Singles(map))
                        .Concat(strength < 0.5 ? WeightGradients(map) : []);
                failures.AddRange(found.Select(f => $"{type}, strength {strength}: {f}"));
            }
        }
        return failures;
    }

    /// <summary>One direction in double precision: points X, images Y, their Jacobian [B, D, D] by autograd, the log-determinant that the
    /// map says and its slopes; computed once for what several checks ask.</summary>
    private sealed record Exact(Tensor X, Tensor Y, Tensor Jacobian, Tensor LogDet, Tensor Slopes)
    {
        public static Exact Of(Bijection map, bool inverse)
        {
            Tensor x = Points(inverse ? map.Codomain : map.Domain, ScalarType.Float64).requires_grad_(true);
            (Tensor y, Tensor logDet) = inverse ? map.Inverse(x, Condition(map, x)) : map.Forward(x, Condition(map, x));
            Tensor slopes = logDet.requires_grad ? autograd.grad([logDet.sum()], [x], retain_graph: true, allow_unused: true)[0]
                : zeros_like(x);
            if (slopes.IsInvalid)
                slopes = zeros_like(x);
            return new(x.detach(), y.detach(), JacobianOf(x, y), logDet.detach(), slopes);
        }
    }

    private Bijection Make(ScalarType type, double strength)
    {
        Bijection map = make();
        var random = new RandomSource(11);
        map.Initialize(random.Split("start"));
        map.To(ScalarType.Float64);
        foreach (Parameter weight in map.Weights)
            using (no_grad())
            using (Tensor noise = Normal(weight.Value.shape, random) * strength)
                weight.Set(weight.Value + noise);
        map.To(type);
        return map;
    }

    private static Tensor Normal(long[] shape, RandomSource random) =>
        tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextNormal()).ToArray(), shape);

    private static Tensor? Condition(Bijection map, Tensor x) => map.ConditionSize == 0 ? null :
        ((arange(x.shape[0], dtype: ScalarType.Float64).unsqueeze(1) * 0.37 + arange(map.ConditionSize,
            dtype: ScalarType.Float64)).sin()).to(x.dtype);

    /// <summary>Random points inside, then ends, seams, tail bounds, tiny and large numbers: 40 + 12 rows.</summary>
    public static Tensor Points(Domain domain, ScalarType type, bool extremes = true)
    {
        var random = new RandomSource(5);
        double[] reals = [0, 1e-30, -1e-30, 5, -5, 1e3, -1e3, 2.5, -1.25, 30, 4.9999999, 1e-7], parts = [0, 1, 0.5, 1e-30, 1e-12, 1 - 1e-12,
            0.25, 0.75, 1e-7, 1 - 1e-7, 0.125, 0.99];
        int rows = extremes ? 52 : 40;
        double[] x = new double[rows * domain.Count];
        for (int b = 0; b < rows; b++)
            for (int i = 0; i < domain.Count; i++)
            {
                Axis axis = domain[i];
                int e = (b - 40 + i) % 12;
                x[b * domain.Count + i] = axis.Kind == AxisKind.Real
                    ? b < 40 ? 2 * random.NextNormal() : reals[e]
                    : Math.Min(axis.High, axis.Low + axis.Span * (b < 40 ? random.NextDouble() : parts[e]));
            }
        for (int b = 0; b < rows; b++)
            foreach (int first in domain.Quaternions)
            {
                Span<double> q = x.AsSpan(b * domain.Count + first, 4);
                double length = Math.Sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
                foreach (ref double number in q)
                    number /= length;
            }
        return tensor(x, [rows, domain.Count]).to(type);
    }

    /// <summary>|a - b|, on circles the shorter way round, of quaternions with the sign that is nearer, [B, D] in float64.</summary>
    public static Tensor Distance(Domain domain, Tensor a, Tensor b)
    {
        foreach (int first in domain.Quaternions)
        {
            Tensor sign = (a.narrow(1, first, 4).to(b.dtype) * b.narrow(1, first, 4)).sum(1, keepdim: true).sign();
            b = cat([b.narrow(1, 0, first), sign * b.narrow(1, first, 4), b.narrow(1, first + 4, domain.Count - first - 4)], 1);
        }
        Tensor period = tensor(domain.Select(x => x.Kind == AxisKind.Circle ? x.Span : 0).ToArray()),
            d = a.to(ScalarType.Float64) - b.to(ScalarType.Float64);
        return (d - period * (d / (period + 1e-300)).round().nan_to_num(0, 0, 0)).abs();
    }

    /// <summary>
    /// 1e-6 in single precision and 1e-10 in double, of 1 + |x|; where the map is not close to the identity, of what a rounding error of y
    /// of this size becomes on its way back: the inverse Jacobian says that, and the log-determinant's gradient what it does to the
    /// log-determinant.
    /// </summary>
    private static IEnumerable<string> RoundTrip(Bijection map, Tensor start, bool inverse, Exact exact)
    {
        string name = inverse ? "inverse, then forward" : "forward, then inverse";
        Tensor? c = Condition(map, start);
        (Domain from, Domain to) = inverse ? (map.Codomain, map.Domain) : (map.Domain, map.Codomain);
        (Tensor y, Tensor there) = inverse ? map.Inverse(start, c) : map.Forward(start, c);
        if (!to.Contains(y).all().item<bool>())
            yield return $"{name}: images outside {to}";
        (Tensor back, Tensor again) = inverse ? map.Forward(y, c) : map.Inverse(y, c);
        Tensor x = exact.X.abs(), stretch = linalg.pinv(exact.Jacobian).abs();
        double tolerance = map.Type == ScalarType.Float32 ? 1e-6 : 1e-10;
        Tensor allowed = maximum(1 + x, stretch.matmul((1 + exact.Y.abs()).unsqueeze(2)).squeeze(2)) * tolerance;
        double difference = (Distance(from, start, back) / allowed).max().item<double>();
        double logDets = ((there + again).abs() / (10 * tolerance + (allowed * exact.Slopes.abs()).sum(1))).max().item<double>();
        if (!(difference <= 1))
            yield return $"{name}: {difference:g3} times the tolerance away";
        if (!(logDets <= 1))
            yield return $"{name}: log-determinants do not cancel, {logDets:g3} times the tolerance";
    }

    /// <summary>[B, D, D] by autograd.</summary>
    private static Tensor JacobianOf(Tensor x, Tensor y) =>
        stack([.. Enumerable.Range(0, (int)y.shape[1]).Select(i => autograd.grad([y.select(1, i).sum()], [x], retain_graph: true)[0])], 1);

    /// <summary>[B, D, f] orthonormal axes of the domain at points: of a quaternion the three that are normal to it.</summary>
    private static Tensor Tangents(Domain domain, Tensor x)
    {
        List<Tensor> axes = [];
        for (int i = 0; i < domain.Count; i++)
        {
            if (domain[i].Kind != AxisKind.Quaternion)
            {
                axes.Add(eye(domain.Count, dtype: x.dtype)[i].expand(x.shape[0], -1));
                continue;
            }
            Tensor[] q = x.narrow(1, i, 4).unbind(1);
            foreach (Tensor axis in new[] { stack([-q[1], q[0], -q[3], q[2]], 1), stack([-q[2], q[3], q[0], -q[1]], 1),
                stack([-q[3], -q[2], q[1], q[0]], 1) }) // the quaternion times i, j, k
                axes.Add(cat([zeros(x.shape[0], i, dtype: x.dtype), axis, zeros(x.shape[0], domain.Count - i - 4, dtype: x.dtype)], 1));
            i += 3;
        }
        return stack([.. axes], 2);
    }

    private static IEnumerable<string> Jacobian(Exact exact, Bijection map, bool inverse)
    {
        (Domain from, Domain to) = inverse ? (map.Codomain, map.Domain) : (map.Domain, map.Codomain);
        Tensor jacobian = Tangents(to, exact.Y).transpose(1, 2).matmul(exact.Jacobian).matmul(Tangents(from, exact.X));
        double difference = (linalg.slogdet(jacobian).Item2 - exact.LogDet).abs().max().item<double>();
        if (!(difference <= 1e-8))
            yield return $"{(inverse ? "inverse" : "forward")} log-determinant: {difference:g3} from autograd's";
    }

    private static IEnumerable<string> Outside(Bijection map, Tensor good)
    {
        foreach (bool inverse in new[] { false, true })
        {
            Domain from = inverse ? map.Codomain : map.Domain;
            Tensor rows = (inverse ? Points(from, good.dtype) : good).narrow(0, 0, 12).clone();
            (Tensor Y, Tensor LogDet) Map(Tensor x) => inverse ? map.Inverse(x, Condition(map, x)) : map.Forward(x, Condition(map, x));
            (Tensor clean, Tensor cleanLogDet) = Map(rows);
            int column = Math.Max(0, from.ToList().FindIndex(a => a.Kind == AxisKind.Interval));
            List<double> wrong = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
            if (from[column].Kind == AxisKind.Interval)
                wrong.AddRange([from[column].Low - 1e-3, from[column].High + 1e3]);
            else if (from[column].Kind == AxisKind.Quaternion)
                wrong.Add(2);
            Tensor bad = rows.clone();
            for (int k = 0; k < wrong.Count; k++)
                bad[2 * k, column] = tensor(wrong[k]).to(good.dtype);
            bad.requires_grad_(true);
            (Tensor y, Tensor logDet) = Map(bad);
            bool[] isOut = [.. Enumerable.Range(0, 12).Select(b => b % 2 == 0 && b / 2 < wrong.Count)];
            Tensor outside = tensor(isOut), inside = outside.logical_not();
            if (!isnan(y[outside]).all().item<bool>() || !(logDet[outside] == double.NegativeInfinity).all().item<bool>())
                yield return $"inverse {inverse}: rows outside are not (NaN, -inf)";
            if (!y[inside].allclose(clean[inside], 1e-5, 1e-6) || !logDet[inside].allclose(cleanLogDet[inside], 1e-5, 1e-5))
                yield return $"inverse {inverse}: a row outside changes others";
            Tensor sum = where(inside.unsqueeze(1), y, zeros_like(y)).sum() + where(inside, logDet, zeros_like(logDet)).sum();
            foreach (Tensor gradient in autograd.grad([sum], [bad, .. map.Weights.Select(w => w.Value)], allow_unused: true))
                if (!gradient.IsInvalid && !isfinite(gradient).all().item<bool>())
                    yield return $"inverse {inverse}: a row outside spoils a gradient";
        }
    }

    private static IEnumerable<string> Singles(Bijection map)
    {
        Tensor x = Points(map.Domain, ScalarType.Float64);
        Tensor? c = Condition(map, x);
        (Tensor y, Tensor logDet) = map.Forward(x, c);
        foreach (long b in new long[] { 0, 17, 39 })
        {
            (Tensor single, Tensor own) = map.Forward(x.narrow(0, b, 1), c?.narrow(0, b, 1));
            if (Distance(map.Codomain, y.narrow(0, b, 1), single).max().item<double>() > 1e-9
                || Math.Abs((own[0] - logDet[b]).item<double>()) > 1e-9)
                yield return $"row {b} alone differs";
        }
        (Tensor none, Tensor nothing) = map.Forward(x.narrow(0, 0, 0), c?.narrow(0, 0, 0));
        if (!none.shape.SequenceEqual([0L, map.Dimension]) || !nothing.shape.SequenceEqual([0L]))
            yield return "an empty batch does not stay one";
    }

    /// <summary>The two sides of the seam, and a turn more, are one point: value and slope.</summary>
    private static IEnumerable<string> Circles(Bijection map)
    {
        foreach (bool inverse in new[] { false, true })
        {
            (Domain from, Domain to) = inverse ? (map.Codomain, map.Domain) : (map.Domain, map.Codomain);
            for (int i = 0; i < map.Dimension; i++)
            {
                if (from[i].Kind != AxisKind.Circle)
                    continue;
                Tensor At(double value)
                {
                    Tensor x = Points(from, ScalarType.Float64, extremes: false);
                    x.select(1, i).fill_(value);
                    return x;
                }
                (Tensor Y, Tensor LogDet) Map(Tensor x) => inverse ? map.Inverse(x, Condition(map, x)) : map.Forward(x, Condition(map, x));
                double low = from[i].Low, high = from[i].High, span = from[i].Span;
                var images = new Dictionary<double, (Tensor Y, Tensor LogDet)>();
                (Tensor Y, Tensor LogDet) Image(double value)
                {
                    if (!images.TryGetValue(value, out (Tensor Y, Tensor LogDet) image))
                        images[value] = image = Map(At(value));
                    return image;
                }
                (double Value, double LogDet) Apart(double a, double b)
                {
                    ((Tensor y, Tensor logDet), (Tensor z, Tensor other)) = (Image(a), Image(b));
                    return (Distance(to, y, z).max().item<double>(), (logDet - other).abs().max().item<double>());
                }
                const double step = 1e-11;
                (double before, double logBefore) = Apart(high - step, high - 2 * step);
                (double after, double logAfter) = Apart(low + step, low + 2 * step);
                foreach ((double a, double b) in new[] { (low, high), (low, low - 3 * span), (low, low + step), (high - step, low),
                    (high - step, low + step) })
                {
                    // across the seam no more happens than beside it
                    (double jump, double logJump) = Apart(a, b);
                    if (!(jump <= 1e-9 + 4 * (before + after)) || !(logJump <= 1e-8 + 4 * (logBefore + logAfter)))
                        yield return $"inverse {inverse}, circle {i}: a jump at the seam, {a} to {b}: {jump:g3}, {logJump:g3}";
                }
            }
        }
    }

    /// <summary>A quaternion with the other sign is the same orientation.</summary>
    private static IEnumerable<string> Signs(Bijection map)
    {
        foreach (bool inverse in new[] { false, true })
        {
            (Domain from, Domain to) = inverse ? (map.Codomain, map.Domain) : (map.Domain, map.Codomain);
            Tensor x = Points(from, ScalarType.Float64);
            (Tensor Y, Tensor LogDet) Map(Tensor at) => inverse ? map.Inverse(at, Condition(map, at)) : map.Forward(at, Condition(map, at));
            foreach (int first in from.Quaternions)
            {
                Tensor turned = x.clone();
                turned.narrow(1, first, 4).neg_();
                ((Tensor y, Tensor logDet), (Tensor z, Tensor other)) = (Map(x), Map(turned));
                if (!(Distance(to, y, z).max().item<double>() <= 1e-12) || !((logDet - other).abs().max().item<double>() <= 1e-10))
                    yield return $"inverse {inverse}: the sign of the quaternion at column {first} matters";
            }
        }
    }

    private static IEnumerable<string> WeightGradients(Bijection map)
    {
        Tensor x = Points(map.Domain, ScalarType.Float64, extremes: false), target = Points(map.Codomain, ScalarType.Float64,
            extremes: false);
        Tensor weights = (arange(map.Dimension, dtype: ScalarType.Float64) + 1).cos();
        Tensor Loss(bool inverse)
        {
            (Tensor y, Tensor logDet) = inverse ? map.Inverse(target, Condition(map, target)) : map.Forward(x, Condition(map, x));
            double[] frequency = [.. (inverse ? map.Domain : map.Codomain).Select(a => a.Kind == AxisKind.Circle ? 2 * Math.PI / a.Span
                : 1)];
            return ((y * tensor(frequency)).sin() * weights).sum() + logDet.sum(); // the sine knows no seam
        }
        foreach (bool inverse in new[] { false, true })
        {
            Tensor[] gradients = map.Weights.Any() ? [.. autograd.grad([Loss(inverse)], [.. map.Weights.Select(w => w.Value)],
                allow_unused: true)] : [];
            foreach ((Parameter weight, Tensor gradient) in map.Weights.Zip(gradients))
            {
                Tensor start = weight.Value.detach().clone();
                if (gradient.IsInvalid)
                {
                    yield return $"{weight.Name} does not matter";
                    continue;
                }
                Tensor direction = (arange(start.numel(), dtype: ScalarType.Float64) * 1.7 + 0.3).sin().reshape(start.shape);
                double Value(double h)
                {
                    using IDisposable constant = no_grad();
                    weight.Set(start + direction * h);
                    return Loss(inverse).item<double>();
                }
                double found = (gradient * direction).sum().item<double>();
                // a log-slope has kinks at knots: where one lies within the difference, a shorter one misses it
                var differences = new List<double>();
                foreach (double h in new[] { 1e-6, 1e-8 })
                {
                    double d = (Value(h) - Value(-h)) / (2 * h);
                    differences.Add(d);
                    if (Math.Abs(found - d) <= 1e-5 * (10 + Math.Abs(d)))
                    {
                        differences.Clear();
                        break;
                    }
                }
                using (no_grad())
                    weight.Set(start);
                if (differences.Count > 0)
                    yield return $"inverse {inverse}: gradient of {weight.Name} is {found:g8}, differences say {string.Join(" or ", differences)}";
            }
        }
    }
}
