using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>A way to the charges of a molecule.</summary>
/// <param name="Name">As <c>--charges</c> takes it.</param>
/// <param name="Note">What a user should know about them.</param>
/// <param name="Find">[N] e, their sum near the formal charge; null where this way does not lead to charges of all atoms.</param>
internal sealed record ChargeSource(string Name, string Note, Func<RDKitMolecule, SmirnoffTables, double[]?> Find);
