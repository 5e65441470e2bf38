using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;

namespace MolSampling.Tests.Molecular;

/// <summary>Total and per-term energies (kcal/mol) of the MMFF94 validation suite's reference logs.</summary>
internal static class MmffReferenceLog
{
    private static readonly (string Prefix, string Term)[] s_lines =
    [
        ("Total ENERGY (Kcal)", "total"), ("Net vdW", "vanDerWaals"), ("Electrostatic", "electrostatic"),
        ("TOTAL BOND STRAIN ENERGY", "bond"), ("TOTAL ANGLE STRAIN ENERGY", "angle"), ("TOTAL STRETCH-BEND STRAIN ENERGY", "stretchBend"),
        ("TOTAL OUT-OF-PLANE STRAIN ENERGY", "outOfPlane"), ("TOTAL TORSION STRAIN ENERGY", "torsion"),
    ];

    public static Dictionary<string, Dictionary<string, double>> Read(string archive, string entryName)
    {
        using var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
            if (entry.Name.EndsWith(entryName, StringComparison.Ordinal))
                return Parse(new StreamReader(entry.DataStream!));
        throw new FileNotFoundException(entryName);
    }

    private static Dictionary<string, Dictionary<string, double>> Parse(StreamReader reader)
    {
        var all = new Dictionary<string, Dictionary<string, double>>();
        string previous = "";
        Dictionary<string, double>? current = null;
        while (reader.ReadLine() is { } line)
        {
            string text = line.Trim();
            foreach ((string prefix, string term) in s_lines)
            {
                if (!text.StartsWith(prefix, StringComparison.Ordinal))
                    continue;
                if (term == "total")
                    all[previous] = current = [];
                current!.TryAdd(term, double.Parse(text[prefix.Length..].Trim(' ', '='), CultureInfo.InvariantCulture));
            }
            if (text.Length > 0)
                previous = text;
        }
        return all;
    }
}
