using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Molecular.Conformers;

/// <summary>One molecule under way: what every stage needs to know.</summary>
/// <param name="Input">Chemistry.</param>
/// <param name="Options">Settings.</param>
/// <param name="Terms">The force field's rows.</param>
/// <param name="Potential">U.</param>
/// <param name="Space">Torsion coordinates.</param>
/// <param name="Isomer">The target's support.</param>
/// <param name="Seeds">[..][N, 3] nm, embeddings of the isomer, at least one.</param>
/// <param name="Random">Of the molecule.</param>
/// <param name="Schedule">Shares of the time limit.</param>
/// <param name="Notes">What the user should know; grows.</param>
/// <param name="Progress">Told where the run stands.</param>
/// <param name="Cancellation">The caller's.</param>
internal sealed record ConformerWork(RDKitMolecule Input, ConformerOptions Options, MmffTerms Terms, ForceFieldPotential Potential, TorsionSpace Space, Stereoisomer Isomer, IReadOnlyList<float[]> Seeds,
    RandomSource Random, TimeLimit Schedule, List<string> Notes, Action<string, double> Progress, CancellationToken Cancellation)
{
    /// <summary>The molecule.</summary>
    public Molecule Molecule => Input.Molecule;

    /// <summary>The support, or null where every configuration belongs to the isomer.</summary>
    public Stereoisomer? Support => Isomer.Count > 0 ? Isomer : null;

    /// <summary>mol/kJ.</summary>
    public double Beta => new ThermodynamicState(Options.Temperature).Beta;
}

/// <summary>What a method found.</summary>
/// <param name="Analysis">Of its samples.</param>
/// <param name="Diagnostics">How far to trust them.</param>
/// <param name="Shortcoming">What is missing for convergence, in words; empty if nothing is.</param>
/// <param name="Weighted">Whether the samples are independent draws with weights.</param>
/// <param name="Size">Of the record that it rests on: of two, the larger is better.</param>
internal sealed record ConformerFindings(EnsembleAnalysis Analysis, ConformerDiagnostics Diagnostics, string Shortcoming, bool Weighted, long Size);
