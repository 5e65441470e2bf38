using System.Globalization;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Sampling.Dynamics;

/// <summary>
/// Replicas as OpenMM contexts, one a replica, on all cores: any System that OpenMM runs. OpenMM's integrators keep their random state to
/// themselves, so every <see cref="ReplicaDynamics.Run"/> makes its contexts anew, with a seed that is a function of (stream, replica,
/// steps done): that is what makes a resumed run equal an uninterrupted one. All contexts of the Reference platform share one random
/// generator of the process (SimTKOpenMMUtilities), which a new context seeds again: two at a time would share noise, and race for it. So
/// Reference runs one context at a time; the CPU platform has a generator a context and runs on all cores.
/// </summary>
public sealed class OpenMMDynamics : ReplicaDynamics
{
    private static readonly Lock s_referenceGenerator = new(); // held while a Reference context draws from it
    private readonly OpenMMSystem _system;
    private readonly string _xml;
    private readonly OpenMMBarostat? _barostat;
    private readonly double[] _stretches;
    private readonly RandomSource _random;
    private readonly Func<double, int, string> _integrator;
    private readonly string? _platform;
    private readonly Dictionary<string, string>? _properties;
    private readonly IReadOnlyList<VirtualSite> _sites;
    private readonly double[][] _positions, _velocities; // of atoms, and of virtual sites behind them
    private readonly double[] _temperatures, _energies;
    private readonly ParallelOptions _options;

