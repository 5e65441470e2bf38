using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// Metropolis-Hastings steps by a <see cref="ConditionalProposal"/>: y from p(y | x) is accepted with min(1, exp(-beta (U' - U)) p(x | y) /
/// p(y | x)), on the support. L. Klein et al., "Timewarp" (NeurIPS 2023), draw N proposals of one state at once, and go to the first that
/// is accepted. Here that is speculation and nothing else (prefetching: A. E. Brockwell, J. Comput. Graph. Stat. 15 (2006) 246): all random
/// numbers of a step, auxiliary variables and the number that decides among them, are functions of (walker, step), a call makes as many
/// steps for every walker, and what was drawn behind an acceptance is thrown away. So
/// the chain is that of one proposal at a time, to the bit, whatever N is, and its law does not depend on it.
/// </summary>
public sealed class ConditionalJumps : Kernel
{
    private readonly ConditionalProposal _proposal;

    /// <summary>Makes the kernel.</summary>
    /// <param name="proposal">p(y | x).</param>
    /// <param name="steps">Of each walker in one call.</param>
    /// <param name="ahead">N, proposals of one walker that are made at once, at most; lanes that would idle take more.</param>
    /// <exception cref="ArgumentOutOfRangeException">No step, or no proposal.</exception>
    public ConditionalJumps(ConditionalProposal proposal, int steps = 1, int ahead = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ahead);
        (_proposal, Steps, Ahead) = (proposal, steps, ahead);
    }

    /// <summary>Metropolis steps of each walker in one call.</summary>
    public int Steps { get; }

    /// <summary>N.</summary>
    public int Ahead { get; }

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => potential.Dimension == _proposal.Dimension
        ? new Workspace(potential, _proposal, Ahead)
        : throw new ArgumentException(
            $"A proposal of {_proposal.Dimension} coordinates does not move the {potential.Dimension} of {potential.Name}.");

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        Array.Clear(work.Done);
        RandomSource[] sources = [.. Enumerable.Range(0, Steps).Select(s => random.Split(step * Steps + s))];
        for (int active = block.Walkers; active > 0; active = Unfinished(work, block.Walkers))
        {
            int most = Math.Max(Ahead, block.Width / active); // active is at most the width, so the batch holds them
            work.Batch.Clear();
            for (int lane = 0; lane < block.Walkers; lane++)
            {
                work.First[lane] = work.Batch.Count;
                for (int s = work.Done[lane]; s < Math.Min(Steps, work.Done[lane] + most); s++)
                    work.Batch.Add(block.Positions.Span, block.Width, lane, sources[s], block.FirstWalker + lane);
            }
            work.First[block.Walkers] = work.Batch.Count;
            _proposal.Propose(work.Batch, work.Scratch);
            Evaluate(block, potential, work);
            for (int lane = 0; lane < block.Walkers; lane++)
                Decide(block, potential, work, lane);
        }
    }

    private int Unfinished(Workspace work, int walkers)
    {
        int count = 0;
        for (int lane = 0; lane < walkers; lane++)
            count += work.Done[lane] < Steps ? 1 : 0;
        return count;
    }

    /// <summary>Energies and forces of all proposals; a row stands in lane row % W of block row / W.</summary>
    private static void Evaluate(WalkerBlock block, Potential potential, Workspace work)
    {
        int width = block.Width, size = block.Dimension;
        for (int lane = 0; lane < block.Walkers; lane++)
            for (int row = work.First[lane]; row < work.First[lane + 1]; row++)
            {
                ReadOnlySpan<float> to = work.Batch.To.AsSpan(row * size, size);
                work.IsNumber[row] = !double.IsNaN(work.Batch.LogRatios[row]);
                foreach (float x in to)
                    work.IsNumber[row] &= float.IsFinite(x);
                bool possible = work.IsNumber[row] && !double.IsNegativeInfinity(work.Batch.LogRatios[row]);
                WalkerBlock target = work.Blocks[row / width];
                target.SetPositions(row % width, possible ? to : work.Batch.From.AsSpan(row * size, size));
                target.Scales[row % width] = block.Scales[lane];
            }
        for (int row = work.Batch.Count; row % width != 0; row++) // padding goes where its neighbour goes: its energy is tame
        {
            WalkerBlock target = work.Blocks[row / width];
            for (int k = 0; k < size; k++)
                target.Positions.Span[k * width + row % width] = target.Positions.Span[k * width + row % width - 1];
            target.Scales[row % width] = target.Scales[row % width - 1];
        }
        for (int b = 0; b * width < work.Batch.Count; b++)
            work.Blocks[b].Evaluate(potential);
        work.Evaluations += work.Batch.Count;
    }

    /// <summary>Goes through a walker's proposals up to the first that is accepted.</summary>
    private static void Decide(WalkerBlock block, Potential potential, Workspace work, int lane)
    {
        int width = block.Width;
        for (int row = work.First[lane]; row < work.First[lane + 1]; row++)
        {
            WalkerBlock there = work.Blocks[row / width];
            (int at, double log) = (row % width, work.Batch.LogRatios[row]);
            double change = there.Energies[at] - block.Energies[lane];
            bool accepted = false;
            if (!work.IsNumber[row] || !double.IsFinite(change))
                work.NonFinite++;
            else if (work.Batch.Uniforms[row] < Math.Exp(log - block.Beta[lane] * change))
            {
                accepted = potential.Support?.Contains(there.Positions.Span, width, at) ?? true;
                work.OutsideSupport += accepted ? 0 : 1;
            }
            work.Count(block.Rungs[lane], accepted);
            work.Done[lane]++;
            if (!accepted)
                continue;
            for (int k = 0; k < block.Dimension; k++)
            {
                block.Positions.Span[k * width + lane] = there.Positions.Span[k * width + at];
                block.Forces.Span[k * width + lane] = there.Forces.Span[k * width + at];
            }
            (block.Energies[lane], block.ScaledEnergies[lane]) = (there.Energies[at], there.ScaledEnergies[at]);
            return; // what was drawn from the old state for later steps is void
        }
    }

    private sealed class Workspace : KernelWorkspace, IDisposable
    {
        public Workspace(Potential potential, ConditionalProposal proposal, int ahead)
        {
            int width = potential.BlockWidth;
            Blocks = [.. Enumerable.Range(0, ahead).Select(_ => new WalkerBlock(potential, 0))];
            (Batch, IsNumber) = (new(ahead * width, potential.Dimension), new bool[ahead * width]);
            (Done, First, Scratch) = (new int[width], new int[width + 1], proposal.NewScratch());
        }

        public WalkerBlock[] Blocks { get; }
        public ProposalBatch Batch { get; }
        public bool[] IsNumber { get; }
        public int[] Done { get; } // steps of each walker in this call
        public int[] First { get; } // row of each walker
        public object? Scratch { get; }

        public void Dispose()
        {
            foreach (WalkerBlock block in Blocks)
                block.Dispose();
            (Scratch as IDisposable)?.Dispose();
        }
    }
}
