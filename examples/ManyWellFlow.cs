using MolSampling.Flows;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Examples;

/// <summary>
/// A Boltzmann generator from its parts: a coupling spline flow learns sixteen double wells (2^16 modes) from exact samples and is judged
/// by importance weights, against the known log Z. Arguments: steps of training and samples, 500 and 100,000 if left out; docs/flows.md
/// says what more steps give.
/// </summary>
internal static class ManyWellFlow
{
    private const int Layers = 8;

    public static void Run(int steps, int samples)
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        Target target = TargetCatalogue.Create("manywell-32");
        var random = new RandomSource(1);
        int dimension = target.Dimension;
        var domain = Domain.Real(dimension);

        // every other column is active, and every other layer takes the others
        Coupling Layer(int k) => new(domain, [.. Enumerable.Range(0, dimension).Where(c => (k % 2 == 0 ? c : c / 2) % 2 == k / 2 % 2)],
            _ => SplineTransformer.WithTails(bound: 4, bins: 12, fused: true), Mlp.Of(128, 128));
        using var flow = new NormalizingFlow(new StandardNormal(dimension), new Chain([.. Enumerable.Range(0, Layers).Select(Layer)]));
        flow.Initialize(random.Split("weights"));

        using var data = new FixedSamples(target.Sample(samples, random.Split("data"))!.to(ScalarType.Float32));
        using var trainer = new FlowTrainer(flow, new ForwardKl(data), new TrainingSettings(steps, Batch: 512, LearningRate: 2e-3),
            random.Split("training"));
        trainer.Run(report: s =>
        {
            if (s.Step % 500 == 0)
                Console.Error.WriteLine(FormattableString.Invariant($"step {s.Step}: -ln q = {s.Loss:f4}"));
        });

        FlowEvaluation judged = FlowEvaluation.Of(flow, target.LogDensity, samples, random.Split("judge"),
            target.Sample(20_000, random.Split("fresh"))!.to(ScalarType.Float32));
        Console.WriteLine(FormattableString.Invariant($"{target.Name}: log Z {judged.Reverse.LogMean}, exact {target.LogZ:f5}"));
        Console.WriteLine(FormattableString.Invariant($"ELBO {judged.Bounds!.Lower}, EUBO {judged.Bounds.Upper}, gap {judged.Bounds.Gap}"));
        Console.WriteLine(FormattableString.Invariant($"effective fraction: reverse {judged.Reverse.EffectiveFraction:p1}, forward {judged.Forward!.EffectiveFraction.Value:p1}; Pareto k-hat {judged.Reverse.Tail.Shape:f2}; not finite {judged.NonFinite}"));
        double[] right = RightWells(flow, judged, random.Split("judge"), dimension, samples);
        Console.WriteLine(FormattableString.Invariant($"right wells, weighed: {right.Min():f4} to {right.Max():f4}, exact 0.8443"));
    }

    /// <summary>The weighted share of samples in the right well of every pair: the samples are those of the judgement, drawn again from the
    /// same random source.</summary>
    private static double[] RightWells(NormalizingFlow flow, FlowEvaluation judged, RandomSource random, int dimension,
        int samples)
    {
        using IDisposable constant = no_grad();
        var right = new double[dimension / 2];
        int row = 0;
        for (int part = 0; row < samples; part++)
        {
            using DisposeScope scope = NewDisposeScope();
            float[] x = [.. flow.Sample(Math.Min(4096, samples - row), random.Split(part)).X.data<float>()];
            for (int b = 0; b < x.Length / dimension; b++, row++)
                for (int k = 0; k < right.Length; k++)
                    right[k] += x[b * dimension + 2 * k] > 0 ? judged.Reverse.Shares[row] : 0;
        }
        return right;
    }
}
