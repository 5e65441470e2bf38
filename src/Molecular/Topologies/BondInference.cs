namespace MolSampling.Molecular.Topologies;

/// <summary>The bonds that files leave unsaid: those of standard residues by name, peptide bonds, disulfides, and those of atoms whose
/// names are not the standard's.</summary>
internal static class BondInference
{
    private const double LongestPeptideBond = 0.3;      // nm: farther apart, residues are missing in between
    private const double LongestDisulfide = 0.3;        // nm, as in OpenMM
    private const double LongestBondToHydrogen = 0.16;  // nm
    private const double LongestHeavyBond = 0.19;       // nm

    /// <summary>All bonds, each once.</summary>
    /// <param name="atoms">All atoms.</param>
    /// <param name="residues">All residues.</param>
    /// <param name="segments">[residues] Peptide bonds form within a segment only: a chain, or its part up to TER.</param>
    /// <param name="positions">[3N] nm.</param>
    /// <param name="stated">Bonds that the file states.</param>
    public static IReadOnlyList<TopologyBond> Infer(IReadOnlyList<TopologyAtom> atoms, IReadOnlyList<TopologyResidue> residues,
        IReadOnlyList<int> segments, double[] positions,
        IEnumerable<(int I, int J)> stated)
    {
        var bonds = new List<TopologyBond>();
        var known = new HashSet<(int, int)>();
        var bonded = new bool[atoms.Count];
        var names = residues.Select(r => Enumerable.Range(r.FirstAtom, r.AtomCount).ToDictionary(i => atoms[i].Name)).ToArray();

        for (int r = 0; r < residues.Count; r++)
        {
            foreach ((string a, string b) in StandardResidue.BondsOf(residues[r].Name))
                if (names[r].TryGetValue(a, out int i) && names[r].TryGetValue(b, out int j))
                    Add(i, j);
            if (r > 0 && segments[r] == segments[r - 1] && StandardResidue.Find(residues[r - 1].Name)?.PeptideBonds.After == true
                && StandardResidue.Find(residues[r].Name)?.PeptideBonds.Before == true
                && names[r - 1].TryGetValue("C", out int c) && names[r].TryGetValue("N", out int n) && Distance(c, n) < LongestPeptideBond)
                Add(c, n);
        }
        foreach ((int i, int j) in stated)
            if (!IsContact(i, j) && !IsContact(j, i))
                Add(i, j);
        Disulfides();
        Strays();
        return bonds;

        void Add(int i, int j)
        {
            if (i == j || !known.Add((Math.Min(i, j), Math.Max(i, j))))
                return;
            bonds.Add(new(i, j));
            bonded[i] = bonded[j] = true;
        }

        // Templates of amino acids know no bond to a metal.
        bool IsContact(int i, int j) => ChemicalElement.IsMetal(atoms[i].AtomicNumber)
            && StandardResidue.Find(residues[atoms[j].ResidueIndex].Name) is not null;

        double Distance(int i, int j) =>
            Math.Sqrt(Square(positions[3 * i] - positions[3 * j]) + Square(positions[3 * i + 1] - positions[3 * j + 1])
                + Square(positions[3 * i + 2] - positions[3 * j + 2]));

        void Disulfides()
        {
            var free = new List<int>();
            for (int r = 0; r < residues.Count; r++)
                if (names[r].TryGetValue("SG", out int sulfur) && !names[r].ContainsKey("HG")
                    && StandardResidue.Find(residues[r].Name)?.Name is "CYS" or "CYX"
                    && !bonds.Any(b => (b.I == sulfur || b.J == sulfur) && atoms[b.I].AtomicNumber == 16 && atoms[b.J].AtomicNumber == 16))
                    free.Add(sulfur);
            while (free.Count > 1)
            {
                (double d, int i, int j) = free.SelectMany((a, k) => free.Skip(k + 1).Select(b => (Distance(a, b), a, b))).Min();
                if (d >= LongestDisulfide)
                    break;
                Add(i, j);
                free.Remove(i);
                free.Remove(j);
            }
        }

        // Some atoms go by many names (HB1 for HB3, 1HB, HN, OC1 for O, CD of isoleucine, ...): in a standard residue the nearest heavy
        // atom tells.
        void Strays()
        {
            foreach (TopologyResidue residue in residues.Where(r => StandardResidue.Find(r.Name) is not null))
            {
                int[] all = [.. Enumerable.Range(residue.FirstAtom, residue.AtomCount)];
                foreach (int stray in all.Where(i => !bonded[i]).OrderByDescending(i => atoms[i].AtomicNumber > 1))
                {
                    int nearest = all.Where(i => i != stray && atoms[i].AtomicNumber > 1).DefaultIfEmpty(-1).MinBy(i => i < 0 ? 0
                        : Distance(stray, i));
                    if (nearest >= 0 && Distance(stray, nearest) < (atoms[stray].AtomicNumber == 1 ? LongestBondToHydrogen
                        : LongestHeavyBond))
                        Add(nearest, stray);
                }
            }
        }
    }

    private static double Square(double x) => x * x;
}
