using System.Globalization;

namespace MolSampling.Sampling.Samplers;

/// <summary>Temperatures of simulated annealing: from the first to the last, linearly or geometrically, each held for a stage of equal
/// length.</summary>
public sealed record AnnealingSchedule
{
    /// <summary>Checks and stores a schedule.</summary>
    /// <param name="first">K, of the first stage.</param>
    /// <param name="last">K, of the last stage.</param>
    /// <param name="stages">How many, at least 2.</param>
    /// <param name="geometric">Equal ratios instead of equal differences.</param>
    /// <exception cref="ArgumentException">A temperature that is not positive, or fewer stages.</exception>
    public AnnealingSchedule(double first, double last, int stages, bool geometric = false)
    {
        if (!(first > 0) || !(last > 0) || !double.IsFinite(first) || !double.IsFinite(last))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"annealing from {first} K to {last} K: positive temperatures are needed"));
        if (stages < 2)
            throw new ArgumentException("annealing needs two stages at least: the first temperature and the last");
        (First, Last, Stages, Geometric) = (first, last, stages, geometric);
    }

    /// <summary>In kelvin.</summary>
    public double First { get; }

    /// <summary>In kelvin.</summary>
    public double Last { get; }

    /// <summary>How many temperatures.</summary>
    public int Stages { get; }

    /// <summary>Equal ratios instead of equal differences.</summary>
    public bool Geometric { get; }

    /// <summary>K, of a stage.</summary>
    public double Temperature(int stage)
    {
        double t = (double)stage / (Stages - 1);
        return Geometric ? First * Math.Pow(Last / First, t) : First + (Last - First) * t;
    }
}