    /// <summary>Makes replicas at the origin.</summary>
    /// <param name="systemXml">OpenMM's System; its masses are integrated.</param>
    /// <param name="integrator">Integrator XML for a temperature (K) and a seed; <see cref="LangevinMiddle"/> makes one.</param>
    /// <param name="replicas">M.</param>
    /// <param name="random">Seeds come from it.</param>
    /// <param name="platform">Null for <see cref="DefaultPlatform"/>.</param>
    /// <param name="threads">Contexts at a time; 0 for all cores. Always 1 on Reference and on a GPU.</param>
    /// <param name="sites">The System's virtual sites that stand behind all atoms and are no part of a replica's state; null for
    /// none.</param>
    /// <param name="barostat">Constant pressure; null for constant volume.</param>
    /// <exception cref="ArgumentException">OpenMM has no such platform here.</exception>
    /// <exception cref="Potentials.Native.NativeException">OpenMM is missing, or its own text about the System.</exception>
    public OpenMMDynamics(string systemXml, Func<double, int, string> integrator, int replicas, RandomSource random,
        string? platform = null, int threads = 0, IReadOnlyList<VirtualSite>? sites = null,
        OpenMMBarostat? barostat = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicas);
        if (platform is not null && !OpenMMLibrary.Platforms.Contains(platform))
            throw new ArgumentException($"OpenMM has no platform '{platform}' here: {string.Join(", ", OpenMMLibrary.Platforms)}");
        (_xml, _system, _barostat) = (systemXml, OpenMMSystem.FromXml(systemXml), barostat);
        _stretches = [.. Enumerable.Repeat(1.0, replicas)];
        (_integrator, Replicas, _random, _platform) = (integrator, replicas, random, platform ?? DefaultPlatform);
        _properties = _platform == "CPU" ? new() { ["Threads"] = "1" } : null;
        _sites = sites ?? [];
        Masses = [.. _system.Masses.SkipLast(_sites.Count)];
        int size = 3 * _system.ParticleCount;
        _positions = [.. Enumerable.Range(0, replicas).Select(_ => new double[size])];
        _velocities = [.. Enumerable.Range(0, replicas).Select(_ => new double[size])];
        _temperatures = [.. Enumerable.Repeat(300.0, replicas)];
        _energies = new double[replicas];
        _options = ParallelWork.Options(threads);
        if (_platform != "CPU")
            _options.MaxDegreeOfParallelism = 1;
    }

    /// <summary>Makes one context, so that OpenMM tells what it refuses before any work is done.</summary>
    /// <exception cref="Potentials.Native.NativeException">OpenMM's own text.</exception>
    /// <exception cref="ArgumentException">The System has a thermostat or a barostat.</exception>
    public void Verify()
    {
        lock (s_referenceGenerator)
        {
            using var context = new OpenMMContext(_system, _integrator(_temperatures[0], 1), _platform, _properties);
        }
        if (_system.Baths.Count > 0)
            throw new ArgumentException(_system.Baths[0].ToString());
    }

    /// <summary>CPU where OpenMM has it, else Reference.</summary>
    public static string DefaultPlatform => OpenMMLibrary.Platforms.Contains("CPU") ? "CPU" : "Reference";

    /// <summary>The integrator that samples as <see cref="LangevinDynamics"/> does.</summary>
    /// <param name="stepSize">ps.</param>
    /// <param name="friction">1/ps.</param>
    public static Func<double, int, string> LangevinMiddle(double stepSize, double friction) => (temperature, seed) =>
        string.Create(CultureInfo.InvariantCulture,
        $"<Integrator type=\"LangevinMiddleIntegrator\" version=\"1\" stepSize=\"{stepSize:R}\" constraintTolerance=\"1e-5\" temperature=\"{temperature:R}\" friction=\"{friction:R}\" randomSeed=\"{seed}\"/>");

    /// <inheritdoc/>
    public override int Replicas { get; }

    /// <inheritdoc/>
    public override string Description => $"OpenMM {OpenMMLibrary.Version} {_platform}";

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int DegreesOfFreedom => _system.DegreesOfFreedom;

    /// <inheritdoc/>
    public override void SetTemperature(int replica, double kelvin) => _temperatures[replica] = kelvin;

    /// <inheritdoc/>
    public override double Stretch(int replica) => _stretches[replica];

    /// <inheritdoc/>
    public override void SetStretch(int replica, double stretch)
    {
        if (_barostat is null)
            base.SetStretch(replica, stretch);
        else
            _stretches[replica] = stretch;
    }

    /// <inheritdoc/>
    public override void SetState(int replica, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities)
    {
        VirtualSite.Append(_sites, positions).CopyTo(_positions[replica], 0);
        velocities.CopyTo(_velocities[replica]);
    }

    /// <inheritdoc/>
    public override void GetState(int replica, Span<double> positions, Span<double> velocities)
    {
        _positions[replica].AsSpan(0, 3 * Masses.Count).CopyTo(positions);
        _velocities[replica].AsSpan(0, 3 * Masses.Count).CopyTo(velocities);
    }

    /// <inheritdoc/>
    public override double PotentialEnergy(int replica) => _energies[replica];

    /// <inheritdoc/>
    public override double KineticEnergy(int replica)
    {
        double sum = 0;
        for (int k = 0; k < 3 * Masses.Count; k++)
            sum += 0.5 * Masses[k / 3] * _velocities[replica][k] * _velocities[replica][k];
        return sum;
    }

    /// <inheritdoc/>
    public override void Refresh() => ForEachContext(0, _ => { });

    /// <inheritdoc/>
    public override void Minimise(int iterations, CancellationToken cancellation) => ForEachContext(0, context =>
    {
        if (!cancellation.IsCancellationRequested)
            context.Minimise(10, iterations);
    });

    /// <inheritdoc/>
    private protected override void Advance(int steps) => ForEachContext(StepsDone, context => context.Step(steps));

    private void ForEachContext(long counter, Action<OpenMMContext> work) => Parallel.For(0, Replicas, _options, replica =>
    {
        if (!Array.TrueForAll(_positions[replica], double.IsFinite))
        {
            _energies[replica] = double.NaN;
        }
        else if (_platform == "Reference")
        {
            lock (s_referenceGenerator)
                Move(replica, counter, work);
        }
        else
        {
            Move(replica, counter, work);
        }
    });

    private void Move(int replica, long counter, Action<OpenMMContext> work)
    {
        RandomSource random = _random.Split(replica).Split(counter);
        int seed = 1 + (int)(random.NextDouble() * (int.MaxValue - 2));
        // the barostat's seed is the System's: another one for each replica and run
        using OpenMMSystem? own = _barostat is null ? null : OpenMMSystem.FromXml(_barostat.AddTo(_xml, _temperatures[replica],
            1 + (int)(random.NextDouble() * (int.MaxValue - 2))));
        using var context = new OpenMMContext(own ?? _system, _integrator(_temperatures[replica], seed), _platform, _properties);
        if (_barostat is { Edge: var edge })
            context.Box = [edge * _stretches[replica], 0, 0, 0, edge * _stretches[replica], 0, 0, 0, edge * _stretches[replica]];
        context.Positions = _positions[replica];
        context.Velocities = _velocities[replica];
        try
        {
            work(context);
            context.Positions.CopyTo(_positions[replica], 0);
            context.Velocities.CopyTo(_velocities[replica], 0);
            if (_barostat is not null)
                _stretches[replica] = context.Box[0] / _barostat.Edge;
            context.EnergiesAndForces(_positions[replica], _energies.AsSpan(replica, 1), []);
        }
        catch (Potentials.Native.NativeException e) when (e.Message.Contains("NaN", StringComparison.OrdinalIgnoreCase))
        {
            _energies[replica] = double.NaN; // blown up: the simulation decides
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _system.Dispose();
}
