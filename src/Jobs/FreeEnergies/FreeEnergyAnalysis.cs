using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Running;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>All estimators on the same alchemical data, side by side, with what speaks for and against trusting them.</summary>
public sealed class FreeEnergyAnalysis
{
    private const int ConvergencePoints = 10, MostNodes = 50;

    private static readonly string[] s_order = ["mbar", "bar", "ti-gauss", "ti-spline", "ti-trapezoid", "exp-forward", "exp-reverse",
        "gaussian-forward", "gaussian-reverse"];
    private static readonly string[] s_convergence = ["mbar", "bar", "ti-trapezoid"];
    private readonly List<EstimatorResult> _estimates = [];
    private BarChain? _chain;

    private FreeEnergyAnalysis(AlchemicalData given, AlchemicalData data, FreeEnergyOptions options, PreparedWindows windows) =>
        (Given, Data, Options, Windows) = (given, data, options, windows);

    /// <summary>All that was read, with the states that nobody sampled.</summary>
    public AlchemicalData Given { get; }

    /// <summary>All rows, in the states of the part of the path that was sampled.</summary>
    public AlchemicalData Data { get; }

    /// <summary>How they were treated.</summary>
    public FreeEnergyOptions Options { get; }

    /// <summary>What of them is used.</summary>
    public PreparedWindows Windows { get; }

    /// <summary>In the order of trust: MBAR, BAR, thermodynamic integration, exponential averages.</summary>
    public IReadOnlyList<EstimatorResult> Estimates => _estimates;

    /// <summary>MBAR's solution; null without reduced potentials of all rows in all states.</summary>
    public Mbar? Mbar { get; private set; }

    /// <summary>MBAR on samples drawn anew; null if not asked for.</summary>
    public MbarBootstrap? Bootstrap { get; private set; }

    /// <summary>Neighbours along the path that both have samples.</summary>
    public IReadOnlyList<PairCheck> Pairs { get; private set; } = [];

    /// <summary>The integrals; empty without dH/dlambda.</summary>
    public IReadOnlyList<ThermodynamicIntegration> Integrals { get; private set; } = [];

    /// <summary>Means of dH/dlambda with errors. Null without dH/dlambda.</summary>
    public MeanGradients? Gradients { get; private set; }

    /// <summary>Estimate by fraction of the data, of <see cref="ConvergenceOf"/>.</summary>
    public IReadOnlyList<ConvergencePoint> Convergence { get; private set; } = [];

    /// <summary>MBAR; BAR where not all rows are known in all states; the trapezoid without reduced potentials.</summary>
    public EstimatorResult? ConvergenceOf =>
        s_convergence.Select(id => _estimates.Find(e => e.Id == id && (id != "mbar" || Mbar is not null))).FirstOrDefault(e =>
        e is not null);

    /// <summary>Whether the beginning of the rows moves the result; null where that cannot be told.</summary>
    public DriftOfResult? Drift { get; private set; }

    /// <summary>What a reader must know before using a number, in words. Empty if nothing speaks against it.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>The estimate to quote: the first that has a value, MBAR before BAR before integration. Null if none has.</summary>
    public EstimatorResult? Best => _estimates.Find(e => e.Total.Status == EstimatorStatus.Converged);

    /// <summary>Prepares the windows, runs every estimator that the data allow, and looks for what speaks against the result.</summary>
    /// <param name="data">All rows; states at an end of the path that nobody sampled are left out, with a note.</param>
    /// <param name="options">How they are treated.</param>
    /// <param name="progress">Stages, if given.</param>
    /// <param name="cancellation">Gives up.</param>
    public static FreeEnergyAnalysis Of(AlchemicalData data, FreeEnergyOptions options, Action<TaskProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        progress?.Invoke(new("equilibration and correlation", 0));
        AlchemicalData given = data;
        data = SampledPart.Of(given);
        var analysis = new FreeEnergyAnalysis(given, data, options, PreparedWindows.Of(data, options));
        cancellation.ThrowIfCancellationRequested();
        progress?.Invoke(new("estimators", 0.1));
        if (data.ReducedPotentials is not null)
            analysis.FromPotentials(progress, cancellation);
        if (data.Gradients is not null)
            analysis.FromGradients();
        analysis._estimates.Sort((a, b) => Rank(a.Id).CompareTo(Rank(b.Id)));
        analysis.Converge(progress, cancellation);
        if (analysis._chain is not null || data.Gradients is not null)
            analysis.Drift = DriftOfResult.Of(analysis.Windows, data, analysis._chain);
        analysis.Warnings = FreeEnergyWarnings.Of(analysis);
        return analysis;
    }

