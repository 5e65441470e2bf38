using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Finds impropers and the order of their atoms by the rules of OpenMM 7.7, so that energies agree to the last digit.</summary>
internal sealed class ImproperSearch(Topology topology, TemplateAssignment assignment, IReadOnlyList<TorsionDefinition> definitions)
{
    private static readonly int[][] s_permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    // As in OpenMM, the first improper of four types settles the order of all that follow.
    private readonly Dictionary<(AtomType, AtomType, AtomType, AtomType), (int[] Places, TorsionDefinition Definition)?> _found = [];

    /// <summary>All impropers.</summary>
    public IEnumerable<(int I, int J, int K, int L, TorsionDefinition Definition)> All()
    {
        for (int centre = 0; centre < topology.Atoms.Count; centre++)
        {
            int[] around = topology.Neighbours[centre];
            for (int a = 0; a < around.Length; a++)
                for (int b = a + 1; b < around.Length; b++)
                    for (int c = b + 1; c < around.Length; c++)
                    {
                        int[] atoms = [centre, around[a], around[b], around[c]];
                        if (Find(atoms) is var (places, definition))
                            yield return (atoms[places[0]], atoms[places[1]], atoms[places[2]], atoms[places[3]], definition);
                    }
        }
    }

    private (int[] Places, TorsionDefinition Definition)? Find(int[] atoms)
    {
        AtomType[] types = [.. atoms.Select(a => assignment.Atoms[a].Type)];
        (AtomType, AtomType, AtomType, AtomType) key = (types[0], types[1], types[2], types[3]);
        if (!_found.TryGetValue(key, out (int[] Places, TorsionDefinition Definition)? found))
            _found[key] = found = Search(atoms, types);
        return found;
    }

    private (int[] Places, TorsionDefinition Definition)? Search(int[] atoms, AtomType[] types)
    {
        (int[] Places, TorsionDefinition Definition)? found = null;
        foreach (TorsionDefinition definition in definitions)
        {
            // The first definition with wildcards, but any without them is preferred, and of those the last.
            if ((found is not null && definition.HasWildcard) || !definition.A.Matches(types[0]))
                continue;
            foreach (int[] p in s_permutations)
            {
                (int b, int c, int d) = (p[0] + 1, p[1] + 1, p[2] + 1);
                if (!definition.B.Matches(types[b]) || !definition.C.Matches(types[c]) || !definition.D.Matches(types[d]))
                    continue;
                found = (definition.Ordering == ImproperOrdering.Amber ? AmberOrder(atoms, types, b, c, d, definition.HasWildcard)
                    : DefaultOrder(atoms, b, c, d), definition);
                break;
            }
        }
        return found;
    }

    /// <summary>Carbon first, then heavier before lighter, then the lower index.</summary>
    private int[] DefaultOrder(int[] atoms, int b, int c, int d)
    {
        (int elementB, int elementC) = (topology.Atoms[atoms[b]].AtomicNumber, topology.Atoms[atoms[c]].AtomicNumber);
        bool swap = (elementB == elementC && atoms[b] > atoms[c]) || (elementB != 6 && (elementC == 6 || elementB < elementC));
        return swap ? [c, b, 0, d] : [b, c, 0, d];
    }

    /// <summary>Interchangeable atoms by residue, then by place in the template: of one type where the definition is specific, of one
    /// element where it has wildcards.</summary>
    private int[] AmberOrder(int[] atoms, AtomType[] types, int b, int c, int d, bool hasWildcard)
    {
        if (hasWildcard)
        {
            if (Element(b) == Element(d) && IsAfter(b, d))
                (b, d) = (d, b);
            if (Element(c) == Element(d) && IsAfter(c, d))
                (c, d) = (d, c);
            if (IsAfter(b, c))
                (b, c) = (c, b);
        }
        else
        {
            // Types are those of the definition's order, before any swap, as OpenMM compares them.
            (AtomType typeB, AtomType typeC, AtomType typeD) = (types[b], types[c], types[d]);
            if (typeB == typeD && IsAfter(b, d))
                (b, d) = (d, b);
            if (typeC == typeD && IsAfter(c, d))
                (c, d) = (d, c);
            if (typeB == typeC && IsAfter(b, c))
                (b, c) = (c, b);
        }
        return [b, c, 0, d];

        bool IsAfter(int x, int y) => Place(x).CompareTo(Place(y)) > 0;
        (int Residue, int Template) Place(int x) => (topology.Atoms[atoms[x]].ResidueIndex, assignment.TemplateIndices[atoms[x]]);

        // OpenMM reads the elements once, before any swap; swapping atoms of one element leaves them as they are.
        int Element(int x) => topology.Atoms[atoms[x]].AtomicNumber;
    }
}
