using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Timewarp;

namespace MolSampling.Examples;

/// <summary>Learns where butane is after four picoseconds, and samples it exactly by jumps to there.</summary>
internal static class JumpsInTime
{
    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("jumps-").FullName;
        try
        {
            string jumps = Path.Combine(folder, "jumps");
            TimewarpTraining training = TimewarpTraining.Start(new()
            {
                System = new() { Input = "CCCC", Temperature = 300 }, Lag = "4ps", Time = "40ps", Frame = "0.2ps",
                LadderSteps = 60, Epochs = 4,
            }, jumps);
            training.Run();
            TimewarpFigures figures = training.Figures!;
            Console.WriteLine(FormattableString.Invariant(
                $"{figures.Pairs} pairs, {100 * figures.Acceptance:f0} % of jumps accepted, {figures.JumpsPerSecond:f0} a second"));

            using var simulation = SimulationRun.Start(new()
            {
                Input = "CCCC", Replicas = 16, Integrator = "timewarp", Proposal = jumps, Time = "5ps", FrameInterval = "0.1ps",
                CheckpointInterval = "5ps",
            }, Path.Combine(folder, "run"));
            simulation.Run();
            Console.WriteLine($"the report: {Path.GetFileName(SimulationReport.Update(Path.Combine(folder, "run")))}");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
