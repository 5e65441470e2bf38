namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Which atoms a definition is for: a type, a class, or (neither) any.</summary>
internal readonly record struct AtomPattern(string? Type, string? Class)
{
    public bool IsAny => Type is null && Class is null;

    public bool Matches(AtomType type) => Type is not null ? type.Name == Type : Class is null || type.Class == Class;
}
