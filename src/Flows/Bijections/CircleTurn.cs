using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>y = x + turn on circles, with fixed turns stored with the weights: it puts a seam where there is no density. Log-determinant
/// 0.</summary>
public sealed class CircleTurn : Bijection
{
    private readonly Parameter _turns;

    /// <summary>By given turns.</summary>
    /// <param name="domain">Circles only.</param>
    /// <param name="turns">As many; null for none, to be read from a checkpoint.</param>
    /// <exception cref="ArgumentException">Another axis, or another number of turns.</exception>
    public CircleTurn(Domain domain, IReadOnlyList<double>? turns = null) : base(domain, domain)
    {
        turns ??= new double[domain.Count];
        if (domain.Any(a => a.Kind != AxisKind.Circle) || turns.Count != domain.Count)
            throw new ArgumentException($"{turns.Count} turns of {domain}: circles, and a turn for each.");
        _turns = Buffer("turns", tensor([.. turns]));
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor low = Domain.Row(x, a => a.Low), span = Domain.Row(x, a => a.Span), turn = _turns.Value.to(x.dtype), y = inverse ? x - turn
            : x + turn;
        return (y - span * ((y.detach() - low) / span).floor(), zeros(x.shape[0], dtype: x.dtype, device: x.device));
    }
}
