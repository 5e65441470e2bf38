using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;
using ICSharpCode.SharpZipLib.GZip;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// Opens a file that may be compressed (.gz, .bz2 by name) such that data that end early are an error. SharpZipLib for both: .NET's
/// GZipStream takes a file that was cut off for a shorter one.
/// </summary>
internal static class CompressedFile
{
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is a pipe or a device.</exception>
    public static Stream OpenRead(string path)
    {
        if (File.Exists(path) && InputFile.WhyNot(path) is { } reason)
            throw new InvalidDataException($"{path}: {reason}");
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return path.EndsWith(".bz2", StringComparison.OrdinalIgnoreCase)
            ? new Members(file, f => new BZip2InputStream(f) { IsStreamOwner = false })
            : path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new Members(file, f => new GZipInputStream(f, 1 << 16) { IsStreamOwner = false })
            : file;
    }

    /// <summary>Whether an exception says that compressed data are damaged or cut off.</summary>
    public static bool IsDamage(Exception e) => e is SharpZipBaseException or EndOfStreamException;

    /// <summary>
    /// All members of a compressed file, one after the other: parallel compressors write many, and the bzip2 reader stops after the first.
    /// The bzip2 reader takes bytes one by one, so that the next member begins where it stopped; the gzip reader finds further members
    /// itself and leaves the file at its end.
    /// </summary>
    private sealed class Members(FileStream file, Func<FileStream, Stream> open) : Stream
    {
        private Stream? _member;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (count == 0)
                return 0; // which would look like a member's end
            try
            {
                while (true)
                {
                    _member ??= open(file);
                    int read = _member.Read(buffer, offset, count);
                    if (read > 0 || file.Position >= file.Length)
                        return Math.Max(read, 0);
                    _member.Dispose();
                    _member = null;
                }
            }
            // the library looks into tables that it did not check
            catch (Exception e) when (e is not (IOException or SharpZipBaseException or OutOfMemoryException))
            {
                throw new SharpZipBaseException("invalid table", e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _member?.Dispose();
                file.Dispose();
            }
            base.Dispose(disposing);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
