namespace MolSampling.Molecular;

/// <summary>A force field has no parameters for some atoms. The message is one line that names them.</summary>
public sealed class ParameterizationException(string message, IReadOnlyList<int> atoms) : Exception(message)
{
    /// <summary>0-based indices of the atoms without parameters.</summary>
    public IReadOnlyList<int> Atoms { get; } = atoms;
}
