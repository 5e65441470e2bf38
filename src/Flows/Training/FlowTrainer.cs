using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Settings of a stage of training.</summary>
/// <param name="Steps">Of the optimiser.</param>
/// <param name="Batch">Samples a step.</param>
/// <param name="LearningRate">At its largest: it rises over the first hundredth of the steps and falls to zero along a cosine.</param>
/// <param name="LargestNorm">Longer gradients are shortened to this.</param>
public sealed record TrainingSettings(int Steps, int Batch = 512, double LearningRate = 1e-3, double LargestNorm = 10)
{
    /// <summary>Of a step of the stage.</summary>
    internal double RateAt(long step)
    {
        double warm = Math.Max(1, Steps / 100.0);
        return LearningRate * Math.Min(1, (step + 1) / warm) * 0.5 * (1 + Math.Cos(Math.PI * step / Steps));
    }
}

/// <summary>One objective for some steps.</summary>
/// <param name="Name">For people.</param>
/// <param name="Objective">Not owned.</param>
/// <param name="Settings">Steps, batch, rate.</param>
public sealed record TrainingStage(string Name, IObjective Objective, TrainingSettings Settings);

/// <summary>A step of training.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Step">From 1, over all stages.</param>
/// <param name="Loss">Of this step.</param>
/// <param name="GradientNorm">Before shortening.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="EnergyCalls">Since the beginning.</param>
/// <param name="LeftOut">Samples of this step that were not finite.</param>
/// <param name="Batch">Samples of this step.</param>
/// <param name="Acceptance">Of Monte Carlo moves behind them, where there are any.</param>
public readonly record struct TrainingStep(string Stage, long Step, double Loss, double GradientNorm, double LearningRate, long EnergyCalls,
    long LeftOut, int Batch, double? Acceptance);

/// <summary>
/// Trains a flow by Adam, stage after stage. What a step draws is a function of (random, step), and the state is weights, moments, what
/// objectives remember, and counters, so that a training continued from a checkpoint is the training that was never interrupted, to the
/// bit.
/// </summary>
public sealed class FlowTrainer : IDisposable
{
    private readonly NormalizingFlow _flow;
    private readonly TrainingStage[] _stages;
    private readonly RandomSource _random;
    private readonly Adam _adam;
    private long _step, _energyCalls;

    /// <summary>Begins a training of one stage.</summary>
    /// <param name="flow">Not owned.</param>
    /// <param name="objective">Not owned.</param>
    /// <param name="settings">Steps, batch, rate.</param>
    /// <param name="random">Of the whole training.</param>
    public FlowTrainer(NormalizingFlow flow, IObjective objective, TrainingSettings settings, RandomSource random)
        : this(flow, [new("training", objective, settings)], random)
    {
    }

    /// <summary>Begins a training.</summary>
    /// <param name="flow">Not owned.</param>
    /// <param name="stages">In their order.</param>
    /// <param name="random">Of the whole training.</param>
    /// <exception cref="ArgumentException">No stage.</exception>
    public FlowTrainer(NormalizingFlow flow, IReadOnlyList<TrainingStage> stages, RandomSource random)
    {
        (_flow, _stages, _random) = (flow, [.. stages], random);
        if (_stages.Length == 0)
            throw new ArgumentException("A training has at least one stage.");
        _adam = new Adam(flow);
    }

    /// <summary>Where it stands.</summary>
    public TrainingProgress Progress => new(_step, _energyCalls);

    /// <summary>Steps of all stages.</summary>
    public long Steps => _stages.Sum(s => (long)s.Settings.Steps);

    /// <summary>Steps refused because a gradient was not finite.</summary>
    public long Refused => _adam.Refused;

    /// <summary>What objectives remember; what two stages share stands under the first.</summary>
    private IEnumerable<(string Name, Tensor Value)> Memory =>
        _stages.SelectMany((stage, k) => stage.Objective.State.Select(s => ($"{k}.{s.Name}", s.Value))).DistinctBy(s => s.Value,
            ReferenceEqualityComparer.Instance);

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="path">Written by <see cref="Save"/> with the same flow, stages and random source.</param>
    /// <exception cref="InvalidDataException">The file does not fit.</exception>
    public void Resume(string path) => (_step, _energyCalls) = TrainingCheckpoint.Read(path, _flow, _adam, _random, Memory) is var p
        ? (p.Step, p.EnergyCalls) : default;

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    public void Save(string path) => TrainingCheckpoint.Write(path, _flow, _adam, Progress, _random, Memory);

    /// <summary>Trains up to a step.</summary>
    /// <param name="until">Step to stop at; the end if left out.</param>
    /// <param name="report">Called after every step.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Run(long? until = null, Action<TrainingStep>? report = null, CancellationToken cancellation = default)
    {
        for (long end = Math.Min(until ?? Steps, Steps); _step < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            (TrainingStage stage, long within) = At(_step);
            _adam.LearningRate = stage.Settings.RateAt(within);
            ObjectiveValue value = stage.Objective.Evaluate(_flow, stage.Settings.Batch, _random.Split(_step));
            double norm = _adam.Step(value.Loss, stage.Settings.LargestNorm);
            _energyCalls += value.EnergyCalls;
            _step++;
            report?.Invoke(new(stage.Name, _step, value.Loss.item<double>(), norm, _adam.LearningRate, _energyCalls, value.LeftOut,
                stage.Settings.Batch,
                stage.Objective.Acceptance));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _adam.Dispose();

    private (TrainingStage Stage, long Within) At(long step)
    {
        int k = 0;
        for (; step >= _stages[k].Settings.Steps; k++)
            step -= _stages[k].Settings.Steps;
        return (_stages[k], step);
    }
}
