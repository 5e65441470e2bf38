using System.Formats.Tar;
using System.Text;

namespace MolSampling.Molecular.Formats;

/// <summary>Many xyz files by name: those of a folder, or of a tar archive (also .gz), which is read into memory.</summary>
public sealed class XyzArchive
{
    private const string Extension = ".xyz";

    private readonly Dictionary<string, Func<TextReader>> _open = [];

    private XyzArchive()
    {
    }

    /// <summary>Lists what is there.</summary>
    /// <exception cref="MoleculeFormatException">The path is not there, the archive is damaged, or there is no xyz file.</exception>
    public static XyzArchive Open(string path)
    {
        var files = new XyzArchive();
        if (Directory.Exists(path))
            foreach (string file in Directory.EnumerateFiles(path, "*" + Extension))
                files._open[Path.GetFileNameWithoutExtension(file)] = () => TextFile.Open(file);
        else if (File.Exists(path))
            files.ReadArchive(path);
        else
            throw new MoleculeFormatException(path, 0, "there is no such file or folder");
        return files._open.Count > 0 ? files : throw new MoleculeFormatException(path, 0, "there is no xyz file in it");
    }

    /// <summary>The frames of a file.</summary>
    /// <param name="name">Without folder and extension.</param>
    /// <exception cref="MoleculeFormatException">There is no such file, or it cannot be read.</exception>
    public IReadOnlyList<XyzFrame> Read(string name)
    {
        if (!_open.TryGetValue(name, out Func<TextReader>? open))
            throw new MoleculeFormatException(name, 0, $"there is no {name}{Extension} among the reference geometries");
        using TextReader reader = open();
        return [.. XyzReader.Read(reader, name + Extension)];
    }

    private void ReadArchive(string path)
    {
        try
        {
            using Stream stream = CompressedFile.OpenRead(path);
            using var archive = new TarReader(stream);
            while (archive.GetNextEntry() is { } entry)
            {
                if (entry.DataStream is null || !entry.Name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
                    continue;
                using var text = new StreamReader(entry.DataStream, Encoding.UTF8);
                string content = text.ReadToEnd();
                _open[Path.GetFileNameWithoutExtension(entry.Name)] = () => new StringReader(content);
            }
        }
        catch (Exception e) when (e is InvalidDataException || CompressedFile.IsDamage(e))
        {
            throw new MoleculeFormatException(path, 0, $"not a whole tar archive: {e.Message}");
        }
    }
}
