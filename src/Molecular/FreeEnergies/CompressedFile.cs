using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;
using ICSharpCode.SharpZipLib.GZip;

namespace MolSampling.Molecular.FreeEnergies;

/// <summary>
/// Opens a file that may be compressed (.gz, .bz2 by name) such that data that end early are an error. SharpZipLib for both: .NET's GZipStream takes a file that was cut off for a shorter one.
/// </summary>
internal static class CompressedFile
{
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Stream OpenRead(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return path.EndsWith(".bz2", StringComparison.OrdinalIgnoreCase) ? new Bzip2Members(file)
            : path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipInputStream(file, 1 << 16)
            : file;
    }

    /// <summary>Whether an exception says that compressed data are damaged or cut off.</summary>
    public static bool IsDamage(Exception e) => e is SharpZipBaseException or EndOfStreamException;

    /// <summary>All members of a bzip2 file, one after the other: parallel compressors write many, and the library stops after the first.</summary>
    private sealed class Bzip2Members : Stream
    {
        private readonly FileStream _file;
        private BZip2InputStream _member;

        public Bzip2Members(FileStream file)
        {
            _file = file;
            try
            {
                _member = Next();
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }

        private BZip2InputStream Next()
        {
            try
            {
                return new(_file) { IsStreamOwner = false };
            }
            catch (IndexOutOfRangeException e)
            {
                throw Damage(e);
            }
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            try
            {
                while (true)
                {
                    int read = _member.Read(buffer, offset, count);
                    if (read > 0 || _file.Position >= _file.Length) // the library reads byte by byte, so the next member begins here
                        return Math.Max(read, 0);
                    _member.Dispose();
                    _member = Next();
                }
            }
            catch (IndexOutOfRangeException e)
            {
                throw Damage(e);
            }
        }

        /// <summary>The library does not check all its tables before it looks into them.</summary>
        private static BZip2Exception Damage(IndexOutOfRangeException e) => new("invalid table", e);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _member.Dispose();
                _file.Dispose();
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
