using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>log p = -|x|^2 / 2 - D/2 log 2 pi on R^D.</summary>
public sealed class StandardNormal(int dimension) : Distribution(Domain.Real(dimension))
{
    internal static double HalfLogTwoPi { get; } = 0.5 * Math.Log(2 * Math.PI);

    protected internal override Tensor LogDensityInside(Tensor x) => x.square().sum(1) * -0.5 - Dimension * HalfLogTwoPi;

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        foreach (ref double x in row)
            x = random.NextNormal();
    }
}
