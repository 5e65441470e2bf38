using System.Diagnostics;
using System.Globalization;
using MolSampling.Flows;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Continuous;
using MolSampling.Flows.Presets;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Examples;

/// <summary>
/// Four points in the plane or thirteen in space: chains sample the target, an equivariant continuous flow learns from half of the walkers
/// by flow matching, and is judged against the other half. Arguments: dw4 or lj13, steps of training.
/// </summary>
internal static class ParticleFlow
{
    private const int Walkers = 500, Judged = 4000;

    public static void Run(string name, int steps)
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        var target = (PairTarget)TargetCatalogue.Create(name);
        var random = new RandomSource(1);
        var clock = Stopwatch.StartNew();
        void Say(FormattableString text) =>
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{clock.Elapsed.TotalSeconds:f0} s] ")
            + FormattableString.Invariant(text));

        (Tensor training, Tensor fresh) = (Chains(target, random.Split("training chains"), Say),
            Chains(target, random.Split("fresh chains"), Say));
        using NormalizingFlow flow = ContinuousFlows.ForParticles(target.Points, target.SpaceDimension, name == "dw4" ? 10 : 5, random.Split("weights"));
        using var objective = new FlowMatching(training, new ParticlePairing(target.Points, target.SpaceDimension));
        using var trainer = new FlowTrainer(flow, objective, new TrainingSettings(steps, Batch: 256, LearningRate: 5e-3), random.Split("training"));
        double sum = 0;
        trainer.Run(report: s =>
        {
            sum += s.Loss;
            if (s.Step % 500 == 0)
                Say($"step {s.Step}: loss {sum / 500:f4}");
            sum = s.Step % 500 == 0 ? 0 : sum;
        });
        Judge(flow, target, random.Split("judge"), fresh, Say);
    }

    private static Tensor Chains(PairTarget target, RandomSource random, Action<FormattableString> say)
    {
        // jittered copies of one arrangement; burn-in melts it
        double[] start = [.. Enumerable.Range(0, Walkers).SelectMany(_ =>
            target.ReferencePoint.Select(x => x + 0.02 * random.NextNormal()))];
        using Tensor walkers = tensor(start, [Walkers, target.Dimension]);
        using var chains = new TargetChains(target, walkers, random);
        chains.BurnIn(500);
        Tensor samples = chains.Draw(40, 10);
        say($"{target.Name}: {samples.shape[0]} draws, acceptance {chains.Acceptance:f3}, step {chains.StepSize:f4}, refused {chains.NonFinite}, energies {target.EnergyCalls}");
        return samples;
    }

    private static void Judge(NormalizingFlow flow, PairTarget target, RandomSource random, Tensor fresh, Action<FormattableString> say)
    {
        ((ContinuousFlow)flow.Bijection).Solver = new DormandPrince(1e-5);
        FlowEvaluation judged = FlowEvaluation.Of(flow, target.LogDensity, Judged, random, fresh.narrow(0, fresh.shape[0] - Judged,
            Judged).to(ScalarType.Float32));
        say($"log Z {judged.Reverse.LogMean}, ELBO {judged.Bounds!.Lower}, EUBO {judged.Bounds.Upper}");
        say($"effective fraction: reverse {judged.Reverse.EffectiveFraction:p1}, forward {judged.Forward!.EffectiveFraction.Value:p1}; k-hat {judged.Reverse.Tail.Shape:f2}; not finite {judged.NonFinite}");
        double[] own = Energies(flow, target, random), exact = [.. target.LogDensity(fresh).data<double>()];
        var reference = new Draws(exact);
        say($"energy Wasserstein-2: weighted {LineWasserstein.Distance(new Draws(own, weights: [.. judged.Reverse.Shares]), reference):f3}, unweighted {LineWasserstein.Distance(new Draws(own), reference):f3}, noise {LineWasserstein.Distance(new Draws(exact[..Judged]), new Draws(exact[^Judged..])):f3}");
    }

    /// <summary>-ln p of the judgement's samples: drawn again from the same random source, in the same batches.</summary>
    private static double[] Energies(NormalizingFlow flow, PairTarget target, RandomSource random)
    {
        using IDisposable constant = no_grad();
        List<double> energies = [];
        for (int part = 0; energies.Count < Judged; part++)
        {
            using DisposeScope scope = NewDisposeScope();
            energies.AddRange(target.LogDensity(flow.Sample(Math.Min(4096, Judged - energies.Count), random.Split(part)).X).data<double>());
        }
        return [.. energies];
    }
}
