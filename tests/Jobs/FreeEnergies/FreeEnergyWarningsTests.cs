using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>
/// Each warning with data that deserve it, and with good data of the same making none. Those about overlap, contradicting pairs, halves
/// and drifts are tested where their estimators are (FreeEnergyTests, FreeEnergyDriftTests).
/// </summary>
public sealed class FreeEnergyWarningsTests(ITestOutputHelper output)
{
    private const double A = 1.5, B = 3; // U = x^2/2 + lambda (A x + B x^2/2), kT
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];
    private static readonly FreeEnergyOptions s_everyRow = new(DiscardPicoseconds: 0, CountCorrelation: false);

    [Fact]
    public void Good_data_have_none()
    {
        Assert.Empty(Warnings(new Made(), new()));
        Assert.Empty(Warnings(new Made(), s_everyRow with { Bootstrap = 50 }));
    }

    [Fact]
    public void An_estimator_without_a_result_is_named_with_the_reason_and_one_sided_ones_are_not()
    {
        FreeEnergyAnalysis a = Analyse(new Made { States = [0, 0.02, 1], Strength = 40 }, s_everyRow);
        EstimatorResult[] failed = [.. a.Estimates.Where(e => e.Total.Status != EstimatorStatus.Converged)];
        Assert.Contains(failed, e => e.Id == "mbar");
        Assert.Contains(failed, e => e.Id.StartsWith("exp", StringComparison.Ordinal)); // not said: two-sided ones tell the same
        string[] said = [.. a.Warnings.Where(w => w.Contains("has no result", StringComparison.Ordinal))];
        Assert.Equal(failed.Where(e => e.Id is "mbar" or "bar").Select(e => $"{e.Label} has no result: {e.Total.Reason}"), said);
    }

    [Fact]
    public void Columns_that_are_the_same_are_named() =>
        Said(new Made { Column = l => l == 0.5 ? 0.25 : l }, new(), "states 0.25 and 0.5 have the same energies on every row");

    [Theory]
    [InlineData(49, true)]
    [InlineData(50, false)]
    public void Fewer_than_fifty_independent_rows_are_said_of_each_state(int rows, bool said)
    {
        IReadOnlyList<string> warnings = Warnings(new Made { Rows = rows }, s_everyRow);
        IEnumerable<string> few = warnings.Where(w => w.Contains("independent ones", StringComparison.Ordinal));
        const string words = "its 49 rows are worth 49 independent ones; errors from fewer than 50 are themselves uncertain";
        Assert.Equal(said ? s_states.Select(l => FormattableString.Invariant($"state {l}: {words}")) : [], few);
    }

    [Fact]
    public void Correlated_rows_are_worth_less_than_their_number()
    {
        Made correlated = new() { Rows = 300, Memory = 0.95 };
        int Worth(FreeEnergyOptions options) =>
            Warnings(correlated, options).Count(w => w.Contains("rows are worth", StringComparison.Ordinal));
        Assert.Equal((5, 0), (Worth(new(DiscardPicoseconds: 0)), Worth(s_everyRow)));
    }

    [Fact]
    public void A_window_that_is_all_equilibration_is_said() =>
        Said(new Made { RowsOf = k => k == 2 ? 60 : 1500 }, new(DiscardPicoseconds: 100),
            "state 0.5: all 60 rows are discarded as equilibration");

    [Fact]
    public void A_window_that_drifts_to_its_end_is_said() =>
        Said(new Made { Drift = (k, time) => k == 3 ? 4 * time : 0 }, new(), "state 0.75: is not seen to be equilibrated");

    [Fact]
    public void Gradients_that_do_not_belong_to_the_energies_contradict_them() =>
        Assert.StartsWith("MBAR and integration differ by", Assert.Single(Warnings(new Made { GradientUnit = 1.2 }, new())),
            StringComparison.Ordinal);

    [Fact]
    public void States_too_far_apart_for_trapezoids_are_said() =>
        Said(new Made { States = [0, 0.5, 1], Rows = 6000 }, new(), "integration by trapezoids and by a spline differ by");

    [Fact]
    public void Energies_in_states_far_away_that_contradict_the_neighbours_are_said() =>
        Said(new Made { Beyond = 0.5 }, new(), "MBAR and BAR differ by");

    [Theory]
    [InlineData(8)] // the asymptotic error is the larger
    [InlineData(20)] // the bootstrap's
    public void A_bootstrap_error_far_from_the_asymptotic_one_is_said(int rows) =>
        Said(new Made { States = [0, 1], Rows = rows, Strength = 7 }, s_everyRow with { Bootstrap = 100 },
            "there are too few samples for either");

    private void Said(Made data, FreeEnergyOptions options, string warning) =>
        Assert.Contains(Warnings(data, options), w => w.Contains(warning, StringComparison.Ordinal));

    private IReadOnlyList<string> Warnings(Made data, FreeEnergyOptions options)
    {
        IReadOnlyList<string> warnings = Analyse(data, options).Warnings;
        output.WriteLine(string.Join('\n', warnings) + "\n");
        return warnings;
    }

    private static FreeEnergyAnalysis Analyse(Made data, FreeEnergyOptions options) => FreeEnergyAnalysis.Of(data.Combine(), options);

    /// <summary>Windows of a harmonic well with a known answer, and what may be wrong with them.</summary>
    private sealed record Made
    {
        public double[] States { get; init; } = s_states;
        public int Rows { get; init; } = 2000;
        public Func<int, int>? RowsOf { get; init; }
        public double Memory { get; init; }
        public double Strength { get; init; } = 1;
        public double GradientUnit { get; init; } = 1;
        public double Beyond { get; init; } // kT that energies in states which are no neighbours are too high
        public Func<double, double> Column { get; init; } = l => l;
        public Func<int, double, double> Drift { get; init; } = (_, _) => 0;

        public AlchemicalData Combine() => AlchemicalData.Combine([.. States.Select((lambda, k) =>
        {
            int rows = RowsOf?.Invoke(k) ?? Rows;
            double stiffness = 1 + lambda * B, a = A * Strength, noise = 0;
            RandomSource random = new RandomSource(5).Split(k);
            double[] slopes = [.. Enumerable.Range(0, rows).Select(n =>
            {
                noise = n == 0 ? random.NextNormal() : Memory * noise + Math.Sqrt(1 - Memory * Memory) * random.NextNormal();
                double x = -lambda * a / stiffness + (noise + Drift(k, (double)n / rows)) / Math.Sqrt(stiffness);
                return a * x + 0.5 * B * x * x;
            })];
            double Energy(double slope, int to) => slope * (Column(States[to]) - lambda) + (to > k + 1 ? Beyond : 0);
            return new AlchemicalFile
            {
                Source = $"window {k}",
                LambdaNames = ["fep-lambda"],
                Temperature = 300,
                Times = [.. Enumerable.Range(0, rows).Select(n => (double)n)],
                SampledStates = [new(lambda)],
                StateOfRow = new int[rows],
                Columns = [.. States.Select(l => new LambdaState(l))],
                ReducedPotentials = [.. slopes.SelectMany(g => States.Select((_, to) => Energy(g, to)))],
                Gradients = [.. slopes.Select(g => GradientUnit * g)],
            };
        })]);
    }
}
