using MolSampling.Flows.Interpolation;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>A neural thermodynamic integration in one JSON file: the two states, network, samples, training, certificate, seed.</summary>
public sealed record NeuralTiConfig
{
    private const int MostMoves = 100_000_000;
    private const double MostNumbers = 2e8; // of an array: 1.6 GB

    private const string Kind = "neural thermodynamic integration";

    /// <summary>A name of <see cref="EndStatesCatalogue"/>.</summary>
    public required string System { get; init; }

    /// <summary>All randomness follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The network; null for the base with its learned schedules alone.</summary>
    public PathNetworkSettings? Network { get; init; } = new();

    /// <summary>Samples of both ends.</summary>
    public EndSamplesConfig Ends { get; init; } = new();

    /// <summary>Training on them.</summary>
    public PathTrainingConfig Training { get; init; } = new();

    /// <summary>Windows of, and works along, the learned path.</summary>
    public CertificateConfig Certificate { get; init; } = new();

    /// <summary>The usual alchemical windows to compare with; null for none.</summary>
    public StandardWindowsConfig? Standard { get; init; } = new();

    /// <inheritdoc cref="ConfigJson.Read"/>
    public static NeuralTiConfig Read(string path) => ConfigJson.Read<NeuralTiConfig>(path, Kind);

    /// <inheritdoc cref="ConfigJson.Parse"/>
    public static NeuralTiConfig Parse(string json, string source) => ConfigJson.Parse<NeuralTiConfig>(json, source, Kind);

    /// <summary>The usual settings of a pair of states.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static NeuralTiConfig For(string system)
    {
        EndStates states = EndStatesCatalogue.Create(system);
        var usual = new NeuralTiConfig { System = system };
        return states switch
        {
            MixturePair => usual with
            {
                Ends = new() { Draws = 400 },
                Training = new() { Steps = 3000, Batch = 256, LearningRate = 3e-3, MiddleWeight = 0 },
                Certificate = new() { Windows = 8, Sets = 32, Works = 512, SwitchingSteps = 56 },
                Standard = new() { Windows = 8, Sets = 32 },
            },
            TrappedCluster { Points: > 13 } => usual with
            {
                Training = new() { Steps = 6000, Batch = 24 },
                Certificate = new() { Windows = 31, SwitchingSteps = 300 },
                Standard = new() { Windows = 41, Draws = 200 },
            },
            TrappedCluster => usual,
            _ => usual with
            {
                Ends = new() { Walkers = 32, BurnIn = 1500, Draws = 100, Every = 10 },
                Training = new() { Steps = 4000, Batch = 24 },
                Certificate = new() { Windows = 24, SwitchingSteps = 230 },
                Standard = new() { Windows = 21, Draws = 400, BurnIn = 600 },
            },
        };
    }

    /// <summary>As JSON.</summary>
    public string ToJson() => ConfigJson.Write(this);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema() => ConfigJson.Schema<NeuralTiConfig>(Kind);

