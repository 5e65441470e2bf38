using System.Globalization;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;

namespace MolSampling.Jobs.Simulation;

/// <summary>
/// Which replicas are well. One that blew up goes back to its last good frame with new velocities, <see cref="MostRestarts"/> times at
/// most; then it is given up and the others go on.
/// </summary>
/// <param name="dynamics">The replicas.</param>
/// <param name="exchange">Knows their baths.</param>
/// <param name="random">The run's.</param>
/// <param name="postMortem">Writes down replicas that blew up.</param>
/// <param name="log">A line for people.</param>
internal sealed class ReplicaHealth(ReplicaDynamics dynamics, SimulationExchange exchange, RandomSource random, PostMortem postMortem,
    Action<string> log)
{
    /// <summary>Of a replica.</summary>
    public const int MostRestarts = 5;

    private const double Explosion = 20; // a frame may raise a replica's energy by this many times its thermal energy, not more
    private const double Allowance = 100; // kJ/mol above that: the thermal energy of a few atoms is small

    private readonly bool[] _setBack = new bool[dynamics.Replicas];

    /// <summary>[M] how often each replica was restarted.</summary>
    public int[] Restarts { get; } = new int[dynamics.Replicas];

    /// <summary>[M] given up.</summary>
    public bool[] Failed { get; } = new bool[dynamics.Replicas];

    /// <summary>[M] the last good frames.</summary>
    public ReplicaStates Good { get; } = new(dynamics.Replicas, 3 * dynamics.Masses.Count);

    /// <summary>Whether nobody is left.</summary>
    public bool AllFailed => Failed.All(f => f);

    /// <summary>Whether the last check set a replica back or found it given up: its state is that of an earlier frame.</summary>
    public bool WasSetBack(int replica) => _setBack[replica];

    /// <summary>Takes over what a checkpoint says; the dynamics hold its state.</summary>
    public void Restore(Checkpoint checkpoint)
    {
        checkpoint.Restarts.CopyTo(Restarts, 0);
        checkpoint.Failed.CopyTo(Failed, 0);
        for (int m = 0; m < dynamics.Replicas; m++)
            Good.Keep(m, dynamics); // also of those that were given up: they stay where they are
        checkpoint.Energies.CopyTo(Good.Energies, 0);
    }

    /// <summary>The present states are good: what later frames are compared with and go back to.</summary>
    public void Keep()
    {
        for (int m = 0; m < dynamics.Replicas; m++)
            if (!Failed[m])
                Good.Keep(m, dynamics);
    }

    /// <summary>Looks at every replica and sets back those that blew up.</summary>
    /// <param name="kelvin">Of the bath, where it is not the rung's.</param>
    public void Check(double? kelvin = null)
    {
        Array.Clear(_setBack);
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            double bath = kelvin ?? exchange.Temperature(m), limit = Explosion * (1.5 * dynamics.Masses.Count * Units.GasConstant * bath)
                + Allowance;
            double potential = dynamics.PotentialEnergy(m), kinetic = dynamics.KineticEnergy(m);
            bool healthy = double.IsFinite(potential) && double.IsFinite(kinetic) && potential - Good.Energies[m] < limit
                && kinetic < limit;
            if (healthy && !Failed[m])
                continue;
            _setBack[m] = true;
            if (!healthy && !Failed[m])
            {
                long step = postMortem.Write(m, potential, kinetic, Good);
                Failed[m] = ++Restarts[m] > MostRestarts;
                log(string.Create(CultureInfo.InvariantCulture,
                    $"replica {m} blew up before step {step} (potential energy {potential:g6} kJ/mol, kinetic {kinetic:g6} kJ/mol); {(Failed[m] ? "given up" : $"restart {Restarts[m]} of {MostRestarts}")}"));
            }
            dynamics.SetStretch(m, Good.Stretches[m]);
            dynamics.SetState(m, Good.Positions[m], Good.Velocities[m]);
            dynamics.DrawVelocities(m, bath, random.Split("restarts"), dynamics.StepsDone);
        }
        if (_setBack.Any(s => s))
            dynamics.Refresh();
    }
}
