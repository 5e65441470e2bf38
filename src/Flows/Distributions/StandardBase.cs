using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>Independent: standard normal on the real line, uniform on intervals, circles and spheres of quaternions.</summary>
public sealed class StandardBase : Distribution
{
    private readonly Parameter _real;
    private readonly double _logNorm;

    /// <summary>On any domain.</summary>
    public StandardBase(Domain domain) : base(domain)
    {
        _real = Constant("real", tensor(domain.Select(a => a.Kind == AxisKind.Real ? 1f : 0f).ToArray()));
        _logNorm = -domain.Sum(a => a.Kind switch { AxisKind.Real => StandardNormal.HalfLogTwoPi, AxisKind.Quaternion => 0,
            _ => Math.Log(a.Span) }) - domain.Quaternions.Count * UnitQuaternion.LogVolume;
    }

    /// <inheritdoc/>
    public override int DegreesOfFreedom => Domain.DegreesOfFreedom;

    protected internal override Tensor LogDensityInside(Tensor x) => (x.square() * _real.Value.to(x.dtype)).sum(1) * -0.5 + _logNorm;

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        foreach (int start in Domain.Quaternions)
            UnitQuaternion.Draw(row.Slice(start, UnitQuaternion.Size), random);
        for (int i = 0; i < row.Length; i++)
            row[i] = Domain[i].Kind switch
            {
                AxisKind.Quaternion => row[i],
                AxisKind.Real => random.NextNormal(),
                _ => Domain[i].Low + Domain[i].Span * random.NextDouble(),
            };
    }
}
