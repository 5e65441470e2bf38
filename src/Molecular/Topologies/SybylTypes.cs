namespace MolSampling.Molecular.Topologies;

/// <summary>
/// SYBYL's types of atoms and bonds, as mol2 files have them (Tripos Mol2 File Format, 2005), by a rule of ours from Kekulé bonds, RDKit's
/// aromatic bonds and its hybridisation. "ar" are six-membered rings whose atoms all have a double bond within such rings; five-membered
/// rings keep their Kekulé bonds. Carboxylates (O.co2, both bonds "ar"), amides (N.am, "am"), guanidinium (C.cat), nitro groups (two
/// double bonds), sulfoxides and sulfones have types of their own; an element without types is its symbol.
/// </summary>
internal sealed class SybylTypes
{
    private readonly Molecule _molecule;
    private readonly Bond[][] _bondsOf; // [N]
    private readonly HashSet<Bond> _aromatic = new(ReferenceEqualityComparer.Instance);
    private readonly bool[] _isInAromaticRing; // [N]

    /// <summary>Finds the types.</summary>
    public SybylTypes(Molecule molecule)
    {
        _molecule = molecule;
        ILookup<int, Bond> bonds = molecule.Bonds.SelectMany(b => new[] { (b.Begin, b), (b.End, b) }).ToLookup(p => p.Item1, p => p.Item2);
        _bondsOf = [.. Enumerable.Range(0, molecule.Atoms.Count).Select(a => bonds[a].ToArray())];
        _isInAromaticRing = new bool[molecule.Atoms.Count];
        List<int[]> rings = [.. molecule.Rings.Where(r => r.Length == 6 && BondsOf(r).All(b => b.IsAromatic))];
        do // a ring that leans on another's double bond falls with it
        {
            _aromatic.Clear();
            _aromatic.UnionWith(rings.SelectMany(BondsOf));
        }
        while (rings.RemoveAll(ring => !ring.All(a => _bondsOf[a].Any(b => b.Order == 2 && _aromatic.Contains(b)))) > 0);
        foreach (int atom in rings.SelectMany(r => r))
            _isInAromaticRing[atom] = true;
    }

    /// <summary>"C.ar".</summary>
    public string Atom(int atom) => _molecule.Atoms[atom].AtomicNumber switch
    {
        6 => Carbon(atom),
        7 => Nitrogen(atom),
        8 => Oxygen(atom),
        15 => "P.3",
        16 => Sulfur(atom),
        _ => _molecule.Atoms[atom].Symbol,
    };

    /// <summary>"ar", "am", or the order.</summary>
    public string Bond(Bond bond)
    {
        if (_aromatic.Contains(bond) || IsOfCarboxylate(bond.Begin) || IsOfCarboxylate(bond.End))
            return "ar";
        if (IsOfNitro(bond.Begin, bond.End) || IsOfNitro(bond.End, bond.Begin))
            return "2";
        return IsOfAmide(bond.Begin, bond.End) || IsOfAmide(bond.End, bond.Begin) ? "am"
            : bond.Order switch { 1 => "1", 2 => "2", _ => "3" };
    }

    private string Carbon(int atom)
    {
        if (_isInAromaticRing[atom])
            return "C.ar";
        if (IsGuanidinium(atom))
            return "C.cat";
        int doubles = Doubles(atom);
        return HasTriple(atom) || doubles > 1 ? "C.1" : doubles == 1 || _molecule.Atoms[atom].Hybridisation == 2 ? "C.2" : "C.3";
    }

    private string Nitrogen(int atom)
    {
        if (_isInAromaticRing[atom])
            return "N.ar";
        int doubles = Doubles(atom);
        if (HasTriple(atom) || doubles > 1)
            return "N.1";
        if (_molecule.Neighbours[atom].Length == 4)
            return "N.4";
        if (doubles == 1)
            return IsNitro(atom) || _molecule.Neighbours[atom].Any(IsGuanidinium) ? "N.pl3" : "N.2";
        return _molecule.Neighbours[atom].Any(c => IsOfAmide(atom, c)) ? "N.am"
            : _molecule.Atoms[atom].Hybridisation == 2 ? "N.pl3" : "N.3";
    }

    private string Oxygen(int atom) => IsOfCarboxylate(atom) ? "O.co2"
        : Doubles(atom) > 0 || _molecule.Atoms[atom].IsAromatic || _molecule.Neighbours[atom].Any(n => IsOfNitro(n, atom)) ? "O.2" : "O.3";

    private string Sulfur(int atom)
    {
        int oxygens = _bondsOf[atom].Count(b => b.Order == 2 && IsElement(Other(b, atom), 8));
        return oxygens > 1 ? "S.o2" : oxygens == 1 ? "S.o" : Doubles(atom) > 0 || _molecule.Atoms[atom].IsAromatic ? "S.2" : "S.3";
    }

    /// <summary>Whether an oxygen is one of the two of a carboxylate.</summary>
    private bool IsOfCarboxylate(int atom)
    {
        if (!IsElement(atom, 8) || _molecule.Neighbours[atom] is not [var carbon] || !IsElement(carbon, 6))
            return false;
        int[] bare = [.. _molecule.Neighbours[carbon].Where(o => IsElement(o, 8) && _molecule.Neighbours[o].Length == 1)];
        return bare.Length == 2 && bare.Sum(o => _molecule.Atoms[o].FormalCharge) == -1;
    }

    private bool IsGuanidinium(int atom) => IsElement(atom, 6) && _molecule.Neighbours[atom] is { Length: 3 } three
        && three.All(n => IsElement(n, 7)) && three.Sum(n => _molecule.Atoms[n].FormalCharge) == 1 && Doubles(atom) == 1;

    private bool IsNitro(int atom) => IsElement(atom, 7) && _molecule.Neighbours[atom] is { Length: 3 } three
        && three.Count(o => IsElement(o, 8) && _molecule.Neighbours[o].Length == 1) == 2;

    private bool IsOfNitro(int nitrogen, int oxygen) => IsNitro(nitrogen) && IsElement(oxygen, 8)
        && _molecule.Neighbours[oxygen].Length == 1;

    /// <summary>Whether a bond is that of an amide, a thioamide or their like: N-C(=O), N-C(=S), by single bonds.</summary>
    private bool IsOfAmide(int nitrogen, int carbon) => IsElement(nitrogen, 7) && IsElement(carbon, 6) && Doubles(nitrogen) == 0
        && _molecule.Neighbours[nitrogen].Length < 4
        && _bondsOf[carbon].Any(b => b.Order == 2 && (IsElement(Other(b, carbon), 8) || IsElement(Other(b, carbon), 16)));

    private IEnumerable<Bond> BondsOf(int[] ring) => Enumerable.Range(0, ring.Length).Select(k => _bondsOf[ring[k]].First(b =>
        Other(b, ring[k]) == ring[(k + 1) % ring.Length]));

    private int Doubles(int atom) => _bondsOf[atom].Count(b => b.Order == 2);

    private bool HasTriple(int atom) => _bondsOf[atom].Any(b => b.Order == 3);

    private bool IsElement(int atom, int number) => _molecule.Atoms[atom].AtomicNumber == number;

    private static int Other(Bond bond, int atom) => bond.Begin == atom ? bond.End : bond.Begin;
}
