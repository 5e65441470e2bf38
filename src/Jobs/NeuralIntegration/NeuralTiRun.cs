using System.Globalization;
using System.Text.Json;
using MolSampling.Flows.Interpolation;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Flows.Training;
using MolSampling.Jobs.Reports;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Samplers;
using TorchSharp;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>
/// A neural thermodynamic integration in a directory: config.json, ends.safetensors (samples of both states), checkpoint.safetensors,
/// metrics.csv, model.safetensors (the learned path), works.safetensors, windows.safetensors, standard.safetensors (the usual windows, for
/// comparison). A stage whose file is there is done, and what a stage does follows from settings and seed alone, so a run that was killed
/// anywhere goes on and ends with the bytes of one that was not.
/// </summary>
public sealed class NeuralTiRun
{
    /// <summary>Name of the settings' file.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Name of the learned path's file.</summary>
    public const string ModelFile = "model.safetensors";

    private const string Command = "neural-ti", Instead = "the same settings go on with it, ", EndsFile = "ends0.safetensors",
        OtherEndFile = "ends1.safetensors",
        CheckpointFile = "checkpoint.safetensors", MetricsFile = "metrics.csv", WorksFile = "works.safetensors",
        WindowsFile = "windows.safetensors", StandardFile = "standard.safetensors", ReportFile = "report.html",
        ResultFile = "result.json";

    private const int CheckpointEvery = 100, PlainGroups = 8, PilotWalkers = 16, MostRefused = 50;
    private const double FirstStepSize = 0.05, PlacementFloor = 0.3;

    private static readonly string[] s_files = [ConfigFile, EndsFile, OtherEndFile, CheckpointFile, MetricsFile, ModelFile, WorksFile,
        WindowsFile, StandardFile, OutputFolder.LockFile, ReportFile, ResultFile];

    private static readonly JsonSerializerOptions s_json = new(ReportJson.Options) { WriteIndented = true };

    private readonly string _directory;
    private readonly RandomSource _random;
    private readonly int _threads;

    private NeuralTiRun(NeuralTiConfig config, string directory, int threads)
    {
        (Config, _directory, _threads, _random) = (config, directory, threads, new(config.Seed));
        States = EndStatesCatalogue.Create(config.System);
        config.Check(States.Dimension);
        TorchRuntime.EnsureLoaded();
        CreatePath().Dispose(); // a network that does not fit is told before anything is written
    }

    /// <summary>The settings.</summary>
    public NeuralTiConfig Config { get; }

    /// <summary>U_0 and U_1.</summary>
    public EndStates States { get; }

    /// <summary>Begins in a new directory, or goes on in one of the same settings.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="directory">New, empty, or of the same run.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="overwrite">Whether an earlier run in it is removed.</param>
    /// <exception cref="ArgumentException">Settings that make no run, or a directory that holds another.</exception>
    public static NeuralTiRun Open(NeuralTiConfig config, string directory, int threads = 0, bool overwrite = false)
    {
        var run = new NeuralTiRun(config, directory, threads);
        string file = Path.Combine(directory, ConfigFile);
        if (!overwrite && File.Exists(file) && File.ReadAllText(file) == config.ToJson() + "\n")
            return run;
        OutputFolder.ThrowIfTaken(directory, Command, overwrite, Instead);
        OutputFolder.ThrowIfHeld(directory);
        OutputFolder.Claim(directory, Command, s_files, overwrite, Instead);
        using var pending = new PendingFile(file);
        using (var writer = new StreamWriter(pending.Stream, leaveOpen: true))
            writer.Write(config.ToJson() + "\n");
        pending.Keep();
        return run;
    }

