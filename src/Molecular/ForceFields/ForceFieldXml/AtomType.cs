namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>An atom type of a force field.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Class">Shared by types with the same bonded parameters.</param>
/// <param name="AtomicNumber">0 for a site that is no atom.</param>
/// <param name="Mass">Da.</param>
internal sealed record AtomType(string Name, string Class, int AtomicNumber, double Mass);
