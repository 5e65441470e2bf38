using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>The replicas of a simulation on the rungs of their ladders. Without a ladder there is one rung.</summary>
internal sealed class SimulationExchange
{
    private const int Sweeps = 3;

    private readonly ReplicaDynamics _dynamics;
    private readonly Ladder _ladder;
    private readonly int _stepsPerFrame;
    private readonly Func<int, double> _work;
    private readonly RungExchange _exchange;

    /// <summary>Puts replicas on rungs.</summary>
    /// <param name="dynamics">The replicas; those of a ladder stand together.</param>
    /// <param name="ladder">Temperature and scale of every rung.</param>
    /// <param name="stepsPerFrame">Between exchanges.</param>
    /// <param name="random">The run's.</param>
    /// <param name="work">P V of a replica, kJ/mol, which goes with its energy at constant pressure; null for none.</param>
    public SimulationExchange(ReplicaDynamics dynamics, Ladder ladder, int stepsPerFrame, RandomSource random,
        Func<int, double>? work = null) =>
        (_dynamics, _ladder, _stepsPerFrame, _work, _exchange) = (dynamics, ladder, stepsPerFrame, work ?? (_ => 0), new(ladder,
            dynamics.Replicas / ladder.Count, random.Split("swaps")));

    /// <summary>[M] rung of each replica.</summary>
    public int[] Rungs => _exchange.Rungs;

    /// <summary>[K - 1] swaps tried between rung k and k + 1.</summary>
    public IReadOnlyList<long> Proposed => _exchange.Proposed;

    /// <summary>[K - 1] swaps made.</summary>
    public IReadOnlyList<long> Accepted => _exchange.Accepted;

    /// <summary>[K - 1] swaps made of those tried; NaN where none was.</summary>
    public IReadOnlyList<double> Acceptances => _exchange.Acceptances;

    /// <summary>K, the bath of a replica's rung.</summary>
    public double Temperature(int replica) => _ladder.Temperatures[Rungs[replica]];

    /// <summary>U at lambda = 1, whatever the replica's rung, kJ/mol.</summary>
    public double TargetEnergy(int replica) => _dynamics.PotentialEnergy(replica)
        + (1 - _ladder.Scales[Rungs[replica]]) * _dynamics.ScaledEnergy(replica);

    /// <summary>Gives a replica the temperature and the scale of its rung.</summary>
    public void Bathe(int replica)
    {
        _dynamics.SetTemperature(replica, Temperature(replica));
        _dynamics.SetScale(replica, _ladder.Scales[Rungs[replica]]);
    }

    /// <summary>Takes over rungs and counters.</summary>
    public void Restore(Checkpoint checkpoint) => _exchange.Restore(checkpoint.Rungs, checkpoint.SwapsProposed, checkpoint.SwapsAccepted);

    /// <summary>Sweeps of swaps between neighbouring rungs, by the energies at hand; velocities follow the bath, forces the
    /// scale.</summary>
    /// <param name="failed">[M] replicas that do not take part.</param>
    public void Run(IReadOnlyList<bool> failed)
    {
        if (_ladder.Count == 1)
            return;
        double[] energies = [.. Enumerable.Range(0, _dynamics.Replicas).Select(m => TargetEnergy(m) + _work(m))],
            scaled = [.. Enumerable.Range(0, _dynamics.Replicas).Select(_dynamics.ScaledEnergy)];
        bool any = false;
        for (int sweep = 0; sweep < Sweeps; sweep++) // odd, so that even and odd pairs take turns at the beginning
            any |= _exchange.Sweep(_dynamics.StepsDone / _stepsPerFrame * Sweeps + sweep, energies, scaled, Move, failed);
        if (any && _ladder.IsScaled)
            _dynamics.Refresh();
    }

    private void Move(int replica, int from, int to)
    {
        double[] x = new double[3 * _dynamics.Masses.Count], v = new double[x.Length];
        _dynamics.GetState(replica, x, v);
        double scale = Math.Sqrt(_ladder.Temperatures[to] / _ladder.Temperatures[from]);
        for (int k = 0; k < v.Length; k++)
            v[k] *= scale;
        _dynamics.SetState(replica, x, v);
        Bathe(replica);
    }
}
