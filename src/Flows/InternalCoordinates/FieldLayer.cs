using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// A one-to-one map from a flow's domain y to one field of internal coordinates, without weights. Outside its support a row is NaN with
/// log-determinant -inf, passes no gradient and is counted; nothing is clamped. A layer that keeps one of several symmetric copies declares
/// what it left out (<see cref="LogVolume"/>).
/// </summary>
public abstract class FieldLayer
{
    private long _outside;

    /// <summary>A map of fields of some width.</summary>
    protected FieldLayer(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count;
    }

    /// <summary>Columns.</summary>
    public int Count { get; }

    /// <summary>
    /// ln of the number of copies of the image that symmetry makes the whole space of: for a target that the symmetry leaves unchanged, log
    /// Z = log Z on the image + this. 0 where nothing is left out.
    /// </summary>
    public virtual double LogVolume => 0;

    /// <summary>How many rows, in all calls of either direction, were outside the support.</summary>
    public long OutsideCount => Interlocked.Read(ref _outside);

    /// <summary>The field of y, and ln |det d field / dy| [B].</summary>
    /// <param name="y">[B, count].</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public (Tensor Field, Tensor LogDet) Forward(Tensor y) => Map(y, false);

    /// <summary>y of the field, and ln |det dy / d field| [B].</summary>
    /// <param name="field">[B, count].</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public (Tensor Y, Tensor LogDet) Inverse(Tensor field) => Map(field, true);

    /// <summary>Which rows, finite ones, are inside the domain, or for the inverse inside the image: [B], boolean.</summary>
    protected abstract Tensor Contains(Tensor x, bool inverse);

    /// <summary>A row inside, [count].</summary>
    protected abstract double[] Interior(bool inverse);

    /// <summary>The map of rows that are inside.</summary>
    protected abstract (Tensor Y, Tensor LogDet) Apply(Tensor x, bool inverse);

    /// <summary>Numbers as a row of the type of another tensor.</summary>
    protected static Tensor Row(IEnumerable<double> numbers, Tensor like) => tensor(numbers.ToArray()).to(like.dtype, like.device);

    /// <summary>x brought to [low, low + 2 pi) by whole turns.</summary>
    protected static Tensor Wrap(Tensor x, double low) => x - 2 * Math.PI * floor((x.detach() - low) / (2 * Math.PI));

    private (Tensor, Tensor) Map(Tensor x, bool inverse)
    {
        TorchRuntime.EnsureLoaded();
        if (x.dim() != 2 || x.shape[1] != Count)
            throw new ArgumentException($"{GetType().Name} takes [B, {Count}], not [{string.Join(", ", x.shape)}].");
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = x.detach(), finite = isfinite(plain).all(1), interior = Row(Interior(inverse), x);
        Tensor inside = finite.logical_and(Contains(where(finite.unsqueeze(1), plain, interior), inverse)), outside = inside.logical_not();
        long count = outside.sum().item<long>();
        if (count > 0)
            Interlocked.Add(ref _outside, count);
        // outside rows are computed at a point inside, so that their NaN meets no gradient
        (Tensor y, Tensor logDet) = Apply(where(inside.unsqueeze(1), x, interior), inverse);
        return (y.masked_fill(outside.unsqueeze(1), double.NaN).MoveToOuterDisposeScope(),
            logDet.masked_fill(outside, double.NegativeInfinity).MoveToOuterDisposeScope());
    }
}
