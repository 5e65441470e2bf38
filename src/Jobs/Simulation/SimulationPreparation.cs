using System.Globalization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Systems;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>What happens before step 0: replicas are placed, relaxed, annealed if that is wanted, and get velocities; at constant pressure
/// their boxes move until the step of that is found. Nothing of it is kept on disk; it is done anew if it was stopped.</summary>
/// <param name="plan">The schedule.</param>
/// <param name="system">Starting structures.</param>
/// <param name="dynamics">The replicas.</param>
/// <param name="exchange">Their rungs.</param>
/// <param name="health">Watches annealing too.</param>
/// <param name="random">The run's.</param>
/// <param name="log">A line for people.</param>
internal sealed class SimulationPreparation(SimulationPlan plan, MolecularSystem system, ReplicaDynamics dynamics,
    SimulationExchange exchange, ReplicaHealth health, RandomSource random, Action<string> log)
{
    private const int MostIterations = 1000;

    /// <summary>Does all of it.</summary>
    /// <param name="progress">Told.</param>
    /// <param name="stop">Gives up between the stages.</param>
    /// <returns>False if it was stopped.</returns>
    /// <exception cref="ArgumentException">The energy of the start is not a number.</exception>
    public bool Run(Action<TaskProgress>? progress, CancellationToken stop)
    {
        progress?.Invoke(new("minimising", 0, ""));
        double[] still = new double[3 * system.AtomCount];
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            dynamics.SetStretch(m, 1);
            dynamics.SetState(m, system.Starts[m % system.Starts.Count], still);
            exchange.Bathe(m);
        }
        dynamics.Refresh();
        dynamics.Minimise(MostIterations, stop);
        if (plan.Annealing is { } schedule)
            Anneal(schedule, progress, stop);
        if (stop.IsCancellationRequested && !health.AllFailed)
            return false;
        for (int m = 0; m < dynamics.Replicas; m++)
            dynamics.DrawVelocities(m, exchange.Temperature(m), random.Split("velocities"), 0);
        dynamics.Refresh();
        for (int m = 0; m < dynamics.Replicas; m++)
            if (!double.IsFinite(dynamics.PotentialEnergy(m)))
                throw new ArgumentException($"the energy of the starting structure is not a number even after minimisation: do two atoms of '{system.Name}' coincide?");
        health.Keep();
        if (plan.Pressure is not null)
        {
            log(VolumeTuning.Run(dynamics, plan, done =>
            {
                health.Check();
                health.Keep();
                progress?.Invoke(new("relaxing boxes", done, ""));
            }, stop));
            dynamics.ForgetMoves();
        }
        return !stop.IsCancellationRequested || health.AllFailed;
    }

    /// <summary>Heats and cools the replicas into basins of their own, under the scale of each one's rung.</summary>
    private void Anneal(AnnealingSchedule schedule, Action<TaskProgress>? progress, CancellationToken stop)
    {
        string range = string.Create(CultureInfo.InvariantCulture,
            $"{schedule.First:g6} K to {schedule.Last:g6} K, {schedule.Stages} stages of {plan.StepsPerFrame} steps{(schedule.Geometric ? ", geometric" : "")}");
        log($"annealing from {range}");
        dynamics.Refresh();
        health.Keep();
        bool whole = SimulatedAnnealing.Run(dynamics, schedule, plan.StepsPerFrame, random.Split("annealing"), (done, kelvin) =>
        {
            health.Check(kelvin);
            health.Keep();
            progress?.Invoke(new("annealing", (double)done / schedule.Stages, string.Create(CultureInfo.InvariantCulture,
                $"{kelvin:f0} K")));
        }, stop);
        if (!whole)
            return;
        for (int m = 0; m < dynamics.Replicas; m++)
            exchange.Bathe(m);
        double[] energies = [.. Enumerable.Range(0, dynamics.Replicas).Where(m => !health.Failed[m]).Select(exchange.TargetEnergy)];
        log(string.Create(CultureInfo.InvariantCulture,
            $"annealed: potential energies {energies.DefaultIfEmpty(double.NaN).Min():f1} to {energies.DefaultIfEmpty(double.NaN).Max():f1} kJ/mol"));
    }
}
