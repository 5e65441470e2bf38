using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels;

/// <summary>A block as it was before a proposal, to put rejected walkers back.</summary>
internal sealed class BlockMemory(Potential potential) : IDisposable
{
    private readonly LaneBuffer _positions = new(potential.Dimension * potential.BlockWidth),
        _forces = new(potential.Dimension * potential.BlockWidth);
    private readonly double[] _scaledEnergies = new double[potential.BlockWidth], _stretches = new double[potential.BlockWidth];

    /// <summary>[W] kJ/mol.</summary>
    public double[] Energies { get; } = new double[potential.BlockWidth];

    /// <summary>Remembers all walkers.</summary>
    public void Take(WalkerBlock block)
    {
        block.Positions.Span.CopyTo(_positions.Span);
        block.Forces.Span.CopyTo(_forces.Span);
        block.Energies.CopyTo(Energies, 0);
        block.ScaledEnergies.CopyTo(_scaledEnergies, 0);
        block.Stretches.CopyTo(_stretches, 0);
    }

    /// <summary>Whether a walker stands where it did.</summary>
    public bool IsAt(WalkerBlock block, int lane)
    {
        ReadOnlySpan<float> x = block.Positions.Span, old = _positions.Span;
        for (int k = lane; k < x.Length; k += block.Width)
            if (x[k] != old[k])
                return false;
        return true;
    }

    /// <summary>Puts one walker back.</summary>
    public void PutBack(WalkerBlock block, int lane)
    {
        Span<float> x = block.Positions.Span, f = block.Forces.Span, oldX = _positions.Span, oldF = _forces.Span;
        for (int k = lane; k < x.Length; k += block.Width)
        {
            x[k] = oldX[k];
            f[k] = oldF[k];
        }
        block.Energies[lane] = Energies[lane];
        block.ScaledEnergies[lane] = _scaledEnergies[lane];
        block.Stretches[lane] = _stretches[lane];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _positions.Dispose();
        _forces.Dispose();
    }
}
