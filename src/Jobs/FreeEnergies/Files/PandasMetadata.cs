using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// What pandas keeps in a Parquet file beside the columns (https://pandas.pydata.org/docs/development/developer.html): which columns are
/// the index, the type of the labels, and the attributes of the frame.
/// </summary>
internal sealed class PandasMetadata
{
    /// <summary>Quotes stay quotes: this is no web page, and people read it.</summary>
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Key = "pandas", AttributesKey = "PANDAS_ATTRS";

    /// <summary>Names of the columns that are the index; empty if not said.</summary>
    public IReadOnlyList<string> IndexColumns { get; private init; } = [];

    /// <summary>K; null if not said.</summary>
    public double? Temperature { get; private init; }

    /// <summary>"kT", "kJ/mol", ...; null if not said.</summary>
    public string? EnergyUnit { get; private init; }

    /// <summary>The entries that make pandas restore a frame of alchemlyb: data columns first, then the index, as pyarrow orders
    /// them.</summary>
    /// <param name="dataColumns">Labels as they are named in the file.</param>
    /// <param name="indexColumns">Time, then the lambdas.</param>
    /// <param name="labels">What the labels are.</param>
    /// <param name="temperature">K; null if unknown.</param>
    public static Dictionary<string, string> Write(IReadOnlyList<string> dataColumns, IReadOnlyList<string> indexColumns,
        PandasLabels labels, double? temperature)
    {
        var attributes = new JsonObject { ["energy_unit"] = "kT" };
        if (temperature is { } t)
            attributes.Insert(0, "temperature", t);
        var columns = new JsonArray();
        foreach (string name in dataColumns)
            columns.Add(Describe(name, name, "float64", "float64"));
        foreach (string name in indexColumns)
            // the type that alchemlyb gives times
            columns.Add(Describe(name, name, "float64", name == AlchemicalParquet.TimeColumn ? "Float64" : "float64"));
        JsonObject labelType = labels switch
        {
            PandasLabels.Numbers => Describe(null, null, "float64", "float64"),
            PandasLabels.Tuples => Describe(null, null, "mixed", "object"),
            _ => Describe(null, null, "unicode", "object", new JsonObject { ["encoding"] = "UTF-8" }),
        };
        var pandas = new JsonObject
        {
            ["index_columns"] = new JsonArray([.. indexColumns.Select(n => (JsonNode)n)]),
            ["column_indexes"] = new JsonArray(labelType),
            ["columns"] = columns,
            ["attributes"] = attributes.DeepClone(),
            ["creator"] = new JsonObject { ["library"] = "molsampling", ["version"] = Molecular.Formats.Provenance.CurrentVersion },
            ["pandas_version"] = "2.1.0", // whose conventions these are
        };
        return new() { [Key] = pandas.ToJsonString(s_plain), [AttributesKey] = attributes.ToJsonString(s_plain) };
    }

    private static JsonObject Describe(string? name, string? field, string pandasType, string numpyType, JsonObject? metadata = null) =>
        new() { ["name"] = name, ["field_name"] = field, ["pandas_type"] = pandasType, ["numpy_type"] = numpyType,
            ["metadata"] = metadata };

    /// <summary>Reads the entries of a file, all of which may be absent.</summary>
    /// <exception cref="InvalidDataException">They are there and are not what pandas writes.</exception>
    public static PandasMetadata Read(string path, IReadOnlyDictionary<string, string> entries)
    {
        JsonObject? pandas = Parse(path, entries, Key),
            attributes = Parse(path, entries, AttributesKey) ?? pandas?["attributes"] as JsonObject;
        return new()
        {
            // an entry that is an object describes a range that was not stored
            IndexColumns = [.. (pandas?["index_columns"] as JsonArray ?? []).Where(n =>
                n?.GetValueKind() == JsonValueKind.String).Select(n => n!.GetValue<string>())],
            Temperature = attributes?["temperature"] switch
            {
                null => null,
                JsonValue value when value.GetValueKind() == JsonValueKind.Number
                    && value.GetValue<double>() is > 0 and < double.PositiveInfinity and double t => t,
                JsonNode other => throw new InvalidDataException($"{path}: the attribute temperature is {other.ToJsonString()}, not a temperature in K"),
            },
            EnergyUnit = attributes?["energy_unit"] switch
            {
                null => null,
                JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
                JsonNode other => throw new InvalidDataException($"{path}: the attribute energy_unit is {other.ToJsonString()}, not a name"),
            },
        };
    }

    private static JsonObject? Parse(string path, IReadOnlyDictionary<string, string> entries, string key)
    {
        if (!entries.TryGetValue(key, out string? text))
            return null;
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new InvalidDataException($"{path}: its metadata \"{key}\" are not a JSON object");
        }
        catch (JsonException e)
        {
            // its message would repeat the whole text
            throw new InvalidDataException($"{path}: its metadata \"{key}\" are not JSON (byte {e.BytePositionInLine})", e);
        }
    }
}

/// <summary>What the labels of the data columns are in Python.</summary>
internal enum PandasLabels
{
    Numbers,
    Tuples,
    Names,
}
