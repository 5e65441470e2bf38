using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis.Properties;

/// <summary>A function of a geometry whose Boltzmann average chemistry asks for.</summary>
/// <param name="Name">For people, "radius of gyration".</param>
/// <param name="Unit">Of the average; empty for none.</param>
/// <param name="Of">Its value at positions [N, 3] nm and an energy in kJ/mol; called by several threads.</param>
internal sealed record EnsembleProperty(string Name, string Unit, Func<ReadOnlyMemory<float>, double, double> Of)
{
    /// <summary>n where the mean to the n-th power is quoted.</summary>
    public double Power { get; init; } = 1;

    /// <summary>What its column of values is called where samples are written; null for a quantity that has none.</summary>
    public string? Column { get; init; }

    /// <summary>Of the values in the column: another than the average's where that is a power.</summary>
    public string ColumnUnit { get; init; } = Unit;

    /// <summary>Atoms whose distance or torsion it is a function of, the same from either end and of mirror images; empty for what is no
    /// such thing.</summary>
    public IReadOnlyList<int> Atoms { get; init; } = [];

    /// <summary>Samples that an average is taken over, at most, drawn in proportion to their weights: for what takes long.</summary>
    public int MostSamples { get; init; } = int.MaxValue;

    /// <summary>The average over weighted samples, to the <see cref="Power"/>; its error is that of the mean over independent groups, times
    /// the slope of the power.</summary>
    /// <param name="ensemble">The samples.</param>
    /// <param name="random">Where there are more than <see cref="MostSamples"/>.</param>
    public EnsembleAverage Average(Ensemble ensemble, RandomSource random)
    {
        Ensemble some = ensemble.Count <= MostSamples ? ensemble : Drawn(ensemble, random);
        Estimate mean = some.Expectation(Values(some.Count, s => some.Positions[s], s => some.Energies[s]));
        double slope = Power == 1 ? 1 : Math.Abs(Power) * Math.Pow(mean.Value, Power - 1);
        return new(Name, Unit, Math.Pow(mean.Value, Power), slope * mean.StandardError);
    }

    /// <summary>[S] values of some geometries.</summary>
    /// <param name="count">S.</param>
    /// <param name="positions">Of a sample, [N, 3] nm.</param>
    /// <param name="energies">Of a sample, kJ/mol.</param>
    public double[] Values(int count, Func<int, ReadOnlyMemory<float>> positions, Func<int, double> energies)
    {
        double[] values = new double[count];
        Parallel.For(0, count, ParallelWork.Options(), s => values[s] = Of(positions(s), energies(s)));
        return values;
    }

    private Ensemble Drawn(Ensemble ensemble, RandomSource random)
    {
        IReadOnlyList<(int Sample, int Multiplicity)> drawn = ensemble.Resample(MostSamples, random);
        return new(ensemble.State, [.. drawn.Select(d => ensemble.Positions[d.Sample])],
            [.. drawn.Select(d => ensemble.Energies[d.Sample])], [.. drawn.Select(d => Math.Log(d.Multiplicity))],
            [.. drawn.Select(d => ensemble.Groups[d.Sample])]);
    }
}
