using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>The densities p_l = q^(1 - l) p^l between q and p, and how a block of walkers moves under one of them.</summary>
/// <param name="potential">U, and the support outside which p is zero.</param>
/// <param name="beta">mol/kJ.</param>
/// <param name="density">Makes log q for one thread.</param>
/// <param name="moves">Each reversible for p.</param>
internal sealed class AnnealedBridge(Potential potential, double beta, Func<LaneDensity> density, ExtraMove[] moves)
{
    public Potential Potential => potential;

    /// <summary>Memory for one thread at a time.</summary>
    public Memory CreateMemory() => new(potential, density(), moves);

    /// <summary>Places walkers, the last one in all lanes that are left, and finds their energies and ratios.</summary>
    public void Begin(WalkerBlock block, ReadOnlySpan<float> positions, double[] ratios, Memory memory)
    {
        int size = potential.Dimension, count = positions.Length / size;
        Array.Fill(block.Beta, beta);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, positions.Slice(Math.Min(lane, count - 1) * size, size));
        block.Evaluate(potential);
        for (int lane = 0; lane < block.Width; lane++)
            ratios[lane] = Ratio(block, lane, memory.Density);
    }

    /// <summary>One step that leaves p_l invariant.</summary>
    public void Move(WalkerBlock block, Memory memory, double[] ratios, double l, int step, bool backward, RandomSource random)
    {
        for (int n = 0; n < moves.Length; n++)
        {
            int m = backward ? moves.Length - 1 - n : n;
            RandomSource stream = random.Split(moves[m].Name);
            ulong key = stream.Split("annealing").Key;
            for (int repeat = 0; repeat < moves[m].Repeats; repeat++)
            {
                long number = (long)step * moves[m].Repeats + repeat;
                memory.Before.Take(block);
                moves[m].Kernel.Step(block, potential, number, stream, memory.Moves[m]);
                for (int lane = 0; lane < block.Width; lane++)
                {
                    if (memory.Before.IsAt(block, lane))
                        continue;
                    double ratio = Ratio(block, lane, memory.Density);
                    (uint high, uint low, _, _) = Philox.Words(key, (ulong)(block.FirstWalker + lane), (ulong)number);
                    // a path without a density stays without: its weight is zero
                    if (Philox.Uniform(high, low) < Math.Exp((1 - l) * (ratios[lane] - ratio)))
                        ratios[lane] = ratio;
                    else
                        memory.Before.PutBack(block, lane);
                }
            }
        }
    }

    /// <summary>ln p - ln q; -infinity outside p's support, NaN where neither has a density.</summary>
    private double Ratio(WalkerBlock block, int lane, LaneDensity logDensity)
    {
        ReadOnlySpan<float> x = block.Positions.Span;
        if (!double.IsFinite(block.Energies[lane]) || !(potential.Support?.Contains(x, block.Width, lane) ?? true))
            return double.NegativeInfinity;
        return -beta * block.Energies[lane] - logDensity(x, block.Width, lane);
    }

    public sealed class Memory(Potential potential, LaneDensity density, ExtraMove[] moves) : IDisposable
    {
        public LaneDensity Density => density;

        public BlockMemory Before { get; } = new(potential);

        public KernelWorkspace[] Moves { get; } = [.. moves.Select(m => m.Kernel.CreateWorkspace(potential))];

        public long Evaluations => Moves.Sum(m => m.Evaluations);

        public void Dispose()
        {
            Before.Dispose();
            foreach (IDisposable work in Moves.OfType<IDisposable>())
                work.Dispose();
        }
    }
}
