using MolSampling.Flows.Targets;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Systems;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>
/// Training data from the engine: replica exchange with Hamiltonian Monte Carlo and torsion moves on the target's own support, so that the
/// lowest rung's law is the target's, exactly. What is run follows from the settings and the seed, not from threads; lanes of another width
/// round otherwise.
/// </summary>
/// <param name="Highest">K, the ladder's top; its bottom is the target's temperature.</param>
/// <param name="Ladders">M independent ladders.</param>
/// <param name="SamplesPerLadder">T; S = M T.</param>
/// <param name="Stride">Trajectories between samples of a ladder.</param>
/// <param name="BurnIn">Trajectories before the first, with adaptation of steps.</param>
/// <param name="LeapfrogSteps">Of a trajectory.</param>
/// <param name="TorsionMoves">After each trajectory.</param>
/// <param name="Gradients">Whether d log p / dq is wanted: one more energy a sample.</param>
/// <param name="Threads">0 for all cores.</param>
public sealed record EngineSampling(double Highest = 900, int Ladders = 16, int SamplesPerLadder = 1000, int Stride = 2, int BurnIn = 300,
    int LeapfrogSteps = 8, int TorsionMoves = 2, bool Gradients = true, int Threads = 0)
{
    private const int Batch = 8192;

    /// <summary>Samples a molecule.</summary>
    /// <param name="system">Gives the start and the torsion moves.</param>
    /// <param name="target">One of its targets.</param>
    /// <param name="random">The run's stream.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellation">Ends the run with the samples that are there.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the first sample.</exception>
    public EngineSamples Run(TargetMolecule system, InternalCoordinateTarget target, RandomSource random,
        Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        Ladder ladder = Ladder.Geometric(system.Temperature, Math.Max(Highest, system.Temperature), target.Dimension);
        int atoms = system.Potential.AtomCount, ladders = Ladders;
        using ReplicaExchange exchange = MolecularLadder.Relaxed(system.Potential.On(target.Chirality), ladder, ladders,
            system.Topology.Atoms.Select(a => a.AtomicNumber), system.TurnedBonds, [.. system.Positions.Select(x => (float)x)],
            LeapfrogSteps, TorsionMoves, random.Split("replica exchange"), Threads, cancellation);
        exchange.BurnIn(BurnIn, cancellation, n => progress?.Invoke(new("burn-in", (double)n / BurnIn)));

        int size = 3 * atoms, frames = 0;
        long gradientCalls = 0;
        var q = new List<Tensor>();
        var logs = new List<Tensor>();
        var slopes = new List<Tensor>();
        int framesABatch = Math.Max(1, Batch / ladders);
        while (frames < SamplesPerLadder && !cancellation.IsCancellationRequested)
        {
            int wanted = Math.Min(framesABatch, SamplesPerLadder - frames), got = 0;
            var positions = new float[wanted * ladders * size];
            for (; got < wanted && exchange.Advance(Stride, cancellation) == Stride; got++)
                for (int m = 0; m < ladders; m++)
                    exchange.CopyPositions(m, 0, positions.AsSpan((got * ladders + m) * size, size));
            if (got == 0)
                break;
            using DisposeScope scope = NewDisposeScope();
            Tensor inner = target.FromCartesian(tensor(positions, [wanted * ladders, atoms, 3]).narrow(0, 0,
                got * ladders).to(ScalarType.Float64)).requires_grad_(Gradients);
            Tensor log = target.LogDensity(inner);
            q.Add(inner.detach().to(ScalarType.Float32).DetachFromDisposeScope());
            logs.Add(log.detach().DetachFromDisposeScope());
            if (Gradients)
                slopes.Add(autograd.grad([log.sum()], [inner])[0].to(ScalarType.Float32).DetachFromDisposeScope());
            gradientCalls += log.shape[0];
            frames += got;
            progress?.Invoke(new("sampling", (double)frames / SamplesPerLadder));
        }
        if (frames == 0)
            throw new OperationCanceledException("Cancelled before the first sample.", cancellation);
        return new(Join(q), Join(logs), Gradients ? Join(slopes) : null, ladders, exchange.Evaluations + gradientCalls, ladder,
            exchange.SwapAcceptances,
            [.. Enumerable.Range(0, ladder.Count).Select(exchange.TrajectoryAcceptance)], exchange.OutsideSupport, exchange.NonFinite);
    }

    private static Tensor Join(List<Tensor> parts)
    {
        Tensor all = cat(parts, 0).DetachFromDisposeScope();
        parts.ForEach(p => p.Dispose());
        return all;
    }
}
