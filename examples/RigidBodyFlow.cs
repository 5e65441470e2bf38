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
/// A flow over orientations from its parts: projective maps of quaternions and splines of Euler's angles in two frames learn how a rigid
/// methane is turned in a field, twelve copies of each mode, and importance weights give its free energy against the known one. Arguments:
/// steps of training, 500 if left out.
/// </summary>
internal static class RigidBodyFlow
{
    public static void Run(int steps)
    {
        TorchRuntime.EnsureLoaded();
        using DisposeScope scope = NewDisposeScope();
        Target target = TargetCatalogue.Create("methane-in-field");
        var random = new RandomSource(1);
        Domain sphere = Domain.OfQuaternions();

        // each of the three coordinates given the two others, in a frame where no axis of the last layer is an axis again
        Bijection Splines(params double[] frame) => new OnEulerAngles(new Chain([.. Enumerable.Range(0, 3).Select(column =>
            new Coupling(OnEulerAngles.Angles, [column], SplineTransformer.ForAll(8, 8), Mlp.Of(48, 48), harmonics: 3))]), frame);
        using var flow = new NormalizingFlow(new StandardBase(sphere), new Chain(new ProjectiveMap(sphere), Splines(0.6, 0, 0.8, 0),
            new ProjectiveMap(sphere), Splines(0.48, 0.64, -0.36, 0.48)));
        flow.Initialize(random.Split("weights"));

        using var samples = new FixedSamples(target.Sample(50_000, random.Split("data"))!.to(ScalarType.Float32));
        using var trainer = new FlowTrainer(flow, new ForwardKl(samples), new TrainingSettings(steps, Batch: 512, LearningRate: 2e-3),
            random.Split("training"));
        trainer.Run();

        FlowEvaluation judged = FlowEvaluation.Of(flow, target.LogDensity, 20_000, random.Split("judge"),
            target.Sample(5_000, random.Split("fresh"))!.to(ScalarType.Float32));
        Console.WriteLine(FormattableString.Invariant($"{target.Name}: log Z {judged.Reverse.LogMean}, by quadrature {target.LogZ:f5}"));
        Console.WriteLine(FormattableString.Invariant($"effective fraction {judged.Reverse.EffectiveFraction:p1}"));
    }
}
