using MolSampling.Flows.Distributions;
using MolSampling.Sampling.Proposals;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>Every base: integrates to 1, samples have the moments that its density has, nothing outside its support.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class DistributionTests
{
    private static readonly Axis s_interval = Axis.Interval(-0.5, 2), s_circle = Axis.Circle(), s_shifted = Axis.Circle(1, 3);

    private static readonly Dictionary<string, Func<Distribution>> s_table = new()
    {
        ["normal"] = () => new StandardNormal(1),
        ["normal, 2-D"] = () => new StandardNormal(2),
        ["standard base"] = () => new StandardBase(new([Axis.Real, s_shifted])),
        ["uniform"] = () => new Uniform(new([s_interval])),
        ["uniform, 2-D"] = () => new Uniform(new([s_interval, s_circle])),
        ["von Mises, flat"] = () => new VonMises(new([s_circle]), [1], [0]),
        ["von Mises, weak"] = () => new VonMises(new([s_circle]), [3], [0.7]),
        ["von Mises, strong"] = () => new VonMises(new([s_shifted]), [3.9], [60]),
        ["von Mises, 2-D"] = () => new VonMises(new([s_circle, s_shifted]), [-1, 2], [2, 8]),
        ["mixture"] = () => new Mixture([new VonMises(new([s_circle]), [-1], [9]), new VonMises(new([s_circle]), [2], [2]),
            new Uniform(new([s_circle]))], [3, 1, 0.5]),
        ["Gaussian mixture"] = () => Scattered(new(1, 3)),
        ["Gaussian mixture, 2-D"] = () => Scattered(new(2, 4)),
        ["Gaussian mixture by column"] = () => Scattered(new(2, 3, byColumn: true)),
    };

    public static TheoryData<string> Names => [.. s_table.Keys];

    static DistributionTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [MemberData(nameof(Names))]
    public void Integrates_to_one(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Distribution p = Exact(name);
        (Tensor x, Tensor weights) = Grid.Of(p.Domain);
        Assert.Equal(1, (p.LogDensity(x).exp() * weights).sum().item<double>(), 1e-9);
    }

    /// <summary>Means of cos, sin or powers against quadrature: |z| below 5, false alarm 6e-7 a number, about 1e-4 in all.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_have_the_moments_of_the_density(string name)
    {
        using Distribution p = Exact(name);
        double worst = WorstScore(p, p, 40_000);
        Assert.True(worst < 5, $"{worst:f1} standard errors");
    }

    [Fact]
    public void A_wrong_sampler_is_seen()
    {
        using var law = new VonMises(new([s_circle]), [1], [2]);
        using var other = new VonMises(new([s_circle]), [1], [2.2]);
        law.To(ScalarType.Float64);
        other.To(ScalarType.Float64);
        Assert.True(WorstScore(law, other, 40_000) > 5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_lie_inside_follow_the_seed_and_have_finite_densities(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Distribution p = s_table[name](); // float32
        Tensor x = p.Sample(3000, new RandomSource(1)), again = p.Sample(3000, new RandomSource(1));
        Assert.Equal(x.bytes.ToArray(), again.bytes.ToArray());
        Assert.True(p.Domain.Contains(x).all().item<bool>());
        Assert.True(isfinite(p.LogDensity(x)).all().item<bool>());
        Assert.Equal([3000L], p.LogDensity(x).shape);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Outside_the_support_the_log_density_is_minus_infinity_without_gradient(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Distribution p = Exact(name);
        Tensor x = p.Sample(6, new RandomSource(1));
        double[] bad = [double.NaN, double.PositiveInfinity, p.Domain[0].Kind == AxisKind.Interval ? Math.BitIncrement(p.Domain[0].High)
            : double.NegativeInfinity];
        for (int b = 0; b < 3; b++)
            x[2 * b, 0] = tensor(bad[b]);
        x.requires_grad_(true);
        Tensor logDensity = p.LogDensity(x);
        Assert.Equal(new[] { true, false, true, false, true, false }, (logDensity == double.NegativeInfinity).data<bool>().ToArray());
        if (logDensity.requires_grad)
            Assert.True(isfinite(autograd.grad([logDensity[isfinite(logDensity)].sum()], [x])[0]).all().item<bool>());
        if (p.Domain[0].Kind == AxisKind.Interval) // the ends belong to it
            Assert.True(isfinite(p.LogDensity(cat([full(2, 1, p.Domain[0].High, dtype: ScalarType.Float64),
                p.Sample(2, new RandomSource(2)).narrow(1, 0, p.Dimension - 1)], 1))).all().item<bool>());
    }

    [Fact]
    public void A_centred_normal_is_a_density_on_its_subspace()
    {
        using DisposeScope scope = NewDisposeScope();
        using var p = new CentredNormal(5);
        Assert.Equal((15, 12), (p.Dimension, p.DegreesOfFreedom));
        Tensor x = p.Sample(20_000, new RandomSource(3)), logDensity = p.LogDensity(x);
        Assert.True(isfinite(logDensity).all().item<bool>());
        // |x|^2 is chi-squared of 12 degrees: mean 12, variance 24; false alarm 6e-7
        Assert.Equal(12, x.square().sum(1).mean().item<float>(), 5 * Math.Sqrt(24.0 / 20_000));
        // the value of a standard normal in an orthonormal basis of the subspace
        Tensor square = x[0].square().sum();
        Assert.Equal(-0.5 * square.item<float>() - 6 * Math.Log(2 * Math.PI), logDensity[0].item<float>(), 1e-5);
        Assert.True((p.LogDensity(x + 0.01) == double.NegativeInfinity).all().item<bool>());
    }

    [Fact]
    public void The_scaled_Bessel_function_joins_its_two_series()
    {
        // A. S. 9.8: e^-1 I0(1), e^-5 I0(5); and both series at 25
        Assert.Equal(Math.Log(0.46575960759364043), VonMisesMixture.LogScaledBessel(1), 1e-14);
        Assert.Equal(Math.Log(0.18354081260932834), VonMisesMixture.LogScaledBessel(5), 1e-14);
        Assert.Equal(VonMisesMixture.LogScaledBessel(Math.BitDecrement(25)), VonMisesMixture.LogScaledBessel(25), 1e-13);
        Assert.Equal(-0.5 * Math.Log(2 * Math.PI * 1e6) + 1 / 8e6, VonMisesMixture.LogScaledBessel(1e6), 1e-12);
        Assert.Equal(0, VonMisesMixture.LogScaledBessel(0));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Uniform(Domain.Real(1)));
        Assert.Throws<ArgumentException>(() => new VonMises(new([s_interval]), [0], [1]));
        Assert.Throws<ArgumentException>(() => new VonMises(new([s_circle]), [0], [-1]));
        Assert.Throws<ArgumentException>(() => new Mixture([new Uniform(new([s_circle])), new Uniform(new([s_interval]))]));
        Assert.Throws<ArgumentException>(() => new Mixture([new Uniform(new([s_circle]))], [0]));
    }

    [Fact]
    public void A_Gaussian_mixture_starts_at_samples_of_every_mode()
    {
        using DisposeScope scope = NewDisposeScope();
        // ten lumps far from each other, one of them rare: places drawn at random would miss it
        double[] centres = [.. Enumerable.Range(0, 10).Select(k => 20.0 * k)];
        var random = new RandomSource(4);
        double[] samples = [.. Enumerable.Range(0, 20_000).Select(i => centres[i % 1000 == 0 ? 9 : i % 9] + random.NextNormal())];
        using var mixture = new GaussianMixture(1, 16);
        mixture.StartAt(tensor(samples, [samples.Length, 1]), random);
        double[] means = [.. Weight(mixture, "means").to(ScalarType.Float64).data<double>()];
        Assert.All(centres, c => Assert.Contains(means, m => Math.Abs(m - c) < 5));
        // shares and deviations are those of the samples: the mean is theirs, and the density at once worth much more than that of one
        // Gaussian (entropy ln(57 sqrt(2 pi e)) = 5.5)
        Tensor x = tensor(samples, [samples.Length, 1]).to(ScalarType.Float32);
        Assert.Equal(samples.Average(), mixture.Sample(100_000, random).mean().item<float>(), 5 * 57 / Math.Sqrt(100_000));
        double entropy = -mixture.LogDensity(x).mean().item<float>(), exact = Math.Log(9) + 0.5 * Math.Log(2 * Math.PI * Math.E);
        Assert.InRange(entropy, exact, exact + 0.2);
        Assert.Throws<ArgumentException>(() => mixture.StartAt(tensor(samples[..14], [14, 1]), random));
        Assert.Throws<ArgumentException>(() => mixture.StartAt(tensor(samples, [10_000, 2]), random));
        Assert.Throws<ArgumentException>(() => mixture.StartAt(tensor([.. samples, double.NaN], [samples.Length + 1, 1]), random));
    }

    [Fact]
    public void Samples_of_a_Gaussian_mixture_move_with_its_means_and_deviations()
    {
        using DisposeScope scope = NewDisposeScope();
        using Distribution p = Exact("Gaussian mixture, 2-D");
        Parameter[] weights = [.. p.Weights];
        Tensor x = p.Sample(1000, new RandomSource(5));
        IList<Tensor> slopes = autograd.grad([x.square().sum()], [weights[1].Value, weights[2].Value]);
        for (int w = 0; w < 2; w++)
        {
            const double step = 1e-5;
            Tensor place = weights[1 + w].Value;
            double Value(double by)
            {
                using IDisposable constant = no_grad();
                place[1, 0] += by;
                double value = p.Sample(1000, new RandomSource(5)).square().sum().item<double>();
                place[1, 0] -= by;
                return value;
            }
            double difference = (Value(step) - Value(-step)) / (2 * step);
            Assert.True(Math.Abs(difference) > 1);
            Assert.Equal(difference, slopes[w][1, 0].item<double>(), Math.Abs(difference) * 1e-6);
        }
    }

    private static GaussianMixture Scattered(GaussianMixture mixture)
    {
        var random = new RandomSource(9);
        foreach (Parameter weight in mixture.Weights)
            weight.Fill(() => 0.3 * random.NextNormal() - 0.5);
        mixture.Initialize(random); // the means alone
        return mixture;
    }

    private static Tensor Weight(Distribution p, string path) => p.State.Single(s => s.Path == path).Parameter.Value.detach();

    private static Distribution Exact(string name)
    {
        Distribution p = s_table[name]();
        p.To(ScalarType.Float64);
        return p;
    }

    /// <summary>Means of features over samples, in standard errors from their quadrature under the law.</summary>
    private static double WorstScore(Distribution law, Distribution sampler, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Features(Tensor x) =>
            cat([.. law.Domain.Select((axis, i) =>
            (x.select(1, i) - (axis.Kind == AxisKind.Real ? 0 : axis.Low)) * (axis.Kind == AxisKind.Real ? 1 : 2 * Math.PI / axis.Span))
            .Select(t => stack([t.cos(), t.sin(), (2 * t).cos(), (2 * t).sin(), t, t * t], 1)),
                (x.select(1, 0) * x.select(1, -1)).unsqueeze(1)], 1);
        (Tensor grid, Tensor weights) = Grid.Of(law.Domain);
        Tensor expected = (Features(grid) * (law.LogDensity(grid).exp() * weights).unsqueeze(1)).sum([0L]),
            drawn = Features(sampler.Sample(count, new RandomSource(17)));
        return ((drawn.mean([0L]) - expected).abs() / ((drawn - drawn.mean([0L])).square().mean([0L]).sqrt() / Math.Sqrt(count))).max().item<double>();
    }
}
