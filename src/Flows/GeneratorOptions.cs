using MolSampling.Flows.Transformers;

namespace MolSampling.Flows;

/// <summary>The shape of a <see cref="BoltzmannGenerator"/>; with the target it is all that a checkpoint needs to be read.</summary>
/// <param name="Layers">Couplings.</param>
/// <param name="Bins">Of their splines.</param>
/// <param name="Width">Of the conditioners' hidden layers.</param>
/// <param name="Blocks">Residual blocks of a conditioner.</param>
/// <param name="MarginalBins">Of the element-wise splines behind the couplings, which give each column its own distribution.</param>
/// <param name="TailBound">Splines of real columns end here, in deviations.</param>
/// <param name="Seed">Of random splits and first weights.</param>
public sealed record GeneratorOptions(int Layers = 12, int Bins = 10, int Width = 256, int Blocks = 2, int MarginalBins = 32, double TailBound = 5, ulong Seed = 1)
{
    /// <summary>The spline of every axis.</summary>
    public TransformerChoice Transformer(int bins) => axis => axis.Kind == AxisKind.Real ? SplineTransformer.WithTails(TailBound, bins, fused: true) : SplineTransformer.On(axis, bins);
}
