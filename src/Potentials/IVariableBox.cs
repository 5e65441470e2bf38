namespace MolSampling.Potentials;

/// <summary>
/// A potential in a cubic periodic box of which every walker may have its own size. A walker says it by its stretch s, the edge of its box
/// over that of <see cref="Box"/>: cut-offs stay the lengths that they are, nearest images and waves are those of the walker's box. At s
/// = 1 energies and forces are to the bit those of <see cref="Potential.EvaluateBlock"/>.
/// </summary>
public interface IVariableBox
{
    /// <summary>The box of a walker whose stretch is 1.</summary>
    PeriodicBox Box { get; }

    /// <summary>The smallest s: half the box is no less than the cut-off, and waves are summed accurately.</summary>
    double SmallestStretch { get; }

    /// <summary>The largest s: beyond, waves would be missing.</summary>
    double LargestStretch { get; }

    /// <summary>Energies and forces of one block; see <see cref="Potential.EvaluateBlock"/>.</summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="stretches">[W] s.</param>
    /// <param name="forces">[D, W] kJ/mol/nm, overwritten.</param>
    /// <param name="energies">[W] kJ/mol, overwritten; left as they are where they are not wanted.</param>
    /// <param name="wantsEnergies">Whether energies are read.</param>
    void EvaluateInBoxes(ReadOnlySpan<float> positions, ReadOnlySpan<double> stretches, Span<float> forces, Span<double> energies,
        bool wantsEnergies = true);

    /// <summary>Energy and forces of one configuration in double precision: the reference.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="stretch">s.</param>
    /// <param name="forces">[D] kJ/mol/nm, overwritten.</param>
    /// <returns>kJ/mol.</returns>
    double EvaluateInBox(ReadOnlySpan<double> positions, double stretch, Span<double> forces);
}
