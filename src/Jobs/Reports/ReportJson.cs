using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MolSampling.Jobs.Reports;

/// <summary>How reports write JSON: seven digits, null for what is not a finite number, safe inside a script element.</summary>
internal static class ReportJson
{
    /// <summary>Compact, camelCase.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.Default, // escapes '<': the data cannot end its script element
        Converters = { new FiniteOrNull() },
    };

    private sealed class FiniteOrNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteRawValue(value.ToString("g7", CultureInfo.InvariantCulture).Replace("E+", "e",
                    StringComparison.Ordinal).Replace("E-", "e-", StringComparison.Ordinal));
            else
                writer.WriteNullValue();
        }
    }
}
