using MolSampling.Flows.InternalCoordinates;
using MolSampling.Flows.Targets;
using TorchSharp;
using static MolSampling.Tests.Flows.InternalCoordinates.Geometry;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.InternalCoordinates;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class FieldLayerTests
{
    /// <summary>Each with the range of y.</summary>
    private static readonly Dictionary<string, (FieldLayer Layer, double Low, double High)> s_layers = new()
    {
        ["interval"] = (FieldScale.Interval([0.1, -3, 2], [0.2, 5, 2.5]), 0, 1),
        ["standard"] = (FieldScale.Standard([0.1, -3, 2], [0.005, 4, 0.3]), -3, 3),
        ["circle"] = (FieldScale.Circle(4), -Math.PI, Math.PI),
        ["chirality"] = (new ChiralityConstraint(4, [(2, true), (0, false)]), -Math.PI, Math.PI),
        ["methyl sense"] = (new MethylConstraint(5, [[3, 0, 2]]), -Math.PI, Math.PI),
        ["methyl all"] = (new MethylConstraint(7, [[3, 0, 2], [4, 6, 5]], MethylGroup.All, -0.5), -Math.PI, Math.PI),
    };

    public static TheoryData<string> Names => [.. s_layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void There_and_back_with_the_determinant_of_the_Jacobian(string name)
    {
        using DisposeScope scope = NewScope();
        (FieldLayer layer, double low, double high) = s_layers[name];
        var random = new RandomSource(1);
        Tensor y = tensor([.. Enumerable.Range(0, 200 * layer.Count).Select(_ => low + (high - low) * random.NextDouble())],
            [200, layer.Count]);
        (Tensor field, Tensor forward) = layer.Forward(y);
        (Tensor back, Tensor inverse) = layer.Inverse(field);
        Assert.True(Largest(back - y) < 1e-10, $"{Largest(back - y)}");
        Assert.True(Largest(forward + inverse) < 1e-10);
        for (int b = 0; b < 5; b++)
        {
            Assert.Equal(LogDeterminant(Jacobian(t => layer.Forward(t).Field, y.narrow(0, b, 1))), Doubles(forward)[b], 1e-10);
            Assert.Equal(LogDeterminant(Jacobian(t => layer.Inverse(t).Y, field.narrow(0, b, 1))), Doubles(inverse)[b], 1e-10);
        }
        y = 0.5 * (low + high) + 0.9 * (y - 0.5 * (low + high)); // at the ends rounding may lead outside
        (Tensor single, _) = layer.Forward(y.to(ScalarType.Float32));
        Assert.Equal(ScalarType.Float32, single.dtype);
        Assert.True(Largest(layer.Inverse(single).Y - y) < 1e-4, $"{Largest(layer.Inverse(single).Y - y)}");
        Assert.Throws<ArgumentException>(() => layer.Forward(y.narrow(1, 1, layer.Count - 1)));
    }

    [Fact]
    public void Outside_is_minus_infinity_counted_and_without_gradient()
    {
        using DisposeScope scope = NewScope();
        void Check(FieldLayer layer, bool inverse, double[] good, params double[][] bad)
        {
            long before = layer.OutsideCount;
            Tensor x = tensor([.. good, .. bad.SelectMany(r => r)], [1 + bad.Length, layer.Count]).requires_grad_(true);
            (Tensor y, Tensor logDet) = inverse ? layer.Inverse(x) : layer.Forward(x);
            double[] logs = Doubles(logDet);
            Assert.True(double.IsFinite(logs[0]));
            Assert.All(logs[1..], l => Assert.Equal(double.NegativeInfinity, l));
            Assert.All(Doubles(y)[layer.Count..], v => Assert.True(double.IsNaN(v)));
            Assert.Equal(bad.Length, layer.OutsideCount - before);
            (y.sum(1) + logDet).sum().backward();
            double[] gradient = Doubles(x.grad!);
            Assert.All(gradient[..layer.Count], g => Assert.True(double.IsFinite(g)));
            Assert.All(gradient[layer.Count..], g => Assert.Equal(0, g));
        }
        FieldScale interval = FieldScale.Interval([1, 2], [2, 4]);
        Check(interval, false, [0, 1], [-1e-9, 0.5], [0.5, 1.0000001], [double.NaN, 0.5], [double.PositiveInfinity, 0.5]);
        Check(interval, true, [1, 4], [0.99, 3], [1.5, 4.1]);
        var chirality = new ChiralityConstraint(2, [(0, true)]);
        Check(chirality, false, [3.1, 40], [3.2, 0], [-3.2, 0]);
        Check(chirality, true, [0.1, 40], [-0.1, 0], [3.3, 0]);
        var methyl = new MethylConstraint(3, [[0, 1, 2]]);
        Check(methyl, true, [9, 2, -2], [0, -2, 2], [0, 2, 1]);
        Check(methyl, false, [9, 1, 1], [0, Math.PI, 0], [0, 0, -Math.PI]);
        var all = new MethylConstraint(3, [[0, 1, 2]], MethylGroup.All, 0);
        Check(all, true, [1 - 2 * Math.PI / 3, 2 * Math.PI / 3, -2 * Math.PI / 3], [1, 2 * Math.PI / 3, -2 * Math.PI / 3],
            [1 - 2 * Math.PI / 3, -2 * Math.PI / 3, 2 * Math.PI / 3]);
    }

    [Fact]
    public void Rows_give_their_own_mean_and_deviation()
    {
        using DisposeScope scope = NewScope();
        Tensor field = tensor(new double[] { 1, 10, 3, 20, 5, 60 }, [3, 2]);
        (Tensor y, _) = FieldScale.Standard(field).Inverse(field);
        Assert.True(Largest(y.mean([0L])) < 1e-12 && Largest(y.square().mean([0L]) - 1) < 1e-12);
        Assert.Throws<ArgumentException>(() => FieldScale.Standard(ones(3, 2)));
    }

    [Fact]
    public void Wrong_columns_are_refused()
    {
        Assert.Throws<ArgumentException>(() => FieldScale.Interval([1], [1]));
        Assert.Throws<ArgumentException>(() => FieldScale.Standard([1, 2], [1, 0]));
        Assert.Throws<ArgumentException>(() => new ChiralityConstraint(2, []));
        Assert.Throws<ArgumentException>(() => new ChiralityConstraint(2, [(2, true)]));
        Assert.Throws<ArgumentException>(() => new ChiralityConstraint(2, [(1, true), (1, false)]));
        Assert.Throws<ArgumentException>(() => new MethylConstraint(4, [[0, 1]]));
        Assert.Throws<ArgumentException>(() => new MethylConstraint(4, [[0, 1, 1]]));
        Assert.Throws<ArgumentException>(() => new MethylConstraint(4, [[0, 1, 4]]));
    }

    [Fact]
    public void Each_of_the_six_labellings_of_a_methyl_is_counted_once()
    {
        using DisposeScope scope = NewScope();
        var random = new RandomSource(4);
        var sense = new MethylConstraint(3, [[0, 1, 2]]);
        var all = new MethylConstraint(3, [[0, 1, 2]], MethylGroup.All, 0.3);
        int[][] labels = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (int n = 0; n < 50; n++)
        {
            double[] turn = [.. Enumerable.Range(0, 3).Select(_ => 2 * Math.PI * random.NextDouble() - Math.PI)];
            Tensor torsions = tensor([.. labels.SelectMany(l => new[] { turn[l[0]], turn[l[1]] - turn[l[0]], turn[l[2]] - turn[l[0]] })],
                [6, 3]);
            Assert.Equal(3, Doubles(sense.Inverse(torsions).LogDet).Count(double.IsFinite));
            Assert.Equal(1, Doubles(all.Inverse(torsions).LogDet).Count(double.IsFinite));
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("sense")]
    [InlineData("all")]
    [InlineData("chirality")]
    public void Log_Z_of_a_methyl_is_the_exact_one_after_what_the_layer_declares(string constraint)
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule target = HarmonicMolecule.Methyl();
        // the hydrogens relative to each other, not as in the target's own sum; columns t, s2, s3
        var map = new InternalCoordinateMap(Matrices["methanol"]);
        FieldLayer layer = constraint switch
        {
            "sense" => new MethylConstraint(3, [[0, 1, 2]]),
            "all" => new MethylConstraint(3, [[0, 1, 2]], MethylGroup.All),
            // the mirror image turns all torsions; the target is its own image
            "chirality" => new ChiralityConstraint(3, [(1, true)]),
            _ => FieldScale.Circle(3),
        };
        const int Batch = 200_000;
        var random = new RandomSource(5);
        double[] b0 = [0.141, 0.096, 0.109, 0.109, 0.109], bk = [2.6e5, 4e5, 2.8e5, 2.8e5, 2.8e5], t0 = [1.88, 1.91, 1.91, 1.91];
        (Tensor bonds, Tensor logBonds) = Gaussians(random, Batch, b0, [.. bk.Select(k => 1.2 * Math.Sqrt(2.4943 / k))]);
        (Tensor angles, Tensor logAngles) = Gaussians(random, Batch, t0, [.. t0.Select(_ => 1.2 * Math.Sqrt(2.4943 / 400))]);
        Tensor y = Uniform(random, Batch, 3);
        (Tensor torsions, Tensor logTorsions) = layer.Forward(y);
        (Tensor x, Tensor logDet) = map.ToCartesian(new(bonds, angles, torsions));
        Tensor weights = target.LogDensity(x) + logDet + logTorsions - logBonds - logAngles + 3 * Math.Log(2 * Math.PI);
        (double logZ, double error) = LogMean(Doubles(weights));
        Assert.True(error < 0.02, $"{error}");
        Assert.Equal(target.LogZ!.Value, logZ + layer.LogVolume, 4 * error);
        if (layer.LogVolume > 0)
            Assert.NotEqual(target.LogZ!.Value, logZ, 10 * error);
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

    /// <summary>ln of the mean of exp, and its standard error.</summary>
    internal static (double LogMean, double Error) LogMean(double[] log)
    {
        double largest = log.Max(), mean = log.Average(l => Math.Exp(l - largest)), square = log.Average(l => Math.Exp(2 * (l - largest)));
        return (largest + Math.Log(mean), Math.Sqrt((square / (mean * mean) - 1) / log.Length));
    }
}
