using System.Globalization;
using MolSampling.Flows;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Storage;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Jobs.Running;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>Samples of a target that are made once, before training. Walkers are independent of each other: a tenth of them is kept for
/// judging.</summary>
/// <param name="Train">[S, D] float32.</param>
/// <param name="Held">[S', D] float32.</param>
/// <param name="EnergyCalls">That they took.</param>
internal sealed record TrainingData(Tensor Train, Tensor Held, long EnergyCalls) : IDisposable
{
    /// <summary>Draws the samples, and holds some out.</summary>
    /// <param name="training">How: its data; for tempered chains also its rungs, and its flow as their start.</param>
    /// <param name="target">Of these.</param>
    /// <param name="random">Of these samples.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Throws.</param>
    /// <exception cref="ArgumentException">A source that does not fit the target.</exception>
    public static TrainingData Make(TrainingConfig training, Target target, RandomSource random, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        DataConfig config = training.Data ?? throw new ArgumentException("A training without 'data'.");
        if (config.Walkers < 2 || config.Samples < config.Walkers)
            throw new ArgumentException($"{config.Samples} samples of {config.Walkers} walkers: at least two walkers, with a sample each.");
        long before = target.EnergyCalls, calls;
        int walkers = config.Walkers, rows = config.Samples / config.Walkers;
        Tensor all;
        switch (config.Source)
        {
            case "exact":
                all = target.Sample(rows * walkers, random) ?? throw new ArgumentException($"{target.Name} cannot be drawn from exactly.");
                calls = 0;
                break;
            case "chains":
                progress?.Invoke(new("chains", 0));
                using (var chains = new TargetChains(target, Start(target, walkers, random.Split("start")), random.Split("chains"), config.Leapfrog))
                {
                    chains.BurnIn(config.BurnIn);
                    all = chains.Draw(rows, config.Stride);
                }
                calls = target.EnergyCalls - before;
                break;
            case "tempered" when target is { Measure: TargetMeasure.Lebesgue } and not InternalCoordinateTarget:
                all = Tempered(training, config, target, rows, random, progress, cancellation);
                calls = target.EnergyCalls - before;
                break;
            case "engine" when target is InternalCoordinateTarget molecule:
                var sampling = new EngineSampling(config.Highest, walkers, rows, config.Stride, config.BurnIn, config.Leapfrog,
                    Gradients: false);
                using (EngineSamples samples = sampling.Run(MolecularTargets.Molecule(training)!, molecule, random, progress, cancellation))
                {
                    cancellation.ThrowIfCancellationRequested();
                    (all, walkers, calls) = (samples.Q.clone(), samples.Ladders, samples.EnergyCalls);
                }
                break;
            case "engine" when MolecularTargets.Crystal(training.Target) is { } crystal:
                using (CrystalSamples samples = new CrystalSampling(walkers, rows, config.Stride, config.BurnIn, config.Leapfrog)
                    .Run(crystal, [crystal.Temperature], random, progress, cancellation))
                    (all, calls) = (samples.Coordinates[0].clone(), samples.EnergyCalls);
                break;
            default:
                throw new ArgumentException($"No samples of {target.Name} come from '{config.Source}': exact, chains, tempered, "
                    + "or for molecules and crystals engine.");
        }
        int held = (walkers + 9) / 10;
        Tensor byWalker = all.to(ScalarType.Float32).reshape(-1, walkers, target.Dimension);
        Tensor Part(int first, int count) => byWalker.narrow(1, first, count).reshape(-1,
            target.Dimension).contiguous().MoveToOuterDisposeScope();
        return new(Part(0, walkers - held), Part(walkers - held, held), calls);
    }

    public void Write(string path) => SafeTensors.Write(path, [KeyValuePair.Create("train", Train), KeyValuePair.Create("held", Held)],
        new Dictionary<string, string> { ["energyCalls"] = EnergyCalls.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">The file is broken or holds something else.</exception>
    public static TrainingData Read(string path)
    {
        (Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata) = SafeTensors.Read(path);
        return tensors.TryGetValue("held", out Tensor? held) && long.TryParse(metadata.GetValueOrDefault("energyCalls"),
            CultureInfo.InvariantCulture, out long calls)
            ? new(tensors.GetValueOrDefault("train") ?? held.narrow(0, 0, 0), held, calls)
            : throw new InvalidDataException($"{path}: not the samples of a training.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Held.Dispose();
    }

    /// <summary>[rows walkers, D], row by row.</summary>
    private static Tensor Tempered(TrainingConfig training, DataConfig config, Target target, int rows, RandomSource random,
        Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        ChainsConfig ladder = training.Chains ?? new();
        using NormalizingFlow untrained = FlowFactory.Create(training.Flow, target, training.Seed, null);
        using var chains = new TemperedChains(target, new(config.Walkers, ladder.Rungs, ladder.Hottest, config.Leapfrog, Adaptation: config.BurnIn, FlowMoves: false));
        var all = new Tensor[rows];
        for (int row = 0, step = 0; row < rows; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int end = config.BurnIn + (row + 1) * config.Stride; step < end; step++)
                chains.Walk(untrained, random.Split(step));
            all[row] = chains.Walkers.clone();
            progress?.Invoke(new("chains", (row + 1.0) / rows));
        }
        return cat(all);
    }

    /// <summary>Normal numbers around 0, wide enough that particles do not overlap often; walkers without a finite density are drawn
    /// again.</summary>
    private static Tensor Start(Target target, int walkers, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        using var normal = new StandardNormal(target.Dimension);
        normal.To(ScalarType.Float64);
        Tensor start = zeros(walkers, target.Dimension, dtype: ScalarType.Float64), missing = ones(walkers, dtype: ScalarType.Bool);
        for (int attempt = 0; missing.any().item<bool>(); attempt++)
        {
            if (attempt == 100)
                throw new InvalidOperationException($"{target.Name} has no finite density at random places.");
            start = where(missing.unsqueeze(1), normal.Sample(walkers, random), start);
            missing = isfinite(target.LogDensity(start)).logical_not();
        }
        return start.MoveToOuterDisposeScope();
    }
}
