using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TrainingTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-train-").FullName;

    static TrainingTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>ln of exp(-x^T A x / 2) with A = [[2, 1], [1, 1]]: ln Z = ln 2 pi.</summary>
    private static Tensor Correlated(Tensor x)
    {
        Tensor a = x.select(1, 0), b = x.select(1, 1);
        return -(a * a + a * b + 0.5 * b * b);
    }

    /// <summary>Two unit Gaussians at x = -d and x = +d with weights 1 and 3, not normalised: ln Z = ln(4 * 2 pi).</summary>
    private static LogDensityFunction TwoModes(double d) => x =>
    {
        Tensor a = x.select(1, 0), b = x.select(1, 1);
        return logaddexp(-0.5 * (a + d).square(), Math.Log(3) - 0.5 * (a - d).square()) - 0.5 * b.square();
    };

    private static Tensor TwoModeSamples(double d, int count, RandomSource random) =>
        tensor(Enumerable.Range(0, count).SelectMany(_ => new[] { (float)((random.NextDouble() < 0.25 ? -d : d) + random.NextNormal()),
            (float)random.NextNormal() }).ToArray(), [count, 2]);

    private static NormalizingFlow Flow(TransformerChoice transformer, int layers = 4, ulong seed = 1)
    {
        var domain = Domain.Real(2);
        var flow = new NormalizingFlow(new StandardNormal(2),
            new Chain([.. Enumerable.Range(0, layers).Select(k => new Coupling(domain, [k % 2], transformer, Mlp.Of(32, 32)))]));
        flow.Initialize(new RandomSource(seed));
        return flow;
    }

    [Fact]
    public void The_path_gradient_is_zero_at_the_target()
    {
        // q = p: every sample's gradient vanishes, not only their mean; the plain gradient of the same loss does not
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(AffineTransformer.For);
        foreach (Parameter weight in flow.Weights)
            weight.Fill(() => 0); // the identity
        Tensor Normal(Tensor x) => -0.5 * x.square().sum(1);
        double Norm(Tensor loss) => Math.Sqrt(autograd.grad([loss], [.. flow.Weights.Select(w => w.Value)], allow_unused: true).Where(g =>
            g is not null && !g.IsInvalid).Sum(g => g.square().sum().ToDouble()));
        double path = Norm(new ReverseKl(Normal).Evaluate(flow, 64, new RandomSource(3)).Loss);
        FlowSamples drawn = flow.Sample(64, new RandomSource(3));
        double plain = Norm((drawn.LogDensity - Normal(drawn.X)).mean());
        output.WriteLine($"path {path:e2}, plain {plain:e2}");
        Assert.True(path < 1e-6);
        Assert.True(plain > 1e-2);
    }

    [Fact]
    public void Reverse_KL_finds_a_correlated_Gaussian_and_its_norm()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(AffineTransformer.For);
        using var trainer = new FlowTrainer(flow, new ReverseKl(Correlated), new(400, 256, 5e-3), new RandomSource(4));
        trainer.Run();
        Assert.Equal(new TrainingProgress(400, 400 * 256), trainer.Progress);
        FlowEvaluation judged = FlowEvaluation.Of(flow, Correlated, 20_000, new RandomSource(5));
        output.WriteLine($"log Z {judged.Reverse.LogMean}, effective fraction {judged.Reverse.EffectiveFraction:f4}");
        Assert.True(judged.Reverse.EffectiveFraction > 0.98);
        Assert.True(Math.Abs(judged.Reverse.LogMean.Value - Math.Log(2 * Math.PI)) < 5 * judged.Reverse.LogMean.StandardError + 1e-4);
        Assert.Equal(0, judged.NonFinite);
    }

    [Fact]
    public void Forward_KL_covers_both_modes_and_bounds_close_on_log_Z()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(SplineTransformer.ForAll(bins: 12, tailBound: 7), 6);
        using var samples = new FixedSamples(TwoModeSamples(3, 20_000, new RandomSource(6)));
        using var trainer = new FlowTrainer(flow, new ForwardKl(samples), new(400, 256, 5e-3), new RandomSource(7));
        trainer.Run();
        Tensor fresh = TwoModeSamples(3, 5000, new RandomSource(8));
        FlowEvaluation judged = FlowEvaluation.Of(flow, TwoModes(3), 20_000, new RandomSource(9), fresh);
        double exact = Math.Log(8 * Math.PI);
        output.WriteLine($"reverse {judged.Reverse.EffectiveFraction:f3}, forward {judged.Forward!.EffectiveFraction.Value:f3}, ELBO {judged.Bounds!.Lower}, log Z {judged.Reverse.LogMean} ({exact:f4}), EUBO {judged.Bounds.Upper}");
        Assert.True(judged.Reverse.EffectiveFraction > 0.8 && judged.Forward.EffectiveFraction.Value > 0.8);
        Assert.True(Math.Abs(judged.Reverse.LogMean.Value - exact) < 5 * judged.Reverse.LogMean.StandardError);
        Assert.True(judged.Bounds.Lower.Value < exact && exact < judged.Bounds.Upper.Value + 5 * judged.Bounds.Upper.StandardError);
    }

    [Fact]
    public void A_flow_that_misses_a_mode_looks_good_by_its_own_samples_and_is_found_out_by_the_target_s()
    {
        // the right mode alone, exactly: the flow's own weights are all alike
        using DisposeScope scope = NewDisposeScope();
        using var flow = new NormalizingFlow(new StandardNormal(2), new ScaleShift(Domain.Real(2), [1, 1], [6, 0]));
        FlowEvaluation judged = FlowEvaluation.Of(flow, TwoModes(6), 20_000, new RandomSource(13),
            TwoModeSamples(6, 5000, new RandomSource(14)));
        output.WriteLine($"reverse {judged.Reverse.EffectiveFraction:f3}, forward {judged.Forward!.EffectiveFraction.Value:e2}, gap {judged.Bounds!.Gap}");
        Assert.True(judged.Reverse.EffectiveFraction > 0.95);
        Assert.True(judged.Forward.EffectiveFraction.Value < 0.01);
        Assert.True(judged.Bounds.Gap.Value > 1);
        Assert.Equal(Math.Log(6 * Math.PI), judged.Reverse.LogMean.Value, 0.02); // a quarter of Z is missing, with a small error bar
    }

    [Fact]
    [Trait("cpu", "lanes")]
    public void Training_with_the_fused_spline_follows_the_reference_and_leaves_no_tensor_behind()
    {
        double Trained(bool fused, out long left)
        {
            using DisposeScope outer = NewDisposeScope();
            using NormalizingFlow flow = Flow(_ => SplineTransformer.WithTails(7, 8, fused));
            using var samples = new FixedSamples(TwoModeSamples(3, 2000, new RandomSource(15)));
            using var trainer = new FlowTrainer(flow, new ForwardKl(samples), new(60, 128, 5e-3), new RandomSource(16));
            double loss = 0;
            trainer.Run(until: 20);
            GC.Collect(); // what other tests have left
            GC.WaitForPendingFinalizers();
            long before = Tensor.TotalCount;
            trainer.Run(report: s => loss = s.Loss);
            left = Tensor.TotalCount - before;
            return loss;
        }
        double reference = Trained(false, out _), fusedLoss = Trained(true, out long left);
        output.WriteLine($"{reference:r} {fusedLoss:r}, left {left}");
        Assert.Equal(reference, fusedLoss, 2e-3); // float32, sixty steps apart
        Assert.InRange(left, 0, 2); // a thread's last gradients are kept until its next backward pass
    }

    [Fact]
    public void A_resumed_training_is_the_uninterrupted_one_to_the_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        string straight = Path.Combine(_folder, "straight.safetensors"), half = Path.Combine(_folder, "half.safetensors"),
            resumed = Path.Combine(_folder, "resumed.safetensors");
        var settings = new TrainingSettings(20, 64, 1e-2);
        using (NormalizingFlow flow = Flow(AffineTransformer.For))
        using (var trainer = new FlowTrainer(flow, new ReverseKl(Correlated), settings, new RandomSource(20)))
        {
            trainer.Run(until: 10);
            trainer.Save(half);
            trainer.Run();
            trainer.Save(straight);
        }
        using (NormalizingFlow flow = Flow(AffineTransformer.For, seed: 99))
        using (var trainer = new FlowTrainer(flow, new ReverseKl(Correlated), settings, new RandomSource(20)))
        {
            trainer.Resume(half);
            trainer.Run();
            trainer.Save(resumed);
        }
        Assert.Equal(File.ReadAllBytes(straight), File.ReadAllBytes(resumed));
        using NormalizingFlow other = Flow(AffineTransformer.For);
        using var stranger = new FlowTrainer(other, new ReverseKl(Correlated), settings, new RandomSource(21));
        Assert.Throws<InvalidDataException>(() => stranger.Resume(half));
    }

    [Fact]
    public void Samples_without_an_energy_are_counted_and_pass_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(AffineTransformer.For);
        // a wall: half of the plane has no density; and a target that fails on a third part of it
        Tensor Walled(Tensor x) => where(x.select(1, 0) < 0, full_like(x.select(1, 0), double.NegativeInfinity), Correlated(x));
        ObjectiveValue value = new ReverseKl(Walled).Evaluate(flow, 1000, new RandomSource(30));
        Assert.InRange(value.LeftOut, 400, 600);
        Assert.True(double.IsFinite(value.Loss.item<double>()));
        FlowEvaluation judged = FlowEvaluation.Of(flow, Walled, 4000, new RandomSource(31));
        Assert.Equal(0, judged.NonFinite);
        Assert.InRange(judged.Reverse.Outside, 1800, 2200);
        FlowEvaluation failing = FlowEvaluation.Of(flow, x =>
            where(x.select(1, 0) < 0, full_like(x.select(1, 0), double.NaN), Correlated(x)),
            4000, new RandomSource(31));
        Assert.Equal(judged.Reverse.Outside, failing.NonFinite);
        Assert.Throws<InvalidOperationException>(() => FlowEvaluation.Of(flow, x => full_like(x.select(1, 0), double.NaN), 10,
            new RandomSource(1)));
    }

    [Fact]
    public void A_batch_without_a_finite_sample_moves_no_weight_and_frozen_weights_stay_so_through_a_nested_freezing()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(AffineTransformer.For);
        using var adam = new Adam(flow);
        byte[] Weights() => [.. flow.Weights.SelectMany(w => w.Value.bytes.ToArray())];
        adam.Step(new ReverseKl(Correlated).Evaluate(flow, 64, new RandomSource(40)).Loss); // moments that would move them
        byte[] before = Weights();
        ObjectiveValue nothing = new ReverseKl(x => Correlated(x) * double.NaN).Evaluate(flow, 64, new RandomSource(41));
        Assert.Equal(64, nothing.LeftOut);
        Assert.False(double.IsFinite(adam.Step(nothing.Loss)));
        Assert.Equal(1, adam.Refused);
        Assert.Equal(before, Weights());
        using (flow.WithoutWeights())
        {
            flow.WithoutWeights().Dispose();
            Assert.All(flow.Weights, w => Assert.False(w.Value.requires_grad));
        }
        Assert.All(flow.Weights, w => Assert.True(w.Value.requires_grad));
    }
}
