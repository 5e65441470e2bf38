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

    /// <summary>As key and value, for file metadata.</summary>
    public Dictionary<string, string> ToMetadata() => new()
    {
        ["molsampling.version"] = Version,
        ["molsampling.seed"] = Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["molsampling.forceField"] = ForceField,
        ["molsampling.temperatureK"] = Temperature.ToString("r", System.Globalization.CultureInfo.InvariantCulture),
        ["molsampling.units"] = "positions nm, potential_energy kJ/mol, log_weight natural",
    };
}
