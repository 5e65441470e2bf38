using MolSampling.Molecular.Chemistry;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>A way to make conformers, as the benchmarks compare them.</summary>
public interface IConformerMethod
{
    /// <summary>The row's name.</summary>
    string Name { get; }

    /// <summary>Makes conformers of one molecule. What goes wrong with the molecule is a result with a reason.</summary>
    /// <param name="molecule">The molecule; not disposed.</param>
    /// <param name="count">Conformers asked for.</param>
    /// <param name="seed">Everything random follows from it.</param>
    /// <param name="cancellation">Ends early with what there is.</param>
    MethodResult Generate(RDKitMolecule molecule, int count, ulong seed, CancellationToken cancellation);
}

/// <summary>What a method made of one molecule.</summary>
/// <param name="Positions">[S], each [N, 3] nm.</param>
/// <param name="LogWeights">[S]; exp sums to 1.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Failures">Conformers asked for that the method tried to make and could not.</param>
/// <param name="Reason">Why conformers are missing; null if none is.</param>
public sealed record MethodResult(IReadOnlyList<float[]> Positions, double[] LogWeights, double Seconds, int Failures, string? Reason)
{
    /// <summary>Kish's effective sample size over the draws, for p(torsions | local structures); NaN for a method without a
    /// density.</summary>
    public double EffectiveFraction { get; init; } = double.NaN;

    /// <summary>Conformers of equal weight.</summary>
    public static MethodResult Equal(IReadOnlyList<float[]> positions, double seconds, int failures, string? reason) =>
        new(positions, [.. Enumerable.Repeat(-Math.Log(positions.Count), positions.Count)], seconds, failures, reason);
}
