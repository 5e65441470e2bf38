using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// MBAR over the windows of a path (M. R. Shirts, J. D. Chodera, J. Chem. Phys. 129 (2008) 124105) with what says whether it can be
/// trusted: how much neighbours share, and whether independent sets of windows agree. Its error is the larger of MBAR's own, with the
/// windows' statistical inefficiencies, and of a jackknife over sets, which holds whatever the correlations within a set.
/// </summary>
public sealed class WindowEstimate
{
    private const double LargestDifference = 1e4; // kT; beyond, correlations are those of the tail alone
    private const int Groups = 16;

    private WindowEstimate(FreeEnergyDifference difference, double[,] overlap, double[] inefficiencies, double[] rhats,
        double[] freeEnergies, double mbarError, double setError) =>
        (Difference, Overlap, Inefficiencies, Rhats, FreeEnergies, MbarError, SetError) = (difference, overlap, inefficiencies, rhats,
            freeEnergies, mbarError, setError);

    /// <summary>f of the last window - f of the first, kT.</summary>
    public FreeEnergyDifference Difference { get; }

    /// <summary>[K, K] <see cref="OverlapMatrix.Values"/>.</summary>
    public double[,] Overlap { get; }

    /// <summary>[K] g of the energy differences to the neighbours, the larger.</summary>
    public IReadOnlyList<double> Inefficiencies { get; }

    /// <summary>[K] split R-hat of these over sets, the larger.</summary>
    public IReadOnlyList<double> Rhats { get; }

    /// <summary>[K] kT, the first 0; what the equations gave, converged or not.</summary>
    public IReadOnlyList<double> FreeEnergies { get; }

    /// <summary>Of MBAR's covariance, kT; NaN where there is none.</summary>
    public double MbarError { get; }

    /// <summary>Of the jackknife over sets, kT; NaN with fewer than four sets.</summary>
    public double SetError { get; }

    /// <summary>The least that neighbours share.</summary>
    public double LeastOverlap => Enumerable.Range(0, Rhats.Count - 1).Min(k => Math.Min(Overlap[k, k + 1], Overlap[k + 1, k]));

    /// <summary>Of the windows.</summary>
    public double LargestRhat => Rhats.Max();

    /// <summary>Of sampled windows.</summary>
    /// <exception cref="ArgumentException">They keep no energies, or are fewer than two.</exception>
    public static WindowEstimate Of(PathWindows windows)
    {
        int states = windows.Times.Count, sets = windows.Sets, draws = windows.Draws;
        if (states < 2 || windows.Reduced.Length != (long)states * states * sets * draws)
            throw new ArgumentException("An estimate needs two windows at least, and every draw's energies in all of them.");
        double[] inefficiencies = new double[states], rhats = new double[states];
        for (int k = 0; k < states; k++)
            foreach (int other in new[] { k - 1, k + 1 }.Where(l => l >= 0 && l < states))
            {
                double[][] chains = Chains(windows, k, other);
                inefficiencies[k] = Math.Max(inefficiencies[k], Math.Max(1, Autocorrelation.StatisticalInefficiency(chains)));
                rhats[k] = Math.Max(rhats[k], ChainDiagnostics.SplitRhat(chains));
            }
        Mbar all = Mbar.Solve(Table(windows, _ => true), [.. inefficiencies.Select(g => double.IsNaN(g) ? draws : g)]);
        FreeEnergyDifference difference = all.Difference(0, states - 1);
        double setError = double.NaN;
        if (difference.Status == EstimatorStatus.Converged && sets >= 4)
        {
            int groups = Math.Min(Groups, sets);
            double[] without = [.. Enumerable.Range(0, groups).Select(g => Mbar.Solve(Table(windows, m => m % groups != g)))
                .Select(m => m.Status == EstimatorStatus.Converged ? m.FreeEnergies[^1] : double.NaN)];
            setError = Jackknife.StandardError(without);
            difference = double.IsNaN(setError)
                ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, "without one of the sets the windows are not connected")
                : FreeEnergyDifference.Of(difference.Value, Math.Max(difference.StandardError, setError));
        }
        return new(difference, all.Overlap.Values, inefficiencies, rhats, [.. all.LastIterate],
            all.Status == EstimatorStatus.Converged ? all.StandardErrors[^1] : double.NaN, setError);
    }

    /// <summary>[M][T] u_other - u_k of the draws of a window.</summary>
    private static double[][] Chains(PathWindows w, int k, int other)
    {
        int samples = w.Times.Count * w.Sets * w.Draws;
        return [.. Enumerable.Range(0, w.Sets).Select(m => Enumerable.Range((k * w.Sets + m) * w.Draws, w.Draws).Select(n =>
            Math.Clamp(w.Reduced[other * samples + n] - w.Reduced[k * samples + n], -LargestDifference, LargestDifference)).ToArray())];
    }

    private static ReducedPotentials Table(PathWindows w, Func<int, bool> isIn)
    {
        int states = w.Times.Count, samples = states * w.Sets * w.Draws, each = Enumerable.Range(0, w.Sets).Count(isIn) * w.Draws;
        if (each == w.Sets * w.Draws)
            return new(w.Reduced, [.. Enumerable.Repeat(each, states)]);
        double[] table = new double[states * states * each];
        int to = 0;
        for (int l = 0; l < states; l++)
            for (int k = 0; k < states; k++)
                for (int m = 0; m < w.Sets; m++)
                    if (isIn(m))
                    {
                        w.Reduced.AsSpan(l * samples + (k * w.Sets + m) * w.Draws, w.Draws).CopyTo(table.AsSpan(to));
                        to += w.Draws;
                    }
        return new(table, [.. Enumerable.Repeat(each, states)]);
    }
}
