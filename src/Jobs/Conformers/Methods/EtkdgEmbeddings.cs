using System.Diagnostics;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// RDKit's ETKDGv3 embeddings as they come. Geometries and no ensemble: the density that they follow is not known, so they cannot be
/// weighed, and a basin's share of them says how often it is embedded, not how populated it is.
/// </summary>
internal sealed class EtkdgEmbeddings : ISamplingStrategy
{
    private const int Groups = 64; // of the jackknife
    private const int Portion = 16; // an interrupt is heard in between
    private const int SeedsOfPortion = 256; // more than it can use up: it ends after six attempts that found nothing

    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1); // for one molecule

    /// <summary>Embeds and analyses: equal weights, as many as samples are asked for.</summary>
    public Attempt Sample(ConformerWork work) => new(Run(work), "ETKDGv3 embeddings");

    private static ConformerFindings Run(ConformerWork work)
    {
        int count = work.Options.Samples;
        (List<float[]> embedded, string? reason) = Embed(work.Input, count, work.Options.Seed, work.Seeds[0], work.Options.Threads,
            work.Schedule.LeftToAnalysis,
            done => work.Progress("embedding", (double)done / count), work.Schedule.UntilAnalysis());
        float[][] own = [.. ConformationalSymmetry.Alike(work.Input, work.Isomer, work.Seeds[0], embedded)];
        if (own.Length == 0)
            own = [work.Seeds[0]]; // time was short: this one is there already
        double[] energies = new double[own.Length];
        Parallel.For(0, own.Length, ParallelWork.Options(), n => energies[n] = Geometry.Energy(work.Potential, own[n]));
        var ensemble = new Ensemble(new(work.Options.Temperature), [.. own.Select(x => (ReadOnlyMemory<float>)x)], energies,
            new double[own.Length], [.. Enumerable.Range(0, own.Length).Select(n => n % Groups)]);
        return new(new(ensemble, work),
            ConformerDiagnostics.OfDraws(work.Options.Temperature) with { EffectiveSampleSize = own.Length, EnergyEvaluations =
                own.Length },
            "embeddings are no Boltzmann ensemble: the populations are shares of embeddings"
                + (reason is null ? "" : $" ({own.Length} of {count}: {reason})"), KeepsDraws: true, []);
    }

    /// <summary>Embeddings in portions, each from a seed of its own: they do not depend on the number of threads.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">The first; others follow.</param>
    /// <param name="like">[N, 3] nm, a geometry whose stereo all have; null leaves what is open in the input to each portion.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="limit">Of time, an hour at most.</param>
    /// <param name="progress">Told how many there are, from one thread at a time; may be null.</param>
    /// <param name="cancellation">Heard between portions.</param>
    /// <returns>[..][N, 3] nm, what was found, and why some are missing.</returns>
    public static (List<float[]> Conformers, string? Reason) Embed(RDKitMolecule molecule, int count, ulong seed, float[]? like,
        int threads, TimeSpan limit, Action<int>? progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan longest = limit < s_longest ? limit : s_longest;
        long first = (long)(seed % 1_000_000_007);
        var portions = new Embedding?[(count + Portion - 1) / Portion];
        var counting = new Lock();
        int done = 0;
        Parallel.For(0, portions.Length, ParallelWork.Options(threads, CancellationToken.None), (p, loop) =>
        {
            if (cancellation.IsCancellationRequested)
                return;
            portions[p] = molecule.Embed(Math.Min(Portion, count - p * Portion), (int)((first + (long)p * SeedsOfPortion) & int.MaxValue),
                longest - clock.Elapsed, like);
            if (portions[p]!.Status == EmbeddingStatus.NoEmbedding)
                loop.Break(); // of the portions after the first of these none counts, whether it was begun or not
            lock (counting)
                progress?.Invoke(done += portions[p]!.Conformers.Count);
        });
        var conformers = new List<float[]>(count);
        foreach (Embedding? portion in portions)
        {
            if (portion is null)
                return (conformers, "interrupted");
            conformers.AddRange(portion.Conformers);
            if (portion.Status != EmbeddingStatus.Complete)
                return (conformers, portion.Status == EmbeddingStatus.OutOfTime ? "no more embeddings within the time limit"
                    : "six attempts in a portion found no embedding");
        }
        return (conformers, null);
    }
}
