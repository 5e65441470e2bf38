using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>The samples that a result shows: drawn from the ensemble in proportion to the weights, or the first of it with their
/// own.</summary>
internal static class WrittenSamples
{
    /// <summary>Makes the table, and notes what its reader should know.</summary>
    /// <param name="ensemble">All samples.</param>
    /// <param name="basinOf">[S] index of the basin, or -1.</param>
    /// <param name="work">The molecule.</param>
    /// <param name="keepsDraws">Whether they keep their own weights.</param>
    /// <param name="properties">Those with a column are written.</param>
    public static SampleTable Of(Ensemble ensemble, int[] basinOf, ConformerWork work, bool keepsDraws,
        IReadOnlyList<EnsembleProperty> properties)
    {
        (Potential potential, int samples) = (work.Potential, work.Options.Samples);
        (int Sample, double LogWeight)[] drawn = keepsDraws ? First(ensemble, samples)
            : [.. ensemble.Resample(samples, work.Random.Split("resample")).Select(d =>
                (d.Sample, Math.Log((double)d.Multiplicity / samples)))];
        int size = 3 * potential.AtomCount, late = 0;
        var table = new SampleTable(potential.AtomCount, new float[drawn.Length * size], new double[drawn.Length], new double[drawn.Length],
            new int[drawn.Length]);
        CancellationToken untilEnd = work.Schedule.Until(1);
        Parallel.For(0, drawn.Length, ParallelWork.Options(), row =>
        {
            (int sample, double logWeight) = drawn[row];
            Span<float> x = table.Positions.AsSpan(row * size, size);
            ensemble.Positions[sample].Span.CopyTo(x);
            Geometry.Centre(x);
            table.LogWeights[row] = logWeight;
            if (work.Relaxing != work.Potential) // costly, and in double precision already
            {
                table.Energies[row] = ensemble.Energies[sample];
                table.Basins[row] = basinOf[sample];
                return;
            }
            bool isLate = untilEnd.IsCancellationRequested;
            table.Energies[row] = isLate ? ensemble.Energies[sample] : Geometry.Energy(potential, x);
            table.Basins[row] = basinOf[sample];
            if (isLate)
                Interlocked.Increment(ref late);
        });
        if (late > 0)
            work.Notes.Add($"no time was left for the energies of {late} samples in double precision: "
                + "they are the engine's, in single precision");
        int wrong = Enumerable.Range(0, drawn.Length).Count(row => !work.Isomer.Contains(table.Positions.AsSpan(row * size, size)));
        if (work.Isomer.Count > 0)
            work.Notes.Add(wrong == 0 ? MoleculeAdmission.StereoChecked(work.Molecule, work.Isomer)
                : $"{wrong} samples have another stereochemistry: please report this");
        return table with { Columns = [.. properties.Where(p => p.Column is not null).Select(p => new SampleColumn(p.Column!, p.ColumnUnit,
            p.Values(table.Count, s => table.Positions.AsMemory(s * size, size), s => table.Energies[s])))] };
    }

    /// <summary>The first draws, those of weight zero left out, with their weights among themselves.</summary>
    private static (int Sample, double LogWeight)[] First(Ensemble ensemble, int count)
    {
        IReadOnlyList<double> weights = ensemble.LogWeights;
        int[] kept = [.. Enumerable.Range(0, Math.Min(count, ensemble.Count)).Where(s => !double.IsNegativeInfinity(weights[s]))];
        if (kept.Length == 0)
            kept = [Enumerable.Range(0, ensemble.Count).MaxBy(s => weights[s])];
        double top = kept.Max(s => weights[s]), norm = top + Math.Log(kept.Sum(s => Math.Exp(weights[s] - top)));
        return [.. kept.Select(s => (s, weights[s] - norm))];
    }
}
