using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>One entry of an input: a molecule, or the reason why it is none. The consumer disposes the molecule.</summary>
/// <param name="Input">The SMILES, or the record's name: what results call the input.</param>
/// <param name="Name">The molecule's name.</param>
/// <param name="Molecule">Null if it could not be read.</param>
/// <param name="Error">One line with file and line; null if it could.</param>
public sealed record MoleculeRecord(string Input, string Name, RDKitMolecule? Molecule, string? Error);
