using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Starts;

/// <summary>
/// Atoms that only a geometry tells apart: the hydrogens of a CH2, the methyls of an isopropyl group. No motion exchanges them, and without
/// a geometry an embedding decides which has which number, another one with another seed: what names one of them has no meaning then.
/// </summary>
internal sealed class EquivalentAtoms
{
    private readonly Molecule _molecule;
    private readonly int[][] _renamings, _motions, _mirrors;

    /// <param name="input">The molecule.</param>
    /// <param name="isomer">Whether a mirror image is of the same molecule.</param>
    /// <param name="reference">[N, 3] nm, any conformer.</param>
    public EquivalentAtoms(RDKitMolecule input, Stereoisomer isomer, float[] reference)
    {
        _molecule = input.Molecule;
        IReadOnlyList<int[]> all = input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _);
        _motions = [.. ConformationalSymmetry.Filter(_molecule, all, reference)];
        HashSet<string> known = [.. _motions.Select(m => string.Join(' ', m))];
        _renamings = [.. all.Where(m => !known.Contains(string.Join(' ', m)))];
        float[] mirror = Array.ConvertAll(reference, v => -v);
        _mirrors = ConformationalSymmetry.Renumber(_molecule, all, reference, mirror) is { } numbered && isomer.Contains(numbered)
            ? [[.. Enumerable.Range(0, _molecule.Atoms.Count).Select(a => Place(numbered, a, mirror))]] : [];
    }

    /// <summary>Two atoms that only a geometry tells apart and that something tells apart; null if there are none.</summary>
    /// <param name="named">Atoms that it names.</param>
    /// <param name="keeps">Whether it is unchanged when atoms are renamed, [N] new names.</param>
    /// <param name="isOfMirrorImages">Whether it is the same of a mirror image, as distances are.</param>
    public (int Atom, int Other)? ToldApart(IReadOnlySet<int> named, Func<int[], bool> keeps, bool isOfMirrorImages)
    {
        int[][] motions = [.. _motions.SelectMany(m => Turns(named).Select(turn => After(m, turn)))];
        foreach (int[] renaming in _renamings.Concat(HydrogenExchanges(named)))
        {
            IEnumerable<int[]> same = motions.Select(motion => After(renaming, motion));
            if (same.Any(keeps) || (isOfMirrorImages && same.Any(m => _mirrors.Any(mirror => keeps(After(mirror, m))))))
                continue;
            int atom = named.Order().FirstOrDefault(a => renaming[a] != a, -1);
            if (atom >= 0)
                return (atom, renaming[atom]);
        }
        return null;
    }

    /// <summary>Centres with two or three hydrogens of which one is named.</summary>
    private IEnumerable<int[]> Hydrogens(IReadOnlySet<int> named) => Enumerable.Range(0, _molecule.Atoms.Count)
        .Where(a => _molecule.Neighbours[a].Length == 4)
        .Select(a => _molecule.Neighbours[a].Where(n => _molecule.Atoms[n].AtomicNumber == 1).ToArray())
        .Where(h => h.Length is 2 or 3 && h.Any(named.Contains));

    /// <summary>Of each of these, two hydrogens, so that its sense is the other one.</summary>
    private IEnumerable<int[]> HydrogenExchanges(IReadOnlySet<int> named) =>
        Hydrogens(named).Select(h => Renamed((h[0], h[1]), (h[1], h[0])));

    /// <summary>Methyls turn, which automorphisms do not know of.</summary>
    private IEnumerable<int[]> Turns(IReadOnlySet<int> named) => Hydrogens(named).Where(h => h.Length == 3).Aggregate(
        (IEnumerable<int[]>)[Renamed()], (turns, h) => turns.SelectMany(t => (int[][])[t, After(t, Renamed((h[0], h[1]), (h[1], h[2]),
            (h[2], h[0]))), After(t, Renamed((h[0], h[2]), (h[1], h[0]), (h[2], h[1])))]));

    private int[] Renamed(params ReadOnlySpan<(int From, int To)> pairs)
    {
        int[] map = [.. Enumerable.Range(0, _molecule.Atoms.Count)];
        foreach ((int from, int to) in pairs)
            map[from] = to;
        return map;
    }

    private static int[] After(int[] first, int[] second) => [.. first.Select(a => second[a])];

    /// <summary>Which atom of a geometry lies where one of another does.</summary>
    private static int Place(float[] x, int atom, float[] other) => Enumerable.Range(0, other.Length / 3).First(b =>
        other.AsSpan(3 * b, 3).SequenceEqual(x.AsSpan(3 * atom, 3)));
}
