using System.Globalization;

namespace MolSampling.Cli.Commands;

/// <summary>Options of molsampling conformers for a purpose. One that is given on the command line wins over the preset's.</summary>
/// <param name="Name">Of --preset.</param>
internal sealed record ConformerPreset(string Name)
{
    /// <summary>All.</summary>
    public static IReadOnlyList<ConformerPreset> All { get; } =
    [
        new("rapid") { TimeLimit = 10, Samples = 200 },
        new("ensemble") { Samples = 10_000, Formats = "csv" },
        new("nmr") { Samples = 5000, Property = "jhnha?", Formats = "pdb,csv" },
        new("docking") { NumConformers = 50, EnergyWindow = 25, PruneRmsd = 0.5, Formats = "mol2" },
        new("macrocycle") { HighestTemperature = 1200, Samples = 2000, Formats = "pdb,csv" },
    ];

    /// <summary>--samples.</summary>
    public int? Samples { get; private init; }

    /// <summary>--num-conformers.</summary>
    public int? NumConformers { get; private init; }

    /// <summary>--energy-window, kJ/mol.</summary>
    public double? EnergyWindow { get; private init; }

    /// <summary>--prune-rmsd, Angstrom.</summary>
    public double? PruneRmsd { get; private init; }

    /// <summary>--property.</summary>
    public string? Property { get; private init; }

    /// <summary>--formats.</summary>
    public string? Formats { get; private init; }

    /// <summary>--time-limit, s.</summary>
    public double? TimeLimit { get; private init; }

    /// <summary>--highest-temperature, K.</summary>
    public double? HighestTemperature { get; private init; }

    /// <summary>That of a name; one that sets nothing for none.</summary>
    public static ConformerPreset Of(string? name) => name is null ? new("") : All.Single(p => p.Name == name);

    /// <summary>The same as on a command line.</summary>
    public IEnumerable<string> ToArguments() => new (string Option, object? Value)[]
    {
        ("--samples", Samples), ("--num-conformers", NumConformers), ("--energy-window", EnergyWindow), ("--prune-rmsd", PruneRmsd),
        ("--property", Property), ("--formats", Formats), ("--time-limit", TimeLimit), ("--highest-temperature", HighestTemperature),
    }.Where(o => o.Value is not null).SelectMany(o => new[] { o.Option, Convert.ToString(o.Value, CultureInfo.InvariantCulture)! });
}
