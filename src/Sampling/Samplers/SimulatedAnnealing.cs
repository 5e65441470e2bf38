using MolSampling.Sampling.Dynamics;

namespace MolSampling.Sampling.Samplers;

/// <summary>
/// Simulated annealing: dynamics of all replicas at falling temperatures, so that each settles in a basin of its own; the slower, the more
/// often in the lowest. S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Science 220 (1983) 671. It makes starting points and no samples:
/// nothing of it has a Boltzmann weight.
/// </summary>
public static class SimulatedAnnealing
{
    /// <summary>
    /// The number of the first step. Noise is a function of (stream, replica, step), so annealing counts where no run arrives, and the
    /// numbers of the run that follows are fresh.
    /// </summary>
    public const long FirstStep = 1L << 56;

    /// <summary>Anneals all replicas from their present positions, with velocities drawn anew. Forces must be current. Afterwards the
    /// dynamics' steps count from 0.</summary>
    /// <param name="dynamics">The replicas; each keeps the last temperature as its bath.</param>
    /// <param name="schedule">The temperatures.</param>
    /// <param name="stepsPerStage">A multiple of the dynamics' granularity.</param>
    /// <param name="random">For velocities.</param>
    /// <param name="stageDone">Told after each stage: stages done, the temperature in K.</param>
    /// <param name="stop">Ends it after a stage.</param>
    /// <returns>Whether it came to its end.</returns>
    public static bool Run(ReplicaDynamics dynamics, AnnealingSchedule schedule, int stepsPerStage, RandomSource random, Action<int,
        double>? stageDone = null, CancellationToken stop = default)
    {
        for (int m = 0; m < dynamics.Replicas; m++)
            dynamics.DrawVelocities(m, schedule.First, random, 0);
        dynamics.StepsDone = FirstStep;
        for (int stage = 0; stage < schedule.Stages && !stop.IsCancellationRequested; stage++)
        {
            double kelvin = schedule.Temperature(stage);
            for (int m = 0; m < dynamics.Replicas; m++)
                dynamics.SetTemperature(m, kelvin);
            dynamics.Run(stepsPerStage);
            stageDone?.Invoke(stage + 1, kelvin);
        }
        bool whole = !stop.IsCancellationRequested;
        dynamics.StepsDone = 0;
        return whole;
    }
}
