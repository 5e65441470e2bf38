using MolSampling.Potentials;

namespace MolSampling.Jobs.Running;

/// <summary>Units of energies that people read. What names no unit is in kJ/mol.</summary>
internal static class EnergyUnit
{
    /// <summary>The usual one.</summary>
    public const string Usual = "kJ/mol";

    /// <summary>All.</summary>
    public static string[] Names { get; } = [Usual, "kcal/mol"];

    /// <summary>What an energy in kJ/mol is multiplied by.</summary>
    /// <exception cref="ArgumentException">There is no such unit.</exception>
    public static double Factor(string unit) => unit == Usual ? 1 : unit == Names[1] ? 1 / Units.KilojoulePerKilocalorie
        : throw new ArgumentException($"the unit of energies is one of {string.Join(", ", Names)}, not '{unit}'");

    /// <summary>As the end of a column's name: "kJ_per_mol".</summary>
    public static string Suffix(string unit) => unit.Replace("/", "_per_", StringComparison.Ordinal);

    /// <summary>The unit of a quantity with energies in it ("J/mol/K", "kJ/mol"), where energies are in a unit, and the factor; other
    /// quantities keep theirs.</summary>
    public static (string Unit, double Factor) Of(string quantity, string unit)
    {
        int joule = quantity.StartsWith("kJ", StringComparison.Ordinal) ? 1 : quantity.StartsWith("J/", StringComparison.Ordinal) ? 0 : -1;
        return unit == Usual || joule < 0 ? (quantity, 1) : (quantity[..joule] + "cal" + quantity[(joule + 1)..], Factor(unit));
    }
}
