using System.Globalization;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>Records of a Tripos mol2 file: coordinates in Angstrom, types by <see cref="SybylTypes"/>, residues as
/// substructures.</summary>
internal static class Mol2Writer
{
    private const int LongestTitle = 200;

    /// <summary>Writes one record.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="molecule">Atoms and bonds; its name on one line, cut after 200 characters.</param>
    /// <param name="topology">Names of atoms and residues, in the molecule's order.</param>
    /// <param name="types">Of the molecule.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="charges">[N] e; null for none, which are written as zeros under NO_CHARGES.</param>
    /// <param name="comment">The record's comment.</param>
    public static void Write(TextWriter writer, Molecule molecule, Topology topology, SybylTypes types, ReadOnlySpan<float> positions,
        IReadOnlyList<double>? charges, string comment)
    {
        bool isPeptide = topology.Residues.Any(r => StandardResidue.Find(r.Name) is not null);
        writer.Write($"@<TRIPOS>MOLECULE\n{Line(molecule.Name)}\n");
        writer.Write(Invariant($"{molecule.Atoms.Count,5} {molecule.Bonds.Count,5} {topology.Residues.Count,5} 0 0\n"));
        writer.Write($"{(isPeptide ? "PROTEIN" : "SMALL")}\n{(charges is null ? "NO_CHARGES" : "USER_CHARGES")}\n****\n{Line(comment)}\n");
        writer.Write("@<TRIPOS>ATOM\n");
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            TopologyAtom atom = topology.Atoms[a];
            string residue = Substructure(topology, atom.ResidueIndex);
            (double x, double y, double z) = (Angstrom(positions[3 * a]), Angstrom(positions[3 * a + 1]), Angstrom(positions[3 * a + 2]));
            writer.Write(Invariant($"{a + 1,6} {Word(atom.Name),-6} {x,10:f4} {y,10:f4} {z,10:f4} {types.Atom(a),-5} "));
            writer.Write(Invariant($"{atom.ResidueIndex + 1,4} {residue,-8} {charges?[a] ?? 0,10:f6}\n"));
        }
        writer.Write("@<TRIPOS>BOND\n");
        for (int b = 0; b < molecule.Bonds.Count; b++)
        {
            Bond bond = molecule.Bonds[b];
            writer.Write(Invariant($"{b + 1,6} {bond.Begin + 1,5} {bond.End + 1,5} {types.Bond(bond)}\n"));
        }
        writer.Write("@<TRIPOS>SUBSTRUCTURE\n");
        for (int r = 0; r < topology.Residues.Count; r++)
            writer.Write(Invariant($"{r + 1,6} {Substructure(topology, r),-8} {topology.Residues[r].FirstAtom + 1,5} ")
                + (isPeptide ? "RESIDUE\n" : "GROUP\n"));
    }

    private static string Substructure(Topology topology, int residue) => Word(topology.Residues[residue].Name
        + topology.Residues[residue].Number);

    /// <summary>Cells are parted by blanks.</summary>
    private static string Word(string text) => string.Concat(text.Select(c => char.IsWhiteSpace(c) || char.IsControl(c) ? '_' : c));

    /// <summary>What would be read as a section or a remark stands behind a star, and nothing is a line of stars.</summary>
    private static string Line(string text)
    {
        string line = SingleLine.Of(text, LongestTitle);
        return line.Length == 0 ? "****" : line[0] is '@' or '#' ? "*" + line : line;
    }

    private static double Angstrom(float nm) => nm / Units.NanometrePerAngstrom;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
