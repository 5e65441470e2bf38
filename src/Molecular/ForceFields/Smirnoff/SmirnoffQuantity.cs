using System.Globalization;
using MolSampling.Potentials;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>
/// Quantities as SMIRNOFF files write them: a product of numbers and powers of units, "430.5 * kilocalorie / mole / angstrom ** 2",
/// "0.1*mole**-1*kilocalorie**1", "109.5*degree".
/// </summary>
internal static class SmirnoffQuantity
{
    private static readonly Dictionary<string, (double Factor, SmirnoffUnits Units)> s_units = new()
    {
        ["nanometer"] = (1, SmirnoffUnits.OfLength),
        ["angstrom"] = (Units.NanometrePerAngstrom, SmirnoffUnits.OfLength),
        ["kilojoule"] = (1, new(Energy: 1)),
        ["kilocalorie"] = (Units.KilojoulePerKilocalorie, new(Energy: 1)),
        ["mole"] = (1, new(Amount: 1)),
        ["kilojoule_per_mole"] = (1, SmirnoffUnits.OfEnergy),
        ["kilojoules_per_mole"] = (1, SmirnoffUnits.OfEnergy),
        ["kilocalorie_per_mole"] = (Units.KilojoulePerKilocalorie, SmirnoffUnits.OfEnergy),
        ["kilocalories_per_mole"] = (Units.KilojoulePerKilocalorie, SmirnoffUnits.OfEnergy),
        ["radian"] = (1, SmirnoffUnits.OfAngle),
        ["degree"] = (Units.RadianPerDegree, SmirnoffUnits.OfAngle),
        ["elementary_charge"] = (1, SmirnoffUnits.OfCharge),
    };

    /// <summary>Its number in nm, kJ, mol, rad and e.</summary>
    /// <param name="text">As the file has it.</param>
    /// <param name="units">What it has to be.</param>
    /// <exception cref="FormatException">It is no product of numbers and known units, or has other units.</exception>
    public static double Parse(string text, SmirnoffUnits units)
    {
        const char power = '^';
        double value = 1;
        SmirnoffUnits found = default;
        string rest = text.Replace("**", power.ToString(), StringComparison.Ordinal);
        for (bool divides = false; ;)
        {
            int end = rest.IndexOfAny(['*', '/']);
            string[] factor = (end < 0 ? rest : rest[..end]).Split(power, StringSplitOptions.TrimEntries);
            int exponent = divides ? -1 : 1;
            if (factor.Length > 2 || (factor.Length == 2 && !int.TryParse(factor[1], NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out exponent)))
                throw Unreadable(text);
            if (factor.Length == 2 && divides)
                exponent = -exponent;
            (double Factor, SmirnoffUnits Units) unit = double.TryParse(factor[0], NumberStyles.Float, CultureInfo.InvariantCulture,
                out double number) ? (number, default)
                : s_units.TryGetValue(factor[0], out var known) ? known : throw Unreadable(text);
            value *= Math.Pow(unit.Factor, exponent);
            found = found.Times(unit.Units, exponent);
            if (end < 0)
                break;
            divides = rest[end] == '/';
            rest = rest[(end + 1)..];
        }
        if (found != units)
            throw new FormatException($"'{text}' has the wrong units");
        return double.IsFinite(value) ? value : throw Unreadable(text);
    }

    private static FormatException Unreadable(string text) => new($"'{text}' is no number with known units");
}
