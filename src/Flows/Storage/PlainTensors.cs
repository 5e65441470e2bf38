using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MolSampling.Flows.Storage;

/// <summary>Float32 tensors of a <see cref="SafeTensors"/> file as arrays, without torch.</summary>
internal static class PlainTensors
{
    /// <summary>Reads all tensors, row-major.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="InvalidDataException">A broken file, or other numbers than float32; the message names the tensor.</exception>
    public static Dictionary<string, float[]> Read(ReadOnlySpan<byte> bytes, string source)
    {
        string where = "header";
        try
        {
            int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
            ReadOnlySpan<byte> data = bytes[(8 + length)..];
            Dictionary<string, float[]> tensors = [];
            foreach ((string name, JsonElement entry) in JsonSerializer.Deserialize<Dictionary<string,
                JsonElement>>(bytes.Slice(8, length)) ?? [])
            {
                if (name == "__metadata__")
                    continue;
                where = name;
                int[] offsets = entry.GetProperty("data_offsets").Deserialize<int[]>() ?? [];
                long count = entry.GetProperty("shape").EnumerateArray().Aggregate(1L, (product, n) => product * n.GetInt64());
                if (entry.GetProperty("dtype").GetString() != "F32" || offsets.Length != 2 || offsets[1] - offsets[0] != 4 * count)
                    throw new InvalidDataException("no float32 of this shape");
                tensors.Add(name, MemoryMarshal.Cast<byte, float>(data[offsets[0]..offsets[1]]).ToArray());
            }
            return tensors;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"{source}: {where}: {(e is ArgumentOutOfRangeException ? "the file ends too early" : e.Message)}", e);
        }
    }
}
