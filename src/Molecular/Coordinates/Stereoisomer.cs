using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The configurations of one stereoisomer: at every stereocentre the signed volume of its neighbours, at every stereo double bond the side
/// of the two named neighbours, and at every axis that is held its hand, are those of a reference geometry (hands that the input gives are
/// those). As the support of a target it makes the sampled law that of the given molecule, exactly.
/// </summary>
public sealed class Stereoisomer : ISupport
{
    private readonly (int Centre, int[] Neighbours, int Sign)[] _centres;
    private readonly (int I, int J, int K, int L, int Sign)[] _doubleBonds;
    private readonly (StereoAxis Axis, int Sign, RotatableBond? Turn)[] _axes;

    /// <summary>Reads the signs from a geometry that is known to be right.</summary>
    /// <param name="molecule">Names the stereocentres and stereo double bonds, specified or not.</param>
    /// <param name="reference">[N, 3] nm.</param>
    public Stereoisomer(Molecule molecule, ReadOnlySpan<float> reference)
    {
        var centres = new List<(int, int[], int)>();
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            if (molecule.Atoms[a].Chirality == '\0' || molecule.Neighbours[a].Length < 3)
                continue;
            int[] neighbours = [.. molecule.Neighbours[a].Take(4)];
            centres.Add((a, neighbours, Math.Sign(SignedVolume(reference, 1, 0, a, neighbours))));
        }
        var bonds = new List<(int, int, int, int, int)>();
        foreach (Bond b in molecule.Bonds.Where(b => b.Stereo != '\0' && b.StereoAtomBegin >= 0 && b.StereoAtomEnd >= 0))
            bonds.Add((b.StereoAtomBegin, b.Begin, b.End, b.StereoAtomEnd,
                Math.Sign(Side(reference, 1, 0, b.StereoAtomBegin, b.Begin, b.End, b.StereoAtomEnd))));
        float[] x = reference.ToArray();
        _axes = [.. molecule.Axes.Where(a => a.IsHeld).Select(a => (a, a.Given != 0 ? a.Given : a.Sign(x, 1, 0), TurnOf(molecule, a)))];
        Given = centres.Count(c => molecule.Atoms[c.Item1].Chirality != '?')
            + molecule.Bonds.Count(b => b.Stereo is not ('\0' or '?') && b.StereoAtomBegin >= 0 && b.StereoAtomEnd >= 0)
            + molecule.Axes.Count(a => a.IsHeld && a.Given != 0);
        _centres = [.. centres];
        _doubleBonds = [.. bonds];
    }

    /// <summary>Stereocentres, double bonds and axes held.</summary>
    public int Count => _centres.Length + _doubleBonds.Length + _axes.Length;

    /// <summary>How many of them the input gives; the others are those of the reference.</summary>
    public int Given { get; }

    /// <summary>Whether the hands of all axes are the isomer's.</summary>
    public bool HasHands(ReadOnlySpan<float> positions) => HasHands(positions, 1, 0);

    /// <summary>A geometry with the isomer's hands at all axes that belong to no ring: embeddings know nothing of hands. One side of the
    /// axis turns as a whole, so centres and double bonds stay as they are; groups may clash.</summary>
    /// <param name="positions">[N, 3] nm, not changed.</param>
    public float[] WithHands(float[] positions)
    {
        if (HasHands(positions))
            return positions;
        float[] turned = [.. positions];
        foreach ((StereoAxis axis, int sign, RotatableBond? turn) in _axes)
            if (turn is not null && axis.Sign(turned, 1, 0) != sign)
                TorsionMove.Rotate(turned, 1, 0, turn, axis.Kind == StereoAxisKind.Cumulene ? Math.PI : -2 * axis.Torsion(turned, 1, 0));
        return turned;
    }

    /// <summary>Whether one geometry [N, 3] belongs to the isomer.</summary>
    public bool Contains(ReadOnlySpan<float> positions) => Contains(positions, 1, 0);

    /// <inheritdoc/>
    public bool Contains(ReadOnlySpan<float> positions, int width, int lane)
    {
        foreach ((int centre, int[] neighbours, int sign) in _centres)
            if (Math.Sign(SignedVolume(positions, width, lane, centre, neighbours)) != sign)
                return false;
        foreach ((int i, int j, int k, int l, int sign) in _doubleBonds)
            if (Math.Sign(Side(positions, width, lane, i, j, k, l)) != sign)
                return false;
        return HasHands(positions, width, lane);
    }

    /// <summary>Where a geometry [N, 3] is of another isomer: the atoms of each centre, double bond or axis.</summary>
    internal List<int[]> Differences(ReadOnlySpan<float> positions)
    {
        var found = new List<int[]>();
        foreach ((int centre, int[] neighbours, int sign) in _centres)
            if (Math.Sign(SignedVolume(positions, 1, 0, centre, neighbours)) != sign)
                found.Add([centre]);
        foreach ((int i, int j, int k, int l, int sign) in _doubleBonds)
            if (Math.Sign(Side(positions, 1, 0, i, j, k, l)) != sign)
                found.Add([j, k]);
        foreach ((StereoAxis axis, int sign, _) in _axes)
            if (axis.Sign(positions, 1, 0) != sign)
                found.Add([.. axis.Axis]);
        return found;
    }

    private bool HasHands(ReadOnlySpan<float> positions, int width, int lane)
    {
        foreach ((StereoAxis axis, int sign, _) in _axes)
            if (axis.Sign(positions, width, lane) != sign)
                return false;
        return true;
    }

    /// <summary>What turns the far side of an axis; null where a ring or another axis' rim joins the two.</summary>
    private static RotatableBond? TurnOf(Molecule m, StereoAxis axis)
    {
        if (axis.Kind == StereoAxisKind.Helix)
            return null;
        (int from, int to) = (axis.Atoms[1], axis.Atoms[^2]);
        HashSet<int> beyond = [.. axis.Axis];
        var queue = new Queue<int>([to]);
        while (queue.TryDequeue(out int atom))
            foreach (int next in m.Neighbours[atom])
                if (beyond.Add(next))
                    queue.Enqueue(next);
        return m.Neighbours[from].Any(n => !axis.Axis.Contains(n) && beyond.Contains(n)) ? null
            : new(from, to, [.. beyond.Except(axis.Axis)]);
    }

    /// <summary>
    /// (a - o) . ((b - o) x (c - o)): for four neighbours o is the fourth (the volume of their tetrahedron, which changes sign at the
    /// planar centre's far side only when the centre has inverted), for three it is the centre itself (the lone pair is the fourth).
    /// </summary>
    internal static double SignedVolume(ReadOnlySpan<float> x, int width, int lane, int centre, int[] neighbours)
    {
        int origin = neighbours.Length > 3 ? neighbours[3] : centre;
        (double ax, double ay, double az) = Difference(x, width, lane, neighbours[0], origin);
        (double bx, double by, double bz) = Difference(x, width, lane, neighbours[1], origin);
        (double cx, double cy, double cz) = Difference(x, width, lane, neighbours[2], origin);
        return ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
    }

    /// <summary>Positive if i and l lie on the same side of the bond j-k (the component across the bond of i - j and l - k agree), negative
    /// if opposite.</summary>
    private static double Side(ReadOnlySpan<float> x, int width, int lane, int i, int j, int k, int l)
    {
        (double vx, double vy, double vz) = Difference(x, width, lane, k, j);
        (double ux, double uy, double uz) = Difference(x, width, lane, i, j);
        (double wx, double wy, double wz) = Difference(x, width, lane, l, k);
        double square = vx * vx + vy * vy + vz * vz;
        double uv = (ux * vx + uy * vy + uz * vz) / square, wv = (wx * vx + wy * vy + wz * vz) / square;
        return (ux - uv * vx) * (wx - wv * vx) + (uy - uv * vy) * (wy - wv * vy) + (uz - uv * vz) * (wz - wv * vz);
    }

    private static (double X, double Y, double Z) Difference(ReadOnlySpan<float> x, int width, int lane, int a, int b)
    {
        int p = 3 * a * width + lane, q = 3 * b * width + lane;
        return ((double)x[p] - x[q], (double)x[p + width] - x[q + width], (double)x[p + 2 * width] - x[q + 2 * width]);
    }
}
