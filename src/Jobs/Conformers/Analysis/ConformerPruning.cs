using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>Duplicates among conformers by symmetric heavy-atom RMSD. Greedy by rising energy: of two that are nearer than the threshold,
/// the one of lower energy stays.</summary>
public static class ConformerPruning
{
    /// <summary>For each conformer the one that is kept for it: of those of lower energy the nearest; itself if it is kept.</summary>
    /// <param name="rmsd">The molecule's distance.</param>
    /// <param name="conformers">Each [N, 3] nm.</param>
    /// <param name="energies">[S]; equal ones are taken in the given order.</param>
    /// <param name="threshold">nm.</param>
    public static int[] Representatives(HeavyAtomRmsd rmsd, IReadOnlyList<float[]> conformers, IReadOnlyList<double> energies,
        double threshold)
    {
        CentredGeometries geometries = rmsd.Centre(conformers);
        var remaining = new List<int>(Enumerable.Range(0, conformers.Count).OrderBy(s => energies[s])); // stable
        int[] representative = [.. Enumerable.Range(0, conformers.Count)];
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, conformers.Count)], distances = new double[conformers.Count];
        while (remaining.Count > 0)
        {
            int lowest = remaining[0];
            remaining.RemoveAt(0);
            if (nearest[lowest] < threshold)
                continue;
            representative[lowest] = lowest;
            rmsd.Distances(geometries, lowest, geometries, distances);
            foreach (int other in remaining)
                if (distances[other] < nearest[other])
                    (nearest[other], representative[other]) = (distances[other], lowest);
        }
        return representative;
    }
}
