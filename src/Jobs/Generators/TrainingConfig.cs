using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Generators;

/// <summary>A training in one JSON file: the target, the flow, where samples come from, stages, seed.</summary>
public sealed record TrainingConfig
{
    private const string Kind = "training";

    /// <summary>A name of <c>molsampling targets</c>; with <see cref="System"/>, what that is called.</summary>
    public required string Target { get; init; }

    /// <summary>A molecule of one's own; null for the target of that name.</summary>
    public TrainingSystem? System { get; init; }

    /// <summary>All randomness follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The flow.</summary>
    public FlowConfig Flow { get; init; } = new();

    /// <summary>Samples of the target that are made or read before training; null if no stage needs them.</summary>
    public DataConfig? Data { get; init; }

    /// <summary>Chains that walk while the flow is trained; null if no stage needs them.</summary>
    public ChainsConfig? Chains { get; init; }

    /// <summary>Objectives, one after another.</summary>
    public required IReadOnlyList<StageConfig> Stages { get; init; }

    /// <summary>Energy calls after which training stops; 0 for no limit. Samples made before, training and judging count.</summary>
    public long Budget { get; init; }

    /// <summary>Steps between two judgements (and checkpoints).</summary>
    public int JudgeEvery { get; init; } = 500;

    /// <summary>Samples of the flow, and of the target where there are any, of a judgement.</summary>
    public int JudgeSamples { get; init; } = 4096;

    /// <summary>Judgements without a better one after which training stops; 0 for never.</summary>
    public int Patience { get; init; }

    /// <inheritdoc cref="ConfigJson.Read"/>
    public static TrainingConfig Read(string path) => ConfigJson.Read<TrainingConfig>(path, Kind);

    /// <inheritdoc cref="ConfigJson.Parse"/>
    public static TrainingConfig Parse(string json, string source) => ConfigJson.Parse<TrainingConfig>(json, source, Kind);

    /// <summary>As JSON.</summary>
    public string ToJson() => ConfigJson.Write(this);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema() => ConfigJson.Schema<TrainingConfig>(Kind);

    /// <summary>SHA-256 of it.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson())));
}

/// <summary>A molecule to train for, named as for a simulation.</summary>
public sealed record TrainingSystem
{
    /// <inheritdoc cref="SystemSource.Input"/>
    public string? Input { get; init; }

    /// <inheritdoc cref="SystemSource.Coordinates"/>
    public string? Coordinates { get; init; }

    /// <inheritdoc cref="SystemSource.Peptide"/>
    public string? Peptide { get; init; }

    /// <inheritdoc cref="SystemSource.ForceField"/>
    public string? ForceField { get; init; }

    /// <inheritdoc cref="SystemSource.Solvent"/>
    public string Solvent { get; init; } = "none";

    /// <inheritdoc cref="SystemSource.SoluteDielectric"/>
    public double? SoluteDielectric { get; init; }

    /// <inheritdoc cref="SystemSource.SolventDielectric"/>
    public double? SolventDielectric { get; init; }

    /// <summary>K.</summary>
    public double Temperature { get; init; } = 300;

    /// <summary>What it is called: the sequence, the file, the SMILES.</summary>
    internal string Name => Peptide ?? (SystemLoader.Kind(Input ?? "") == "smiles" ? Input ?? ""
        : Path.GetFileNameWithoutExtension(Input!));

    /// <summary>The same with whole paths: a training is resumed and drawn from in other folders.</summary>
    internal TrainingSystem Rooted() => this with
    {
        Input = Input is null || SystemLoader.Kind(Input) == "smiles" ? Input : Path.GetFullPath(Input),
        Coordinates = Coordinates is null ? null : Path.GetFullPath(Coordinates),
        ForceField = ForceField is not null && (File.Exists(ForceField) || TrainedPotential.Locate(ForceField) is not null)
            ? Path.GetFullPath(ForceField) : ForceField,
    };

    /// <summary>For the loader.</summary>
    internal SystemSource Source() => new()
    {
        Input = Input,
        Coordinates = Coordinates,
        Peptide = Peptide,
        ForceField = ForceField,
        Solvent = Solvent,
        SoluteDielectric = SoluteDielectric,
        SolventDielectric = SolventDielectric,
    };
}

/// <summary>The flow.</summary>
public sealed record FlowConfig
{
    /// <summary>coupling; autoregressive; particles (continuous, equivariant; for dw4, lj13, lj55); internal (molecules); orientations (a
    /// rigid molecule that turns); crystal (about the mean and covariance of samples). Null for the usual one of the target.</summary>
    public string? Kind { get; init; }

    /// <summary>Of coupling and autoregressive flows: normal, mixture (Gaussians whose weights, means and deviations are trained; they
    /// start at the samples of <see cref="TrainingConfig.Data"/>), or column-mixtures (one for each column, independent).</summary>
    public string Base { get; init; } = "normal";

    /// <summary>Gaussians of a mixture: more than the target (or a column of it) has modes; what is too many shares a mode or loses its
    /// weight.</summary>
    public int Components { get; init; } = 64;

    /// <summary>Couplings, or autoregressive layers.</summary>
    public int Layers { get; init; } = 8;

    /// <summary>Bins of a spline.</summary>
    public int Bins { get; init; } = 12;

    /// <summary>Bins of the splines behind the couplings, which give each column its own distribution; 0 for none. Not of
    /// particles.</summary>
    public int MarginalBins { get; init; } = 32;

