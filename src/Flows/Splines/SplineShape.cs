using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Splines;

/// <summary>A spline without its parameters.</summary>
/// <param name="Kind">Its ends.</param>
/// <param name="Bins">K.</param>
/// <param name="Low">Lower end of the support; the seam of a circle.</param>
/// <param name="High">Upper end; low + circumference on a circle.</param>
public readonly record struct SplineShape(SplineKind Kind, int Bins, double Low, double High)
{
    /// <summary>The smallest width and height of a bin as a part of the whole, and the smallest slope of a knot, as in the authors'
    /// code.</summary>
    public const double Least = 1e-3;

    /// <summary>The most bins: scratch for a tile of elements stands on the stack.</summary>
    public const int MostBins = 128;

    /// <summary>ln(e^(1 - Least) - 1): softplus of it is a slope of 1, so that parameters of 0 make the identity.</summary>
    internal const double SlopeOffset = 0.5397424172369522;

    /// <summary>Length of the support.</summary>
    internal double Span => High - Low;

    /// <summary>P, the parameters of an element: K raw widths, K raw heights, the raw slopes from left to right, and the turn of a
    /// circle.</summary>
    public int Parameters => ParametersOf(Kind, Bins);

    /// <summary>Raw slopes among the parameters.</summary>
    internal int Slopes => Kind switch { SplineKind.LinearTails => Bins - 1, SplineKind.Interval => Bins + 1, _ => Bins };

    /// <summary>P of a kind with so many bins.</summary>
    public static int ParametersOf(SplineKind kind, int bins) => kind == SplineKind.LinearTails ? 3 * bins - 1 : 3 * bins + 1;

    /// <summary>The shape that has so many parameters.</summary>
    /// <exception cref="ArgumentException">There is none, or the ends are not finite and in order.</exception>
    public static SplineShape Of(SplineKind kind, long parameters, double low, double high)
    {
        if (!Enum.IsDefined(kind))
            throw new ArgumentException($"{kind} is no kind of spline.");
        if (!double.IsFinite(low) || !double.IsFinite(high) || !(high > low))
            throw new ArgumentException($"A spline's ends are finite and in order, not {low} and {high}.");
        for (int bins = 2; bins <= MostBins; bins++)
            if (ParametersOf(kind, bins) == parameters)
                return new(kind, bins, low, high);
        throw new ArgumentException($"{kind} with K bins has {(kind == SplineKind.LinearTails ? "3K - 1" : "3K + 1")} parameters, K from 2 to {MostBins}: {parameters} fit none.");
    }

    /// <summary>K + 1 increasing knots, [R, d, K] to [R, d, K + 1]: low + span (w0 + (1 - K w0) softmax), summed up; the first and the last
    /// are the ends, exactly.</summary>
    internal Tensor Knots(Tensor logits)
    {
        Tensor shares = logits.softmax(2) * (1 - Least * Bins) + Least;
        return BetweenEnds(shares.narrow(2, 0, Bins - 1).cumsum(2) * Span + Low);
    }

    /// <summary>Inner knots with the ends.</summary>
    internal Tensor BetweenEnds(Tensor inner)
    {
        long[] end = [inner.shape[0], inner.shape[1], 1];
        return cat([full(end, Low, dtype: inner.dtype, device: inner.device), inner, full(end, High, dtype: inner.dtype,
            device: inner.device)], 2);
    }

    /// <summary>The bin of each x, [R, d, n], among knots [R, d, K + 1].</summary>
    internal Tensor Bin(Tensor knots, Tensor x)
    {
        using IDisposable constant = no_grad();
        return searchsorted(knots.detach().narrow(2, 1, Bins - 1).contiguous(), x.detach().contiguous(), right: true);
    }

    /// <summary>Around a circle into [low, high]; both ends are the seam, and a number next to it may round to either.</summary>
    internal Tensor Wrap(Tensor x)
    {
        Tensor turns = ((x - Low) / Span).floor(), wrapped = x - turns * Span;
        // a rounding error beyond an end is on the seam
        return where(wrapped < Low, wrapped - (wrapped.detach() - Low), where(wrapped > High, wrapped - (wrapped.detach() - High),
            wrapped));
    }
}
