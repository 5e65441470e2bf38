using System.Globalization;
using System.Text.RegularExpressions;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>A geometry with its energy and forces, in the units of the file; lengths are Angstrom.</summary>
/// <param name="AtomicNumbers">[N].</param>
/// <param name="Positions">[N, 3] Angstrom.</param>
/// <param name="Energy">As it stands there.</param>
/// <param name="Forces">[N, 3] as they stand there.</param>
/// <param name="Charge">Net, in elementary charges; null where it is not said.</param>
/// <param name="Settings">What the program that labelled it was asked; null for another program's.</param>
internal sealed record LabelledGeometry(int[] AtomicNumbers, double[] Positions, double Energy, double[] Forces, int? Charge = null,
    string? Settings = null);

/// <summary>
/// Extended xyz files with labels: a number of atoms, a line of key=value pairs (energy=..., Properties=species:S:1:pos:R:3:forces:R:3), a
/// line an atom. Written by ASE and what learns from it, in eV and Angstrom. Positions, energies and forces are written so that they are
/// read as the same numbers.
/// </summary>
internal static partial class LabelledXyz
{
    private const string SettingsKey = "molsampling";

    private static readonly string[] s_energyKeys = ["energy", "REF_energy", "ref_energy", "dft_energy", "free_energy"],
        s_forceKeys = ["forces", "force", "REF_forces", "ref_forces", "dft_forces"];

    /// <summary>Reads lazily.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What an error names.</param>
    /// <param name="mayEndEarly">Whether a last frame without all of its lines is left out: a file that grows frame by frame.</param>
    /// <exception cref="MoleculeFormatException">A line is not what it should be.</exception>
    public static IEnumerable<LabelledGeometry> Read(TextReader reader, string source, bool mayEndEarly = false)
    {
        int line = 0;
        while (NextLine() is { } head)
        {
            if (string.IsNullOrWhiteSpace(head))
                continue;
            int count = XyzReader.AtomCount(head, source, line);
            if (NextLine() is not { } comment)
            {
                if (mayEndEarly)
                    yield break;
                throw new MoleculeFormatException(source, line, "the file ends within a frame");
            }
            int at = line;
            (Dictionary<string, string> pairs, int species, int positions, int forces, int columns) = Header(comment, source, line);
            double energy = s_energyKeys.Select(k => pairs.GetValueOrDefault(k)).FirstOrDefault(v => v is not null) is not { } text
                ? throw new MoleculeFormatException(source, line, $"no energy: one of {string.Join(", ", s_energyKeys)} is expected")
                : Number(text, source, line);
            int? charge = double.TryParse(pairs.GetValueOrDefault("charge"), NumberStyles.Float, CultureInfo.InvariantCulture,
                out double net) && net == Math.Round(net) && Math.Abs(net) < 100 ? (int)net : null;
            var elements = new List<int>();
            var x = new List<double>();
            var f = new List<double>();
            for (int a = 0; a < count; a++)
            {
                if (NextLine() is not { } row)
                {
                    if (mayEndEarly)
                        yield break;
                    throw new MoleculeFormatException(source, line, $"the file ends after {a} of {count} atoms");
                }
                string[] words = row.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                int element = words.Length < columns ? 0 : XyzReader.Element(words[species]);
                if (element < 1)
                    throw new MoleculeFormatException(source, line,
                        $"'{XyzReader.Shown(row)}' is not an element with {columns - 1} numbers");
                elements.Add(element);
                for (int c = 0; c < 3; c++)
                {
                    double coordinate = Number(words[positions + c], source, line);
                    x.Add(double.IsFinite(coordinate) ? coordinate
                        : throw new MoleculeFormatException(source, line,
                            $"'{XyzReader.Shown(words[positions + c])}' is not a coordinate"));
                    f.Add(Number(words[forces + c], source, line));
                }
            }
            if (pairs.GetValueOrDefault("pbc") is { } pbc && pbc.Contains('T', StringComparison.OrdinalIgnoreCase))
                throw new MoleculeFormatException(source, at, "a periodic box (pbc): networks are trained on molecules in free space");
            yield return new([.. elements], [.. x], energy, [.. f], charge, pairs.GetValueOrDefault(SettingsKey));
        }

        string? NextLine()
        {
            line++;
            return reader.ReadLine();
        }
    }

    /// <summary>Writes a frame, in eV and Angstrom.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="energy">kJ/mol.</param>
    /// <param name="forces">[N, 3] kJ/mol/nm.</param>
    /// <param name="settings">See <see cref="LabelledGeometry"/>; without blanks.</param>
    public static void Write(TextWriter writer, IReadOnlyList<int> atomicNumbers, ReadOnlySpan<float> positions, double energy,
        ReadOnlySpan<double> forces, string settings)
    {
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{atomicNumbers.Count}\nProperties=species:S:1:pos:R:3:forces:R:3 ")
            + string.Create(CultureInfo.InvariantCulture, $"energy={energy / Units.KilojoulePerElectronvolt:r} pbc=\"F F F\" ")
            + $"{SettingsKey}={settings}\n");
        for (int a = 0; a < atomicNumbers.Count; a++)
        {
            writer.Write($"{ChemicalElement.Symbol(atomicNumbers[a]),-2}");
            for (int c = 0; c < 3; c++)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $" {positions[3 * a + c] / Units.NanometrePerAngstrom:r}"));
            for (int c = 0; c < 3; c++)
                writer.Write(string.Create(CultureInfo.InvariantCulture,
                    $" {forces[3 * a + c] * Units.NanometrePerAngstrom / Units.KilojoulePerElectronvolt:r}"));
            writer.Write('\n');
        }
    }

    private static (Dictionary<string, string> Pairs, int Species, int Positions, int Forces, int Columns) Header(string comment,
        string source, int line)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match m in Pair().Matches(comment))
            pairs[m.Groups[1].Value] = m.Groups[2].Success ? m.Groups[2].Value : m.Groups[3].Value;
        int species = -1, positions = -1, forces = -1, column = 0;
        string[] parts = pairs.GetValueOrDefault("Properties", "").Split(':');
        for (int p = 0; p + 2 < parts.Length; p += 3)
        {
            if (!int.TryParse(parts[p + 2], NumberStyles.None, CultureInfo.InvariantCulture, out int wide) || wide is < 1 or > 1000)
                break;
            if (parts[p] is "species" or "Z" or "numbers")
                species = column;
            if (parts[p] is "pos" or "positions")
                positions = column;
            if (forces < 0 && s_forceKeys.Contains(parts[p]))
                forces = column;
            column += wide;
        }
        return species >= 0 && positions >= 0 && forces >= 0 ? (pairs, species, positions, forces, column)
            : throw new MoleculeFormatException(source, line,
                "no labels: the second line of a frame has to name them, Properties=species:S:1:pos:R:3:forces:R:3 and energy=...");
    }

    /// <summary>NaN for what says that it is no number: frames without labels are counted, not refused.</summary>
    private static double Number(string text, string source, int line) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
            : text.TrimStart('+', '-').ToLowerInvariant() is "nan" or "inf" or "none" or "null" ? double.NaN
            : throw new MoleculeFormatException(source, line, $"'{XyzReader.Shown(text)}' is not a number");

    [GeneratedRegex("""([A-Za-z_][\w-]*)=(?:"([^"]*)"|(\S+))""", RegexOptions.CultureInvariant)]
    private static partial Regex Pair();
}
