using MolSampling.Jobs.Running;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>
/// Samples of a crystal of rigid molecules at one or more temperatures: replica exchange with Hamiltonian Monte Carlo over places and
/// Cayley's vectors. The rungs share beta_0 = 1/RT_0 and weigh U by T_0/T_k, so that the volume of orientations, which no temperature
/// scales, is the same on all of them.
/// </summary>
/// <param name="Ladders">M independent ladders.</param>
/// <param name="SamplesPerLadder">T of each rung.</param>
/// <param name="Stride">Trajectories between samples.</param>
/// <param name="BurnIn">Trajectories before the first, with adaptation of steps.</param>
/// <param name="LeapfrogSteps">Of a trajectory.</param>
/// <param name="Threads">0 for all cores.</param>
public sealed record CrystalSampling(int Ladders = 16, int SamplesPerLadder = 1000, int Stride = 2, int BurnIn = 300,
    int LeapfrogSteps = 12, int Threads = 0)
{
    private const double FirstStepSize = 2e-3; // ps
    private const int Relaxation = 200;

    /// <summary>Samples.</summary>
    /// <param name="crystal">U; its own temperature does not matter.</param>
    /// <param name="temperatures">[K] K, rising.</param>
    /// <param name="random">The run's stream.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellation">Throws.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public CrystalSamples Run(TargetCrystal crystal, IReadOnlyList<double> temperatures, RandomSource random,
        Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        double lowest = temperatures[0];
        RigidBodyPotential potential = crystal.Potential;
        var ladder = new Ladder([.. temperatures.Select(_ => lowest)], [.. temperatures.Select(t => lowest / t)]);
        var dynamics = new HamiltonianMonteCarlo(potential.Masses, [.. temperatures.Select(_ => FirstStepSize)], LeapfrogSteps);
        using var exchange = new ReplicaExchange(new ScaledPotential((crystal with { Temperature = lowest }).Volume, potential), ladder,
            Ladders, dynamics, [], random, Threads);
        float[] start = [.. potential.ReferencePoint.Select(x => (float)x)];
        for (int m = 0; m < Ladders; m++)
            for (int k = 0; k < ladder.Count; k++)
                exchange.SetPositions(m, k, start);
        exchange.Start();
        exchange.Minimise(Relaxation, cancellation);
        exchange.BurnIn(BurnIn, cancellation, n => progress?.Invoke(new("burn-in", (double)n / BurnIn)));
        cancellation.ThrowIfCancellationRequested();
        int size = potential.Dimension;
        float[][] all = [.. temperatures.Select(_ => new float[SamplesPerLadder * Ladders * size])];
        for (int t = 0; t < SamplesPerLadder; t++)
        {
            exchange.Advance(Stride, cancellation);
            cancellation.ThrowIfCancellationRequested();
            for (int k = 0; k < ladder.Count; k++)
                for (int m = 0; m < Ladders; m++)
                    exchange.CopyPositions(m, k, all[k].AsSpan((t * Ladders + m) * size, size));
            progress?.Invoke(new("sampling", (t + 1.0) / SamplesPerLadder));
        }
        return new([.. all.Select(x => tensor(x, [SamplesPerLadder * Ladders, size]))], exchange.Evaluations, exchange.SwapAcceptances,
            [.. Enumerable.Range(0, ladder.Count).Select(exchange.TrajectoryAcceptance)]);
    }
}

/// <summary>What a crystal's ladder gave.</summary>
/// <param name="Coordinates">[K] of [S, D] float32, frame by frame, within a frame ladder by ladder.</param>
/// <param name="EnergyCalls">Evaluations with forces.</param>
/// <param name="SwapAcceptances">[K - 1].</param>
/// <param name="TrajectoryAcceptances">[K].</param>
public sealed record CrystalSamples(IReadOnlyList<Tensor> Coordinates, long EnergyCalls, IReadOnlyList<double> SwapAcceptances,
    IReadOnlyList<double> TrajectoryAcceptances) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor coordinates in Coordinates)
            coordinates.Dispose();
    }
}
