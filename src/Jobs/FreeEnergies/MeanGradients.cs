using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>Means of dH/dlambda in the states that have samples, kT.</summary>
/// <param name="Lambdas">[S][L].</param>
/// <param name="Means">[S][L].</param>
/// <param name="Errors">[S][L] standard errors; NaN where a state has one sample.</param>
/// <param name="Correlations">[S][L * L] between components: they come from the same samples.</param>
public sealed record MeanGradients(List<double[]> Lambdas, List<double[]> Means, List<double[]> Errors, List<double[]> Correlations)
{
    /// <summary>Whether there are two states, and an error in each.</summary>
    public bool CanIntegrate => Lambdas.Count > 1 && !Errors.Exists(e => Array.Exists(e, double.IsNaN));

    /// <summary>Integrates along the path.</summary>
    /// <param name="rule">Trapezoids or splines.</param>
    public ThermodynamicIntegration Integrate(IntegrationRule rule) => ThermodynamicIntegration.Integrate([.. Lambdas], [.. Means],
        [.. Errors], rule, [.. Correlations]);
}
