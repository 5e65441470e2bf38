namespace MolSampling.Molecular;

/// <summary>An input that cannot be read as a molecule. The message is one line that names the source: file and line, or the
/// SMILES.</summary>
public sealed class MoleculeFormatException(string message) : Exception(message)
{
    /// <summary>Names the source, the line and the reason.</summary>
    /// <param name="source">File name, or the text itself.</param>
    /// <param name="line">1-based, 0 if the input is not a file.</param>
    /// <param name="reason">What is wrong.</param>
    public MoleculeFormatException(string source, int line, string reason)
        : this(line > 0 ? $"{source}, line {line}: {reason}" : $"{source}: {reason}")
    {
    }
}
