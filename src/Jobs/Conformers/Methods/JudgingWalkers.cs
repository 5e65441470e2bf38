using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// The other side of weights: walkers that the energy itself moves, from where the force field alone was hot, drawn to where ln w is large
/// (<see cref="SeekingPotential"/>); walkers of p itself need several times as many steps to get there. Their law is p exp(g), so they are
/// weighed by exp(-g).
/// </summary>
/// <param name="Positions">[M][N, 3] nm, where they stand in the end.</param>
/// <param name="LogWeights">[M] ln w there; those without an energy are left out.</param>
/// <param name="Gains">[M] g there.</param>
/// <param name="Steps">That they were to make.</param>
/// <param name="MissingSteps">For which there was no time.</param>
/// <param name="Evaluations">Of the energy.</param>
internal sealed record JudgingWalkers(ReadOnlyMemory<float>[] Positions, double[] LogWeights, double[] Gains, int Steps, int MissingSteps,
    long Evaluations)
{
    /// <summary>How many, and how far they go: the fewest steps if none before them has found anything.</summary>
    public const int Count = 32, FewestSteps = 8, MostSteps = 64;

    /// <summary>Energies that these take.</summary>
    public const int Energies = Count * (2 + FewestSteps * ConformerWork.LeapfrogSteps);

    private const double StepSize = 3e-3; // ps, near what will be accepted: there are too few steps to find it
    private const double Lost = 5; // standard deviations of ln w above its mean among the walkers
    private const double LargestExcess = 0.3; // nats, as in AnnealedDrawing, of some thirty walkers

    /// <summary>Moves them.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="surrogate">U_s.</param>
    /// <param name="starts">[N, 3] nm each.</param>
    /// <param name="logMean">ln of the mean weight.</param>
    /// <param name="steps">Of Hamiltonian Monte Carlo.</param>
    /// <param name="random">Theirs.</param>
    /// <param name="end">When they must be done.</param>
    public static JudgingWalkers Run(ConformerWork work, Potential surrogate, IReadOnlyList<ReadOnlyMemory<float>> starts,
        double logMean, int steps, RandomSource random, CancellationToken end)
    {
        HamiltonianMonteCarlo dynamics = work.Dynamics(1);
        dynamics.StepSizes[0] = StepSize;
        using var walkers = new ReplicaExchange(new SeekingPotential(work.Potential, surrogate, work.Beta, logMean),
            new([work.Options.Temperature]), Count, dynamics, [], random, work.Options.Threads);
        for (int m = 0; m < Count; m++)
            walkers.SetPositions(m, 0, starts[m % starts.Count].Span);
        walkers.Start();
        int missing = steps - walkers.BurnIn(steps, end, n => work.Progress("walkers", (double)n / steps));
        (float[] At, double LogWeight)[] found = [.. Enumerable.Range(0, Count).Select(m =>
        {
            float[] x = new float[walkers.Dimension];
            walkers.CopyPositions(m, 0, x);
            return (At: x, LogWeight: Surrogate.LogWeight(work.Beta, Geometry.Energy(work.Potential, x), Geometry.Energy(surrogate, x)));
        }).Where(w => double.IsFinite(w.LogWeight))];
        return new([.. found.Select(w => w.At)], [.. found.Select(w => w.LogWeight)],
            [.. found.Select(w => SeekingPotential.Gain(w.LogWeight - logMean))], steps, missing, walkers.Evaluations + Count);
    }

    /// <summary>The largest divergence between p and a q whose samples leave nothing out: that of Gaussian ln w, and what the walkers do
    /// not know.</summary>
    /// <param name="divergence">See <see cref="Judge"/>.</param>
    /// <param name="weights">Of draws.</param>
    public static double Allowed(Estimate divergence, ImportanceWeights weights) =>
        Allowance(divergence) - 0.5 * Math.Log(weights.EffectiveFraction);

    /// <summary>What speaks against the walkers, or against the draws by them beside the divergence, in words.</summary>
    /// <param name="weights">Of draws.</param>
    public IEnumerable<string> Wants(ImportanceWeights weights)
    {
        (Estimate divergence, int lost) = Judge(weights);
        if (lost > 0)
            yield return $"{lost} of {Count} walkers found what the surrogate's samples leave out";
        if (MissingSteps > 0)
            yield return $"the walkers that judge made {Steps - MissingSteps} of {Steps} steps";
        if (divergence.Value < -Allowance(divergence)) // which no divergence is
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the walkers that judge are not at rest (KL {divergence.Value:f2} nats)");
    }

    private static double Allowance(Estimate divergence) => LargestExcess + 2 * divergence.StandardError;

    /// <summary>KL(p || q), the mean of ln w over p less ln Z, and how many walkers have a ln w that no draw of q explains.</summary>
    /// <param name="weights">Of draws.</param>
    public (Estimate Divergence, int Lost) Judge(ImportanceWeights weights)
    {
        if (LogWeights.Length < 2)
            return (new(double.NaN, double.NaN), 0);
        double[] drawn = [.. weights.LogWeights.ToArray().Where(double.IsFinite)];
        double mean = drawn.Average(), deviation = Math.Sqrt(drawn.Average(w => (w - mean) * (w - mean)));
        // of Gaussian ln w, the mean under p is one variance above that under q
        int lost = LogWeights.Count(w => w > mean + deviation * deviation + Lost * deviation);
        double[] shares = [.. Gains.Select(g => Math.Exp(-g))];
        double all = shares.Sum(), own = shares.Zip(LogWeights, (v, w) => v * w).Sum() / all,
            variance = shares.Zip(LogWeights, (v, w) => v * v * (w - own) * (w - own)).Sum() / (all * all);
        Estimate z = weights.LogMean;
        return (new(own - z.Value, Math.Sqrt(variance + z.StandardError * z.StandardError)), lost);
    }
}
