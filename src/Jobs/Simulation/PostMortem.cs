using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Running;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>Writes down the state of a replica that blew up, with the last good one: postmortem/replica-MMMM-step-S.json.</summary>
/// <param name="directory">The run's folder.</param>
/// <param name="plan">Tells steps of annealing from others.</param>
/// <param name="dynamics">The replicas.</param>
internal sealed class PostMortem(RunDirectory directory, SimulationPlan plan, ReplicaDynamics dynamics)
{
    /// <summary>For people: steps of annealing and of boxes that relax lie before step 0.</summary>
    private long Step => dynamics.StepsDone < SimulatedAnnealing.FirstStep ? dynamics.StepsDone
        : dynamics.StepsDone >= VolumeTuning.FirstStep ? dynamics.StepsDone - VolumeTuning.FirstStep - VolumeTuning.Steps(plan)
        : dynamics.StepsDone - SimulatedAnnealing.FirstStep - (long)plan.Annealing!.Stages * plan.StepsPerFrame;

    /// <summary>Writes the file.</summary>
    /// <param name="replica">Which.</param>
    /// <param name="potential">kJ/mol, may be NaN.</param>
    /// <param name="kinetic">kJ/mol, may be NaN.</param>
    /// <param name="good">The last good states.</param>
    /// <returns>The step, for people.</returns>
    public long Write(int replica, double potential, double kinetic, ReplicaStates good)
    {
        double[] x = new double[good.Positions[replica].Length], v = new double[x.Length];
        dynamics.GetState(replica, x, v);
        OutputFolder.ThrowIfLinked(directory.Path, "postmortem");
        Directory.CreateDirectory(Path.Combine(directory.Path, "postmortem"));
        // texts: JSON has no NaN
        static string?[] Numbers(double[] values) => [.. values.Select(n => n.ToString("R", CultureInfo.InvariantCulture))];
        directory.WriteText(string.Create(CultureInfo.InvariantCulture, $"postmortem/replica-{replica:d4}-step-{Step}.json"),
            JsonSerializer.Serialize(new
        {
            replica,
            step = Step,
            potentialEnergy = potential.ToString("R", CultureInfo.InvariantCulture),
            kineticEnergy = kinetic.ToString("R", CultureInfo.InvariantCulture),
            positionsNm = Numbers(x),
            velocitiesNmPerPs = Numbers(v),
            lastGoodStep = Step - plan.StepsPerFrame,
            lastGoodPositionsNm = Numbers(good.Positions[replica]),
            lastGoodVelocitiesNmPerPs = Numbers(good.Velocities[replica]),
        }));
        return Step;
    }
}
