using System.Buffers.Binary;
using System.Text.Json;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Storage;

/// <summary>
/// Files of named tensors: 8 bytes of length, a JSON header { name: { dtype, shape, data_offsets } }, raw little-endian numbers.
/// https://github.com/huggingface/safetensors. A file appears whole or not at all.
/// </summary>
public static class SafeTensors
{
    private const string MetadataKey = "__metadata__";
    private const long LargestHeader = 100_000_000;

    private static readonly (string Name, ScalarType Type, int Size)[] s_types = [("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8)];

    /// <summary>Writes tensors, in their order, and strings about them.</summary>
    /// <exception cref="ArgumentException">A type other than float32, float64, int64.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string,
        string>? metadata = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (string Name, Tensor Value)[] all = [.. tensors.Select(t => (t.Key, t.Value.detach().cpu().contiguous()))];
        Dictionary<string, object> header = new() { [MetadataKey] = metadata ?? new Dictionary<string, string>() };
        long offset = 0;
        foreach ((string name, Tensor value) in all)
        {
            (string type, _, int size) = Array.Find(s_types, t => t.Type == value.dtype);
            if (type is null)
                throw new ArgumentException($"{name}: {value.dtype} is not written.");
            header.Add(name, new { dtype = type, value.shape, data_offsets = new[] { offset, offset += size * value.numel() } });
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header), length = new byte[8];
        Array.Resize(ref json, (json.Length + 7) / 8 * 8);
        json.AsSpan().Replace((byte)0, (byte)' '); // numbers begin at a multiple of 8
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        string temporary = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(length);
                file.Write(json);
                foreach ((_, Tensor value) in all)
                    file.Write(value.bytes);
                file.Flush(true);
            }
            File.Move(temporary, path, true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Reads all tensors, in the caller's dispose scope, and the strings.</summary>
    /// <exception cref="InvalidDataException">A broken file; the message names it and the tensor.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path)
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        using FileStream file = File.OpenRead(path);
        Dictionary<string, Tensor> tensors = [];
        Dictionary<string, string> metadata = [];
        string where = "header";
        try
        {
            Span<byte> length = stackalloc byte[8];
            file.ReadExactly(length);
            long headerLength = BinaryPrimitives.ReadInt64LittleEndian(length);
            if (headerLength is < 2 or > LargestHeader || headerLength > file.Length - 8)
                throw new InvalidDataException($"a header of {headerLength} bytes");
            byte[] json = new byte[headerLength];
            file.ReadExactly(json);
            using JsonDocument header = JsonDocument.Parse(json);
            foreach (JsonProperty entry in header.RootElement.EnumerateObject())
            {
                where = entry.Name;
                if (where == MetadataKey)
                    metadata = entry.Value.Deserialize<Dictionary<string, string>>() ?? [];
                else if (!tensors.TryAdd(where, ReadTensor(file, 8 + headerLength, entry.Value)))
                    throw new InvalidDataException("stands there twice");
            }
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or EndOfStreamException or OverflowException)
        {
            throw new InvalidDataException($"{path}: {where}: {(e is EndOfStreamException ? "the file ends too early" : e.Message)}", e);
        }
        foreach (Tensor t in tensors.Values)
            t.MoveToOuterDisposeScope();
        return (tensors, metadata);
    }

    private static Tensor ReadTensor(FileStream file, long dataStart, JsonElement entry)
    {
        string? dtype = entry.GetProperty("dtype").GetString();
        (string name, ScalarType type, int size) = Array.Find(s_types, t => t.Name == dtype);
        if (name is null)
            throw new InvalidDataException($"type {dtype} is not read");
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())],
            offsets = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64())];
        long bytes = shape.Aggregate((long)size, (a, b) => b >= 0 ? checked(a * b) : throw new InvalidDataException("a negative length"));
        if (offsets is not [>= 0, _] || offsets[1] - offsets[0] != bytes || offsets[1] > file.Length - dataStart || bytes > int.MaxValue)
            throw new InvalidDataException($"offsets {string.Join(", ", offsets)} do not hold {bytes} bytes within the file");
        Tensor value = empty(shape, type);
        file.Position = dataStart + offsets[0];
        file.ReadExactly(value.bytes);
        return value;
    }
}
