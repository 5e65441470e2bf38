namespace MolSampling.Molecular;

/// <summary>An input that cannot be read as a molecule. The message is one line that names the source: file and line, or the SMILES.</summary>
public sealed class MoleculeFormatException(string source, int line, string reason)
    : Exception(line > 0 ? $"{source}, line {line}: {reason}" : $"{source}: {reason}")
{
    /// <summary>File name, or the text itself.</summary>
    public string InputSource { get; } = source;

    /// <summary>1-based line, 0 if the input is not a file.</summary>
    public int Line { get; } = line;
}