    private static int Rank(string id) => Array.FindIndex(s_order, p => id.StartsWith(p, StringComparison.Ordinal));

    private void FromPotentials(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        if (Windows.Table() is not { } table)
            return;
        int[] sampled = [.. Enumerable.Range(0, table.States).Where(k => table.Counts[k] > 0)];
        if (sampled.Length < 2)
            return;
        if (table.IsComplete)
            SolveMbar(table, sampled, progress, cancellation);
        else
            _estimates.Add(new("mbar", "MBAR", FreeEnergyDifference.Failed(EstimatorStatus.MissingEnergies, Unknown(table)), []));
        BarChain chain = _chain = BarChain.Solve(table, Windows.Inefficiencies);
        Add("bar", "BAR", sampled, [.. chain.Pairs.Select(p => p.Difference)], chain.Total);
        var pairs = new List<PairCheck>();
        var oneSided = new List<FreeEnergyDifference>[] { [], [], [], [] };
        for (int p = 0; p + 1 < sampled.Length; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            int a = sampled[p], b = sampled[p + 1];
            double[] up = table.KnownDifferences(a, b), down = table.KnownDifferences(b, a);
            double ga = Windows.Inefficiencies[a], gb = Windows.Inefficiencies[b];
            if (up.Length > 0 && down.Length > 0)
                pairs.Add(new(a, b, Mbar?.Overlap.Values[a, b] ?? chain.Pairs[p].SharedSamples * ga / up.Length,
                    EnsembleValidation.Test(up, down, ga, gb, Data.Temperature)));
            oneSided[0].Add(OneSided(up, a, b, w => ExponentialAverage.Forward(w, ga).Difference));
            oneSided[1].Add(OneSided(down, b, a, w => ExponentialAverage.Reverse(w, gb).Difference));
            oneSided[2].Add(OneSided(up, a, b, w => Cumulant(w, ga, ExponentialAverage.GaussianForward)));
            oneSided[3].Add(OneSided(down, b, a, w => Cumulant(w, gb, ExponentialAverage.GaussianReverse)));
        }
        Pairs = pairs;
        string[] ids = ["exp-forward", "exp-reverse", "gaussian-forward", "gaussian-reverse"], labels = ["EXP forward", "EXP reverse",
            "Gaussian forward", "Gaussian reverse"];
        for (int e = 0; e < ids.Length; e++)
            Add(ids[e], labels[e], sampled, oneSided[e], null);
    }

    private void SolveMbar(ReducedPotentials table, int[] sampled, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        int states = table.States;
        Mbar mbar = Mbar = Sampling.Estimators.Mbar.Solve(table, Windows.Inefficiencies);
        FreeEnergyDifference total = MissingEnd(sampled) is { } end ? NoSamples(end) : mbar.Difference(0, states - 1);
        _estimates.Add(new("mbar", "MBAR", total,
            [.. Enumerable.Range(0, states - 1).Select(k => new IntervalEstimate(k, k + 1, mbar.Difference(k, k + 1)))]));
        if (Options.Bootstrap > 1 && mbar.Status == EstimatorStatus.Converged)
        {
            progress?.Invoke(new("bootstrap", 0.2));
            Bootstrap = mbar.Bootstrap(Options.Bootstrap, new RandomSource(Options.Seed).Split("mbar bootstrap"), cancellation);
        }
    }

    private delegate FreeEnergyDifference Gaussian(ReadOnlySpan<double> works, double inefficiency);

