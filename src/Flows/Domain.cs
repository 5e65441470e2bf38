using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>The product of axes on which a distribution lives and between which a bijection maps. Two domains are equal if their axes
/// are.</summary>
public sealed class Domain : IReadOnlyList<Axis>, IEquatable<Domain>
{
    private readonly Axis[] _axes;
    private readonly List<int> _quaternions = [];

    /// <summary>A product of axes.</summary>
    /// <exception cref="ArgumentException">No axis, or quaternions that are not whole.</exception>
    public Domain(IEnumerable<Axis> axes)
    {
        _axes = [.. axes];
        if (_axes.Length == 0)
            throw new ArgumentException("A domain has at least one axis.");
        for (int k = 0; k < _axes.Length; k++)
        {
            if (_axes[k].Kind != AxisKind.Quaternion)
                continue;
            if (k + UnitQuaternion.Size > _axes.Length || _axes.AsSpan(k, UnitQuaternion.Size).ContainsAnyExcept(Axis.Quaternion))
                throw new ArgumentException("A quaternion is four axes that follow one another.");
            _quaternions.Add(k);
            k += UnitQuaternion.Size - 1;
        }
    }

    /// <summary>R^D.</summary>
    public static Domain Real(int dimension) => new(Enumerable.Repeat(Axis.Real, dimension));

    /// <summary>D copies of an axis.</summary>
    public static Domain Of(Axis axis, int dimension) => new(Enumerable.Repeat(axis, dimension));

    /// <summary>D, the number of axes.</summary>
    public int Count => _axes.Length;

    public Axis this[int index] => _axes[index];

    /// <summary>Where its quaternions begin.</summary>
    public IReadOnlyList<int> Quaternions => _quaternions;

    /// <summary>Dimension of the set: a quaternion has three.</summary>
    public int DegreesOfFreedom => Count - _quaternions.Count;

    /// <summary>Unit quaternions.</summary>
    public static Domain OfQuaternions(int count = 1) => Of(Axis.Quaternion, UnitQuaternion.Size * count);

    /// <summary>The axes at some indices, in their order.</summary>
    public Domain Select(IEnumerable<int> indices) => new(indices.Select(i => _axes[i]));

    /// <summary>Which rows lie inside: finite everywhere, within the ends of intervals, quaternions of unit length up to rounding. Any
    /// finite number is a point of a circle.</summary>
    /// <param name="x">[B, D].</param>
    /// <returns>[B], boolean.</returns>
    public Tensor Contains(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor inside = isfinite(x);
        if (_axes.Any(a => a.Kind == AxisKind.Interval))
        {
            Tensor low = Row(x, a => a.Kind == AxisKind.Interval ? a.Low : double.NegativeInfinity),
                high = Row(x, a => a.Kind == AxisKind.Interval ? a.High : double.PositiveInfinity);
            inside = inside & (x >= low) & (x <= high);
        }
        inside = inside.all(1);
        foreach (int start in _quaternions)
            inside = inside & UnitQuaternion.Contains(x.narrow(1, start, UnitQuaternion.Size));
        return inside.MoveToOuterDisposeScope();
    }

    /// <summary>A point inside, [D], of the type and device of <paramref name="like"/>.</summary>
    internal Tensor Interior(Tensor like)
    {
        double[] point = [.. _axes.Select(a => a.Interior)];
        foreach (int start in _quaternions)
            point[start] = 1;
        using Tensor row = tensor(point);
        return row.to(like.dtype, like.device);
    }

    /// <summary>A number an axis, [D].</summary>
    internal Tensor Row(Tensor like, Func<Axis, double> number)
    {
        using Tensor row = tensor(_axes.Select(number).ToArray());
        return row.to(like.dtype, like.device);
    }

    public IEnumerator<Axis> GetEnumerator() => ((IEnumerable<Axis>)_axes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _axes.GetEnumerator();

    public bool Equals(Domain? other) => other is not null && _axes.AsSpan().SequenceEqual(other._axes);

    public override bool Equals(object? obj) => Equals(obj as Domain);

    public override int GetHashCode() => _axes.Aggregate(_axes.Length, HashCode.Combine);

    /// <summary>Runs of equal axes: "R x 3, [0, 1] x 2".</summary>
    public override string ToString()
    {
        List<string> runs = [];
        for (int start = 0, end; start < _axes.Length; start = end)
        {
            for (end = start + 1; end < _axes.Length && _axes[end] == _axes[start]; end++)
            {
            }
            int copies = (end - start) / (_axes[start].Kind == AxisKind.Quaternion ? UnitQuaternion.Size : 1);
            runs.Add(copies == 1 ? $"{_axes[start]}" : $"{_axes[start]} x {copies}");
        }
        return string.Join(", ", runs);
    }
}
