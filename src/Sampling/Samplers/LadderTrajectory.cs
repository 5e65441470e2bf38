namespace MolSampling.Sampling.Samplers;

/// <summary>
/// What a replica exchange records: frames of all ladders and rungs, evenly spaced. When the store is full, every other frame goes and the
/// spacing doubles, so memory is bounded and the frames always span the whole run.
/// </summary>
public sealed class LadderTrajectory(int ladders, int rungs, int dimension, int capacity)
{
    private readonly List<float[]> _positions = [];
    private readonly List<double[]> _energies = [];
    private readonly List<int[]> _rungHistory = [];

    /// <summary>M, independent copies of the whole ladder.</summary>
    public int Ladders => ladders;

    /// <summary>K, the number of rungs.</summary>
    public int Rungs => rungs;

    /// <summary>D, 3N for a molecule.</summary>
    public int Dimension => dimension;

    /// <summary>T, frames kept.</summary>
    public int FrameCount => _energies.Count;

    /// <summary>Sampler steps between frames.</summary>
    public int Stride { get; private set; } = 1;

    /// <summary>[D] nm of one replica.</summary>
    public ReadOnlyMemory<float> Positions(int frame, int ladder, int rung) =>
        _positions[frame].AsMemory((ladder * rungs + rung) * dimension, dimension);

    /// <summary>kJ/mol.</summary>
    public double Energy(int frame, int ladder, int rung) => _energies[frame][ladder * rungs + rung];

    /// <summary>[walker] -> rung, for each step of the sampler, none left out.</summary>
    public IReadOnlyList<int[]> RungHistory => _rungHistory;

    internal void AddRungs(int[] rungOfWalker) => _rungHistory.Add(rungOfWalker);

    internal void Add(float[] positions, double[] energies)
    {
        _positions.Add(positions);
        _energies.Add(energies);
        if (_energies.Count < capacity)
            return;
        int kept = 0;
        for (int t = 1; t < _energies.Count; t += 2, kept++)
            (_positions[kept], _energies[kept]) = (_positions[t], _energies[t]);
        _positions.RemoveRange(kept, _positions.Count - kept);
        _energies.RemoveRange(kept, _energies.Count - kept);
        Stride *= 2;
    }
}
