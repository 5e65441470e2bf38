using MolSampling.Sampling.Kernels;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The torsional degrees of freedom of a molecule: acyclic single bonds (hydroxyl and thiol rotors and amides included; methyl, CF3, NH3+
/// and other tops of like terminal atoms not), endocyclic torsions of rings that can pucker, and pyramidal nitrogens. Double bonds are not
/// among them: E/Z is stereo, not conformation.
/// </summary>
public sealed class TorsionSpace
{
    /// <summary>Derives the coordinates from the bond graph.</summary>
    public TorsionSpace(Molecule molecule)
    {
        var coordinates = new List<TorsionCoordinate>();
        var moves = new List<RotatableBond>();
        foreach (Bond bond in molecule.Bonds)
        {
            if (!TurnsFreely(molecule, bond))
                continue;
            (int j, int k) = (bond.Begin, bond.End);
            int fold = Math.Max(PlanarTopFold(molecule, j, k), PlanarTopFold(molecule, k, j));
            coordinates.Add(new(TorsionKind.Rotor, Reference(molecule, j, k), j, k, Reference(molecule, k, j), fold));
            int[] sideJ = Side(molecule, k, j), sideK = Side(molecule, j, k);
            moves.Add(sideK.Length <= sideJ.Length ? new(j, k, sideK) : new(k, j, sideJ));
        }
        RotatableBonds = coordinates.Count;
        foreach (int[] ring in molecule.Rings)
            coordinates.AddRange(RingTorsions(molecule, ring));
        coordinates.AddRange(Enumerable.Range(0, molecule.Atoms.Count).Where(a => IsInvertible(molecule, a))
            .Select(a => new TorsionCoordinate(TorsionKind.Inversion, a, molecule.Neighbours[a][0], molecule.Neighbours[a][1],
                molecule.Neighbours[a][2])));
        Coordinates = coordinates;
        Moves = moves;
        Pyramids = [.. coordinates.Where(c => c.Kind == TorsionKind.Inversion).Select(c => PyramidAt(molecule, c.I)).OfType<Pyramid>()];
    }

    /// <summary>Rotors first, then rings, then inversions.</summary>
    public IReadOnlyList<TorsionCoordinate> Coordinates { get; }

    /// <summary>One a rotor: what a torsion move turns.</summary>
    public IReadOnlyList<RotatableBond> Moves { get; }

    /// <summary>Nitrogens of rings that invert, with what they carry.</summary>
    public IReadOnlyList<Pyramid> Pyramids { get; }

    /// <summary>Rotors.</summary>
    public int RotatableBonds { get; }

    private static bool TurnsFreely(Molecule m, Bond bond) =>
        bond is { Order: 1, IsInRing: false, IsAromatic: false }
        && IsAxisEnd(m, bond.Begin, bond.End) && IsAxisEnd(m, bond.End, bond.Begin);

    /// <summary>The atom carries something that is seen to turn: not nothing, not on the axis (sp), not a top of like terminal
    /// atoms.</summary>
    private static bool IsAxisEnd(Molecule m, int atom, int other)
    {
        int[] rest = [.. m.Neighbours[atom].Where(n => n != other)];
        if (rest.Length == 0 || m.Atoms[atom].Hybridisation == 1)
            return false;
        bool likeTerminals = rest.All(n => m.Neighbours[n].Length == 1 && m.Atoms[n].AtomicNumber == m.Atoms[rest[0]].AtomicNumber);
        bool allHydrogen = likeTerminals && m.Atoms[rest[0]].AtomicNumber == 1;
        return !(likeTerminals && rest.Length >= 3) && !(allHydrogen && rest.Length == 2);
    }

    /// <summary>2 for a planar top of two like terminal atoms (nitro, carboxylate), otherwise 1.</summary>
    private static int PlanarTopFold(Molecule m, int atom, int other)
    {
        int[] rest = [.. m.Neighbours[atom].Where(n => n != other)];
        return rest.Length == 2 && m.Atoms[atom].Hybridisation == 2
            && rest.All(n => m.Neighbours[n].Length == 1 && m.Atoms[n].AtomicNumber == m.Atoms[rest[0]].AtomicNumber) ? 2 : 1;
    }

    /// <summary>The substituent that names the torsion: heaviest, then lowest index.</summary>
    private static int Reference(Molecule m, int atom, int other) =>
        m.Neighbours[atom].Where(n => n != other).OrderByDescending(n => m.Atoms[n].AtomicNumber).ThenBy(n => n).First();

    /// <summary>The atoms beyond the bond from - to, without to.</summary>
    private static int[] Side(Molecule m, int from, int to)
    {
        var seen = new HashSet<int> { from, to };
        var queue = new Queue<int>([to]);
        while (queue.TryDequeue(out int atom))
            foreach (int next in m.Neighbours[atom])
                if (seen.Add(next))
                    queue.Enqueue(next);
        seen.Remove(from);
        seen.Remove(to);
        return [.. seen.Order()];
    }

    private static IEnumerable<TorsionCoordinate> RingTorsions(Molecule m, int[] ring)
    {
        if (ring.Length < 4)
            yield break;
        for (int n = 0; n < ring.Length; n++)
        {
            (int i, int j, int k, int l) = (ring[n], ring[(n + 1) % ring.Length], ring[(n + 2) % ring.Length], ring[(n + 3) % ring.Length]);
            Bond axis = m.Bonds.First(b => (b.Begin == j && b.End == k) || (b.Begin == k && b.End == j));
            if (axis is { Order: 1, IsAromatic: false })
                yield return new(TorsionKind.Ring, i, j, k, l);
        }
    }

    /// <summary>Null unless two bonds of the atom are in rings and the third is not.</summary>
    private static Pyramid? PyramidAt(Molecule m, int atom)
    {
        int[] inRing = [.. m.Neighbours[atom].Where(n => m.Bonds.First(b => (b.Begin, b.End) == (atom, n) || (b.Begin, b.End) == (n,
            atom)).IsInRing)];
        if (inRing.Length != 2)
            return null;
        int substituent = m.Neighbours[atom].First(n => !inRing.Contains(n));
        return new(atom, inRing[0], inRing[1], [substituent, .. Side(m, atom, substituent)]);
    }

    /// <summary>
    /// A neutral nitrogen with three neighbours, at most one of them hydrogen: sp3, or of a three-membered ring, where conjugation does not
    /// flatten it (and triaziridine is aromatic by RDKit's model).
    /// </summary>
    private static bool IsInvertible(Molecule m, int a) =>
        m.Atoms[a] is { AtomicNumber: 7, FormalCharge: 0, Chirality: '\0' }
        && (m.Atoms[a] is { Hybridisation: 3, IsAromatic: false } || m.Rings.Any(r => r.Length == 3 && r.Contains(a)))
        && m.Neighbours[a].Length == 3 && m.Neighbours[a].Count(n => m.Atoms[n].AtomicNumber == 1) <= 1;
}
