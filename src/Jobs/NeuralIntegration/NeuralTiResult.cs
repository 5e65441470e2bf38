using System.Globalization;
using MolSampling.Flows.Interpolation;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>One estimator of f_1 - f_0.</summary>
/// <param name="Id">plain, windows, works, standard, exact or published.</param>
/// <param name="Label">For people.</param>
/// <param name="Difference">kT.</param>
/// <param name="EnergyCalls">All that it rests on: samples of the ends, training, itself; null for what was not computed here.</param>
public sealed record NeuralTiEstimate(string Id, string Label, FreeEnergyDifference Difference, long? EnergyCalls);

/// <summary>What a neural thermodynamic integration found.</summary>
public sealed class NeuralTiResult
{
    private const int CurvePoints = 101, WorkBins = 40;

    private readonly NeuralTiRun _run;
    private readonly IReadOnlyList<PathMetrics> _metrics;
    private readonly TrainingCalls _calls;
    private readonly PathSwitching _works;
    private readonly PathWindows _windows;
    private readonly WindowEstimate _own;
    private readonly WindowEstimate? _standard;
    private readonly double[] _curveTimes, _curves; // [points], [points, S]

    internal NeuralTiResult(NeuralTiRun run, LearnedPath path, IReadOnlyList<PathMetrics> metrics, TrainingCalls calls,
        PlainIntegral plain, PathSwitching works, PathWindows windows, PathWindows? standard)
    {
        (_run, _metrics, _calls, _works, _windows, Plain) = (run, metrics, calls, works, windows, plain);
        _own = WindowEstimate.Of(windows);
        _standard = standard is null ? null : WindowEstimate.Of(standard);
        var both = new NonequilibriumWork(works.Forward, works.Backward, Inefficiency(works.Forward), Inefficiency(works.Backward));
        Certificate = new(plain.Difference, _own, both);
        long learned = calls.Ends + calls.Preparation + calls.Training;
        List<NeuralTiEstimate> all =
        [
            new("windows", "MBAR, windows of the learned path", Certificate.Windows, learned + works.Evaluations + windows.Evaluations),
            new("works", "BAR, works along the learned path", Certificate.Works, learned + works.Evaluations),
            new("plain", "plain integral of the mean dU/dt", FreeEnergyDifference.Of(plain.Difference.Value,
                plain.Difference.StandardError), learned + calls.Plain),
        ];
        if (standard is not null)
            all.Add(new("standard", Text($"MBAR, {standard.Times.Count} usual windows"), _standard!.Difference, standard.Evaluations));
        if (run.States.Exact is { } exact)
            all.Add(new("exact", "exact", FreeEnergyDifference.Of(exact, 0), null));
        if (run.States.Published is { } published)
            all.Add(new("published", published.Source, FreeEnergyDifference.Of(published.Value.Value, published.Value.StandardError),
                null));
        Estimates = all;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        _curveTimes = [.. Enumerable.Range(0, CurvePoints).Select(k => k / (CurvePoints - 1.0))];
        _curves = [.. path.Schedules(tensor(_curveTimes)).contiguous().data<double>()];
    }

    /// <summary>Of the learned path.</summary>
    public PathCertificate Certificate { get; }

    /// <summary>The plain integral.</summary>
    public PlainIntegral Plain { get; }

    /// <summary>The certified ones first.</summary>
    public IReadOnlyList<NeuralTiEstimate> Estimates { get; }

    /// <summary>Of MBAR over the learned path's windows.</summary>
    public WindowEstimate Windows => _own;

    /// <summary>Of the usual windows; null where they were not asked for.</summary>
    public WindowEstimate? Standard => _standard;

    /// <summary>Calls of the learned path, all told, over those that the usual windows would need for the same error (errors fall as one
    /// over the root of calls); null where one of the two has no value.</summary>
    public double? CallRatio
    {
        get
        {
            NeuralTiEstimate own = Estimates[0];
            return Estimates.FirstOrDefault(e => e.Id == "standard") is { } usual && own.Difference.Status == EstimatorStatus.Converged
                && usual.Difference.Status == EstimatorStatus.Converged
                ? own.EnergyCalls / (usual.EnergyCalls * Math.Pow(usual.Difference.StandardError / own.Difference.StandardError, 2)) : null;
        }
    }

