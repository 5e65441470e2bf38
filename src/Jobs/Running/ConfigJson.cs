using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Running;

/// <summary>Records of settings as JSON files for people: comments and trailing commas pass, unknown keys and wrong types are errors with
/// their line.</summary>
internal static partial class ConfigJson
{
    private const long LargestFile = 4 << 20; // characters

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Reads a file; unknown keys are errors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it sets, for messages.</param>
    /// <exception cref="MoleculeFormatException">With file, line and key.</exception>
    public static T Read<T>(string path, string kind) where T : class =>
        Parse<T>(TextFile.ReadAll(path, LargestFile), Path.GetFileName(path), kind);

    /// <summary>Reads a text.</summary>
    /// <param name="json">The document.</param>
    /// <param name="source">Its name for errors.</param>
    /// <param name="kind">What it sets, for messages.</param>
    /// <exception cref="MoleculeFormatException">With line and key.</exception>
    public static T Parse<T>(string json, string source, string kind) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, s_json) ?? throw new MoleculeFormatException(source, 1, "the document is null");
        }
        catch (JsonException e)
        {
            string reason = e.Message.Split(" Path:")[0].Split(" LineNumber:")[0];
            reason = Member().Replace(UnknownMember().Replace(reason, $"$1 is not a key of a {kind} (see --schema)"), "");
            throw new MoleculeFormatException(source, (int)(e.LineNumber ?? 0) + 1,
                reason.Contains("is not a key", StringComparison.Ordinal) || e.Path is null or "$" ? reason
                : $"{e.Path.TrimStart('$', '.')}: {reason}");
        }
    }

    /// <summary>As JSON.</summary>
    public static string Write<T>(T settings) => JsonSerializer.Serialize(settings, s_json);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema<T>(string kind)
    {
        JsonNode schema = s_json.GetJsonSchemaAsNode(typeof(T), new() { TreatNullObliviousAsNonNullable = true });
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = $"MolSampling {kind}";
        return schema.ToJsonString(s_json);
    }

    [GeneratedRegex(@"(The JSON property '[^']*')( could not be mapped to any \.NET member contained in type '[^']*')\.?")]
    private static partial Regex UnknownMember();

    [GeneratedRegex(@", member of type '[^']*'")]
    private static partial Regex Member();
}
