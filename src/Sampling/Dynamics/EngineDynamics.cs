using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Dynamics;

/// <summary>Replicas in blocks: many steps a call on one thread a block, positions stay in the blocks' layout. Any <see cref="Potential"/>
/// and any kernel.</summary>
public sealed class EngineDynamics : ReplicaDynamics
{
    private readonly Potential _potential;
    private readonly Kernel _kernel;
    private readonly RandomSource _random;
    private readonly WalkerBlock[] _blocks;
    private readonly KernelWorkspace[] _work;
    private readonly ParallelOptions _options;

    /// <summary>Makes replicas at the origin.</summary>
    /// <param name="potential">U.</param>
    /// <param name="masses">[N] Da, as the kernel integrates them.</param>
    /// <param name="kernel">The integrator.</param>
    /// <param name="replicas">M; the last block is filled up with replicas that nobody sees.</param>
    /// <param name="random">The noise's stream.</param>
    /// <param name="threads">0 for all cores.</param>
    public EngineDynamics(Potential potential, IReadOnlyList<double> masses, Kernel kernel, int replicas, RandomSource random,
        int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicas);
        (_potential, Masses, _kernel, Replicas, _random) = (potential, [.. masses], kernel, replicas, random);
        int width = potential.BlockWidth;
        _blocks = [.. Enumerable.Range(0, (replicas + width - 1) / width).Select(b => new WalkerBlock(potential, (long)b * width,
            replicas - b * width))];
        foreach (WalkerBlock block in _blocks)
            Array.Fill(block.Beta, new ThermodynamicState(300).Beta);
        _work = [.. _blocks.Select(_ => kernel.CreateWorkspace(potential))];
        _options = ParallelWork.Options(potential.ThreadsFor(threads));
    }

    /// <inheritdoc/>
    public override int Replicas { get; }

    /// <inheritdoc/>
    public override string Description => $"the CPU, {_options.MaxDegreeOfParallelism} threads of {_potential.BlockWidth} lanes";

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int DegreesOfFreedom => base.DegreesOfFreedom - (_potential.Constraints?.Count ?? 0);

    /// <inheritdoc/>
    public override int StepGranularity => _kernel.StepsPerCall;

    /// <summary>Of the kernel's proposals; NaN for dynamics without rejection.</summary>
    public double Acceptance => _work.Sum(w => w.Accepted.Sum()) / (double)_work.Sum(w => w.Proposed.Sum());

    /// <inheritdoc/>
    public override IReadOnlyList<MoveCount> MoveCounts => _kernel is KernelSequence sequence
        ? [.. _work.Select(sequence.Counts).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x.Plus(y))])] : [];

    /// <inheritdoc/>
    public override void ForgetMoves()
    {
        if (_kernel is KernelSequence)
            Array.ForEach(_work, KernelSequence.Forget);
    }

    /// <inheritdoc/>
    public override VolumeMove? Barostat => (_kernel as KernelSequence)?.Moves.Select(m => m.Kernel).OfType<VolumeMove>().FirstOrDefault();

    /// <inheritdoc/>
    public override double Stretch(int replica) => Locate(replica).Block.Stretches[Locate(replica).Lane];

    /// <inheritdoc/>
    public override void SetStretch(int replica, double stretch)
    {
        if (_potential.VariableBox is null)
        {
            base.SetStretch(replica, stretch);
            return;
        }
        (WalkerBlock block, int lane) = Locate(replica);
        // spare lanes have the positions of the last replica, and so its box
        block.Stretches.AsSpan(lane, replica == Replicas - 1 ? block.Width - lane : 1).Fill(stretch);
    }

    /// <inheritdoc/>
    public override void SetTemperature(int replica, double kelvin)
    {
        (WalkerBlock block, int lane) = Locate(replica);
        block.Beta[lane] = new ThermodynamicState(kelvin).Beta;
    }

    /// <inheritdoc/>
    public override void SetScale(int replica, double scale)
    {
        (WalkerBlock block, int lane) = Locate(replica);
        if (_potential.IsScaled)
            block.Scales[lane] = scale;
        else
            base.SetScale(replica, scale);
    }

    /// <inheritdoc/>
    public override void SetState(int replica, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        (WalkerBlock block, int lane) = Locate(replica);
        Put(block, lane, positions, velocities);
        // lanes behind the last replica go where it goes: energies there stay tame
        for (int spare = lane + 1; replica == Replicas - 1 && spare < block.Width; spare++)
            Put(block, spare, positions, velocities);
    }

    /// <inheritdoc/>
    public override void GetState(int replica, Span<double> positions, Span<double> velocities)
    {
        (WalkerBlock block, int lane) = Locate(replica);
        ReadOnlySpan<float> x = block.Positions.Span, v = block.Velocities.Span;
        for (int k = 0; k < positions.Length; k++)
            (positions[k], velocities[k]) = (x[k * block.Width + lane], v[k * block.Width + lane]);
    }

    /// <inheritdoc/>
    public override double PotentialEnergy(int replica) => Locate(replica).Block.Energies[Locate(replica).Lane];

    /// <inheritdoc/>
    public override double ScaledEnergy(int replica) => Locate(replica).Block.ScaledEnergies[Locate(replica).Lane];

    /// <inheritdoc/>
    public override double KineticEnergy(int replica)
    {
        (WalkerBlock block, int lane) = Locate(replica);
        ReadOnlySpan<float> v = block.Velocities.Span;
        double sum = 0;
        for (int k = 0; k < 3 * Masses.Count; k++)
            sum += 0.5 * Masses[k / 3] * v[k * block.Width + lane] * v[k * block.Width + lane];
        return sum;
    }

    /// <inheritdoc/>
    public override void Refresh() => Parallel.ForEach(_blocks, _options, block => block.Evaluate(_potential));

    /// <inheritdoc/>
    public override void Minimise(int iterations, CancellationToken cancellation) =>
        Parallel.ForEach(_blocks, _options, block => FireMinimiser.Minimise(_potential, block, 10, iterations, cancellation));

    /// <inheritdoc/>
    private protected override void Advance(int steps)
    {
        int calls = steps / _kernel.StepsPerCall;
        long first = StepsDone / _kernel.StepsPerCall;
        Parallel.For(0, _blocks.Length, _options, b =>
        {
            for (int call = 0; call < calls; call++)
                _kernel.Step(_blocks[b], _potential, first + call, _random, _work[b]);
            if (_potential.Box is { } box)
                box.Wrap(_blocks[b].Positions.Span, _blocks[b].Width, _blocks[b].Stretches);
            else if (_potential.IsTranslationInvariant)
                _blocks[b].Centre(); // free drift would cost digits
            else
                return;
            _blocks[b].Evaluate(_potential); // a state that is read here and put back has these very forces
        });
    }

    /// <inheritdoc/>
    private protected override void OntoConstraints(ReadOnlySpan<double> positions, Span<double> velocities) =>
        _potential.Constraints?.ProjectVelocities(positions, velocities);

    private (WalkerBlock Block, int Lane) Locate(int replica) =>
        (uint)replica < (uint)Replicas ? (_blocks[replica / _potential.BlockWidth], replica % _potential.BlockWidth)
            : throw new ArgumentOutOfRangeException(nameof(replica));

    private static void Put(WalkerBlock block, int lane, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        Span<float> x = block.Positions.Span, v = block.Velocities.Span;
        for (int k = 0; k < positions.Length; k++)
            (x[k * block.Width + lane], v[k * block.Width + lane]) = ((float)positions[k], (float)velocities[k]);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (IDisposable item in _blocks.Cast<object>().Concat(_work).OfType<IDisposable>())
            item.Dispose();
    }
}
