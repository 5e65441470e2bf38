using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Timewarp;

/// <summary>Trajectories in parts, a file each, of which the last holds the state that dynamics goes on from. A part that is there and
/// whole is done, so this is all that a resume needs.</summary>
/// <param name="folder">Of the parts.</param>
/// <param name="replicas">M.</param>
/// <param name="size">3N.</param>
/// <param name="run">Of what the parts belong to: SHA-256 in hexadecimal.</param>
internal sealed class TimewarpFrames(string folder, int replicas, int size, string run)
{
    private readonly List<float[]> _frames = []; // [M, 3N] nm

    /// <summary>[frames][M, 3N] nm.</summary>
    public IReadOnlyList<float[]> Frames => _frames;

    /// <summary>[M, 3N] nm and nm/ps at the last frame; null before the first.</summary>
    public (float[] Positions, float[] Velocities)? State { get; private set; }

    /// <summary>Parts.</summary>
    public int Parts { get; private set; }

    /// <summary>Name of a part.</summary>
    public static string Name(int part) => string.Create(CultureInfo.InvariantCulture, $"frames-{part:d4}.bin");

    /// <summary>Reads the parts from the first on, up to one that is missing, torn or of another run.</summary>
    public void Restore()
    {
        while (File.Exists(Path.Combine(folder, Name(Parts))) && Read(File.ReadAllBytes(Path.Combine(folder, Name(Parts)))) is { } part)
            Keep(part);
    }

    /// <summary>Adds a part: frames, of which the last is the state.</summary>
    /// <param name="frames">[frames][M, 3N] nm.</param>
    /// <param name="velocities">[M, 3N] nm/ps at the last.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(IReadOnlyList<float[]> frames, float[] velocities)
    {
        float[] numbers = [.. frames.SelectMany(f => f), .. velocities];
        using (var file = new PendingFile(Path.Combine(folder, Name(Parts))))
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<float>(numbers);
            file.Stream.Write(Seal(bytes, Parts));
            file.Stream.Write(bytes);
            file.Keep();
        }
        Keep(numbers);
    }

    private byte[] Seal(ReadOnlySpan<byte> bytes, int part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{run} {part} {replicas} {size}"));
        hash.AppendData(bytes);
        return hash.GetHashAndReset();
    }

    private float[]? Read(byte[] file)
    {
        ReadOnlySpan<byte> bytes = file.AsSpan(Math.Min(file.Length, SHA256.HashSizeInBytes));
        int row = sizeof(float) * replicas * size;
        return bytes.Length >= 2 * row && bytes.Length % row == 0
            && Seal(bytes, Parts).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes))
            ? MemoryMarshal.Cast<byte, float>(bytes).ToArray() : null;
    }

    private void Keep(float[] numbers)
    {
        int row = replicas * size, count = numbers.Length / row - 1;
        for (int f = 0; f < count; f++)
            _frames.Add(numbers[(f * row)..((f + 1) * row)]);
        State = (_frames[^1], numbers[(count * row)..]);
        Parts++;
    }
}
