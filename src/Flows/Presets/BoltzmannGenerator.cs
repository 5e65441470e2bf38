using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Targets;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Presets;

/// <summary>
/// Puts together a flow for a molecule in internal coordinates: standard normal and uniform base -> couplings -> a spline for each column
/// -> de-whitening of real columns and a turn of each circle, to nm and rad. F. Noé, S. Olsson, J. Köhler, H. Wu, Science 365 (2019)
/// eaaw1147; spline couplings over circles after L. I. Midgley et al., ICLR 2023 (FAB).
/// </summary>
/// <remarks>
/// Couplings take in turn the circles given the rest, the rest given the circles, a random half given the other, and back. Statistics of
/// samples are buffers and weights of the flow: <c>Build(target, options)</c> has the same shape without them, for
/// <see cref="Training.TrainingCheckpoint.Read(string, Parametrized)"/>.
/// </remarks>
public static class BoltzmannGenerator
{
    /// <summary>Builds, draws first weights, and takes statistics from samples.</summary>
    /// <param name="target">In internal coordinates; its domain is the flow's.</param>
    /// <param name="options">The shape.</param>
    /// <param name="samples">
    /// [S, D] of the target, for mean and covariance of real columns, and seam and quantiles of circles: then the untrained flow is a
    /// Gaussian times independent circles. Null for none.
    /// </param>
    /// <exception cref="ArgumentException">Fewer samples than a covariance needs, or not finite.</exception>
    public static NormalizingFlow Build(InternalCoordinateTarget target, GeneratorOptions? options = null, Tensor? samples = null)
    {
        options ??= new();
        Domain domain = target.Domain;
        int[] real = Columns(domain, AxisKind.Real), circles = Columns(domain, AxisKind.Circle);
        Tensor? sample = samples?.detach().to(ScalarType.Float64);
        var random = new RandomSource(options.Seed);
        RandomSource splits = random.Split("splits");
        List<Bijection> links = [];
        for (int layer = 0; layer < options.Layers; layer++)
            links.Add(new Coupling(domain, Active(layer, domain.Count, circles, splits), options.Coupling,
                ResidualMlp.Of(options.Width, options.Blocks), harmonics: options.Harmonics));
        var marginals = new Elementwise(domain, options.Marginal);
        links.Add(marginals);
        links.Add(new OnColumns(domain, real, new Inverted(sample is null ? new Whitening(real.Length)
            : Whitening.Of(Take(sample, real)))));
        CircleMarginal[] fits = sample is null ? []
            : [.. circles.Select(c => CircleMarginal.Of(Take(sample, [c]).data<double>().ToArray(), options.MarginalBins))];
        if (circles.Length > 0)
            links.Add(new OnColumns(domain, circles, new CircleTurn(domain.Select(circles), fits.Length > 0 ? [.. fits.Select(f => f.Turn)]
                : null)));
        var flow = new NormalizingFlow(new StandardBase(domain), new Chain([.. links]));
        flow.Initialize(random.Split("weights"));
        if (fits.Length > 0)
            marginals.SetParameters(circles, [.. fits.Select(f => f.Parameters)]);
        return flow;
    }

    private static int[] Columns(Domain domain, AxisKind kind) => [.. Enumerable.Range(0, domain.Count).Where(c => domain[c].Kind == kind)];

    private static Tensor Take(Tensor samples, int[] columns) =>
        samples.index_select(1, tensor(columns.Select(c => (long)c).ToArray())).contiguous();

    /// <summary>Pairs of complements: circles and the rest, then a random half and the other.</summary>
    private static int[] Active(int layer, int dimension, int[] circles, RandomSource splits)
    {
        int[] half = [.. Permutation.RandomOrder(dimension, splits.Split(layer / 2)).Take(dimension / 2)];
        int[] first = layer % 4 < 2 && circles.Length > 0 ? circles : half;
        return layer % 2 == 0 ? first : [.. Enumerable.Range(0, dimension).Except(first)];
    }
}
