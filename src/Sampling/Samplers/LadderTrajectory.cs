using MolSampling.Potentials;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Sampling.Samplers;

/// <summary>
/// What a replica exchange records: frames of all ladders and rungs, evenly spaced. When the store is full, every other frame goes and the
/// spacing doubles, so memory is bounded and the frames always span the whole run.
/// </summary>
public sealed class LadderTrajectory(int ladders, int rungs, int dimension, int capacity)
{
    private readonly List<float[]> _positions = [];
    private readonly List<double[]> _energies = [];
    private readonly List<int[]> _walkers = [];
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

    /// <summary>Who it was: a walker wanders over the rungs of its ladder.</summary>
    public int Walker(int frame, int ladder, int rung) => _walkers[frame][ladder * rungs + rung];

    /// <summary>[walker] -> rung, for each step of the sampler, none left out.</summary>
    public IReadOnlyList<int[]> RungHistory => _rungHistory;

    /// <summary>[walker][T] where the samples of each walker stand in <see cref="ToEnsemble"/>.</summary>
    public int[][] Walks()
    {
        int[][] walks = [.. Enumerable.Range(0, ladders * rungs).Select(_ => new int[FrameCount])];
        for (int k = 0, n = 0; k < rungs; k++)
            for (int t = 0; t < FrameCount; t++)
                for (int m = 0; m < ladders; m++, n++)
                    walks[Walker(t, m, k)][t] = n;
        return walks;
    }

    internal void AddRungs(int[] rungOfWalker) => _rungHistory.Add(rungOfWalker);

    /// <summary>
    /// All samples, weighted for a temperature by MBAR over the rungs. They stand rung by rung, within a rung frame by frame, within a
    /// frame ladder by ladder; a ladder is a group.
    /// </summary>
    /// <param name="ladder">Whose trajectory it is, over temperatures alone.</param>
    /// <param name="temperature">K.</param>
    /// <returns>The ensemble, and how MBAR ended: without a solution the samples of the lowest rung alone have weights.</returns>
    public (Ensemble Ensemble, EstimatorStatus Status) ToEnsemble(Ladder ladder, double temperature)
    {
        int perRung = FrameCount * ladders;
        var samples = new ReadOnlyMemory<float>[rungs * perRung];
        double[] energies = new double[samples.Length];
        var groups = new int[samples.Length];
        for (int k = 0, n = 0; k < rungs; k++)
            for (int t = 0; t < FrameCount; t++)
                for (int m = 0; m < ladders; m++, n++)
                    (samples[n], energies[n], groups[n]) = (Positions(t, m, k), Energy(t, m, k), m);
        Mbar mbar = Mbar.SolveTemperatures(ladder.Beta, energies, [.. Enumerable.Repeat(perRung, rungs)]);
        var state = new ThermodynamicState(temperature);
        double[] logWeights = mbar.Status == EstimatorStatus.Converged ? mbar.LogWeights([.. energies.Select(u => state.Beta * u)])
            : [.. Enumerable.Range(0, energies.Length).Select(n => n < perRung ? 0.0 : double.NegativeInfinity)];
        return (new(state, samples, energies, logWeights, groups), mbar.Status);
    }

    internal void Add(float[] positions, double[] energies, int[] walkers)
    {
        _positions.Add(positions);
        _energies.Add(energies);
        _walkers.Add(walkers);
        if (_energies.Count < capacity)
            return;
        int kept = 0;
        for (int t = 1; t < _energies.Count; t += 2, kept++)
            (_positions[kept], _energies[kept], _walkers[kept]) = (_positions[t], _energies[t], _walkers[t]);
        _positions.RemoveRange(kept, _positions.Count - kept);
        _walkers.RemoveRange(kept, _walkers.Count - kept);
        _energies.RemoveRange(kept, _energies.Count - kept);
        Stride *= 2;
    }
}
