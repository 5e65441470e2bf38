using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Chemistry;

/// <summary>From residues (a peptide that was built, a PDB file) to chemistry: bond orders by the names of atoms, formal charges by the
/// valences that are left. Atoms stay in their order, so that a force field of residues and chemistry number them alike.</summary>
public static class ResidueChemistry
{
    /// <summary>Double bonds of the standard residues, one Kekulé structure each; those of backbones and of bonds that a protonation state
    /// lacks an atom of do no harm.</summary>
    private static readonly Dictionary<string, (string, string)[]> s_doubleBonds = new()
    {
        [""] = [("C", "O")],
        ["ARG"] = [("CZ", "NH2")],
        ["ASP"] = [("CG", "OD1")],
        ["ASN"] = [("CG", "OD1")],
        ["GLU"] = [("CD", "OE1")],
        ["GLN"] = [("CD", "OE1")],
        ["HIS"] = [("CG", "CD2"), ("ND1", "CE1")],
        ["HID"] = [("CG", "CD2"), ("CE1", "NE2")],
        ["PHE"] = [("CG", "CD1"), ("CE1", "CZ"), ("CE2", "CD2")],
        ["TYR"] = [("CG", "CD1"), ("CE1", "CZ"), ("CE2", "CD2")],
        ["TRP"] = [("CG", "CD1"), ("CD2", "CE2"), ("CE3", "CZ3"), ("CZ2", "CH2")],
    };

    /// <summary>Variants that share double bonds with another residue.</summary>
    private static readonly Dictionary<string, string> s_alike = new()
    {
        ["ASH"] = "ASP", ["GLH"] = "GLU", ["HIE"] = "HIS", ["HIP"] = "HIS",
    };

    /// <summary>A molecule that knows its residues.</summary>
    /// <param name="structure">Standard residues with all hydrogens.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="MoleculeFormatException">A residue whose bonds are not known, an atom without its hydrogens, or what RDKit refuses;
    /// one line.</exception>
    public static RDKitMolecule Molecule(Structure structure, string name)
    {
        Topology topology = structure.Topology;
        int[] orders = [.. topology.Bonds.Select(b => IsDouble(topology, name, b) ? 2 : 1)];
        int[] valences = new int[topology.Atoms.Count];
        for (int b = 0; b < orders.Length; b++)
        {
            valences[topology.Bonds[b].I] += orders[b];
            valences[topology.Bonds[b].J] += orders[b];
        }
        RDKitMolecule molecule = MolBlock.ToMolecule([.. topology.Atoms.Select(a => a.AtomicNumber)], [.. topology.Bonds.Select(b =>
            (b.I, b.J))], orders, [.. valences.Select((v, i) => Charge(topology, name, i, v))], structure.Positions, name);
        molecule.Residues = topology;
        return molecule;
    }

    private static bool IsDouble(Topology topology, string name, TopologyBond bond)
    {
        (TopologyAtom a, TopologyAtom b) = (topology.Atoms[bond.I], topology.Atoms[bond.J]);
        if (a.ResidueIndex != b.ResidueIndex)
            return false;
        TopologyResidue residue = topology.Residues[a.ResidueIndex];
        if (StandardResidue.Find(residue.Name) is not { } known)
            throw new MoleculeFormatException(name, 0,
                $"{residue} is no standard residue, so its bond orders are not known: give an SDF file");
        // a file that says HIS holds whichever hydrogens
        string kind = known.Name == "HIP" && !Has("HE2") ? "HID" : known.Name;
        return IsIn("") || IsIn(s_alike.GetValueOrDefault(kind, kind));

        bool Has(string atom) => Enumerable.Range(residue.FirstAtom, residue.AtomCount).Any(i => topology.Atoms[i].Name == atom);

        bool IsIn(string key) => s_doubleBonds.TryGetValue(key, out (string, string)[]? pairs)
            && (pairs.Contains((a.Name, b.Name)) || pairs.Contains((b.Name, a.Name)));
    }

    /// <summary>What the valence of an atom with all its hydrogens says of its charge.</summary>
    private static int Charge(Topology topology, string name, int atom, int valence) =>
        (topology.Atoms[atom].AtomicNumber, valence) switch
        {
            (1, 1) or (6, 4) or (7, 3) or (8, 2) or (16, 2) => 0,
            (7, 4) => 1,
            (8, 1) or (16, 1) => -1,
            _ => throw new MoleculeFormatException(name, 0,
                $"{topology.Describe(atom)} has {valence} bonds' worth of neighbours: hydrogens are missing, or too many"),
        };
}
