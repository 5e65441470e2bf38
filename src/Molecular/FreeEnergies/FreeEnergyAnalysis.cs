using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Molecular.FreeEnergies;

/// <summary>All estimators on the same alchemical data, side by side, with what speaks for and against trusting them.</summary>
public sealed class FreeEnergyAnalysis
{
    private const int ConvergencePoints = 10, MostNodes = 50;

    private static readonly string[] s_order = ["mbar", "bar", "ti-gauss", "ti-spline", "ti-trapezoid", "exp-forward", "exp-reverse", "gaussian-forward", "gaussian-reverse"];
    private readonly List<EstimatorResult> _estimates = [];

    private FreeEnergyAnalysis(AlchemicalData data, FreeEnergyOptions options, PreparedWindows windows) => (Data, Options, Windows) = (data, options, windows);

    /// <summary>All rows.</summary>
    public AlchemicalData Data { get; }

    /// <summary>How they were treated.</summary>
    public FreeEnergyOptions Options { get; }

    /// <summary>What of them is used.</summary>
    public PreparedWindows Windows { get; }

    /// <summary>In the order of trust: MBAR, BAR, thermodynamic integration, exponential averages.</summary>
    public IReadOnlyList<EstimatorResult> Estimates => _estimates;

    /// <summary>MBAR's solution; null without reduced potentials.</summary>
    public Mbar? Mbar { get; private set; }

    /// <summary>MBAR on samples drawn anew; null if not asked for.</summary>
    public MbarBootstrap? Bootstrap { get; private set; }

    /// <summary>Neighbours along the path that both have samples.</summary>
    public IReadOnlyList<PairCheck> Pairs { get; private set; } = [];

    /// <summary>The integrals; empty without dH/dlambda.</summary>
    public IReadOnlyList<ThermodynamicIntegration> Integrals { get; private set; } = [];

    /// <summary>Means of dH/dlambda with errors. Null without dH/dlambda.</summary>
    public MeanGradients? Gradients { get; private set; }

    /// <summary>Estimate by fraction of the data, of MBAR, or of the trapezoid without reduced potentials.</summary>
    public IReadOnlyList<ConvergencePoint> Convergence { get; private set; } = [];

    /// <summary>What a reader must know before using a number, in words. Empty if nothing speaks against it.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>The estimate to quote: the first that has a value, MBAR before BAR before integration. Null if none has.</summary>
    public EstimatorResult? Best => _estimates.Find(e => e.Total.Status == EstimatorStatus.Converged);

    /// <summary>Analyses.</summary>
    /// <param name="data">All rows.</param>
    /// <param name="options">How they are treated.</param>
    /// <param name="progress">Stages, if given.</param>
    /// <param name="cancellation">Gives up.</param>
    public static FreeEnergyAnalysis Of(AlchemicalData data, FreeEnergyOptions options, Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Invoke(new("equilibration and correlation", 0));
        var analysis = new FreeEnergyAnalysis(data, options, PreparedWindows.Of(data, options));
        cancellation.ThrowIfCancellationRequested();
        progress?.Invoke(new("estimators", 0.1));
        if (data.ReducedPotentials is not null)
            analysis.FromPotentials(progress, cancellation);
        if (data.Gradients is not null)
            analysis.FromGradients();
        analysis._estimates.Sort((a, b) => Rank(a.Id).CompareTo(Rank(b.Id)));
        analysis.Converge(progress, cancellation);
        analysis.Warnings = FreeEnergyWarnings.Of(analysis);
        return analysis;
    }

    private static int Rank(string id) => Array.FindIndex(s_order, p => id.StartsWith(p, StringComparison.Ordinal));

