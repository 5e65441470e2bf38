using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>
/// A ring of weighted points, sampled in proportion to their weights without replacement. Points of weight 0 are not taken in. L. I.
/// Midgley, V. Stimper, G. N. C. Simm, B. Schoelkopf, J. M. Hernandez-Lobato, ICLR 2023 (arXiv 2208.01893), "Flow annealed importance
/// sampling bootstrap", section 3.2.
/// </summary>
internal sealed class PrioritisedReplay : IDisposable
{
    // float64, so that the shape of the state does not depend on the flow's type; counts: filled, next
    private readonly Tensor _x, _logWeights, _logQ, _counts;

    /// <summary>An empty buffer.</summary>
    /// <param name="capacity">Points; the oldest are overwritten.</param>
    /// <param name="dimension">D.</param>
    public PrioritisedReplay(int capacity, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        _x = zeros(capacity, dimension, dtype: ScalarType.Float64).DetachFromDisposeScope();
        _logWeights = zeros(capacity, dtype: ScalarType.Float64).DetachFromDisposeScope();
        _logQ = zeros(capacity, dtype: ScalarType.Float64).DetachFromDisposeScope();
        _counts = zeros(2, dtype: ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Points at most.</summary>
    public int Capacity { get; }

    /// <summary>Points in it.</summary>
    public int Count => (int)_counts.data<long>()[0];

    /// <summary>As <see cref="IObjective.State"/>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => [("x", _x), ("logWeights", _logWeights), ("logQ", _logQ), ("counts", _counts)];

    /// <summary>Takes points in, over the oldest if there is no room.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="logWeights">[B]; rows that are not finite are passed over.</param>
    /// <param name="logQ">[B] ln q now: the weights refer to it.</param>
    public void Add(Tensor x, Tensor logWeights, Tensor logQ)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        Tensor rows = isfinite(logWeights).nonzero().select(1, 0);
        long count = Math.Min(rows.shape[0], Capacity), next = _counts.data<long>()[1];
        rows = rows.narrow(0, rows.shape[0] - count, count);
        Tensor places = tensor(Enumerable.Range(0, (int)count).Select(i => (next + i) % Capacity).ToArray(), dtype: ScalarType.Int64);
        foreach ((Tensor ring, Tensor values) in (ReadOnlySpan<(Tensor, Tensor)>)[(_x, x), (_logWeights, logWeights), (_logQ, logQ)])
            ring.index_copy_(0, places, values.index_select(0, rows).to(ScalarType.Float64, CPU));
        (_counts[0], _counts[1]) = (Math.Min(Count + count, Capacity), (next + count) % Capacity);
    }

    /// <summary>
    /// Distinct points, drawn one after another in proportion to the weights of those left: the largest of ln w + a Gumbel number each. W.
    /// Kool, H. van Hoof, M. Welling, ICML 2019. With few points of large weight this is not proportional to w: nothing is drawn twice.
    /// </summary>
    /// <param name="count">Fewer come if there are fewer.</param>
    /// <param name="random">A number for every point of the buffer.</param>
    /// <returns>Their places [n], x [n, D] and ln q at the last <see cref="Add"/> or <see cref="Reweight"/> [n], float64, in the caller's
    /// dispose scope.</returns>
    public (Tensor Places, Tensor X, Tensor LogQ) Draw(int count, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        int filled = Count;
        double[] keys = _logWeights.narrow(0, 0, filled).data<double>().ToArray();
        for (int i = 0; i < keys.Length; i++)
            keys[i] -= Math.Log(-Math.Log(random.NextDouble()));
        Tensor places = tensor(keys).topk(Math.Min(count, filled)).indexes;
        return (places.MoveToOuterDisposeScope(), _x.index_select(0, places).MoveToOuterDisposeScope(),
            _logQ.index_select(0, places).MoveToOuterDisposeScope());
    }

    /// <summary>The flow has moved: adds to the log weights, and writes ln q anew. Rows that are not finite keep what they had.</summary>
    /// <param name="places">[n] from <see cref="Draw"/>.</param>
    /// <param name="change">[n] of ln w.</param>
    /// <param name="logQ">[n] now.</param>
    public void Reweight(Tensor places, Tensor change, Tensor logQ)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        Tensor finite = isfinite(change) & isfinite(logQ), rows = places.masked_select(finite);
        _logWeights.index_add_(0, rows, change.masked_select(finite), 1);
        _logQ.index_copy_(0, rows, logQ.masked_select(finite));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor value) in State)
            value.Dispose();
    }
}
