using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>Fresh normal numbers for the residuals of a block's walkers.</summary>
internal sealed class ResidualNoise(int dimension, int width) : IDisposable
{
    private readonly NormalScratch _scratch = new(dimension, width);
    private readonly float[] _normals = new float[dimension * width]; // [D, W]

    /// <summary>Draws those of a step.</summary>
    /// <param name="key">Of the step; its own numbers are others.</param>
    /// <param name="block">Whose walkers.</param>
    public void Fill(ulong key, WalkerBlock block) =>
        Philox.FillNormals(new RandomSource(key).Key, block.FirstWalker, 0, width, _normals, _scratch);

    /// <summary>u' = (1 - f^2)^1/2 u + f N(0, 1).</summary>
    public void Refresh(Span<double> u, double fresh, int lane)
    {
        double kept = Math.Sqrt(1 - fresh * fresh);
        for (int n = 0; n < u.Length; n++)
            u[n] = kept * u[n] + fresh * _normals[n * width + lane];
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
