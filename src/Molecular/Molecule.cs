namespace MolSampling.Molecular;

/// <summary>A molecule as chemistry sees it: atoms, bonds, rings and stereo, all hydrogens explicit; immutable and free of
/// coordinates.</summary>
/// <param name="Name">The name given in the input, or the SMILES as written.</param>
/// <param name="Smiles">Canonical isomeric SMILES, hydrogens implicit.</param>
/// <param name="Atoms">In the order of the input, added hydrogens last.</param>
/// <param name="Bonds">Kekulé orders.</param>
/// <param name="Rings">The smallest set of smallest rings, atom indices in ring order.</param>
public sealed record Molecule(string Name, string Smiles, IReadOnlyList<Atom> Atoms, IReadOnlyList<Bond> Bonds, IReadOnlyList<int[]> Rings)
{
    /// <summary>Indices of the atoms bonded to each atom, ascending.</summary>
    public IReadOnlyList<int[]> Neighbours { get; } = NeighbourTable(Atoms.Count, Bonds);

    /// <summary>Allenes, cumulenes, hindered bonds and helices.</summary>
    public IReadOnlyList<StereoAxis> Axes { get; init; } = [];

    /// <summary>Centres that stand for several isomers together.</summary>
    public IReadOnlyList<StereoGroup> StereoGroups { get; init; } = [];

    /// <summary>Which isomer this is, of those that the input stands for; null where they were not enumerated.</summary>
    public EnumeratedIsomer? Isomer { get; init; }

    private static int[][] NeighbourTable(int count, IReadOnlyList<Bond> bonds)
    {
        var table = new List<int>[count];
        for (int i = 0; i < count; i++)
            table[i] = [];
        foreach (Bond bond in bonds)
        {
            table[bond.Begin].Add(bond.End);
            table[bond.End].Add(bond.Begin);
        }
        return [.. table.Select(t => t.Order().ToArray())];
    }
}

/// <summary>An isomer's place among those that an input with open stereo elements stands for.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Count">How many there are.</param>
public sealed record EnumeratedIsomer(int Number, int Count);

/// <summary>One atom of a <see cref="Molecule"/>.</summary>
/// <param name="AtomicNumber">1 for hydrogen.</param>
/// <param name="Symbol">"C", "Cl", ...</param>
/// <param name="Mass">Da; the isotope's mass if one is given.</param>
/// <param name="Isotope">Mass number, 0 for the natural mixture.</param>
/// <param name="FormalCharge">e.</param>
/// <param name="RadicalElectrons">Unpaired electrons.</param>
/// <param name="IsAromatic">By RDKit's model.</param>
/// <param name="Hybridisation">1 sp, 2 sp2, 3 sp3, 0 other.</param>
/// <param name="Chirality">'R' or 'S' as given; '*' as given, without a letter (cis and trans in rings); '?' for a stereocentre whose
/// configuration is not given; '\0' for no stereocentre.</param>
public sealed record Atom(int AtomicNumber, string Symbol, double Mass, int Isotope, int FormalCharge, int RadicalElectrons,
    bool IsAromatic, int Hybridisation, char Chirality);

/// <summary>One bond of a <see cref="Molecule"/>.</summary>
/// <param name="Begin">Index of the first atom.</param>
/// <param name="End">Index of the second atom.</param>
/// <param name="Order">Kekulé order: 1, 2 or 3.</param>
/// <param name="IsAromatic">By RDKit's model.</param>
/// <param name="IsConjugated">By RDKit's model.</param>
/// <param name="IsInRing">In any ring.</param>
/// <param name="Stereo">'E' or 'Z' as given; '?' for a stereo double bond whose configuration is not given; '\0' for none.</param>
/// <param name="StereoAtomBegin">For a stereo bond: the neighbour of <paramref name="Begin"/> that E/Z refers to; otherwise -1.</param>
/// <param name="StereoAtomEnd">For a stereo bond: the neighbour of <paramref name="End"/> that E/Z refers to; otherwise -1.</param>
public sealed record Bond(int Begin, int End, int Order, bool IsAromatic, bool IsConjugated, bool IsInRing, char Stereo,
    int StereoAtomBegin, int StereoAtomEnd);
