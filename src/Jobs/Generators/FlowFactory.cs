using MolSampling.Flows;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Continuous;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Presets;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Transformers;
using MolSampling.Sampling;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>Makes the flow of a training's settings. Without samples it has the same shape, to be filled from a file of weights.</summary>
internal static class FlowFactory
{
    private const string Normal = "normal";

    /// <summary>A flow for a target, its weights drawn from the seed.</summary>
    /// <param name="config">Settings.</param>
    /// <param name="target">What it is to learn.</param>
    /// <param name="seed">Of first weights and random splits: a file of weights is read with the seed it was trained with.</param>
    /// <param name="samples">[S, D] for the statistics of internal coordinates, and for the components of a mixture to start at; null for
    /// none.</param>
    /// <exception cref="ArgumentException">A kind that there is not, or that does not fit the target.</exception>
    public static NormalizingFlow Create(FlowConfig config, Target target, ulong seed, torch.Tensor? samples)
    {
        RandomSource random = new RandomSource(seed).Split("weights");
        string kind = config.Kind ?? Usual(target);
        NormalizingFlow flow = (kind, target) switch
        {
            ("internal" or "particles" or "orientations", _) when config.Base != Normal =>
                throw new ArgumentException($"A flow of kind '{kind}' has its own base, not '{config.Base}'."),
            ("internal", InternalCoordinateTarget molecule) => BoltzmannGenerator.Build(molecule,
                new(config.Layers, config.Bins, config.Affine, config.Harmonics, config.Hidden[0], config.Blocks, config.MarginalBins,
                    config.TailBound, seed), samples),
            ("particles", { Measure: TargetMeasure.CentreAtRest }) =>
                ContinuousFlows.ForParticles(target.Dimension / Space(target), Space(target), config.Reach, random, hidden: config.Hidden),
            ("orientations", { Measure: TargetMeasure.Orientations }) => Orientations(config, target.Dimension, random),
            ("crystal", { Measure: TargetMeasure.Lebesgue }) => Crystal(config, target.Dimension, samples, random),
            ("coupling" or "autoregressive", { Measure: TargetMeasure.Lebesgue }) => Spline(config, target.Dimension, kind == "coupling"),
            ("internal" or "particles" or "coupling" or "autoregressive" or "orientations" or "crystal", _) =>
                throw new ArgumentException($"A flow of kind '{kind}' does not fit {target.Name}: usual is '{Usual(target)}'."),
            _ => throw new ArgumentException($"No kind of flow '{kind}': there are coupling, autoregressive, particles, internal, "
                + "orientations, crystal."),
        };
        if (kind is "coupling" or "autoregressive" or "orientations" or "crystal")
            flow.Initialize(random);
        if (flow.Base is GaussianMixture mixture && samples is not null)
        {
            using IDisposable constant = torch.no_grad();
            using torch.Tensor z = flow.Bijection.Inverse(samples).X;
            mixture.StartAt(z, random.Split("components"));
        }
        return flow;
    }

    private static string Usual(Target target) => target is InternalCoordinateTarget ? "internal" : target switch
    {
        { Measure: TargetMeasure.CentreAtRest } => "particles",
        { Measure: TargetMeasure.Orientations } => "orientations",
        PotentialTarget { Measure: TargetMeasure.Lebesgue } => "crystal",
        _ => "coupling",
    };

    /// <summary>Of one orientation: uniform base -> layers, each a projective map and splines of Euler's angles conditioned on each other,
    /// in a random frame of its own.</summary>
    private static NormalizingFlow Orientations(FlowConfig config, int dimension, RandomSource random)
    {
        if (dimension != Domain.OfQuaternions().Count)
            throw new ArgumentException($"A flow of kind 'orientations' is of one quaternion, not of {dimension} numbers.");
        RandomSource frames = random.Split("frames");
        TransformerChoice spline = SplineTransformer.ForAll(config.Bins, config.TailBound);
        Bijection Angles(int layer) => new OnEulerAngles(new Chain([.. Enumerable.Range(0, 3).Select(k =>
            new Coupling(OnEulerAngles.Angles, [k], spline, Mlp.Of([.. config.Hidden]), harmonics: config.Harmonics))]),
            UniformQuaternion(frames.Split(layer)));
        return new(new StandardBase(Domain.OfQuaternions()), new Chain([.. Enumerable.Range(0, config.Layers).SelectMany(k =>
            new[] { new ProjectiveMap(Domain.OfQuaternions()), Angles(k) })]));
    }

