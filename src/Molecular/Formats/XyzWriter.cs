using System.Globalization;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>Frames of an xyz file: the number of atoms, a comment of one line, then an element with its coordinates in Angstrom a
/// line.</summary>
public static class XyzWriter
{
    /// <summary>Writes one frame.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="molecule">Its atoms; bonds and charges have no place in the format.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="comment">Line breaks become blanks.</param>
    public static void Write(TextWriter writer, Molecule molecule, ReadOnlySpan<float> positions, string comment)
    {
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{molecule.Atoms.Count}\n{SingleLine.Of(comment)}\n"));
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            (double x, double y, double z) = (Angstrom(positions[3 * a]), Angstrom(positions[3 * a + 1]), Angstrom(positions[3 * a + 2]));
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{molecule.Atoms[a].Symbol,-2} {x,12:f6} {y,12:f6} {z,12:f6}\n"));
        }
    }

    private static double Angstrom(float nm) => nm / Units.NanometrePerAngstrom;
}
