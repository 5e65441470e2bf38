using MolSampling.Flows.Networks;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>
/// N points in d dimensions push each other along the lines between them: v_i = N^-1/2 sum_j (x_i - x_j) f(r_ij, e_i + e_j, t), where e_i =
/// silu(A sum_j phi(r_ij) + B psi(t) + b) describes the surroundings of i. Without e it is the kernel dynamics of J. Koehler, L. Klein, F.
/// Noe, ICML 2020, "Equivariant flows"; with it forces depend on many bodies, as in the embedded-atom model. Equivariant under rotations,
/// reflections, translations and permutations; conserves the centre. f is a perceptron of Gaussians phi of the distance, e and features psi
/// of the time. The divergence is exact at the price of about one more evaluation: N^-1/2 sum over pairs of 2 d f + (x_i - x_j) . (grad_i -
/// grad_j) f, and the second term is a directional derivative, carried forwards through the perceptron with the value.
/// </summary>
public sealed class PairField : VectorField
{
    private readonly int _space;
    private readonly double _softening, _width;
    private readonly Parameter _difference, _sum, _centres;
    private readonly Dense _radial, _time, _last;
    private readonly Dense[] _hidden;
    private readonly Dense? _density, _densityTime, _embedding;

    /// <summary>A field of identical points.</summary>
    /// <param name="points">N, at least 2.</param>
    /// <param name="space">d.</param>
    /// <param name="reach">Distance up to which f is resolved; beyond, it is constant.</param>
    /// <param name="radial">Gaussians between 0 and reach.</param>
    /// <param name="embedding">Width of e; 0 for kernel dynamics, pair by pair.</param>
    /// <param name="hidden">Widths of hidden layers of f, at least one.</param>
    public PairField(int points, int space, double reach, int radial = 24, int embedding = 24, params IReadOnlyList<int> hidden)
        : base(points * space)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(reach);
        ArgumentOutOfRangeException.ThrowIfLessThan(radial, 2);
        ArgumentOutOfRangeException.ThrowIfZero(hidden.Count);
        (Points, _space) = (points, space);
        (_softening, _width) = (0.02 * reach, reach / (radial - 1));
        _centres = Constant("centres", linspace(0, reach, radial, ScalarType.Float64));
        double[,] difference = new double[points * (points - 1) / 2, points];
        for (int i = 0, pair = 0; i < points; i++)
            for (int j = i + 1; j < points; j++, pair++)
                (difference[pair, i], difference[pair, j]) = (1, -1);
        _difference = Constant("difference", tensor(difference));
        _sum = Constant("sum", _difference.Value.abs());
        if (embedding > 0)
        {
            _density = Part("density", new Dense(radial, embedding));
            _densityTime = Part("density time", new Dense(TimeFeatures.Count, embedding));
            _embedding = Part("embedding", new Dense(embedding, hidden[0]));
        }
        _radial = Part("radial", new Dense(radial, hidden[0], 3)); // few of the Gaussians differ from zero
        _time = Part("time", new Dense(TimeFeatures.Count, hidden[0]));
        _hidden = [.. Enumerable.Range(0, hidden.Count - 1).Select(k => Part($"{k}", new Dense(hidden[k], hidden[k + 1])))];
        _last = Part("last", new Dense(hidden[^1], 1, Mlp.LastGain));
    }

    /// <summary>N, the number of points.</summary>
    public int Points { get; }

    /// <inheritdoc/>
    public override Tensor Velocity(Tensor x, Tensor t) => Evaluate(x, t, false).Velocity;

    /// <inheritdoc/>
    public override (Tensor Velocity, Tensor Divergence) WithDivergence(Tensor x, Tensor t) => Evaluate(x, t, true) is var (v, divergence)
        ? (v, divergence!) : default;

    // [B, N, .] of points, [B, P, .] of pairs
    private (Tensor Velocity, Tensor? Divergence) Evaluate(Tensor x, Tensor t, bool withDivergence)
    {
        Tensor difference = _difference.Value.to(x.dtype), sum = _sum.Value.to(x.dtype), back = difference.t(),
            time = TimeFeatures.Of(t).unsqueeze(1);
        Tensor d = difference.matmul(x.reshape(-1, Points, _space)), square = d.square().sum(2, keepdim: true);
        // softened: f is smooth where two points meet
        Tensor r = (square + _softening * _softening).sqrt(), offset = (r - _centres.Value.to(x.dtype)) / _width;
        Tensor phi = (offset.square() * -0.5).exp(), h = _radial.Forward(phi) + _time.Forward(time);
        // along x_i - x_j for i and its opposite for j, the softened distance grows at 2 r^2 / r_softened
        Tensor? stretch = withDivergence ? phi * offset * (square / r * (-2 / _width)) : null, tangent = stretch is null ? null
            : _radial.Tangent(stretch);
        if (_density is not null)
        {
            Tensor a = _density.Forward(sum.t().matmul(phi)) + _densityTime!.Forward(time);
            h = h + sum.matmul(_embedding!.Forward(a.silu()));
            if (stretch is not null)
            {
                // grad_i of the density of i, [B, N, K, d], then of a
                Tensor gradient = back.matmul((phi * offset * (-1 / _width) / r).unsqueeze(3).mul(d.unsqueeze(2)).flatten(2)).reshape(-1,
                    Points, _centres.Value.shape[0], _space);
                // [B, N, d M]
                Tensor slope = SiluSlope(a), turned = (_density.Tangent(gradient.transpose(2, 3)) * slope.unsqueeze(2)).flatten(2);
                Tensor own = difference.matmul(turned).reshape(x.shape[0], -1, _space, slope.shape[2]).mul(d.unsqueeze(3)).sum(2);
                Tensor other = _density.Tangent(stretch * 0.5) * sum.matmul(slope); // the neighbour's motion changes the density as well
                tangent = tangent! + _embedding.Tangent(own + other);
            }
        }
        foreach (Dense layer in _hidden)
            (h, tangent) = (layer.Forward(h.silu()), tangent is null ? null : layer.Tangent(tangent * SiluSlope(h)));
        Tensor f = _last.Forward(h.silu());
        double scale = 1 / Math.Sqrt(Points);
        Tensor v = back.matmul(d * (f * scale)).reshape(-1, Dimension);
        return (v, tangent is null ? null : (2 * _space * f + _last.Tangent(tangent * SiluSlope(h))).sum([1L, 2L]) * scale);
    }

    private static Tensor SiluSlope(Tensor x)
    {
        Tensor s = x.sigmoid();
        return s * (1 + x * (1 - s));
    }
}
