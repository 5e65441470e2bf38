using System.Globalization;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>PDBx/mmCIF: atoms of the first model, cell, and bonds from struct_conn and chem_comp_bond beside those that residue names
/// imply.</summary>
public static class PdbxReader
{
    /// <summary>Reads a structure.</summary>
    /// <param name="path">.cif or .cif.gz.</param>
    /// <exception cref="MoleculeFormatException">The file cannot be read; names file and line.</exception>
    public static Structure Read(string path)
    {
        using LineReader reader = TextFile.OpenWhole(path);
        return Read(reader, Path.GetFileName(path));
    }

    /// <summary>Reads from open text.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="MoleculeFormatException">The text cannot be read; names file and line.</exception>
    public static Structure Read(TextReader reader, string file)
    {
        Dictionary<string, CifTable> tables = CifReader.Read(reader, file, "_atom_site", "_cell", "_struct_conn", "_chem_comp_bond");
        if (!tables.TryGetValue("_atom_site", out CifTable? sites) || sites.Rows.Count == 0)
            throw new MoleculeFormatException(file, 0, "the file holds no atom (no _atom_site)");
        var assembly = new StructureAssembly(file);
        string model = sites.Text(0, "pdbx_PDB_model_num");
        for (int i = 0; i < sites.Rows.Count; i++)
        {
            if (sites.Text(i, "pdbx_PDB_model_num") != model)
                continue;
            (string atom, string residue) = (sites.Text(i, "auth_atom_id", "label_atom_id"),
                sites.Text(i, "auth_comp_id", "label_comp_id"));
            if (atom.Length == 0 || residue.Length == 0)
                throw new MoleculeFormatException(file, sites.Lines[i], "the row names no atom or no residue");
            var position = (Number(sites, i, "Cartn_x"), Number(sites, i, "Cartn_y"), Number(sites, i, "Cartn_z"));
            assembly.Add(sites.Lines[i], sites.Text(i, "label_asym_id", "auth_asym_id"), sites.Text(i, "auth_asym_id", "label_asym_id"),
                sites.Text(i, "auth_seq_id", "label_seq_id") + sites.Text(i, "pdbx_PDB_ins_code"), residue, atom,
                    ChemicalElement.Number(sites.Text(i, "type_symbol")),
                sites.Text(i, "label_alt_id").Length > 0, position);
        }
        return assembly.Finish([.. ConnectionBonds(tables, assembly), .. ComponentBonds(tables, assembly)], Cell(tables));

        double Number(CifTable table, int row, string column) =>
            double.TryParse(table.Text(row, column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value)
                ? value
                : throw new MoleculeFormatException(file, table.Lines[row],
                    $"{column} should be a number, not '{table.Text(row, column)}'");

        UnitCell? Cell(Dictionary<string, CifTable> tables)
        {
            if (!tables.TryGetValue("_cell", out CifTable? cell) || cell.Rows.Count == 0 || cell.Text(0, "length_a").Length == 0)
                return null;
            double[] edges = [Number(cell, 0, "length_a") / 10, Number(cell, 0, "length_b") / 10, Number(cell, 0, "length_c") / 10];
            // Structures that are no crystals carry a cell of 1 Angstrom.
            return edges.Max() <= 0.15 ? null : new(edges[0], edges[1], edges[2], Number(cell, 0, "angle_alpha"),
                Number(cell, 0, "angle_beta"), Number(cell, 0, "angle_gamma"));
        }
    }

    /// <summary>Covalent bonds between residues; hydrogen bonds and metal contacts are no bonds.</summary>
    private static IEnumerable<(int, int)> ConnectionBonds(Dictionary<string, CifTable> tables, StructureAssembly assembly)
    {
        if (!tables.TryGetValue("_struct_conn", out CifTable? connections))
            yield break;
        for (int i = 0; i < connections.Rows.Count; i++)
            if ((connections.Text(i, "conn_type_id").StartsWith("covale", StringComparison.Ordinal)
                || connections.Text(i, "conn_type_id") == "disulf")
                && Partner(i, "ptnr1") is int a && Partner(i, "ptnr2") is int b)
                yield return (a, b);

        int? Partner(int row, string partner)
        {
            string chain = connections.Text(row, partner + "_auth_asym_id", partner + "_label_asym_id");
            string number = connections.Text(row, partner + "_auth_seq_id", partner + "_label_seq_id") + connections.Text(row,
                $"pdbx_{partner}_PDB_ins_code");
            int[] found = [.. assembly.Find(connections.Text(row, partner + "_label_atom_id"), r => r.Chain == chain
                && r.Number == number)];
            return found.Length == 1 ? found[0] : null;
        }
    }

    /// <summary>The bonds inside residues of a kind.</summary>
    private static IEnumerable<(int, int)> ComponentBonds(Dictionary<string, CifTable> tables, StructureAssembly assembly)
    {
        if (!tables.TryGetValue("_chem_comp_bond", out CifTable? bonds))
            yield break;
        for (int i = 0; i < bonds.Rows.Count; i++)
        {
            string residue = bonds.Text(i, "comp_id");
            var second = assembly.Find(bonds.Text(i, "atom_id_2"), r => r.Name == residue).ToDictionary(assembly.ResidueOf);
            foreach (int first in assembly.Find(bonds.Text(i, "atom_id_1"), r => r.Name == residue))
                if (second.TryGetValue(assembly.ResidueOf(first), out int other))
                    yield return (first, other);
        }
    }
}
