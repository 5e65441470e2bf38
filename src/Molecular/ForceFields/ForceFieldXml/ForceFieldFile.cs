using MolSampling.Molecular.Formats;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>A force-field file that was found.</summary>
/// <param name="Name">Its path, or the name of our own table.</param>
/// <param name="Resource">The embedded resource; null for a file.</param>
public sealed record ForceFieldFile(string Name, string? Resource)
{
    /// <summary>For reading.</summary>
    /// <exception cref="MoleculeFormatException">It is no file, or too large.</exception>
    public Stream Open()
    {
        if (Resource is null)
            InputFile.Require(Name);
        if (Resource is null && new FileInfo(Name).Length > TextFile.LargestWhole)
            throw new MoleculeFormatException(Name, 0, $"more than {TextFile.LargestWhole >> 20} megabytes");
        return Resource is null ? File.OpenRead(Name) : typeof(ForceFieldFile).Assembly.GetManifestResourceStream(Resource)!;
    }
}
