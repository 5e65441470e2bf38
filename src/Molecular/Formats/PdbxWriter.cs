using System.Globalization;
using System.Text;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>PDBx/mmCIF: cell, atoms, and the bonds that residue names do not imply.</summary>
public static class PdbxWriter
{
    private const int LongestBlockName = 75; // of CIF's syntax
    private static readonly string[] s_words = ["data_", "loop_", "save_", "stop_", "global_"];

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write(string path, Structure structure)
    {
        using var file = new PendingFile(path);
        using (var writer = new StreamWriter(file.Stream, new UTF8Encoding(false), leaveOpen: true))
            Write(writer, structure, Path.GetFileNameWithoutExtension(path));
        file.Keep();
    }

    /// <summary>Writes to open text.</summary>
    /// <param name="writer">The text.</param>
    /// <param name="structure">What is written.</param>
    /// <param name="name">Of the data block.</param>
    public static void Write(TextWriter writer, Structure structure, string name)
    {
        (Topology topology, double[] positions, UnitCell? cell) = structure;
        string block = string.Concat(name.Take(LongestBlockName).Select(c => c is > ' ' and <= '~' ? c : '_'));
        Line($"data_{(block.Length > 0 ? block : "structure")}");
        if (cell is not null)
            Line($"_cell.length_a {10 * cell.A:F4}\n_cell.length_b {10 * cell.B:F4}\n_cell.length_c {10 * cell.C:F4}\n_cell.angle_alpha {cell.Alpha:F3}\n_cell.angle_beta {cell.Beta:F3}\n_cell.angle_gamma {cell.Gamma:F3}");
        Line($"loop_\n_atom_site.group_PDB\n_atom_site.id\n_atom_site.type_symbol\n_atom_site.label_atom_id\n_atom_site.label_alt_id\n_atom_site.label_comp_id\n_atom_site.label_asym_id");
        Line($"_atom_site.label_entity_id\n_atom_site.label_seq_id\n_atom_site.pdbx_PDB_ins_code\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n_atom_site.occupancy");
        Line($"_atom_site.B_iso_or_equiv\n_atom_site.auth_seq_id\n_atom_site.auth_asym_id\n_atom_site.pdbx_PDB_model_num");
        int segment = 1, number = 0;
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            bool isPeptide = StandardResidue.Find(residue.Name) is { Name: not "HOH" };
            // What TER is in PDB: within a segment neighbouring residues are bonded by default.
            if (r > 0 && (residue.Chain != topology.Residues[r - 1].Chain || (isPeptide && !topology.IsBondedToNext(r - 1))))
                (segment, number) = (segment + 1, 0);
            number++;
            string group = isPeptide ? "ATOM" : "HETATM";
            (string sequence, string insertion) = Number(residue);
            for (int i = residue.FirstAtom; i < residue.FirstAtom + residue.AtomCount; i++)
            {
                TopologyAtom atom = topology.Atoms[i];
                Line($"{group} {i + 1} {atom.Symbol} {Quoted(atom.Name)} . {Quoted(residue.Name)} {segment} 1 {number} {insertion} {10 * positions[3 * i]:F5} {10 * positions[3 * i + 1]:F5} {10 * positions[3 * i + 2]:F5} 1.00 0.00 {sequence} {Quoted(residue.Chain)} 1");
            }
        }
        TopologyBond[] stated = [.. topology.Bonds.Where(b => StatedBonds.IsStated(topology, b))];
        WriteComponents([.. stated.Where(IsInside)]);
        WriteConnections([.. stated.Where(b => !IsInside(b))]);

        void WriteComponents(TopologyBond[] bonds)
        {
            if (bonds.Length == 0)
                return;
            Line($"loop_\n_chem_comp_bond.comp_id\n_chem_comp_bond.atom_id_1\n_chem_comp_bond.atom_id_2");
            foreach ((string comp, string a, string b) in bonds.Select(b => (topology.Residues[topology.Atoms[b.I].ResidueIndex].Name,
                topology.Atoms[b.I].Name, topology.Atoms[b.J].Name)).Distinct())
                Line($"{Quoted(comp)} {Quoted(a)} {Quoted(b)}");
        }

        void WriteConnections(TopologyBond[] bonds)
        {
            if (bonds.Length == 0)
                return;
            Line($"loop_\n_struct_conn.id\n_struct_conn.conn_type_id");
            foreach (string partner in new[] { "ptnr1", "ptnr2" })
                Line($"_struct_conn.{partner}_auth_asym_id\n_struct_conn.{partner}_auth_seq_id\n_struct_conn.pdbx_{partner}_PDB_ins_code\n_struct_conn.{partner}_label_comp_id\n_struct_conn.{partner}_label_atom_id");
            for (int i = 0; i < bonds.Length; i++)
                Line($"conn{i + 1} {(topology.Atoms[bonds[i].I].AtomicNumber == 16 && topology.Atoms[bonds[i].J].AtomicNumber == 16 ? "disulf" : "covale")} {Partner(bonds[i].I)} {Partner(bonds[i].J)}");
        }

        bool IsInside(TopologyBond bond) => topology.Atoms[bond.I].ResidueIndex == topology.Atoms[bond.J].ResidueIndex;

        string Partner(int atom)
        {
            TopologyResidue residue = topology.Residues[topology.Atoms[atom].ResidueIndex];
            (string sequence, string insertion) = Number(residue);
            return $"{Quoted(residue.Chain)} {sequence} {insertion} {Quoted(residue.Name)} {Quoted(topology.Atoms[atom].Name)}";
        }

        void Line(FormattableString text) => writer.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
    }

    private static (string Sequence, string Insertion) Number(TopologyResidue residue) =>
        residue.Number.Length > 1 && char.IsLetter(residue.Number[^1]) ? (residue.Number[..^1], residue.Number[^1..])
            : (Quoted(residue.Number), "?");

    /// <summary>A value as CIF has it: bare, in quotes, or with both kinds of them in it as a text field; characters of control become
    /// underscores.</summary>
    private static string Quoted(string value)
    {
        string text = string.Concat(value.Select(c => char.IsControl(c) ? '_' : c));
        if (text.Length == 0)
            return ".";
        bool isBare = text.All(c => !char.IsWhiteSpace(c) && c is not ('\'' or '"' or '#'))
            && text[0] is not ('_' or ';' or '$' or '[' or ']')
            && text is not ("." or "?") && !s_words.Any(w => text.StartsWith(w, StringComparison.OrdinalIgnoreCase));
        return isBare ? text : !text.Contains('"', StringComparison.Ordinal) ? $"\"{text}\"" : !text.Contains('\'',
            StringComparison.Ordinal) ? $"'{text}'" : $"\n;{text}\n;\n";
    }
}