    /// <summary>Of internal flows and crystals: residual blocks of a conditioner, whose width is the first of
    /// <see cref="Hidden"/>.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>Of internal flows and crystals: whether couplings shift and scale real columns (bonds, angles, improper torsions); false
    /// for splines, with twelve times the parameters a column.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Of internal flows: multiples of angles that conditioners see.</summary>
    public int Harmonics { get; init; } = 3;

    /// <summary>Of particles: the largest distance that pairs are told apart at.</summary>
    public double Reach { get; init; } = 8;

    /// <summary>Splines are the identity beyond, in units of <see cref="Scale"/>.</summary>
    public double TailBound { get; init; } = 5;

    /// <summary>Widths of a conditioner's hidden layers.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [128, 128];

    /// <summary>The unit of coordinates: what the base's 1 is in the target's coordinates. Of coupling and autoregressive flows.</summary>
    public double Scale { get; init; } = 1;
}

/// <summary>Samples made before training.</summary>
public sealed record DataConfig
{
    /// <summary>
    /// exact (targets that can be drawn from), engine (molecules: replica exchange; crystals: chains at their temperature), chains (targets
    /// without modes that walkers cannot leave: dw4, lj13), tempered (on the real line: the rungs of <see cref="TrainingConfig.Chains"/>,
    /// which start from the untrained flow).
    /// </summary>
    public required string Source { get; init; }

    /// <summary>Rows, about; a tenth of the walkers is kept from training, for judging.</summary>
    public int Samples { get; init; } = 100_000;

    /// <summary>Independent ladders, or chains.</summary>
    public int Walkers { get; init; } = 64;

    /// <summary>Trajectories before the first row.</summary>
    public int BurnIn { get; init; } = 300;

    /// <summary>Trajectories between two rows of a walker.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>Leapfrog steps of a trajectory.</summary>
    public int Leapfrog { get; init; } = 8;

    /// <summary>Of the engine: the hottest temperature, K.</summary>
    public double Highest { get; init; } = 900;
}

/// <summary>Tempered chains.</summary>
public sealed record ChainsConfig
{
    /// <summary>Walkers on each rung.</summary>
    public int Walkers { get; init; } = 256;

    /// <summary>Inverse temperatures.</summary>
    public int Rungs { get; init; } = 8;

    /// <summary>The smallest inverse temperature.</summary>
    public double Hottest { get; init; } = 0.05;

    /// <summary>Leapfrog steps of a move.</summary>
    public int Leapfrog { get; init; } = 3;

    /// <summary>Moves a training step.</summary>
    public int Moves { get; init; } = 1;

    /// <summary>Moves that adapt step sizes.</summary>
    public int Adaptation { get; init; } = 500;

    /// <summary>Whether the flow proposes places.</summary>
    public bool FlowMoves { get; init; } = true;
}

/// <summary>A stage.</summary>
public sealed record StageConfig
{
    /// <summary>forward-kl, bridged-kl, reverse-kl, two-sided, temperature-ladder, trust-region, constrained-transport, log-variance,
    /// alpha-2, fab or flow-matching.</summary>
    public required string Objective { get; init; }

    /// <summary>Where samples of the target come from, for objectives that take them: data, chains or exact. Null for data if there are
    /// any, then chains.</summary>
    public string? Source { get; init; }

    /// <summary>Steps of the optimiser.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples a step.</summary>
    public int Batch { get; init; } = 512;

    /// <summary>At its largest.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Longer gradients are shortened to this.</summary>
    public double LargestNorm { get; init; } = 100;

    /// <summary>Share of path gradients in forward objectives.</summary>
    public double PathShare { get; init; }

    /// <summary>Weight of the reverse divergence beside the forward one (two-sided).</summary>
    public double ReverseWeight { get; init; } = 1;

    /// <summary>Of reverse divergences: samples of a batch with the highest energies that are left out of it (a bias against outliers, as
    /// published; 0 for none).</summary>
    public int LeaveOut { get; init; }

    /// <summary>Of reverse-kl: temperature relative to the target's.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Of temperature-ladder: temperatures relative to the target's, descending to 1.</summary>
    public IReadOnlyList<double> Ladder { get; init; } = [];

    /// <summary>Of trust-region and constrained-transport: nats of divergence a round.</summary>
    public double Trust { get; init; } = 0.3;

    /// <summary>Of constrained-transport: nats of entropy a round.</summary>
    public double EntropyLoss { get; init; } = 1;

    /// <summary>Of rounds (temperature-ladder, trust-region, constrained-transport): samples of the flow.</summary>
    public int RoundDraws { get; init; } = 65_536;

    /// <summary>Of rounds: steps.</summary>
    public int RoundSteps { get; init; } = 250;

    /// <summary>Where the objective takes energies: those above so many kT grow like a logarithm (1e3 as bgflow has it, 1e8 as FAB); 0 for
    /// no cap. Chains and judging take them as they are.</summary>
    public double EnergyCap { get; init; }

    /// <summary>A coordinate that the flow is to keep spread out; null for none.</summary>
    public EntropyConfig? Entropy { get; init; }
}

/// <summary>Adds minus the entropy of a coordinate to a loss. It moves the optimum: a last stage should do without.</summary>
public sealed record EntropyConfig
{
    /// <summary>Of peptides: "phi ALA 2", "psi ALA 2", ...; of targets on the real line: a column's number, from 0.</summary>
    public required string Coordinate { get; init; }

    /// <summary>Times the entropy, in nats.</summary>
    public double Weight { get; init; } = 0.1;

    /// <summary>Standard deviation of the kernels that the coordinate's density is estimated with, rad for angles.</summary>
    public double Bandwidth { get; init; } = 0.1;
}
