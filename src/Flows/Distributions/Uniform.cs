using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>Uniform on intervals and circles: log p = -sum log span.</summary>
public sealed class Uniform : Distribution
{
    private readonly double _logDensity;

    /// <exception cref="ArgumentException">An axis without ends, or quaternions, which <see cref="StandardBase"/> draws.</exception>
    public Uniform(Domain domain) : base(domain)
    {
        if (domain.Any(a => a.Kind is AxisKind.Real or AxisKind.Quaternion))
            throw new ArgumentException($"No uniform distribution on {domain}.");
        _logDensity = -domain.Sum(a => Math.Log(a.Span));
    }

    protected internal override Tensor LogDensityInside(Tensor x) => full(x.shape[0], _logDensity, dtype: x.dtype, device: x.device);

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        for (int i = 0; i < row.Length; i++)
            row[i] = Domain[i].Low + Domain[i].Span * random.NextDouble();
    }
}
