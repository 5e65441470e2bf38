using System.Reflection;

namespace MolSampling.Molecular.Formats;

/// <summary>Where a result comes from. Nothing here depends on the machine or the clock: the same molecule, seed and version give the same
/// bytes.</summary>
/// <param name="Version">Of the program, with the commit it was built from.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="ForceField">For example "MMFF94s".</param>
/// <param name="Temperature">K.</param>
public sealed record Provenance(string Version, ulong Seed, string ForceField, double Temperature)
{
    /// <summary>The version of this build, "0.1.0+commit".</summary>
    public static string CurrentVersion { get; } =
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private const string UnitPrefix = "molsampling.unit.";

    /// <summary>As key and value, for file metadata.</summary>
    /// <param name="columns">Columns of properties, whose units are said by "molsampling.unit.NAME".</param>
    public Dictionary<string, string> ToMetadata(IReadOnlyList<EnsembleColumn>? columns = null) => new(
        (columns ?? []).Select(c => KeyValuePair.Create(UnitPrefix + c.Name, c.Unit)))
    {
        ["molsampling.version"] = Version,
        ["molsampling.seed"] = Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["molsampling.forceField"] = ForceField,
        ["molsampling.temperatureK"] = Temperature.ToString("r", System.Globalization.CultureInfo.InvariantCulture),
        ["molsampling.units"] = "positions nm, potential_energy kJ/mol, log_weight natural",
    };

    /// <summary>The unit of a column of properties; empty if it has none.</summary>
    internal static string UnitOf(IReadOnlyDictionary<string, string> metadata, string column) =>
        metadata.GetValueOrDefault(UnitPrefix + column, "");
}
