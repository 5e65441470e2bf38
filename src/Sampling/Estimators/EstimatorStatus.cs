namespace MolSampling.Sampling.Estimators;

/// <summary>How an estimator ended. What is not <see cref="Converged"/> has no value that could be used by mistake: results
/// throw.</summary>
public enum EstimatorStatus
{
    /// <summary>The equations were solved and the data determine the answer.</summary>
    Converged,

    /// <summary>The equations were not solved within the iterations allowed.</summary>
    MaxIterations,

    /// <summary>Rounding in double precision is larger than the answer's tolerance.</summary>
    IllConditioned,

    /// <summary>The samples do not connect the states: the difference is not determined by these data.</summary>
    NoOverlap,

    /// <summary>Energies that the estimator needs were never evaluated: some samples are not known in some states.</summary>
    MissingEnergies,
}
