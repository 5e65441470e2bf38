using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// A smooth one-to-one map between two domains, with log |det dy/dx|. Batch first: x is [B, D], the log-determinant [B]. A row outside the
/// domain comes out as NaN with log-determinant -inf and passes no gradient: nothing is clamped, and other rows do not notice. The forward
/// map takes the base's samples to the target's coordinates. After D. Ward's flowjax: two methods, everything else is made of them.
/// </summary>
public abstract class Bijection : Parametrized
{
    /// <summary>A map between two domains of equal dimension.</summary>
    /// <exception cref="ArgumentException">Unequal dimensions.</exception>
    protected Bijection(Domain domain, Domain codomain, int conditionSize = 0)
    {
        if (domain.Count != codomain.Count || conditionSize < 0)
            throw new ArgumentException($"No bijection leads from {domain.Count} to {codomain.Count} dimensions, given {conditionSize} conditions.");
        (Domain, Codomain, ConditionSize) = (domain, codomain, conditionSize);
    }

    /// <summary>Where x lives.</summary>
    public Domain Domain { get; }

    /// <summary>Where y lives.</summary>
    public Domain Codomain { get; }

    /// <summary>D, the number of columns.</summary>
    public int Dimension => Domain.Count;

    /// <summary>Width of the condition; 0 if the map takes none.</summary>
    public int ConditionSize { get; }

    /// <summary>y(x) and log |det dy/dx|.</summary>
    /// <param name="x">[B, D], of this map's type.</param>
    /// <param name="condition">[B, C] if the map is conditional.</param>
    /// <exception cref="ArgumentException">Another shape or type.</exception>
    public (Tensor Y, Tensor LogDet) Forward(Tensor x, Tensor? condition = null) => Map(x, condition, false);

    /// <summary>x(y) and log |det dx/dy|, minus the forward one.</summary>
    /// <param name="y">[B, D].</param>
    /// <param name="condition">[B, C] if the map is conditional.</param>
    /// <exception cref="ArgumentException">Another shape or type.</exception>
    public (Tensor X, Tensor LogDet) Inverse(Tensor y, Tensor? condition = null) => Map(y, condition, true);

    /// <summary>The map or its inverse for rows inside the domain, in the caller's dispose scope.</summary>
    protected internal abstract (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse);

    internal (Tensor Y, Tensor LogDet) Map(Tensor x, Tensor? condition, bool inverse)
    {
        if (x.dim() != 2 || x.shape[1] != Dimension || x.dtype != Type)
            throw new ArgumentException($"{GetType().Name} takes [B, {Dimension}] of {Type}, not [{string.Join(", ", x.shape)}] of {x.dtype}.");
        if (condition is null ? ConditionSize > 0 : condition.dim() != 2 || condition.shape[0] != x.shape[0]
            || condition.shape[1] != ConditionSize)
            throw new ArgumentException($"{GetType().Name} takes a condition of [B, {ConditionSize}].");
        using DisposeScope scope = NewDisposeScope();
        Domain from = inverse ? Codomain : Domain;
        Tensor inside = from.Contains(x);
        bool all = inside.all().item<bool>();
        // outside rows are computed at a point inside, so that their NaN meets no gradient
        (Tensor y, Tensor logDet) = MapInside(all ? x : where(inside.unsqueeze(1), x, from.Interior(x)), condition, inverse);
        if (!all)
        {
            Tensor outside = inside.logical_not();
            (y, logDet) = (y.masked_fill(outside.unsqueeze(1), double.NaN), logDet.masked_fill(outside, double.NegativeInfinity));
        }
        return (y.MoveToOuterDisposeScope(), logDet.MoveToOuterDisposeScope());
    }

    /// <summary>The same for rows that are known to be inside, or of which the caller finds out later.</summary>
    internal (Tensor Y, Tensor LogDet) MapInside(Tensor x, Tensor? condition, bool inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor y, Tensor logDet) = Apply(x, condition, inverse);
        if (ReferenceEquals(x, y))
            y = x.alias(); // callers own results
        return (y.MoveToOuterDisposeScope(), logDet.MoveToOuterDisposeScope());
    }
}
