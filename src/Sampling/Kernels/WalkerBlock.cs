using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// A block of walkers in lanes, with what a Markov kernel needs between steps. Every walker has its own temperature,
/// so one block serves all rungs of a ladder. How many walkers there are follows from the settings, not from the
/// processor's lanes: the last block may be padded, with lanes that no kernel counts.
/// </summary>
public sealed class WalkerBlock : IDisposable
{
    /// <summary>Makes a block at the origin.</summary>
    /// <param name="potential">Gives N and the width W.</param>
    /// <param name="firstWalker">Number of the walker in lane 0.</param>
    /// <param name="walkers">How many lanes hold walkers, the first ones; null for all.</param>
    public WalkerBlock(Potential potential, long firstWalker, int? walkers = null)
    {
        AtomCount = potential.AtomCount;
        Dimension = potential.Dimension;
        Width = potential.BlockWidth;
        Walkers = Math.Min(walkers ?? Width, Width);
        FirstWalker = firstWalker;
        int length = Dimension * Width;
        Positions = new(length);
        Velocities = new(length);
        Forces = new(length);
        Energies = new double[Width];
        Beta = new double[Width];
        Rungs = new int[Width];
        Scales = new double[Width];
        ScaledEnergies = new double[Width];
        Stretches = new double[Width];
        Array.Fill(Scales, 1);
        Array.Fill(Stretches, 1);
    }

    /// <summary>N, the number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>D, 3N for a molecule.</summary>
    public int Dimension { get; }

    /// <summary>W, the number of walkers.</summary>
    public int Width { get; }

    /// <summary>Lanes with walkers; those behind are padding.</summary>
    public int Walkers { get; }

    /// <summary>Number of the walker in lane 0.</summary>
    public long FirstWalker { get; }

    /// <summary>[D, W] nm.</summary>
    public LaneBuffer Positions { get; }

    /// <summary>[D, W] nm/ps.</summary>
    public LaneBuffer Velocities { get; }

    /// <summary>[D, W] kJ/mol/nm at <see cref="Positions"/>.</summary>
    public LaneBuffer Forces { get; }

    /// <summary>[W] kJ/mol at <see cref="Positions"/>, under each walker's own scale.</summary>
    public double[] Energies { get; }

    /// <summary>[W] mol/kJ.</summary>
    public double[] Beta { get; }

    /// <summary>[W] the rung of the ladder that each walker is on; 0 without a ladder.</summary>
    public int[] Rungs { get; }

    /// <summary>[W] each walker's lambda in a <see cref="ScaledPotential"/>, 1 at first; other potentials ignore it.</summary>
    public double[] Scales { get; }

    /// <summary>[W] the edge of each walker's box over that of the potential's, 1 at first: see <see cref="Potential.VariableBox"/>;
    /// other potentials ignore it.</summary>
    public double[] Stretches { get; }

    /// <summary>[W] U_1 of a <see cref="ScaledPotential"/> at <see cref="Positions"/>, kJ/mol; otherwise 0.</summary>
    public double[] ScaledEnergies { get; }

    /// <summary>Places one walker.</summary>
    /// <param name="lane">0 .. W - 1.</param>
    /// <param name="positions">[N, 3] nm.</param>
    public void SetPositions(int lane, ReadOnlySpan<float> positions)
    {
        Span<float> x = Positions.Span;
        for (int k = 0; k < positions.Length; k++)
            x[k * Width + lane] = positions[k];
    }

    /// <summary>Reads one walker.</summary>
    /// <param name="lane">0 .. W - 1.</param>
    /// <param name="positions">[N, 3] nm, overwritten.</param>
    public void CopyPositions(int lane, Span<float> positions)
    {
        ReadOnlySpan<float> x = Positions.Span;
        for (int k = 0; k < positions.Length; k++)
            positions[k] = x[k * Width + lane];
    }

    /// <summary>Energies and forces at the present positions.</summary>
    public void Evaluate(Potential potential)
    {
        if (potential.VariableBox is { } box)
            box.EvaluateInBoxes(Positions.Span, Stretches, Forces.Span, Energies);
        else
            potential.EvaluateScaledBlock(Positions.Span, Scales, Forces.Span, Energies, ScaledEnergies);
    }

    /// <summary>Forces at the present positions; energies are as after <see cref="Evaluate"/>, or anything.</summary>
    public void EvaluateForces(Potential potential)
    {
        if (potential.VariableBox is { } box)
            box.EvaluateInBoxes(Positions.Span, Stretches, Forces.Span, Energies, false);
        else
            potential.EvaluateForces(Positions.Span, Scales, Forces.Span, Energies, ScaledEnergies);
    }

    /// <summary>Kinetic energies of the present velocities.</summary>
    /// <param name="masses">[N] Da.</param>
    /// <param name="kinetic">[W] kJ/mol, overwritten.</param>
    public void KineticEnergies(IReadOnlyList<double> masses, Span<double> kinetic)
    {
        kinetic.Clear();
        ReadOnlySpan<float> v = Velocities.Span;
        for (int row = 0; row < Dimension; row++)
        {
            double half = 0.5 * (float)masses[row / 3];
            for (int lane = 0; lane < Width; lane++)
                kinetic[lane] += half * v[row * Width + lane] * v[row * Width + lane];
        }
    }

    /// <summary>Velocities of one walker from the Maxwell-Boltzmann law, a function of (random, walker, counter).</summary>
    /// <param name="lane">0 .. W - 1.</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="random">The stream.</param>
    /// <param name="counter">Number of the draw.</param>
    public void DrawVelocities(int lane, IReadOnlyList<double> masses, RandomSource random, long counter)
    {
        RandomSource own = random.Split(FirstWalker + lane).Split(counter);
        for (int row = 0; row < Dimension; row++)
            Velocities.Span[row * Width + lane] = (float)(Math.Sqrt(1 / (Beta[lane] * masses[row / 3])) * own.NextNormal());
    }

    /// <summary>Moves every walker's centroid to the origin.</summary>
    public void Centre()
    {
        Span<float> x = Positions.Span;
        for (int component = 0; component < 3; component++)
        {
            for (int lane = 0; lane < Width; lane++)
            {
                double sum = 0;
                for (int atom = 0; atom < AtomCount; atom++)
                    sum += x[(3 * atom + component) * Width + lane];
                float mean = (float)(sum / AtomCount);
                for (int atom = 0; atom < AtomCount; atom++)
                    x[(3 * atom + component) * Width + lane] -= mean;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Positions.Dispose();
        Velocities.Dispose();
        Forces.Dispose();
    }
}
