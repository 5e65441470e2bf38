using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>
/// An increasing map of one coordinate onto the same axis, with parameters that may differ from row to row. Zero parameters are the
/// identity, so that a conditioner whose last layer is small starts near the identity. Stateless: a fused implementation takes a
/// reference's place by this interface.
/// </summary>
public interface IElementTransformer
{
    /// <summary>Where every element lives, before and after.</summary>
    Axis Axis { get; }

    /// <summary>P, parameters an element.</summary>
    int ParameterCount { get; }

    /// <summary>y and log dy/dx, or x and log dx/dy, in the caller's dispose scope.</summary>
    /// <param name="x">[B, d], inside the axis.</param>
    /// <param name="parameters">[B, d, P], or [1, d, P] shared by all rows, of x's type; any finite numbers.</param>
    /// <param name="inverse">Whether x is the image and the argument is wanted.</param>
    (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, bool inverse);
}

/// <summary>Chooses the transformer of an axis.</summary>
public delegate IElementTransformer TransformerChoice(Axis axis);
