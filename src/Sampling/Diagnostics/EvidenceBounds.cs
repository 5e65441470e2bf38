namespace MolSampling.Sampling.Diagnostics;

/// <summary>ELBO &lt;= log Z &lt;= EUBO: a model's distance from the target from both sides. D. Blessing, X. Jia, J. Esslinger, F. Vargas,
/// G. Neumann, Proc. Mach. Learn. Res. 235 (2024) 4205 ("Beyond ELBOs").</summary>
/// <param name="Lower">E_q[log w].</param>
/// <param name="LogZ">log E_q[w].</param>
/// <param name="Upper">E_p[log w].</param>
public sealed record EvidenceBounds(Estimate Lower, Estimate LogZ, Estimate Upper)
{
    /// <summary>Of draws of the proposal and draws of the target.</summary>
    public static EvidenceBounds Of(ImportanceWeights reverse, ForwardWeights forward) => new(reverse.Elbo, reverse.LogMean, forward.Eubo);

    /// <summary>KL(q||p) + KL(p||q), Jeffreys' divergence, with the error of two independent means.</summary>
    public Estimate Gap => new(Upper.Value - Lower.Value, double.Hypot(Upper.StandardError, Lower.StandardError));

    /// <summary>The estimates keep their order within a number of standard errors. If they do not, draws are not of the laws they are said
    /// to be of, or the two sides do not share a normalisation.</summary>
    /// <param name="sigmas">Of the differences.</param>
    public bool AreOrdered(double sigmas = 4)
    {
        // an infinite bound holds whatever its error
        bool low = double.IsNegativeInfinity(Lower.Value) || Lower.Value - LogZ.Value <= sigmas * double.Hypot(Lower.StandardError,
            LogZ.StandardError);
        return low && (double.IsPositiveInfinity(Upper.Value) || LogZ.Value - Upper.Value <= sigmas * double.Hypot(Upper.StandardError,
            LogZ.StandardError));
    }
}
