using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>What a torsion is called: "C2-C3-C4-O5", and in a peptide "psi ALA 2 (N-CA-C-O)".</summary>
internal static class TorsionLabel
{
    private static readonly string[] s_sideChain = ["A", "B", "G", "D", "E", "Z", "H"]; // alpha, beta, ...

    /// <summary>Of four atoms.</summary>
    public static string Of(RDKitMolecule input, IReadOnlyList<int> atoms)
    {
        if (input.Residues is not { } topology)
            return string.Join('-', atoms.Select(a => $"{input.Molecule.Atoms[a].Symbol}{a + 1}"));
        (TopologyAtom j, TopologyAtom k) = (topology.Atoms[atoms[1]], topology.Atoms[atoms[2]]);
        TopologyResidue residue = topology.Residues[Math.Max(j.ResidueIndex, k.ResidueIndex)];
        string names = string.Join('-', atoms.Select(a => topology.Atoms[a].Name));
        return Greek(j, k) is { } greek ? $"{greek} {residue.Name} {residue.Number} ({names})"
            : $"{names} {residue.Name} {residue.Number}";
    }

    private static string? Greek(TopologyAtom j, TopologyAtom k)
    {
        if (j.ResidueIndex != k.ResidueIndex)
            return Is("C", "N") ? "omega" : null;
        if (Is("N", "CA"))
            return "phi";
        if (Is("CA", "C"))
            return "psi";
        (int a, int b) = (Place(j.Name), Place(k.Name));
        return a >= 0 && b >= 0 && Math.Abs(a - b) == 1 ? $"chi{Math.Max(a, b)}" : null;

        bool Is(string one, string other) => (j.Name, k.Name) == (one, other) || (k.Name, j.Name) == (one, other);
    }

    /// <summary>How far out an atom of a side chain stands: 0 for CA, 1 for CB, ...</summary>
    private static int Place(string name) => name.Length < 2 || name[0] == 'H' ? -1 : Array.IndexOf(s_sideChain, name[1..2]);
}
