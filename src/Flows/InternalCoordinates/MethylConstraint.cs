using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>Which relabellings of the three hydrogens of a top are counted once.</summary>
public enum MethylGroup
{
    /// <summary>The exchange of two: the hydrogens follow each other in one sense of rotation. Order 2; the top still turns
    /// freely.</summary>
    Sense,

    /// <summary>All six: the sense, and the top's mean torsion within a third of a turn.</summary>
    All,
}

/// <summary>
/// Keeps one of the equal labellings of the hydrogens of CH3 (or NH3+): with t the first one's torsion and s2, s3 those of the others
/// relative to it, in (0, 2 pi), it holds s2 &lt; s3, and for all six labellings M = t + (s2 + s3) / 3 within [start, start + 2 pi / 3): a
/// cyclic relabelling takes M to M + 2 pi / 3. On the flow's side the columns held are intervals [-pi, pi]; with u, v, w = (y + pi) / 2 pi,
/// s2 = 2 pi u, s3 = s2 + (2 pi - s2) v, M = start + 2 pi w / 3. ln |det| = ln(1 - u), and -ln 3 for all six.
/// </summary>
public sealed class MethylConstraint : FieldLayer
{
    private const double Turn = 2 * Math.PI;

    private readonly int[][] _tops;
    private readonly MethylGroup _group;
    private readonly double _start;
    private readonly long[] _others, _order;

    /// <summary>Of a torsions' field.</summary>
    /// <param name="count">Its columns.</param>
    /// <param name="tops">For each top the columns of t, s2, s3: the proper torsion of the first hydrogen, and the impropers of the others
    /// relative to it.</param>
    /// <param name="group">What is counted once.</param>
    /// <param name="start">rad: where the third of a turn begins; best at a barrier.</param>
    /// <exception cref="ArgumentException">Not three columns, a column that is not there, or one named twice.</exception>
    public MethylConstraint(int count, IReadOnlyList<int[]> tops, MethylGroup group = MethylGroup.Sense, double start = -Math.PI)
        : base(count)
    {
        int[] all = [.. tops.SelectMany(t => t)];
        if (tops.Count == 0 || tops.Any(t => t.Length != 3) || all.Any(c => c < 0 || c >= count) || all.Distinct().Count() != all.Length)
            throw new ArgumentException($"Tops take three columns each of {count}, no column twice, at least one top.", nameof(tops));
        (_tops, _group, _start) = ([.. tops], group, start);
        _others = [.. Enumerable.Range(0, count).Except(all).Select(c => (long)c)];
        var place = _others.Concat(Enumerable.Range(0, 3).SelectMany(k => tops.Select(t => (long)t[k]))).ToList();
        _order = [.. Enumerable.Range(0, count).Select(c => (long)place.IndexOf(c))];
    }

    /// <inheritdoc/>
    public override double LogVolume => _tops.Length * Math.Log(_group == MethylGroup.All ? 6 : 2);

    /// <summary>The columns that are intervals [-pi, pi] on the flow's side.</summary>
    public IReadOnlyList<int> IntervalColumns => [.. _tops.SelectMany(t => _group == MethylGroup.All ? t : t[1..]).Order()];

    /// <inheritdoc/>
    protected override Tensor Contains(Tensor x, bool inverse)
    {
        (Tensor t, Tensor a, Tensor b) = Columns(x);
        if (inverse)
        {
            (Tensor s2, Tensor s3) = (Wrap(a, 0), Wrap(b, 0));
            Tensor held = (s2 > 0).logical_and(s2 < s3);
            return (_group == MethylGroup.All ? held.logical_and(Wrap(t + (s2 + s3) / 3, _start) - _start < Turn / 3) : held).all(1);
        }
        // at u = 1 the second and the third hydrogen have no room
        Tensor within = (a > -Math.PI).logical_and(a < Math.PI).logical_and(b > -Math.PI).logical_and(b < Math.PI);
        return (_group == MethylGroup.All ? within.logical_and(t.abs() <= Math.PI) : within).all(1);
    }

    /// <inheritdoc/>
    protected override double[] Interior(bool inverse)
    {
        var row = new double[Count];
        if (inverse)
            foreach (int[] top in _tops)
                (row[top[0]], row[top[1]], row[top[2]]) = (_start + Turn / 6 - Turn / 3, Turn / 3, 2 * Turn / 3);
        return row;
    }

    /// <inheritdoc/>
    protected override (Tensor Y, Tensor LogDet) Apply(Tensor x, bool inverse)
    {
        (Tensor t, Tensor a, Tensor b) = Columns(x);
        Tensor u, logDet;
        double third = _group == MethylGroup.All ? _tops.Length * Math.Log(3) : 0;
        if (inverse)
        {
            (Tensor s2, Tensor s3) = (Wrap(a, 0), Wrap(b, 0));
            u = s2 / Turn;
            (a, b) = (s2 - Math.PI, Turn * (s3 - s2) / (Turn - s2) - Math.PI);
            t = _group == MethylGroup.All ? 3 * (Wrap(t + (s2 + s3) / 3, _start) - _start) - Math.PI : Wrap(t, -Math.PI);
            logDet = third - log1p(-u).sum(1);
        }
        else
        {
            u = (a + Math.PI) / Turn;
            Tensor s2 = a + Math.PI, s3 = s2 + (Turn - s2) * (b + Math.PI) / Turn;
            (a, b) = (Wrap(s2, -Math.PI), Wrap(s3, -Math.PI));
            t = Wrap(_group == MethylGroup.All ? _start + (t + Math.PI) / 3 - (s2 + s3) / 3 : t, -Math.PI);
            logDet = log1p(-u).sum(1) - third;
        }
        Tensor others = Wrap(x.index_select(1, tensor(_others, device: x.device)), -Math.PI);
        return (cat([others, t, a, b], 1).index_select(1, tensor(_order, device: x.device)), logDet);
    }

    private (Tensor T, Tensor S2, Tensor S3) Columns(Tensor x)
    {
        Tensor Column(int k) => x.index_select(1, tensor(_tops.Select(t => (long)t[k]).ToArray(), device: x.device));
        return (Column(0), Column(1), Column(2));
    }
}