    /// <summary>Everything, as the report and result.json have it.</summary>
    public object Document() => new
    {
        version = Provenance.CurrentVersion,
        system = _run.States.Name,
        definition = _run.States.Definition,
        fingerprint = _run.States.Fingerprint(),
        seed = _run.Config.Seed,
        settings = _run.Config,
        unit = "kT",
        sign = "f_1 - f_0 = -ln(Z_1/Z_0)",
        verdict = Word(Certificate.Verdict),
        reasons = Certificate.Reasons,
        best = Value(Certificate.Best) is { } v ? new { value = v.Value, error = v.Error } : null,
        bias = Certificate.Bias is { } b ? new { value = b.Value, error = b.StandardError } : null,
        callRatio = CallRatio,
        estimates = Estimates.Select(e => new { e.Id, e.Label, value = Value(e.Difference)?.Value, error = Value(e.Difference)?.Error,
            status = e.Difference.Status == EstimatorStatus.Converged ? "converged" : "none", reason = e.Difference.Reason,
            e.EnergyCalls }),
        calls = new { ends = _calls.Ends, preparation = _calls.Preparation, training = _calls.Training, plain = _calls.Plain, works =
            _works.Evaluations, windows = _windows.Evaluations },
        refusedSteps = _calls.Refused,
        leftOut = Plain.LeftOut,
        nonFinite = _works.NonFinite + _windows.NonFinite,
        training = new { steps = _metrics.Select(m => m.Step), losses = _metrics.Select(m => m.Loss) },
        schedules = _run.States.Schedules.Select((s, k) => new { s.Name, values = _curveTimes.Select((_, n) =>
            _curves[n * _run.States.Schedules.Count + k]) }),
        times = _curveTimes,
        rate = new { times = Plain.Times, means = Plain.Means, deviations = Plain.Deviations },
        windows = Described(_windows.Times, _own),
        exchange = _windows.ExchangeAcceptance,
        works = Histograms(),
        standard = _standard is null ? null : Described([.. Enumerable.Range(0, _run.Config.Standard!.Windows).Select(k =>
            k / (_run.Config.Standard.Windows - 1.0))], _standard),
    };

    /// <summary>"ok", "partial" or "failed".</summary>
    public static string Word(PathVerdict verdict) => verdict switch
    {
        PathVerdict.Ok => "ok",
        PathVerdict.Partial => "partial",
        _ => "failed",
    };

    private static object Described(IReadOnlyList<double> times, WindowEstimate e) => new
    {
        times,
        freeEnergies = e.FreeEnergies,
        inefficiencies = e.Inefficiencies,
        rhats = e.Rhats,
        leastOverlap = e.LeastOverlap,
        wantedOverlap = OverlapMatrix.LeastBetweenNeighbours,
        mbarError = e.MbarError,
        setError = e.SetError,
        overlap = Enumerable.Range(0, times.Count).Select(k => Enumerable.Range(0, times.Count).Select(l => e.Overlap[k, l])),
    };

    private object Histograms()
    {
        double[] forward = [.. _works.Forward.Where(double.IsFinite)], backward = [.. _works.Backward.Where(double.IsFinite).Select(w =>
            -w)];
        double[] all = [.. forward.Concat(backward).Order()];
        if (all.Length == 0)
            return new { low = 0.0, high = 1.0, forward, backward };
        double low = all[all.Length / 100], high = all[all.Length - 1 - all.Length / 100], width = Math.Max(1e-9, high - low) / WorkBins;
        double[] Density(double[] works)
        {
            double[] density = new double[WorkBins];
            foreach (double w in works)
                if (w >= low && w <= high)
                    density[Math.Min(WorkBins - 1, (int)((w - low) / width))] += 1 / (works.Length * width);
            return density;
        }
        return new { low, high, forward = Density(forward), backward = Density(backward) };
    }

    /// <summary>Of works whose starts are draws of chains, one after the other: at least 1.</summary>
    private static double Inefficiency(double[] works)
    {
        double[] finite = [.. works.Where(double.IsFinite)];
        double g = finite.Length < 4 ? 1 : Autocorrelation.StatisticalInefficiency(finite);
        return double.IsFinite(g) ? Math.Max(1, g) : 1;
    }

    private static (double Value, double Error)? Value(FreeEnergyDifference? d) => d?.Status == EstimatorStatus.Converged
        ? (d.Value, d.StandardError) : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