    private static double[] UniformQuaternion(RandomSource random)
    {
        var q = new double[UnitQuaternion.Size];
        UnitQuaternion.Draw(q, random);
        return q;
    }

    /// <summary>About one minimum: normal base -> couplings of random halves -> de-whitening with the samples' mean and covariance, so that
    /// the untrained flow is their Gaussian.</summary>
    private static NormalizingFlow Crystal(FlowConfig config, int dimension, torch.Tensor? samples, RandomSource random)
    {
        var domain = Domain.Real(dimension);
        RandomSource splits = random.Split("splits");
        IElementTransformer Transformer(Axis axis) => config.Affine ? new AffineTransformer()
            : SplineTransformer.WithTails(config.TailBound, config.Bins);
        IEnumerable<Bijection> layers = Enumerable.Range(0, config.Layers).Select(k =>
        {
            int[] half = [.. Permutation.RandomOrder(dimension, splits.Split(k / 2)).Take(dimension / 2)];
            return new Coupling(domain, k % 2 == 0 ? half : [.. Enumerable.Range(0, dimension).Except(half)], Transformer,
                ResidualMlp.Of(config.Hidden[0], config.Blocks));
        });
        Bijection[] marginals = config.MarginalBins > 0
            ? [new Elementwise(domain, _ => SplineTransformer.WithTails(config.TailBound, config.MarginalBins))] : [];
        return new(new StandardNormal(dimension), new Chain([.. layers, .. marginals,
            new Inverted(samples is null ? new Whitening(dimension) : Whitening.Of(samples))]));
    }

    private static int Space(Target target) => target.Dimension - target.DegreesOfFreedom;

    private static NormalizingFlow Spline(FlowConfig config, int dimension, bool coupling)
    {
        var domain = Domain.Real(dimension);
        IElementTransformer Transformer(Axis _) => SplineTransformer.WithTails(config.TailBound, config.Bins);
        Bijection Layer(int k) => coupling ? new Coupling(domain, Active(dimension, k), Transformer, Mlp.Of([.. config.Hidden]))
            : new Autoregressive(domain, Transformer, config.Hidden);
        IEnumerable<Bijection> Layers() => Enumerable.Range(0, config.Layers).SelectMany(k =>
            coupling || k == 0 ? [Layer(k)] : new Bijection[] { Permutation.Reverse(domain), Layer(k) });
        Bijection[] marginals = config.MarginalBins > 0
            ? [new Elementwise(domain, _ => SplineTransformer.WithTails(config.TailBound, config.MarginalBins))] : [];
        Distribution @base = config.Base switch
        {
            Normal => new StandardNormal(dimension),
            "mixture" or "column-mixtures" => new GaussianMixture(dimension, config.Components, byColumn: config.Base != "mixture"),
            _ => throw new ArgumentException($"No base '{config.Base}': there are {Normal}, mixture, column-mixtures."),
        };
        return new(@base, new Chain([.. Layers(), .. marginals, new ScaleShift(domain, [.. Enumerable.Repeat(config.Scale, dimension)],
            new double[dimension])]));
    }

    /// <summary>Every other column, then the others; then every other pair, every other four, and again: columns that were together are
    /// parted.</summary>
    private static int[] Active(int dimension, int layer)
    {
        int digits = 1;
        while (1 << digits < dimension)
            digits++;
        int digit = layer / 2 % digits;
        return [.. Enumerable.Range(0, dimension).Where(c => (c >> digit & 1) == layer % 2)];
    }
}
