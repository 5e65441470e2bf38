using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The multistate Bennett acceptance ratio (M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129 (2008) 124105): free energies f_k of K states
/// from N samples, the minimum of the convex function A(f) = sum_n ln sum_k n_k exp(f_k - u_kn) - sum_k n_k f_k, by a damped Newton method
/// in log space. The gauge is f_0 = 0.
/// <para>
/// Covariances are one bilinear form. With p_kn = n_k W_kn, W_kn = exp(f_k - u_kn - d_n), d_n = ln sum_k n_k exp(f_k - u_kn), and x_n, y_n
/// the influence of sample n on two results (sum_n x_n = sum_n y_n = 0), cov = sum_n x_n y_n + r^T L^+ s, r_k = sum_n p_kn x_n, s_k = sum_n
/// p_kn y_n, where L is the Hessian, a Laplacian (<see cref="Laplacian"/>). It equals eq. (8) of the paper, but no small number is divided
/// by and only positive ones are added; x_n = W_in - W_jn for f_i - f_j, and x_n = W_n (a_n - mean) for a mean, whatever its sign.
/// </para>
/// <para>
/// Correlated samples all count: with a statistical inefficiency g_k, each sample of state k is 1/g_k of an independent one, n_k = N_k/g_k.
/// Nothing is thrown away, as subsampling would.
/// </para>
/// </summary>
public sealed class Mbar
{
    /// <summary>States whose difference has a larger standard error than this (kT) count as not connected: they share less than a hundredth
    /// of a sample.</summary>
    public const double LargestError = 10;

    /// <summary>A state without samples of its own needs as many effective samples from the others, or nothing is said about it: the error
    /// of a mean over fewer means nothing.</summary>
    public const double FewestEffectiveSamples = 5;

    private readonly MbarEquations _equations;
    private readonly double[] _freeEnergies, _logDenominator, _overlaps;
    private readonly double[] _solution; // [S] of the sampled states
    private readonly Laplacian _laplacian;
    private readonly int[] _parts; // [S] sampled states with the same number are connected, however weakly
    private readonly int[] _groups; // [K] states with the same number are connected

    private Mbar(ReducedPotentials table, MbarEquations equations, double[] solution, EstimatorStatus status, int iterations)
    {
        (Table, _equations, _solution, Status, Iterations) = (table, equations, solution, status, iterations);
        int states = table.States, nodes = solution.Length;
        _logDenominator = equations.LogDenominators(solution);
        _freeEnergies = new double[states];
        for (int k = 0, s = 0; k < states; k++)
            _freeEnergies[k] = table.Counts[k] > 0 ? solution[s++] : equations.FreeEnergy(table.Of(k), _logDenominator);
        double gauge = double.IsFinite(_freeEnergies[0]) ? _freeEnergies[0] : 0;
        for (int k = 0; k < states; k++)
            _freeEnergies[k] -= gauge;
        for (int s = 0; s < nodes; s++)
            _solution[s] -= gauge;
        for (int n = 0; n < _logDenominator.Length; n++)
            _logDenominator[n] -= gauge;
        _overlaps = equations.Overlaps(_freeEnergies, _logDenominator);
        _laplacian = new(Conductances(), nodes);
        _parts = _laplacian.Parts();
        _groups = Groups();
        if (Status == EstimatorStatus.Converged && _groups.Any(g => g != _groups[0]))
            Status = EstimatorStatus.NoOverlap;
        Reason = Status switch
        {
            EstimatorStatus.NoOverlap =>
                $"the samples do not connect {string.Join(" with ", _groups.Distinct().Select(g => Named(Enumerable.Range(0, states).Where(k => _groups[k] == g))))}",
            EstimatorStatus.MaxIterations => $"the equations were not solved in {iterations} iterations",
            EstimatorStatus.IllConditioned => "the reduced potentials are too large, or too alike, for double precision",
            _ => "",
        };
    }

    /// <summary>To be looked at before anything else.</summary>
    public EstimatorStatus Status { get; }

    /// <summary>Why there is no solution, in words, with the names of the states; empty when converged.</summary>
    public string Reason { get; }

    /// <summary>Newton steps that the solution took.</summary>
    public int Iterations { get; }

    /// <summary>What was solved.</summary>
    public ReducedPotentials Table { get; }

    /// <summary>[K] f_k = -ln Z_k up to the constant that makes f_0 = 0, kT.</summary>
    /// <exception cref="InvalidOperationException">Not all states are determined: see <see cref="Status"/>; <see cref="Difference"/> gives
    /// those that are.</exception>
    public IReadOnlyList<double> FreeEnergies => Checked(_freeEnergies);

