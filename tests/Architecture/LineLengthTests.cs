namespace MolSampling.Tests.Architecture;

/// <summary>Lines have 140 columns. The number of those that are longer only falls: lower the ceiling when it has.</summary>
public sealed class LineLengthTests
{
    private const int Columns = 140, Ceiling = 444;

    [Fact]
    public void Ever_fewer_lines_are_longer_than_140_columns()
    {
        string[] files = [.. new[] { "src", "tests", "examples" }.SelectMany(f =>
            Directory.EnumerateFiles(Path.Combine(SharedData.Checkout, f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj"))];
        Assert.NotEmpty(files);
        string[] longest = [.. files.SelectMany(f => File.ReadLines(f).Select((line, n) =>
            (line.Length, Where: $"{Path.GetFileName(f)}:{n + 1}")))
            .Where(l => l.Length > Columns).OrderByDescending(l => l.Length).Select(l => $"{l.Where}, {l.Length} columns")];
        Assert.True(longest.Length <= Ceiling,
            $"{longest.Length} lines pass {Columns} columns, {Ceiling} did: {string.Join("; ", longest.Take(5))}");
    }
}
