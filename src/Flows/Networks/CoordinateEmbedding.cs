using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>
/// Features of coordinates that a network can take: real ones as they are, intervals mapped to [-1, 1], circles as cos and sin of the angle
/// and of its multiples, so that a network's output is smooth across the seam, and quaternions as matrices, so that it does not know their
/// sign.
/// </summary>
internal sealed class CoordinateEmbedding : Parametrized
{
    private const int Entries = 9; // of a matrix

    private readonly double[] _centre, _scale;
    private readonly Parameter _straight, _circular;
    private readonly int _harmonics;
    private readonly int _straightCount, _circularCount;
    private readonly IReadOnlyList<int> _quaternions;

    /// <param name="domain">The coordinates.</param>
    /// <param name="harmonics">Multiples of an angle.</param>
    public CoordinateEmbedding(Domain domain, int harmonics = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(harmonics);
        _harmonics = harmonics;
        _centre = [.. domain.Select(a => a.Kind is AxisKind.Real or AxisKind.Quaternion ? 0 : a.Interior)];
        _scale = [.. domain.Select(a => a.Kind switch { AxisKind.Real or AxisKind.Quaternion => 1, AxisKind.Interval => 2 / a.Span,
            _ => 2 * Math.PI / a.Span })];
        _quaternions = domain.Quaternions;
        int[] straight = [.. Enumerable.Range(0, domain.Count).Where(i => domain[i].Kind is AxisKind.Real or AxisKind.Interval)],
            circular = [.. Enumerable.Range(0, domain.Count).Where(i => domain[i].Kind == AxisKind.Circle)];
        (_straightCount, _circularCount) = (straight.Length, circular.Length);
        _straight = Constant("straight", tensor(straight.Select(i => (long)i).ToArray(), [straight.Length]));
        _circular = Constant("circular", tensor(circular.Select(i => (long)i).ToArray(), [circular.Length]));
        FeatureColumns = [.. straight, .. Enumerable.Repeat(circular, 2 * harmonics).SelectMany(c => c),
            .. _quaternions.SelectMany(first => Enumerable.Repeat(first, Entries))];
    }

    /// <summary>The column that each feature is made of.</summary>
    public IReadOnlyList<int> FeatureColumns { get; }

    /// <summary>Number of features.</summary>
    public int Width => FeatureColumns.Count;

    /// <summary>[B, D] to [B, width], in the caller's dispose scope.</summary>
    public Tensor Embed(Tensor x)
    {
        Tensor scaled = (x - tensor(_centre).to(x.dtype, x.device)) * tensor(_scale).to(x.dtype, x.device);
        if (_circularCount == 0 && _quaternions.Count == 0)
            return scaled;
        List<Tensor> features = _straightCount > 0 ? [scaled.index_select(1, _straight)] : [];
        if (_circularCount > 0)
        {
            Tensor angles = scaled.index_select(1, _circular);
            for (int h = 1; h <= _harmonics; h++)
                features.AddRange([(angles * h).cos(), (angles * h).sin()]);
        }
        features.AddRange(_quaternions.Select(first => UnitQuaternion.Matrix(scaled.narrow(1, first, UnitQuaternion.Size))));
        return cat(features, 1);
    }
}
