using MolSampling.Flows.Training;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>Trains a learned path by Adam. As in <see cref="FlowTrainer"/>, what a step draws is a function of (random, step), so a
/// training continued from a checkpoint is the one that was never interrupted, to the bit.</summary>
public sealed class PathTrainer : IDisposable
{
    private readonly LearnedPath _path;
    private readonly TargetScoreMatching _objective;
    private readonly TrainingSettings _settings;
    private readonly RandomSource _random;
    private readonly Adam _adam;

    /// <param name="path">Not owned.</param>
    /// <param name="objective">Not owned.</param>
    /// <param name="settings">Steps, batch, rate.</param>
    /// <param name="random">Of the whole training.</param>
    public PathTrainer(LearnedPath path, TargetScoreMatching objective, TrainingSettings settings, RandomSource random) =>
        (_path, _objective, _settings, _random, _adam) = (path, objective, settings, random, new(path));

    /// <summary>Where it stands.</summary>
    public TrainingProgress Progress { get; private set; }

    /// <summary>Steps refused because a gradient was not finite.</summary>
    public long Refused => _adam.Refused;

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file does not fit.</exception>
    public void Resume(string file) => Progress = TrainingCheckpoint.Read(file, _path, _adam, _random);

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    public void Save(string file) => TrainingCheckpoint.Write(file, _path, _adam, Progress, _random);

    /// <summary>Trains up to a step.</summary>
    /// <param name="until">Step to stop at; the end if left out.</param>
    /// <param name="report">Called after every step.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="OperationCanceledException">Cancelled; progress and weights are those of the last whole step.</exception>
    public void Run(long? until = null, Action<TrainingStep>? report = null, CancellationToken cancellation = default)
    {
        for (long end = Math.Min(until ?? _settings.Steps, _settings.Steps); Progress.Step < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            _adam.LearningRate = _settings.RateAt(Progress.Step);
            ObjectiveValue value = _objective.Evaluate(_path, _settings.Batch, _random.Split(Progress.Step));
            double norm = _adam.Step(value.Loss, _settings.LargestNorm);
            Progress = new(Progress.Step + 1, Progress.EnergyCalls + value.EnergyCalls);
            report?.Invoke(new("score matching", Progress.Step, value.Loss.item<double>(), norm, _adam.LearningRate, Progress.EnergyCalls,
                value.LeftOut, _settings.Batch, null));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _adam.Dispose();
}
