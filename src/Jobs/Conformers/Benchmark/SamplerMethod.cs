using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// All atoms by <see cref="ConformerSampler"/> at 300 K in MMFF94s and vacuum, on one thread under a time limit: samples, or the minima of
/// the most populated basins, at most a hundred, weighed by their populations.
/// </summary>
/// <param name="method">Replica exchange, jumps of learned torsions, or weighted draws with these behind them.</param>
/// <param name="minima">Minima rather than samples.</param>
/// <param name="limit">For one molecule.</param>
public sealed class SamplerMethod(ConformerMethod method, bool minima, TimeSpan limit) : IConformerMethod
{
    /// <summary>Whether minima of basins are given, as many as were seen, rather than samples.</summary>
    public bool Minima => minima;

    /// <inheritdoc/>
    public string Name => (method switch
    {
        ConformerMethod.ReplicaExchange => "replica exchange",
        ConformerMethod.Jumps => "jumps of learned torsions",
        _ => "all atoms, default",
    }) + (minima ? ", basin minima" : ", samples");

    /// <inheritdoc/>
    public MethodResult Generate(RDKitMolecule molecule, int count, ulong seed, CancellationToken cancellation)
    {
        var options = new ConformerOptions { Method = method, Samples = count, Seed = seed, TimeLimit = limit, Threads = 1 };
        ConformerResult result = new ConformerSampler(options).Run(molecule, molecule.Molecule.Smiles, null, cancellation);
        if (result.Status == ConformerStatus.Failed)
            return MethodResult.Equal([], result.WallSeconds, count, result.Reason);
        if (!minima)
            return MethodResult.Equal(Samples(result.Samples, count), result.WallSeconds, 0, null) with { EffectiveFraction =
                result.Diagnostics!.Weights?.EffectiveFraction ?? double.NaN };
        Basin[] basins = [.. result.Basins.Take(count)];
        double total = basins.Sum(b => b.Population);
        return new([.. basins.Select(b => b.Representative)], [.. basins.Select(b => Math.Log(b.Population / total))], result.WallSeconds,
            0, null);
    }

    /// <summary>Every sample as often as resampling drew it.</summary>
    private static List<float[]> Samples(SampleTable table, int count)
    {
        var samples = new List<float[]>();
        int size = 3 * table.AtomCount;
        for (int s = 0; s < table.Count; s++)
            for (int copies = (int)Math.Round(count * Math.Exp(table.LogWeights[s])); copies > 0; copies--)
                samples.Add(table.Positions.AsSpan(s * size, size).ToArray());
        return samples;
    }
}
