using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// y = P L U x + b with a fixed permutation P, a unit lower triangular L and an upper triangular U of positive diagonal exp(s): log |det| =
/// sum s. D. P. Kingma, P. Dhariwal, NeurIPS 2018, "Glow", equation 10. Starts as P alone.
/// </summary>
public sealed class LinearMixing : Bijection
{
    private readonly Parameter _lower, _upper, _logDiagonal, _shift, _order;

    /// <summary>R^D to R^D.</summary>
    public LinearMixing(int dimension) : base(Domain.Real(dimension), Domain.Real(dimension))
    {
        _lower = Weight("lower", dimension, dimension);
        _upper = Weight("upper", dimension, dimension);
        _logDiagonal = Weight("logDiagonal", dimension);
        _shift = Weight("shift", dimension);
        _order = Buffer("order", arange(dimension, dtype: ScalarType.Int64));
    }

    /// <summary>Draws the permutation; triangles near the identity.</summary>
    public override void Initialize(RandomSource random)
    {
        int[] order = Permutation.RandomOrder(Dimension, random);
        int k = 0;
        _order.Fill(() => order[k++]);
        double scale = 0.01 / Math.Sqrt(Dimension);
        _lower.Fill(() => scale * random.NextNormal());
        _upper.Fill(() => scale * random.NextNormal());
        _logDiagonal.Fill(() => 0);
        _shift.Fill(() => 0);
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor lower = _lower.Value.tril(-1) + eye(Dimension, dtype: x.dtype, device: x.device), upper = _upper.Value.triu(1)
            + _logDiagonal.Value.exp().diag();
        Tensor logDet = _logDiagonal.Value.sum().expand(x.shape[0]);
        if (!inverse)
            return (x.matmul(upper.t()).matmul(lower.t()).index_select(1, _order) + _shift, logDet);
        Tensor y = (x - _shift).index_select(1, _order.Value.argsort()).t();
        y = linalg.solve_triangular(lower, y, upper: false, left: true, unitriangular: true);
        return (linalg.solve_triangular(upper, y, upper: true).t(), -logDet);
    }
}
