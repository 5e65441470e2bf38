using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>Whether two minima are one: the least RMSD of heavy atoms and polar hydrogens over rotations and equivalent numberings, mirror
/// images never superposed.</summary>
/// <param name="molecule">The molecule.</param>
internal sealed class ConformerMatch(RDKitMolecule molecule)
{
    private const double SameMinimum = 0.01; // nm
    private readonly HeavyAtomRmsd _rmsd = HeavyAtomRmsd.WithPolarHydrogens(molecule);

    /// <summary>Which set holds the nearest minimum; -1 where none is near.</summary>
    /// <param name="minimum">[N, 3] nm.</param>
    /// <param name="sets">[..][..][N, 3] nm.</param>
    public int Nearest(float[] minimum, IReadOnlyList<IReadOnlyList<float[]>> sets)
    {
        (int nearest, double least) = (-1, SameMinimum);
        for (int s = 0; s < sets.Count; s++)
            foreach (float[] other in sets[s])
                if (_rmsd.Between(minimum, other) is var distance && distance < least)
                    (nearest, least) = (s, distance);
        return nearest;
    }
}
