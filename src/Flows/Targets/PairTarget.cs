using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>N points whose energy, in units of kT, is a sum over pairs i &lt; j of their distance, with or without a spring to their common
/// centre. It does not depend on where the
/// centre is.</summary>
public abstract class PairTarget : Target
{
    private readonly long[] _first, _second;

    /// <summary>Of points in a space.</summary>
    protected PairTarget(int points, int spaceDimension)
    {
        (Points, SpaceDimension) = (points, spaceDimension);
        var pairs = Enumerable.Range(0, points).SelectMany(i => Enumerable.Range(i + 1, points - i - 1).Select(j =>
            (I: (long)i, J: (long)j))).ToArray();
        (_first, _second) = ([.. pairs.Select(p => p.I)], [.. pairs.Select(p => p.J)]);
        // a distorted grid: no two points near each other, no symmetry
        int side = (int)Math.Ceiling(Math.Round(Math.Pow(points, 1.0 / spaceDimension), 9));
        double Place(int i, int c) => Spacing * ((i / (int)Math.Pow(side, c)) % side + 0.125 * ((i * 5 + c * 3) % 7) / 7.0);
        ReferencePoint = [.. Enumerable.Range(0, points).SelectMany(i => Enumerable.Range(0, spaceDimension).Select(c => Place(i, c)))];
    }

    /// <summary>N, the number of points.</summary>
    public int Points { get; }

    /// <summary>2 or 3.</summary>
    public int SpaceDimension { get; }

    /// <inheritdoc/>
    public override int Dimension => Points * SpaceDimension;

    /// <inheritdoc/>
    public override TargetMeasure Measure => TargetMeasure.CentreAtRest;

    /// <inheritdoc/>
    public override int DegreesOfFreedom => (Points - 1) * SpaceDimension;

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; }

    /// <summary>Between points of the reference.</summary>
    protected virtual double Spacing => 1;

    /// <summary>The spring's constant: 1/2 k sum |x - centre|^2.</summary>
    protected virtual double Spring => 0;

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor r = x.to(ScalarType.Float64).reshape(-1, Points, SpaceDimension);
        Tensor d = r.index_select(1, tensor(_first, device: x.device)) - r.index_select(1, tensor(_second, device: x.device));
        Tensor u = PairEnergy((d * d).sum(2)).sum(1);
        if (Spring != 0)
            u = u + 0.5 * Spring * (r - r.mean([1L], keepdim: true)).square().sum([1L, 2L]);
        return u.neg().MoveToOuterDisposeScope();
    }

    /// <summary>The energy of squared distances.</summary>
    protected abstract Tensor PairEnergy(Tensor squaredDistance);
}
