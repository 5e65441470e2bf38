using System.Runtime.CompilerServices;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// A bijection between the shape of a molecule, x up to rigid motions, and its rotors' angles t with 3N - 6 - T other numbers z: a bond
/// length for each atom, and where the bond points. Atoms placed by a rotor point by polar angle theta to the axis and the rotor's angle;
/// all others by the stereographic projection e = 2 tan(alpha / 2) (cos, sin) about the direction that they have in a reference structure,
/// which is regular however near to a line a bond lies (nitriles, alkynes) and covers all directions but the one opposite.
/// <para>dx = 8 pi^2 V prod_atoms b^2 { sin theta | (1 + |e|^2 / 4)^-2 } dz dt</para>
/// z does not change when a rotor turns. One coordinate system for each reference structure (ring and inversion state).
/// </summary>
internal sealed class FrameCoordinates
{
    private readonly FrameTree _frames;
    private readonly double[] _references; // [rows, 9] direction and two tangents, in the frame

    /// <summary>Of a structure.</summary>
    /// <param name="frames">Of the molecule.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="structure">[N, 3] nm, the reference.</param>
    public FrameCoordinates(FrameTree frames, RotorTree tree, ReadOnlySpan<float> structure)
    {
        (_frames, Angles) = (frames, tree.Rotors.Count);
        Count = 3 * tree.AtomCount - 6 - Angles;
        _references = new double[9 * frames.Rows.Length];
        double[] x = new double[structure.Length];
        for (int k = 0; k < x.Length; k++)
            x[k] = structure[k];
        Span<double> axes = stackalloc double[9];
        for (int r = 0; r < frames.Rows.Length; r++)
        {
            FramedAtom row = frames.Rows[r];
            Axes(x, row.J, row.K, row.L, axes);
            Span<double> d = _references.AsSpan(9 * r, 9);
            _ = Direction(x, row, axes, d);
            // two tangents
            int least = Math.Abs(d[0]) < Math.Abs(d[1]) ? Math.Abs(d[0]) < Math.Abs(d[2]) ? 0 : 2 : Math.Abs(d[1]) < Math.Abs(d[2]) ? 1 : 2;
            Span<double> t = d.Slice(3, 3), u = d.Slice(6, 3);
            for (int c = 0; c < 3; c++)
                t[c] = (c == least ? 1 : 0) - d[least] * d[c];
            double length = Math.Sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
            for (int c = 0; c < 3; c++)
                t[c] /= length;
            (u[0], u[1], u[2]) = (d[1] * t[2] - d[2] * t[1], d[2] * t[0] - d[0] * t[2], d[0] * t[1] - d[1] * t[0]);
        }
    }

    /// <summary>Numbers z: 3N - 6 - T.</summary>
    public int Count { get; }

    /// <summary>T.</summary>
    public int Angles { get; }

    /// <summary>The three atoms that <see cref="Place"/> puts at the origin, on the first axis and in the plane of the first two.</summary>
    public int[] Start => _frames.Start;

    /// <summary>ln of the volume that rigid rotations take: 8 pi^2.</summary>
    public static double LogRotations { get; } = Math.Log(8 * Math.PI * Math.PI);

    /// <summary>x(z, t), the first atom at the origin.</summary>
    /// <param name="z">[Count].</param>
    /// <param name="angles">[T] rad.</param>
    /// <param name="x">[N, 3] nm, overwritten.</param>
    /// <returns>ln |det dx/d(z, t)|, rotations included; -infinity where z is no geometry (a length or an angle out of range), x then
    /// unspecified.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Place(ReadOnlySpan<double> z, ReadOnlySpan<float> angles, Span<double> x)
    {
        int[] start = _frames.Start;
        if (!(z[0] > 0 && z[1] > 0 && z[2] > 0 && z[2] < Math.PI))
            return double.NegativeInfinity;
        (double sine, double cosine) = Math.SinCos(z[2]);
        Put(x, start[0], 0, 0, 0);
        Put(x, start[1], z[0], 0, 0);
        Put(x, start[2], z[1] * cosine, z[1] * sine, 0);
        double lengths = z[0] * z[1], shapes = sine, log = LogRotations; // logarithms of products of several, to take few
        Span<double> axes = stackalloc double[9], n = stackalloc double[3];
        int at = 3;
        for (int r = 0; r < _frames.Rows.Length; r++)
        {
            FramedAtom row = _frames.Rows[r];
            double b = z[at++];
            if (!(b > 0))
                return double.NegativeInfinity;
            lengths *= b;
            Axes(x, row.J, row.K, row.L, axes);
            if (row.Rotor >= 0)
            {
                double theta = z[at++];
                if (!(theta > 0 && theta < Math.PI))
                    return double.NegativeInfinity;
                (double s, double c) = Math.SinCos(theta);
                (double turn, double across) = Math.SinCos(angles[row.Rotor]);
                (n[0], n[1], n[2]) = (c, s * across, s * turn);
                shapes *= s;
            }
            else
            {
                (double e, double f) = (z[at], z[at + 1]);
                at += 2;
                double square = 0.25 * (e * e + f * f), norm = 1 / (1 + square);
                ReadOnlySpan<double> d = _references.AsSpan(9 * r, 9);
                for (int c = 0; c < 3; c++)
                    n[c] = ((1 - square) * d[c] + e * d[3 + c] + f * d[6 + c]) * norm;
                shapes *= norm * norm;
            }
            int j = 3 * row.J;
            Put(x, row.Atom, x[j] + b * (axes[0] * n[0] + axes[3] * n[1] + axes[6] * n[2]),
                x[j + 1] + b * (axes[1] * n[0] + axes[4] * n[1] + axes[7] * n[2]),
                x[j + 2] + b * (axes[2] * n[0] + axes[5] * n[1] + axes[8] * n[2]));
            if (r % 16 == 15)
            {
                log += Math.Log(lengths * lengths * shapes);
                (lengths, shapes) = (1, 1);
            }
        }
        return log + Math.Log(lengths * lengths * shapes);
    }