    private static FreeEnergyDifference Cumulant(double[] works, double inefficiency, Gaussian estimate) => works.All(double.IsFinite)
        ? estimate(works, inefficiency)
        : FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, "an infinite energy has no cumulant");

    private FreeEnergyDifference OneSided(double[] works, int home, int state, Func<double[], FreeEnergyDifference> estimate) =>
        works.Length > 0 ? estimate(works)
        : FreeEnergyDifference.Failed(EstimatorStatus.MissingEnergies,
            $"no sample of state {Data.States[home]} is known in state {Data.States[state]}");

    /// <summary>Why there is no MBAR, by the first state whose samples are not known everywhere.</summary>
    private string Unknown(ReducedPotentials table)
    {
        int home = Enumerable.Range(0, table.States).First(k => Unknown(k).Any());
        IEnumerable<int> Unknown(int k) => Enumerable.Range(0, table.States).Where(l => table.Counts[k] > 0
            && table.Of(k, l).Contains(double.NaN));
        LambdaState[] unknown = [.. Unknown(home).Select(l => Data.States[l])];
        return $"it needs every sample in every state, and samples of state {Data.States[home]} are not known in {string.Join(", ", unknown.Take(4))}{(unknown.Length > 4 ? $" and {unknown.Length - 4} more" : "")}"
            + (Data.Blocks.Any(b => b.Source.Contains(".xvg", StringComparison.OrdinalIgnoreCase))
                ? " (in GROMACS, calc-lambda-neighbors = -1 writes all states)" : "");
    }

    /// <summary>An estimator that goes from neighbour to neighbour: each step from its own samples, so that squares of errors add up unless
    /// the total is given.</summary>
    private void Add(string id, string label, int[] sampled, IReadOnlyList<FreeEnergyDifference> steps, FreeEnergyDifference? total)
    {
        IntervalEstimate[] intervals = [.. steps.Select((d, p) => new IntervalEstimate(sampled[p], sampled[p + 1], d))];
        IntervalEstimate? failed = Array.Find(intervals, i => i.Difference.Status != EstimatorStatus.Converged);
        _estimates.Add(new(id, label, MissingEnd(sampled) is { } end ? NoSamples(end)
            : failed is not null ? FreeEnergyDifference.Failed(failed.Difference.Status,
                $"state {Data.States[failed.From]} to {Data.States[failed.To]}: {failed.Difference.Reason}")
            : total ?? FreeEnergyDifference.Of(steps.Sum(d => d.Value), Math.Sqrt(steps.Sum(d => d.StandardError * d.StandardError))),
                intervals));
    }

    private LambdaState? MissingEnd(int[] sampled) => sampled[0] != 0 ? Data.States[0] : sampled[^1] != Data.States.Count - 1
        ? Data.States[^1] : null;

    private static FreeEnergyDifference NoSamples(LambdaState end) => FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap,
        $"state {end} has no samples");

    private void FromGradients()
    {
        MeanGradients gradients = Gradients = Windows.Gradients();
        if (!gradients.CanIntegrate)
            return;
        int[] sampled = [.. Windows.Summaries.Where(w => w.Kept > 0).Select(w => w.State)];
        var integrals = new List<ThermodynamicIntegration>();
        foreach (IntegrationRule rule in new[] { IntegrationRule.Trapezoid, IntegrationRule.CubicSpline })
        {
            ThermodynamicIntegration ti = gradients.Integrate(rule);
            integrals.Add(ti);
            Add(rule == IntegrationRule.CubicSpline ? "ti-spline" : "ti-trapezoid", rule == IntegrationRule.CubicSpline ? "TI, cubic spline"
                : "TI, trapezoid", sampled, ti.Intervals, ti.Total);
        }
        Integrals = integrals;
        double[] lambda = [.. gradients.Lambdas.Select(l => l[0])];
        if (Data.LambdaNames.Count == 1 && lambda.Length <= MostNodes && GaussLegendre.AreNodes(lambda))
        {
            var quadrature = ThermodynamicIntegration.IntegrateGaussLegendre(lambda, [.. gradients.Means.Select(m => m[0])],
                [.. gradients.Errors.Select(e => e[0])]);
            _estimates.Add(new("ti-gauss-legendre", "TI, Gauss-Legendre, 0 to 1", quadrature.Total, []));
        }
    }

    /// <summary>The first and the last 10, 20, ... 100 % of every run.</summary>
    private void Converge(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        var points = new List<ConvergencePoint>();
        FreeEnergyDifference? all = ConvergenceOf?.Total;
        for (int p = 1; all is not null && p <= ConvergencePoints; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(new("convergence", 0.4 + 0.6 * (p - 1) / ConvergencePoints));
            double fraction = (double)p / ConvergencePoints;
            points.Add(p == ConvergencePoints ? new(1, all, all) : new(fraction, Part(0, fraction), Part(1 - fraction, 1)));
        }
        Convergence = points;
    }

    private FreeEnergyDifference Part(double from, double to)
    {
        if (ConvergenceOf!.Id != "ti-trapezoid")
        {
            ReducedPotentials? table = Windows.Table(from, to);
            return table is null || table.Counts[0] == 0 || table.Counts[^1] == 0 ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap,
                "too few samples")
                : Mbar is null ? BarChain.Solve(table, Windows.Inefficiencies).Total
                : Mbar.Solve(table, Windows.Inefficiencies).Difference(0, table.States - 1);
        }
        MeanGradients gradients = Windows.Gradients(from, to);
        return gradients.Lambdas.Count == Gradients!.Lambdas.Count && gradients.CanIntegrate
            ? gradients.Integrate(IntegrationRule.Trapezoid).Total : FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap,
            "too few samples");
    }
}
