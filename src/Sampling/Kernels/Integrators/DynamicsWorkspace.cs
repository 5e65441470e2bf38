using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>What integrators need beside a block: inverse masses, thermal speeds and noise, laid out as the block's coordinates.</summary>
internal sealed class DynamicsWorkspace : KernelWorkspace, IDisposable
{
    private readonly double[] _masses, _beta;
    private LaneBuffer? _before;

    public DynamicsWorkspace(Potential potential, IReadOnlyList<double> masses)
    {
        if (masses.Count != potential.AtomCount || masses.Any(m => !(m > 0)))
            throw new ArgumentException($"{masses.Count} masses, all positive, are needed for {potential.AtomCount} atoms.");
        int rows = potential.Dimension, width = potential.BlockWidth;
        _masses = [.. masses];
        _beta = new double[width];
        (InverseMass, ThermalSpeed, Noise, Scratch) = (new(rows * width), new(rows * width), new(rows * width), new(rows * width));
        Normals = new(rows, width);
        for (int row = 0; row < rows; row++)
            InverseMass.Span.Slice(row * width, width).Fill((float)(1 / _masses[row / 3]));
    }

    /// <summary>[D, W] 1/Da.</summary>
    public LaneBuffer InverseMass { get; }

    /// <summary>[D, W] sqrt(kT/m), nm/ps.</summary>
    public LaneBuffer ThermalSpeed { get; }

    /// <summary>[D, W].</summary>
    public LaneBuffer Noise { get; }

    /// <summary>[D, W].</summary>
    public LaneBuffer Scratch { get; }

    private NormalScratch Normals { get; }

    /// <summary>[D, W] for positions before a step: of no use, and empty, without constraints.</summary>
    public Span<float> Before(IConstraints? constraints) => constraints is null ? default : (_before ??= new(Scratch.Length)).Span;

    /// <summary>Takes over the walkers' temperatures, if they changed.</summary>
    public void Prepare(WalkerBlock block)
    {
        if (block.Beta.AsSpan().SequenceEqual(_beta))
            return;
        block.Beta.CopyTo(_beta, 0);
        Span<float> speed = ThermalSpeed.Span;
        for (int row = 0; row < InverseMass.Length / _beta.Length; row++)
            for (int lane = 0; lane < _beta.Length; lane++)
                speed[row * _beta.Length + lane] = (float)Math.Sqrt(1 / (_beta[lane] * _masses[row / 3]));
    }

    /// <summary>Fresh standard normal numbers: a function of (random, walker, counter, coordinate).</summary>
    public Span<float> Draw(RandomSource random, WalkerBlock block, long counter)
    {
        Philox.FillNormals(random.Key, block.FirstWalker, counter, block.Width, Noise.Span, Normals);
        return Noise.Span;
    }

    /// <summary>Counts evaluations, and walkers whose energy is no number.</summary>
    public void CountEvaluations(WalkerBlock block, long count)
    {
        Evaluations += count * block.Walkers;
        foreach (double energy in block.Energies.AsSpan(0, block.Walkers))
            if (!double.IsFinite(energy))
                NonFinite++;
    }

    public void Dispose()
    {
        InverseMass.Dispose();
        ThermalSpeed.Dispose();
        Noise.Dispose();
        Scratch.Dispose();
        _before?.Dispose();
        Normals.Dispose();
    }
}