    /// <summary>Does what is not done yet.</summary>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Stops between two steps; what was done since the last checkpoint is done again.</param>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="InvalidOperationException">The training does not stay finite.</exception>
    /// <exception cref="IOException">Another process works in the directory.</exception>
    public NeuralTiResult Run(Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        using FileStream held = OutputFolder.Hold(_directory);
        PathWindows[] ends = [End(0, progress, cancellation), End(1, progress, cancellation)];
        using LearnedPath path = CreatePath();
        (IReadOnlyList<PathMetrics> metrics, TrainingCalls calls) = Train(path, ends, progress, cancellation);
        progress?.Invoke(new("plain integral", 0));
        (PlainIntegral plain, long plainCalls) = Plain(path, ends);
        var potential = new PathPotential(path);
        PathSwitching works = Stage(WorksFile, PathFiles.ReadSwitching, PathFiles.Write, () => Switch(potential, plain, ends, progress,
            cancellation));
        double[] times = WindowTimes(works.Times);
        CertificateConfig c = Config.Certificate;
        PathWindows windows = Stage(WindowsFile, PathFiles.ReadWindows, PathFiles.Write, () => Sampler(potential).Windows(works.Starts,
            times, WindowTimes(works.StepSizes), c.BurnIn, c.Draws, c.Every, _random.Split("windows"),
            progress: f => progress?.Invoke(new("windows of the learned path", f)), cancellation: cancellation));
        PathWindows? standard = Config.Standard is null ? null : Stage(StandardFile, PathFiles.ReadWindows, PathFiles.Write,
            () => Standard(progress, cancellation));
        progress?.Invoke(new("estimates", 0));
        calls = calls with { Ends = ends.Sum(e => e.Evaluations), Plain = plainCalls };
        return new NeuralTiResult(this, path, metrics, calls, plain, works, windows, standard);
    }

    /// <summary>Writes result.json and report.html.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(NeuralTiResult result)
    {
        object document = result.Document();
        using (var file = new PendingFile(Path.Combine(_directory, ResultFile)))
        {
            JsonSerializer.Serialize(file.Stream, document, s_json);
            file.Keep();
        }
        ReportTemplate.WriteCharts(Path.Combine(_directory, ReportFile), Command, "neural thermodynamic integration",
            JsonSerializer.Serialize(document, ReportJson.Options));
    }

    private LearnedPath CreatePath() => LearnedPath.Create(States, Config.Network, _random.Split("weights"));

    private PathSampler Sampler(Potential potential) => new(potential, 1, Config.Ends.LeapfrogSteps, _threads);

    /// <summary>What was sampled before, or is sampled now. Files are sealed with what they follow from, so nothing that is damaged or of
    /// another run enters an estimate.</summary>
    private T Stage<T>(string file, Func<string, string, T> read, Action<string, T, string> write, Func<T> make)
    {
        string path = Path.Combine(_directory, file), run = $"{file} {States.Fingerprint()} {Config.ToJson()}";
        if (File.Exists(path))
            return read(path, run);
        T made = make();
        write(path, made, run);
        return made;
    }

    private float[] Starts(int count, RandomSource random) => [.. Enumerable.Range(0, count).SelectMany(n =>
        States.Start(random.Split(n))).Select(x => (float)x)];

    /// <summary>Samples of an end, walker by walker: exact draws where there are any, else chains.</summary>
    private PathWindows End(int end, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        EndSamplesConfig e = Config.Ends;
        return Stage(end == 0 ? EndsFile : OtherEndFile, PathFiles.ReadWindows, PathFiles.Write, () =>
        {
            RandomSource random = _random.Split("ends").Split(end);
            using (torch.Tensor? exact = States.Sample(end, e.Walkers * e.Draws, random))
                if (exact is not null)
                    return new([end], e.Walkers, e.Draws, [], [.. exact.to(torch.ScalarType.Float32).data<float>()], [FirstStepSize], 1, 0,
                        0);
            return Sampler(States.StandardPath()).Windows(Starts(e.Walkers, random.Split("starts")), [end], [FirstStepSize], e.BurnIn,
                e.Draws, e.Every, random.Split("chains"), crossed: false, f => progress?.Invoke(new($"samples of state {end}", f)),
                cancellation);
        });
    }

