using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>A kernel beside the dynamics.</summary>
/// <param name="Name">Of its random stream, and for people.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Repeats">Steps of it after each trajectory.</param>
public sealed record ExtraMove(string Name, Kernel Kernel, int Repeats)
{
    /// <summary>Single-bond torsion moves.</summary>
    public const string Torsions = "torsions";

    /// <summary>Changes of the box's volume.</summary>
    public const string Volumes = "volumes";

    /// <summary>Independent draws of all torsions.</summary>
    public const string Jumps = "jumps";

    /// <summary>Inversions of pyramidal ring atoms.</summary>
    public const string Inversions = "inversions";

    /// <summary>Torsion moves, or nothing where no bond turns.</summary>
    public static IReadOnlyList<ExtraMove> TorsionMoves(IReadOnlyList<RotatableBond> bonds, int repeats) => bonds.Count > 0 && repeats > 0
        ? [new(Torsions, new TorsionMove(bonds), repeats)] : [];
}

/// <summary>
/// Replica exchange over temperatures, Hamiltonians, or both: M independent ladders of K rungs, all M K replicas in one batch of the
/// engine. After each step, neighbouring rungs of a ladder swap: see <see cref="RungExchange"/>. R. H. Swendsen, J.-S. Wang, Phys. Rev.
/// Lett. 57 (1986) 2607; U. H. E. Hansmann, Chem. Phys. Lett. 281 (1997) 140. The ladders never meet, so they give honest standard errors.
/// Results do not depend on the number of threads.
/// </summary>
public sealed class ReplicaExchange : IDisposable
{
    private const int SwapSweeps = 5; // they cost nothing beside the dynamics; odd, so that even and odd pairs take turns at the beginning

    private readonly Potential _potential;
    private readonly Kernel _dynamics;
    private readonly ExtraMove[] _moves;
    private readonly RandomSource _random;
    private readonly WalkerBlock[] _blocks;
    private readonly KernelWorkspace[] _dynamicsWork;
    private readonly KernelWorkspace[][] _moveWork; // [move][block]
    private readonly RungExchange _exchange;
    private readonly double[] _energies, _scaled; // [walker] at lambda = 1
    private readonly int _threads;
    private readonly long[] _minimisations;
    private long _step;
    private long _earlierEvaluations, _earlierOutside, _earlierNonFinite;

