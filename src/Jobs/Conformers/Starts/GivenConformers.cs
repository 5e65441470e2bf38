using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Starts;

/// <summary>
/// Conformers of a file in a molecule's own numbering. Atoms are matched by elements, hydrogens and bonds: as they are numbered where that
/// is a match, otherwise by the first one that has the molecule's stereo. Stereo that the input leaves open is that of the first conformer,
/// and so is which of two equivalent atoms is which (the hydrogens of a CH2), where no motion exchanges them.
/// </summary>
internal static class GivenConformers
{
    private const int MostMatches = 1000; // of equal connectivity

    /// <summary>Matches them.</summary>
    /// <param name="input">The molecule.</param>
    /// <param name="conformers">Of one molecule.</param>
    /// <returns>[..][N, 3] nm.</returns>
    /// <exception cref="MoleculeFormatException">One is of another molecule or stereoisomer: file, record and why.</exception>
    public static float[][] Of(RDKitMolecule input, IReadOnlyList<GivenConformer> conformers)
    {
        if (conformers.Count == 0)
            return [];
        Molecule molecule = input.Molecule;
        int[] elements = [.. molecule.Atoms.Select(a => a.AtomicNumber)];
        LabelledGraph graph = LabelledGraph.OfHeavyAtoms(elements, molecule.Bonds.Select(b => (b.Begin, b.End)), out int[] atoms,
            out int[][] hydrogens);
        Stereoisomer isomer = GivenStereo.Of(input);
        var given = new List<float[]>();
        foreach (GivenConformer conformer in conformers)
        {
            float[]? first = null, right = null;
            foreach (float[] x in Renumbered(molecule, elements, graph, atoms, hydrogens, conformer).Take(MostMatches))
            {
                first ??= x;
                if (isomer.Contains(x) && (right = given.Count == 0 ? x : ConformationalSymmetry.Alike(input, isomer, given[0], [x])
                    .FirstOrDefault()) is not null)
                    break;
            }
            if (first is null)
                throw new MoleculeFormatException($"--start {conformer.Place}", 0, Otherwise(elements, conformer));
            if (right is null)
                throw new MoleculeFormatException($"--start {conformer.Place}", 0, OtherStereo(molecule, isomer, first,
                    given.Count > 0 ? conformers[0] : null));
            if (given.Count == 0)
                isomer = new(molecule, right); // what was open is not any more
            given.Add(right);
        }
        return [.. given];
    }

    private static string Otherwise(int[] elements, GivenConformer conformer)
    {
        string own = ChemicalElement.Formula(elements), other = ChemicalElement.Formula(conformer.AtomicNumbers);
        return own == other ? $"another molecule: it has the atoms {own}, and other bonds"
            : $"another molecule: its atoms are {other}, the molecule's {own}"
                + (conformer.AtomicNumbers.Count(z => z > 1) == elements.Count(z => z > 1)
                    ? "; hydrogens must be there (an SDF's are added where they are missing)" : "");
    }

    private static string OtherStereo(Molecule molecule, Stereoisomer isomer, float[] positions, GivenConformer? first) =>
        isomer.Differences(positions) is { Count: > 0 } other
            ? $"another stereoisomer than {(first is null ? "the molecule" : first.Place)}, at "
                + string.Join(", ", other.Select(atoms => AtomNumbers.Names(molecule, atoms)))
            : $"its equivalent atoms cannot be numbered like those of {first?.Place ?? "the molecule"}";

    /// <summary>The geometry in all numberings that match, lazily.</summary>
    private static IEnumerable<float[]> Renumbered(Molecule molecule, int[] elements, LabelledGraph graph, int[] atoms, int[][] hydrogens,
        GivenConformer conformer)
    {
        if (elements.Length != conformer.AtomicNumbers.Length)
            yield break;
        static HashSet<(int, int)> Pairs(IEnumerable<(int I, int J)> bonds) => [.. bonds.Select(b => (Math.Min(b.I, b.J), Math.Max(b.I,
            b.J)))];
        if (elements.SequenceEqual(conformer.AtomicNumbers) && Pairs(conformer.Bonds).SetEquals(Pairs(molecule.Bonds.Select(b => (b.Begin,
            b.End)))))
            yield return [.. conformer.Positions];
        LabelledGraph other = LabelledGraph.OfHeavyAtoms(conformer.AtomicNumbers, conformer.Bonds, out int[] theirs,
            out int[][] theirHydrogens);
        foreach (int[] image in atoms.Length == 0 ? [] : graph.IsomorphismsTo(other))
        {
            float[] x = new float[conformer.Positions.Length];
            for (int v = 0; v < image.Length; v++)
            {
                Copy(theirs[image[v]], atoms[v]);
                for (int h = 0; h < hydrogens[v].Length; h++)
                    Copy(theirHydrogens[image[v]][h], hydrogens[v][h]);
            }
            yield return x;

            void Copy(int from, int to) => conformer.Positions.AsSpan(3 * from, 3).CopyTo(x.AsSpan(3 * to));
        }
    }
}
