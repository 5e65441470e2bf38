using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// Learned functions of t as polynomials in Bernstein's basis, s(t) = sum_k c_k (n over k) t^k (1 - t)^(n - k). Rising ones have
/// coefficients that rise from c_0 = 0 to c_n = 1, so they go from exactly 0 to exactly 1 and begin as s = t; bumps have c_0 = c_n = 0 and
/// lie between 0 and 1.
/// </summary>
public sealed class BernsteinSchedules : Parametrized
{
    private const int Degree = 8;
    private const double FirstBump = -2; // 0.12 of a bump

    private readonly ScheduleKey[] _keys;
    private readonly Parameter _rising, _bumps;
    private readonly int[] _order;

    /// <param name="keys">S.</param>
    public BernsteinSchedules(IReadOnlyList<ScheduleKey> keys)
    {
        _keys = [.. keys];
        int rising = _keys.Count(k => k.Kind == ScheduleKind.Rising);
        (_rising, _bumps) = (Weight("rising", rising, Degree), Weight("bumps", _keys.Length - rising, Degree - 1));
        int up = 0, down = rising;
        _order = [.. _keys.Select(k => k.Kind == ScheduleKind.Rising ? up++ : down++)];
    }

    /// <inheritdoc/>
    public override void Initialize(RandomSource random)
    {
        _rising.Fill(() => 0);
        _bumps.Fill(() => FirstBump);
    }

    /// <summary>[B] to [B, S], float64, differentiable in t and in what is learned.</summary>
    public Tensor Of(Tensor t)
    {
        Tensor time = t.to(ScalarType.Float64), other = 1 - time;
        var basis = new Tensor[Degree + 1];
        double binomial = 1;
        for (int k = 0; k <= Degree; k++)
        {
            basis[k] = binomial * time.pow(k) * other.pow(Degree - k);
            binomial = binomial * (Degree - k) / (k + 1);
        }
        Tensor b = stack(basis, 1);
        // c_n - 1 is the sum's rounding: the last coefficient is set to one
        Tensor steps = softmax(_rising.Value.to(ScalarType.Float64), 1).cumsum(1).narrow(1, 0, Degree - 1);
        Tensor up = b.narrow(1, 1, Degree - 1).matmul(steps.t()) + b.narrow(1, Degree, 1);
        Tensor bumps = b.narrow(1, 1, Degree - 1).matmul(_bumps.Value.to(ScalarType.Float64).sigmoid().t());
        Tensor all = cat([up, bumps], 1);
        return all.index_select(1, tensor(_order.Select(k => (long)k).ToArray(), device: all.device));
    }
}
