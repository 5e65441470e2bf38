using MolSampling.Flows.Storage;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Settings of a training.</summary>
/// <param name="Steps">Of the optimiser.</param>
/// <param name="Batch">Samples a step.</param>
/// <param name="LearningRate">At its largest: it rises over the first hundredth of the steps and falls to zero along a cosine.</param>
/// <param name="LargestNorm">Longer gradients are shortened to this.</param>
public sealed record TrainingSettings(int Steps, int Batch = 512, double LearningRate = 1e-3, double LargestNorm = 10);

/// <summary>A step of training.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Of this step.</param>
/// <param name="GradientNorm">Before shortening.</param>
/// <param name="EnergyCalls">Since the beginning.</param>
/// <param name="LeftOut">Samples of this step that were not finite.</param>
public readonly record struct TrainingStep(long Step, double Loss, double GradientNorm, long EnergyCalls, long LeftOut);

/// <summary>
/// Trains a flow by Adam. What a step draws is a function of (random, step), and the state is weights, moments and counters, so that a training continued from a checkpoint is the training that was never interrupted, to the bit.
/// </summary>
public sealed class FlowTrainer : IDisposable
{
    private readonly NormalizingFlow _flow;
    private readonly IObjective _objective;
    private readonly TrainingSettings _settings;
    private readonly RandomSource _random;
    private readonly Adam _adam;
    private long _step, _energyCalls;

    /// <summary>Begins a training.</summary>
    /// <param name="flow">Not owned.</param>
    /// <param name="objective">Not owned.</param>
    /// <param name="settings">Steps, batch, rate.</param>
    /// <param name="random">Of the whole training.</param>
    public FlowTrainer(NormalizingFlow flow, IObjective objective, TrainingSettings settings, RandomSource random) =>
        (_flow, _objective, _settings, _random, _adam) = (flow, objective, settings, random, new Adam(flow, settings.LearningRate));

    /// <summary>Where it stands.</summary>
    public TrainingProgress Progress => new(_step, _energyCalls);

    /// <summary>Steps refused because a gradient was not finite.</summary>
    public long Refused => _adam.Refused;

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="path">Written by <see cref="Save"/> with the same flow, settings and random source.</param>
    /// <exception cref="InvalidDataException">The file does not fit.</exception>
    public void Resume(string path) => (_step, _energyCalls) = Checkpoint.Read(path, _flow, _adam, _random, _objective.State) is var p ? (p.Step, p.EnergyCalls) : default;

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    public void Save(string path) => Checkpoint.Write(path, _flow, _adam, Progress, _random, _objective.State);

    /// <summary>Trains up to a step.</summary>
    /// <param name="until">Step to stop at; the end if left out.</param>
    /// <param name="report">Called after every step.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Run(long? until = null, Action<TrainingStep>? report = null, CancellationToken cancellation = default)
    {
        for (long end = Math.Min(until ?? _settings.Steps, _settings.Steps); _step < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            _adam.LearningRate = Rate(_step);
            ObjectiveValue value = _objective.Evaluate(_flow, _settings.Batch, _random.Split(_step));
            double norm = _adam.Step(value.Loss, _settings.LargestNorm);
            _energyCalls += value.EnergyCalls;
            _step++;
            report?.Invoke(new(_step, value.Loss.item<double>(), norm, _energyCalls, value.LeftOut));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _adam.Dispose();

    private double Rate(long step)
    {
        double warm = Math.Max(1, _settings.Steps / 100.0);
        return _settings.LearningRate * Math.Min(1, (step + 1) / warm) * 0.5 * (1 + Math.Cos(Math.PI * step / _settings.Steps));
    }
}
