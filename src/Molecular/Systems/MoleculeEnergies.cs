using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.Systems;

/// <summary>
/// The energies that a molecule can be given by name: <c>--force-field</c> of conformers and energy, and of simulations and trainings that
/// start from chemistry. A new one is a line here and a file with its potential; all of them take it from then on.
/// </summary>
public static class MoleculeEnergies
{
    private static readonly Dictionary<string, (string Title, Func<RDKitMolecule, IReadOnlyList<double>, Potential> Make)> s_models = new()
    {
        ["mmff94s"] = ("MMFF94s", (molecule, masses) =>
            new ForceFieldPotential(Mmff94.Parameterise(masses, molecule.MmffTerms(MmffVariant.Mmff94s)), name: "MMFF94s")),
        ["mmff94"] = ("MMFF94", (molecule, masses) =>
            new ForceFieldPotential(Mmff94.Parameterise(masses, molecule.MmffTerms(MmffVariant.Mmff94)), name: "MMFF94")),
    };

    /// <summary>All names, the usual one first.</summary>
    public static IReadOnlyList<string> Names => [.. s_models.Keys];

    /// <summary>The usual one.</summary>
    public static string Usual => Names[0];

    /// <summary>A name that was given, or the usual one.</summary>
    /// <param name="name">Null for none.</param>
    /// <param name="hasResidues">Whether molecules are made of residues.</param>
    public static string NameOr(string? name, bool hasResidues) => name ?? (hasResidues ? ForceFieldFiles.Usual : Usual);

    /// <summary>A name for people.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static string Title(string name) => Find(name).Title;

    /// <summary>An energy for people: "MMFF94s", "ff14SB + obc2".</summary>
    public static string Title(string name, string solvent) =>
        (s_models.TryGetValue(name, out var model) ? model.Title : Path.GetFileName(name)) + (solvent == "none" ? "" : $" + {solvent}");

    /// <summary>Refuses a name or a solvent before any molecule is read.</summary>
    /// <param name="name">Of the force field.</param>
    /// <param name="solvent">none, or an implicit solvent.</param>
    /// <param name="hasResidues">Whether molecules are made of residues.</param>
    /// <exception cref="ArgumentException">There is none of that name for such molecules, or it has no solvent; one line.</exception>
    public static void Check(string name, string solvent, bool hasResidues)
    {
        if (hasResidues && !s_models.ContainsKey(name))
            return;
        string title = Find(name).Title;
        if (solvent != "none")
            throw new ArgumentException($"--solvent {solvent} needs a force field with Born radii; {title} has none");
    }

    /// <summary>An energy by name.</summary>
    /// <param name="name">One of <see cref="Names"/>; for a molecule of residues also a force field of these
    /// (<see cref="ForceField.Load"/>).</param>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="solvent">none, or an implicit solvent that the force field has radii for.</param>
    /// <param name="masses">[N] Da as integrated; null for the elements'.</param>
    /// <exception cref="ArgumentException">There is none of that name, and the message lists all; or it has no solvent.</exception>
    /// <exception cref="ParameterizationException">It has no parameters for an atom.</exception>
    public static EnergyModel Create(string name, RDKitMolecule molecule, string solvent = "none", IReadOnlyList<double>? masses = null)
    {
        if (!s_models.ContainsKey(name) && molecule.Residues is { } residues)
        {
            var loaded = ForceField.Load(solvent == "none" ? [name] : [name, solvent]);
            ClassicalSystem system = loaded.Parameterize(residues);
            return EnergyModel.Of(loaded.Name, system with { Masses = masses ?? system.Masses });
        }
        Check(name, solvent, molecule.Residues is not null);
        return EnergyModel.Of(Find(name).Make(molecule, masses ?? [.. molecule.Molecule.Atoms.Select(a => a.Mass)]));
    }

    private static (string Title, Func<RDKitMolecule, IReadOnlyList<double>, Potential> Make) Find(string name) =>
        s_models.TryGetValue(name, out var model) ? model
        : throw new ArgumentException(ForceFieldFiles.Names.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? $"--force-field {name} is for residues (--peptide, PDB, mmCIF or .seq files); for a molecule there are {string.Join(", ", Names)}"
            : $"no force field '{name}' for a molecule: there are {string.Join(", ", Names)}{Spelling.Question(name, Names)}");
}
