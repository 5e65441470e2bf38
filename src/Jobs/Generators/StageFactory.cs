using System.Globalization;
using MolSampling.Flows.Continuous;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Flows.Training.AnnealedSampling;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>Makes objectives of stages. Sources are shared by all stages that name them; owns what it made.</summary>
/// <param name="config">Settings.</param>
/// <param name="target">Counts its energies.</param>
/// <param name="data">[S, D] samples for training; null if there are none.</param>
internal sealed class StageFactory(TrainingConfig config, Target target, torch.Tensor? data) : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private ISampleSource? _data, _chains;

    /// <summary>Names of objectives.</summary>
    public static IReadOnlyList<string> Objectives { get; } = ["forward-kl", "bridged-kl", "reverse-kl", "two-sided", "temperature-ladder",
        "trust-region", "constrained-transport", "log-variance", "alpha-2", "fab", "flow-matching"];

    /// <exception cref="ArgumentException">An objective that there is not, or a source that is not set up.</exception>
    public TrainingStage Create(StageConfig stage) => new(stage.Objective, Objective(stage),
        new(stage.Steps, stage.Batch, stage.LearningRate, stage.LargestNorm));

    public void Dispose() => _owned.ForEach(o => o.Dispose());

    private IObjective Objective(StageConfig stage) =>
        stage.Entropy is { } entropy ? new WeightedSum(("loss", 1, Loss(stage)), ("entropy", entropy.Weight, Entropy(entropy)))
            : Loss(stage);

    private IObjective Loss(StageConfig stage) => stage.Objective switch
    {
        "forward-kl" => Forward(stage),
        "bridged-kl" => new BridgedForwardKl(Source(stage), Density(stage)),
        "reverse-kl" => Reverse(stage),
        "two-sided" => new WeightedSum(("forward", 1, Forward(stage)), ("reverse", stage.ReverseWeight, Reverse(stage))),
        "temperature-ladder" => Rounds(stage, new TemperatureRounds([.. stage.Ladder.Select(t => 1 / t), 1])),
        "trust-region" => Rounds(stage, new TrustRegion(stage.Trust)),
        "constrained-transport" => Rounds(stage, new ConstrainedTransport(stage.Trust, stage.EntropyLoss)),
        "log-variance" => new LogVariance(Density(stage), stage.Source is null ? null : Source(stage)),
        "alpha-2" => new AlphaTwo(Density(stage)),
        "fab" => Own(new FlowAnnealedBootstrap(Density(stage), target.Dimension, new(new()))),
        "flow-matching" => Own(new FlowMatching(Data(), target.Measure == TargetMeasure.CentreAtRest ? Pairing() : null)),
        _ => throw new ArgumentException($"No objective '{stage.Objective}': there are {string.Join(", ", Objectives)}."),
    };

    private LogDensityFunction Density(StageConfig stage) => stage.EnergyCap > 0 ? target.Capped(new(stage.EnergyCap)) : target.LogDensity;

    private ReactionCoordinateEntropy Entropy(EntropyConfig entropy)
    {
        if (BackboneAngles.Of(target, MolecularTargets.Molecule(config)) is { } backbone)
        {
            int angle = backbone.Names.ToList().IndexOf(entropy.Coordinate);
            return angle >= 0 ? new(q => backbone.Angles(q).select(1, angle), entropy.Bandwidth, 2 * Math.PI)
                : throw new ArgumentException($"{target.Name} has no coordinate '{entropy.Coordinate}': there are {string.Join(", ", backbone.Names)}.");
        }
        return target.Measure == TargetMeasure.Lebesgue && int.TryParse(entropy.Coordinate, NumberStyles.None, CultureInfo.InvariantCulture,
            out int column) && column < target.Dimension
            ? new(x => x.select(1, column), entropy.Bandwidth)
            : throw new ArgumentException($"{target.Name} has no coordinate '{entropy.Coordinate}': {(target.Measure == TargetMeasure.Lebesgue ? $"columns are 0 to {target.Dimension - 1}" : "particles have none")}.");
    }

    private ForwardKl Forward(StageConfig stage) => stage.PathShare > 0 ? new(Source(stage), Density(stage), stage.PathShare)
        : new(Source(stage));

    private ReverseKl Reverse(StageConfig stage) => new(stage.LeaveOut > 0 ? LeastEnergies.Of(Density(stage), stage.LeaveOut)
        : Density(stage), 1 / stage.Temperature);

    private ForwardKl Rounds(StageConfig stage, IAnnealing annealing) =>
        new(Own(new AnnealedReplay(Density(stage), target.Dimension, annealing, stage.RoundDraws, stage.RoundDraws, stage.RoundSteps)));

    private ParticlePairing Pairing()
    {
        int space = target.Dimension - target.DegreesOfFreedom;
        return new(target.Dimension / space, space);
    }

    private ISampleSource Source(StageConfig stage) => (stage.Source ?? (data is not null ? "data" : config.Chains is not null ? "chains"
        : "exact")) switch
    {
        "data" => _data ??= Own(new FixedSamples(Data())),
        "chains" => _chains ??= Own(new TemperedChains(target, Chains(config.Chains ?? new()))),
        "exact" => new ExactSamples(target),
        var other => throw new ArgumentException($"No source '{other}': there are data, chains, exact."),
    };

    private torch.Tensor Data() =>
        data ?? throw new ArgumentException("A stage takes samples of the target, but 'data' says from nowhere.");

    private static ChainSettings Chains(ChainsConfig c) => new(c.Walkers, c.Rungs, c.Hottest, c.Leapfrog, c.Moves, c.Adaptation,
        c.FlowMoves);

    private T Own<T>(T made) where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }
}
