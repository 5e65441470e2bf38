namespace MolSampling.Potentials.Rigid;

/// <summary>
/// A molecule whose atoms (and other sites) do not move with respect to one another. Its pose is seven numbers: where its first site is,
/// nm, and a unit quaternion (w, x, y, z), by which it is turned about that site; q and -q are one orientation.
/// </summary>
/// <remarks>Volumes of orientations are those of the unit sphere S^3, 2 pi^2 for both signs together, so of pi^2 for all orientations;
/// Euler's angles count 8 pi^2.</remarks>
public sealed class RigidBody
{
    /// <summary>Numbers of a pose.</summary>
    public const int PoseSize = 7;

    /// <summary>ln 2 pi^2, of the volume of S^3.</summary>
    public static double LogVolumeOfSphere { get; } = Math.Log(2 * Math.PI * Math.PI);

    private readonly double[] _sites;
    private readonly (int A, int B) _axes; // the two sites that make the widest triangle with the first

    /// <summary>From some geometry of it.</summary>
    /// <param name="sites">[S, 3] nm; they are kept relative to the first.</param>
    /// <exception cref="ArgumentException">Fewer than three sites, numbers that are not finite, or sites on one line, whose orientation no
    /// quaternion tells.</exception>
    public RigidBody(IReadOnlyList<double> sites)
    {
        if (sites.Count % 3 != 0 || sites.Count < 9 || !sites.All(double.IsFinite))
            throw new ArgumentException($"A rigid body has three or more sites of three finite coordinates, not {sites.Count} numbers.");
        _sites = [.. sites.Select((x, k) => x - sites[k % 3])];
        double spread = 0;
        for (int a = 1; a < SiteCount; a++)
            for (int b = a + 1; b < SiteCount; b++)
                if (Cross(a, b) > spread)
                    (spread, _axes) = (Cross(a, b), (a, b));
        if (!(spread > 1e-9))
            throw new ArgumentException("The sites of a rigid body lie on one line: turning it about that line changes nothing.");
    }

    /// <summary>S.</summary>
    public int SiteCount => _sites.Length / 3;

    /// <summary>[S, 3] nm, the first at the origin.</summary>
    public IReadOnlyList<double> Sites => _sites;

    /// <summary>Where the sites are.</summary>
    /// <param name="pose">[7].</param>
    /// <param name="sites">[S, 3] nm, overwritten.</param>
    public void Place(ReadOnlySpan<double> pose, Span<double> sites)
    {
        Span<double> r = stackalloc double[9];
        Rotation(pose[3..], r);
        for (int s = 0; s < _sites.Length; s += 3)
            for (int d = 0; d < 3; d++)
                sites[s + d] = pose[d] + r[3 * d] * _sites[s] + r[3 * d + 1] * _sites[s + 1] + r[3 * d + 2] * _sites[s + 2];
    }

    /// <summary>The pose of which these are the sites: the first says where, two others how it is turned.</summary>
    /// <param name="sites">[S, 3] nm.</param>
    /// <param name="pose">[7], overwritten; w is not negative.</param>
    /// <returns>The largest distance of a site from its place, nm: 0 but for rounding, if they are those of this body.</returns>
    public double Fit(ReadOnlySpan<double> sites, Span<double> pose)
    {
        Span<double> own = stackalloc double[9], there = stackalloc double[9], r = stackalloc double[9];
        Frame(_sites, own);
        Frame(sites, there);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                r[3 * i + j] = there[i] * own[j] + there[3 + i] * own[3 + j] + there[6 + i] * own[6 + j];
        sites[..3].CopyTo(pose);
        Quaternion(r, pose.Slice(3, 4));
        Span<double> placed = stackalloc double[_sites.Length];
        Place(pose, placed);
        double largest = 0;
        for (int k = 0; k < _sites.Length; k += 3)
            largest = Math.Max(largest, Math.Sqrt(Square(placed[k] - sites[k]) + Square(placed[k + 1] - sites[k + 1])
                + Square(placed[k + 2] - sites[k + 2])));
        return largest;
    }

    /// <summary>The matrix of a unit quaternion.</summary>
    /// <param name="q">[4] (w, x, y, z).</param>
    /// <param name="matrix">[3, 3], overwritten: it turns columns.</param>
    public static void Rotation(ReadOnlySpan<double> q, Span<double> matrix)
    {
        (double w, double x, double y, double z) = (q[0], q[1], q[2], q[3]);
        ReadOnlySpan<double> r = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)];
        r.CopyTo(matrix);
    }

    /// <summary>The unit quaternion of a matrix, w not negative: the largest component first, so nothing small is divided by. S. W.
    /// Shepperd, J. Guid. Control 1 (1978) 223.</summary>
    private static void Quaternion(ReadOnlySpan<double> r, Span<double> q)
    {
        double trace = r[0] + r[4] + r[8];
        ReadOnlySpan<double> squares = [(1 + trace) / 4, (1 + 2 * r[0] - trace) / 4, (1 + 2 * r[4] - trace) / 4,
            (1 + 2 * r[8] - trace) / 4];
        int k = 0;
        for (int n = 1; n < 4; n++)
            k = squares[n] > squares[k] ? n : k;
        double wx = (r[7] - r[5]) / 4, wy = (r[2] - r[6]) / 4, wz = (r[3] - r[1]) / 4, xy = (r[1] + r[3]) / 4, xz = (r[2] + r[6]) / 4,
            yz = (r[5] + r[7]) / 4, root = Math.Sqrt(squares[k]);
        ReadOnlySpan<double> products = k switch
        {
            0 => [squares[0], wx, wy, wz],
            1 => [wx, squares[1], xy, xz],
            2 => [wy, xy, squares[2], yz],
            _ => [wz, xz, yz, squares[3]],
        };
        for (int n = 0; n < 4; n++)
            q[n] = products[n] / (products[0] < 0 ? -root : root);
    }

    /// <summary>Three orthonormal columns: towards one site, and in the plane of it and another.</summary>
    private void Frame(ReadOnlySpan<double> sites, Span<double> frame)
    {
        (int a, int b) = _axes;
        Span<double> u = frame[..3], v = frame.Slice(3, 3), w = frame.Slice(6, 3);
        for (int d = 0; d < 3; d++)
            (u[d], v[d]) = (sites[3 * a + d] - sites[d], sites[3 * b + d] - sites[d]);
        Normalise(u);
        double along = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
        for (int d = 0; d < 3; d++)
            v[d] -= along * u[d];
        Normalise(v);
        (w[0], w[1], w[2]) = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]);
    }

    private static void Normalise(Span<double> v)
    {
        double length = Math.Sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        for (int d = 0; d < 3; d++)
            v[d] /= length;
    }

    private double Cross(int a, int b)
    {
        (int i, int j) = (3 * a, 3 * b);
        double x = _sites[i + 1] * _sites[j + 2] - _sites[i + 2] * _sites[j + 1], y = _sites[i + 2] * _sites[j] - _sites[i] * _sites[j + 2],
            z = _sites[i] * _sites[j + 1] - _sites[i + 1] * _sites[j];
        return Math.Sqrt(x * x + y * y + z * z);
    }

    private static double Square(double x) => x * x;
}
