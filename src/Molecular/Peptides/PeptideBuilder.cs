using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Peptides;

/// <summary>Builds a peptide with all hydrogens, stretched out, from ideal internal coordinates; L residues, trans peptide bonds. Relax it
/// before sampling.</summary>
public static class PeptideBuilder
{
    // A beta strand: neighbouring side chains point to opposite sides. Proline's ring fixes its own phi.
    private const double Phi = -120, ProlinePhi = -70, Psi = 130, Omega = 180;

    // Backbone geometry (Angstrom, degrees) of Engh and Huber, Acta Cryst. A47 (1991) 392, rounded.
    private const double NToCa = 1.458, CaToC = 1.525, CToN = 1.33, CToO = 1.231, CToOxt = 1.25, NToH = 1.01;
    private const double AngleNCaC = 111, AngleCaCN = 116.5, AngleCNCa = 121.7, AngleCaCO = 120.5, AngleCaCOxt = 117, AngleTetrahedral =
        109.5;

    /// <summary>Builds a peptide.</summary>
    /// <param name="sequence">
    /// "ACE-ALA-NME", "Ace-A-Nme", "AAAA". Residues: the twenty amino acids by three letters or one, HID HIE HIP (HIS is HIE), ASH GLH LYN
    /// CYM CYX; caps ACE, NME, NHE (NH2). Without caps the ends are charged, also of "H-AA-OH". CYX are bridged in the order they come,
    /// first with second; the bridge closes when the structure is relaxed.
    /// </param>
    /// <exception cref="ArgumentException">It is no sequence; one line.</exception>
    public static Structure Build(string sequence)
    {
        List<StandardResidue> residues = PeptideSequence.Parse(sequence);
        var names = new List<TopologyAtom>();
        var table = new List<TopologyResidue>();
        var bonds = new List<TopologyBond>();
        var positions = new List<double>();
        var bridges = new List<int>();
        Dictionary<string, Point>? before = null;
        int carbonBefore = -1;
        for (int r = 0; r < residues.Count; r++)
        {
            StandardResidue residue = residues[r];
            bool isFirst = r == 0, isLast = r == residues.Count - 1;
            Dictionary<string, Point> points = PlaceAtoms(residue, before, isFirst ? null : residues[r - 1], isLast);
            string[] atoms = AtomNames(residue, isFirst, isLast);
            var index = atoms.Select((name, i) => (name, Index: names.Count + i)).ToDictionary(p => p.name, p => p.Index);
            table.Add(new(residue.Name, "A", $"{r + 1}", names.Count, atoms.Length));
            foreach (string atom in atoms)
            {
                int element = ChemicalElement.Number(atom[..1]);
                names.Add(new(atom, ChemicalElement.Symbol(element), element, r));
                Point p = points[atom];
                positions.AddRange([p.X / 10, p.Y / 10, p.Z / 10]);
            }
            bonds.AddRange(residue.Bonds.Where(b => index.ContainsKey(b.Item1) && index.ContainsKey(b.Item2)).Select(b =>
                new TopologyBond(index[b.Item1], index[b.Item2])));
            if (carbonBefore >= 0)
                bonds.Add(new(carbonBefore, index["N"]));
            carbonBefore = index.GetValueOrDefault("C", -1);
            if (residue.Name == "CYX")
                bridges.Add(index["SG"]);
            before = points;
        }
        if (bridges.Count % 2 != 0)
            throw new ArgumentException($"'{sequence}' has an odd number of bridged cysteines (CYX)", nameof(sequence));
        bonds.AddRange(bridges.Chunk(2).Select(pair => new TopologyBond(pair[0], pair[1])));
        return new(new(names, table, bonds), [.. positions]);
    }

    /// <summary>In Amber's order, with the hydrogens of NH3+ and the second oxygen of COO-.</summary>
    private static string[] AtomNames(StandardResidue residue, bool isFirst, bool isLast)
    {
        var atoms = residue.Atoms.ToList();
        if (isFirst && residue.IsAminoAcid)
        {
            atoms.Remove("H");
            atoms.InsertRange(1, residue.Name == "PRO" ? ["H2", "H3"] : ["H1", "H2", "H3"]);
        }
        if (isLast && residue.IsAminoAcid)
            atoms.Add("OXT");
        return [.. atoms];
    }

    private static Dictionary<string, Point> PlaceAtoms(StandardResidue residue, Dictionary<string, Point>? before,
        StandardResidue? residueBefore, bool isLast)
    {
        var points = new Dictionary<string, Point>();
        foreach ((string name, Point point) in before ?? [])
            if (!name.StartsWith('-'))
                points["-" + name] = point;
        double phi = residue.Name == "PRO" ? ProlinePhi : Phi;
        if (residueBefore is null)
        {
            points["N"] = default;
            points["CA"] = new(NToCa, 0, 0);
            points["C"] = AtomPlacement.Place(new(0, 1, 0), points["N"], points["CA"], CaToC, AngleNCaC, 180);
        }
        else
        {
            points["N"] = AtomPlacement.Place(points["-N"], points["-CA"], points["-C"], CToN, AngleCaCN, Psi);
            points["CA"] = AtomPlacement.Place(points["-CA"], points["-C"], points["N"], NToCa, AngleCNCa, Omega);
            points["C"] = AtomPlacement.Place(points["-C"], points["N"], points["CA"], CaToC, AngleNCaC, phi);
        }
        // A cap's methyl stands where a residue's CA would.
        points["CH3"] = points["CA"];
        points["O"] = AtomPlacement.Place(points["N"], points["CA"], points["C"], CToO, AngleCaCO, Psi + 180);
        if (isLast)
            points["OXT"] = AtomPlacement.Place(points["N"], points["CA"], points["C"], CToOxt, AngleCaCOxt, Psi);
        if (residueBefore is null)
        {
            // Proline's ring takes the place of the first hydrogen.
            double first = residue.Name == "PRO" ? ProlinePhi + 180 : 60;
            for (int i = 0; i < 3; i++)
                points[$"H{i + 1}"] = AtomPlacement.Place(points["C"], points["CA"], points["N"], NToH, AngleTetrahedral, first + 120 * i);
        }
        // The table stands in Amber's order, in which an atom may come before its parent.
        var left = residue.Placements.Where(p => !points.ContainsKey(p.Key) && !(p.Key == "H" && residueBefore is null)).ToList();
        while (left.Count > 0)
        {
            int next = left.FindIndex(p => points.ContainsKey(p.Value.Parent) && points.ContainsKey(p.Value.Grandparent)
                && points.ContainsKey(p.Value.Reference));
            (string atom, Placement at) = left[next];
            points[atom] = AtomPlacement.Place(points[at.Reference], points[at.Grandparent], points[at.Parent], at.Length, at.Angle,
                at.Dihedral);
            left.RemoveAt(next);
        }
        return points;
    }
}
