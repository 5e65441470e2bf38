using System.Globalization;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Simulation;

/// <summary>Dynamics at constant pressure before the first frame, in which the step of the volume's moves is found by what is accepted
/// (stochastic approximation: H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400). Nothing of it is averaged, and the step stays
/// afterwards: a chain that goes on adapting is no chain.</summary>
internal static class VolumeTuning
{
    /// <summary>The number of the first step, where neither a run nor annealing arrives, so that noise is not used twice.</summary>
    public const long FirstStep = 1L << 57;

    private const int Rounds = 100;

    /// <summary>Steps of all rounds.</summary>
    public static long Steps(SimulationPlan plan) => (long)Rounds * plan.StepsPerVolumeMove;

    /// <summary>Tunes, from positions and velocities as they are; afterwards the dynamics' steps count from 0.</summary>
    /// <param name="dynamics">With moves of the volume.</param>
    /// <param name="plan">Of the run.</param>
    /// <param name="roundDone">Told after each round: the share that is done.</param>
    /// <param name="stop">Ends it after a round.</param>
    /// <returns>What is to be said of it.</returns>
    public static string Run(ReplicaDynamics dynamics, SimulationPlan plan, Action<double> roundDone, CancellationToken stop)
    {
        dynamics.StepsDone = FirstStep;
        if (dynamics.Barostat is null) // it finds its own step
        {
            dynamics.Run((int)Steps(plan));
            roundDone(1);
            dynamics.StepsDone = 0;
            return "boxes relaxed at constant pressure";
        }
        (long proposed, long accepted) = Counts(dynamics);
        for (int round = 0; round < Rounds && !stop.IsCancellationRequested; round++)
        {
            dynamics.Run(plan.StepsPerVolumeMove);
            (long proposedNow, long acceptedNow) = Counts(dynamics);
            if (proposedNow > proposed)
                dynamics.Barostat.Adapt((double)(acceptedNow - accepted) / (proposedNow - proposed), 2 / Math.Sqrt(1 + round));
            (proposed, accepted) = (proposedNow, acceptedNow);
            roundDone((round + 1.0) / Rounds);
        }
        dynamics.StepsDone = 0;
        return string.Create(CultureInfo.InvariantCulture,
            $"volumes move by up to {dynamics.Barostat.Change:g4} nm^3, found in {Steps(plan)} steps before the first frame");
    }

    private static (long Proposed, long Accepted) Counts(ReplicaDynamics dynamics)
    {
        MoveCount moves = dynamics.MoveCounts.FirstOrDefault(m => m.Name == Sampling.Samplers.ExtraMove.Volumes);
        return (moves.Proposed, moves.Accepted);
    }
}
