using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// The ensemble of an energy that takes milliseconds: samples of a force field that was fitted to it (<see cref="SurrogateFitting"/>), each
/// weighed by exp(-U / RT + U_s / RT_s), so that the law is the energy's whatever the surrogate is. How many are weighed follows from a
/// pilot that is not averaged. Walkers that the energy itself moves (<see cref="JudgingWalkers"/>) judge whether the surrogate's samples
/// leave out what they find.
/// </summary>
internal sealed class SurrogateDraws : ISamplingStrategy
{
    private const double Ample = 3; // times the draws that are needed: the pilot does not know the tail of its weights well
    private const double MostWithoutEnergy = 0.01;
    private const double MostUnusual = 0.02; // share of the ensemble; of the frames that set the limit one in a hundred is beyond it

    /// <inheritdoc/>
    public Attempt Sample(ConformerWork work)
    {
        var fitting = new SurrogateFitting(work);
        (Surrogate? surrogate, string? obstacle) = fitting.Run(work.Schedule.Until(0.6));
        if (surrogate is null)
            return new(null, obstacle!);
        string how = string.Create(CultureInfo.InvariantCulture,
            $"samples of a surrogate (MMFF94s with {fitting.Parameters:n0} linear terms fitted to {fitting.Labels:n0} energies and forces")
            + $"; {surrogate.How}) weighed by {work.Potential.Name}";
        int count = Enough(surrogate, work.Options.Labels);
        Ensemble drawn = surrogate.Samples.Analysis.Ensemble;
        (int Sample, int Multiplicity)[] picks = surrogate.Take(count, work.Random.Split("draws"));
        LabelledDraws labels = LabelledDraws.Of(work, [.. picks.Select(p => drawn.Positions[p.Sample])], share =>
            work.Progress($"weighing {picks.Length:n0} draws", share),
            work.Schedule.UntilAnalysis());
        if (labels.Done.Count < 2)
            return new(null, how + ": no time was left to weigh draws");
        // in the order of the chains' steps, which the shuffled labelling does not keep
        int[] done = [.. labels.Done.Order()];
        double[] energies = [.. done.Select(n => labels.Energies[n])],
            logWeights = [.. done.Select(n => double.IsFinite(labels.Energies[n]) ? Math.Log(picks[n].Multiplicity)
                + Surrogate.LogWeight(work.Beta, labels.Energies[n], drawn.Energies[picks[n].Sample]) : double.NegativeInfinity)];
        if (logWeights.All(double.IsNegativeInfinity))
            return new(null, how + ": no draw has an energy");
        var weights = new ImportanceWeights(logWeights);
        JudgingWalkers? walkers = surrogate.Walkers;
        Estimate divergence = walkers?.Judge(weights).Divergence ?? new(double.NaN, double.NaN);
        double chains = surrogate.Samples.Diagnostics.EffectiveSampleSize;
        var draws = new WeightedDraws([.. done.Select(n => drawn.Positions[picks[n].Sample])], energies, logWeights, divergence.Value,
            JudgingWalkers.Allowed(divergence, weights))
        {
            Chains = [.. done.Select(n => drawn.Groups[picks[n].Sample])],
            Independent = chains / (chains + done.Length),
            LargestShape = ConvergenceCriteria.LargestShapeUnmoved,
        };
        ConformerFindings found = draws.Analyse(work, surrogate.Samples.Diagnostics with
        {
            EnergyEvaluations = fitting.Asked + done.Length,
            NonFinite = weights.Outside,
        }, keepsDraws: false);
        string[] wants =
        [
            .. found.Shortcoming.Length > 0 ? new[] { found.Shortcoming } : [],
            .. surrogate.Samples.Shortcoming.Length > 0 ? new[] { "the surrogate's own samples: " + surrogate.Samples.Shortcoming } : [],
            .. walkers?.Wants(weights) ?? ["there was no time for the walkers that judge"],
            .. weights.Outside > MostWithoutEnergy * weights.Count ? new[] { $"{weights.Outside} draws have no energy" } : [],
        ];
        (double[][]? members, string? unknown) = Members(work, draws, energies, logWeights);
        work.Notes.AddRange(unknown is null ? [] : [unknown]);
        work.Notes.Add($"representatives are minima of the surrogate with energies by {work.Potential.Name}");
        return new(found with
        {
            Relaxing = surrogate.Potential,
            MemberLogWeights = members,
            Shortcoming = string.Join("; ", wants),
            Diagnostics = found.Diagnostics with { Converged = wants.Length == 0 },
        }, how);
    }

    /// <summary>Log weights by each member of a committee: [M][S], and what is to be said where members disagree more than usual. Nothing
    /// where the potential is one model.</summary>
    private static (double[][]?, string?) Members(ConformerWork work, WeightedDraws draws, double[] energies, double[] weights)
    {
        Potential whole = work.Potential is SupportedPotential supported ? supported.Whole : work.Potential;
        if (whole is not ICommittee { MemberCount: > 1 } committee)
            return (null, null);
        int[] kept = [.. Enumerable.Range(0, weights.Length).Where(n => double.IsFinite(weights[n]))];
        double[][] logWeights = [.. Enumerable.Range(0, committee.MemberCount).Select(_ => new double[kept.Length])];
        Parallel.For(0, kept.Length, ParallelWork.Options(work.Options.Threads), k =>
        {
            double[] u = new double[committee.MemberCount];
            committee.MemberEnergies([.. draws.Positions[kept[k]].ToArray().Select(v => (double)v)], u);
            for (int m = 0; m < u.Length; m++)
                logWeights[m][k] = weights[kept[k]] - work.Beta * (u[m] - energies[kept[k]]);
        });
        double unusual = Unusual(logWeights, [.. kept.Select(n => weights[n])], work.Beta, committee.UsualSpread);
        return (logWeights, unusual <= MostUnusual ? null : string.Create(CultureInfo.InvariantCulture,
            $"in {100 * unusual:f0} % of the ensemble the members disagree by more than {committee.UsualSpread:f2} kJ/mol, which ")
            + "they hardly did where their errors were measured: little is known of these there");
    }

    /// <summary>Share of the ensemble where the members' spread, each less its own mean, is beyond the usual.</summary>
    private static double Unusual(double[][] logWeights, double[] weights, double beta, double usual)
    {
        if (double.IsPositiveInfinity(usual))
            return 0;
        double top = weights.Max(), all = 0, beyond = 0;
        double[] means = [.. logWeights.Select(own => own.Zip(weights, (a, b) => b - a).Average())];
        for (int k = 0; k < weights.Length; k++)
        {
            double[] own = [.. logWeights.Select((l, m) => (weights[k] - l[k] - means[m]) / beta)];
            double mean = own.Average(), spread = Math.Sqrt(own.Sum(u => (u - mean) * (u - mean)) / (own.Length - 1)),
                weight = Math.Exp(weights[k] - top);
            all += weight;
            beyond += spread > usual ? weight : 0;
        }
        return beyond / all;
    }

    /// <summary>How many draws N will do, where there was a pilot: they have N f E / (E + N) effective ones, f the pilot's share and E the
    /// chains' effective size.</summary>
    private static int Enough(Surrogate surrogate, int most)
    {
        double wanted = ConvergenceCriteria.SmallestEffectiveSize,
            each = surrogate.Share - wanted / surrogate.Samples.Diagnostics.EffectiveSampleSize;
        return each > 0 ? (int)Math.Min(most, Math.Ceiling(Ample * wanted / each)) : most;
    }
}