    /// <summary>[S, D] of some walkers.</summary>
    private torch.Tensor Samples(PathWindows end, int from, int to)
    {
        int each = end.Draws * States.Dimension;
        return torch.tensor(end.Positions[(from * each)..(to * each)], [(to - from) * end.Draws, States.Dimension]);
    }

    private (IReadOnlyList<PathMetrics> Metrics, TrainingCalls Calls) Train(LearnedPath path, PathWindows[] ends,
        Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        PathTrainingConfig t = Config.Training;
        var settings = new TrainingSettings(t.Steps, t.Batch, t.LearningRate);
        int half = Config.Ends.Walkers / 2;
        using torch.Tensor samples0 = Samples(ends[0], 0, half), samples1 = Samples(ends[1], 0, half);
        using var objective = new TargetScoreMatching(path, samples0, samples1, new(t.MiddleWeight, t.Variance));
        using var trainer = new PathTrainer(path, objective, settings, _random.Split("training"));
        string checkpoint = Path.Combine(_directory, CheckpointFile), model = Path.Combine(_directory, ModelFile);
        if (File.Exists(checkpoint))
            trainer.Resume(checkpoint);
        var metrics = new PathMetricsFile(Path.Combine(_directory, MetricsFile), trainer.Progress.Step);
        while (trainer.Progress.Step < t.Steps)
        {
            (double loss, long leftOut, int steps, TrainingStep last) = (0, 0, 0, default);
            // a stop loses the steps since the last checkpoint: rows of metrics are of whole intervals, stopped or not
            trainer.Run((trainer.Progress.Step / CheckpointEvery + 1) * CheckpointEvery, step =>
            {
                (loss, leftOut, steps, last) = (loss + step.Loss, leftOut + step.LeftOut, steps + 1, step);
                progress?.Invoke(new("training", (double)step.Step / t.Steps, string.Create(CultureInfo.InvariantCulture,
                    $"loss {step.Loss:g4}")));
                if (trainer.Refused > MostRefused)
                    throw new InvalidOperationException(
                        $"{trainer.Refused} of {step.Step} training steps had a gradient that is not finite: a "
                        + "lower learning rate, or states that are nearer to each other, may help");
            }, cancellation);
            metrics.Add(new(trainer.Progress.Step, loss / Math.Max(1, steps), last.GradientNorm, last.LearningRate, leftOut,
                trainer.Progress.EnergyCalls));
            trainer.Save(checkpoint);
        }
        TrainingCheckpoint.Write(model, path, new Dictionary<string, string> { ["system"] = States.Name,
            ["fingerprint"] = States.Fingerprint(), ["version"] = Provenance.CurrentVersion }); // again: a file that is there may be torn
        return (metrics.Rows, new(0, objective.PreparationCalls, trainer.Progress.EnergyCalls, 0, trainer.Refused));
    }

    private (PlainIntegral Integral, long Calls) Plain(LearnedPath path, PathWindows[] ends)
    {
        int half = Config.Ends.Walkers / 2, groups = Math.Min(PlainGroups, Config.Ends.Walkers - half), batch = 200;
        TargetScoreMatching[] held = [.. Enumerable.Range(0, groups).Select(g =>
        {
            int from = half + g * (Config.Ends.Walkers - half) / groups, to = half + (g + 1) * (Config.Ends.Walkers - half) / groups;
            using torch.Tensor samples0 = Samples(ends[0], from, to), samples1 = Samples(ends[1], from, to);
            return new TargetScoreMatching(path, samples0, samples1, new());
        })];
        int pairs = Math.Max(batch, (int)(held[0].PreparationCalls / 2) / batch * batch);
        PlainIntegral plain = PlainIntegral.Of(path, held, pairs, batch, _random.Split("plain"));
        Array.ForEach(held, h => h.Dispose());
        return (plain, plain.EnergyCalls);
    }

