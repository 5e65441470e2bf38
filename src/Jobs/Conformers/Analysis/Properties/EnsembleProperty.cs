using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis.Properties;

/// <summary>A function of a geometry whose Boltzmann average chemistry asks for.</summary>
/// <param name="Name">For people, "radius of gyration".</param>
/// <param name="Unit">Of the average; empty for none.</param>
/// <param name="Of">Its value at positions [N, 3] nm and an energy in kJ/mol.</param>
internal sealed record EnsembleProperty(string Name, string Unit, Func<ReadOnlyMemory<float>, double, double> Of)
{
    /// <summary>What is quoted of the average, where it is not the average itself.</summary>
    public Func<double, double> Quoted { get; init; } = static mean => mean;

    /// <summary>The average over weighted samples; its error is that of the mean over independent groups, carried through
    /// <see cref="Quoted"/> by its slope.</summary>
    public EnsembleAverage Average(Ensemble ensemble)
    {
        double[] values = new double[ensemble.Count];
        for (int s = 0; s < values.Length; s++)
            values[s] = Of(ensemble.Positions[s], ensemble.Energies[s]);
        Estimate mean = ensemble.Expectation(values);
        double step = 1e-4 * Math.Max(Math.Abs(mean.Value), double.Epsilon),
            slope = (Quoted(mean.Value + step) - Quoted(mean.Value - step)) / (2 * step);
        return new(Name, Unit, Quoted(mean.Value), mean.StandardError == 0 ? 0 : Math.Abs(slope) * mean.StandardError);
    }
}
