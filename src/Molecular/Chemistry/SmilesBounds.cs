namespace MolSampling.Molecular.Chemistry;

/// <summary>What no SMILES of a molecule needs, looked at before a parser nests calls or fills memory with it.</summary>
internal static class SmilesBounds
{
    /// <summary>Branches in one another. A written peptide or dendrimer has a dozen.</summary>
    public const int Deepest = 100;

    /// <summary>Characters.</summary>
    public const int Longest = 100_000;

    /// <summary>Why a text is refused; null if it is not.</summary>
    public static string? WhyNot(string smiles)
    {
        if (smiles.Length > Longest)
            return $"a SMILES of {smiles.Length} characters, of {Longest} at most";
        int depth = 0, brackets = 0;
        foreach (char c in smiles)
        {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth > Deepest)
                return $"more than {Deepest} branches in one another";
            if (brackets > 1)
                return "a bracket within a bracket";
        }
        return null;
    }
}