    /// <summary>Times of the path, denser where dU/dt scatters more.</summary>
    private static double[] Place(PlainIntegral plain, int intervals)
    {
        double mean = plain.Deviations.Where(double.IsFinite).DefaultIfEmpty(1).Average();
        double[] density = [.. plain.Deviations.Select(d => (double.IsFinite(d) ? Math.Min(d, 4 * mean) : mean) + PlacementFloor * mean)];
        double total = density.Sum();
        double[] times = new double[intervals + 1];
        for (int k = 1, bin = 0; k < intervals; k++)
        {
            double wanted = total * k / intervals, before = density[..bin].Sum();
            while (before + density[bin] < wanted)
                before += density[bin++];
            times[k] = (bin + (wanted - before) / density[bin]) / density.Length;
        }
        times[^1] = 1;
        return times;
    }

    private int StepsAWindow => (Config.Certificate.SwitchingSteps + Config.Certificate.Windows - 2) / (Config.Certificate.Windows - 1);

    private double[] WindowTimes(double[] ofSwitching) => [.. ofSwitching.Where((_, s) => s % StepsAWindow == 0)];

    private PathSwitching Switch(PathPotential potential, PlainIntegral plain, PathWindows[] ends, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        CertificateConfig c = Config.Certificate;
        RandomSource random = _random.Split("works");
        double[] times = Place(plain, StepsAWindow * (c.Windows - 1));
        int size = States.Dimension;
        PathSampler sampler = Sampler(potential);
        double[] steps = sampler.StepSizes(Held(ends[0], PilotWalkers), times, FirstStepSize, random.Split("pilot"), out long calls);
        int[] keep = [.. Enumerable.Range(0, times.Length).Where(s => s % StepsAWindow == 0)];
        PathWorks[] ways = [.. Enumerable.Range(0, 2).Select(way => way == 1).Select(backward => sampler.Switch(
            Held(ends[backward ? 1 : 0], c.Works), times, steps, 1, backward, random.Split(backward ? "backward" : "forward"), keep,
            f => progress?.Invoke(new(backward ? "works from state 1" : "works from state 0", f)), cancellation))];
        float[] starts = new float[c.Sets * c.Windows * size];
        for (int m = 0; m < c.Sets; m++)
            for (int k = 0; k < c.Windows; k++)
                ways[m % 2].Kept[keep[k]].AsSpan(m / 2 * c.Works / c.Sets * 2 % c.Works * size, size)
                    .CopyTo(starts.AsSpan((m * c.Windows + k) * size));
        return new(times, steps, ways[0].Works, ways[1].Works, starts, calls + ways.Sum(w => w.Evaluations), ways.Sum(w => w.NonFinite));
    }

    /// <summary>Configurations of walkers that training has not seen, walker by walker, as far apart as there are.</summary>
    private float[] Held(PathWindows end, int count)
    {
        int size = States.Dimension, half = Config.Ends.Walkers / 2, first = half * end.Draws,
            there = (Config.Ends.Walkers - half) * end.Draws;
        float[] all = new float[count * size];
        for (int n = 0; n < count; n++)
            end.Positions.AsSpan((first + (int)((long)n * there / count)) * size, size).CopyTo(all.AsSpan(n * size));
        return all;
    }

    private PathWindows Standard(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        StandardWindowsConfig s = Config.Standard!;
        RandomSource random = _random.Split("standard");
        double[] lambdas = [.. Enumerable.Range(0, s.Windows).Select(k => k / (s.Windows - 1.0))];
        return Sampler(States.StandardPath()).Windows(Starts(s.Windows * s.Sets, random.Split("starts")), lambdas,
            [.. lambdas.Select(_ => FirstStepSize)], s.BurnIn, s.Draws, s.Every, random.Split("chains"),
            progress: f => progress?.Invoke(new("usual windows", f)), cancellation: cancellation);
    }
}

/// <summary>Energies by stage.</summary>
/// <param name="Ends">Samples of both states.</param>
/// <param name="Preparation">Slopes of the samples.</param>
/// <param name="Training">Interpolated pairs.</param>
/// <param name="Plain">Held-out pairs of the plain integral.</param>
/// <param name="Refused">Training steps that were refused.</param>
public sealed record TrainingCalls(long Ends, long Preparation, long Training, long Plain, long Refused);
