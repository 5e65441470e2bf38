using System.Globalization;
using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// Rigid waters, atoms O, H, H of one after the other: three distances each. Positions by SETTLE, which is exact and takes no iteration: S.
/// Miyamoto, P. A. Kollman, J. Comput. Chem. 13 (1992) 952. Velocities by the inverse of a 3 x 3 matrix that is the same for every water.
/// </summary>
public sealed class RigidWaters : LaneConstraints
{
    private readonly double _oxygen, _hydrogen, _bond, _base;
    private readonly double[] _inverse; // of J M^-1 J^T of the distances O-H1, H1-H2, H2-O: 00 01 02 11 12 22

    /// <summary>Describes them.</summary>
    /// <param name="first">Atom at which they begin.</param>
    /// <param name="molecules">How many.</param>
    /// <param name="oxygen">Mass, Da, as integrated.</param>
    /// <param name="hydrogen">Mass, Da, as integrated.</param>
    /// <param name="bond">O-H, nm.</param>
    /// <param name="across">H-H, nm.</param>
    public RigidWaters(int first, int molecules, double oxygen, double hydrogen, double bond, double across)
    {
        if (!(oxygen > 0) || !(hydrogen > 0) || !(bond > 0) || !(across > 0) || !(across < 2 * bond))
            throw new ArgumentException($"Masses {oxygen} and {hydrogen} Da and distances {bond} and {across} nm make no water.");
        (First, Molecules, _oxygen, _hydrogen, _bond, _base) = (first, molecules, oxygen, hydrogen, bond, across);
        double height = Math.Sqrt(bond * bond - across * across / 4);
        (double X, double Y)[] at = [(0, 0), (across / 2, height), (-across / 2, height)];
        double[] mass = [oxygen, hydrogen, hydrogen];
        double[,] a = new double[3, 3];
        for (int p = 0; p < 3; p++)
        {
            for (int q = 0; q < 3; q++)
            {
                (int p1, int p2, int q1, int q2) = (p, (p + 1) % 3, q, (q + 1) % 3);
                double dot = (at[p2].X - at[p1].X) * (at[q2].X - at[q1].X) + (at[p2].Y - at[p1].Y) * (at[q2].Y - at[q1].Y);
                a[p, q] = dot * ((p1 == q1 ? 1 / mass[p1] : 0) + (p2 == q2 ? 1 / mass[p2] : 0) - (p1 == q2 ? 1 / mass[p1] : 0)
                    - (p2 == q1 ? 1 / mass[p2] : 0));
            }
        }
        double Minor(int i, int j, int k, int l) => a[i, k] * a[j, l] - a[i, l] * a[j, k];
        double det = a[0, 0] * Minor(1, 2, 1, 2) - a[0, 1] * Minor(1, 2, 0, 2) + a[0, 2] * Minor(1, 2, 0, 1);
        _inverse = [Minor(1, 2, 1, 2) / det, -Minor(1, 2, 0, 2) / det, Minor(1, 2, 0, 1) / det, Minor(0, 2, 0, 2) / det,
            -Minor(0, 2, 0, 1) / det, Minor(0, 1, 0, 1) / det];
    }

    /// <summary>Atom at which they begin.</summary>
    public int First { get; }

    /// <summary>How many.</summary>
    public int Molecules { get; }

