using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Training;
using MolSampling.Flows.Training.AnnealedSampling;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>Gradients of objectives in the two weights of q = N(mu, s^2) in one dimension, against closed forms for p = N(0, 1).</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class ObjectiveTests(ITestOutputHelper output)
{
    static ObjectiveTests() => TorchRuntime.EnsureLoaded();

    private static NormalizingFlow Gaussian(double mean, double deviation)
    {
        var flow = new NormalizingFlow(new StandardNormal(1), new Elementwise(Domain.Real(1), AffineTransformer.For));
        double[] numbers = [mean, 3 * Math.Atanh(Math.Log(deviation) / 3)];
        int next = 0;
        flow.Weights.Single().Fill(() => numbers[next++]);
        return flow;
    }

    private static Tensor Normal(Tensor x) => -0.5 * x.to(ScalarType.Float64).square().sum(1);

    /// <summary>d/dmu and d/d(ln s).</summary>
    private static (double Mean, double LogDeviation, ObjectiveValue Value) Gradient(IObjective objective, NormalizingFlow flow, int batch,
        RandomSource random)
    {
        ObjectiveValue value = objective.Evaluate(flow, batch, random);
        Parameter weight = flow.Weights.Single();
        double[] gradient = autograd.grad([value.Loss], [weight.Value])[0].to(ScalarType.Float64).data<double>().ToArray();
        double tanh = Math.Tanh(weight.Value.detach()[1].to(ScalarType.Float64).item<double>() / 3); // ln s = 3 tanh(a / 3)
        return (gradient[0], gradient[1] / (1 - tanh * tanh), value);
    }

    /// <summary>z of both gradients, averaged over independent batches, against a closed form.</summary>
    private static (double Mean, double LogDeviation) Scores(IObjective objective, NormalizingFlow flow, double mean, double logDeviation,
        int batch = 4096, int repeats = 60)
    {
        List<double> first = [], second = [];
        for (int k = 0; k < repeats; k++)
        {
            using DisposeScope scope = NewDisposeScope();
            (double a, double b, _) = Gradient(objective, flow, batch, new RandomSource(11).Split(k));
            first.Add(a);
            second.Add(b);
        }
        double Score(List<double> values, double truth) =>
            (values.Average() - truth) / Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (repeats * (repeats - 1.0)));
        return (Score(first, mean), Score(second, logDeviation));
    }

    [Fact]
    public void Alpha_two_has_the_gradient_of_the_second_moment_of_the_weights()
    {
        // ln E_q[(p/q)^2] = ln s - ln(1 - 1/(2 s^2)) / 2 + mu^2 / (2 s^2 - 1) + const for s^2 > 1/2. z below 5 with 60 batches (Student):
        // false alarms 2e-5 together; the estimate's bias, of the order of 1/4096, is within
        const double Mean = 0.5, Deviation = 1.4;
        using NormalizingFlow flow = Gaussian(Mean, Deviation);
        double d = 2 * Deviation * Deviation - 1, byMean = 2 * Mean / d,
            byLog = 1 - 1 / d - 4 * Deviation * Deviation * Mean * Mean / (d * d);
        (double a, double b) = Scores(new AlphaTwo(Normal), flow, byMean, byLog);
        (double wrong, _) = Scores(new ReverseKl(Normal), flow, byMean, byLog);
        output.WriteLine($"z {a:f2} {b:f2}, power {wrong:f1}");
        Assert.True(Math.Abs(a) < 5 && Math.Abs(b) < 5);
        Assert.True(Math.Abs(wrong) > 5); // power: that of KL is another
        using DisposeScope scope = NewDisposeScope();
        double exact = Math.Log(2 * Math.PI) + Math.Log(Deviation) - 0.5 * Math.Log(1 - 1 / (2 * Deviation * Deviation))
            + Mean * Mean / d - 0.5 * Math.Log(2);
        Assert.Equal(exact, Gradient(new AlphaTwo(Normal), flow, 100_000, new RandomSource(12)).Value.Loss.item<double>(), 0.02);
    }

    /// <summary>A new bootstrap at every evaluation, so that batches are independent.</summary>
    private sealed class FreshBootstrap(LogDensityFunction target, double alpha) : IObjective
    {
        public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
        {
            using var bootstrap = new FlowAnnealedBootstrap(target, 1, new(new(Intermediates: 4, LeapfrogSteps: 2, Alpha: alpha, Step: 1), InitialBatches: 8));
            return bootstrap.Evaluate(flow, batch, random);
        }
    }

    [Fact]
    public void The_bootstrap_has_the_gradient_of_its_divergence()
    {
        // a buffer eight times the batch, of weights within a factor of a few: that nothing is drawn twice is a bias below the error. z of
        // 20 batches (Student): false alarms 2e-5 together
        const double Mean = 0.5, Deviation = 1.4;
        using NormalizingFlow flow = Gaussian(Mean, Deviation);
        double d = 2 * Deviation * Deviation - 1, byMean = 2 * Mean / d,
            byLog = 1 - 1 / d - 4 * Deviation * Deviation * Mean * Mean / (d * d);
        (double a, double b) = Scores(new FreshBootstrap(Normal, 2), flow, byMean, byLog, 512, 20);
        (double wrong, double wrongByLog) = Scores(new FreshBootstrap(Normal, 1.2), flow, byMean, byLog, 512, 10);
        output.WriteLine($"z {a:f2} {b:f2}, power {wrong:f1} {wrongByLog:f1}");
        Assert.True(Math.Abs(a) < 6 && Math.Abs(b) < 6);
        Assert.True(Math.Abs(wrong) > 6 || Math.Abs(wrongByLog) > 6); // power: another exponent
    }

    [Fact]
    public void Log_variance_has_the_gradient_of_KL_and_none_at_the_target()
    {
        // KL = mu^2/2 + s^2/2 - ln s: gradients mu and s^2 - 1
        const double Mean = 0.5, Deviation = 1.3;
        using (NormalizingFlow flow = Gaussian(Mean, Deviation))
        {
            (double a, double b) = Scores(new LogVariance(Normal), flow, Mean, Deviation * Deviation - 1);
            (double wrong, _) = Scores(new LogVariance(x => 1.1 * Normal(x)), flow, Mean, Deviation * Deviation - 1);
            output.WriteLine($"z {a:f2} {b:f2}, power {wrong:f1}");
            Assert.True(Math.Abs(a) < 5 && Math.Abs(b) < 5);
            Assert.True(Math.Abs(wrong) > 5);
        }
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow exact = Gaussian(0, 1);
        using var elsewhere = new FixedSamples(tensor(new[] { -2f, 0.3f, 1f, 4f }, [4, 1]));
        foreach (ISampleSource? source in (ISampleSource?[])[null, elsewhere])
        {
            (double atMean, double atLog, ObjectiveValue value) = Gradient(new LogVariance(Normal, source), exact, 16,
                new RandomSource(13));
            Assert.True(Math.Abs(atMean) < 1e-5 && Math.Abs(atLog) < 1e-5 && value.Loss.item<double>() < 1e-10 && value.EnergyCalls == 16);
        }
        (double plain, _, _) = Gradient(new AlphaTwo(Normal), exact, 16, new RandomSource(13));
        Assert.True(Math.Abs(plain) > 1e-2); // power: sixteen samples of another estimator do not cancel
    }

    [Fact]
    public void Entropy_of_a_coordinate_is_that_of_the_smoothed_law()
    {
        // x ~ N(0, s^2) through a Gaussian kernel of width h: E[ln p_h] = -ln(2 pi v)/2 - s^2/(2 v), v = s^2 + h^2
        const double S = 1.5, H = 0.5, V = S * S + H * H;
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Gaussian(0, S);
        (double byMean, double byLog, ObjectiveValue value) = Gradient(new ReactionCoordinateEntropy(x => x.select(1, 0), H), flow, 1000,
            new RandomSource(14));
        double exact = -0.5 * Math.Log(2 * Math.PI * V) - S * S / (2 * V), exactByLog = -S * S / V - S * S * H * H / (V * V);
        output.WriteLine($"{value.Loss.item<double>():f4} of {exact:f4}, d/d ln s {byLog:f4} of {exactByLog:f4}, d/d mu {byMean:e1}");
        // one standard deviation of the mean of ln p over 1000 points is 0.02; a shift of all points changes nothing
        Assert.Equal(exact, value.Loss.item<double>(), 0.08);
        Assert.Equal(exactByLog, byLog, 0.08);
        Assert.Equal(0, byMean, 1e-5);
        Assert.Equal(0, value.EnergyCalls);

        // wide on a circle: uniform, ln(1/period); and the seam is nowhere
        using NormalizingFlow wide = Gaussian(0, 15);
        double Circle(double shift, double? period) => new ReactionCoordinateEntropy(x => (x.select(1, 0) + shift).remainder(2), 0.1,
            period).Evaluate(wide, 800, new RandomSource(15)).Loss.item<double>();
        output.WriteLine($"circle {Circle(0, 2):f4} of {-Math.Log(2):f4}, without a period {Circle(0, null):f4}");
        Assert.Equal(-Math.Log(2), Circle(0, 2), 0.02);
        Assert.Equal(Circle(0, 2), Circle(0.77, 2), 1e-5);
        Assert.True(Math.Abs(Circle(0, null) - Circle(0.77, null)) > 1e-4); // power
    }

    [Fact]
    public void The_highest_energies_of_a_batch_pass_no_gradient_and_are_counted()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new double[] { 3, -1, double.NaN, 0.5, 2, 0 }, [6, 1]).requires_grad_(true);
        Tensor kept = LeastEnergies.Of(Normal, 3)(x);
        Assert.Equal([double.NegativeInfinity, -0.5, double.NegativeInfinity, -0.125, double.NegativeInfinity, 0],
            kept.data<double>().ToArray());
        Tensor gradient = autograd.grad([kept.masked_select(isfinite(kept)).sum()], [x])[0];
        Assert.Equal([0, 1, -0.5, 0], [.. new[] { 0, 1, 3, 5 }.Select(k => gradient[k, 0].item<double>())]);
        using NormalizingFlow flow = Gaussian(0.3, 1.2);
        Assert.Equal(7, new ReverseKl(LeastEnergies.Of(Normal, 7)).Evaluate(flow, 64, new RandomSource(16)).LeftOut);
        Assert.Equal(0, new ReverseKl(LeastEnergies.Of(Normal, 0)).Evaluate(flow, 64, new RandomSource(16)).LeftOut);
        Assert.Equal(64, new ReverseKl(LeastEnergies.Of(Normal, 100)).Evaluate(flow, 64, new RandomSource(16)).LeftOut);
    }
}
