using System.Text.Json;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Solvation;

/// <summary>What a free energy of solvation is computed of, and how.</summary>
public sealed record SolvationConfig
{
    /// <summary>A prmtop, SDF or structure file, or a SMILES.</summary>
    public required string Input { get; init; }

    /// <inheritdoc cref="SystemSource.Coordinates"/>
    public string? Coordinates { get; init; }

    /// <inheritdoc cref="SystemSource.ForceField"/>
    public string? ForceField { get; init; }

    /// <inheritdoc cref="SystemSource.Charges"/>
    public string? Charges { get; init; }

    /// <summary>tip3p, spce, tip4pew or opc.</summary>
    public string Water { get; init; } = "tip3p";

    /// <inheritdoc cref="SystemSource.Box"/>
    public double? Box { get; init; }

    /// <inheritdoc cref="SystemSource.Cutoff"/>
    public double? Cutoff { get; init; }

    /// <summary>Of the solute: h-bonds, or none. Published values are of bonds to hydrogen held.</summary>
    public string Constraints { get; init; } = "h-bonds";

    /// <summary>K.</summary>
    public double Temperature { get; init; } = 298.15;

    /// <summary>Sampled in each window of each set, ps.</summary>
    public double Time { get; init; } = 200;

    /// <summary>Before that, not used, ps.</summary>
    public double Equilibration { get; init; } = 50;

    /// <summary>Between rows and exchanges, ps.</summary>
    public double Frame { get; init; } = 0.5;

    /// <summary>ps; null for 4 fs where bonds to hydrogen are held, 2 fs where they are not.</summary>
    public double? TimeStep { get; init; }

    /// <summary>1/ps.</summary>
    public double Friction { get; init; } = 2;

    /// <summary>Of the solute and the water, Da, taken from the atoms that they sit on.</summary>
    public double HydrogenMass { get; init; } = 3;

    /// <summary>Factors of the charges, from 1 to 0.</summary>
    public IReadOnlyList<double> ChargeWindows { get; init; } = [1, 0.75, 0.5, 0.25, 0];

    /// <summary>Factors of Lennard-Jones without charges, below 1, to 0.</summary>
    public IReadOnlyList<double> LennardJonesWindows { get; init; } = [0.85, 0.7, 0.57, 0.46, 0.37, 0.3, 0.23, 0.17, 0.11, 0.05, 0];

    /// <summary>Independent sets of all windows: their spread stands beside the error.</summary>
    public int Sets { get; init; } = 2;

    /// <summary>Of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>As JSON: what a run is known by.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>What is sampled.</summary>
    internal SystemSource Source() => new()
    {
        Input = Input,
        Coordinates = Coordinates,
        ForceField = ForceField,
        Charges = Charges,
        Solvent = Water,
        Box = Box,
        Cutoff = Cutoff,
        Constraints = Constraints,
        HydrogenMass = HydrogenMass,
        WaterHydrogenMass = HydrogenMass,
        Seed = Seed,
        SoluteShare = 0.5,
    };

    /// <summary>For a result.</summary>
    internal const int FewestFrames = 10;

    /// <summary>Integration steps of a row.</summary>
    internal int StepsPerFrame => (int)Math.Round(Frame / Step);

    /// <summary>The <see cref="TimeStep"/>, ps.</summary>
    internal double Step => TimeStep ?? (Constraints == "none" ? 0.002 : 0.004);

    /// <summary>Rows of each window of each set.</summary>
    internal int Frames => (int)Math.Round(Time / Frame);

    /// <summary>Refuses what is none.</summary>
    /// <exception cref="ArgumentException">One line that names the setting.</exception>
    internal void ThrowIfWrong()
    {
        const double longest = 1e6, edge = 10, leastCutoff = 0.4, mostCutoff = 3; // ps; nm
        void Range(string option, double value, double least, double most, string unit)
        {
            if (!(value >= least && value <= most))
                throw new ArgumentException(FormattableString.Invariant(
                    $"{option} must lie between {least:g6} and {most:g6} {unit}, not {value:g6}"));
        }
        Range("--time-step", Step, 1e-4, 0.005, "ps");
        if (Math.Abs(Frame / Step - StepsPerFrame) > 1e-6)
            throw new ArgumentException(FormattableString.Invariant(
                $"--time-step {1000 * Step:g6} fs: {Frame} ps, after which energies are kept, are no whole number of such steps"));
        Range("--time", Time, FewestFrames * Frame, longest, "ps");
        Range("--equilibration", Equilibration, 0, longest, "ps");
        foreach ((string option, double time) in new[] { ("--time", Time), ("--equilibration", Equilibration) })
            if (Math.Abs(time / Frame - Math.Round(time / Frame)) > 1e-6)
                throw new ArgumentException(FormattableString.Invariant($"{option} {time:g6} ps is no multiple of {Frame} ps"));
        Range("--temperature", Temperature, 200, 500, "K");
        Range("--friction", Friction, 0.01, 1000, "1/ps");
        if (Box is { } box)
            Range("--box", box, 2 * leastCutoff, edge, "nm");
        if (Cutoff is { } cutoff)
            Range("--cutoff", cutoff, leastCutoff, mostCutoff, "nm");
        foreach ((string name, IReadOnlyList<double> windows) in new[] { ("charges", ChargeWindows), ("Lennard-Jones",
            LennardJonesWindows) })
            for (int k = 0; k < windows.Count; k++)
                if (!(windows[k] is >= 0 and <= 1) || (k > 0 && windows[k] >= windows[k - 1]))
                    throw new ArgumentException($"windows of {name} must fall from 1 to 0: {string.Join(", ", windows)}");
        if (ChargeWindows is not [1, .., 0] || LennardJonesWindows is not [< 1, .., 0])
            throw new ArgumentException("windows must begin at 1 and end at 0, charges first");
        if (Sets is < 1 or > 64)
            throw new ArgumentException($"--sets must lie between 1 and 64, not {Sets}");
    }
}
