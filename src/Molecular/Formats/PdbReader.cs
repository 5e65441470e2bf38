using System.Globalization;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>PDB: ATOM, HETATM, TER, CONECT, CRYST1; the first model, and of alternate locations the first.</summary>
public static class PdbReader
{
    private static readonly char[] s_noLetters = [.. " 0123456789+-"];

    /// <summary>Reads a structure with the bonds of standard residues, peptide bonds, disulfides and those of CONECT.</summary>
    /// <param name="path">.pdb or .pdb.gz.</param>
    /// <exception cref="MoleculeFormatException">A record cannot be read; names file and line.</exception>
    public static Structure Read(string path)
    {
        using LineReader reader = TextFile.OpenWhole(path);
        return Read(reader, Path.GetFileName(path));
    }

    /// <summary>Reads from open text.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="MoleculeFormatException">A record cannot be read; names file and line.</exception>
    public static Structure Read(TextReader reader, string file)
    {
        var assembly = new StructureAssembly(file);
        var serials = new PdbSerials(file);
        UnitCell? cell = null;
        bool modelRead = false;
        int line = 0, segment = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            switch (Columns(text, 1, 6))
            {
                case "ATOM" or "HETATM" when !modelRead:
                    serials.Add(Columns(text, 7, 11), ReadAtom(text, line, segment) ? assembly.AtomCount - 1 : null);
                    break;
                case "ATOM" or "HETATM":
                    serials.Add(Columns(text, 7, 11), null);
                    break;
                case "TER":
                    segment++;
                    break;
                case "ENDMDL":
                    modelRead = true;
                    break;
                case "CONECT":
                    for (int column = 12; column <= 27 && column <= text.TrimEnd().Length; column += 5)
                        if (Columns(text, column, column + 4) is { Length: > 0 } other)
                            serials.Connect(Columns(text, 7, 11), other, line);
                    break;
                case "CRYST1":
                    cell = ReadCell(text, line);
                    break;
            }
        }
        return assembly.Finish(serials.Bonds(), cell);

        bool ReadAtom(string text, int line, int segment)
        {
            string name = Columns(text, 13, 16), residue = Columns(text, 18, 21), chain = Columns(text, 22, 22);
            string number = Columns(text, 23, 26) + Columns(text, 27, 27);
            if (name.Length == 0 || residue.Length == 0)
                throw new MoleculeFormatException(file, line, "the record names no atom or no residue");
            var position = (Number(text, 31, 38, line), Number(text, 39, 46, line), Number(text, 47, 54, line));
            int element = ChemicalElement.Number(Columns(text, 77, 78));
            if (element == 0)
                element = ElementOfName(text[12..16], residue);
            return assembly.Add(line, $"{chain}/{segment}", chain, number, residue, name, element, Columns(text, 17, 17).Length > 0,
                position);
        }

        UnitCell? ReadCell(string text, int line)
        {
            double[] edges = [Number(text, 7, 15, line), Number(text, 16, 24, line), Number(text, 25, 33, line)];
            // Structures that are no crystals carry a cell of 1 Angstrom.
            return edges.Max() <= 1.5 ? null : new(edges[0] / 10, edges[1] / 10, edges[2] / 10, Number(text, 34, 40, line),
                Number(text, 41, 47, line), Number(text, 48, 54, line));
        }

        double Number(string text, int first, int last, int line) =>
            double.TryParse(Columns(text, first, last), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value)
                ? value
                : throw new MoleculeFormatException(file, line,
                    $"columns {first} to {last} should hold a number, not '{Columns(text, first, last)}'");
    }

    /// <summary>The text of columns as the format counts them, trimmed; short lines give less.</summary>
    private static string Columns(string text, int first, int last) =>
        text.Length < first ? "" : text[(first - 1)..Math.Min(last, text.Length)].Trim();

    /// <summary>
    /// Where no element is given: column 14 holds a one-letter symbol, 13 and 14 a two-letter one; hydrogens of four letters begin in
    /// column 13. Ions are often named like their residue, wherever they stand.
    /// </summary>
    private static int ElementOfName(string name, string residue)
    {
        string letters = name.Trim(s_noLetters);
        if (letters.Length == 0)
            return 0;
        bool isIon = letters.Length == 2 && letters.Equals(residue.Trim(s_noLetters), StringComparison.OrdinalIgnoreCase);
        bool isHydrogen = name[0] is 'H' or 'h' && name[3] != ' ';
        bool twoLetters = letters.Length > 1 && char.IsLetter(name[0]) && !isHydrogen && StandardResidue.Find(residue) is null;
        int element = isIon || twoLetters ? ChemicalElement.Number(letters[..2]) : 0;
        return element > 0 ? element : ChemicalElement.Number(letters[..1]);
    }
}
