using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>What a free energy along a learned path is worth.</summary>
public enum PathVerdict
{
    /// <summary>Two estimates without a bias, from windows and from works, each with overlap, agree within their errors.</summary>
    Ok,

    /// <summary>One of the two stands; the other has no overlap or too large an error to say anything.</summary>
    Partial,

    /// <summary>Neither stands, or both do and disagree.</summary>
    Failed,
}

/// <summary>
/// Three free energy differences along one learned path, side by side, kT, f_1 - f_0. (a) The plain integral of the mean dU/dt over
/// interpolated configurations has a bias that its own error does not show, wherever the learned law of the interpolation is not the true
/// one; so it decides nothing, and its bias is told. (b) MBAR over windows of the path and (c) Crooks' theorem on works along it are exact
/// for any path, whatever was learned: they are the certificate.
/// </summary>
public sealed class PathCertificate
{
    /// <summary>An estimate whose error is larger says too little to confirm another, kT.</summary>
    public const double LargestError = 0.5;

    /// <summary>Sets of windows whose split R-hat is larger do not agree yet.</summary>
    public const double LargestRhat = 1.1;

    /// <summary>Combined errors by which two estimates may differ.</summary>
    public const double LargestDeviation = 3;

    /// <summary>Samples that forward and backward works share, at least.</summary>
    public const double FewestShared = 10;

    /// <param name="plain">(a), with the error of its blocks.</param>
    /// <param name="windows">(b).</param>
    /// <param name="works">(c), both directions.</param>
    public PathCertificate(Estimate plain, WindowEstimate windows, NonequilibriumWork works)
    {
        Bar bar = works.Crooks();
        (Plain, Windows, Works, SharedWorks) = (plain, windows.Difference, bar.Difference, bar.SharedSamples);
        string? windowFlaw = Flaw(windows.Difference) ?? (windows.LeastOverlap < OverlapMatrix.LeastBetweenNeighbours
                ? Text($"neighbouring windows share as little as {windows.LeastOverlap:g2}, ")
                    + Text($"{OverlapMatrix.LeastBetweenNeighbours} is needed")
            : !(windows.LargestRhat <= LargestRhat)
                ? Text($"sets of windows disagree: R-hat {windows.LargestRhat:f2}, at most {LargestRhat} is wanted") : null);
        string? workFlaw = Flaw(bar.Difference) ?? (SharedWorks < FewestShared
            ? Text($"forward and backward works share {SharedWorks:f1} samples, {FewestShared} are needed") : null);
        var reasons = new List<string>
        {
            windowFlaw is null ? "MBAR over the path's own windows stands"
                : $"MBAR over the path's own windows does not stand: {windowFlaw}",
            workFlaw is null ? "works in both directions stand" : $"works in both directions do not stand: {workFlaw}",
        };
        Verdict = (windowFlaw, workFlaw) switch
        {
            (null, null) => PathVerdict.Ok,
            (null, _) or (_, null) => PathVerdict.Partial,
            _ => PathVerdict.Failed,
        };
        if (windowFlaw is null && workFlaw is null)
        {
            double deviation = Math.Abs(Windows.Value - Works.Value)
                / Math.Sqrt(Square(Windows.StandardError) + Square(Works.StandardError));
            bool agree = deviation <= LargestDeviation;
            if (!agree)
                Verdict = PathVerdict.Failed;
            reasons.Add(Text($"they {(agree ? "agree" : "disagree")}: {deviation:f1} combined errors apart"));
        }
        Best = windowFlaw is null ? Windows : workFlaw is null ? Works : null;
        if (Best is not null)
            Bias = new(plain.Value - Best.Value, Math.Sqrt(Square(plain.StandardError) + Square(Best.StandardError)));
        Reasons = reasons;
    }

    /// <summary>(a).</summary>
    public Estimate Plain { get; }

    /// <summary>(b).</summary>
    public FreeEnergyDifference Windows { get; }

    /// <summary>(c).</summary>
    public FreeEnergyDifference Works { get; }

    /// <summary>Samples that works of both directions share.</summary>
    public double SharedWorks { get; }

    /// <summary>What it is worth.</summary>
    public PathVerdict Verdict { get; }

    /// <summary>(b), or (c) where only that stands; null where none does.</summary>
    public FreeEnergyDifference? Best { get; }

    /// <summary>(a) - <see cref="Best"/>; null where there is none.</summary>
    public Estimate? Bias { get; }

    /// <summary>Sentences for people.</summary>
    public IReadOnlyList<string> Reasons { get; }

    private static string? Flaw(FreeEnergyDifference d) => d.Status != EstimatorStatus.Converged ? d.Reason
        : !(d.StandardError <= LargestError) ? Text($"an error of {d.StandardError:g2} kT says too little, {LargestError} is the most")
        : null;

    private static double Square(double x) => x * x;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
