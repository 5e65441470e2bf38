using MolSampling.Sampling.Dynamics;

namespace MolSampling.Jobs.Simulation;

/// <summary>States of all replicas at a moment.</summary>
/// <param name="replicas">M.</param>
/// <param name="size">3N.</param>
internal sealed class ReplicaStates(int replicas, int size)
{
    /// <summary>[M][3N] nm.</summary>
    public double[][] Positions { get; } = [.. Enumerable.Range(0, replicas).Select(_ => new double[size])];

    /// <summary>[M][3N] nm/ps.</summary>
    public double[][] Velocities { get; } = [.. Enumerable.Range(0, replicas).Select(_ => new double[size])];

    /// <summary>[M] each one's box, as <see cref="ReplicaDynamics.Stretch"/> says it.</summary>
    public double[] Stretches { get; } = [.. Enumerable.Repeat(1.0, replicas)];

    /// <summary>[M] kJ/mol.</summary>
    public double[] Energies { get; } = new double[replicas];

    /// <summary>Copies a replica's present state.</summary>
    public void Keep(int replica, ReplicaDynamics dynamics)
    {
        dynamics.GetState(replica, Positions[replica], Velocities[replica]);
        Stretches[replica] = dynamics.Stretch(replica);
        Energies[replica] = dynamics.PotentialEnergy(replica);
    }
}
