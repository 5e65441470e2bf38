using System.Collections.Concurrent;
using MolSampling.Jobs.Conformers;

namespace MolSampling.Tests.Molecular;

/// <summary>Results that several tests look at, each computed once.</summary>
internal static class ConformerRuns
{
    private static readonly ConcurrentDictionary<(string Smiles, ConformerOptions Options), Lazy<ConformerResult>> s_made = new();

    /// <summary>Of a molecule under options; computed by the first who asks.</summary>
    public static ConformerResult Of(string smiles, ConformerOptions options) => s_made.GetOrAdd((smiles, options), key => new(() =>
    {
        using var molecule = RDKitMolecule.FromSmiles(key.Smiles);
        return new ConformerSampler(key.Options).Run(molecule, key.Smiles);
    })).Value;

    /// <summary>What chains have after their first round: for tests of what is said, not of what is found. The time limit grows until it
    /// leaves time for learning and for samples on a crowded machine.</summary>
    public static ConformerResult FirstRound(string smiles, ConformerOptions options)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        for (double limit = 15; ; limit *= 2)
        {
            using var stop = new CancellationTokenSource();
            var sampler = new ConformerSampler(options with { TimeLimit = TimeSpan.FromSeconds(limit) });
            ConformerResult result = sampler.Run(molecule, smiles, p =>
            {
                if (p.Stage == "analysis")
                    stop.Cancel();
            }, stop.Token);
            if ((result.Basins.Count > 0 && !result.Method!.Contains("no time", StringComparison.Ordinal)) || limit > 200)
                return result;
        }
    }
}