    /// <summary>[K] where the solver stopped, whatever the status: for looking at failures.</summary>
    public IReadOnlyList<double> LastIterate => _freeEnergies;

    /// <summary>[K] standard errors of f_k - f_0, kT, whatever the status: infinite where the samples do not connect the two.</summary>
    public IReadOnlyList<double> StandardErrors => [.. Enumerable.Range(0, Table.States).Select(k => Error(0, k))];

    /// <summary>[K] effective samples in every state, 1 / sum_n W_kn^2 (Kish).</summary>
    public IReadOnlyList<double> EffectiveSamples =>
        [.. Enumerable.Range(0, Table.States).Select(k => 1 / _overlaps[k * Table.States + k])];

    /// <summary>How much the states share.</summary>
    public OverlapMatrix Overlap => new(_overlaps, Table.States, [.. EffectiveCounts()]);

    /// <summary>Solves for a ladder of temperatures: u_kn = beta_k U_n.</summary>
    /// <param name="beta">[K] mol/kJ.</param>
    /// <param name="energies">[N] kJ/mol, from all states.</param>
    /// <param name="counts">[K] samples drawn from each state; zero is allowed.</param>
    /// <exception cref="ArgumentException">Counts that do not sum to N, or an energy that is not finite (its index is named).</exception>
    public static Mbar SolveTemperatures(IReadOnlyList<double> beta, ReadOnlySpan<double> energies, IReadOnlyList<int> counts)
    {
        var u = new double[beta.Count * energies.Length];
        for (int k = 0; k < beta.Count; k++)
            for (int n = 0; n < energies.Length; n++)
                u[k * energies.Length + n] = beta[k] * energies[n];
        return Solve(new(u, counts));
    }

    /// <summary>Solves the general case.</summary>
    /// <param name="table">u_kn, every sample in every state.</param>
    /// <param name="inefficiencies">[K] statistical inefficiency g_k of each state's samples; all 1 if left out.</param>
    /// <param name="maxIterations">Newton steps at most.</param>
    /// <exception cref="ArgumentException">An inefficiency that is not positive, or a table that is not complete.</exception>
    public static Mbar Solve(ReducedPotentials table, IReadOnlyList<double>? inefficiencies = null, int maxIterations = 200)
    {
        if (!table.IsComplete)
            throw new ArgumentException("MBAR needs every sample in every state; some are not known.", nameof(table));
        double[]? weights = null;
        if (inefficiencies is not null)
        {
            if (inefficiencies.Count != table.States || inefficiencies.Any(g => !(g > 0) || double.IsInfinity(g)))
                throw new ArgumentException($"{table.States} states need as many statistical inefficiencies, all positive.");
            weights = new double[table.Samples];
            for (int k = 0; k < table.States; k++)
                weights.AsSpan(table.Starts[k], table.Counts[k]).Fill(1 / inefficiencies[k]);
        }
        var equations = new MbarEquations(table, weights);
        (double[] f, EstimatorStatus status, int iterations) = MbarNewton.Minimise(equations, MbarInitialGuess.Of(table, equations.Sampled),
            maxIterations);
        return new(table, equations, f, status, iterations);
    }

