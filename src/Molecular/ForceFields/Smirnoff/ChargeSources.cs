using System.Globalization;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Charges;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>
/// Where charges come from, in the order of the SMIRNOFF specification: the input, the force field's library, a model of charges. Sage was
/// fitted with AM1-BCC charges: those that a network predicts are near them, Gasteiger's are what is left where it has learned nothing.
/// </summary>
internal static class ChargeSources
{
    private const double Tolerance = 1e-3; // e, of the sum of given charges: files round them
    private const double Visible = 1e-4; // e: a change that is worth a word

    /// <summary>The first that has charges gives them.</summary>
    public static IReadOnlyList<ChargeSource> All { get; } =
    [
        new("given", "charges: from the input (atom.dprop.PartialCharge)", (molecule, _) => Given(molecule)),
        new("library", "charges: the force field's own library", Library),
        new("network", "charges: AM1-BCC as a network predicts them", (molecule, _) => PartialCharges.Am1Bcc(molecule.Molecule)),
        new("gasteiger", "charges: Gasteiger; Sage was fitted with AM1-BCC charges: give them in the SDF as atom.dprop.PartialCharge for "
            + "its published accuracy", (molecule, _) => Gasteiger(molecule)),
    ];

    /// <summary>A molecule's charges: equal for atoms that symmetry exchanges, with the formal charge as their sum.</summary>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="tables">The force field.</param>
    /// <param name="name">Of the source; null for the first that has charges.</param>
    /// <returns>[N] e, and a note that says where they come from.</returns>
    /// <exception cref="ArgumentException">There is no such source.</exception>
    /// <exception cref="ParameterizationException">The source has no charges for the molecule, or wrong ones.</exception>
    public static (double[] Charges, string Note) Assign(RDKitMolecule molecule, SmirnoffTables tables, string? name = null)
    {
        string[] names = [.. All.Select(s => s.Name)];
        if (name is not null && !names.Contains(name))
            throw new ArgumentException(Spelling.Unknown("--charges", name, names));
        string? refused = null;
        foreach (ChargeSource source in All.Where(s => name is null || s.Name == name))
        {
            (double[]? charges, string? refusal) = Find(source, molecule, tables, isAsked: name is not null || source.Name == "given");
            refused ??= refusal;
            if (charges is null)
                continue;
            double[] equal = Symmetric(charges, molecule);
            bool changed = charges.Zip(equal).Any(c => Math.Abs(c.First - c.Second) > Visible);
            return (equal, source.Note + (refused is null ? "" : $" ({refused})") + (changed ? "; averaged over equivalent atoms" : ""));
        }
        throw new ParameterizationException($"--charges {name}: there are none for {molecule.Molecule.Name}", []);
    }

    /// <summary>A source that was not asked for by name may refuse: the next one is tried, and its note says why.</summary>
    private static (double[]? Charges, string? Refusal) Find(ChargeSource source, RDKitMolecule molecule, SmirnoffTables tables,
        bool isAsked)
    {
        try
        {
            return (source.Find(molecule, tables), null);
        }
        catch (ParameterizationException e) when (!isAsked && source != All[^1])
        {
            return (null, e.Message);
        }
    }

    private static double[]? Given(RDKitMolecule molecule)
    {
        if (molecule.GivenCharges is not { } text)
            return null;
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int count = molecule.Molecule.Atoms.Count;
        if (words.Length != count)
            throw new ParameterizationException($"atom.dprop.PartialCharge has {words.Length} entries for {count} atoms"
                + (molecule.HasAddedHydrogens ? ", some of which are hydrogens that the file leaves out" : ""), []);
        var charges = new double[count];
        for (int a = 0; a < count; a++)
            if (!double.TryParse(words[a], NumberStyles.Float, CultureInfo.InvariantCulture, out charges[a])
                || !double.IsFinite(charges[a]))
                throw new ParameterizationException(
                    $"atom.dprop.PartialCharge has '{words[a]}' for atom {a + 1} ({molecule.Molecule.Atoms[a].Symbol})", [a]);
        double sum = charges.Sum();
        int formal = Formal(molecule);
        return Math.Abs(sum - formal) <= Tolerance ? charges : throw new ParameterizationException(string.Create(
            CultureInfo.InvariantCulture, $"the charges in atom.dprop.PartialCharge sum to {sum:f4}, the formal charge is {formal}"), []);
    }

    /// <summary>Water and single ions, with Sage. A part of a molecule would need other charges for the rest.</summary>
    private static double[]? Library(RDKitMolecule molecule, SmirnoffTables tables)
    {
        var charges = new double?[molecule.Molecule.Atoms.Count];
        foreach ((SmirnoffRule<double[]> rule, IReadOnlyList<int[]> matches) in tables.LibraryCharges.Zip(molecule.MatchTagged(
            [.. tables.LibraryCharges.Select(r => r.Smirks)])))
            foreach (int[] atoms in matches)
                for (int k = 0; k < atoms.Length; k++)
                    charges[atoms[k]] = rule.Value[k];
        return charges.Any(q => q is null) ? null : [.. charges.Select(q => q!.Value)];
    }

    /// <summary>J. Gasteiger, M. Marsili, Tetrahedron 36 (1980) 3219.</summary>
    private static double[] Gasteiger(RDKitMolecule molecule)
    {
        double[] charges = molecule.GasteigerCharges();
        int without = Array.FindIndex(charges, q => !double.IsFinite(q));
        return without < 0 ? charges : throw new ParameterizationException(
            $"there is no Gasteiger charge for atom {without + 1} ({molecule.Molecule.Atoms[without].Symbol})", [without]);
    }

    /// <summary>Means over equivalent atoms; what the sum lacks is spread over all atoms.</summary>
    private static double[] Symmetric(double[] charges, RDKitMolecule molecule)
    {
        int[] classes = molecule.SymmetryClasses();
        Dictionary<int, double> means = charges.Zip(classes).GroupBy(c => c.Second).ToDictionary(g => g.Key, g => g.Average(c => c.First));
        double lack = (Formal(molecule) - classes.Sum(c => means[c])) / charges.Length;
        return [.. classes.Select(c => means[c] + lack)];
    }

    private static int Formal(RDKitMolecule molecule) => molecule.Molecule.Atoms.Sum(a => a.FormalCharge);
}
