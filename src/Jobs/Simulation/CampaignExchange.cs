using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>Which replica is on which rung of its ladder, and how they change places. Replicas of a ladder stand together; ladders never meet. Without a ladder there is one rung.</summary>
/// <param name="dynamics">The replicas.</param>
/// <param name="ladder">Temperature and scale of every rung.</param>
/// <param name="stepsPerFrame">Between exchanges.</param>
/// <param name="random">The run's.</param>
internal sealed class CampaignExchange(ReplicaDynamics dynamics, ExchangeLadder ladder, int stepsPerFrame, RandomSource random)
{
    private const int Sweeps = 3;

    /// <summary>[M] rung of each replica.</summary>
    public int[] Rungs { get; } = [.. Enumerable.Range(0, dynamics.Replicas).Select(m => m % ladder.Count)];

    /// <summary>[K - 1] swaps tried between rung k and k + 1.</summary>
    public long[] Proposed { get; } = new long[ladder.Count - 1];

    /// <summary>[K - 1] swaps made.</summary>
    public long[] Accepted { get; } = new long[ladder.Count - 1];

    /// <summary>[K - 1] swaps made of those tried; NaN where none was.</summary>
    public IReadOnlyList<double> Acceptances => [.. Proposed.Select((n, k) => n == 0 ? double.NaN : (double)Accepted[k] / n)];

    /// <summary>K, the bath of a replica's rung.</summary>
    public double Temperature(int replica) => ladder.Temperatures[Rungs[replica]];

    /// <summary>U at lambda = 1, whatever the replica's rung, kJ/mol.</summary>
    public double TargetEnergy(int replica) => dynamics.PotentialEnergy(replica) + (1 - ladder.Scales[Rungs[replica]]) * dynamics.ScaledEnergy(replica);

    /// <summary>Gives a replica the temperature and the scale of its rung.</summary>
    public void Bathe(int replica)
    {
        dynamics.SetTemperature(replica, Temperature(replica));
        dynamics.SetScale(replica, ladder.Scales[Rungs[replica]]);
    }

    /// <summary>Takes over rungs and counters.</summary>
    public void Restore(Checkpoint checkpoint)
    {
        checkpoint.Rungs.CopyTo(Rungs, 0);
        checkpoint.SwapsProposed.CopyTo(Proposed, 0);
        checkpoint.SwapsAccepted.CopyTo(Accepted, 0);
    }

    /// <summary>Sweeps of swaps between neighbouring rungs, by the energies at hand; velocities follow the bath, forces the scale.</summary>
    /// <param name="failed">[M] replicas that do not take part.</param>
    public void Run(IReadOnlyList<bool> failed)
    {
        if (ladder.Count == 1)
            return;
        double[] energies = [.. Enumerable.Range(0, dynamics.Replicas).Select(TargetEnergy)]; // no swap changes them
        bool any = false;
        for (int sweep = 0; sweep < Sweeps; sweep++)
            any |= Sweep(sweep, energies, failed);
        if (any && ladder.Scales[^1] != 1)
            dynamics.Refresh();
    }

    private bool Sweep(int sweep, double[] energies, IReadOnlyList<bool> failed)
    {
        int rungs = ladder.Count;
        bool any = false;
        RandomSource own = random.Split("swaps").Split(dynamics.StepsDone).Split(sweep);
        for (int first = 0; first < dynamics.Replicas; first += rungs)
        {
            for (int rung = (int)((dynamics.StepsDone / stepsPerFrame + sweep) & 1); rung + 1 < rungs; rung += 2)
            {
                double u = own.NextDouble();
                int low = Array.IndexOf(Rungs, rung, first, rungs), high = Array.IndexOf(Rungs, rung + 1, first, rungs);
                if (failed[low] || failed[high])
                    continue;
                Proposed[rung]++;
                if (!(u < Math.Exp(ladder.LogAcceptance(rung, rung + 1, energies[low], energies[high], dynamics.ScaledEnergy(low), dynamics.ScaledEnergy(high)))))
                    continue; // a NaN energy never swaps
                Accepted[rung]++;
                any = true;
                (Rungs[low], Rungs[high]) = (Rungs[high], Rungs[low]);
                Move(low, rung, rung + 1);
                Move(high, rung + 1, rung);
            }
        }
        return any;
    }

    private void Move(int replica, int from, int to)
    {
        double[] x = new double[3 * dynamics.Masses.Count], v = new double[x.Length];
        dynamics.GetState(replica, x, v);
        double scale = Math.Sqrt(ladder.Temperatures[to] / ladder.Temperatures[from]);
        for (int k = 0; k < v.Length; k++)
            v[k] *= scale;
        dynamics.SetState(replica, x, v);
        Bathe(replica);
    }
}
