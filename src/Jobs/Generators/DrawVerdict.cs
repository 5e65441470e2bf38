using System.Globalization;
using MolSampling.Flows;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Generators;

/// <summary>How far drawn samples may be used.</summary>
public enum DrawTrust
{
    /// <summary>Nothing that was looked at speaks against weighted averages.</summary>
    Usable,

    /// <summary>Within limits that the reasons name.</summary>
    Limited,

    /// <summary>Not for averages.</summary>
    Unusable,
}

/// <summary>A judgement in words: what may be done with the samples, and what it rests on. It says no more than the figures show: what
/// neither the flow nor samples of the target have visited leaves no trace in them.</summary>
/// <param name="Trust">How far.</param>
/// <param name="Headline">One sentence.</param>
/// <param name="Reasons">A sentence each, the weightiest first.</param>
public sealed record DrawVerdict(DrawTrust Trust, string Headline, IReadOnlyList<string> Reasons)
{
    /// <summary>Effective samples below which a mean's own error is not known.</summary>
    public const int FewestEffective = 100;

    // the forward figure is ruled by few draws, so only what is far below the reverse one says that regions are missing
    private const double ForwardOfReverse = 0.5, MostNonFinite = 0.01;

    /// <summary>Of a judgement from one side or both.</summary>
    public static DrawVerdict Of(FlowEvaluation judged)
    {
        ImportanceWeights w = judged.Reverse;
        List<string> against = [], limits = [], found = [];
        Weights(w, against, found);
        OtherSide(w, judged.Forward, against, limits, found);
        double lost = (double)judged.NonFinite / w.Count;
        if (judged.NonFinite > 0)
            (lost > MostNonFinite ? limits
                : found).Add(Text($"{judged.NonFinite:n0} of {w.Count:n0} samples ({100 * lost:g2} %) are not finite and weigh nothing"));
        DrawTrust trust = against.Count > 0 ? DrawTrust.Unusable : limits.Count > 0 ? DrawTrust.Limited : DrawTrust.Usable;
        string headline = trust switch
        {
            DrawTrust.Unusable => "Do not use averages over these samples, weighted or not.",
            DrawTrust.Limited => "Weighted averages hold for what the flow draws, within the limits below.",
            _ => "Weighted averages may be used within their errors.",
        };
        string end = judged.Forward is null ? "without weights the samples have the flow's law, not the target's"
            : "what neither the flow nor the target's samples have visited leaves no trace in these figures";
        return new(trust, headline, [.. against, .. limits, .. found, end]);
    }

    private static void Weights(ImportanceWeights w, List<string> against, List<string> found)
    {
        string size = Text($"{w.Count:n0} samples weigh as much as {w.EffectiveSize:n0} independent ones of the target would (reverse ESS {100 * w.EffectiveFraction:g3} %), as far as the flow reaches");
        if (w.EffectiveSize < FewestEffective)
            against.Add(Text($"only {w.EffectiveSize:n0} of {w.Count:n0} samples are effective, {FewestEffective} wanted; the largest weight is {100 * w.LargestShare:g2} % of all: draw more, or train on"));
        else
            found.Add(size);
        if (w.Tail.IsReliable)
            found.Add(Text($"the weights' tail is light enough for means and their errors (Pareto k-hat {w.Tail.Shape:f2}, at most {w.Tail.Limit:f2})"));
        else if (double.IsFinite(w.Tail.Shape))
            against.Add(Text($"the weights' tail is so heavy (Pareto k-hat {w.Tail.Shape:f2}, at most {w.Tail.Limit:f2}) that neither means nor log Z nor their errors can be trusted, whatever the ESS says"));
        else
            against.Add("the weights' tail cannot be judged: too few samples");
    }

    private static void OtherSide(ImportanceWeights w, ForwardWeights? forward, List<string> against, List<string> limits,
        List<string> found)
    {
        if (forward is null)
        {
            limits.Add("nothing was looked at from the target's side: a region that the flow never draws would show in no figure here");
            return;
        }
        double fraction = forward.EffectiveFraction.Value, error = forward.EffectiveFraction.StandardError;
        int different = forward.LogWeights.ToArray().Distinct().Count(); // chains repeat where they reject
        string compared = Text($"forward ESS {100 * fraction:g3} % over {forward.Count:n0} samples of the target, reverse {100 * w.EffectiveFraction:g3} %");
        if (forward.Uncovered > 0)
            against.Add(Text($"{forward.Uncovered:n0} of {forward.Count:n0} samples of the target lie where the flow draws nothing: averages lack these regions"));
        else if (!double.IsFinite(fraction))
            limits.Add("the samples of the target give no finite forward ESS: missing regions would not show");
        else if (fraction + 2 * (double.IsFinite(error) ? error : 0) < ForwardOfReverse * w.EffectiveFraction)
            against.Add($"the target has been found where the flow draws too rarely ({compared}): averages lack these regions, by more than their errors say");
        else if (different < FewestEffective)
            limits.Add(Text($"of {forward.Count:n0} samples of the target {different:n0} differ, {FewestEffective} are wanted: missing ")
                + "regions would not show");
        else
            found.Add($"the target's samples show no region that the flow misses ({compared})");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
