using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Generators;

/// <summary>A distance of a flow's samples from samples of the target, and what it would be for samples of the target themselves.</summary>
/// <param name="Raw">Of the samples as they are drawn.</param>
/// <param name="RawNoise">The mean of the same between samples of one law.</param>
/// <param name="Reweighted">Of the samples with their weights, unclipped.</param>
/// <param name="ReweightedNoise">The mean of the same between samples of one law, the first of as many as the weights leave.</param>
public sealed record ComparedDistance(double Raw, double RawNoise, double Reweighted, double ReweightedNoise);

/// <summary>How far a residue's (phi, psi) are from those of the target's samples. Noise: points of both samples pooled and dealt anew
/// (<see cref="DistanceScore"/>).</summary>
/// <param name="Residue">"ALA 2".</param>
/// <param name="TotalVariation64">On 64 x 64 bins.</param>
/// <param name="TotalVariation100">On 100 x 100 bins.</param>
/// <param name="KullbackLeibler64">KL(target||flow) in nats as <see cref="KullbackLeiblerConvention.Fab"/> has it.</param>
/// <param name="KullbackLeibler100">As <see cref="KullbackLeiblerConvention.TaBg"/> has it.</param>
public sealed record RamachandranComparison(string Residue, ComparedDistance TotalVariation64, ComparedDistance TotalVariation100,
    ComparedDistance KullbackLeibler64, ComparedDistance KullbackLeibler100);

/// <summary>How far samples of a flow, raw and reweighted, are from samples of the target.</summary>
/// <param name="Compared">Samples of the flow: those that have a density and a finite energy.</param>
/// <param name="Reference">Samples of the target.</param>
/// <param name="EnergyW2">Wasserstein distance of order 2 of U/kT. Noise: two samples drawn with replacement from the target's.</param>
/// <param name="TorsionPoints">Of each of the two samples of <see cref="TorusW2"/>.</param>
/// <param name="TorusW2">Wasserstein distance of order 2 over all torsions that go round, rad; null without any. Noise: the second half of
/// the target's samples against the first.</param>
/// <param name="Ramachandran">A residue each.</param>
public sealed record SampleComparison(int Compared, int Reference, ComparedDistance EnergyW2, int TorsionPoints, ComparedDistance? TorusW2,
    IReadOnlyList<RamachandranComparison> Ramachandran)
{
    /// <summary>A matching of so many points takes about a second.</summary>
    private const int MostPoints = 2048;

    private const int Repetitions = NoiseFloor.FewestPermutations;

    /// <param name="flow">Samples of the flow.</param>
    /// <param name="importance">[S] their weights; those that have no density or no finite energy are left out.</param>
    /// <param name="target">Samples of the target.</param>
    /// <param name="random">For noise and for resampling.</param>
    internal static SampleComparison Of(Observables flow, ImportanceWeights importance, Observables target, RandomSource random)
    {
        (int[] kept, double[] weights) = Kept(importance);
        int[] all = [.. Enumerable.Range(0, target.Count)];
        (int points, ComparedDistance? torus) = Torus(flow, kept, weights, target, random.Split("torus"));
        return new(kept.Length, target.Count, Energy([.. kept.Select(s => flow.Energies[s])], weights, [.. target.Energies],
            random.Split("energy")), points, torus,
            [.. flow.Residues.Select((label, r) => Residue(label, flow.Ramachandran(r, kept), weights, target.Ramachandran(r, all),
                random.Split("ramachandran").Split(r)))]);
    }

    /// <summary>The rows that are compared, and their weights.</summary>
    internal static (int[] Rows, double[] Weights) Kept(ImportanceWeights importance)
    {
        List<int> rows = [];
        List<double> weights = [];
        for (int s = 0; s < importance.Count; s++)
            if (double.IsFinite(importance.LogWeights[s]))
            {
                rows.Add(s);
                weights.Add(importance.Shares[s]);
            }
        return ([.. rows], [.. weights]);
    }

    private static ComparedDistance Energy(double[] flow, double[] weights, double[] target, RandomSource random)
    {
        Draws raw = new(flow), reweighted = new(flow, weights: weights), reference = new(target);
        // equal weights, so that points are drawn with replacement; the target's samples twice are their own pool
        double Noise(double size, string name) =>
            LineWasserstein.Score(new(target, weights: Enumerable.Repeat(1.0, target.Length).ToArray(),
            effectiveSize: Math.Min(size, target.Length)),
            reference, Repetitions, random.Split(name)).Floor.Mean;
        return new(LineWasserstein.Distance(raw, reference), Noise(flow.Length, "raw"), LineWasserstein.Distance(reweighted, reference),
            Noise(reweighted.EffectiveSize, "reweighted"));
    }

    private static (int Points, ComparedDistance? Distance) Torus(Observables flow, int[] kept, double[] weights, Observables target,
        RandomSource random)
    {
        int[] pool = [.. kept.TakeWhile(s => s < Observables.MostTorsions)];
        int reference = Math.Min(target.Count, Observables.MostTorsions),
            points = Math.Min(MostPoints, Math.Min(pool.Length, reference / 2));
        if (flow.TorsionCount == 0 || points < 2)
            return (0, null);
        Draws Points(Observables samples, IEnumerable<int> rows) => new(samples.Torsions(rows), flow.TorsionCount);
        int[] even = [.. Enumerable.Range(0, 2 * points).Select(k => (int)((long)k * reference / (2 * points)))];
        long[] drawn = SystematicResampling.Rows(weights[..pool.Length], points, random);
        Draws first = Points(target, even[..points]);
        Draws[] others = [Points(flow, pool.Take(points)), Points(flow, drawn.Select(k => pool[k])), Points(target, even[points..])];
        var distances = new double[others.Length];
        Parallel.For(0, others.Length, ParallelWork.Options(), k => distances[k] = TorusWasserstein.Distance(others[k], first));
        return (points, new(distances[0], distances[2], distances[1], distances[2]));
    }

    private static RamachandranComparison Residue(string label, double[] flow, double[] weights, double[] target, RandomSource random)
    {
        Draws raw = new(flow, 2), reweighted = new(flow, 2, weights), reference = new(target, 2);
        ComparedDistance Both(Func<Draws, RandomSource, DistanceScore> score, string name)
        {
            DistanceScore one = score(raw, random.Split(name).Split("raw")),
                other = score(reweighted, random.Split(name).Split("reweighted"));
            return new(one.Value, one.Floor.Mean, other.Value, other.Floor.Mean);
        }
        ComparedDistance Variation(int bins) => Both((d, r) => TotalVariation.Score(HistogramGrid.Torus(2, bins), d, reference, Repetitions,
            r), $"tv{bins}");
        ComparedDistance Divergence(KullbackLeiblerConvention convention) =>
            Both((d, r) => KullbackLeibler.Score(convention, d, reference, Repetitions, r), convention.Name);
        return new(label, Variation(64), Variation(100), Divergence(KullbackLeiblerConvention.Fab),
            Divergence(KullbackLeiblerConvention.TaBg));
    }
}
