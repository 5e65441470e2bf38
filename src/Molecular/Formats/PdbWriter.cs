using System.Globalization;
using System.Text;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>PDB as every program reads it: ATOM for amino acids and caps, HETATM otherwise, CONECT for bonds that residue names do not
/// imply.</summary>
public static class PdbWriter
{
    private const int MostAtoms = 99_999;
    private const double LeastCoordinate = -999.9995, MostCoordinate = 9999.9995;

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
        if (structure.Cell is { } cell)
            WriteCell(writer, cell);
        WriteAtoms(writer, structure.Topology, structure.Positions);
        WriteEnd(writer, structure.Topology);
    }

    /// <summary>Writes a box: before the atoms, or the first model.</summary>
    public static void WriteCell(TextWriter writer, UnitCell cell) => Line(writer,
        $"CRYST1{10 * cell.A,9:F3}{10 * cell.B,9:F3}{10 * cell.C,9:F3}{cell.Alpha,7:F2}{cell.Beta,7:F2}{cell.Gamma,7:F2} P 1           1");

    /// <summary>Writes one of several models; <see cref="WriteEnd"/> belongs behind the last.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="topology">The same for all.</param>
    /// <param name="positions">[3N] nm.</param>
    /// <param name="number">From 1.</param>
    /// <exception cref="ArgumentException">The structure does not fit the format.</exception>
    public static void WriteModel(TextWriter writer, Topology topology, double[] positions, long number)
    {
        Line(writer, $"MODEL {number,8}");
        WriteAtoms(writer, topology, positions);
        Line(writer, $"ENDMDL");
    }

    /// <summary>Writes the bonds and the last line.</summary>
    public static void WriteEnd(TextWriter writer, Topology topology)
    {
        int[] serials = Serials(topology);
        foreach ((int atom, List<int> partners) in StatedBonds.Of(topology))
            foreach (int[] four in partners.Chunk(4))
                Line(writer, $"CONECT{serials[atom],5}{string.Concat(four.Select(p => $"{serials[p],5}"))}");
        Line(writer, $"END");
    }

    private static void WriteAtoms(TextWriter writer, Topology topology, double[] positions)
    {
        if (topology.Atoms.Count > MostAtoms)
            throw new ArgumentException($"PDB numbers {MostAtoms} atoms at most, the structure has {topology.Atoms.Count}: write mmCIF",
                nameof(topology));
        int[] serials = Serials(topology);
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            bool isPeptide = IsPeptide(residue);
            (string number, char insertion) = residue.Number.Length > 0 && char.IsLetter(residue.Number[^1]) ? (residue.Number[..^1],
                residue.Number[^1]) : (residue.Number, ' ');
            int last = residue.FirstAtom + residue.AtomCount - 1;
            for (int i = residue.FirstAtom; i <= last; i++)
            {
                TopologyAtom atom = topology.Atoms[i];
                if (atom.Name.Length > 4 || residue.Name.Length > 4 || residue.Chain.Length > 1 || number.Length > 4)
                    throw new ArgumentException($"the names of {topology.Describe(i)} are too long for PDB: write mmCIF", nameof(topology));
                if ((atom.Name + residue.Name + residue.Chain + number).Any(c => char.IsControl(c) || c > '~'))
                    throw new ArgumentException($"the names of {topology.Describe(i)} have characters that PDB has not: write mmCIF",
                        nameof(topology));
                string name = atom.Name.Length == 4 || atom.Symbol.Length == 2 ? atom.Name.PadRight(4) : $" {atom.Name,-3}";
                string residueName = residue.Name.Length == 4 ? residue.Name : $"{residue.Name,3} ";
                (double x, double y, double z) = (10 * positions[3 * i], 10 * positions[3 * i + 1], 10 * positions[3 * i + 2]);
                if (!(Math.Min(x, Math.Min(y, z)) > LeastCoordinate && Math.Max(x, Math.Max(y, z)) < MostCoordinate))
                    throw new ArgumentException($"{topology.Describe(i)} lies beyond the columns of PDB ({LeastCoordinate} to {MostCoordinate} Angstrom)", nameof(positions));
                Line(writer, $"{(isPeptide ? "ATOM  " : "HETATM")}{serials[i],5} {name} {residueName}{residue.Chain,1}{number,4}{insertion}   {x,8:F3}{y,8:F3}{z,8:F3}  1.00  0.00          {atom.Symbol.ToUpperInvariant(),2}");
            }
            if (isPeptide && !topology.IsBondedToNext(r))
                Line(writer, $"TER   {serials[last] + 1,5}      {residue.Name,3} {residue.Chain,1}{number,4}{insertion}");
        }
    }

    /// <summary>Atoms are numbered from 1; the end of a chain takes a number too.</summary>
    private static int[] Serials(Topology topology)
    {
        int serial = 0;
        var serials = new int[topology.Atoms.Count];
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            for (int i = residue.FirstAtom; i < residue.FirstAtom + residue.AtomCount; i++)
                serials[i] = ++serial;
            if (IsPeptide(residue) && !topology.IsBondedToNext(r))
                serial++;
        }
        return serials;
    }

    private static bool IsPeptide(TopologyResidue residue) => StandardResidue.Find(residue.Name) is { Name: not "HOH" };

    private static void Line(TextWriter writer, FormattableString text) => writer.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
}
