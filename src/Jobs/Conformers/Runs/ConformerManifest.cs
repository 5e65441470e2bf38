using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>run.json: what a folder's run works on, under which settings, and whether it is done.</summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="Command">Tells the run from another program's run.json.</param>
/// <param name="Program">Version and commit that began the run.</param>
/// <param name="Input">File name of the list; the SMILES of a single molecule.</param>
/// <param name="InputHash">SHA-256.</param>
/// <param name="Entries">In the list.</param>
/// <param name="Settings">Everything that results depend on.</param>
/// <param name="IsDone">Whether the files are there and the parts gone.</param>
/// <param name="InputFailures">Once it is done: molecules that failed by their input.</param>
/// <param name="RunFailures">Once it is done: molecules that failed otherwise.</param>
internal sealed record ConformerManifest(int Schema, string Command, string Program, string Input, string InputHash, int Entries,
    JsonObject Settings, bool IsDone = false, int InputFailures = 0, int RunFailures = 0)
{
    /// <summary>Of every manifest of this kind.</summary>
    public const string CommandName = "conformers";

    private const int CurrentSchema = 2;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of a run that begins now.</summary>
    public static ConformerManifest Of(MoleculeList list, ConformerOptions options) =>
        new(CurrentSchema, CommandName, Provenance.CurrentVersion, Path.GetFileName(list.Path) ?? list.Input, list.Hash, list.Count,
            JsonSerializer.SerializeToNode(options, s_json)!.AsObject());

    /// <summary>Reads one; null if the folder has none, or one that is not of a conformer run.</summary>
    /// <exception cref="MoleculeFormatException">It is damaged, or of another version.</exception>
    public static ConformerManifest? Read(string folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
            return null;
        try
        {
            string text = File.ReadAllText(path);
            if (!IsOfThisCommand(text))
                return null;
            ConformerManifest manifest = JsonSerializer.Deserialize<ConformerManifest>(text, s_json)!;
            if (manifest.Schema != CurrentSchema)
                throw new MoleculeFormatException(path, 0, $"format {manifest.Schema} is not of this version ({CurrentSchema})");
            return manifest.Entries >= 1 && manifest.InputHash.Length == 64 ? manifest : throw new JsonException("entries or hash");
        }
        catch (JsonException e)
        {
            throw new MoleculeFormatException(path, (int)(e.LineNumber ?? 0) + 1,
                "the manifest is damaged: choose another --output, or remove the folder");
        }
    }

    /// <summary>What the run writes beside the usual files; none where the settings do not say it.</summary>
    [JsonIgnore]
    public ConformerFormats Formats => Settings["formats"] is JsonValue value && value.TryGetValue(out string? names)
        && Enum.TryParse(names, out ConformerFormats formats) ? formats : ConformerFormats.None;

    /// <summary>Where it is.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, OutputFolder.ManifestFile);

    /// <summary>Writes it in one step.</summary>
    public void Write(string folder)
    {
        using var file = new PendingFile(PathIn(folder));
        file.Stream.Write(JsonSerializer.SerializeToUtf8Bytes(this, s_json));
        file.Keep();
    }

    private static bool IsOfThisCommand(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("command", out JsonElement command)
            && command is { ValueKind: JsonValueKind.String } && command.GetString() == CommandName;
    }

    /// <summary>What a run that is asked for has otherwise than this one, in words; null if nothing.</summary>
    public string? Difference(ConformerManifest asked)
    {
        if (asked.InputHash != InputHash)
            return asked.Input == Input ? $"{Input} has changed since" : $"it is of {Input}, not of {asked.Input}";
        if (asked.Program != Program)
            return $"it was begun by version {Program}, this is {asked.Program}";
        string? setting = asked.Settings.Select(s => s.Key).FirstOrDefault(key =>
            Said(asked.Settings[key]) != Said(Settings[key]));
        return setting is null ? null
            : $"its {setting} is {Said(Settings[setting]) ?? "not set"}, not {Said(asked.Settings[setting]) ?? "unset"}";
    }

    private static string? Said(JsonNode? setting) => setting?.ToJsonString(s_line);
}
