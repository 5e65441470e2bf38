using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis.Properties;

/// <summary>A function of a geometry whose Boltzmann average chemistry asks for.</summary>
/// <param name="Name">For people, "radius of gyration".</param>
/// <param name="Unit">Of the average; empty for none.</param>
/// <param name="Of">Its value at positions [N, 3] nm and an energy in kJ/mol.</param>
internal sealed record EnsembleProperty(string Name, string Unit, Func<ReadOnlyMemory<float>, double, double> Of)
{
    /// <summary>n where the mean to the n-th power is quoted.</summary>
    public double Power { get; init; } = 1;

    /// <summary>The average over weighted samples, to the <see cref="Power"/>; its error is that of the mean over independent groups, times
    /// the slope of the power.</summary>
    public EnsembleAverage Average(Ensemble ensemble)
    {
        double[] values = new double[ensemble.Count];
        for (int s = 0; s < values.Length; s++)
            values[s] = Of(ensemble.Positions[s], ensemble.Energies[s]);
        Estimate mean = ensemble.Expectation(values);
        double slope = Power == 1 ? 1 : Math.Abs(Power) * Math.Pow(mean.Value, Power - 1);
        return new(Name, Unit, Math.Pow(mean.Value, Power), slope * mean.StandardError);
    }
}
