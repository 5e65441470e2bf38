using MolSampling.Flows.InternalCoordinates;
using MolSampling.Flows.Targets;
using TorchSharp;
using static MolSampling.Tests.Flows.InternalCoordinates.Geometry;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.InternalCoordinates;

/// <summary>The exact Z of a molecule of springs from coordinates drawn in its z-matrix, weighted by the map's log-determinant.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class MapWeightTests
{
    [Fact]
    public void Log_Z_of_a_methyl_is_the_exact_one()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule target = HarmonicMolecule.Methyl();
        // the hydrogens relative to each other, not as in the target's own sum
        var map = new InternalCoordinateMap(Matrices["methanol"]);
        const int Batch = 200_000;
        var random = new RandomSource(5);
        double[] b0 = [0.141, 0.096, 0.109, 0.109, 0.109], bk = [2.6e5, 4e5, 2.8e5, 2.8e5, 2.8e5], t0 = [1.88, 1.91, 1.91, 1.91];
        (Tensor bonds, Tensor logBonds) = Gaussians(random, Batch, b0, [.. bk.Select(k => 1.2 * Math.Sqrt(2.4943 / k))]);
        (Tensor angles, Tensor logAngles) = Gaussians(random, Batch, t0, [.. t0.Select(_ => 1.2 * Math.Sqrt(2.4943 / 400))]);
        Tensor torsions = Uniform(random, Batch, 3);
        (Tensor x, Tensor logDet) = map.ToCartesian(new(bonds, angles, torsions));
        Tensor weights = target.LogDensity(x) + logDet - logBonds - logAngles + 3 * Math.Log(2 * Math.PI);
        (double logZ, double error) = LogMean(Doubles(weights));
        Assert.True(error < 0.02, $"{error}");
        Assert.Equal(target.LogZ!.Value, logZ, 4 * error);
        Assert.Equal(Batch, target.EnergyCalls);
    }

    [Fact]
    public void A_term_left_out_of_the_log_determinant_is_caught()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule target = HarmonicMolecule.Chain();
        var map = new InternalCoordinateMap(target.ZMatrix);
        const int Batch = 500_000;
        var random = new RandomSource(6);
        (Tensor bonds, Tensor logBonds) = Gaussians(random, Batch, [0.1, 0.15, 0.11],
            [.. new[] { 2e5, 1e5, 1.5e5 }.Select(k => 1.2 * Math.Sqrt(2.4943 / k))]);
        (Tensor angles, Tensor logAngles) = Gaussians(random, Batch, [1.8, 2.0],
            [.. new[] { 350.0, 300 }.Select(k => 1.2 * Math.Sqrt(2.4943 / k))]);
        Tensor torsions = Uniform(random, Batch, 1);
        (Tensor x, Tensor logDet) = map.ToCartesian(new(bonds, angles, torsions));
        Tensor weights = target.LogDensity(x) + logDet - logBonds - logAngles + Math.Log(2 * Math.PI);
        double Deviations(Tensor w) => LogMean(Doubles(w)) is var (logZ, error) ? Math.Abs(logZ - target.LogZ!.Value) / error : 0;
        Assert.True(Deviations(weights) < 4);
        foreach (int atom in new[] { 0, 1 })
            Assert.True(Deviations(weights - log(sin(angles.select(1, atom)))) > 6);
        foreach (int atom in new[] { 0, 1, 2 })
            Assert.True(Deviations(weights - log(bonds.select(1, atom))) > 6);
    }

    private static Tensor Uniform(RandomSource random, int batch, int columns) =>
        tensor([.. Enumerable.Range(0, batch * columns).Select(_ => Math.PI * (2 * random.NextDouble() - 1))], [batch, columns]);

    /// <summary>Samples and their log density.</summary>
    private static (Tensor Samples, Tensor LogDensity) Gaussians(RandomSource random, int batch, double[] mean, double[] deviation)
    {
        Tensor z = tensor([.. Enumerable.Range(0, batch * mean.Length).Select(_ => random.NextNormal())], [batch, mean.Length]);
        return (tensor(mean) + tensor(deviation) * z,
            (-0.5 * z.square()).sum(1) - deviation.Sum(Math.Log) - 0.5 * mean.Length * Math.Log(2 * Math.PI));
    }
}
