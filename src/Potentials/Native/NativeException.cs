namespace MolSampling.Potentials.Native;

/// <summary>A native library is missing, or one of its functions reported an error; the message is upstream's own text.</summary>
public sealed class NativeException(string library, string message, Exception? inner = null) : Exception($"{library}: {message}", inner)
{
    /// <summary>The library that failed, for example "OpenMM" or "RDKit".</summary>
    public string Library { get; } = library;
}
