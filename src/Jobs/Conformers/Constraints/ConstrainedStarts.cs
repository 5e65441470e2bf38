using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>Brings geometries into the windows: minima of U + s U_c with s in stages, so that walls first turn what turns and then
/// hold.</summary>
internal static class ConstrainedStarts
{
    private static readonly double[] s_stages = [0.01, 0.1, 1];

    /// <summary>Relaxes, and keeps what the constraints let in.</summary>
    /// <param name="constraints">U_c.</param>
    /// <param name="field">U, or a force field in place of a costly one.</param>
    /// <param name="molecule">Its name and atoms are for an error.</param>
    /// <param name="isomer">What leaves it is no start.</param>
    /// <param name="geometries">[..][N, 3] nm, one at least.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Leaves them where they stand.</param>
    /// <returns>As many; null in place of those that are none.</returns>
    /// <exception cref="MoleculeFormatException">All are outside: the message names the wall of the least violated.</exception>
    public static float[]?[] Of(ConformerConstraints constraints, SystemParameters field, Molecule molecule, Stereoisomer isomer,
        IReadOnlyList<float[]> geometries, double beta, int threads, CancellationToken cancellation)
    {
        IReadOnlyList<float[]> x = geometries;
        foreach (double stage in s_stages)
            x = LocalStructures.Relax(new ForceFieldPotential(constraints.AddTo(field, stage)), x, threads, cancellation).Positions;
        if (cancellation.IsCancellationRequested)
            return [.. x]; // nothing is sampled from them
        float[]?[] kept = [.. x.Select(g => isomer.Contains(g) && constraints.Violated(g, beta) is null ? g : null)];
        if (kept.Any(g => g is not null))
            return kept;
        float[][] own = [.. x.Where(g => isomer.Contains(g))];
        if (own.Length == 0)
            throw new MoleculeFormatException(molecule.Name, 0,
                $"--constrain: minimised with {string.Join("; ", constraints.Descriptions)}, all of {geometries.Count} geometries became "
                + "another stereoisomer: this one does not meet the constraints");
        float[] best = own.MinBy(g => constraints.Violated(g, beta)!.Value.Energy)!;
        Wall wall = constraints.Violated(best, beta)!.Value.Wall;
        throw ConformerConstraints.Wrong(molecule, wall.Spec,
            $"cannot be met: in the best of {geometries.Count} geometries that were minimised with it {wall.Violation(molecule, best)}");
    }
}
