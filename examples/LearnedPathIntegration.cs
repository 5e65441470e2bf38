using MolSampling.Flows.Interpolation;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Flows.Training;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Samplers;
using TorchSharp;

namespace MolSampling.Examples;

/// <summary>A path between two densities on the line is learned from samples of both; its plain integral of dU/dt stands beside MBAR over
/// the path's own windows and Crooks' theorem, which do not trust the learning. Argument: steps of training.</summary>
internal static class LearnedPathIntegration
{
    private const int Samples = 4000, Sets = 16, Works = 400;

    public static void Run(int steps)
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        var states = new MixturePair(); // a class of one's own derives from EndStates
        var random = new RandomSource(1);
        torch.Tensor Draws(int end, string use) => states.Sample(end, Samples, random.Split(use).Split(end));
        float[] Starts(int end, int count) => [.. Draws(end, "held").to(torch.ScalarType.Float32).data<float>().Take(count)];

        using LearnedPath path = LearnedPath.Create(states, new PathNetworkSettings(Width: 32), random.Split("weights"));
        using (var objective = new TargetScoreMatching(path, Draws(0, "train"), Draws(1, "train"), new(MiddleWeight: 0)))
        using (var trainer = new PathTrainer(path, objective, new(steps, Batch: 256, LearningRate: 5e-3), random.Split("training")))
            trainer.Run();
        using var held = new TargetScoreMatching(path, Draws(0, "held"), Draws(1, "held"), new());
        PlainIntegral plain = PlainIntegral.Of(path, [held], Samples, 200, random.Split("plain"));

        var sampler = new PathSampler(new PathPotential(path));
        double[] times = [.. Enumerable.Range(0, 8).Select(k => k / 7.0)], fine = [.. Enumerable.Range(0, 36).Select(k => k / 35.0)],
            sizes = sampler.StepSizes(Starts(0, 16), fine, 0.3, random.Split("pilot"), out long calls);
        PathWorks forward = sampler.Switch(Starts(0, Works), fine, sizes, 1, false, random.Split("forward")),
            backward = sampler.Switch(Starts(1, Works), fine, sizes, 1, true, random.Split("backward"));
        // windows begin with samples of either end, set by set
        float[] starts = [.. Enumerable.Range(0, Sets).SelectMany(m => Starts(m % 2, (m + 1) * 8).TakeLast(8))];
        PathWindows windows = sampler.Windows(starts, times, [.. times.Select((_, k) => sizes[5 * k])], 50, 50, 2, random.Split("windows"));

        var certificate = new PathCertificate(plain.Difference, WindowEstimate.Of(windows), new(forward.Works, backward.Works));
        Console.WriteLine($"{certificate.Verdict}: windows {certificate.Windows}, works {certificate.Works}, exact {-Math.Log(3):f4}");
        Console.WriteLine($"plain integral {plain.Difference.Value:f4}, off by {certificate.Bias}");
        calls += forward.Evaluations + backward.Evaluations + windows.Evaluations;
        Console.WriteLine($"energy calls after training: {calls}");
    }
}
