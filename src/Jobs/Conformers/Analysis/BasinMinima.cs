using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>A local minimum.</summary>
/// <param name="Code">The state vector that it lies in, whichever its start lay in.</param>
/// <param name="Positions">[N, 3] nm, numbered so that its torsions are in these states.</param>
/// <param name="Energy">kJ/mol.</param>
internal sealed record BasinMinimum(string Code, float[] Positions, double Energy);

/// <summary>Minima reached from samples.</summary>
internal static class BasinMinima
{
    private const double Tolerance = 0.2; // kJ/mol/nm: below this the rounding of single precision rules
    private const int MostIterations = 5000, Stretch = 10;

    /// <summary>Minimises samples, a block of lanes at a time.</summary>
    /// <param name="classifier">Says where minima lie.</param>
    /// <param name="ensemble">The samples.</param>
    /// <param name="starts">Which of them.</param>
    /// <param name="work">The molecule.</param>
    /// <param name="cancellation">Leaves them where they stand.</param>
    public static BasinMinimum[] From(BasinClassifier classifier, Ensemble ensemble, int[] starts, ConformerWork work,
        CancellationToken cancellation)
    {
        Potential potential = work.Relaxing;
        int width = potential.BlockWidth;
        var positions = new float[starts.Length][];
        Parallel.For(0, (starts.Length + width - 1) / width,
            ParallelWork.Options(potential.ThreadsFor(work.Options.Threads), CancellationToken.None), b =>
        {
            using var block = new WalkerBlock(potential, 0);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, ensemble.Positions[starts[Math.Min(b * width + lane, starts.Length - 1)]].Span);
            FireMinimiser.Minimise(potential, block, Tolerance, MostIterations, cancellation);
            for (int lane = 0; lane < width && b * width + lane < starts.Length; lane++)
                block.CopyPositions(lane, positions[b * width + lane] = new float[3 * potential.AtomCount]);
        });
        var minima = new BasinMinimum[starts.Length];
        // not by PLINQ, which waits for threads of the pool
        Parallel.For(0, starts.Length, ParallelWork.Options(cancellation: CancellationToken.None), n =>
        {
            // where the force field is flat (allenes) a minimum can be of the other isomer, which represents nothing
            (string code, float[] x) = classifier.Place(work.Isomer.Contains(positions[n]) ? positions[n]
                : ensemble.Positions[starts[n]].Span);
            Geometry.Centre(x);
            minima[n] = new(code, x, Geometry.Energy(work.Potential, x));
        });
        return minima;
    }

    /// <summary>How far a sample comes on its way down before it leaves its state vector, or comes to rest: what represents states that are
    /// populated but hold no minimum, as where a hydrogen bond draws all of them to one side.</summary>
    /// <param name="classifier">Says where it is.</param>
    /// <param name="code">The state vector.</param>
    /// <param name="start">[N, 3] nm, in it.</param>
    /// <param name="work">The molecule.</param>
    /// <param name="cancellation">Leaves it where it stands.</param>
    public static BasinMinimum WithinStates(BasinClassifier classifier, string code, ReadOnlySpan<float> start, ConformerWork work,
        CancellationToken cancellation)
    {
        Potential potential = work.Relaxing;
        using var block = new WalkerBlock(potential, 0);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, start);
        float[] x = start.ToArray(), next = new float[x.Length];
        for (int done = 0; done < MostIterations && !cancellation.IsCancellationRequested; done += Stretch)
        {
            bool rests = FireMinimiser.Minimise(potential, block, Tolerance, Stretch, cancellation);
            block.CopyPositions(0, next);
            if (classifier.Place(next).Code != code || !work.Isomer.Contains(next))
                break;
            next.CopyTo(x, 0);
            if (rests)
                break;
        }
        float[] renumbered = classifier.Place(x).Renumbered;
        Geometry.Centre(renumbered);
        return new(code, renumbered, Geometry.Energy(work.Potential, renumbered));
    }
}
