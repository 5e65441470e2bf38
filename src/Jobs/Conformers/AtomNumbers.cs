using System.Globalization;
using MolSampling.Molecular;

namespace MolSampling.Jobs.Conformers;

/// <summary>Atoms as people number them, from 1: "3-9" on the command line, "O3-O9" in results.</summary>
internal static class AtomNumbers
{
    /// <summary>Reads a list of numbers.</summary>
    /// <returns>Indices from 0; -1 for what is no number.</returns>
    public static int[] Parse(string text) => [.. text.Split('-').Select(t =>
        int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n - 1 : -1)];

    /// <summary>Atoms with their elements.</summary>
    public static string Names(Molecule molecule, IEnumerable<int> atoms) =>
        string.Join('-', atoms.Select(a => $"{molecule.Atoms[a].Symbol}{a + 1}"));
}