    /// <summary>f_to - f_from with its standard error; also where only some of the states are connected.</summary>
    /// <param name="from">State.</param>
    /// <param name="to">State.</param>
    public FreeEnergyDifference Difference(int from, int to)
    {
        if (Status is EstimatorStatus.MaxIterations or EstimatorStatus.IllConditioned)
            return FreeEnergyDifference.Failed(Status, Reason);
        return _groups[from] == _groups[to]
            ? FreeEnergyDifference.Of(_freeEnergies[to] - _freeEnergies[from], Error(from, to))
            : FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap,
                $"the samples do not connect {Table.Names[from]} with {Table.Names[to]}");
    }

    /// <summary>Normalised log weights of all samples at a state, sampled or not: w_n proportional to exp(-u_n) / sum_k n_k exp(f_k -
    /// u_kn).</summary>
    /// <param name="reducedPotential">[N] u_n.</param>
    /// <exception cref="InvalidOperationException">The equations were not solved: see <see cref="Status"/>.</exception>
    public double[] LogWeights(ReadOnlySpan<double> reducedPotential)
    {
        Checked(0);
        double f = _equations.FreeEnergy(reducedPotential, _logDenominator);
        var weights = new double[reducedPotential.Length];
        for (int n = 0; n < weights.Length; n++)
            weights[n] = Math.Log(_equations.Weight(n)) + f - reducedPotential[n] - _logDenominator[n];
        return weights;
    }

    /// <summary>The mean of an observable at a state, sampled or not.</summary>
    /// <param name="reducedPotential">[N] u_n of the state.</param>
    /// <param name="observable">[N].</param>
    /// <exception cref="InvalidOperationException">The equations were not solved.</exception>
    /// <exception cref="ArgumentException">An observable that is not a number.</exception>
    public Estimate Expectation(ReadOnlySpan<double> reducedPotential, ReadOnlySpan<double> observable)
    {
        double[] x = LogWeights(reducedPotential);
        double mean = 0, square = 0;
        for (int n = 0; n < x.Length; n++)
        {
            if (!double.IsFinite(observable[n]))
                throw new ArgumentException($"The observable of sample {n} is {observable[n]}.");
            mean += Math.Exp(x[n]) * observable[n];
        }
        for (int n = 0; n < x.Length; n++)
        {
            double influence = Math.Exp(x[n]) * (observable[n] - mean), weight = _equations.Weight(n);
            square += weight > 0 ? influence * influence / weight : 0;
            x[n] = weight > 0 ? influence / weight : 0;
        }
        return new(mean, Math.Sqrt(square + Quadratic(_equations.Project(_solution, _logDenominator, x))));
    }

    /// <summary>The free energy along a coordinate at a state, sampled or not, from a weighted histogram: F_b = -ln(P_b / width_b), zero in
    /// its lowest bin.</summary>
    /// <param name="reducedPotential">[N] u_n of the state.</param>
    /// <param name="coordinate">[N].</param>
    /// <param name="edges">[B + 1] of the bins, increasing; samples outside count for the normalisation only.</param>
    /// <exception cref="InvalidOperationException">The equations were not solved.</exception>
    /// <exception cref="ArgumentException">Edges that do not increase, or a coordinate that is not a number.</exception>
    public FreeEnergyProfile Profile(ReadOnlySpan<double> reducedPotential, ReadOnlySpan<double> coordinate, IReadOnlyList<double> edges)
    {
        double[] x = LogWeights(reducedPotential), edge = [.. edges];
        int bins = edge.Length - 1, nodes = _solution.Length;
        if (bins < 1 || Enumerable.Range(0, bins).Any(b => !(edge[b] < edge[b + 1])))
            throw new ArgumentException("The edges of the bins must increase.");
        var bin = new int[x.Length];
        double[] probability = new double[bins], square = new double[bins];
        for (int n = 0; n < x.Length; n++)
        {
            if (double.IsNaN(coordinate[n]))
                throw new ArgumentException($"The coordinate of sample {n} is not a number.");
            int at = Array.BinarySearch(edge, coordinate[n]);
            at = at >= 0 ? at : ~at - 1;
            bin[n] = at >= bins ? -1 : at;
            double weight = _equations.Weight(n), p = weight > 0 ? Math.Exp(x[n]) : 0;
            x[n] = weight > 0 ? p / weight : 0;
            if (bin[n] < 0)
                continue;
            probability[bin[n]] += p;
            square[bin[n]] += p * x[n];
        }
        double[] projections = _equations.Project(_solution, _logDenominator, x, bin, bins);
        double[] heights = [.. Enumerable.Range(0, bins).Select(b => probability[b] / (edge[b + 1] - edge[b]))];
        int lowest = Array.IndexOf(heights, heights.Max());
        if (heights[lowest] == 0)
            throw new ArgumentException("No sample lies in any bin.");
        var profile = new Estimate?[bins];
        for (int b = 0; b < bins; b++)
        {
            if (probability[b] == 0)
                continue;
            double[] r = [.. Enumerable.Range(0, nodes).Select(k => projections[b * nodes + k] / probability[b] - projections[lowest * nodes
                + k] / probability[lowest])];
            double variance = b == lowest ? 0 : square[b] / (probability[b] * probability[b])
                + square[lowest] / (probability[lowest] * probability[lowest]) + Quadratic(r);
            profile[b] = new(Math.Log(heights[lowest]) - Math.Log(heights[b]), Math.Sqrt(variance));
        }
        return new(edge, profile, lowest);
    }

    /// <summary>
    /// Solves again and again with samples drawn anew within each state (B. Efron, Ann. Stat. 7 (1979) 1); with correlated samples in runs
    /// of six statistical inefficiencies (circular blocks: D. N. Politis, J. P. Romano, 1992), which leaves the error about a tenth too
    /// small at worst.
    /// </summary>
    /// <param name="repetitions">At least 2; 200 give an error to 5 %.</param>
    /// <param name="random">Source; the result depends on its seed alone.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">There is no solution to begin with.</exception>
    public MbarBootstrap Bootstrap(int repetitions, RandomSource random, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 2);
        Checked(0);
        var solutions = new List<double[]>();
        for (int b = 0; b < repetitions; b++)
        {
            cancellation.ThrowIfCancellationRequested();
            var equations = new MbarEquations(Table, Resampled(random.Split(b)));
            (double[] f, EstimatorStatus status, _) = MbarNewton.Minimise(equations, _solution, 100);
            if (status != EstimatorStatus.Converged)
                continue;
            double[] denominators = equations.LogDenominators(f), all = new double[Table.States];
            for (int k = 0, s = 0; k < all.Length; k++)
                all[k] = Table.Counts[k] > 0 ? f[s++] : equations.FreeEnergy(Table.Of(k), denominators);
            solutions.Add(all);
        }
        return new([.. solutions], repetitions);
    }

    private double[] Resampled(RandomSource random)
    {
        var weights = new double[Table.Samples];
        foreach (int k in _equations.Sampled)
        {
            int count = Table.Counts[k], start = Table.Starts[k];
            double weight = _equations.Weight(start), inefficiency = 1 / weight;
            int block = inefficiency > 1 ? Math.Min(count, (int)Math.Ceiling(6 * inefficiency)) : 1;
            for (int drawn = 0; drawn < count; drawn += block)
                for (int at = random.NextInt(count), i = 0; i < Math.Min(block, count - drawn); i++)
                    weights[start + (at + i) % count] += weight;
        }
        return weights;
    }

    /// <summary>n_k G_kl n_l for sampled states. Links below the least count as none: an error of 1e4 kT says no more than an infinite
    /// one.</summary>
    private double[] Conductances()
    {
        int[] sampled = _equations.Sampled;
        var result = new double[sampled.Length * sampled.Length];
        for (int k = 0; k < sampled.Length; k++)
            for (int l = 0; l < k; l++)
            {
                double shared = _equations.Counts[k] * _overlaps[sampled[k] * Table.States + sampled[l]] * _equations.Counts[l];
                result[k * sampled.Length + l] = shared < MbarNewton.LeastLink ? 0 : shared;
            }
        return result;
    }

    /// <summary>r^T L^+ r.</summary>
    private double Quadratic(double[] currents)
    {
        double[] potentials = [.. currents];
        _laplacian.Solve(potentials);
        return Math.Max(0, MbarNewton.Dot(currents, potentials));
    }

    /// <summary>The standard error of f_to - f_from: the form of the summary with x = W_to - W_from. Infinite where a current finds no
    /// way.</summary>
    private double Error(int from, int to)
    {
        int states = Table.States;
        double[] currents = [.. _equations.Sampled.Select((k, s) =>
            _equations.Counts[s] * (_overlaps[k * states + to] - _overlaps[k * states + from]))];
        var leak = new double[currents.Length];
        for (int s = 0; s < currents.Length; s++)
            leak[_parts[s]] += currents[s];
        return leak.Any(c => Math.Abs(c) > 1e-9)
            ? double.PositiveInfinity
            : Math.Sqrt(Math.Max(0, _overlaps[from * states + from] - 2 * _overlaps[from * states + to] + _overlaps[to * states + to])
                + Quadratic(currents));
    }

    /// <summary>Which states are connected, directly or over others.</summary>
    private int[] Groups()
    {
        int states = Table.States;
        int[] group = [.. Enumerable.Range(0, states)];
        bool Supported(int k) => Table.Counts[k] > 0 || 1 / _overlaps[k * states + k] >= FewestEffectiveSamples;
        for (int k = 0; k < states; k++)
            for (int l = 0; l < k; l++)
                if (group[k] != group[l] && Supported(k) && Supported(l) && Error(l, k) <= LargestError)
                {
                    int from = Math.Max(group[k], group[l]), to = Math.Min(group[k], group[l]);
                    for (int m = 0; m < states; m++)
                        group[m] = group[m] == from ? to : group[m];
                }
        return group;
    }

    private IEnumerable<double> EffectiveCounts()
    {
        for (int k = 0, s = 0; k < Table.States; k++)
            yield return Table.Counts[k] > 0 ? _equations.Counts[s++] : 0;
    }

    private string Named(IEnumerable<int> states)
    {
        string[] names = [.. states.Select(k => Table.Names[k])];
        return names.Length <= 4 ? string.Join(", ", names) : string.Create(CultureInfo.InvariantCulture,
            $"{names[0]} ... {names[^1]} ({names.Length} states)");
    }

    private T Checked<T>(T result) => Status == EstimatorStatus.Converged ? result
        : throw new InvalidOperationException($"MBAR has no solution ({Status}): {Reason}.");
}
