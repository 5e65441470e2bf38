using System.Globalization;
using System.Text;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>PDB as every program reads it: ATOM for amino acids and caps, HETATM otherwise, CONECT for bonds that residue names do not imply.</summary>
public static class PdbWriter
{
    private const int MostAtoms = 99_999;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The structure does not fit the format.</exception>
    public static void Write(string path, Structure structure)
    {
        using var file = new PendingFile(path);
        using (var writer = new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true))
            Write(writer, structure);
        file.Keep();
    }

    /// <summary>Writes to open text.</summary>
    /// <exception cref="ArgumentException">The structure does not fit the format.</exception>
    public static void Write(TextWriter writer, Structure structure)
    {
        (Topology topology, double[] positions, UnitCell? cell) = structure;
        if (topology.Atoms.Count > MostAtoms)
            throw new ArgumentException($"PDB numbers {MostAtoms} atoms at most, the structure has {topology.Atoms.Count}: write mmCIF", nameof(structure));
        if (cell is not null)
            Line($"CRYST1{10 * cell.A,9:F3}{10 * cell.B,9:F3}{10 * cell.C,9:F3}{cell.Alpha,7:F2}{cell.Beta,7:F2}{cell.Gamma,7:F2} P 1           1");
        int serial = 0;
        var serials = new int[topology.Atoms.Count];
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            bool isPeptide = StandardResidue.Find(residue.Name) is { Name: not "HOH" };
            (string number, char insertion) = residue.Number.Length > 0 && char.IsLetter(residue.Number[^1]) ? (residue.Number[..^1], residue.Number[^1]) : (residue.Number, ' ');
            for (int i = residue.FirstAtom; i < residue.FirstAtom + residue.AtomCount; i++)
            {
                TopologyAtom atom = topology.Atoms[i];
                if (atom.Name.Length > 4 || residue.Name.Length > 4 || residue.Chain.Length > 1 || number.Length > 4)
                    throw new ArgumentException($"the names of {topology.Describe(i)} are too long for PDB: write mmCIF", nameof(structure));
                serials[i] = ++serial;
                string name = atom.Name.Length == 4 || atom.Symbol.Length == 2 ? atom.Name.PadRight(4) : $" {atom.Name,-3}";
                string residueName = residue.Name.Length == 4 ? residue.Name : $"{residue.Name,3} ";
                Line($"{(isPeptide ? "ATOM  " : "HETATM")}{serial,5} {name} {residueName}{residue.Chain,1}{number,4}{insertion}   {10 * positions[3 * i],8:F3}{10 * positions[3 * i + 1],8:F3}{10 * positions[3 * i + 2],8:F3}  1.00  0.00          {atom.Symbol.ToUpperInvariant(),2}");
            }
            if (isPeptide && !topology.IsBondedToNext(r))
                Line($"TER   {++serial,5}      {residue.Name,3} {residue.Chain,1}{number,4}{insertion}");
        }
        foreach ((int atom, List<int> partners) in StatedBonds.Of(topology))
            foreach (int[] four in partners.Chunk(4))
                Line($"CONECT{serials[atom],5}{string.Concat(four.Select(p => $"{serials[p],5}"))}");
        Line($"END");

        void Line(FormattableString text) => writer.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
    }
}