    /// <summary>Prepares a run.</summary>
    /// <param name="potential">U, and its support.</param>
    /// <param name="rungs">K of them. Those that differ in lambda need a <see cref="ScaledPotential"/>.</param>
    /// <param name="ladders">M.</param>
    /// <param name="dynamics">Moves all atoms; tuned while burning in if it is <see cref="IAdaptive"/>.</param>
    /// <param name="moves">Made after each trajectory, in this order.</param>
    /// <param name="random">The run's stream.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <exception cref="ArgumentOutOfRangeException">No ladder.</exception>
    public ReplicaExchange(Potential potential, Ladder rungs, int ladders, Kernel dynamics,
        IReadOnlyList<ExtraMove> moves, RandomSource random, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ladders);
        int walkers = ladders * rungs.Count, width = potential.BlockWidth;
        (_potential, Ladder, Ladders, _dynamics, _moves, _random) = (potential, rungs, ladders, dynamics, [.. moves], random);
        _threads = potential.ThreadsFor(threads);
        _blocks = [.. Enumerable.Range(0, (walkers + width - 1) / width).Select(b => new WalkerBlock(potential, (long)b * width,
            walkers - b * width))];
        _dynamicsWork = [.. _blocks.Select(_ => dynamics.CreateWorkspace(potential))];
        _moveWork = [.. _moves.Select(m => _blocks.Select(_ => m.Kernel.CreateWorkspace(potential)).ToArray())];
        _minimisations = new long[_blocks.Length];
        _exchange = new(rungs, ladders, random.Split("swaps"));
        (_energies, _scaled) = (new double[walkers], new double[walkers]);
        for (int w = 0; w < walkers; w++)
            Place(w, w % Rungs);
        WalkerBlock last = _blocks[^1];
        Array.Fill(last.Beta, rungs.Beta[0], last.Walkers, width - last.Walkers);
    }

    /// <summary>Temperatures and lambdas of the rungs.</summary>
    public Ladder Ladder { get; }

    /// <summary>K, the number of rungs.</summary>
    public int Rungs => Ladder.Count;

    /// <summary>M, the number of ladders.</summary>
    public int Ladders { get; }

    /// <summary>D of a replica.</summary>
    public int Dimension => _potential.Dimension;

    /// <summary>Acceptance of swaps between rung k and k + 1 since the last reset of the counts; NaN if none was tried.</summary>
    public IReadOnlyList<double> SwapAcceptances => _exchange.Acceptances;

    /// <summary>Evaluations of energy with forces, one a walker, since the beginning.</summary>
    public long Evaluations => _earlierEvaluations + Works.Sum(w => w.Evaluations) + _minimisations.Sum();

    /// <summary>Proposals that left the support, since the beginning.</summary>
    public long OutsideSupport => _earlierOutside + Works.Sum(w => w.OutsideSupport);

    /// <summary>Proposals of NaN or infinite energy, since the beginning.</summary>
    public long NonFinite => _earlierNonFinite + Works.Sum(w => w.NonFinite);

    private IEnumerable<KernelWorkspace> Works => _dynamicsWork.Concat(_moveWork.SelectMany(w => w));

    /// <summary>Acceptance of trajectories on a rung since the last reset of the counts.</summary>
    public double TrajectoryAcceptance(int rung) => Acceptance(_dynamicsWork, rung);

    /// <summary>Acceptance of a move on a rung since the last reset of the counts; NaN if there is no such move.</summary>
    public double MoveAcceptance(string name, int rung) => Array.FindIndex(_moves, m => m.Name == name) is var k and >= 0
        ? Acceptance(_moveWork[k], rung) : double.NaN;

    /// <summary>Sets a replica's configuration.</summary>
    /// <param name="ladder">0 .. M - 1.</param>
    /// <param name="rung">0 .. K - 1.</param>
    /// <param name="positions">[N, 3] nm.</param>
    public void SetPositions(int ladder, int rung, ReadOnlySpan<float> positions)
    {
        (WalkerBlock block, int lane) = Locate(_exchange.WalkerAt(ladder, rung));
        block.SetPositions(lane, positions);
    }

    /// <summary>Evaluates all replicas: once, after the configurations are set and before the first step.</summary>
    public void Start()
    {
        WalkerBlock last = _blocks[^1];
        var copy = new float[last.Dimension];
        last.CopyPositions(0, copy);
        for (int lane = last.Walkers; lane < last.Width; lane++)
            last.SetPositions(lane, copy); // padding has an energy that is tame
        Parallel.For(0, _blocks.Length, Options(default), b => _blocks[b].Evaluate(_potential));
    }

    /// <summary>Relaxes all replicas for some steps of FIRE, so that trajectories do not start in a clash.</summary>
    public void Minimise(int steps, CancellationToken cancellation) => Parallel.For(0, _blocks.Length, Options(default), b =>
    {
        FireMinimiser.Minimise(_potential, _blocks[b], 50, steps, cancellation);
        _minimisations[b] += (long)steps * _blocks[b].Walkers;
    });

    /// <summary>
    /// Burns in: steps with adaptation of the dynamics, rung by rung. Nothing is recorded; afterwards the kernels are
    /// fixed and the counts start anew.
    /// </summary>
    /// <returns>Steps done: fewer than asked only if cancelled.</returns>
    public int BurnIn(int steps, CancellationToken cancellation, Action<int>? progress = null)
    {
        int done = 0;
        for (; done < steps && !cancellation.IsCancellationRequested; done++)
        {
            ResetCounts();
            Step(cancellation);
            double gain = 0.6 / Math.Sqrt(1 + done / 8.0);
            for (int rung = 0; rung < Rungs; rung++)
                (_dynamics as IAdaptive)?.Adapt(rung, TrajectoryAcceptance(rung), gain);
            progress?.Invoke(done + 1);
        }
        ResetCounts();
        return done;
    }

    /// <summary>Runs with fixed kernels and records.</summary>
    /// <returns>Steps done: fewer than asked only if cancelled.</returns>
    public int Run(int steps, LadderTrajectory trajectory, CancellationToken cancellation, Action<int>? progress = null)
    {
        int done = 0;
        for (; done < steps && !cancellation.IsCancellationRequested; done++)
        {
            Step(cancellation);
            trajectory.AddRungs([.. _exchange.Rungs]);
            if (trajectory.RungHistory.Count % trajectory.Stride == 0)
                Record(trajectory);
            progress?.Invoke(done + 1);
        }
        return done;
    }

    /// <summary>Runs with fixed kernels, without recording; <see cref="CopyPositions"/> reads what is there.</summary>
    /// <returns>Steps done: fewer than asked only if cancelled.</returns>
    public int Advance(int steps, CancellationToken cancellation)
    {
        int done = 0;
        for (; done < steps && !cancellation.IsCancellationRequested; done++)
            Step(cancellation);
        return done;
    }

    /// <summary>Reads the configuration of a replica.</summary>
    /// <param name="ladder">0 .. M - 1.</param>
    /// <param name="rung">0 .. K - 1.</param>
    /// <param name="positions">[N, 3] nm, overwritten.</param>
    public void CopyPositions(int ladder, int rung, Span<float> positions)
    {
        (WalkerBlock block, int lane) = Locate(_exchange.WalkerAt(ladder, rung));
        block.CopyPositions(lane, positions);
    }

    private void Step(CancellationToken cancellation)
    {
        long step = _step++;
        RandomSource dynamics = _random.Split("dynamics");
        RandomSource[] streams = [.. _moves.Select(m => _random.Split(m.Name))];
        Parallel.For(0, _blocks.Length, Options(CancellationToken.None), b =>
        {
            _dynamics.Step(_blocks[b], _potential, step, dynamics, _dynamicsWork[b]);
            for (int k = 0; k < _moves.Length; k++)
                for (int n = 0; n < _moves[k].Repeats; n++)
                    _moves[k].Kernel.Step(_blocks[b], _potential, step * _moves[k].Repeats + n, streams[k], _moveWork[k][b]);
        });
        Swap(step);
        if (_potential.IsTranslationInvariant && step % 64 == 63)
            foreach (WalkerBlock block in _blocks)
                block.Centre(); // free drift would cost digits
    }

    private void Swap(long step)
    {
        for (int w = 0; w < _energies.Length; w++)
        {
            (WalkerBlock block, int lane) = Locate(w);
            (_energies[w], _scaled[w]) = (block.Energies[lane] + (1 - block.Scales[lane]) * block.ScaledEnergies[lane],
                block.ScaledEnergies[lane]);
        }
        bool any = false;
        for (int sweep = 0; sweep < SwapSweeps; sweep++)
            any |= _exchange.Sweep(step * SwapSweeps + sweep, _energies, _scaled, (walker, _, rung) => Place(walker, rung));
        if (any && Ladder.IsScaled)
            Parallel.For(0, _blocks.Length, Options(CancellationToken.None), b => _blocks[b].Evaluate(_potential)); // forces follow lambda
    }

    private void Record(LadderTrajectory trajectory)
    {
        int size = _potential.Dimension;
        var positions = new float[_energies.Length * size];
        var energies = new double[_energies.Length];
        var walkers = new int[_energies.Length];
        for (int i = 0; i < energies.Length; i++)
        {
            walkers[i] = _exchange.WalkerAt(i / Rungs, i % Rungs);
            (WalkerBlock block, int lane) = Locate(walkers[i]);
            block.CopyPositions(lane, positions.AsSpan(i * size, size));
            energies[i] = block.Energies[lane];
        }
        trajectory.Add(positions, energies, walkers);
    }

    private void Place(int walker, int rung)
    {
        (WalkerBlock block, int lane) = Locate(walker);
        (block.Rungs[lane], block.Beta[lane], block.Scales[lane]) = (rung, Ladder.Beta[rung], Ladder.Scales[rung]);
    }

    private (WalkerBlock Block, int Lane) Locate(int walker) => (_blocks[walker / _potential.BlockWidth], walker % _potential.BlockWidth);

    private ParallelOptions Options(CancellationToken cancellation) => ParallelWork.Options(_threads, cancellation);

    private void ResetCounts()
    {
        _earlierEvaluations += Works.Sum(w => w.Evaluations);
        _earlierOutside = OutsideSupport;
        _earlierNonFinite = NonFinite;
        foreach (KernelWorkspace work in Works)
            work.Reset();
        _exchange.ResetCounts();
    }

    private static double Acceptance(KernelWorkspace[] works, int rung)
    {
        long proposed = 0, accepted = 0;
        foreach (KernelWorkspace work in works.Where(w => rung < w.Proposed.Length))
            (proposed, accepted) = (proposed + work.Proposed[rung], accepted + work.Accepted[rung]);
        return proposed == 0 ? double.NaN : (double)accepted / proposed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable item in _blocks.Cast<object>().Concat(Works).OfType<IDisposable>())
            item.Dispose();
    }
}
