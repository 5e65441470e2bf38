using ILGPU;
using ILGPU.Runtime;
using MolSampling.Potentials;
using MolSampling.Potentials.Gpu;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Dynamics;

/// <summary>
/// Replicas on a GPU, Langevin dynamics by the middle scheme (velocity Verlet without friction): all steps of a call in one launch, a
/// replica a thread, with the random numbers that <see cref="EngineDynamics"/> draws. A batch that the device cannot hold is split; the
/// results do not depend on it.
/// </summary>
public sealed class GpuDynamics : ReplicaDynamics
{
    private readonly GpuDevice _device;
    private readonly SystemParameters _parameters;
    private readonly Accelerator _accelerator;
    private readonly DeviceTables _tables;
    private readonly GpuLangevin _kernel;
    private readonly RandomSource _random;
    private readonly float _stepSize, _decay, _fluctuation;
    private readonly float[] _positions, _velocities, _thermalEnergies;
    private readonly double[] _energies;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _inverseMasses;

    /// <summary>Makes replicas at the origin.</summary>
    /// <param name="device">Where; disposed with the dynamics.</param>
    /// <param name="parameters">The system; its masses are integrated.</param>
    /// <param name="stepSize">ps.</param>
    /// <param name="friction">1/ps; 0 for velocity Verlet.</param>
    /// <param name="replicas">M.</param>
    /// <param name="random">The noise's stream.</param>
    public GpuDynamics(GpuDevice device, SystemParameters parameters, double stepSize, double friction, int replicas, RandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicas);
        (_device, _parameters, Masses, Replicas, _random) = (device, parameters, [.. parameters.Masses], replicas, random);
        _accelerator = device.Accelerator;
        _tables = new(_accelerator, parameters);
        _kernel = GpuLangevin.Create(_accelerator, _tables);
        double decay = Math.Exp(-friction * stepSize);
        (_stepSize, _decay, _fluctuation) = ((float)stepSize, (float)decay, (float)Math.Sqrt(1 - decay * decay));
        int size = 3 * Masses.Count;
        if ((long)replicas * size > Array.MaxLength)
            throw new ArgumentException($"{replicas} replicas of {Masses.Count} atoms are more than one array holds: run them as several tasks.");
        (_positions, _velocities, _thermalEnergies, _energies) = (new float[replicas * size], new float[replicas * size],
            new float[replicas], new double[replicas]);
        Array.Fill(_thermalEnergies, (float)new ThermodynamicState(300).KT);
        _inverseMasses = _accelerator.Allocate1D<float>(Masses.Count);
        _inverseMasses.Upload<float>([.. Masses.Select(m => (float)(1 / m))]);
        long replicaBytes = 2 * sizeof(float) * (long)size + sizeof(float) + sizeof(double);
        LargestBatch = (int)Math.Clamp(device.Memory / 2 / replicaBytes, 1, int.MaxValue / size);
    }

    /// <summary>Replicas of one launch.</summary>
    public int LargestBatch { get; init; }

    /// <inheritdoc/>
    public override int Replicas { get; }

    /// <inheritdoc/>
    public override string Description => $"{_device.Name}, {_device.Description}";

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override void SetTemperature(int replica, double kelvin) => _thermalEnergies[replica] = (float)new ThermodynamicState(kelvin).KT;

    /// <inheritdoc/>
    public override void SetState(int replica, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        Span<float> x = Of(_positions, replica), v = Of(_velocities, replica);
        for (int k = 0; k < x.Length; k++)
            (x[k], v[k]) = ((float)positions[k], (float)velocities[k]);
    }

    /// <inheritdoc/>
    public override void GetState(int replica, Span<double> positions, Span<double> velocities)
    {
        Span<float> x = Of(_positions, replica), v = Of(_velocities, replica);
        for (int k = 0; k < x.Length; k++)
            (positions[k], velocities[k]) = (x[k], v[k]);
    }

    /// <inheritdoc/>
    public override double PotentialEnergy(int replica) => _energies[replica];

    /// <inheritdoc/>
    public override double KineticEnergy(int replica)
    {
        Span<float> v = Of(_velocities, replica);
        double sum = 0;
        for (int k = 0; k < v.Length; k++)
            sum += 0.5 * Masses[k / 3] * v[k] * v[k];
        return sum;
    }

    /// <inheritdoc/>
    public override void Refresh() => Launch(0, false);

    /// <summary>On the SIMD lanes: it is done once.</summary>
    public override void Minimise(int iterations, CancellationToken cancellation)
    {
        var potential = new ForceFieldPotential(_parameters);
        int width = potential.BlockWidth;
        Parallel.For(0, (Replicas + width - 1) / width, ParallelWork.Options(0, CancellationToken.None), b =>
        {
            using var block = new WalkerBlock(potential, (long)b * width);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, Of(_positions, Math.Min(b * width + lane, Replicas - 1)));
            FireMinimiser.Minimise(potential, block, 10, iterations, cancellation);
            for (int lane = 0; lane < width && b * width + lane < Replicas; lane++)
                block.CopyPositions(lane, Of(_positions, b * width + lane));
        });
        Refresh();
    }

    /// <inheritdoc/>
    private protected override void Advance(int steps) => Launch(steps, _parameters.IsTranslationInvariant);

    private void Launch(int steps, bool centred)
    {
        int size = 3 * Masses.Count, part = Math.Min(Replicas, LargestBatch);
        using MemoryBuffer1D<float, Stride1D.Dense> x = _accelerator.Allocate1D<float>((long)part * size), v = _accelerator.Allocate1D<float>((long)part * size), thermal = _accelerator.Allocate1D<float>(part);
        using MemoryBuffer1D<double, Stride1D.Dense> u = _accelerator.Allocate1D<double>(part);
        for (int first = 0; first < Replicas; first += part)
        {
            int count = Math.Min(part, Replicas - first);
            int start = first * size, length = count * size;
            x.Upload<float>(_positions.AsSpan(start, length));
            v.Upload<float>(_velocities.AsSpan(start, length));
            thermal.Upload<float>(_thermalEnergies.AsSpan(first, count));
            _kernel.Launch(count, new(size, _tables.ScratchNumbers, steps, centred ? 1 : 0, _random.Key, first, StepsDone, _stepSize,
                _decay, _fluctuation),
                _inverseMasses.View, thermal.View, x.View, v.View, u.View);
            _accelerator.Synchronize();
            x.Download(_positions.AsSpan(start, length));
            v.Download(_velocities.AsSpan(start, length));
            u.Download(_energies.AsSpan(first, count));
        }
    }

    private Span<float> Of(float[] all, int replica) =>
        (uint)replica < (uint)Replicas ? all.AsSpan(replica * 3 * Masses.Count, 3 * Masses.Count)
            : throw new ArgumentOutOfRangeException(nameof(replica));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _inverseMasses.Dispose();
        _tables.Dispose();
        _device.Dispose();
    }
}
