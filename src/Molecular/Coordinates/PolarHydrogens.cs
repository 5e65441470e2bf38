namespace MolSampling.Molecular.Coordinates;

/// <summary>The hydrogens that are not on carbon, and how they follow a numbering of the heavy atoms.</summary>
/// <param name="molecule">The molecule.</param>
/// <param name="heavy">Its heavy atoms by rising index.</param>
internal sealed class PolarHydrogens(Molecule molecule, int[] heavy)
{
    private readonly int[][] _of = [.. heavy.Select(a => molecule.Atoms[a].AtomicNumber == 6 ? []
        : molecule.Neighbours[a].Where(n => molecule.Atoms[n].AtomicNumber == 1).ToArray())];

    /// <summary>By the heavy atoms they are on.</summary>
    public int[] Atoms => [.. _of.SelectMany(h => h)];

    /// <summary>The numberings that give each heavy atom one with as many of these hydrogens, with the hydrogens of one atom in every
    /// order.</summary>
    /// <param name="numberings">Of the heavy atoms.</param>
    /// <param name="max">Where orders would make more than these, hydrogens are kept in theirs.</param>
    /// <param name="truncated">Whether they would.</param>
    public IReadOnlyList<int[]> Numberings(IReadOnlyList<int[]> numberings, int max, out bool truncated)
    {
        int[] On(int atom) => _of[Array.BinarySearch(heavy, atom)];
        int[][] kept = [.. numberings.Where(image => image.Zip(_of).All(pair => On(pair.First).Length == pair.Second.Length))];
        bool isLong = _of.Aggregate((double)kept.Length, (product, h) => product * Orders(h).Count()) > max;
        truncated = isLong;
        return [.. kept.SelectMany(image => (isLong ? [[.. image.SelectMany(On)]] : Together([.. image.Select(On)]))
            .Select(hydrogens => (int[])[.. image, .. hydrogens]))];
    }

    private static IEnumerable<int[]> Together(int[][] groups) =>
        groups.Aggregate((IEnumerable<int[]>)[[]], (sofar, group) => sofar.SelectMany(some => Orders(group).Select(order =>
            (int[])[.. some, .. order])));

    private static IEnumerable<int[]> Orders(int[] atoms) =>
        atoms.Length < 2 ? [atoms] : atoms.SelectMany(first => Orders([.. atoms.Where(a => a != first)]).Select(rest =>
            (int[])[first, .. rest]));
}
