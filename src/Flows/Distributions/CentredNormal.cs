using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>
/// The standard normal on the positions of N particles whose centre is at 0: log p = -|x|^2 / 2 - (N - 1) d/2 log 2 pi, a density on that
/// subspace of (N - 1) d dimensions. J. Koehler, L. Klein, F. Noe, ICML 2020, "Equivariant flows".
/// </summary>
public sealed class CentredNormal : Distribution
{
    private readonly int _particles, _space;

    /// <param name="particles">N, at least 2.</param>
    /// <param name="space">d.</param>
    public CentredNormal(int particles, int space = 3) : base(Domain.Real(particles * space))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(particles, 2);
        (_particles, _space) = (particles, space);
    }

    public override int DegreesOfFreedom => (_particles - 1) * _space;

    protected internal override Tensor LogDensityInside(Tensor x)
    {
        // the centre of centred rows differs from 0 by rounding
        double tolerance = x.dtype == ScalarType.Float64 ? 1e-12 : 1e-5;
        Tensor centre = x.detach().reshape(-1, _particles, _space).mean([1L]), largest = x.detach().abs().amax([1L]);
        Tensor outside = centre.abs().amax([1L]) > (largest + 1) * tolerance;
        return (x.square().sum(1) * -0.5 - DegreesOfFreedom * StandardNormal.HalfLogTwoPi).masked_fill(outside, double.NegativeInfinity);
    }

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        foreach (ref double x in row)
            x = random.NextNormal();
        for (int k = 0; k < _space; k++)
        {
            double centre = 0;
            for (int n = 0; n < _particles; n++)
                centre += row[n * _space + k] / _particles;
            for (int n = 0; n < _particles; n++)
                row[n * _space + k] -= centre;
        }
    }
}
