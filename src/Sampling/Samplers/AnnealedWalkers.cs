using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>Walkers that go along a bridge step by step together, so that something can be decided between the steps.</summary>
internal sealed class AnnealedWalkers : IDisposable
{
    private readonly AnnealedBridge _bridge;
    private readonly float[] _positions;
    private readonly WalkerBlock[] _blocks;
    private readonly AnnealedBridge.Memory[] _memories;
    private readonly double[][] _ratios;
    private readonly ParallelOptions _options;
    private readonly int _size, _width;
    private long _placed;

    /// <param name="bridge">From q to p.</param>
    /// <param name="positions">[B, D]; <see cref="Read"/> writes here.</param>
    /// <param name="threads">As a potential counts them.</param>
    public AnnealedWalkers(AnnealedBridge bridge, float[] positions, int threads)
    {
        (_bridge, _positions, _size, _width) = (bridge, positions, bridge.Potential.Dimension, bridge.Potential.BlockWidth);
        Count = positions.Length / _size;
        _blocks = [.. Enumerable.Range(0, (Count + _width - 1) / _width).Select(b =>
            new WalkerBlock(bridge.Potential, (long)b * _width, Count - b * _width))];
        _memories = [.. _blocks.Select(_ => bridge.CreateMemory())];
        _ratios = [.. _blocks.Select(_ => new double[_width])];
        _options = ParallelWork.Options(threads);
        Place(0, Count);
    }

    /// <summary>B, the number of walkers.</summary>
    public int Count { get; }

    /// <summary>Of the energy.</summary>
    public long Evaluations => _placed + _memories.Sum(m => m.Evaluations);

    /// <summary>ln p - ln q of a walker.</summary>
    public double Ratio(int walker) => _ratios[walker / _width][walker % _width];

    /// <summary>kJ/mol.</summary>
    public double Energy(int walker) => _blocks[walker / _width].Energies[walker % _width];

    /// <summary>Puts walkers where the positions say, with all that share a block with them.</summary>
    public void Place(int first, int count)
    {
        int from = first / _width, to = (first + count + _width - 1) / _width;
        Parallel.For(from, to, _options, b => _bridge.Begin(_blocks[b], Of(b), _ratios[b], _memories[b]));
        _placed += Enumerable.Range(from, to - from).Sum(b => _blocks[b].Walkers);
    }

    /// <summary>One step that leaves p_l invariant.</summary>
    /// <param name="l">Of the density.</param>
    /// <param name="step">Its number.</param>
    /// <param name="random">Of all moves.</param>
    public void Move(double l, int step, RandomSource random) =>
        Parallel.For(0, _blocks.Length, _options, b => _bridge.Move(_blocks[b], _memories[b], _ratios[b], l, step, false, random));

    /// <summary>Writes where they stand into the positions.</summary>
    public void Read() => Parallel.For(0, _blocks.Length, _options, b =>
    {
        for (int lane = 0; lane < _blocks[b].Walkers; lane++)
            _blocks[b].CopyPositions(lane, Of(b).Slice(lane * _size, _size));
    });

    public void Dispose()
    {
        foreach (IDisposable item in _blocks.Cast<IDisposable>().Concat(_memories))
            item.Dispose();
    }

    private Span<float> Of(int block) => _positions.AsSpan(block * _width * _size, _blocks[block].Walkers * _size);
}
