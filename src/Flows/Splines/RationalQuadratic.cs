using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Flows.Splines;

/// <summary>
/// The monotone rational-quadratic spline of Durkan, Bekasov, Murray and Papamakarios (Neural Spline Flows, NeurIPS 2019, equations 4 to
/// 8), written once over lanes: one element a lane. In the bin with width w, height h, s = h/w, end slopes d0, d1 and u = (x - X)/w: y = Y
/// + h (s u^2 + d0 u (1-u)) / D,  dy/dx = s^2 N / D^2,  D = s + (d0 + d1 - 2s) u (1-u),  N = d1 u^2 + 2s u (1-u) + d0 (1-u)^2. Widths and
/// heights are softmax with a least part, slopes softplus(raw + offset) with a least slope (<see cref="SplineShape"/>). On a circle x is
/// turned, then brought to the support, then mapped. Both directions count from the nearer knot, u from below and v = 1 - u from above:
/// ends go to ends to the bit wherever the support lies, and no result loses its digits beside a knot.
/// </summary>
/// <remarks>
/// A comparison with NaN is false, so every selection is written to let NaN pass: it stays NaN, in its own lane. Float32 knows a knot to
/// 1e-7 of the support, so it answers for a place within about 1e-6 of it. Parts of this set apart as methods of their own cost more, in
/// lanes passed through memory, than the operations that the compiler's inlining budget then reaches.
/// </remarks>
internal static unsafe class RationalQuadratic
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const double LogE2 = 1.44269504088896341;

    /// <summary>Value and log-derivative.</summary>
    /// <param name="shape">The spline.</param>
    /// <param name="inverse">From y to x, with the log-derivative of that direction.</param>
    /// <param name="v">The argument.</param>
    /// <param name="p">P rows of raw parameters; destroyed.</param>
    /// <param name="value">y, or x.</param>
    /// <param name="logDerivative">ln dy/dx, or ln dx/dy.</param>
    public static void Evaluate<T>(in SplineShape shape, bool inverse, T v, T* p, out T value, out T logDerivative) where T : unmanaged,
        ILane<T>
    {
        T at = Enter(shape, inverse, v, p);
        Find(shape, inverse, at, p, out Bin<T> bin);
        Place<T> place = inverse ? bin.Solve(at) : bin.Position(at);
        Form<T> form = new(bin, place);
        T from = inverse ? bin.X : bin.Y, to = inverse ? bin.NextX : bin.NextY, overD = T.Reciprocal(form.D), whole = to - from;
        T rise = whole * (inverse ? place.U : form.A * overD), fall = whole * (inverse ? place.V : form.AFromAbove * overD);
        T inside = T.Max(from, T.Min(to, T.IfLess(fall, rise, to - fall, from + rise))); // rounding does not leave the bin
        T wrong = T.MultiplyAdd(at, 0.0, place.U * 0.0 + form.D * 0.0); // 0, or NaN
        value = inside + wrong;
        T ratio = bin.Slope * overD;
        logDerivative = T.Log(form.N * ratio * ratio) + wrong;
        if (inverse)
            logDerivative = -logDerivative;
        if (shape.Kind == SplineKind.LinearTails)
        {
            value = Inside(shape, v, value, v);
            logDerivative = Inside(shape, v, logDerivative, 0.0);
        }
        else if (shape.Kind == SplineKind.Circular && inverse)
            value = Wrap(shape, value - Turn(shape, p));
    }

    /// <summary>The gradient: of g_y value + g_l logDerivative with respect to argument and raw parameters.</summary>
    /// <param name="shape">The spline.</param>
    /// <param name="inverse">From y to x.</param>
    /// <param name="v">The argument.</param>
    /// <param name="gy">What comes in for the value.</param>
    /// <param name="gl">What comes in for the log-derivative. Where both are zero, so is the gradient, whatever the argument: what a mask
    /// removed stays removed.</param>
    /// <param name="p">P rows of raw parameters; their gradient overwrites them.</param>
    /// <returns>The argument's gradient.</returns>
    public static T Gradient<T>(in SplineShape shape, bool inverse, T v, T gy, T gl, T* p) where T : unmanaged, ILane<T>
    {
        T incoming = gy;
        T at = T.IfLess(T.Abs(gy) + T.Abs(gl), float.Epsilon, Middle(shape), Enter(shape, inverse, v, p));
        if (shape.Kind == SplineKind.LinearTails)
        {
            gy = Inside(shape, v, gy, 0.0);
            gl = Inside(shape, v, gl, 0.0);
        }
        Find(shape, inverse, at, p, out Bin<T> bin);
        Place<T> place = inverse ? bin.Solve(at) : bin.Position(at);
        Form<T> form = new(bin, place);
        T u = place.U, v1 = place.V, t = u * v1, s = bin.Slope, overD = T.Reciprocal(form.D), overN = T.Reciprocal(form.N),
            overW = T.Reciprocal(bin.Width);
        // d l / d u
        T dN = T.MultiplyAdd(bin.D1, u, T.MultiplyAdd(s, v1 - u, -(bin.D0 * v1)));
        T dD = form.E * (v1 - u);
        T lu = 2.0 * T.MultiplySubtract(dN, overN, dD * overD);
        T ratio = s * overD, slope = form.N * ratio * ratio;
        T gu, answer;
        if (inverse)
        {
            // x(y, theta) moves with dx = (dy - (dy/dtheta) dtheta) / slope: the same gradient as forward, with these two coming in
            answer = (gy - gl * lu * overW) * T.Reciprocal(slope);
            gu = -(gy * bin.Width);
            gy = -answer;
            gl = -gl;
        }
        else
        {
            gu = T.MultiplyAdd(gl, lu, gy * slope * bin.Width);
            answer = gu * overW;
        }
        T g = form.A * overD, squared = overD * overD;
        T ghy = gy * bin.Height * t * squared, tail = -2.0 * t * overD;
        T gs = T.MultiplyAdd(ghy, T.MultiplySubtract(bin.D1, u * u, bin.D0 * v1 * v1),
            2.0 * gl * (T.Reciprocal(s) + T.MultiplyAdd(t, overN, (t + t - 1.0) * overD)));
        T g0 = T.MultiplyAdd(ghy, form.D - form.A, gl * T.MultiplyAdd(v1 * v1, overN, tail));
        T g1 = T.MultiplyAdd(-ghy, form.A, gl * T.MultiplyAdd(u * u, overN, tail));
        T gX = -gu * overW, gW = -overW * T.MultiplyAdd(gu, u, gs * s), gH = T.MultiplyAdd(gy, g, gs * overW);
        Spread(p, shape.Bins, bin.Index, gX, gW, bin.SumX, bin.PartX, bin.OverSumX, bin.ScaleX);
        Spread(p + shape.Bins, shape.Bins, bin.Index, gy, gH, bin.SumY, bin.PartY, bin.OverSumY, bin.ScaleY);
        g0 *= Sigmoid(bin.Raw0);
        g1 *= Sigmoid(bin.Raw1);
        T* slopes = p + 2 * shape.Bins;
        int first = shape.Kind == SplineKind.LinearTails ? 1 : 0;
        for (int k = 0; k < shape.Slopes; k++)
            slopes[k] = At(bin.Index, k + first, g0) + At(bin.Index, k + first - 1, g1);
        if (shape.Kind == SplineKind.LinearTails)
            return Inside(shape, v, answer, incoming);
        if (shape.Kind == SplineKind.Circular)
        {
            slopes[0] += At(bin.Index, shape.Bins - 1, g1); // the seam's other side
            slopes[shape.Slopes] = (inverse ? -incoming : answer) * (shape.Span / (2 * Math.PI));
        }
        return answer;
    }

    /// <summary>The argument inside the support: outside it tails take any point, an interval has none.</summary>
    [MethodImpl(Inline)]
    private static T Enter<T>(in SplineShape shape, bool inverse, T v, T* p) where T : unmanaged, ILane<T> => shape.Kind switch
    {
        SplineKind.LinearTails => Inside(shape, v, v, Middle(shape)),
        SplineKind.Interval => Inside(shape, v, v, double.NaN),
        _ => Wrap(shape, inverse ? v : v + Turn(shape, p)),
    };

    /// <summary>The first where v is in the support or NaN, the second outside.</summary>
    [MethodImpl(Inline)]
    private static T Inside<T>(in SplineShape shape, T v, T inside, T outside) where T : unmanaged, ILane<T> =>
        T.IfLess(v, shape.Low, outside, T.IfLess(shape.High, v, outside, inside));

    [MethodImpl(Inline)]
    private static double Middle(in SplineShape shape) => shape.Low + 0.5 * shape.Span;

    /// <summary>In the circle's own unit.</summary>
    [MethodImpl(Inline)]
    private static T Turn<T>(in SplineShape shape, T* p) where T : unmanaged, ILane<T> =>
        p[shape.Parameters - 1] * (shape.Span / (2 * Math.PI));

    /// <summary>The same point of the circle in [low, high]; both ends are the seam, and what rounding leaves beyond an end is on
    /// it.</summary>
    [MethodImpl(Inline)]
    private static T Wrap<T>(in SplineShape shape, T x) where T : unmanaged, ILane<T>
    {
        T low = shape.Low, high = shape.High, around = shape.Span;
        x = T.MultiplyAdd(-T.Round((x - Middle(shape)) * (1 / shape.Span)), around, x);
        x = T.IfLess(high, x, T.Max(low, x - around), x); // the quotient's rounding
        return T.IfLess(x, low, T.Min(high, x + around), x);
    }

    /// <summary>Finds the bin, and leaves the exponentials of the raw widths and heights in their place.</summary>
    [MethodImpl(Inline)]
    private static void Find<T>(in SplineShape shape, bool inverse, T at, T* p, out Bin<T> bin) where T : unmanaged, ILane<T>
    {
        int bins = shape.Bins;
        T* q = p + bins, slopes = q + bins;
        T sumX = Exponentials(p, bins), sumY = Exponentials(q, bins);
        T step = shape.Span * SplineShape.Least, left = shape.Low, free = shape.Span * (1 - bins * SplineShape.Least);
        bin.OverSumX = T.Reciprocal(sumX);
        bin.OverSumY = T.Reciprocal(sumY);
        T scaleX = bin.ScaleX = free * bin.OverSumX, scaleY = bin.ScaleY = free * bin.OverSumY;
        bool tails = shape.Kind == SplineKind.LinearTails;
        int around = shape.Kind == SplineKind.Interval ? bins + 1 : bins; // a circle's last knot is its first
        T raw0 = tails ? 0.0 : slopes[0], raw1 = tails ? slopes[0] : slopes[1 % around], nextRaw = raw1;
        T cx = 0.0, cy = 0.0, px = p[0], py = q[0], index = 0.0, sx = 0.0, sy = 0.0, scale = inverse ? scaleY : scaleX;
        for (int k = 1; k < bins; k++)
        {
            sx += p[k - 1];
            sy += q[k - 1];
            T kk = (double)k, knot = Knot(kk, inverse ? sy : sx, scale, step, left), raw = nextRaw;
            nextRaw = tails ? (k + 1 < bins ? slopes[k] : 0.0) : slopes[k + 1 == around ? 0 : k + 1];
            cx = T.IfLess(at, knot, cx, sx);
            cy = T.IfLess(at, knot, cy, sy);
            px = T.IfLess(at, knot, px, p[k]);
            py = T.IfLess(at, knot, py, q[k]);
            raw0 = T.IfLess(at, knot, raw0, raw);
            raw1 = T.IfLess(at, knot, raw1, nextRaw);
            index = T.IfLess(at, knot, index, kk);
        }
        (bin.SumX, bin.SumY, bin.PartX, bin.PartY, bin.Index, bin.Raw0, bin.Raw1) = (cx, cy, px, py, index, raw0, raw1);
        bin.X = Knot(index, cx, scaleX, step, left);
        bin.Y = Knot(index, cy, scaleY, step, left);
        bin.Width = T.MultiplyAdd(px, scaleX, step);
        bin.Height = T.MultiplyAdd(py, scaleY, step);
        bin.Slope = bin.Height * T.Reciprocal(bin.Width);
        T following = index + 1.0, last = bins - 1.5;
        bin.NextX = T.IfLess(last, index, shape.High, Knot(following, cx + px, scaleX, step, left));
        bin.NextY = T.IfLess(last, index, shape.High, Knot(following, cy + py, scaleY, step, left));
        bin.D0 = Slope(raw0);
        bin.D1 = Slope(raw1);
        if (tails)
        {
            bin.D0 = T.IfLess(index, 0.5, 1.0, bin.D0);
            bin.D1 = T.IfLess(last, index, 1.0, bin.D1);
        }
    }

    /// <summary>Where a knot stands, by its number and the sum of the parts below it: always by the same operations, so that a knot is one
    /// number wherever it is needed.</summary>
    [MethodImpl(Inline)]
    private static T Knot<T>(T number, T sum, T scale, T step, T left) where T : unmanaged, ILane<T> =>
        T.MultiplyAdd(sum, scale, T.MultiplyAdd(number, step, left));

    /// <summary>e^(p - max p) in place.</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(Inline)]
    private static T Exponentials<T>(T* p, int bins) where T : unmanaged, ILane<T>
    {
        T most = p[0];
        for (int k = 1; k < bins; k++)
            most = T.Max(most, p[k]);
        T sum = 0.0, shift = most * LogE2;
        for (int k = 0; k < bins; k++)
        {
            T e = T.Exp2(T.MultiplySubtract(p[k], LogE2, shift));
            p[k] = e;
            sum += e;
        }
        return sum;
    }

    /// <summary>least + softplus(raw + offset), with ln(1 + e) = e ln(c) / (c - 1), c = 1 + e as rounded (W. Kahan).</summary>
    [MethodImpl(Inline)]
    private static T Slope<T>(T raw) where T : unmanaged, ILane<T>
    {
        T v = raw + SplineShape.SlopeOffset, e = T.Exp(-T.Abs(v)), c = e + 1.0;
        T log = T.IfLess(e, 1e-6, e, e * T.Log(c) * T.Reciprocal(T.IfLess(e, 1e-6, 1.0, c - 1.0)));
        return T.MultiplyAdd(v, 0.0, T.IfLess(v, 0.0, 0.0, v) + log + SplineShape.Least); // a NaN of the logarithm's argument passes
    }

    /// <summary>The derivative of <see cref="Slope"/>.</summary>
    [MethodImpl(Inline)]
    private static T Sigmoid<T>(T raw) where T : unmanaged, ILane<T>
    {
        T v = raw + SplineShape.SlopeOffset, e = T.Exp(-T.Abs(v));
        return T.IfLess(v, 0.0, e, 1.0) * T.Reciprocal(e + 1.0);
    }

    /// <summary>From the gradients of a knot's place and of the part above it to those of the raw parts, through the softmax.</summary>
    [MethodImpl(Inline)]
    private static void Spread<T>(T* p, int bins, T index, T knot, T part, T below, T own, T overSum, T scale) where T : unmanaged, ILane<T>
    {
        T mean = T.MultiplyAdd(knot, below, part * own) * overSum;
        T low = (knot - mean) * scale, mid = (part - mean) * scale, high = -mean * scale;
        for (int k = 0; k < bins; k++)
            p[k] *= T.IfLess(k + 0.5, index, low, T.IfLess(k - 0.5, index, mid, high));
    }

    /// <summary>g where the bin is k.</summary>
    [MethodImpl(Inline)]
    private static T At<T>(T index, int k, T g) where T : unmanaged, ILane<T> => T.IfLess(T.Abs(index - (double)k), 0.5, g, 0.0);

    /// <summary>What a formula needs of its bin.</summary>
    private struct Bin<T> where T : unmanaged, ILane<T>
    {
        public T X, Y, Width, Height, Slope, D0, D1, NextX, NextY;

        /// <summary>The exponentials before and of the bin, over whose sum they are parts; and what makes a length of one.</summary>
        public T SumX, SumY, PartX, PartY, OverSumX, OverSumY, ScaleX, ScaleY;

        public T Index, Raw0, Raw1;

        /// <summary>Where an x lies, from knot to knot.</summary>
        [MethodImpl(Inline)]
        public readonly Place<T> Position(T x)
        {
            T below = x - X, above = NextX - x;
            return Place<T>.From(below, above, T.Min(below, above) * T.Reciprocal(NextX - X));
        }

        /// <summary>
        /// Where the x of a y lies. From the nearer knot, with v the distance of y in parts of the height, d the slope there and e the
        /// other: the root of a u^2 + b u - s v, b = d - v (d + e - 2s), a = s - b. Where b is negative a is not, so that 2 s v / (b +
        /// sqrt(b^2 + 4 a s v)) or (sqrt(..) - b) / 2a is a sum of positive numbers; with v at most 1/2 the discriminant is at least s^2 +
        /// (b - s)^2.
        /// </summary>
        [MethodImpl(Inline)]
        public readonly Place<T> Solve(T y)
        {
            T below = y - Y, above = NextY - y, v = T.Min(below, above) * T.Reciprocal(NextY - Y);
            T b = T.MultiplyAdd(-v, D0 + D1 - 2.0 * Slope, T.IfLess(above, below, D1, D0)), a = Slope - b, product = 2.0 * Slope * v;
            T root = T.Sqrt(T.MultiplyAdd(b, b, 2.0 * a * product));
            T u = T.IfLess(b, 0.0, root - b, product) * T.Reciprocal(T.IfLess(b, 0.0, a + a, b + root));
            return Place<T>.From(below, above, T.Min(1.0, u)); // in this order NaN passes
        }
    }

    /// <summary>A place in a bin: u = (x - X)/w and v = 1 - u, each counted so that the smaller keeps its digits.</summary>
    private readonly struct Place<T>(T u, T v) where T : unmanaged, ILane<T>
    {
        public readonly T U = u, V = v;

        /// <summary>From the distance to the nearer knot, in parts of the bin.</summary>
        [MethodImpl(Inline)]
        public static Place<T> From(T below, T above, T near)
        {
            T far = 1.0 - near;
            return new(T.IfLess(above, below, far, near), T.IfLess(above, below, near, far));
        }
    }

    /// <summary>D, N and their like at a place.</summary>
    private readonly struct Form<T> where T : unmanaged, ILane<T>
    {
        public readonly T A, AFromAbove, D, E, N;

        [MethodImpl(Inline)]
        public Form(in Bin<T> bin, in Place<T> place)
        {
            T u = place.U, v = place.V, t = u * v, s = bin.Slope;
            E = bin.D0 + bin.D1 - 2.0 * s;
            D = T.MultiplyAdd(E, t, s);
            A = T.MultiplyAdd(s * u, u, bin.D0 * t);
            AFromAbove = T.MultiplyAdd(s * v, v, bin.D1 * t);
            N = T.MultiplyAdd(bin.D1 * u, u, T.MultiplyAdd(2.0 * s, t, bin.D0 * v * v));
        }
    }
}
