using System.Globalization;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Molecular.ForceFields.Amber;

/// <summary>Amber coordinate files (inpcrd, rst7, crd): a title, the number of atoms, six numbers of 12 columns a line in
/// Angstrom.</summary>
public static class AmberCoordinates
{
    private const int Width = 12;

    /// <summary>Positions; velocities and box are passed over.</summary>
    /// <returns>[N, 3] nm.</returns>
    /// <exception cref="MoleculeFormatException">Not such a file, or cut off.</exception>
    public static double[] Read(string path)
    {
        string name = Path.GetFileName(path);
        using LineReader reader = TextFile.OpenWhole(path);
        reader.ReadLine();
        string[] head = (reader.ReadLine() ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (head.Length == 0 || !int.TryParse(head[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out int n) || n <= 0)
            throw new MoleculeFormatException(name, 2, "the number of atoms is expected here: not an inpcrd, rst7 or crd text file");
        var positions = new List<double>(3 * n);
        for (int line = 3; positions.Count < 3 * n; line++)
        {
            string text = reader.ReadLine() ?? throw new MoleculeFormatException(name, line,
                $"the file ends after {positions.Count / 3} of {n} atoms");
            for (int start = 0; start + Width <= text.Length && positions.Count < 3 * n; start += Width)
            {
                if (!double.TryParse(text.AsSpan(start, Width), NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
                    || !double.IsFinite(x))
                    throw new MoleculeFormatException(name, line, $"'{text.Substring(start, Width).Trim()}' is not a coordinate");
                positions.Add(x * Units.NanometrePerAngstrom);
            }
        }
        return [.. positions];
    }
}
