using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>Walkers in blocks, each at its own time of a path.</summary>
internal sealed class PathWalkers : IDisposable
{
    private readonly Potential _path;
    private readonly WalkerBlock[] _blocks;
    private readonly BlockMemory[] _memories;
    private readonly ParallelOptions _options;
    private readonly int _width, _size;
    private KernelWorkspace[]? _workspaces;
    private long _evaluations;

    /// <param name="path">Not owned.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="positions">[B, D].</param>
    /// <param name="threads">As the potential counts them.</param>
    public PathWalkers(Potential path, double beta, ReadOnlySpan<float> positions, int threads)
    {
        (_path, _width, _size, _options) = (path, path.BlockWidth, path.Dimension, ParallelWork.Options(threads));
        Count = positions.Length / _size;
        if (Count == 0 || Count * _size != positions.Length)
            throw new ArgumentException($"{positions.Length} coordinates are no walkers of {_size}.");
        Masses = [.. Enumerable.Repeat(1.0, path.AtomCount)];
        _blocks = new WalkerBlock[(Count + _width - 1) / _width];
        _memories = [.. _blocks.Select(_ => new BlockMemory(path))];
        for (int b = 0; b < _blocks.Length; b++)
        {
            _blocks[b] = new WalkerBlock(path, (long)b * _width, Count - b * _width);
            Array.Fill(_blocks[b].Beta, beta);
            for (int lane = 0; lane < _width; lane++) // padding stands where the last walker does
                _blocks[b].SetPositions(lane, positions.Slice(Math.Min(b * _width + lane, Count - 1) * _size, _size));
        }
    }

    /// <summary>B.</summary>
    public int Count { get; }

    /// <summary>[N] one.</summary>
    public double[] Masses { get; }

    /// <summary>Energies so far.</summary>
    public long Evaluations => _evaluations + (_workspaces?.Sum(w => w.Evaluations) ?? 0);

    /// <summary>Proposals without a finite energy so far.</summary>
    public long NonFinite { get; private set; }

    /// <summary>Puts all walkers at one time and finds their energies.</summary>
    public void SetTimes(double time, bool keepRungs = false)
    {
        foreach (WalkerBlock block in _blocks)
        {
            Array.Fill(block.Scales, time);
            if (!keepRungs)
                Array.Fill(block.Rungs, 0);
        }
        Evaluate();
    }

    /// <summary>Says where on the path a walker is; energies follow with <see cref="Evaluate"/>.</summary>
    public void Place(int walker, double time, int window) =>
        (_blocks[walker / _width].Scales[walker % _width], _blocks[walker / _width].Rungs[walker % _width]) = (time, window);

    /// <summary>Energies and forces of all.</summary>
    public void Evaluate()
    {
        Parallel.For(0, _blocks.Length, _options, b => _blocks[b].Evaluate(_path));
        _evaluations += Count;
    }

    /// <summary>One move of all.</summary>
    /// <returns>Share of proposals accepted.</returns>
    public double Move(Kernel kernel, long step, RandomSource random)
    {
        _workspaces ??= [.. _blocks.Select(_ => kernel.CreateWorkspace(_path))];
        long proposed = _workspaces.Sum(w => w.Proposed.Sum()), accepted = _workspaces.Sum(w => w.Accepted.Sum()),
            nonFinite = _workspaces.Sum(w => w.NonFinite);
        Parallel.For(0, _blocks.Length, _options, b => kernel.Step(_blocks[b], _path, step, random, _workspaces[b]));
        NonFinite += _workspaces.Sum(w => w.NonFinite) - nonFinite;
        return (double)(_workspaces.Sum(w => w.Accepted.Sum()) - accepted) / (_workspaces.Sum(w => w.Proposed.Sum()) - proposed);
    }

    /// <summary>Of a window since counts were reset.</summary>
    public double Acceptance(int window) => (double)_workspaces!.Sum(w => window < w.Accepted.Length ? w.Accepted[window] : 0)
        / Math.Max(1, _workspaces!.Sum(w => window < w.Proposed.Length ? w.Proposed[window] : 0));

    /// <summary>Forgets acceptances; energies stay counted.</summary>
    public void ResetCounts()
    {
        _evaluations = Evaluations;
        foreach (KernelWorkspace workspace in _workspaces ?? [])
            workspace.Reset();
    }

    /// <summary>[B] of the potential, at each walker's time.</summary>
    public double[] Energies() => [.. Enumerable.Range(0, Count).Select(n => _blocks[n / _width].Energies[n % _width])];

    /// <summary>[B, D].</summary>
    public float[] Positions()
    {
        float[] all = new float[Count * _size];
        for (int n = 0; n < Count; n++)
            _blocks[n / _width].CopyPositions(n % _width, all.AsSpan(n * _size, _size));
        return all;
    }

    /// <summary>Remembers positions, energies and forces.</summary>
    public void Remember()
    {
        for (int b = 0; b < _blocks.Length; b++)
            _memories[b].Take(_blocks[b]);
    }

    /// <summary>As it was when remembered, but for its time.</summary>
    public void PutBack(int walker) => _memories[walker / _width].PutBack(_blocks[walker / _width], walker % _width);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable item in _blocks.Cast<IDisposable>().Concat(_memories).Concat((_workspaces ?? []).OfType<IDisposable>()))
            item.Dispose();
    }
}
