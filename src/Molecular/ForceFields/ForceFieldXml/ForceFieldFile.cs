namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>A force-field file that was found.</summary>
/// <param name="Name">Its path, or the name of our own table.</param>
/// <param name="Resource">The embedded resource; null for a file.</param>
public sealed record ForceFieldFile(string Name, string? Resource)
{
    /// <summary>For reading.</summary>
    public Stream Open() => Resource is null ? File.OpenRead(Name) : typeof(ForceFieldFile).Assembly.GetManifestResourceStream(Resource)!;
}
