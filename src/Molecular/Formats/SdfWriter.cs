using System.Globalization;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// SDF records: V2000, V3000 beyond 999 atoms or bonds. Coordinates in Angstrom, Kekulé bonds; stereo follows from the geometry. Names and
/// values are one line each, and one that would be read as a part of the format ("$$$$", "M  END", "> &lt;x&gt;") stands behind a blank.
/// </summary>
public static class SdfWriter
{
    private const int LongestTitle = 200;

    /// <summary>Writes one record.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="molecule">Atoms and bonds; a name of more than 200 characters is cut.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="properties">Data fields, in order.</param>
    public static void Write(TextWriter writer, Molecule molecule, ReadOnlySpan<float> positions,
        IEnumerable<(string Name, string Value)> properties)
    {
        bool large = molecule.Atoms.Count > 999 || molecule.Bonds.Count > 999;
        writer.Write($"{Title(molecule.Name)}\n     MolSampling    3D\n\n");
        if (large)
            WriteV3000(writer, molecule, positions);
        else
            WriteV2000(writer, molecule, positions);
        writer.Write("M  END\n");
        foreach ((string name, string value) in properties)
            writer.Write($">  <{name}>\n{OneLine(value)}\n\n");
        writer.Write("$$$$\n");
    }

    private static void WriteV2000(TextWriter writer, Molecule molecule, ReadOnlySpan<float> x)
    {
        writer.Write(Invariant($"{molecule.Atoms.Count,3}{molecule.Bonds.Count,3}  0  0  1  0            999 V2000\n"));
        for (int a = 0; a < molecule.Atoms.Count; a++)
            writer.Write(Invariant($"{Angstrom(x[3 * a]),10:f4}{Angstrom(x[3 * a + 1]),10:f4}{Angstrom(x[3 * a + 2]),10:f4} {molecule.Atoms[a].Symbol,-3} 0  0  0  0  0  0  0  0  0  0  0  0\n"));
        foreach (Bond bond in molecule.Bonds)
            writer.Write(Invariant($"{bond.Begin + 1,3}{bond.End + 1,3}{bond.Order,3}  0  0  0  0\n"));
        WriteProperty(writer, "CHG", molecule, a => a.FormalCharge);
        WriteProperty(writer, "ISO", molecule, a => a.Isotope);
        WriteProperty(writer, "RAD", molecule, a => a.RadicalElectrons == 0 ? 0 : a.RadicalElectrons + 1);
    }

    private static void WriteProperty(TextWriter writer, string code, Molecule molecule, Func<Atom, int> value)
    {
        foreach ((int Atom, int Value)[] chunk in molecule.Atoms.Select((a, i) => (Atom: i, Value: value(a))).Where(p =>
            p.Value != 0).Chunk(8))
            writer.Write(Invariant($"M  {code}{chunk.Length,3}{string.Concat(chunk.Select(p => Invariant($"{p.Atom + 1,4}{p.Value,4}")))}\n"));
    }

    private static void WriteV3000(TextWriter writer, Molecule molecule, ReadOnlySpan<float> x)
    {
        writer.Write("  0  0  0  0  0  0            999 V3000\nM  V30 BEGIN CTAB\n");
        writer.Write(Invariant($"M  V30 COUNTS {molecule.Atoms.Count} {molecule.Bonds.Count} 0 0 1\nM  V30 BEGIN ATOM\n"));
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            Atom atom = molecule.Atoms[a];
            string extra = (atom.FormalCharge != 0 ? $" CHG={atom.FormalCharge}" : "") + (atom.Isotope != 0 ? $" MASS={atom.Isotope}" : "")
                + (atom.RadicalElectrons != 0 ? $" RAD={atom.RadicalElectrons + 1}" : "");
            writer.Write(Invariant($"M  V30 {a + 1} {atom.Symbol} {Angstrom(x[3 * a]):f4} {Angstrom(x[3 * a + 1]):f4} {Angstrom(x[3 * a + 2]):f4} 0{extra}\n"));
        }
        writer.Write("M  V30 END ATOM\nM  V30 BEGIN BOND\n");
        for (int b = 0; b < molecule.Bonds.Count; b++)
            writer.Write(Invariant($"M  V30 {b + 1} {molecule.Bonds[b].Order} {molecule.Bonds[b].Begin + 1} {molecule.Bonds[b].End + 1}\n"));
        writer.Write("M  V30 END BOND\nM  V30 END CTAB\n");
    }

    private static double Angstrom(float nm) => nm / Units.NanometrePerAngstrom;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Title(string name)
    {
        string line = OneLine(name);
        return line.Length <= LongestTitle ? line : line[..(LongestTitle - 3)] + "...";
    }

    private static string OneLine(string text)
    {
        string line = SingleLine.Of(text);
        bool isFormat = line.StartsWith('$') || line.StartsWith('>') || line.StartsWith("M  ", StringComparison.Ordinal);
        return isFormat ? " " + line : line;
    }
}
