using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling.Kernels.Integrators;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Sampling.Dynamics;

/// <summary>
/// Dynamics of any energy that torch computes, all replicas in one tensor [B, N, 3] on its device: the middle scheme of
/// <see cref="LangevinDynamics"/>, or velocity Verlet without a friction. The generic way beside the engine: as fast as the energy function
/// and a few tensor operations a step. Noise is the engine's, Philox on the CPU, a function of (stream, replica, step), and is copied to
/// the device every step. Not for several threads at a time.
/// </summary>
public sealed class TorchDynamics : ReplicaDynamics
{
    private readonly TorchForces _forces;
    private readonly double _stepSize;
    private readonly double? _friction;
    private readonly RandomSource _random;
    // [B, N, 3]; kick, inverse mass and thermal speed [.., N, 1]; noise [blocks, 3N, W] on the CPU
    private readonly Tensor _x, _v, _f, _kick, _inverseMass, _thermal, _noise;
    private readonly int _width;
    private readonly NormalScratch _normals;
    private readonly double[] _temperatures, _energies;
    private readonly double[] _hostX, _hostV; // [B, N, 3], so that reading and setting one replica costs no transfer
    private bool _newTemperatures = true, _hostIsOld, _deviceIsOld;

    /// <summary>Makes replicas at the origin.</summary>
    /// <param name="forces">U and its forces; <see cref="TorchForces.ByAutograd"/> makes them of an energy.</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="stepSize">h, ps.</param>
    /// <param name="friction">1/ps; null for velocity Verlet.</param>
    /// <param name="replicas">B.</param>
    /// <param name="random">The noise's stream.</param>
    /// <param name="device">Where to compute; null for the CPU.</param>
    /// <param name="precision">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">A mass, step or number of replicas that is not positive.</exception>
    public TorchDynamics(TorchForces forces, IReadOnlyList<double> masses, double stepSize, double? friction, int replicas,
        RandomSource random, Device? device = null, ScalarType precision = ScalarType.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicas);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        if (masses.Count == 0 || masses.Any(m => !(m > 0)))
            throw new ArgumentException("Masses must be positive.");
        if (precision is not (ScalarType.Float32 or ScalarType.Float64))
            throw new ArgumentException($"Dynamics runs in Float32 or Float64, not {precision}.");
        TorchRuntime.EnsureLoaded();
        (_forces, Masses, _stepSize, _friction, Replicas, _random) = (forces, [.. masses], stepSize, friction, replicas, random);
        (_temperatures, _energies) = ([.. Enumerable.Repeat(300.0, replicas)], new double[replicas]);
        (_hostX, _hostV) = (new double[replicas * masses.Count * 3], new double[replicas * masses.Count * 3]);
        _width = Vector256.IsHardwareAccelerated ? 8 : 4;
        _normals = new(3 * masses.Count, _width);
        using DisposeScope scope = NewDisposeScope();
        long[] shape = [replicas, masses.Count, 3];
        Tensor Zeros() => zeros(shape, precision, device).DetachFromDisposeScope();
        (_x, _v, _f) = (Zeros(), Zeros(), Zeros());
        _inverseMass = tensor(masses.Select(m => 1 / m).ToArray()).to(precision).to(_x.device).reshape(1, -1, 1).DetachFromDisposeScope();
        _kick = (_inverseMass * (friction is null ? 0.5 * stepSize : stepSize)).DetachFromDisposeScope();
        _thermal = zeros([replicas, masses.Count, 1], precision, device).DetachFromDisposeScope();
        _noise = zeros([(replicas + _width - 1) / _width, 3 * masses.Count, _width], ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override int Replicas { get; }

    /// <inheritdoc/>
    public override string Description => $"torch on {_x.device}, {_x.dtype}";

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override void SetTemperature(int replica, double kelvin) => (_temperatures[replica], _newTemperatures) = (kelvin, true);

    /// <inheritdoc/>
    public override void SetState(int replica, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        FetchHost();
        positions.CopyTo(OfReplica(_hostX, replica));
        velocities.CopyTo(OfReplica(_hostV, replica));
        if (_x.dtype == ScalarType.Float32)
            foreach (double[] host in new[] { _hostX, _hostV })
                foreach (ref double value in OfReplica(host, replica))
                    value = (float)value; // what the device will hold
        _deviceIsOld = true;
    }

    /// <inheritdoc/>
    public override void GetState(int replica, Span<double> positions, Span<double> velocities)
    {
        FetchHost();
        OfReplica(_hostX, replica).CopyTo(positions);
        OfReplica(_hostV, replica).CopyTo(velocities);
    }

    /// <inheritdoc/>
    public override double PotentialEnergy(int replica) => _energies[replica];

    /// <inheritdoc/>
    public override double KineticEnergy(int replica)
    {
        FetchHost();
        double sum = 0;
        ReadOnlySpan<double> v = OfReplica(_hostV, replica);
        for (int k = 0; k < v.Length; k++)
            sum += 0.5 * Masses[k / 3] * v[k] * v[k];
        return sum;
    }

    /// <inheritdoc/>
    public override void Refresh()
    {
        using DisposeScope scope = NewDisposeScope();
        FetchDevice();
        KeepEnergies(Evaluate());
    }

    /// <summary>Steepest descent, every replica with its own step: longer after a success, half after a failure, no atom further than 0.01
    /// nm.</summary>
    public override void Minimise(int iterations, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        FetchDevice();
        Tensor u = Evaluate(), step = full([Replicas, 1, 1], 1e-3, _x.dtype, _x.device);
        for (int n = 0; n < iterations && !cancellation.IsCancellationRequested; n++)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor old = _x.clone(), oldForces = _f.clone();
            Tensor largest = _f.abs().amax([1, 2], true).clamp_min(1e-6);
            _x.add_(_f * (step / largest));
            Tensor next = Evaluate(), better = next < u, keep = better.reshape(-1, 1, 1);
            _x.copy_(where(keep, _x, old));
            _f.copy_(where(keep, _f, oldForces));
            u.copy_(where(better, next, u));
            step.copy_(where(keep, step * 1.2, step * 0.5).clamp_max(0.01));
        }
        KeepEnergies(u);
        _hostIsOld = true;
    }

