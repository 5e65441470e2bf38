namespace MolSampling.Molecular.Chemistry;

/// <summary>
/// The stereoisomers that an input stands for: both configurations of every centre, double bond and axis that it leaves open, and of
/// every AND or OR group, whose centres invert together. Those that are one molecule (meso forms, cis and trans of rings) count once: their
/// canonical SMILES are equal, and so are, under a symmetry of the bond graph, the hands of their axes, which SMILES does not write.
/// </summary>
internal static class StereoisomerEnumeration
{
    /// <summary>Isomers of one input.</summary>
    public const int Most = 32;

    private const int MostElements = 10; // two to the power of that are looked at
    private const int MostSymmetries = 1000;

    /// <summary>The isomers, in an order that follows from the input; one, where nothing is open.</summary>
    /// <param name="molecule">Not changed.</param>
    /// <exception cref="MoleculeFormatException">
    /// They are more than <see cref="Most"/>, or more elements are open than can be looked at.
    /// </exception>
    public static IReadOnlyList<StereoChoice> Of(RDKitMolecule molecule)
    {
        Molecule m = molecule.Molecule;
        Action<StereoChoice, bool>[] elements = [.. Elements(m)];
        if (elements.Length == 0)
            return [new(new int[m.Atoms.Count], new int[m.Bonds.Count], new int[m.Axes.Count])];
        if (elements.Length > MostElements)
            throw TooMany(m, $"{elements.Length} stereo elements are open: up to 2^{elements.Length} isomers");
        var found = new List<(StereoChoice Choice, Molecule Isomer)>();
        Lazy<IReadOnlyList<int[]>> symmetries = new(() => molecule.Automorphisms(MostSymmetries, out _));
        for (int bits = 0; bits < 1 << elements.Length; bits++)
        {
            var choice = new StereoChoice(new int[m.Atoms.Count], new int[m.Bonds.Count], new int[m.Axes.Count]);
            for (int e = 0; e < elements.Length; e++)
                elements[e](choice, (bits >> (elements.Length - 1 - e) & 1) != 0);
            using RDKitMolecule isomer = molecule.WithStereo(choice, m.Name);
            if (found.Exists(f => IsSame(f.Isomer, isomer.Molecule, symmetries)))
                continue;
            if (found.Count == Most)
                throw TooMany(m, $"{elements.Length} stereo elements are open: more than {Most} isomers");
            found.Add((choice, isomer.Molecule));
        }
        return [.. found.Select(f => f.Choice)];
    }

    private static MoleculeFormatException TooMany(Molecule m, string what) =>
        new(m.Name, 0, $"{what}, and {Most} are enumerated at most: give some of the elements, or take --stereo one");

    /// <summary>One for each element: puts one of its two configurations into a choice.</summary>
    private static IEnumerable<Action<StereoChoice, bool>> Elements(Molecule m)
    {
        for (int a = 0; a < m.Atoms.Count; a++)
            if (m.Atoms[a].Chirality == '?' && a is var atom)
                yield return (choice, second) => choice.Atoms[atom] = second ? 2 : 1;
        for (int b = 0; b < m.Bonds.Count; b++)
            if (m.Bonds[b] is { Stereo: '?', StereoAtomBegin: >= 0, StereoAtomEnd: >= 0 } && b is var bond)
                yield return (choice, second) => choice.Bonds[bond] = second ? 2 : 1;
        for (int a = 0; a < m.Axes.Count; a++)
            if (m.Axes[a].Given == 0 && a is var axis)
                yield return (choice, second) => choice.Axes[axis] = second ? -1 : 1;
        foreach (StereoGroup group in m.StereoGroups)
            if (group.Atoms.Where(a => m.Atoms[a].Chirality is not ('?' or '\0')).ToArray() is { Length: > 0 } centres)
                yield return (choice, second) =>
                {
                    foreach (int centre in centres)
                        choice.Atoms[centre] = second ? 3 : 0;
                };
    }

    private static bool IsSame(Molecule a, Molecule b, Lazy<IReadOnlyList<int[]>> symmetries) =>
        a.Smiles == b.Smiles
        && (a.Axes.Count == 0 || symmetries.Value.Any(map => KeepsLetters(a, b, map) && a.Axes.All(axis => HasImage(axis, b, map))));

    private static bool KeepsLetters(Molecule a, Molecule b, int[] map)
    {
        for (int n = 0; n < a.Atoms.Count; n++)
            if (a.Atoms[n].Chirality != b.Atoms[map[n]].Chirality)
                return false;
        foreach (Bond bond in a.Bonds.Where(x => x.Stereo != '\0'))
        {
            (int begin, int end) = (map[bond.Begin], map[bond.End]);
            if (!b.Bonds.Any(x => x.Stereo == bond.Stereo && ((x.Begin, x.End) == (begin, end) || (x.End, x.Begin) == (begin, end))))
                return false;
        }
        return true;
    }

    /// <summary>
    /// Whether the image of an axis is an axis of the other isomer, with its hand. The other substituent of an end has the opposite sign,
    /// the torsion read backwards the same.
    /// </summary>
    private static bool HasImage(StereoAxis axis, Molecule b, int[] map)
    {
        int[] image = [.. axis.Atoms.Select(n => map[n])];
        foreach (int[] atoms in new[] { image, [.. image.Reverse()] })
            foreach (StereoAxis other in b.Axes.Where(o => o.Kind == axis.Kind && o.Atoms.Count == atoms.Length))
            {
                bool isHelix = axis.Kind == StereoAxisKind.Helix;
                if (isHelix ? !other.Atoms.SequenceEqual(atoms) : !other.Axis.SequenceEqual(atoms[1..^1]))
                    continue;
                int sign = isHelix ? 1 : (other.Atoms[0] == atoms[0] ? 1 : -1) * (other.Atoms[^1] == atoms[^1] ? 1 : -1);
                return other.Given == sign * axis.Given;
            }
        return false;
    }
}
