using System.Numerics;

namespace MolSampling.Potentials.Engine;

/// <summary>Moves a batch [B, D] through a potential's blocks [D, W]; the last block is filled up with copies of its last walker.</summary>
internal static class BatchEvaluation
{
    /// <summary>Energies and forces, or energies and a gradient for automatic differentiation.</summary>
    /// <param name="potential">D coordinates, blocks of W walkers.</param>
    /// <param name="positions">[B, D] nm.</param>
    /// <param name="energies">[B] kJ/mol, overwritten; NaN and infinities as they are.</param>
    /// <param name="forces">[B, D] kJ/mol/nm, overwritten.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="gradient">Writes minus the forces, and zero where one is not finite, while the block is in the first-level cache: a
    /// pass over the batch less for autograd.</param>
    /// <param name="cancellation">Between two blocks.</param>
    public static unsafe void Run(Potential potential, ReadOnlySpan<float> positions, Span<double> energies, Span<float> forces,
        int threads, bool gradient = false,
        CancellationToken cancellation = default)
    {
        int batch = energies.Length, size = potential.Dimension, width = potential.BlockWidth;
        int blocks = (batch + width - 1) / width;
        fixed (float* x = positions, f = forces)
        fixed (double* u = energies)
        {
            nint px = (nint)x, pf = (nint)f, pu = (nint)u; // lambdas cannot capture pointers
            var options = ParallelWork.Options(potential.ThreadsFor(threads), cancellation);
            Parallel.For(0, blocks, options, () => new Block(size, width), (b, _, block) =>
            {
                int first = b * width, count = Math.Min(width, batch - first);
                block.Gather((float*)px + (long)first * size, count);
                potential.EvaluateBlock(block.Positions, block.Forces, block.Energies);
                if (gradient)
                    Negate(block.Forces);
                block.Scatter((float*)pf + (long)first * size, (double*)pu + first, count);
                return block;
            }, block => block.Dispose());
        }
    }

    private static void Negate(Span<float> forces)
    {
        int k = 0;
        for (; k <= forces.Length - Vector<float>.Count; k += Vector<float>.Count)
        {
            var f = new Vector<float>(forces[k..]);
            Vector.ConditionalSelect(Vector.LessThanOrEqual(Vector.Abs(f), new(float.MaxValue)), -f,
                Vector<float>.Zero).CopyTo(forces[k..]);
        }
        for (; k < forces.Length; k++)
            forces[k] = float.IsFinite(forces[k]) ? -forces[k] : 0;
    }

    private sealed unsafe class Block(int size, int width) : IDisposable
    {
        private readonly LaneBuffer _positions = new(size * width), _forces = new(size * width);

        public Span<float> Positions => _positions.Span;

        public Span<float> Forces => _forces.Span;

        public double[] Energies { get; } = new double[width];

        public void Gather(float* source, int count)
        {
            fixed (float* x = Positions)
            {
                int lane = 0;
                if (size >= Tile.Side)
                    for (; lane <= width - Tile.Side; lane += Tile.Side)
                    {
                        float* a = Walker(lane), b = Walker(lane + 1), c = Walker(lane + 2), d = Walker(lane + 3);
                        for (int k = 0; k < size; k = Tile.Next(k, size))
                            new Tile(a + k, b + k, c + k, d + k).Transposed().Store(x + k * width + lane, width);
                    }
                for (; lane < width; lane++)
                    for (int k = 0; k < size; k++)
                        x[k * width + lane] = Walker(lane)[k];
            }
            float* Walker(int lane) => source + (long)Math.Min(lane, count - 1) * size;
        }

        public void Scatter(float* forces, double* energies, int count)
        {
            fixed (float* f = Forces)
            {
                int lane = 0;
                if (size >= Tile.Side)
                    for (; lane <= count - Tile.Side; lane += Tile.Side)
                        for (int k = 0; k < size; k = Tile.Next(k, size))
                        {
                            float* row = f + k * width + lane;
                            new Tile(row, row + width, row + 2 * width, row + 3 * width).Transposed().Store(forces + (long)lane * size + k,
                                size);
                        }
                for (; lane < count; lane++)
                    for (int k = 0; k < size; k++)
                        forces[(long)lane * size + k] = f[k * width + lane];
            }
            Energies.AsSpan(0, count).CopyTo(new(energies, count));
        }

        public void Dispose()
        {
            _positions.Dispose();
            _forces.Dispose();
        }
    }
}
