using MolSampling.Molecular.ForceFields.Corrections;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>Geometries with their energies and forces by a costly potential; where time runs out, some of them.</summary>
/// <param name="Done">Which were computed: the first of a random order, so that those that are missing are a random part.</param>
/// <param name="Energies">[B] kJ/mol; NaN where there is none.</param>
/// <param name="Forces">[B][N, 3] kJ/mol/nm.</param>
internal sealed record LabelledDraws(IReadOnlyList<int> Done, double[] Energies, float[][] Forces)
{
    private const int Batch = 32;

    /// <summary>Computes.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="positions">[B][N, 3] nm.</param>
    /// <param name="progress">Told how much is done.</param>
    /// <param name="end">Between batches.</param>
    public static LabelledDraws Of(ConformerWork work, IReadOnlyList<ReadOnlyMemory<float>> positions, Action<double> progress,
        CancellationToken end)
    {
        Potential potential = work.Potential;
        int size = potential.Dimension;
        int[] order = Shuffled(positions.Count, work.Random.Split("order of labels"));
        var labels = new LabelledDraws(new List<int>(), new double[positions.Count], new float[positions.Count][]);
        var done = (List<int>)labels.Done;
        for (int first = 0; first < order.Length && !end.IsCancellationRequested; first += Batch)
        {
            progress((double)first / order.Length);
            int[] batch = order[first..Math.Min(first + Batch, order.Length)];
            float[] x = new float[batch.Length * size], f = new float[x.Length];
            double[] u = new double[batch.Length];
            for (int n = 0; n < batch.Length; n++)
                positions[batch[n]].Span.CopyTo(x.AsSpan(n * size));
            potential.Evaluate(x, u, f, work.Options.Threads, CancellationToken.None);
            for (int n = 0; n < batch.Length; n++)
                (labels.Energies[batch[n]], labels.Forces[batch[n]]) = (u[n], f[(n * size)..((n + 1) * size)]);
            done.AddRange(batch);
        }
        return labels;
    }

    private static int[] Shuffled(int count, RandomSource random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int n = count - 1; n > 0; n--)
        {
            int other = random.NextInt(n + 1);
            (order[n], order[other]) = (order[other], order[n]);
        }
        return order;
    }

    /// <summary>Those that have an energy, as labels to fit to.</summary>
    /// <param name="positions">[B][N, 3] nm.</param>
    public LabelledFrame[] Frames(IReadOnlyList<ReadOnlyMemory<float>> positions) =>
        [.. Done.Order().Where(n => double.IsFinite(Energies[n])).Select(n => new LabelledFrame(positions[n], Energies[n], Forces[n]))];
}
