using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Dynamics;

/// <summary>
/// Many replicas of one system, each with its own temperature, moved together: blocks of a potential, a GPU, OpenMM's contexts or torch
/// underneath. The whole state is positions, velocities, boxes where these change, and the number of steps done; noise is a function of
/// (stream, replica, step), so a state put back continues to the bit.
/// </summary>
public abstract class ReplicaDynamics : IDisposable
{
    /// <summary>M, the number of replicas.</summary>
    public abstract int Replicas { get; }

    /// <summary>What moves the replicas, for logs.</summary>
    public abstract string Description { get; }

    /// <summary>[N] Da, as integrated: after repartitioning of hydrogen masses.</summary>
    public abstract IReadOnlyList<double> Masses { get; }

    /// <summary>Degrees of freedom that carry kinetic energy: 3N, less what constraints take.</summary>
    public virtual int DegreesOfFreedom => 3 * Masses.Count;

    /// <summary>Steps since the beginning.</summary>
    public long StepsDone { get; set; }

    /// <summary>Steps are taken in multiples of this.</summary>
    public virtual int StepGranularity => 1;

    /// <summary>What became of the proposals of each part of a <see cref="KernelSequence"/> since these dynamics were made; empty for
    /// others.</summary>
    public virtual IReadOnlyList<MoveCount> MoveCounts => [];

    /// <summary>Begins <see cref="MoveCounts"/> anew.</summary>
    public virtual void ForgetMoves()
    {
    }

    /// <summary>Sets a replica's bath.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    /// <param name="kelvin">K.</param>
    public abstract void SetTemperature(int replica, double kelvin);

    /// <summary>Sets lambda of a replica in U_0 + lambda U_1; its energy and forces follow with <see cref="Refresh"/>.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    /// <param name="scale">1 is the target.</param>
    /// <exception cref="NotSupportedException">These dynamics have no scaled part, and the scale is not 1.</exception>
    public virtual void SetScale(int replica, double scale)
    {
        if (scale != 1)
            throw new NotSupportedException("Terms are scaled by the engine with a ScaledPotential only.");
    }

    /// <summary>The edge of a replica's periodic box over that of the system's, a part of its state where boxes change: 1 at
    /// first.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    public virtual double Stretch(int replica) => 1;

    /// <summary>Gives a replica a box; its energy and forces follow with <see cref="Refresh"/>.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    /// <param name="stretch">As <see cref="Stretch"/> says it.</param>
    /// <exception cref="NotSupportedException">These dynamics have no boxes of the replicas' own, and the stretch is not 1.</exception>
    public virtual void SetStretch(int replica, double stretch)
    {
        if (stretch != 1)
            throw new NotSupportedException("These replicas have no boxes of their own.");
    }

    /// <summary>What moves the boxes, to be tuned before anything is averaged; null where nothing does, or where that tunes
    /// itself.</summary>
    public virtual VolumeMove? Barostat => null;

    /// <summary>Sets a replica's state.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="velocities">[N, 3] nm/ps.</param>
    public abstract void SetState(int replica, ReadOnlySpan<double> positions, ReadOnlySpan<double> velocities);

    /// <summary>Reads a replica's state; put back, it continues to the bit.</summary>
    /// <param name="replica">0 .. M - 1.</param>
    /// <param name="positions">[N, 3] nm, overwritten.</param>
    /// <param name="velocities">[N, 3] nm/ps, overwritten.</param>
    public abstract void GetState(int replica, Span<double> positions, Span<double> velocities);

    /// <summary>U of a replica's present state under its own scale, kJ/mol; NaN or infinite if it blew up.</summary>
    public abstract double PotentialEnergy(int replica);

    /// <summary>U_1 of a replica's present state, kJ/mol: the unscaled energy of the terms that are scaled; 0 without any.</summary>
    public virtual double ScaledEnergy(int replica) => 0;

    /// <summary>Kinetic energy of a replica's present state, kJ/mol.</summary>
    public abstract double KineticEnergy(int replica);

    /// <summary>Energies and forces from the positions, after states were set.</summary>
    public abstract void Refresh();

    /// <summary>Relaxes all replicas so that dynamics does not start in a clash.</summary>
    /// <param name="iterations">At most.</param>
    /// <param name="cancellation">Ends it early.</param>
    public abstract void Minimise(int iterations, CancellationToken cancellation);

    /// <summary>Moves all replicas; forces must be current.</summary>
    /// <param name="steps">A multiple of <see cref="StepGranularity"/>.</param>
    public void Run(int steps)
    {
        if (steps % StepGranularity != 0)
            throw new ArgumentException($"{steps} steps are not a multiple of {StepGranularity}.");
        Advance(steps);
        StepsDone += steps;
    }

    /// <summary>Fresh velocities of the Maxwell-Boltzmann law, a function of (stream, replica, counter).</summary>
    public void DrawVelocities(int replica, double kelvin, RandomSource random, long counter)
    {
        double[] x = new double[3 * Masses.Count], v = new double[3 * Masses.Count];
        GetState(replica, x, v);
        RandomSource own = random.Split(replica).Split(counter);
        for (int k = 0; k < v.Length; k++)
        {
            double normal = own.NextNormal();
            // what has no mass is fixed, or placed by others
            v[k] = Masses[k / 3] > 0 ? Math.Sqrt(MolSampling.Potentials.Units.GasConstant * kelvin / Masses[k / 3]) * normal : 0;
        }
        OntoConstraints(x, v);
        SetState(replica, x, v);
    }

    /// <summary>Takes from velocities what constraints do not let pass.</summary>
    private protected virtual void OntoConstraints(ReadOnlySpan<double> positions, Span<double> velocities)
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Moves all replicas from <see cref="StepsDone"/> on.</summary>
    private protected abstract void Advance(int steps);
}
