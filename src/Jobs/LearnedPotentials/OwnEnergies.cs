using MathNet.Numerics.LinearAlgebra;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Energies of the atoms alone, so that networks learn what is left: the least-squares solution of the molecules' mean energies
/// over their counts of elements, and of all solutions (one molecule has many) the shortest.</summary>
internal static class OwnEnergies
{
    /// <summary>[E] kJ/mol.</summary>
    public static double[] Fit(IReadOnlyList<LabelledFrames> sets, IReadOnlyList<int> elements)
    {
        Matrix<double> counts = Matrix<double>.Build.Dense(sets.Count, elements.Count, (s, e) =>
            sets[s].AtomicNumbers.Count(z => z == elements[e]));
        return (counts.PseudoInverse() * Vector<double>.Build.Dense(sets.Count, s => sets[s].Energies.Average())).ToArray();
    }
}
