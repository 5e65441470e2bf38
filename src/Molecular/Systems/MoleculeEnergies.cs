using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Potentials;

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

    /// <summary>A name for people.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static string Title(string name) => Find(name).Title;

    /// <summary>An energy by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="masses">[N] Da as integrated; null for the elements'.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    /// <exception cref="ParameterizationException">It has no parameters for an atom.</exception>
    public static EnergyModel Create(string name, RDKitMolecule molecule, IReadOnlyList<double>? masses = null) =>
        EnergyModel.Of(Find(name).Make(molecule, masses ?? [.. molecule.Molecule.Atoms.Select(a => a.Mass)]));

    private static (string Title, Func<RDKitMolecule, IReadOnlyList<double>, Potential> Make) Find(string name) =>
        s_models.TryGetValue(name, out var model) ? model
        : throw new ArgumentException($"no force field '{name}' for a molecule: there are {string.Join(", ", Names)}{Spelling.Question(name, Names)}");
}