    /// <summary>Sees whether the numbers make a run.</summary>
    /// <param name="dimension">Coordinates of a configuration.</param>
    /// <exception cref="ArgumentException">One does not; it is named.</exception>
    internal void Check(int dimension)
    {
        StandardWindowsConfig s = Standard ?? new();
        foreach ((string name, int value, int least, int most) in new[]
        {
            ("ends.walkers", Ends.Walkers, 8, 65_536), ("ends.draws", Ends.Draws, 4, 1_000_000), ("ends.every", Ends.Every, 1, MostMoves),
            ("ends.burnIn", Ends.BurnIn, 0, MostMoves), ("ends.leapfrogSteps", Ends.LeapfrogSteps, 1, 1000),
            ("training.steps", Training.Steps, 1, MostMoves), ("training.batch", Training.Batch, 2, 65_536),
            ("certificate.windows", Certificate.Windows, 2, 4096), ("certificate.sets", Certificate.Sets, 4, 65_536),
            ("certificate.draws", Certificate.Draws, 8, 1_000_000), ("certificate.every", Certificate.Every, 1, MostMoves),
            ("certificate.burnIn", Certificate.BurnIn, 0, MostMoves), ("certificate.works", Certificate.Works, 16, 1_000_000),
            ("certificate.switchingSteps", Certificate.SwitchingSteps, 2, 1_000_000), ("standard.windows", s.Windows, 2, 4096),
            ("standard.sets", s.Sets, 4, 65_536), ("standard.draws", s.Draws, 8, 1_000_000), ("standard.every", s.Every, 1, MostMoves),
            ("standard.burnIn", s.BurnIn, 0, MostMoves), ("network.width", Network?.Width ?? 1, 1, 4096),
            ("network.channels", Network?.Channels ?? 1, 1, 1024),
        })
            if (value < least || value > most)
                throw new ArgumentException($"{name} must lie between {least} and {most}, not {value}");
        if (Network is { Cutoff: var cutoff } && !(cutoff >= 0 && double.IsFinite(cutoff)))
            throw new ArgumentException($"network.cutoff is {cutoff}: a length, or 0 for none");
        if ((double)Ends.Walkers * Ends.Draws * dimension > MostNumbers)
            throw new ArgumentException($"ends: {Ends.Walkers} walkers and {Ends.Draws} draws of {dimension} coordinates are more than "
                + $"{MostNumbers:0e0} numbers");
        foreach ((string name, int windows, int sets, int draws) in new[] { ("certificate", Certificate.Windows, Certificate.Sets,
            Certificate.Draws), ("standard", s.Windows, s.Sets, s.Draws) })
            if ((double)windows * windows * sets * draws > MostNumbers || (double)windows * sets * dimension > MostNumbers)
                throw new ArgumentException($"{name}: the energies of {sets} sets of {windows} windows and {draws} draws in all windows "
                    + $"are more than {MostNumbers:0e0} numbers");
        if ((double)Certificate.Works * dimension > MostNumbers)
            throw new ArgumentException($"certificate.works: {Certificate.Works} walkers of {dimension} coordinates are more than "
                + $"{MostNumbers:0e0} numbers");
        if (!(Training.LearningRate > 0 && double.IsFinite(Training.LearningRate)) || !(Training.Variance >= 0)
            || !double.IsFinite(Training.Variance + Training.MiddleWeight))
            throw new ArgumentException(
                "training: a positive learning rate, a variance weight that is not negative, and a middle weight, all of them finite");
    }
}

/// <summary>Samples of the two ends: half of the walkers are trained on, the other half is kept for estimates.</summary>
public sealed record EndSamplesConfig
{
    /// <summary>Independent chains.</summary>
    public int Walkers { get; init; } = 64;

    /// <summary>Monte Carlo moves before the first draw.</summary>
    public int BurnIn { get; init; } = 500;

    /// <summary>Of each walker.</summary>
    public int Draws { get; init; } = 100;

    /// <summary>Moves between draws.</summary>
    public int Every { get; init; } = 5;

    /// <summary>Of a move, here and in all that follows.</summary>
    public int LeapfrogSteps { get; init; } = 5;
}

/// <summary>Target score matching.</summary>
public sealed record PathTrainingConfig
{
    /// <summary>Of the optimiser.</summary>
    public int Steps { get; init; } = 4000;

    /// <summary>Pairs a step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>At its largest.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <inheritdoc cref="ScoreMatchingSettings.MiddleWeight"/>
    public double MiddleWeight { get; init; } = 2.5;

    /// <inheritdoc cref="ScoreMatchingSettings.Variance"/>
    public double Variance { get; init; } = 1e-6;
}

/// <summary>What makes the result exact.</summary>
public sealed record CertificateConfig
{
    /// <summary>Times of the learned path that are sampled.</summary>
    public int Windows { get; init; } = 12;

    /// <summary>Sets of windows that never meet.</summary>
    public int Sets { get; init; } = 16;

    /// <summary>Moves before the first draw.</summary>
    public int BurnIn { get; init; } = 100;

    /// <summary>Of each window of each set.</summary>
    public int Draws { get; init; } = 100;

    /// <summary>Moves between draws.</summary>
    public int Every { get; init; } = 3;

    /// <summary>Walkers that are switched, in each direction.</summary>
    public int Works { get; init; } = 256;

    /// <summary>Times of a switch; rounded up to a multiple of the windows' intervals.</summary>
    public int SwitchingSteps { get; init; } = 110;
}

/// <summary>The usual windows, equidistant in lambda.</summary>
public sealed record StandardWindowsConfig
{
    /// <inheritdoc cref="CertificateConfig.Windows"/>
    public int Windows { get; init; } = 21;

    /// <inheritdoc cref="CertificateConfig.Sets"/>
    public int Sets { get; init; } = 16;

    /// <inheritdoc cref="CertificateConfig.BurnIn"/>
    public int BurnIn { get; init; } = 300;

    /// <inheritdoc cref="CertificateConfig.Draws"/>
    public int Draws { get; init; } = 200;

    /// <inheritdoc cref="CertificateConfig.Every"/>
    public int Every { get; init; } = 3;
}