    /// <inheritdoc/>
    public override int Count => 3 * Molecules;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture,
        $"{Molecules} rigid waters from atom {First}: {_oxygen:R} {_hydrogen:R} Da, {_bond:R} {_base:R} nm");

    /// <inheritdoc/>
    public override double LargestError(ReadOnlySpan<double> positions)
    {
        double largest = 0;
        for (int w = 0; w < Molecules; w++)
        {
            ReadOnlySpan<double> x = positions.Slice(3 * First + 9 * w, 9);
            largest = Math.Max(largest, Math.Max(Math.Abs(Distance(x, 0, 3) / _bond - 1), Math.Max(Math.Abs(Distance(x, 0, 6) / _bond - 1),
                Math.Abs(Distance(x, 3, 6) / _base - 1))));
        }
        return largest;
    }

    /// <inheritdoc/>
    /// <remarks>The oxygen, the plane and the bisector stay.</remarks>
    public override void Restore(Span<double> positions)
    {
        double height = Math.Sqrt(_bond * _bond - _base * _base / 4);
        Span<double> along = stackalloc double[3], across = stackalloc double[3];
        for (int w = 0; w < Molecules; w++)
        {
            Span<double> x = positions.Slice(3 * First + 9 * w, 9);
            double dot = 0;
            for (int d = 0; d < 3; d++)
                (along[d], across[d]) = ((x[3 + d] + x[6 + d]) / 2 - x[d], x[3 + d] - x[6 + d]);
            double length = Length(along);
            for (int d = 0; d < 3; d++)
            {
                along[d] /= length;
                dot += along[d] * across[d];
            }
            for (int d = 0; d < 3; d++)
                across[d] -= dot * along[d];
            double wide = Length(across);
            for (int d = 0; d < 3; d++)
            {
                x[3 + d] = x[d] + height * along[d] + _base / 2 * across[d] / wide;
                x[6 + d] = x[d] + height * along[d] - _base / 2 * across[d] / wide;
            }
        }

        static double Length(ReadOnlySpan<double> a) => Math.Sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
    }

    private static double Distance(ReadOnlySpan<double> x, int a, int b) => Math.Sqrt((x[a] - x[b]) * (x[a] - x[b])
        + (x[a + 1] - x[b + 1]) * (x[a + 1] - x[b + 1]) + (x[a + 2] - x[b + 2]) * (x[a + 2] - x[b + 2]));

    /// <inheritdoc/>
    protected override unsafe void Project<T>(T* x, T* v)
    {
        T perOxygen = 1 / _oxygen, perHydrogen = 1 / _hydrogen;
        T i00 = _inverse[0], i01 = _inverse[1], i02 = _inverse[2], i11 = _inverse[3], i12 = _inverse[4], i22 = _inverse[5];
        x += 3 * First;
        v += 3 * First;
        for (int w = 0; w < Molecules; w++, x += 9, v += 9)
        {
            Vec3<T> o = At(x), b = At(x + 3) - o, c = At(x + 6) - o, e = c - b, vo = At(v), vb = At(v + 3), vc = At(v + 6);
            T w1 = Vec3<T>.Dot(vb - vo, b), w2 = Vec3<T>.Dot(vc - vb, e), w3 = Vec3<T>.Dot(vc - vo, c); // (O - H2) reads the same
            T t1 = i00 * w1 + i01 * w2 + i02 * w3, t2 = i01 * w1 + i11 * w2 + i12 * w3, t3 = i02 * w1 + i12 * w2 + i22 * w3;
            Put(v, vo + perOxygen * (t1 * b + t3 * c));
            Put(v + 3, vb + perHydrogen * (t2 * e - t1 * b));
            Put(v + 6, vc - perHydrogen * (t3 * c + t2 * e));
        }
    }

    /// <remarks>All in the frame of the old oxygen, where numbers are small. a is the oxygen; X, Y, Z the frame of the old plane; names
    /// are the paper's.</remarks>
    protected override unsafe void Settle<T>(T* old, T* x, T* v, double step)
    {
        double mass = _oxygen + 2 * _hydrogen, height = Math.Sqrt(_bond * _bond - _base * _base / 4);
        double raw = height * 2 * _hydrogen / mass;
        T ra = raw, rb = height - raw, rc = _base / 2, perA = 1 / raw, perBase = 1 / _base, base2 = _base * _base;
        T weightA = _oxygen / mass, weightH = _hydrogen / mass, perStep = 1 / step;
        old += 3 * First;
        x += 3 * First;
        v += 3 * First;
        for (int w = 0; w < Molecules; w++, old += 9, x += 9, v += 9)
        {
            Vec3<T> origin = At(old), b0 = At(old + 3) - origin, c0 = At(old + 6) - origin;
            Vec3<T> a = At(x) - origin, b = At(x + 3) - origin, c = At(x + 6) - origin;
            Vec3<T> centre = weightA * a + weightH * (b + c), a1 = a - centre, b1 = b - centre, c1 = c - centre;
            Vec3<T> z = Vec3<T>.Cross(b0, c0), ex = Unit(Vec3<T>.Cross(a1, z)), ez = Unit(z), ey = Vec3<T>.Cross(ez, ex);
            T xb0 = Vec3<T>.Dot(ex, b0), yb0 = Vec3<T>.Dot(ey, b0), xc0 = Vec3<T>.Dot(ex, c0), yc0 = Vec3<T>.Dot(ey, c0);
            T za1 = Vec3<T>.Dot(ez, a1), xb1 = Vec3<T>.Dot(ex, b1), yb1 = Vec3<T>.Dot(ey, b1), zb1 = Vec3<T>.Dot(ez, b1);
            T xc1 = Vec3<T>.Dot(ex, c1), yc1 = Vec3<T>.Dot(ey, c1), zc1 = Vec3<T>.Dot(ez, c1);
            T sinPhi = za1 * perA, cosPhi = Other(sinPhi);
            T sinPsi = (zb1 - zc1) * perBase * T.Reciprocal(cosPhi);
            T ya2 = ra * cosPhi, yb2 = -(rb * cosPhi) - rc * sinPsi * sinPhi, yc2 = rc * sinPsi * sinPhi - rb * cosPhi;
            T dy = yb2 - yc2, dz = zb1 - zc1, xb2 = -0.5 * T.Sqrt(base2 - dy * dy - dz * dz);
            T alpha = T.MultiplyAdd(xb2, xb0 - xc0, T.MultiplyAdd(yb0, yb2, yc0 * yc2));
            T beta = T.MultiplyAdd(xb2, yc0 - yb0, T.MultiplyAdd(xb0, yb2, xc0 * yc2));
            T gamma = T.MultiplySubtract(xb0, yb1, xb1 * yb0) + T.MultiplySubtract(xc0, yc1, xc1 * yc0);
            T square = T.MultiplyAdd(alpha, alpha, beta * beta);
            T sin = T.MultiplySubtract(alpha, gamma, beta * T.Sqrt(square - gamma * gamma)) * T.Reciprocal(square), cos = Other(sin);
            Vec3<T> a3 = Turn(-(ya2 * sin), ya2 * cos, za1);
            Vec3<T> b3 = Turn(xb2 * cos - yb2 * sin, xb2 * sin + yb2 * cos, zb1);
            Vec3<T> c3 = Turn(-(xb2 * cos) - yc2 * sin, yc2 * cos - xb2 * sin, zc1);
            Put(v, Vec3<T>.MultiplyAdd(perStep, a3 - a1, At(v)));
            Put(v + 3, Vec3<T>.MultiplyAdd(perStep, b3 - b1, At(v + 3)));
            Put(v + 6, Vec3<T>.MultiplyAdd(perStep, c3 - c1, At(v + 6)));
            Vec3<T> oxygen = origin + (centre + a3);
            Put(x, oxygen);
            Put(x + 3, oxygen + (b3 - a3)); // so a bond is rounded once, not twice
            Put(x + 6, oxygen + (c3 - a3));

            Vec3<T> Turn(T along, T across, T up) => along * ex + across * ey + up * ez;
        }

        static T Other(T sine) => T.Sqrt(T.MultiplyAdd(-sine, sine, 1.0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vec3<T> Unit<T>(Vec3<T> a) where T : unmanaged, ILane<T> => T.ReciprocalSqrt(Vec3<T>.Dot(a, a)) * a;
}
