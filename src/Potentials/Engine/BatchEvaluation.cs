namespace MolSampling.Potentials.Engine;

/// <summary>Moves a batch [B, N, 3] through a potential's blocks [3N, W]; the last block is filled up with copies of its last walker.</summary>
internal static class BatchEvaluation
{
    public static unsafe void Run(Potential potential, ReadOnlySpan<float> positions, Span<double> energies, Span<float> forces, int threads)
    {
        int batch = energies.Length, size = 3 * potential.AtomCount, width = potential.BlockWidth;
        int blocks = (batch + width - 1) / width;
        fixed (float* x = positions, f = forces)
        fixed (double* u = energies)
        {
            nint px = (nint)x, pf = (nint)f, pu = (nint)u; // lambdas cannot capture pointers
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
            Parallel.For(0, blocks, options, () => new Block(size, width), (b, _, block) =>
            {
                int first = b * width, count = Math.Min(width, batch - first);
                block.Gather((float*)px + (long)first * size, count);
                potential.EvaluateBlock(block.Positions, block.Forces, block.Energies);
                block.Scatter((float*)pf + (long)first * size, (double*)pu + first, count);
                return block;
            }, block => block.Dispose());
        }
    }

    private sealed unsafe class Block(int size, int width) : IDisposable
    {
        private readonly LaneBuffer _positions = new(size * width), _forces = new(size * width);

        public Span<float> Positions => _positions.Span;

        public Span<float> Forces => _forces.Span;

        public double[] Energies { get; } = new double[width];

        public void Gather(float* source, int count)
        {
            Span<float> x = Positions;
            for (int lane = 0; lane < width; lane++)
            {
                float* walker = source + (long)Math.Min(lane, count - 1) * size;
                for (int k = 0; k < size; k++)
                    x[k * width + lane] = walker[k];
            }
        }

        public void Scatter(float* forces, double* energies, int count)
        {
            Span<float> f = Forces;
            for (int lane = 0; lane < count; lane++)
            {
                float* walker = forces + (long)lane * size;
                for (int k = 0; k < size; k++)
                    walker[k] = f[k * width + lane];
                energies[lane] = Energies[lane];
            }
        }

        public void Dispose()
        {
            _positions.Dispose();
            _forces.Dispose();
        }
    }
}