    private void FromPotentials(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        ReducedPotentials table = Windows.Table();
        int states = table.States;
        Mbar mbar = Mbar = Sampling.Estimators.Mbar.Solve(table, Windows.Inefficiencies);
        _estimates.Add(new("mbar", "MBAR", mbar.Difference(0, states - 1), [.. Enumerable.Range(0, states - 1).Select(k => new IntervalEstimate(k, k + 1, mbar.Difference(k, k + 1)))]));
        if (Options.Bootstrap > 1 && mbar.Status == EstimatorStatus.Converged)
        {
            progress?.Invoke(new("bootstrap", 0.2));
            Bootstrap = mbar.Bootstrap(Options.Bootstrap, new RandomSource(Options.Seed).Split("mbar bootstrap"), cancellation);
        }
        int[] sampled = [.. Enumerable.Range(0, states).Where(k => table.Counts[k] > 0)];
        if (sampled.Length < 2)
            return;
        var chain = BarChain.Solve(table, Windows.Inefficiencies);
        Add("bar", "BAR", sampled, [.. chain.Pairs.Select(p => p.Difference)], chain.Total);
        var pairs = new List<PairCheck>();
        var oneSided = new List<FreeEnergyDifference>[] { [], [], [], [] };
        for (int p = 0; p + 1 < sampled.Length; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            int a = sampled[p], b = sampled[p + 1];
            double[] up = table.Differences(a, b), down = table.Differences(b, a);
            double ga = Windows.Inefficiencies[a], gb = Windows.Inefficiencies[b];
            pairs.Add(new(a, b, mbar.Overlap.Values[a, b], EnsembleCheck.Test(up, down, ga, gb, Data.Temperature)));
            oneSided[0].Add(ExponentialAverage.Forward(up, ga).Difference);
            oneSided[1].Add(ExponentialAverage.Reverse(down, gb).Difference);
            oneSided[2].Add(ExponentialAverage.GaussianForward(up, ga));
            oneSided[3].Add(ExponentialAverage.GaussianReverse(down, gb));
        }
        Pairs = pairs;
        string[] ids = ["exp-forward", "exp-reverse", "gaussian-forward", "gaussian-reverse"], labels = ["EXP forward", "EXP reverse", "Gaussian forward", "Gaussian reverse"];
        for (int e = 0; e < ids.Length; e++)
            Add(ids[e], labels[e], sampled, oneSided[e], null);
    }

    /// <summary>An estimator that goes from neighbour to neighbour: each step from its own samples, so that squares of errors add up unless the total is given.</summary>
    private void Add(string id, string label, int[] sampled, IReadOnlyList<FreeEnergyDifference> steps, FreeEnergyDifference? total)
    {
        IntervalEstimate[] intervals = [.. steps.Select((d, p) => new IntervalEstimate(sampled[p], sampled[p + 1], d))];
        IntervalEstimate? failed = Array.Find(intervals, i => i.Difference.Status != EstimatorStatus.Converged);
        _estimates.Add(new(id, label, MissingEnd(sampled) is { } end ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, $"state {end} has no samples")
            : failed is not null ? FreeEnergyDifference.Failed(failed.Difference.Status, $"state {Data.States[failed.From]} to {Data.States[failed.To]}: {failed.Difference.Reason}")
            : total ?? FreeEnergyDifference.Of(steps.Sum(d => d.Value), Math.Sqrt(steps.Sum(d => d.StandardError * d.StandardError))), intervals));
    }

    private LambdaState? MissingEnd(int[] sampled) => sampled[0] != 0 ? Data.States[0] : sampled[^1] != Data.States.Count - 1 ? Data.States[^1] : null;

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
            Add(rule == IntegrationRule.CubicSpline ? "ti-spline" : "ti-trapezoid", rule == IntegrationRule.CubicSpline ? "TI, cubic spline" : "TI, trapezoid", sampled, ti.Intervals, ti.Total);
        }
        Integrals = integrals;
        double[] lambda = [.. gradients.Lambdas.Select(l => l[0])];
        if (Data.LambdaNames.Count == 1 && lambda.Length <= MostNodes && GaussLegendre.AreNodes(lambda))
        {
            var quadrature = ThermodynamicIntegration.IntegrateGaussLegendre(lambda, [.. gradients.Means.Select(m => m[0])], [.. gradients.Errors.Select(e => e[0])]);
            _estimates.Add(new("ti-gauss-legendre", "TI, Gauss-Legendre, 0 to 1", quadrature.Total, []));
        }
    }

    /// <summary>The first and the last 10, 20, ... 100 % of every run.</summary>
    private void Converge(Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        var points = new List<ConvergencePoint>();
        FreeEnergyDifference? all = _estimates.Find(e => e.Id == (Mbar is null ? "ti-trapezoid" : "mbar"))?.Total;
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
        if (Mbar is not null)
        {
            ReducedPotentials table = Windows.Table(from, to);
            return table.Samples == 0 ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, "no samples") : Mbar.Solve(table, Windows.Inefficiencies).Difference(0, table.States - 1);
        }
        MeanGradients gradients = Windows.Gradients(from, to);
        return gradients.Lambdas.Count == Gradients!.Lambdas.Count && gradients.CanIntegrate ? gradients.Integrate(IntegrationRule.Trapezoid).Total : FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, "too few samples");
    }
}
