using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>
/// y = exp(s) x + t on the real line. The log-scale is s = c tanh(a / c), a parametrisation that keeps |s| below c. Parameters: t, a.
/// L. Dinh, J. Sohl-Dickstein, S. Bengio, ICLR 2017, "Density estimation using Real NVP".
/// </summary>
public sealed class AffineTransformer : IElementTransformer
{
    private readonly double _largestLogScale;

    /// <param name="largestLogScale">c.</param>
    public AffineTransformer(double largestLogScale = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(largestLogScale);
        _largestLogScale = largestLogScale;
    }

    public Axis Axis => Axis.Real;

    public int ParameterCount => 2;

    /// <summary>For <see cref="TransformerChoice"/>.</summary>
    /// <exception cref="ArgumentException">Not the real line.</exception>
    public static IElementTransformer For(Axis axis) =>
        axis.Kind == AxisKind.Real ? new AffineTransformer()
            : throw new ArgumentException($"Affine maps with free parameters take R, not {axis}.");

    public (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, bool inverse)
    {
        Tensor shift = parameters.select(2, 0), logScale = (parameters.select(2, 1) / _largestLogScale).tanh() * _largestLogScale;
        return inverse ? ((x - shift) * (-logScale).exp(), -logScale.expand_as(x)) : (x * logScale.exp() + shift, logScale.expand_as(x));
    }
}
