using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// The reference geometries of a molecule from an xyz file whose atoms have another order: bonds are perceived from distances, and heavy
/// atoms are matched by element, number of hydrogens and bonds (orders and charges cannot be seen). Of several such matches the first is
/// taken that has the molecule's stereo.
/// </summary>
/// <param name="Geometries">Each [N, 3] nm in the molecule's order of atoms.</param>
/// <param name="OtherBonds">Frames left out because they are bonded otherwise: the molecule reacted.</param>
/// <param name="OtherStereo">Geometries that are kept and have another stereo than the molecule: no method that keeps the stereo can come
/// near them.</param>
public sealed record ReferenceEnsemble(IReadOnlyList<float[]> Geometries, int OtherBonds, int OtherStereo)
{
    private const int MostMatches = 1000; // of equal connectivity

    /// <summary>Matches an xyz file's frames.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="isomer">Its stereo.</param>
    /// <param name="frames">Frames of the same atoms.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="MoleculeFormatException">No frame has the molecule's atoms and bonds.</exception>
    public static ReferenceEnsemble Match(Molecule molecule, Stereoisomer isomer, IReadOnlyList<XyzFrame> frames, string source)
    {
        int[] elements = [.. molecule.Atoms.Select(a => a.AtomicNumber)];
        LabelledGraph graph = LabelledGraph.OfHeavyAtoms(elements, molecule.Bonds.Select(b => (b.Begin, b.End)), out int[] atoms,
            out int[][] hydrogens);
        var geometries = new List<float[]>();
        int otherBonds = 0, otherStereo = 0;
        foreach (XyzFrame frame in frames)
        {
            if (ChemicalElement.Formula(frame.AtomicNumbers) is { } formula && formula != ChemicalElement.Formula(elements))
                throw new MoleculeFormatException(source, 0,
                    $"its atoms are {formula}, the molecule's {ChemicalElement.Formula(elements)}");
            var bonds = BondPerception.Perceive(frame.AtomicNumbers, frame.Positions, source).Select(b => (b.I, b.J));
            LabelledGraph other = LabelledGraph.OfHeavyAtoms(frame.AtomicNumbers, bonds, out int[] theirAtoms, out int[][] theirHydrogens);
            float[]? first = null, right = null;
            foreach (int[] image in graph.IsomorphismsTo(other).Take(MostMatches))
            {
                float[] x = new float[frame.Positions.Length];
                for (int v = 0; v < image.Length; v++)
                {
                    Copy(frame.Positions, theirAtoms[image[v]], x, atoms[v]);
                    for (int h = 0; h < hydrogens[v].Length; h++)
                        Copy(frame.Positions, theirHydrogens[image[v]][h], x, hydrogens[v][h]);
                }
                first ??= x;
                if (!isomer.Contains(x))
                    continue;
                right = x;
                break;
            }
            if (first is null)
            {
                otherBonds++;
                continue;
            }
            otherStereo += right is null ? 1 : 0;
            geometries.Add(right ?? first);
        }
        return geometries.Count > 0 ? new(geometries, otherBonds, otherStereo) : throw new MoleculeFormatException(source, 0,
            "no geometry in it has the molecule's bonds");
    }

    private static void Copy(float[] from, int source, float[] to, int target) =>
        from.AsSpan(3 * source, 3).CopyTo(to.AsSpan(3 * target, 3));
}
