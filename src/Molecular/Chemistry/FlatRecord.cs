namespace MolSampling.Molecular.Chemistry;

/// <summary>Turns the shim's flat integers and doubles (native/rdkit/describe.cpp, mmff.cpp, match.cpp) into records.</summary>
internal static class FlatRecord
{
    public static (Molecule Molecule, bool HasCoordinates, int[] Classes, IReadOnlyList<(int[] Atoms, int Sign)> Allenes) Read(string name,
        string text, int[] ints, double[] masses)
    {
        string[] lines = text.Split('\n');
        string[] symbols = lines[1].Split(' ');
        int position = 4;
        Atom[] atoms = new Atom[ints[0]];
        for (int a = 0; a < atoms.Length; a++, position += 7)
        {
            ReadOnlySpan<int> r = ints.AsSpan(position, 7);
            atoms[a] = new(r[0], symbols[a], masses[a], r[1], r[2], r[3], r[4] != 0, r[5], (char)r[6]);
        }
        Bond[] bonds = new Bond[ints[1]];
        for (int b = 0; b < bonds.Length; b++, position += 9)
        {
            ReadOnlySpan<int> r = ints.AsSpan(position, 9);
            bonds[b] = new(r[0], r[1], r[2], r[3] != 0, r[4] != 0, r[5] != 0, (char)r[6], r[7], r[8]);
        }
        int[][] rings = new int[ints[2]][];
        for (int n = 0; n < rings.Length; n++)
        {
            int size = ints[position];
            rings[n] = ints[(position + 1)..(position + 1 + size)];
            position += 1 + size;
        }
        int[] classes = ints[position..(position + atoms.Length)];
        position += atoms.Length;
        var allenes = new (int[], int)[ints[position++]];
        for (int n = 0; n < allenes.Length; n++, position += 5)
            allenes[n] = (ints[position..(position + 4)], ints[position + 4]);
        var groups = new StereoGroup[ints[position++]];
        for (int n = 0; n < groups.Length; n++)
        {
            int size = ints[position + 1];
            groups[n] = new(ints[position] == 2, ints[(position + 2)..(position + 2 + size)]);
            position += 2 + size;
        }
        return (new Molecule(name, lines[0], atoms, bonds, rings) { StereoGroups = groups }, ints[3] != 0, classes, allenes);
    }

    public static MmffTerms ReadMmff(int atomCount, int[] ints, double[] doubles)
    {
        int i = 0, d = 0;
        T[] Table<T>(Func<int, int, T> row, int width, int parameters)
        {
            var rows = new T[ints[i++]];
            for (int n = 0; n < rows.Length; n++, i += width, d += parameters)
                rows[n] = row(i, d);
            return rows;
        }
        var bonds = Table((p, q) => new MmffBondRow(ints[p], ints[p + 1], doubles[q], doubles[q + 1]), 2, 2);
        var angles = Table((p, q) => new MmffAngleRow(ints[p], ints[p + 1], ints[p + 2], doubles[q], doubles[q + 1], ints[p + 3] != 0), 4,
            2);
        var stretchBends = Table((p, q) => new MmffStretchBendRow(ints[p], ints[p + 1], ints[p + 2], doubles[q], doubles[q + 1],
            doubles[q + 2], doubles[q + 3], doubles[q + 4]), 3, 5);
        var outOfPlanes = Table((p, q) => new MmffOutOfPlaneRow(ints[p], ints[p + 1], ints[p + 2], ints[p + 3], doubles[q]), 4, 1);
        var torsions = Table((p, q) => new MmffTorsionRow(ints[p], ints[p + 1], ints[p + 2], ints[p + 3], doubles[q], doubles[q + 1],
            doubles[q + 2]), 4, 3);
        var pairs = Table((p, q) => new MmffPairRow(ints[p], ints[p + 1], doubles[q], doubles[q + 1], ints[p + 2] != 0), 3, 2);
        return new(bonds, angles, stretchBends, outOfPlanes, torsions, pairs, doubles[d..(d + atomCount)], ints[i..(i + atomCount)]);
    }

    public static IReadOnlyList<int[]>[] ReadTagged(int[] ints, int patterns)
    {
        var matches = new IReadOnlyList<int[]>[patterns];
        int position = 0;
        for (int p = 0; p < patterns; p++)
        {
            (int tags, int count) = (ints[position], ints[position + 1]);
            position += 2;
            matches[p] = [.. ints[position..(position + tags * count)].Chunk(tags)];
            position += tags * count;
        }
        return matches;
    }

    public static IReadOnlyList<int[]> ReadAutomorphisms(Molecule molecule, ReadOnlySpan<int> ints, int heavy)
    {
        int[] atoms = ints[..heavy].ToArray();
        var maps = new List<int[]>();
        int[] Hydrogens(int atom) => [.. molecule.Neighbours[atom].Where(n => molecule.Atoms[n].AtomicNumber == 1)];
        for (int start = heavy; start < ints.Length; start += heavy)
        {
            int[] map = [.. Enumerable.Range(0, molecule.Atoms.Count)];
            for (int n = 0; n < heavy; n++)
            {
                map[atoms[n]] = ints[start + n];
                int[] from = Hydrogens(atoms[n]), to = Hydrogens(ints[start + n]);
                for (int h = 0; h < from.Length; h++)
                    map[from[h]] = to[h];
            }
            maps.Add(map);
        }
        return maps;
    }
}
