using System.Globalization;

namespace MolSampling.Potentials.OpenMM;

/// <summary>A thermostat or barostat of a System. A run has its own bath, and a replica's state holds no box, so that neither can have its
/// effect.</summary>
/// <param name="Type">OpenMM's name, for example AndersenThermostat.</param>
/// <param name="Kelvin">Its temperature; null if the XML does not say it.</param>
public sealed record OpenMMBath(string Type, double? Kelvin)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => Remedy(Kelvin is { } t ? string.Create(CultureInfo.InvariantCulture, $"{Type} of {t:g6} K")
        : Type);

    internal static string Remedy(string bath) => bath.Contains("Barostat", StringComparison.Ordinal)
        ? $"the System has a barostat ({bath}), but a run is at constant volume: remove it from the System"
        : $"the System has a thermostat of its own ({bath}) beside the bath of the run (--temperature): remove it from the System";
}
