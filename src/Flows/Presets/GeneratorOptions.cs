using MolSampling.Flows.Transformers;

namespace MolSampling.Flows.Presets;

/// <summary>The shape of a <see cref="BoltzmannGenerator"/>; with the target it is all that a checkpoint needs to be read.</summary>
/// <param name="Layers">Couplings.</param>
/// <param name="Bins">Of their splines.</param>
/// <param name="Affine">
/// Whether couplings map real columns by shift and scale and only circles by splines: bonds and angles given the rest are nearly Gaussian,
/// two parameters a column cost a twelfth of a spline's, and the map is smooth. The splines behind the couplings stay.
/// </param>
/// <param name="Harmonics">Multiples of an angle that conditioners see; 3 suits methyl groups.</param>
/// <param name="Width">Of the conditioners' hidden layers.</param>
/// <param name="Blocks">Residual blocks of a conditioner.</param>
/// <param name="MarginalBins">Of the element-wise splines behind the couplings, which give each column its own distribution.</param>
/// <param name="TailBound">Splines of real columns end here, in deviations.</param>
/// <param name="Seed">Of random splits and first weights.</param>
public sealed record GeneratorOptions(int Layers = 12, int Bins = 10, bool Affine = true, int Harmonics = 3, int Width = 256,
    int Blocks = 2, int MarginalBins = 32, double TailBound = 5, ulong Seed = 1)
{
    /// <summary>What couplings map an axis by.</summary>
    internal TransformerChoice Coupling => Affine ? axis => axis.Kind == AxisKind.Real ? new AffineTransformer()
        : SplineTransformer.On(axis, Bins) : Spline(Bins);

    /// <summary>What gives an axis its own distribution.</summary>
    internal TransformerChoice Marginal => Spline(MarginalBins);

    private TransformerChoice Spline(int bins) => axis => axis.Kind == AxisKind.Real ? SplineTransformer.WithTails(TailBound, bins,
        fused: true) : SplineTransformer.On(axis, bins);
}