    /// <inheritdoc/>
    private protected override void Advance(int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        FetchDevice();
        _hostIsOld = true;
        if (_newTemperatures)
        {
            Tensor kT = tensor(_temperatures.Select(t => Units.GasConstant * t).ToArray()).to(_x.dtype).to(_x.device).reshape(-1, 1, 1);
            _thermal.copy_((kT * _inverseMass).sqrt());
            _newTemperatures = false;
        }
        double decay = Math.Exp(-(_friction ?? 0) * _stepSize), fluctuation = Math.Sqrt(1 - decay * decay);
        Tensor spread = _thermal * fluctuation;
        for (int n = 0; n < steps; n++)
        {
            using DisposeScope inner = NewDisposeScope(); // what a step makes ends with it
            _v.addcmul_(_f, _kick, 1);
            Tensor u;
            if (_friction is null)
            {
                _x.add_(_v, _stepSize);
                u = Evaluate();
                _v.addcmul_(_f, _kick, 1);
            }
            else
            {
                _x.add_(_v, 0.5 * _stepSize);
                _v.mul_(decay).addcmul_(Noise(StepsDone + n), spread, 1);
                _x.add_(_v, 0.5 * _stepSize);
                u = Evaluate();
            }
            if (n == steps - 1)
                KeepEnergies(u);
        }
    }

    /// <summary>[B, N, 3] standard normal numbers, those that the engine draws for the same stream, replica and step.</summary>
    private Tensor Noise(long counter)
    {
        Span<float> numbers = MemoryMarshal.Cast<byte, float>(_noise.bytes);
        int length = 3 * Masses.Count * _width;
        for (int block = 0; block * length < numbers.Length; block++)
            Philox.FillNormals(_random.Key, (long)block * _width, counter, _width, numbers.Slice(block * length, length), _normals);
        return _noise.to(_x.device).transpose(1, 2).reshape(-1, Masses.Count, 3).slice(0, 0, Replicas, 1).to(_x.dtype);
    }

    private Tensor Evaluate()
    {
        (Tensor u, Tensor f) = _forces.Evaluate(_x.detach());
        if (u.dim() != 1 || u.shape[0] != Replicas || !f.shape.AsSpan().SequenceEqual(_x.shape))
            throw new ArgumentException($"The energy function gave energies [{string.Join(", ", u.shape)}] and forces [{string.Join(", ", f.shape)}] for positions [{string.Join(", ", _x.shape)}].");
        _f.copy_(f);
        return u.to(ScalarType.Float64);
    }

    private Span<double> OfReplica(double[] host, int replica) => host.AsSpan(replica * 3 * Masses.Count, 3 * Masses.Count);

    private void FetchHost()
    {
        if (!_hostIsOld)
            return;
        using DisposeScope scope = NewDisposeScope();
        Doubles(_x).CopyTo(_hostX);
        Doubles(_v).CopyTo(_hostV);
        _hostIsOld = false;
    }

    private void FetchDevice()
    {
        if (!_deviceIsOld)
            return;
        using DisposeScope scope = NewDisposeScope();
        _x.copy_(tensor(_hostX).reshape(_x.shape));
        _v.copy_(tensor(_hostV).reshape(_v.shape));
        _deviceIsOld = false;
    }

    private void KeepEnergies(Tensor energies) => Doubles(energies).CopyTo(_energies);

    private static ReadOnlySpan<double> Doubles(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Tensor tensor in new[] { _x, _v, _f, _kick, _inverseMass, _thermal, _noise })
            tensor.Dispose();
        _normals.Dispose();
    }
}
