using MolSampling.Flows.Bijections;
using MolSampling.Flows.Continuous;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Training;
using TorchSharp;
using static MolSampling.Tests.Flows.Continuous.VectorFieldTests;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Continuous;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class FlowMatchingTests(ITestOutputHelper output)
{
    static FlowMatchingTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void A_normal_is_carried_to_another()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mixing = tensor(new[,] { { 0.9, 0.6 }, { 0, 0.5 } }), shift = tensor(new[] { 1.0, -0.5 });
        Tensor Draws(int count, ulong seed) => (Normal(new RandomSource(seed), count, 2).matmul(mixing) + shift).to(ScalarType.Float32);
        Tensor LogDensity(Tensor x) => (x.to(ScalarType.Float64) - shift).matmul(linalg.inv(mixing)).square().sum(1) * -0.5; // Z = 2 pi det
        using var flow = new NormalizingFlow(new StandardNormal(2), new ContinuousFlow(new MlpField(2, 32), new RungeKutta4(12)));
        flow.Initialize(new RandomSource(1));
        using var objective = new FlowMatching(Draws(20_000, 2));
        using var trainer = new FlowTrainer(flow, objective, new TrainingSettings(600, 256, 1e-2), new RandomSource(3));
        trainer.Run();
        Assert.Equal(new TrainingProgress(600, 0), trainer.Progress);
        FlowEvaluation judged = FlowEvaluation.Of(flow, LogDensity, 8000, new RandomSource(4), Draws(4000, 5));
        double logZ = Math.Log(2 * Math.PI * 0.45);
        output.WriteLine($"reverse {judged.Reverse.EffectiveFraction:f4}, forward {judged.Forward!.EffectiveFraction.Value:f4}, log Z {judged.Reverse.LogMean}, exact {logZ:f4}");
        Assert.True(judged.Reverse.EffectiveFraction > 0.95 && judged.Forward.EffectiveFraction.Value > 0.9);
        Assert.True(Math.Abs(judged.Reverse.LogMean.Value - logZ) < 4.5 * judged.Reverse.LogMean.StandardError + 1e-4);
    }

    [Fact]
    public void Paired_points_are_relabelled_turned_and_nearer()
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomSource(6);
        Tensor Centred(Tensor x) => x - x.mean([1L], keepdim: true);
        Tensor x0 = Centred(Normal(random, 50, 6, 3)), x1 = Centred(Normal(random, 50, 6, 3));
        var pairing = new ParticlePairing(6, 3);
        Tensor moved = pairing.Nearest(x0.reshape(50, 18), x1.reshape(50, 18)).reshape(50, 6, 3);
        Assert.True(((moved - x0).square().sum([1L, 2L]) <= (x1 - x0).square().sum([1L, 2L]) + 1e-12).all().item<bool>());
        Tensor Distances(Tensor x) => cdist(x, x).reshape(50, 36).sort(1).Values;
        Assert.True((Distances(moved) - Distances(x1)).abs().max().item<double>() < 1e-6); // cdist of equal points
        // a copy with other labels, slightly turned, comes back whole
        double c = Math.Cos(0.05), s = Math.Sin(0.05);
        Tensor copy = x0.flip(1).matmul(tensor(new[,] { { c, s, 0 }, { -s, c, 0 }, { 0, 0, 1 } }));
        Assert.True((pairing.Nearest(x0.reshape(50, 18), copy.reshape(50, 18)).reshape(50, 6, 3) - x0).abs().max().item<double>() < 1e-10);
    }

    [Fact]
    public void Only_a_continuous_flow_has_a_velocity_to_match()
    {
        using DisposeScope scope = NewDisposeScope();
        using var flow = new NormalizingFlow(new StandardNormal(2), new LinearMixing(2));
        using var objective = new FlowMatching(zeros(4, 2));
        Assert.Throws<ArgumentException>(() => objective.Evaluate(flow, 8, new RandomSource(1)));
        Assert.Throws<ArgumentException>(() => new FlowMatching(zeros(4, 2), new ParticlePairing(2, 2)));
    }
}
