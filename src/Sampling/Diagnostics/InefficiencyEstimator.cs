namespace MolSampling.Sampling.Diagnostics;

/// <summary>Where the sum over the autocorrelation function ends. Beyond that it is noise, whose sum does not converge.</summary>
public enum InefficiencyEstimator
{
    /// <summary>Geyer's initial monotone sequence of sums over pairs of lags; covariances divided by all draws. C. J. Geyer, Stat. Sci. 7
    /// (1992) 473.</summary>
    InitialMonotone,

    /// <summary>
    /// Until C(t) is first not positive, but at least three lags: g = 1 + 2 sum_t (1 - t/T) C(t), C(t) divided by T - t, at least 1. The
    /// rule of J. D. Chodera et al., J. Chem. Theory Comput. 3 (2007) 26, as pymbar has it, for figures to be compared with pymbar's.
    /// Negative correlations are lost by the bound of 1.
    /// </summary>
    FirstCrossing,
}
