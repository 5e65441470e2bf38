using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MolSampling.Tests.Architecture;

/// <summary>Cli -> Jobs -> Molecular -> Flows -> Sampling -> Potentials: read from the built assemblies, no arrow runs back.</summary>
public sealed class LayeringTests
{
    private static readonly string[] s_order = ["MolSampling.Potentials", "MolSampling.Sampling", "MolSampling.Flows",
        "MolSampling.Molecular", "MolSampling.Jobs", "molsampling"];

    [Fact]
    public void No_arrow_runs_back()
    {
        string bin = Path.GetDirectoryName(Cli.CommandLine.Program)!;
        foreach (string assembly in s_order)
            Assert.Empty(ArrowsBack(assembly, References(Path.Combine(bin, assembly + ".dll"))));
    }

    [Fact]
    public void An_arrow_that_runs_back_is_seen()
    {
        Assert.Equal(["MolSampling.Molecular"], ArrowsBack("MolSampling.Sampling", ["MolSampling.Potentials", "MolSampling.Molecular",
            "System.Runtime"]));
    }

    private static IEnumerable<string> ArrowsBack(string assembly, IEnumerable<string> references) =>
        references.Where(r => Array.IndexOf(s_order, r) >= Array.IndexOf(s_order, assembly));

    private static List<string> References(string path)
    {
        using var reader = new PEReader(File.OpenRead(path));
        MetadataReader metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))];
    }
}
