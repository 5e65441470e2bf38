using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MolSampling.Potentials.Torch;

/// <summary>What a file of TorchScript says of itself in the extra file <see cref="FileName"/>:
/// {"length": "angstrom", "energy": "eV"}.</summary>
/// <param name="Name">For people.</param>
/// <param name="Length">One of <see cref="Units.Lengths"/>.</param>
/// <param name="Energy">One of <see cref="Units.Energies"/>.</param>
/// <param name="AtomicNumbers">[N] whose positions it takes, in this order.</param>
public sealed record TorchScriptStatement(string? Name = null, string? Length = null, string? Energy = null, int[]? AtomicNumbers = null)
{
    /// <summary>Among torch.jit.save's _extra_files.</summary>
    public const string FileName = "molsampling.json";

    private const int LongestFile = 1 << 20; // bytes

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Reads it from a file of torch.jit.save, which is an archive.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="bytes">The file.</param>
    /// <returns>Null where the file says nothing.</returns>
    /// <exception cref="InvalidDataException">It is no such file, or says what cannot be; one line.</exception>
    internal static TorchScriptStatement? Read(string path, byte[] bytes)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes));
            if (!zip.Entries.Any(e => e.FullName.Contains("/code/", StringComparison.Ordinal)))
                throw new InvalidDataException("these are weights without their program; torch.jit.save(torch.jit.script(model), FILE) "
                    + "in Python writes both");
            if (zip.Entries.FirstOrDefault(e => e.FullName.EndsWith($"/extra/{FileName}", StringComparison.Ordinal)) is not { } entry)
                return null;
            if (entry.Length > LongestFile)
                throw new InvalidDataException($"{FileName} in it is too long");
            using Stream stream = entry.Open();
            TorchScriptStatement read = JsonSerializer.Deserialize<TorchScriptStatement>(stream, s_json)
                ?? throw new InvalidDataException($"{FileName} in it is null");
            Known(read.Length, Units.Lengths.Keys, "length");
            Known(read.Energy, Units.Energies.Keys, "energy");
            return read;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {FileName} in it: {(e.Path is { Length: > 2 } at ? $"{at[2..]} is not known, "
                + "or no such value" : "no JSON")}; it may have name, length, energy and atomicNumbers");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: " + (e.Message.Contains("central directory", StringComparison.OrdinalIgnoreCase)
                ? "this is no file of torch.jit.save" : e.Message));
        }
    }

    private static void Known(string? unit, IEnumerable<string> units, string what)
    {
        if (unit is not null && !units.Contains(unit))
            throw new InvalidDataException($"{FileName} in it: {what} '{unit}': there are {string.Join(", ", units)}");
    }
}
