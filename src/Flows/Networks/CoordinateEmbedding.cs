using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>
/// Features of coordinates that a network can take: real ones as they are, intervals mapped to [-1, 1], circles as cos and sin of the angle
/// and of its multiples, so that a network's output is smooth across the seam.
/// </summary>
internal sealed class CoordinateEmbedding : Parametrized
{
    private readonly double[] _centre, _scale;
    private readonly Parameter _straight, _circular;
    private readonly int _harmonics;
    private readonly int _straightCount, _circularCount;

    /// <param name="domain">The coordinates.</param>
    /// <param name="harmonics">Multiples of an angle.</param>
    public CoordinateEmbedding(Domain domain, int harmonics = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(harmonics);
        _harmonics = harmonics;
        _centre = [.. domain.Select(a => a.Kind == AxisKind.Real ? 0 : a.Interior)];
        _scale = [.. domain.Select(a => a.Kind switch { AxisKind.Real => 1, AxisKind.Interval => 2 / a.Span, _ => 2 * Math.PI / a.Span })];
        int[] straight = [.. Enumerable.Range(0, domain.Count).Where(i => domain[i].Kind != AxisKind.Circle)],
            circular = [.. Enumerable.Range(0, domain.Count).Except(straight)];
        (_straightCount, _circularCount) = (straight.Length, circular.Length);
        _straight = Constant("straight", tensor(straight.Select(i => (long)i).ToArray(), [straight.Length]));
        _circular = Constant("circular", tensor(circular.Select(i => (long)i).ToArray(), [circular.Length]));
        FeatureColumns = [.. straight, .. Enumerable.Repeat(circular, 2 * harmonics).SelectMany(c => c)];
    }

    /// <summary>The column that each feature is made of.</summary>
    public IReadOnlyList<int> FeatureColumns { get; }

    /// <summary>Number of features.</summary>
    public int Width => FeatureColumns.Count;

    /// <summary>[B, D] to [B, width], in the caller's dispose scope.</summary>
    public Tensor Embed(Tensor x)
    {
        Tensor scaled = (x - tensor(_centre).to(x.dtype, x.device)) * tensor(_scale).to(x.dtype, x.device);
        if (_circularCount == 0)
            return scaled;
        Tensor angles = scaled.index_select(1, _circular);
        List<Tensor> features = _straightCount > 0 ? [scaled.index_select(1, _straight)] : [];
        for (int h = 1; h <= _harmonics; h++)
            features.AddRange([(angles * h).cos(), (angles * h).sin()]);
        return cat(features, 1);
    }
}