    /// <summary>z and t of x.</summary>
    /// <param name="x">[N, 3] nm.</param>
    /// <param name="z">[Count], overwritten.</param>
    /// <param name="angles">[T] rad, overwritten.</param>
    /// <returns>The same as <see cref="Place"/> returns there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Read(ReadOnlySpan<double> x, Span<double> z, Span<float> angles)
    {
        int[] start = _frames.Start;
        Span<double> n = stackalloc double[3], axes = stackalloc double[9];
        (double ax, double ay, double az) = Difference(x, start[1], start[0]);
        (double cx, double cy, double cz) = Difference(x, start[2], start[0]);
        (z[0], z[1]) = (Math.Sqrt(ax * ax + ay * ay + az * az), Math.Sqrt(cx * cx + cy * cy + cz * cz));
        double cosine = (ax * cx + ay * cy + az * cz) / (z[0] * z[1]);
        z[2] = Math.Acos(Math.Clamp(cosine, -1, 1));
        double lengths = z[0] * z[1], shapes = Math.Sqrt(Math.Max(0, 1 - cosine * cosine)), log = LogRotations;
        int at = 3;
        for (int r = 0; r < _frames.Rows.Length; r++)
        {
            FramedAtom row = _frames.Rows[r];
            Axes(x, row.J, row.K, row.L, axes);
            double b = Direction(x, row, axes, n);
            z[at++] = b;
            lengths *= b;
            if (row.Rotor >= 0)
            {
                double sine = Math.Sqrt(n[1] * n[1] + n[2] * n[2]);
                z[at++] = Math.Atan2(sine, n[0]);
                angles[row.Rotor] = (float)Math.Atan2(n[2], n[1]);
                shapes *= sine;
            }
            else
            {
                ReadOnlySpan<double> d = _references.AsSpan(9 * r, 9);
                double factor = 2 / (1 + n[0] * d[0] + n[1] * d[1] + n[2] * d[2]);
                double e = z[at++] = factor * (n[0] * d[3] + n[1] * d[4] + n[2] * d[5]),
                    f = z[at++] = factor * (n[0] * d[6] + n[1] * d[7] + n[2] * d[8]);
                double norm = 1 / (1 + 0.25 * (e * e + f * f));
                shapes *= norm * norm;
            }
            if (r % 16 == 15)
            {
                log += Math.Log(lengths * lengths * shapes);
                (lengths, shapes) = (1, 1);
            }
        }
        return log + Math.Log(lengths * lengths * shapes);
    }

    /// <summary>Three orthonormal vectors: v from j to k, p along the part of l - k across it, p x v; the angle about v is then a dihedral
    /// with IUPAC sign.</summary>
    private static void Axes(ReadOnlySpan<double> x, int j, int k, int l, Span<double> axes)
    {
        (double vx, double vy, double vz) = Difference(x, k, j);
        double scale = 1 / Math.Sqrt(vx * vx + vy * vy + vz * vz);
        (vx, vy, vz) = (vx * scale, vy * scale, vz * scale);
        (double wx, double wy, double wz) = Difference(x, l, k);
        double along = wx * vx + wy * vy + wz * vz;
        (wx, wy, wz) = (wx - along * vx, wy - along * vy, wz - along * vz);
        scale = 1 / Math.Sqrt(wx * wx + wy * wy + wz * wz);
        (wx, wy, wz) = (wx * scale, wy * scale, wz * scale);
        (axes[0], axes[1], axes[2]) = (vx, vy, vz);
        (axes[3], axes[4], axes[5]) = (wx, wy, wz);
        (axes[6], axes[7], axes[8]) = (wy * vz - wz * vy, wz * vx - wx * vz, wx * vy - wy * vx);
    }

    /// <summary>An atom's unit direction in a frame; its distance.</summary>
    private static double Direction(ReadOnlySpan<double> x, FramedAtom row, ReadOnlySpan<double> axes, Span<double> n)
    {
        (double dx, double dy, double dz) = Difference(x, row.Atom, row.J);
        double b = Math.Sqrt(dx * dx + dy * dy + dz * dz), scale = 1 / b;
        for (int c = 0; c < 3; c++)
            n[c] = (dx * axes[3 * c] + dy * axes[3 * c + 1] + dz * axes[3 * c + 2]) * scale;
        return b;
    }

    private static (double, double, double) Difference(ReadOnlySpan<double> x, int a, int b) =>
        (x[3 * a] - x[3 * b], x[3 * a + 1] - x[3 * b + 1], x[3 * a + 2] - x[3 * b + 2]);

    private static void Put(Span<double> x, int atom, double a, double b, double c) => (x[3 * atom], x[3 * atom + 1], x[3 * atom + 2]) =
        (a, b, c);
}
