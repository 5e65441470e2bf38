using System.Globalization;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// When a result is called converged: every threshold of the job, with its reason. Chains of length T with a relaxation time tau have split
/// R-hat^2 - 1 = 4 tau / T, if they start unlike and have since forgotten where: exp(-T / tau) of their start is left.
/// </summary>
internal static class ConvergenceCriteria
{
    /// <summary>Independent samples: errors of 5 % and less of a population's spread.</summary>
    public const int SmallestEffectiveSize = 400;

    /// <summary>Of importance weights: above, means and errors do not settle (<see cref="ParetoTail"/>).</summary>
    public const double LargestShape = 0.7;

    /// <summary>Of draws that are averaged where they were drawn (a surrogate's, torsions), while others move on
    /// (<see cref="AnnealedDrawing"/>): the variance of weights is finite below 1/2 only, and an error is an estimate of it.</summary>
    public const double LargestShapeUnmoved = 0.5;

    /// <summary>T = 39 tau.</summary>
    public const double LargestRhat = 1.05;

    /// <summary>T = 6 tau: a ladder has as many walkers as rungs, and together they give the effective size; what must be sure is that each
    /// has forgotten its start.</summary>
    public const double LargestWalkerRhat = 1.3;

    /// <summary>Below, the ladder has a gap.</summary>
    public const double SmallestSwapAcceptance = 0.05;

    /// <summary>What chains lack, in words; nothing if they have converged.</summary>
    /// <param name="rhat">Largest at the asked temperature.</param>
    /// <param name="size">Smallest effective size there.</param>
    /// <param name="walkers">Largest R-hat along walkers.</param>
    /// <param name="swaps">Acceptances between neighbouring rungs; empty at one temperature.</param>
    /// <param name="trips">Round trips.</param>
    /// <param name="ladders">Independent ones.</param>
    public static IEnumerable<string> OfChains(double rhat, double size, double walkers, IReadOnlyList<double> swaps, int trips,
        int ladders)
    {
        if (!(rhat <= LargestRhat))
            yield return string.Create(CultureInfo.InvariantCulture, $"split R-hat {rhat:f3} above {LargestRhat}");
        if (!(size >= SmallestEffectiveSize))
            yield return string.Create(CultureInfo.InvariantCulture, $"effective sample size {size:f0} below {SmallestEffectiveSize}");
        if (swaps.Count == 0)
            yield break;
        if (!(walkers <= LargestWalkerRhat))
            // of walkers that never change it is a rounding error's reciprocal
            yield return "walkers keep the rings, nitrogens or torsions that they started with (R-hat along walkers "
                + (walkers > 1000 ? "over 1000" : walkers.ToString("f2", CultureInfo.InvariantCulture))
                + string.Create(CultureInfo.InvariantCulture, $", above {LargestWalkerRhat})");
        if (!(swaps.Min() >= SmallestSwapAcceptance))
            yield return string.Create(CultureInfo.InvariantCulture, $"swap acceptance {swaps.Min():f2} below {SmallestSwapAcceptance}");
        if (trips < ladders)
            yield return $"{trips} round trips of {ladders} ladders";
    }

    /// <summary>What weighted draws lack.</summary>
    /// <param name="weights">Theirs.</param>
    /// <param name="divergence">KL(p || q) in nats as samples see it that do not come from q.</param>
    /// <param name="allowed">Above this, q misses what those samples have found.</param>
    /// <param name="missing">Steps that draws should have moved and have not: their heaviest decide.</param>
    /// <param name="largestShape">Of the weights' tail.</param>
    /// <param name="independent">Share of the draws that are as good as independent of one another.</param>
    public static IEnumerable<string> OfDraws(ImportanceWeights weights, double divergence, double allowed, int missing = 0,
        double independent = 1, double largestShape = LargestShape)
    {
        if (!(independent * weights.EffectiveSize >= SmallestEffectiveSize))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"effective sample size {independent * weights.EffectiveSize:f0} of {weights.Count} draws below {SmallestEffectiveSize}");
        if (!(weights.Tail.Shape <= largestShape))
            yield return double.IsNaN(weights.Tail.Shape) ? "weights whose tail is too short to be judged"
                : string.Create(CultureInfo.InvariantCulture,
                    $"weights with a heavy tail (Pareto shape {weights.Tail.Shape:f2} above {largestShape})");
        if (!(divergence < allowed))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"walkers stand where there are hardly any draws (KL {divergence:f2} nats, {allowed:f2} allowed)");
        if (missing > 0)
            yield return $"draws were not moved on ({missing} steps are missing)";
    }

    /// <summary>The wants in one clause; empty without any.</summary>
    public static string Shortcoming(IReadOnlyCollection<string> wants) =>
        wants.Count == 0 ? "" : "not converged (" + string.Join("; ", wants) + ")";
}
