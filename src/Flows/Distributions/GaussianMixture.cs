using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>
/// Gaussians with trained weights, means and deviations on R^D: p(x) = sum_k w_k prod_d N(x_d; m_kd, s_kd^2); or by column, p(x) = prod_d
/// sum_k w_kd N(x_d; m_kd, s_kd^2), which has K^D modes. Weights are a softmax over components, deviations an exponential. A base with
/// modes of its own: a flow from one Gaussian is continuous and leaves mass between the modes of its target.
/// </summary>
/// <remarks>Samples are differentiable in means and deviations; weights learn from densities alone (likelihood), not from reverse
/// divergences.</remarks>
public sealed class GaussianMixture : Distribution
{
    private const double WideShare = 1e-3;

    private readonly bool _byColumn;
    private readonly Parameter _logits, _means, _logDeviations; // [K] or by column [K, D]; [K, D]; [K, D]

    /// <param name="dimension">D.</param>
    /// <param name="components">K, at least 2.</param>
    /// <param name="byColumn">A mixture for every column, independent of the others.</param>
    public GaussianMixture(int dimension, int components, bool byColumn = false) : base(Domain.Real(dimension))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 2);
        _byColumn = byColumn;
        _logits = byColumn ? Weight("logits", components, dimension) : Weight("logits", components);
        (_means, _logDeviations) = (Weight("means", components, dimension), Weight("logDeviations", components, dimension));
    }

    /// <summary>K, the number of Gaussians.</summary>
    public int Components => (int)_logits.Value.shape[0];

    /// <summary>Equal weights, deviations of 1, means drawn from the standard normal.</summary>
    public override void Initialize(RandomSource random) => _means.Fill(random.NextNormal);

    /// <summary>
    /// Puts components among samples: centres apart from each other, each drawn with probability proportional to its squared distance from
    /// the nearest before it (D. Arthur, S. Vassilvitskii, SODA 2007, "k-means++"), then for each of them share, means and deviations of
    /// the samples that are nearest to it. The last component has mean and deviation of all samples and a small share: what lies between
    /// the others has a density at once, and weights p/q a bound (T. Hesterberg, Technometrics 37 (1995) 185, "defensive mixture"). By
    /// column, each column by itself.
    /// </summary>
    /// <param name="samples">[S, D].</param>
    /// <param name="random">Of the choice.</param>
    /// <exception cref="ArgumentException">Another width, numbers that are not finite, or fewer different samples than
    /// components.</exception>
    public void StartAt(Tensor samples, RandomSource random)
    {
        if (samples.dim() != 2 || samples.shape[0] == 0 || samples.shape[1] != Dimension)
            throw new ArgumentException($"Samples are [S, {Dimension}], not [{string.Join(", ", samples.shape)}].");
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor x = samples.to(ScalarType.Float64, CPU);
        (Tensor Logits, Tensor Means, Tensor LogDeviations)[] parts =
            [.. (_byColumn ? x.split(1, 1) : [x]).Select(part => Spread(part.contiguous(), random))];
        _logits.Set(_byColumn ? stack([.. parts.Select(p => p.Logits)], 1) : parts[0].Logits);
        _means.Set(cat([.. parts.Select(p => p.Means)], 1));
        _logDeviations.Set(cat([.. parts.Select(p => p.LogDeviations)], 1));
    }

    /// <inheritdoc/>
    public override Tensor Sample(int count, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] noise = new double[checked(count * Dimension)];
        long[] component = new long[noise.Length]; // of every number: a row's all the same, unless by column
        double[][] weights = [.. _logits.Value.detach().to(ScalarType.Float64).reshape(Components, -1).softmax(0).transpose(0,
            1).contiguous().data<double>().ToArray().Chunk(Components)];
        for (int i = 0; i < noise.Length; i++)
        {
            int column = i % Dimension;
            component[i] = _byColumn || column == 0 ? Choose(weights[_byColumn ? column : 0], random) : component[i - 1];
            noise[i] = random.NextNormal();
        }
        Tensor chosen = tensor(component, [count, Dimension], device: Device), normal = tensor(noise, [count, Dimension]).to(Type, Device);
        return (_means.Value.gather(0, chosen) + _logDeviations.Value.exp().gather(0, chosen) * normal).MoveToOuterDisposeScope();
    }

    protected internal override Tensor LogDensityInside(Tensor x)
    {
        Tensor z = (x.unsqueeze(1) - _means) * (-_logDeviations.Value).exp(),
            logNormal = -0.5 * z.square() - _logDeviations - StandardNormal.HalfLogTwoPi, logWeights = _logits.Value.log_softmax(0);
        return _byColumn ? (logWeights + logNormal).logsumexp(1).sum(1) : (logWeights + logNormal.sum(2)).logsumexp(1);
    }

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        using IDisposable constant = no_grad();
        using Tensor one = Sample(1, random), exact = one.to(ScalarType.Float64, CPU);
        exact.data<double>().ToArray().CopyTo(row);
    }

    /// <summary>Logarithms of shares [K], means [K, d] and logarithms of deviations [K, d] for samples [S, d].</summary>
    private (Tensor Logits, Tensor Means, Tensor LogDeviations) Spread(Tensor x, RandomSource random)
    {
        Tensor nearest = full(x.shape[0], double.PositiveInfinity, dtype: x.dtype), cell = zeros(x.shape[0], dtype: ScalarType.Int64);
        int centres = Components - 1;
        for (int k = 0; k < centres; k++)
        {
            double all = nearest.sum().item<double>();
            if (double.IsNaN(all) || all == 0)
                throw new ArgumentException($"{centres} centres are as many different samples, finite ones.");
            long next = k == 0 ? random.NextInt((int)x.shape[0]) : searchsorted(nearest.cumsum(0),
                tensor(random.NextDouble() * all)).clamp(max: x.shape[0] - 1).item<long>();
            Tensor square = (x - x[next]).square().sum(1);
            cell = cell.masked_fill(square < nearest, k);
            nearest = minimum(nearest, square);
        }
        Tensor Sums(Tensor rows) => zeros(centres, rows.shape[1], dtype: rows.dtype).index_add(0, cell, rows, 1);
        Tensor counts = Sums(ones(x.shape[0], 1, dtype: x.dtype)), means = Sums(x) / counts;
        // a sample of usual distance is added to each: a cell of one sample has a deviation too
        Tensor variances = (Sums((x - means.index_select(0, cell)).square()) + nearest.mean() / x.shape[1]) / (counts + 1);
        Tensor mean = x.mean([0L], keepdim: true), variance = (x - mean).square().mean([0L], keepdim: true),
            wide = full(1, WideShare * x.shape[0], dtype: x.dtype);
        return (cat([counts.squeeze(1), wide]).log(), cat([means, mean]), 0.5 * cat([variances, variance]).log());
    }

    private static int Choose(double[] weights, RandomSource random)
    {
        double u = random.NextDouble();
        int k = 0;
        while (k < weights.Length - 1 && (u -= weights[k]) > 0)
            k++;
        return k;
    }
}
