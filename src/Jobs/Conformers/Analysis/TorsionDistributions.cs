using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>Marginals of the rotors, and joint distributions of the pairs that say most of one another.</summary>
internal static class TorsionDistributions
{
    private const int Bins = 36; // of ten degrees: a state has several, and pairs of bins still have samples
    private const int MostProfiles = 60, MostMappedRotors = 16, MostMaps = 6; // what a reader looks at; pairs grow with the square

    /// <summary>Both.</summary>
    /// <param name="ensemble">The samples.</param>
    /// <param name="populations">Their weights.</param>
    /// <param name="coordinates">Of which the rotors are taken.</param>
    /// <param name="molecule">Names the torsions.</param>
    public static (TorsionProfile[] Profiles, TorsionMap[] Maps) Of(Ensemble ensemble, Populations populations,
        IReadOnlyList<TorsionCoordinate> coordinates, RDKitMolecule molecule)
    {
        TorsionCoordinate[] rotors = [.. coordinates.Where(c => c.Kind == TorsionKind.Rotor).Take(MostProfiles)];
        var profiles = new TorsionProfile[rotors.Length];
        var bins = new byte[rotors.Length][]; // [rotor][sample]
        Parallel.For(0, rotors.Length, ParallelWork.Options(), r =>
        {
            int[] atoms = [rotors[r].I, rotors[r].J, rotors[r].K, rotors[r].L];
            bins[r] = new byte[ensemble.Count];
            for (int s = 0; s < ensemble.Count; s++)
            {
                double angle = Dihedral.Angle(ensemble.Positions[s].Span, atoms[0], atoms[1], atoms[2], atoms[3]);
                bins[r][s] = (byte)Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * Bins), 0, Bins - 1);
            }
            Estimate[] shares = populations.Histogram(bins[r], Bins);
            profiles[r] = new(atoms, TorsionLabel.Of(molecule, atoms),
                [.. shares.Select(b => b.Value)], [.. shares.Select(b => b.StandardError)]);
        });
        int mapped = Math.Min(rotors.Length, MostMappedRotors);
        (int First, int Second)[] pairs =
            [.. Enumerable.Range(0, mapped).SelectMany(i => Enumerable.Range(i + 1, mapped - i - 1).Select(j => (i, j)))];
        var maps = new TorsionMap[pairs.Length];
        Parallel.For(0, pairs.Length, ParallelWork.Options(), p =>
            maps[p] = Map(pairs[p].First, pairs[p].Second, bins, populations.Weights));
        return (profiles, [.. maps.OrderByDescending(m => m.MutualInformation).Take(MostMaps)]);
    }

    private static TorsionMap Map(int first, int second, byte[][] bins, double[] weights)
    {
        double[] density = new double[Bins * Bins], p = new double[Bins], q = new double[Bins];
        for (int s = 0; s < weights.Length; s++)
            density[bins[first][s] * Bins + bins[second][s]] += weights[s];
        for (int cell = 0; cell < density.Length; cell++)
        {
            p[cell / Bins] += density[cell];
            q[cell % Bins] += density[cell];
        }
        double information = 0;
        for (int cell = 0; cell < density.Length; cell++)
            if (density[cell] > 0)
                information += density[cell] * Math.Log(density[cell] / (p[cell / Bins] * q[cell % Bins]));
        return new(first, second, information, density);
    }
}
