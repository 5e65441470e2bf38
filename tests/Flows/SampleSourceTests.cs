using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class SampleSourceTests(ITestOutputHelper output)
{
    static SampleSourceTests() => TorchRuntime.EnsureLoaded();

    private static NormalizingFlow Gaussian(int dimension, double scale = 1, double shift = 0) =>
        new(new StandardNormal(dimension), new ScaleShift(Domain.Real(dimension), [.. Enumerable.Repeat(scale, dimension)],
            [.. Enumerable.Repeat(shift, dimension)]));

    /// <summary>x = exp(s) z + b; the weights are b and r, s = 3 tanh(r / 3).</summary>
    private static NormalizingFlow Affine(double logScale, double shift)
    {
        var flow = new NormalizingFlow(new StandardNormal(1), new Elementwise(Domain.Real(1), AffineTransformer.For));
        flow.To(ScalarType.Float64);
        double[] numbers = [shift, 3 * Math.Atanh(logScale / 3)];
        foreach (Parameter weight in flow.Weights)
        {
            int k = 0;
            weight.Fill(() => numbers[k++ % 2]);
        }
        return flow;
    }

    private static double[] Gradient(NormalizingFlow flow, Tensor loss) =>
        [.. autograd.grad([loss], [.. flow.Weights.Select(w => w.Value)]).SelectMany(g =>
        g.to(ScalarType.Float64).data<double>().ToArray())];

    private static Tensor LogNormal(Tensor x) => -0.5 * x.square().sum(1);

    [Fact]
    public void The_forward_path_gradient_is_zero_at_the_target_whatever_the_samples_and_that_of_the_likelihood_is_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Affine(0, 0);
        using var samples = new FixedSamples(tensor(new[] { 0.3, 2.5, -0.1, 4.0 }, [4, 1])); // not draws of the target
        double path = Gradient(flow, new ForwardKl(samples, LogNormal, 1).Evaluate(flow, 64, new RandomSource(1)).Loss).Max(Math.Abs);
        double likelihood = Gradient(flow, new ForwardKl(samples).Evaluate(flow, 64, new RandomSource(1)).Loss).Max(Math.Abs);
        output.WriteLine($"path {path:e2}, likelihood {likelihood:e2}");
        Assert.True(path < 1e-12);
        Assert.True(likelihood > 0.5);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Every_mixture_of_path_and_likelihood_has_the_divergence_s_gradient(double share)
    {
        // KL(N(0, 1) || N(b, e^2s)) = s + (1 + b^2) / (2 e^2s) - 1/2: d/ds = 1 - (1 + b^2) e^-2s, d/db = b e^-2s
        using DisposeScope scope = NewDisposeScope();
        const double s = 0.3, b = 0.4;
        using NormalizingFlow flow = Affine(s, b);
        var normal = new RandomSource(2);
        const int batches = 400;
        double[][] all = [.. Enumerable.Range(0, batches).Select(k =>
        {
            using DisposeScope inner = NewDisposeScope();
            using var samples = new FixedSamples(tensor(Enumerable.Range(0, 64).Select(_ => normal.NextNormal()).ToArray(), [64, 1]));
            return Gradient(flow, new ForwardKl(samples, LogNormal, share).Evaluate(flow, 64, new RandomSource((ulong)k)).Loss);
        })];
        double[] exact = [b * Math.Exp(-2 * s), (1 - (1 + b * b) * Math.Exp(-2 * s)) * (1 - s * s / 9)];
        for (int k = 0; k < 2; k++)
        {
            double mean = all.Average(g => g[k]), error = Math.Sqrt(all.Average(g => (g[k] - mean) * (g[k] - mean)) / batches),
                z = (mean - exact[k]) / error;
            output.WriteLine($"{mean:f4} ± {error:f4}, exact {exact[k]:f4}");
            Assert.True(Math.Abs(z) < 4.5, $"z = {z:f1}"); // false alarm 7e-6
        }
    }

    [Fact]
    public void The_bridged_divergence_has_the_likelihood_s_gradient_with_less_noise_and_none_at_the_target()
    {
        // KL(N(0, 1) || N(b, e^2s)) as above; ln p is known up to a constant only
        using DisposeScope scope = NewDisposeScope();
        const double s = 0.1, b = 0.2;
        using NormalizingFlow flow = Affine(s, b);
        const int batches = 400;
        (double Mean, double Deviation)[] Of(Func<ISampleSource, IObjective> objective)
        {
            var normal = new RandomSource(2);
            double[][] all = [.. Enumerable.Range(0, batches).Select(k =>
            {
                using DisposeScope inner = NewDisposeScope();
                using var samples = new FixedSamples(tensor(Enumerable.Range(0, 256).Select(_ => normal.NextNormal()).ToArray(), [256, 1]));
                return Gradient(flow, objective(samples).Evaluate(flow, 512, new RandomSource((ulong)k)).Loss);
            })];
            return [.. Enumerable.Range(0, 2).Select(i =>
                (all.Average(g => g[i]), Math.Sqrt(all.Average(g => g[i] * g[i]) - Math.Pow(all.Average(g => g[i]), 2))))];
        }
        (double Mean, double Deviation)[] bridged = Of(source => new BridgedForwardKl(source, x => LogNormal(x) + 7)),
            wrong = Of(source => new BridgedForwardKl(source, x => 1.1 * LogNormal(x))),
            likelihood = Of(source => new ForwardKl(source));
        double[] exact = [b * Math.Exp(-2 * s), (1 - (1 + b * b) * Math.Exp(-2 * s)) * (1 - s * s / 9)];
        double Score((double Mean, double Deviation) g, double truth) => (g.Mean - truth) / g.Deviation * Math.Sqrt(batches);
        for (int k = 0; k < 2; k++)
        {
            output.WriteLine($"{bridged[k].Mean:f4} ± {bridged[k].Deviation:f4} a batch, exact {exact[k]:f4}; likelihood ± {likelihood[k].Deviation:f4}");
            // false alarm 7e-6; ln Z of a batch biases by some 1/512 of the gradient
            Assert.True(Math.Abs(Score(bridged[k], exact[k])) < 4.5);
            Assert.True(bridged[k].Deviation < 0.5 * likelihood[k].Deviation);
        }
        Assert.True(Math.Abs(Score(wrong[1], exact[1])) > 5); // power: another target

        using NormalizingFlow there = Affine(0, 0);
        using var elsewhere = new FixedSamples(tensor(new[] { 0.3, 2.5, -0.1, 4.0 }, [4, 1])); // not draws of the target
        ObjectiveValue value = new BridgedForwardKl(elsewhere, LogNormal).Evaluate(there, 64, new RandomSource(1));
        Assert.True(Gradient(there, value.Loss).Max(Math.Abs) < 1e-12 && Math.Abs(value.Loss.item<double>()) < 1e-12);
        Assert.Equal(64, value.EnergyCalls);
    }

    [Fact]
    public void Samples_of_the_flow_where_the_target_is_not_are_pushed_away_from_by_the_bridged_divergence()
    {
        // the target is N(0, 1) on the right half: the flow N(0, 1) must move right
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Affine(0, 0);
        using var samples = new FixedSamples(tensor(new[] { 0.3, 0.8, 0.1, 1.4 }, [4, 1]));
        double[] gradient = Gradient(flow, new BridgedForwardKl(samples, x => LogNormal(x).masked_fill(x.select(1, 0) < 0,
            double.NegativeInfinity)).Evaluate(flow, 512, new RandomSource(1)).Loss);
        Assert.True(gradient[0] < -0.5);
        ObjectiveValue nowhere = new BridgedForwardKl(samples, x => LogNormal(x) + double.NegativeInfinity).Evaluate(flow, 64,
            new RandomSource(1));
        Assert.True(double.IsNaN(nowhere.Loss.item<double>())); // the optimiser refuses and counts it
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Path_gradients_of_a_spline_flow_point_where_those_of_the_likelihood_do(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        var target = new ManyWell(4);
        var domain = Domain.Real(4);
        using var flow = new NormalizingFlow(new StandardNormal(4), new Chain(
            [.. Enumerable.Range(0, 4).Select(k => new Coupling(domain, k % 2 == 0 ? [0, 2] : [1, 3], SplineTransformer.ForAll(8, 4),
                Mlp.Of(16)))]));
        var random = new RandomSource(9);
        flow.Initialize(random);
        foreach (Parameter weight in flow.Weights)
            weight.Fill(() => 0.3 * random.NextNormal());
        flow.To(type);
        // projections on the likelihood's mean gradient: both means are |g|^2
        const int batches = 60;
        double[][] Gradients(double share) => [.. Enumerable.Range(0, batches).Select(k =>
        {
            using DisposeScope inner = NewDisposeScope();
            return Gradient(flow, new ForwardKl(new ExactSamples(target), target.LogDensity, share).Evaluate(flow, 512,
                new RandomSource((ulong)(share * 1000) + 77).Split(k)).Loss);
        })];
        double[][] likelihood = Gradients(0), path = Gradients(1);
        double[] direction = [.. Enumerable.Range(0, likelihood[0].Length).Select(w => likelihood.Average(g => g[w]))];
        double[] along = [.. path.Select(g => g.Zip(direction, (a, b) => a * b).Sum())],
            own = [.. likelihood.Select(g => g.Zip(direction, (a, b) => a * b).Sum())];
        double Error(double[] v) => Math.Sqrt(v.Sum(x => (x - v.Average()) * (x - v.Average())) / (v.Length - 1) / v.Length);
        double z = (along.Average() - own.Average()) / double.Hypot(Error(along), Error(own));
        output.WriteLine($"along {along.Average():g4} ± {Error(along):g2}, own {own.Average():g4} ± {Error(own):g2}: z = {z:f1}");
        Assert.True(Math.Abs(z) < 4.5); // false alarm 1e-5
        Assert.True(own.Average() > 10 * double.Hypot(Error(along), Error(own))); // the power to see a missing tenth
    }

    /// <summary>x, y of one well with a tilt: the share at x > 0 of p^beta, by a quadrature.</summary>
    private static double RightShare(double beta)
    {
        double[] grid = [.. Enumerable.Range(0, 40_001).Select(k => -4 + 8 * k / 40_000.0)];
        double Weight(double x) => Math.Exp(beta * (-x * x * x * x + 6 * x * x + 0.5 * x - 9));
        return grid.Where(x => x > 0).Sum(Weight) / grid.Sum(Weight);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tempered_chains_have_the_weights_of_wells_that_a_single_chain_cannot_leave(bool flowMoves)
    {
        using DisposeScope scope = NewDisposeScope();
        var target = new ManyWell(2);
        using NormalizingFlow flow = Gaussian(2, 2); // a poor proposal: exactness must not depend on it
        double Share(int rungs, bool moves, double hottest, double start, out double error, int steps = 1200)
        {
            using DisposeScope inner = NewDisposeScope();
            using NormalizingFlow first = Gaussian(2, 0.2, start);
            using var chains = new TemperedChains(target, new(256, rungs, hottest, 4, 1, 200, moves));
            var shares = new List<double>();
            var random = new RandomSource(3);
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope one = NewDisposeScope();
                Tensor x = chains.Next(step == 0 ? first : flow, 256, random.Split(step)).X;
                if (step >= 400)
                    shares.Add((x.select(1, 0) > 0).to(ScalarType.Float64).mean().item<double>());
            }
            // blocks of 80 steps are long against the exchange of wells, some ten steps
            double[] blocks = [.. shares.Chunk(80).Select(c => c.Average())];
            double mean = blocks.Average();
            error = Math.Sqrt(blocks.Sum(b => (b - mean) * (b - mean)) / (blocks.Length - 1) / blocks.Length);
            return mean;
        }
        double exact = RightShare(1), share = Share(5, flowMoves, 0.1, -1.7, out double deviation), z = (share - exact) / deviation;
        output.WriteLine($"right {share:f4} ± {deviation:f4}, exact {exact:f4}; p^0.8 {RightShare(0.8):f4}");
        Assert.True(Math.Abs(z) < 6, $"z = {z:f1}"); // t with 9 degrees of freedom: false alarm 2e-4
        Assert.True(Math.Abs(share - RightShare(0.8)) / deviation > 6); // the power to see a wrong temperature
        if (!flowMoves)
            Assert.True(Share(1, false, 1, -1.7, out _, 600) < 0.5 * exact); // a barrier of 9: one rung crosses it some 1e-4 times a move
    }

    [Fact]
    public void A_trust_region_takes_the_step_that_its_radius_allows()
    {
        // q = N(0, 1), p = N(m, 1): the density between is N(eta m, 1), at a divergence of (eta m)^2 / 2 from q
        var random = new RandomSource(4);
        const double m = 3, epsilon = 0.5;
        double[] x = [.. Enumerable.Range(0, 200_000).Select(_ => random.NextNormal())];
        var region = new TrustRegion(epsilon);
        double[] log = region.LogWeights(0, [.. x.Select(t => -0.5 * (t - m) * (t - m))], [.. x.Select(t => -0.5 * t * t)]);
        Assert.Equal(Math.Sqrt(2 * epsilon) / m, region.Share, 0.01); // error of a mean over 2e5 / e weights
        double largest = log.Max(), sum = log.Sum(l => Math.Exp(l - largest));
        Assert.Equal(region.Share * m, log.Zip(x, (l, t) => Math.Exp(l - largest) * t).Sum() / sum, 0.02);
        double[] near = region.LogWeights(1, [.. x.Select(t => -0.5 * (t - 0.1) * (t - 0.1))], [.. x.Select(t => -0.5 * t * t)]);
        Assert.Equal(1, region.Share);
        Assert.Equal(0.1 * x[0] - 0.005, near[0], 1e-12);
    }

    [Theory]
    [InlineData(0.1495, 0.3897)] // both bind
    [InlineData(0.15, 5)] // the trust region alone
    [InlineData(5, 0.39)] // entropy alone
    [InlineData(50, 50)] // neither
    public void Constrained_transport_is_the_constrained_optimum_by_quadrature(double divergence, double loss)
    {
        // q = N(0, 1.5^2) at its quantiles, p = two wells: sums over samples are integrals over q
        const int S = 20_000;
        const double Sigma = 1.5;
        double[] x = [.. Enumerable.Range(0, S).Select(k => MathNet.Numerics.Distributions.Normal.InvCDF(0, Sigma, (k + 0.5) / S))];
        double LogP(double t) => -2 * (t * t - 1) * (t * t - 1) + 0.8 * t;
        double LogQ(double t) => -0.5 * t * t / (Sigma * Sigma) - Math.Log(Sigma * Math.Sqrt(2 * Math.PI));
        var transport = new ConstrainedTransport(divergence, loss);
        double[] log = transport.LogWeights(0, [.. x.Select(LogP)], [.. x.Select(LogQ)]);
        double a = 1 / (1 + transport.Trust + transport.Entropy), b = transport.Trust * a;
        for (int k = 0; k < S; k += 1111)
            Assert.Equal(a * LogP(x[k]) + b * LogQ(x[k]) - LogQ(x[k]), log[k], 1e-12);

        // r = p^a q^b integrated on a grid of its own
        (double Divergence, double Loss, double ToTarget) Integrals(Func<double, double> logR)
        {
            const int Cells = 40_000;
            double[] t = [.. Enumerable.Range(0, Cells).Select(k => -10 + (k + 0.5) * 20 / Cells)], r = [.. t.Select(logR)];
            double norm = Math.Log(r.Sum(Math.Exp) * 20 / Cells);
            double Mean(Func<double, double, double> f) => Enumerable.Range(0, Cells).Sum(k => Math.Exp(r[k] - norm) * f(t[k],
                r[k] - norm)) * 20 / Cells;
            return (Mean((y, l) => l - LogQ(y)), Mean((_, l) => l) + 0.5 * Math.Log(2 * Math.PI * Math.E * Sigma * Sigma),
                Mean((y, l) => l - LogP(y)));
        }
        (double kl, double lost, double best) = Integrals(t => a * LogP(t) + b * LogQ(t));
        output.WriteLine($"lambda {transport.Trust:f4}, eta {transport.Entropy:f4}: KL {kl:f5}, entropy lost {lost:f5}, KL to the target {best:f5}");
        // quantiles cut the tails of q: errors of 1e-4
        Assert.True(kl < divergence + 1e-3 && lost < loss + 1e-3);
        Assert.True(transport.Trust == 0 || Math.Abs(kl - divergence) < 1e-3);
        Assert.True(transport.Entropy == 0 || Math.Abs(lost - loss) < 1e-3);
        Assert.Equal((divergence < 1, loss < 1), (transport.Trust > 0, transport.Entropy > 0));

        // no other density of the neighbourhood that keeps to both limits is nearer to the target
        int allowed = 0;
        foreach (double s in new[] { -0.02, 0.02, -0.1, 0.1 })
            foreach (Func<double, double> bend in new Func<double, double>[] { t => t, t => Math.Cos(t), t => Math.Sin(3 * t),
                t => -Math.Abs(t), LogP, LogQ })
            {
                (double k, double h, double to) = Integrals(t => a * LogP(t) + b * LogQ(t) + s * bend(t));
                if (!(k <= divergence && h <= loss)) // one that cannot be normalised is none
                    continue;
                allowed++;
                Assert.True(to > best - 1e-4, $"{s}: {to} < {best}");
            }
        Assert.True(allowed > 0);
    }

    [Fact]
    public void Rounds_of_a_temperature_ladder_serve_the_rung_s_law_and_count_their_energies()
    {
        // q = N(0, 3^2), p = N(0, 1) to the power 1/4: variance 4; the next rung is p itself
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Gaussian(1, 3);
        using var replay = new AnnealedReplay(LogNormal, 1, new TemperatureRounds([0.25, 1]), 50_000, 20_000, 2);
        double Variance(Tensor x) => x.to(ScalarType.Float64).square().mean().item<double>();
        (Tensor first, long calls) = replay.Next(flow, 20_000, new RandomSource(5).Split(0));
        (_, long second) = replay.Next(flow, 10, new RandomSource(5).Split(1));
        (Tensor third, long thirdCalls) = replay.Next(flow, 20_000, new RandomSource(5).Split(2));
        output.WriteLine($"{Variance(first):f3} (4), {Variance(third):f3} (1); {replay.EffectiveFraction:f3}");
        Assert.Equal(4, Variance(first), 0.25); // deviation 0.05
        Assert.Equal(1, Variance(third), 0.08); // deviation 0.016
        Assert.Equal((50_000, 0, 50_000), (calls, second, thirdCalls));
        // E_q[w]^2 / E_q[w^2] = sqrt(2 r - 1) / r with r = 9 for the ratio of variances
        Assert.Equal(Math.Sqrt(17) / 9, replay.EffectiveFraction, 0.02);
    }

    [Fact]
    public void Samples_without_a_finite_energy_are_left_out_of_a_round_and_a_round_without_any_ends_the_training()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Gaussian(1);
        Tensor Half(Tensor x) => LogNormal(x).masked_fill(x.select(1, 0) < 0, double.NegativeInfinity);
        using var replay = new AnnealedReplay(Half, 1, new TemperatureRounds([1]), 10_000, 5000, 1);
        Tensor x = replay.Next(flow, 5000, new RandomSource(6)).X;
        Assert.True((x >= 0).all().item<bool>());
        Assert.InRange(replay.NonFinite, 4700, 5300); // six deviations
        using var nothing = new AnnealedReplay(t => LogNormal(t) * double.NaN, 1, new TrustRegion(1), 100, 100, 1);
        Assert.Throws<InvalidOperationException>(() => nothing.Next(flow, 10, new RandomSource(7)));
    }

    [Fact]
    public void Stages_with_chains_and_rounds_resume_to_the_bit()
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-stages-").FullName;
        try
        {
            byte[] Weights(NormalizingFlow flow) => [.. flow.Weights.SelectMany(w => w.Value.bytes.ToArray())];
            (NormalizingFlow Flow, FlowTrainer Trainer, IDisposable[] Owned) Make()
            {
                var target = new ManyWell(4);
                var flow = new NormalizingFlow(new StandardNormal(4),
                    new Chain(new Coupling(Domain.Real(4), [0, 2], AffineTransformer.For, Mlp.Of(8)), new Coupling(Domain.Real(4), [1, 3],
                    AffineTransformer.For, Mlp.Of(8))));
                flow.Initialize(new RandomSource(1));
                var chains = new TemperedChains(target, new(16, 3, 0.2, 2, 1, 5));
                var replay = new AnnealedReplay(target.LogDensity, 4, new TrustRegion(0.2), 256, 128, 4);
                var two = new WeightedSum(("forward", 1, new ForwardKl(chains, target.LogDensity)),
                    ("reverse", 0.5, new ReverseKl(target.LogDensity)));
                return (flow, new FlowTrainer(flow, [new("rounds", new ForwardKl(replay), new(10, 32)), new("chains", two, new(12, 32)),
                    new("more", new ForwardKl(chains), new(5, 16))], new RandomSource(8)), [chains, replay]);
            }
            void Free((NormalizingFlow Flow, FlowTrainer Trainer, IDisposable[] Owned) made)
            {
                made.Trainer.Dispose();
                made.Flow.Dispose();
                foreach (IDisposable o in made.Owned)
                    o.Dispose();
            }
            var whole = Make();
            whole.Trainer.Run();
            foreach (int stop in new[] { 6, 15, 24 })
            {
                string path = Path.Combine(folder, $"{stop}");
                var first = Make();
                first.Trainer.Run(until: stop);
                first.Trainer.Save(path);
                Free(first);
                var second = Make();
                second.Trainer.Resume(path);
                second.Trainer.Run();
                Assert.Equal(whole.Trainer.Progress, second.Trainer.Progress);
                Assert.Equal(Weights(whole.Flow), Weights(second.Flow));
                Free(second);
            }
            Free(whole);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
