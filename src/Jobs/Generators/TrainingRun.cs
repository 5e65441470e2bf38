using System.Diagnostics;
using System.Globalization;
using MolSampling.Flows;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>How a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps are done.</summary>
    Done,

    /// <summary>Stopped from outside after a checkpoint: it goes on with resume.</summary>
    Stopped,

    /// <summary>The budget of energy calls is spent.</summary>
    BudgetSpent,

    /// <summary>No better judgement for as many as the settings' patience.</summary>
    NoBetter,
}

/// <summary>
/// A training in a directory: config.json, data.safetensors (samples made before), checkpoint.safetensors, metrics.csv, model.safetensors
/// (the best weights so far, with target, fingerprint and provenance). Every file appears whole or not at all; a training killed anywhere
/// goes on from its last checkpoint and ends with the bytes of one that was never stopped.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private const int RowsAJudgement = 5;
    private const string CheckpointName = "checkpoint.safetensors", MetricsName = "metrics.csv";
    private const double CheckpointSeconds = 120;

    private static readonly string[] s_files = [TrainedFlow.ConfigFile, TrainedFlow.DataFile, TrainedFlow.ModelFile, CheckpointName,
        MetricsName, OutputFolder.LockFile];

    private readonly TrainingConfig _config;
    private readonly string _directory;
    private readonly RandomSource _random;
    private readonly bool _resume;
    private NormalizingFlow? _flow;

    private TrainingRun(TrainingConfig config, string directory, bool resume)
    {
        (_config, _directory, _random, _resume) = (config, directory, new(config.Seed), resume);
        Target = MolecularTargets.Create(config);
        if (config.Stages.Count == 0 || config.Stages.Any(s => s.Steps < 1 || s.Batch < 1) || config.JudgeEvery < 1
            || config.JudgeSamples < 2)
            throw new ArgumentException("A training has at least one stage with at least one step and sample, and judges at least two samples.");
        if (config.Stages.FirstOrDefault(s => !StageFactory.Objectives.Contains(s.Objective)) is { } wrong)
            throw new ArgumentException($"No objective '{wrong.Objective}': there are {string.Join(", ", StageFactory.Objectives)}.");
        TrainingMemory.Require(config, Target);
        TorchRuntime.EnsureLoaded();
        FlowFactory.Create(config.Flow, Target, config.Seed, null).Dispose(); // a wrong shape is told before anything is written
    }

    /// <summary>What is learned.</summary>
    public Target Target { get; }

    /// <summary>The last judgement; null before the first.</summary>
    public FlowFigures? Figures { get; private set; }

    /// <summary>All energy calls so far: samples made before, training, judging.</summary>
    public long EnergyCalls { get; private set; }

    /// <summary>Begins in a new directory.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="directory">New or empty.</param>
    /// <param name="overwrite">Whether an earlier training in it is removed.</param>
    /// <exception cref="ArgumentException">Settings that make no training, or a directory that holds one.</exception>
    public static TrainingRun Start(TrainingConfig config, string directory, bool overwrite = false)
    {
        config = config with { System = config.System?.Rooted() };
        var run = new TrainingRun(config, directory, false);
        OutputFolder.ThrowIfHeld(directory);
        run.Target.Verify();
        OutputFolder.Claim(directory, "train", s_files, overwrite, $"go on with --resume --output {directory}, ");
        File.WriteAllText(Path.Combine(directory, TrainedFlow.ConfigFile), config.ToJson() + "\n");
        return run;
    }

    /// <summary>Goes on in a directory.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no training.</exception>
    /// <exception cref="MoleculeFormatException">Its settings cannot be read.</exception>
    public static TrainingRun Resume(string directory)
    {
        string config = Path.Combine(directory, TrainedFlow.ConfigFile);
        var run = new TrainingRun(File.Exists(config) ? TrainingConfig.Read(config)
            : throw new DirectoryNotFoundException($"{directory}: no training is there ({TrainedFlow.ConfigFile})."), directory, true);
        run.Target.Verify();
        return run;
    }

    /// <summary>Trains to the end, the budget, or cancellation.</summary>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <exception cref="IOException">Another process trains in the directory.</exception>
    public TrainingEnd Run(Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        using FileStream held = OutputFolder.Hold(_directory);
        using TrainingData? data = Data(progress, cancellation);
        if (data is null && _config.Data is not null)
            return TrainingEnd.Stopped;
        using NormalizingFlow flow = _flow = FlowFactory.Create(_config.Flow, Target, _config.Seed, data?.Train);
        using var stages = new StageFactory(_config, Target, data?.Train);
        using var trainer = new FlowTrainer(flow, [.. _config.Stages.Select(stages.Create)], _random.Split("training"));
        string checkpoint = Path.Combine(_directory, CheckpointName);
        if (File.Exists(checkpoint))
            trainer.Resume(_resume ? checkpoint
                : throw new IOException($"{checkpoint} appeared after this training had begun: another process trains in {_directory}."));
        var metrics = new TrainingMetrics(Path.Combine(_directory, MetricsName), trainer.Progress.Step);
        Figures = metrics.Rows.LastOrDefault(r => r.Judged is not null)?.Judged;
        using torch.Tensor? judges = Held(data);
        return Loop(trainer, metrics, judges, data?.EnergyCalls ?? 0, checkpoint, progress, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _flow?.Dispose();

    private TrainingEnd Loop(FlowTrainer trainer, TrainingMetrics metrics, torch.Tensor? held, long dataCalls, string checkpoint,
        Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        double before = metrics.Rows.Count > 0 ? metrics.Rows[^1].Seconds : 0, saved = 0;
        int rowEvery = Math.Max(1, _config.JudgeEvery / RowsAJudgement);
        long samples = 0;
        while (trainer.Progress.Step < trainer.Steps)
        {
            (double loss, int steps, long leftOut, TrainingStep last) = (0, 0, 0, default);
            try
            {
                trainer.Run((trainer.Progress.Step / rowEvery + 1) * rowEvery, step =>
                {
                    (loss, steps, leftOut, last) = (loss + step.Loss, steps + 1, leftOut + step.LeftOut, step);
                    samples += step.Batch;
                    if (steps % 10 == 0)
                        Tell(progress, trainer, last, samples / clock.Elapsed.TotalSeconds);
                }, cancellation);
            }
            catch (OperationCanceledException)
            {
                trainer.Save(checkpoint);
                return TrainingEnd.Stopped;
            }
            long step = trainer.Progress.Step;
            bool judge = step % _config.JudgeEvery == 0 || step == trainer.Steps;
            double best = metrics.Best;
            FlowFigures? figures = judge ? Judge(held) : null;
            long judgements = metrics.Rows.Count(r => r.Judged is not null) + (judge ? 1 : 0);
            EnergyCalls = dataCalls + trainer.Progress.EnergyCalls + judgements * (_config.JudgeSamples + (held?.shape[0] ?? 0));
            if (figures is not null)
            {
                Figures = figures;
                if (figures.Badness < best || !File.Exists(Path.Combine(_directory, TrainedFlow.ModelFile)))
                    WriteModel(step);
            }
            metrics.Add(new(step, last.Stage, loss / Math.Max(1, steps), last.GradientNorm, last.LearningRate, EnergyCalls, leftOut,
                before + clock.Elapsed.TotalSeconds, figures));
            bool spent = _config.Budget > 0 && EnergyCalls >= _config.Budget, givenUp = _config.Patience > 0
                && metrics.JudgementsSinceBest >= _config.Patience;
            if (judge || spent || clock.Elapsed.TotalSeconds > saved + CheckpointSeconds)
            {
                trainer.Save(checkpoint);
                saved = clock.Elapsed.TotalSeconds;
            }
            Tell(progress, trainer, last, samples / clock.Elapsed.TotalSeconds);
            if (spent || givenUp)
                return spent ? TrainingEnd.BudgetSpent : TrainingEnd.NoBetter;
        }
        return TrainingEnd.Done;
    }

    private void Tell(Action<TaskProgress>? progress, FlowTrainer trainer, TrainingStep step, double rate)
    {
        if (progress is null)
            return;
        string judged = Figures is { } f ? string.Create(CultureInfo.InvariantCulture,
            $", ESS {100 * f.ReverseEss:f1} %{(f.ForwardEss is { } forward ? $" / {100 * forward:f1} %" : "")}") : "";
        string accepted = step.Acceptance is { } share ? string.Create(CultureInfo.InvariantCulture,
            $", {100 * share:f0} % of moves accepted") : "";
        progress(new("training", (double)step.Step / trainer.Steps, string.Create(CultureInfo.InvariantCulture,
            $"{step.Stage}: loss {step.Loss:g6}{judged}{accepted}, {rate:n0} samples/s")));
    }

    private FlowFigures Judge(torch.Tensor? held) => FlowFigures.Of(FlowEvaluation.Of(_flow!, Target.LogDensity, _config.JudgeSamples,
        _random.Split("judge"), held));

    private TrainingData? Data(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        if (_config.Data is null)
            return null;
        string path = Path.Combine(_directory, TrainedFlow.DataFile);
        if (File.Exists(path))
            return TrainingData.Read(path);
        try
        {
            TrainingData made = TrainingData.Make(_config, Target, _random.Split("data"), progress, cancellation);
            made.Write(path);
            return made;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private torch.Tensor? Held(TrainingData? data)
    {
        if (Target.Sample(_config.JudgeSamples, _random.Split("held")) is { } exact)
            return exact.to(torch.ScalarType.Float32);
        if (data is null)
            return null;
        long[] rows = new long[Math.Min(_config.JudgeSamples, data.Held.shape[0])];
        for (int k = 0; k < rows.Length; k++)
            rows[k] = k * data.Held.shape[0] / rows.Length;
        using torch.Tensor index = torch.tensor(rows);
        return data.Held.index_select(0, index);
    }

    private void WriteModel(long step) => TrainingCheckpoint.Write(Path.Combine(_directory, TrainedFlow.ModelFile), _flow!,
        new Dictionary<string, string>
    {
        ["target"] = Target.Name,
        ["fingerprint"] = Target.Fingerprint(),
        ["config"] = _config.Fingerprint(),
        ["seed"] = _config.Seed.ToString(CultureInfo.InvariantCulture),
        ["step"] = step.ToString(CultureInfo.InvariantCulture),
        ["energyCalls"] = EnergyCalls.ToString(CultureInfo.InvariantCulture),
        ["version"] = Provenance.CurrentVersion,
    });
}
