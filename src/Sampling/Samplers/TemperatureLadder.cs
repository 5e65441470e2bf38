using MolSampling.Potentials;

namespace MolSampling.Sampling.Samplers;

/// <summary>The temperatures of a replica exchange, K, lowest first.</summary>
public sealed record TemperatureLadder
{
    /// <summary>Checks and stores a ladder.</summary>
    /// <exception cref="ArgumentException">Empty, not positive, or not rising.</exception>
    public TemperatureLadder(IReadOnlyList<double> temperatures)
    {
        if (temperatures.Count == 0 || temperatures[0] <= 0 || !temperatures.All(double.IsFinite))
            throw new ArgumentException("A temperature ladder needs positive, finite temperatures.");
        for (int k = 1; k < temperatures.Count; k++)
            if (temperatures[k] <= temperatures[k - 1])
                throw new ArgumentException("The temperatures of a ladder must rise.");
        Temperatures = [.. temperatures];
        Beta = [.. temperatures.Select(t => new ThermodynamicState(t).Beta)];
    }

    /// <summary>K, lowest first.</summary>
    public IReadOnlyList<double> Temperatures { get; }

    /// <summary>mol/kJ, falling.</summary>
    public IReadOnlyList<double> Beta { get; }

    /// <summary>Rungs.</summary>
    public int Count => Temperatures.Count;

    /// <summary>
    /// Geometric from lowest to highest, spaced for the acceptance of a system of harmonic modes: for n of them the swap between beta and beta'
    /// is accepted with probability about erfc(sqrt(n) ln(beta/beta') / 4), here 0.3 to 0.4 (D. A. Kofke, J. Chem. Phys. 117 (2002) 6911).
    /// </summary>
    /// <param name="lowest">K.</param>
    /// <param name="highest">K.</param>
    /// <param name="modes">Vibrational degrees of freedom, 3N - 6.</param>
    public static TemperatureLadder Geometric(double lowest, double highest, int modes)
    {
        if (!(highest > lowest))
            return new([lowest]);
        double ratio = 2.5 / Math.Sqrt(Math.Max(modes, 4));
        int steps = Math.Max(1, (int)Math.Ceiling(Math.Log(highest / lowest) / ratio));
        return new([.. Enumerable.Range(0, steps + 1).Select(k => lowest * Math.Pow(highest / lowest, (double)k / steps))]);
    }
}
