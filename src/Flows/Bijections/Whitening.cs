using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// y = Lambda^(-1/2) V^T (x - mean), with V Lambda V^T the covariance of given samples: uncorrelated columns of unit variance. log |det| =
/// -1/2 sum log lambda. Fixed numbers in float64, stored with the weights.
/// </summary>
public sealed class Whitening : Bijection
{
    private readonly Parameter _mean, _axes, _deviations;

    /// <summary>The identity on R^D, to be read from a checkpoint.</summary>
    public Whitening(int dimension) : base(Domain.Real(dimension), Domain.Real(dimension))
    {
        _mean = Buffer("mean", zeros(dimension, dtype: ScalarType.Float64));
        _axes = Buffer("axes", eye(dimension, dtype: ScalarType.Float64));
        _deviations = Buffer("deviations", ones(dimension, dtype: ScalarType.Float64));
    }

    /// <summary>With the mean and the covariance of samples.</summary>
    /// <param name="samples">[S, D].</param>
    /// <exception cref="ArgumentException">Too few samples, numbers that are not finite, or a direction without variance (lambda below
    /// 1e-12 of the largest): remove it first.</exception>
    public static Whitening Of(Tensor samples)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        if (samples.dim() != 2 || samples.shape[0] <= samples.shape[1] || !isfinite(samples).all().item<bool>())
            throw new ArgumentException("Whitening takes [S, D] finite numbers, more samples than dimensions.");
        Tensor x = samples.to(ScalarType.Float64), mean = x.mean([0L]), centred = x - mean;
        (Tensor variances, Tensor axes) = linalg.eigh(centred.t().matmul(centred) / (x.shape[0] - 1));
        double least = variances[0].item<double>(), largest = variances[-1].item<double>();
        if (!(least > 1e-12 * largest))
            throw new ArgumentException($"A direction has no variance: {least:g3} against {largest:g3} in another.");
        var result = new Whitening((int)x.shape[1]);
        result._mean.Set(mean);
        result._axes.Set(axes);
        result._deviations.Set(variances.sqrt());
        return result;
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor z = x.to(ScalarType.Float64), logDet = _deviations.Value.log().sum().neg().expand(x.shape[0]).to(x.dtype);
        return inverse
            ? (((z * _deviations.Value).matmul(_axes.Value.t()) + _mean.Value).to(x.dtype), -logDet)
            : (((z - _mean.Value).matmul(_axes) / _deviations.Value).to(x.dtype), logDet);
    }
}
