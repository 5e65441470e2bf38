using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>The 400 dipeptides of two of the twenty amino acids with charged ends, in an order that a hash chose before anything was
/// tuned: the SHA-256 of the two letters.</summary>
internal static class DipeptideSuite
{
    private const string Letters = "ACDEFGHIKLMNPQRSTVWY";

    /// <summary>"AK", ...: the first of them are as good a sample as any.</summary>
    public static IReadOnlyList<string> Sequences { get; } = [.. Letters.SelectMany(a => Letters.Select(b => $"{a}{b}")).OrderBy(s =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(s))), StringComparer.Ordinal)];
}
