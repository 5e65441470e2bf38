using System.IO.Compression;
using System.Text;

namespace MolSampling.Molecular.Formats;

/// <summary>Opens text that may be compressed (.gz by name).</summary>
internal static class TextFile
{
    public static StreamReader Open(string path)
    {
        Stream stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            stream = new GZipStream(stream, CompressionMode.Decompress);
        return new StreamReader(stream, new UTF8Encoding(false), true);
    }
}
