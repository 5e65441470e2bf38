namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>The temperature of a file, K: what it says and what the caller says must agree.</summary>
internal static class StatedTemperature
{
    /// <summary>GROMACS prints six digits.</summary>
    private const double Tolerance = 1e-5;

    /// <exception cref="ArgumentException">A temperature is given and is not positive.</exception>
    public static void Check(double? temperature)
    {
        if (temperature is { } t && !(t > 0 && double.IsFinite(t)))
            throw new ArgumentException(FormattableString.Invariant($"a temperature must be positive, got {t} K"), nameof(temperature));
    }

    /// <summary>Whether two temperatures are the same.</summary>
    public static bool Same(double a, double b) => Math.Abs(a - b) <= Tolerance * a;

    /// <summary>The given temperature, or that of the file; null if neither is known.</summary>
    /// <exception cref="InvalidDataException">They contradict each other.</exception>
    public static double? Agree(string path, double? stated, double? given) => stated is { } s && given is { } g && !Same(s, g)
        ? throw new InvalidDataException(FormattableString.Invariant($"{path}: says {s} K, but {g} K was given"))
        : given ?? stated;
}
