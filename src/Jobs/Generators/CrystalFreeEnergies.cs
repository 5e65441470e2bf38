using MolSampling.Flows;
using MolSampling.Jobs.Running;
using MolSampling.Potentials;
using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>
/// Reduced free energies f = -ln Z of a crystal over temperatures, two ways. A ladder of replicas with MBAR gives their differences, with
/// errors from its independent ladders. A flow of one temperature, whose base has norm one, gives f itself: from its own samples (LFEP) and
/// together with the ladder's (BAR). Energies are in double precision.
/// </summary>
public sealed class CrystalFreeEnergies : IDisposable
{
    private readonly TargetCrystal _crystal;
    private readonly CrystalSampling _sampling;
    private readonly double[][] _energies; // [K][S] kJ/mol
    private readonly CrystalSamples _samples;

    private CrystalFreeEnergies(TargetCrystal crystal, IReadOnlyList<double> temperatures, CrystalSampling sampling, CrystalSamples samples)
    {
        (_crystal, Temperatures, _sampling, _samples) = (crystal, [.. temperatures], sampling, samples);
        _energies = [.. samples.Coordinates.Select(x => Energies(x.to(ScalarType.Float64).data<double>().ToArray()))];
    }

    /// <summary>[K] K, rising.</summary>
    public IReadOnlyList<double> Temperatures { get; }

    /// <summary>Of the ladder: evaluations with forces.</summary>
    public long EnergyCalls => _samples.EnergyCalls;

    /// <summary>[K - 1] of swaps between neighbours.</summary>
    public IReadOnlyList<double> SwapAcceptances => _samples.SwapAcceptances;

    /// <summary>Samples the ladder.</summary>
    /// <param name="crystal">U.</param>
    /// <param name="temperatures">[K] K, rising.</param>
    /// <param name="sampling">How.</param>
    /// <param name="random">The run's stream.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Throws.</param>
    public static CrystalFreeEnergies Of(TargetCrystal crystal, IReadOnlyList<double> temperatures, CrystalSampling sampling,
        RandomSource random, Action<TaskProgress>? progress = null, CancellationToken cancellation = default) =>
        new(crystal, temperatures, sampling, sampling.Run(crystal, temperatures, random, progress, cancellation));

    /// <summary>f of every temperature against the highest's, by MBAR; errors by the jackknife over ladders.</summary>
    /// <returns>[K], kT.</returns>
    public IReadOnlyList<Estimate> AgainstHighest()
    {
        double[] all = Solve(-1);
        double[][] without = [.. Enumerable.Range(0, _sampling.Ladders).Select(Solve)];
        return [.. all.Select((f, k) => new Estimate(f, Jackknife.StandardError([.. without.Select(w => w[k])])))];
    }

    /// <summary>f at a temperature of the ladder, from a flow.</summary>
    /// <param name="flow">Trained for the crystal at it; is converted to double precision.</param>
    /// <param name="rung">Of the ladder.</param>
    /// <param name="draws">Of the flow.</param>
    /// <param name="random">Of the draws.</param>
    public FlowFreeEnergy OfFlow(NormalizingFlow flow, int rung, int draws, RandomSource random)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        flow.To(ScalarType.Float64);
        FlowSamples drawn = flow.Sample(draws, random);
        double[] x = drawn.X.data<double>().ToArray(), own = _samples.Coordinates[rung].to(ScalarType.Float64).data<double>().ToArray();
        double[] logQ = drawn.LogDensity.data<double>().ToArray();
        double[] forward = Reduced(Temperatures[rung], x, Energies(x));
        for (int n = 0; n < forward.Length; n++)
            forward[n] = double.IsFinite(logQ[n]) && !double.IsNaN(forward[n]) ? forward[n] + logQ[n] : double.PositiveInfinity;
        int size = _crystal.Potential.Dimension;
        double[] ofTarget = flow.LogDensity(tensor(own, [own.Length / size, size])).LogDensity.data<double>().ToArray();
        double[] backward = Reduced(Temperatures[rung], own, _energies[rung]);
        for (int n = 0; n < backward.Length; n++)
            backward[n] = -(backward[n] + ofTarget[n]);
        // groups: the flow's draws are independent, the ladder's samples are so between ladders
        int groups = _sampling.Ladders;
        double[] Part(double[] works, int group) => [.. works.Where((_, n) => n % groups != group)];
        double[] without = [.. Enumerable.Range(0, groups).Select(g => Bar.Solve(Part(forward, g), Part(backward, g)).Difference.Value)];
        var weights = new ImportanceWeights([.. forward.Select(w => -w)]);
        ExponentialAverage lfep = ExponentialAverage.Forward(forward);
        return new(new(lfep.Difference.Value, lfep.Difference.StandardError), new(Bar.Solve(forward, backward).Difference.Value,
            Jackknife.StandardError(without)), weights.EffectiveFraction, new ForwardWeights(backward).EffectiveFraction.Value,
            forward.Count(double.IsInfinity));
    }

    /// <inheritdoc/>
    public void Dispose() => _samples.Dispose();

    /// <summary>By all ladders but one.</summary>
    private double[] Solve(int without)
    {
        double[][] kept = [.. _energies.Select(u => u.Where((_, n) => n % _sampling.Ladders != without).ToArray())];
        double[] beta = [.. Temperatures.Select(t => new ThermodynamicState(t).Beta)];
        var mbar = Mbar.SolveTemperatures(beta, kept.SelectMany(u => u).ToArray(), [.. kept.Select(u => u.Length)]);
        return [.. mbar.FreeEnergies.Select(f => f - mbar.FreeEnergies[^1])];
    }

    private double[] Energies(double[] x)
    {
        RigidBodyPotential potential = _crystal.Potential;
        int size = potential.Dimension;
        var energies = new double[x.Length / size];
        Parallel.For(0, energies.Length, ParallelWork.Options(_sampling.Threads), n =>
            energies[n] = potential.EvaluateDouble(x.AsSpan(n * size, size), new double[size]));
        return energies;
    }

    /// <summary>u = U/RT - ln of the volume of orientations, kT.</summary>
    private double[] Reduced(double temperature, double[] x, double[] energies)
    {
        RigidBodyPotential potential = _crystal.Potential;
        double beta = new ThermodynamicState(temperature).Beta;
        int size = potential.Dimension;
        return [.. energies.Select((u, n) =>
        {
            double sum = beta * u;
            for (int c = 3 * potential.FirstRotation; c < size; c += 6)
            {
                ReadOnlySpan<double> v = x.AsSpan(n * size + c, 3);
                sum += 2 * Math.Log(1 + v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
            }
            return sum;
        })];
    }
}

/// <summary>A crystal's reduced free energy from a flow.</summary>
/// <param name="OneSided">LFEP, from the flow's samples alone, kT.</param>
/// <param name="TwoSided">BAR with the ladder's samples, kT; error by the jackknife over ladders.</param>
/// <param name="EffectiveFraction">Of the flow's samples.</param>
/// <param name="ForwardFraction">The same by the ladder's: far below where the flow hardly goes where the crystal does.</param>
/// <param name="NonFinite">Draws without an energy; they weigh nothing.</param>
public sealed record FlowFreeEnergy(Estimate OneSided, Estimate TwoSided, double EffectiveFraction,
    double ForwardFraction, int NonFinite);
