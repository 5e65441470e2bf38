using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// A potential energy surface U(x) for a fixed list of atoms, evaluated for batches of configurations.
/// Its native layout is the block: <see cref="BlockWidth"/> walkers side by side, coordinates [3N, W], so that
/// one SIMD lane is one walker and a whole trajectory of a block stays in the first-level cache.
/// </summary>
public abstract class Potential
{
    /// <summary>N.</summary>
    public abstract int AtomCount { get; }

    /// <summary>[N] Da.</summary>
    public abstract IReadOnlyList<double> Masses { get; }

    /// <summary>W, the number of walkers that one call of <see cref="EvaluateBlock"/> serves.</summary>
    public abstract int BlockWidth { get; }

    /// <summary>Whether U is unchanged when all atoms move together.</summary>
    public abstract bool IsTranslationInvariant { get; }

    /// <summary>Energies and forces of one block. Safe to call from several threads on different blocks.</summary>
    /// <param name="positions">[3N, W] nm.</param>
    /// <param name="forces">[3N, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] kJ/mol, overwritten.</param>
    public abstract void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies);

    /// <summary>
    /// Energies and forces of one block whose walkers weigh a part of the potential differently, U = U_0 + lambda U_1: see <see cref="ScaledPotential"/>. A potential
    /// without such a part ignores the scales.
    /// </summary>
    /// <param name="positions">[3N, W] nm.</param>
    /// <param name="scales">[W] lambda.</param>
    /// <param name="forces">[3N, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] U_0 + lambda U_1, kJ/mol, overwritten.</param>
    /// <param name="scaledEnergies">[W] U_1, kJ/mol, overwritten.</param>
    public virtual void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces, Span<double> energies, Span<double> scaledEnergies)
    {
        scaledEnergies.Clear();
        EvaluateBlock(positions, forces, energies);
    }

    /// <summary>Energy and forces of one configuration in double precision: the reference for everything else.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="forces">[N, 3] kJ/mol/nm, overwritten.</param>
    /// <returns>kJ/mol.</returns>
    public abstract double EvaluateExact(ReadOnlySpan<double> positions, Span<double> forces);

    /// <summary>Energies and forces of a batch of any size; blocks run on all cores unless a degree of parallelism is given.</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <param name="energies">[B] kJ/mol; NaN and infinities are returned as they are.</param>
    /// <param name="forces">[B, N, 3] kJ/mol/nm.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public void Evaluate(ReadOnlySpan<float> positions, Span<double> energies, Span<float> forces, int threads = 0)
    {
        int batch = energies.Length, size = 3 * AtomCount;
        if (positions.Length != batch * size || forces.Length != batch * size)
            throw new ArgumentException($"{batch} energies of {AtomCount} atoms need {batch * size} coordinates and forces, not {positions.Length} and {forces.Length}.");
        BatchEvaluation.Run(this, positions, energies, forces, threads);
    }
}
