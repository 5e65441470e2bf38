namespace MolSampling.Potentials;

/// <summary>Constants and border conversions. Inside: nm, ps, Da, e, K, rad, kJ/mol.</summary>
public static class Units
{
    /// <summary>Gas constant, kJ/mol/K (exact since the 2019 SI: k_B N_A).</summary>
    public const double GasConstant = 8.31446261815324e-3;

    /// <summary>kJ/mol in one kcal/mol (thermochemical calorie, exact).</summary>
    public const double KilojoulePerKilocalorie = 4.184;

    /// <summary>nm in one Angstrom.</summary>
    public const double NanometrePerAngstrom = 0.1;

    /// <summary>kJ/mol in one electronvolt (CODATA 2018, e N_A).</summary>
    public const double KilojoulePerElectronvolt = 96.48533212331;

    /// <summary>kJ/mol in one hartree (CODATA 2018).</summary>
    public const double KilojoulePerHartree = 2625.4996394799;

    /// <summary>nm in one bohr (CODATA 2018).</summary>
    public const double NanometrePerBohr = 0.0529177210903;

    /// <summary>g/cm^3 in one Da/nm^3.</summary>
    public const double GramPerCubicCentimetre = 1 / 602.21407621;

    /// <summary>rad in one degree.</summary>
    public const double RadianPerDegree = Math.PI / 180;

    /// <summary>nm in each unit of length that a file can be in, by name.</summary>
    public static IReadOnlyDictionary<string, double> Lengths { get; } = new Dictionary<string, double>
    {
        ["angstrom"] = NanometrePerAngstrom,
        ["nm"] = 1,
        ["bohr"] = NanometrePerBohr,
    };

    /// <summary>kJ/mol in each unit of energy that a file can be in, by name.</summary>
    public static IReadOnlyDictionary<string, double> Energies { get; } = new Dictionary<string, double>
    {
        ["kJ/mol"] = 1,
        ["kcal/mol"] = KilojoulePerKilocalorie,
        ["eV"] = KilojoulePerElectronvolt,
        ["hartree"] = KilojoulePerHartree,
    };
}
