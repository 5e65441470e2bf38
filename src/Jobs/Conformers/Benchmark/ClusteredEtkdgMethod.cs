using System.Diagnostics;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// Ten times as many ETKDGv3 conformers as are asked for, and of these the medoids of as many clusters by symmetric heavy-atom RMSD: the
/// cheap baseline that learned generators have to beat (G. Zhou et al., arXiv 2302.07061).
/// </summary>
public sealed class ClusteredEtkdgMethod : IConformerMethod
{
    private const int Oversampling = 10, Rounds = 5;

    /// <inheritdoc/>
    public string Name => "clustered ETKDGv3";

    /// <inheritdoc/>
    public MethodResult Generate(RDKitMolecule molecule, int count, ulong seed, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        (List<float[]> pool, string? reason) = EtkdgEmbeddings.Embed(molecule, Oversampling * count, seed, null, 1, TimeSpan.MaxValue, null,
            cancellation);
        var rmsd = new HeavyAtomRmsd(molecule);
        CentredGeometries geometries = rmsd.Centre(pool);
        int[] medoids = MedoidClustering.Medoids(pool.Count, count, (point, others, distances) => rmsd.Distances(geometries, point,
            geometries, others, distances), Rounds);
        return MethodResult.Equal([.. medoids.Select(m => pool[m])], clock.Elapsed.TotalSeconds, count - medoids.Length,
            medoids.Length < count ? reason ?? "fewer conformers differ" : null);
    }
}
