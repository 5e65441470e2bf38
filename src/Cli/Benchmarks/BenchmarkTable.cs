using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;

namespace MolSampling.Cli.Benchmarks;

/// <summary>A benchmark's rows and ratios: Markdown for people and docs, JSON for programs.</summary>
/// <param name="name">Of the benchmark.</param>
/// <param name="unit">Of a rate.</param>
/// <param name="json">Whether JSON is asked for; rows are then kept silent.</param>
internal sealed class BenchmarkTable(string name, string unit, bool json)
{
    private readonly List<object> _rows = [], _ratios = [];
    private readonly List<string> _sentences = [];
    private bool _begun;

    /// <summary>Adds a row, and shows it at once.</summary>
    public void Add(string system, string way, int batch, int threads, double rate)
    {
        _rows.Add(new { system, way, batch, threads, rate, unit });
        if (json)
            return;
        if (!_begun)
            Console.WriteLine($"{Machine.Line()}\n\n| system | way | batch | threads | {unit} |\n|---|---|--:|--:|--:|");
        _begun = true;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {system} | {way} | {batch} | {threads} | {rate:n0} |"));
    }

    /// <summary>Adds a ratio.</summary>
    public void AddRatio(string of, string over, double value)
    {
        _ratios.Add(new { of, over, value });
        _sentences.Add(string.Create(CultureInfo.InvariantCulture, $"- {of} / {over} = {value:g3}"));
    }

    /// <summary>Says why something is not there.</summary>
    public void Note(string text) => _sentences.Add($"- {text}");

    /// <summary>Prints what is left.</summary>
    public void Complete() => Console.WriteLine(json
        ? JsonSerializer.Serialize(new { benchmark = name, machine = Machine.Describe(), rows = _rows, ratios = _ratios },
            JsonOutput.Options)
        : $"\n{string.Join('\n', _sentences)}");
}
