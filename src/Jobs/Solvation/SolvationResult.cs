using System.Globalization;
using System.Text.RegularExpressions;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Solvation;
using MolSampling.Potentials;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.Solvation;

/// <summary>A free energy of solvation with what speaks for and against it. kJ/mol, 1 mol/l in the gas and in solution.</summary>
/// <param name="Analysis">Of all rows.</param>
/// <param name="Total">From the gas into water at 1 bar.</param>
/// <param name="Error">The larger of MBAR's and that of stretches of time (<see cref="BlockError"/>), here and below.</param>
/// <param name="Charging">Of it, the charges of the solute whose Lennard-Jones is whole.</param>
/// <param name="LennardJones">Of it, Lennard-Jones without charges, the tail included.</param>
/// <param name="Tail">Of that, Lennard-Jones beyond the cut-off.</param>
/// <param name="Pressure">Of it, what brings the box from its volume to 1 bar.</param>
/// <param name="Sets">Each set alone, with all sets' correction of the pressure and an error from within the sets.</param>
/// <param name="Shortcomings">Why it is not to be called converged; empty where it is.</param>
public sealed partial record SolvationResult(FreeEnergyAnalysis Analysis, double Total, double Error, (double Value, double Error) Charging,
    (double Value, double Error) LennardJones, double Tail, PressureCorrection Pressure,
    IReadOnlyList<(double Value, double Error)> Sets,
    IReadOnlyList<string> Shortcomings)
{
    private const double SmallestOverlap = 0.03; // of neighbours: P. V. Klimovich, M. R. Shirts, D. L. Mobley, JCAMD 29 (2015) 397
    private const int FewestPassages = 2;
    private const double LeastCutoff = 0.8; // nm
    private const double SetsDisagree = 3; // errors
    private const double LargestError = 1; // kJ/mol: no number to be called a result above

    /// <summary>What the error does not know, in words: it is that of sampling.</summary>
    /// <param name="config">Of the run.</param>
    public static string Unknown(SolvationConfig config) => "the error is that of sampling, not of the force field"
        + (config.Constraints == "none" ? "; bonds to hydrogen are flexible, published values are of bonds that are held" : "");

    /// <summary>Whether nothing speaks against it.</summary>
    public bool IsConverged => Shortcomings.Count == 0;

    /// <summary>How long a run is to be for an error that is asked for, in two stages (C. Stein, Ann. Math. Stat. 16 (1945) 243): the
    /// scatter of its first <see cref="SolvationConfig.Time"/> alone decides, once, so neither the value nor what comes later
    /// does.</summary>
    /// <param name="run">With these frames at least.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="error">Asked for, kJ/mol.</param>
    /// <returns>ps; the first stage's where that is long enough, and <see cref="MostStages"/> times it at most.</returns>
    public static double TimeFor(SolvationRun run, SolvationConfig config, double error)
    {
        double kT = Units.GasConstant * config.Temperature,
            sampling = kT * BlockError.Of(run, config.Sets, [(0, run.Windows - 1)], config.Frames)[0],
            pressure = PressureCorrection.Of(run, config.Sets, WaterModel.Named(config.Water).Compressibility, config.Frames).Error;
        double ratio = Margin * (sampling * sampling + pressure * pressure) / (error * error);
        return config.Frame * Math.Ceiling(config.Frames * Math.Clamp(double.IsNaN(ratio) ? MostStages : ratio, 1, MostStages));
    }

    /// <summary>First stages that a run is long at most.</summary>
    public const int MostStages = 20;

    private const double Margin = 1.2; // in variance: that of the first stage is itself uncertain

    /// <summary>Analyses.</summary>
    /// <param name="run">With frames.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="progress">Stages.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">No estimate is possible.</exception>
    public static SolvationResult Of(SolvationRun run, SolvationConfig config, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        AlchemicalData data = AlchemicalData.Combine([.. Enumerable.Range(0, config.Sets).Select(run.ToFile)]);
        FreeEnergyAnalysis analysis = FreeEnergyAnalysis.Of(data, new FreeEnergyOptions(), progress, cancellation);
        double kT = Units.GasConstant * config.Temperature;
        // windows of the run go from coupled to decoupled, states of the analysis the other way
        IReadOnlyList<LambdaState> states = analysis.Data.States;
        int first = Find(0, 0), middle = Find(0, 1), last = Find(1, 1);
        (int From, int To)[] legs = [(first, last), (middle, last), (first, middle)];
        int Window(int state) => Enumerable.Range(0, run.Windows).First(w => run.States[w].Equals(states[state]));
        progress?.Invoke(new("errors", 0));
        double[] blocks = BlockError.Of(run, config.Sets, [.. legs.Select(l => (Window(l.From), Window(l.To)))]);
        (double Value, double Error)[] values = [.. legs.Select((l, n) =>
        {
            FreeEnergyDifference d = Solved(analysis).Difference(l.From, l.To);
            return (kT * d.Value, kT * (double.IsNaN(blocks[n]) ? d.StandardError : Math.Max(d.StandardError, blocks[n])));
        })];
        double ratio = blocks[0] / Solved(analysis).Difference(first, last).StandardError;
        if (ratio > 1) // the report's errors, too, are those of stretches of time
            analysis = FreeEnergyAnalysis.Of(data, new FreeEnergyOptions(Inflation: ratio * ratio), progress, cancellation);
        var pressure = PressureCorrection.Of(run, config.Sets, WaterModel.Named(config.Water).Compressibility);
        values[0] = (values[0].Value + pressure.Value, Math.Sqrt(values[0].Error * values[0].Error + pressure.Error * pressure.Error));
        double ofOne = config.Sets == 1 ? 0 : kT * BlockError.OfOneSet(run, config.Sets, (Window(first), Window(last)));
        (double Value, double Error)[] sets = config.Sets == 1 ? [] : [.. Enumerable.Range(0, config.Sets).Select(s =>
        {
            FreeEnergyDifference d = Mbar.Solve(run.Sampled.Choose((set, _) => set == s)).Difference(Window(first), Window(last));
            return (kT * d.Value + pressure.Value, Math.Max(ofOne, kT * d.StandardError));
        })];
        List<string> wants = [.. Wants(run, config, analysis, sets)];
        if (!(values[0].Error <= LargestError))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"an error of {values[0].Error:f2} kJ/mol"));
        if (blocks.Any(double.IsNaN))
            wants.Add("stretches of time without which MBAR finds no solution: the error is that of rows alone");
        return new(analysis, values[0].Value, values[0].Error, values[1], values[2], run.Tail, pressure, sets, wants);

        static Mbar Solved(FreeEnergyAnalysis a) => a.Mbar is { Status: EstimatorStatus.Converged } mbar ? mbar
            : throw new InvalidOperationException($"MBAR found no solution: {a.Mbar?.Reason}");

        int Find(double charges, double lennardJones)
        {
            var state = new LambdaState(charges, lennardJones);
            return Enumerable.Range(0, states.Count).First(k => states[k].Equals(state));
        }
    }

    private static IEnumerable<string> Wants(SolvationRun run, SolvationConfig config, FreeEnergyAnalysis analysis,
        (double Value, double Error)[] sets)
    {
        if (!run.IsDone)
            yield return $"{run.Frames} of {config.Frames} frames";
        if (run.Rotors > 0 && run.Passages < FewestPassages * config.Sets)
            yield return $"walkers came from one end of the path to the other {run.Passages} times: {FewestPassages} a set are wanted "
                + "where bonds of the solute turn, since its rotamers change in the gas and are carried into water";
        if (config.Cutoff < LeastCutoff)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"a cut-off below {LeastCutoff} nm: a uniform liquid stands for {run.Tail:f1} kJ/mol beyond it");
        foreach (string unseen in run.UnseenRotamers)
            yield return unseen;
        double overlap = analysis.Pairs.Count > 0 ? analysis.Pairs.Min(p => p.Overlap) : 0;
        if (!(overlap >= SmallestOverlap))
            yield return string.Create(CultureInfo.InvariantCulture, $"neighbouring windows overlap by {overlap:g2} only");
        if (sets.Length > 1)
        {
            (double Value, double Error) low = sets.MinBy(s => s.Value), high = sets.MaxBy(s => s.Value);
            double z = (high.Value - low.Value) / Math.Sqrt(low.Error * low.Error + high.Error * high.Error);
            if (!(z <= SetsDisagree))
                yield return string.Create(CultureInfo.InvariantCulture, $"independent sets differ by {z:f1} of their errors");
        }
        // a short run has one for every window: those that differ in numbers alone are one
        bool hasCharges = run.HasCharges;
        foreach (IGrouping<string, string> alike in analysis.Warnings.Where(w => hasCharges || !w.Contains(
            "have the same energies on every row", StringComparison.Ordinal)).GroupBy(w => Numbers().Replace(w, "#")))
            yield return alike.First() + (alike.Count() > 1 ? $" (and {alike.Count() - 1} more like it)" : "");
    }

    [GeneratedRegex(@"[-+]?\d+(\.\d+)?(e[-+]?\d+)?")]
    private static partial Regex Numbers();
}
