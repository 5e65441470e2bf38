using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;

namespace MolSampling.Jobs.Timewarp;

/// <summary>How a jump in time is learned: the command line's options, or one JSON file. Quantities of time carry their unit in the
/// text.</summary>
public sealed record TimewarpConfig
{
    private const string Kind = "training of a jump in time";

    /// <summary>The molecule and its energy.</summary>
    public TrainingSystem System { get; init; } = new();

    /// <summary>Between the two ends of a pair, for example "4ns".</summary>
    public string Lag { get; init; } = "4ns";

    /// <summary>Length of each trajectory, for example "8ns"; longer than the lag.</summary>
    public string Time { get; init; } = "8ns";

    /// <summary>Between the frames that are kept.</summary>
    public string Frame { get; init; } = "4ps";

    /// <summary>Integration step; its error is in the proposal, never in what is sampled by it.</summary>
    public string TimeStep { get; init; } = "2fs";

    /// <summary>Da, of hydrogens, at their heavy atoms' expense; 0 leaves masses alone.</summary>
    public double HydrogenMass { get; init; } = 3;

    /// <summary>1/ps.</summary>
    public double Friction { get; init; } = 0.3;

    /// <summary>Trajectories, which start at independent samples of a ladder.</summary>
    public int Replicas { get; init; } = 32;

    /// <summary>K, top of the ladder of temperatures that finds the starts.</summary>
    public double Highest { get; init; } = 900;

    /// <summary>Steps of the ladder, the burn-in included.</summary>
    public int LadderSteps { get; init; } = 600;

    /// <summary>Harmonics of the law of one torsion, at most 16.</summary>
    public int SingleHarmonics { get; init; } = 12;

    /// <summary>Harmonics of two torsions, no more than of one.</summary>
    public int PairHarmonics { get; init; } = 4;

    /// <summary>Passes over the pairs.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Pairs that are fitted to, at most, each in both directions of time.</summary>
    public int Pairs { get; init; } = 60_000;

    /// <summary>All randomness follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>0 for all cores. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <inheritdoc cref="ConfigJson.Read"/>
    public static TimewarpConfig Read(string path) => ConfigJson.Read<TimewarpConfig>(path, Kind);

    /// <summary>As JSON.</summary>
    public string ToJson() => ConfigJson.Write(this);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema() => ConfigJson.Schema<TimewarpConfig>(Kind);

    /// <summary>SHA-256 of everything that results depend on.</summary>
    internal string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((this with { Threads = 0 })
        .ToJson())));

    /// <summary>The numbers behind the texts, checked against each other.</summary>
    /// <exception cref="ArgumentException">One line that names the setting.</exception>
    internal TimewarpPlan Plan()
    {
        if ((System.Input is null) == (System.Peptide is null))
            throw new ArgumentException("a jump in time is learned of one molecule: a file or a SMILES, or --peptide");
        if (!(System.Temperature > 0) || System.Temperature > 10_000 || !(Highest >= System.Temperature) || Highest > 10_000)
            throw new ArgumentException(
                $"temperatures of {System.Temperature} K and, for the ladder, {Highest} K: from 0 to 10000 K, the ladder's no lower");
        if (!(Friction > 0) || !double.IsFinite(Friction) || !(HydrogenMass >= 0) || HydrogenMass is > 0 and < 1 or > 5)
            throw new ArgumentException($"a friction of {Friction} 1/ps and hydrogens of {HydrogenMass} Da: above 0, and 0 or 1 to 5");
        foreach ((string name, int value, int most) in new[] { ("replicas", Replicas, 1_000_000), ("ladderSteps", LadderSteps, 10_000_000),
            ("epochs", Epochs, 10_000), ("pairs", Pairs, 10_000_000), ("singleHarmonics", SingleHarmonics, 16),
            ("pairHarmonics", PairHarmonics, SingleHarmonics) })
            if (value < 1 || value > most)
                throw new ArgumentException($"{name} must lie between 1 and {most}, not {value}");
        double step = SimulationPlan.Picoseconds("timeStep", TimeStep);
        if (step > 0.02)
            throw new ArgumentException($"timeStep {TimeStep} is too long for molecules: at most 20 fs");
        int frame = Whole("frame", Frame, step, "timeStep"), lag = Whole("lag", Lag, frame * step, "frame"),
            frames = Whole("time", Time, frame * step, "frame");
        return frames > lag ? new(step, frame, lag, frames)
            : throw new ArgumentException($"trajectories of {Time} have no pairs {Lag} apart: make time longer");
    }

    private static int Whole(string option, string text, double unit, string of) => SimulationPlan.Whole(option, text, unit, of) is var n
            and <= int.MaxValue ? (int)n : throw new ArgumentException($"{option} {text} is more than can be counted");
}

/// <summary>A configuration in numbers.</summary>
/// <param name="StepSize">ps.</param>
/// <param name="StepsPerFrame">Between frames.</param>
/// <param name="Lag">Frames between the ends of a pair.</param>
/// <param name="Frames">Of a trajectory.</param>
internal sealed record TimewarpPlan(double StepSize, int StepsPerFrame, int Lag, int Frames)
{
    /// <summary>ps.</summary>
    public double LagPicoseconds => Lag * StepsPerFrame * StepSize;
}
