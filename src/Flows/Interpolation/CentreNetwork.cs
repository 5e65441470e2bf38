using MolSampling.Flows.Continuous;
using MolSampling.Flows.Networks;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// An energy of a particle at the origin with N identical others around it: the sum of a learned function of each distance and t, and a
/// perceptron of t and the surroundings' moments of rank 0, 1 and 2 (see <see cref="MomentNetwork"/>), in which angles between two of the
/// others stand. What is far from the particle is left to the base. Unchanged by permutations, rotations and reflections.
/// </summary>
public sealed class CentreNetwork : PathNetwork
{
    private const int Gaussians = 20;
    private const double Softening = 1e-4;

    private readonly int _points, _channels;
    private readonly double _edge, _reach;
    private readonly Dense _radial, _pair, _pairTime, _pairLast, _features, _time, _last;
    private readonly Parameter _offsets;

    /// <param name="points">N.</param>
    /// <param name="edge">Of the periodic box; 0 for open space.</param>
    /// <param name="reach">How far neighbours are seen.</param>
    /// <param name="settings">Sizes.</param>
    /// <exception cref="ArgumentException">It sees farther than half an edge.</exception>
    public CentreNetwork(int points, double edge, double reach, PathNetworkSettings settings)
    {
        if (edge > 0 && reach > edge / 2)
            throw new ArgumentException(FormattableString.Invariant(
                $"a box of edge {edge:g4} is too small for neighbours up to {reach:g4}: half an edge is the most"));
        (_points, _edge, _reach, _channels) = (points, edge, reach, settings.Channels);
        int width = settings.Width;
        _offsets = Constant("offsets", linspace(0, reach, Gaussians, ScalarType.Float32));
        (_pair, _pairTime, _pairLast) = (Part("pair", new Dense(Gaussians, width, 3)), Part("pair time", new Dense(TimeFeatures.Count,
            width)), Part("pair last", new Dense(width, 1, Mlp.LastGain)));
        (_radial, _features, _time, _last) = (Part("radial", new Dense(Gaussians, 3 * _channels)), Part("features",
            new Dense(3 * _channels, width)), Part("time", new Dense(TimeFeatures.Count, width)), Part("last", new Dense(width, 1,
            Mlp.LastGain)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tensor t)
    {
        long batch = x.shape[0];
        Tensor r = x.reshape(-1, 3);
        if (_edge > 0)
            r = r - (r.detach() / _edge).round() * _edge;
        Tensor square = r.square().sum(1), distance = (square + Softening).sqrt(), unit = r / distance.unsqueeze(1);
        Tensor gaussians = ((distance.unsqueeze(1) - _offsets.Value.to(x.dtype)) * ((Gaussians - 1) / _reach)).square().mul(-0.5).exp(),
            fading = (1 - square / (_reach * _reach)).clamp(min: 0).square().unsqueeze(1), time = TimeFeatures.Of(t);
        Tensor hidden = _pair.Forward(gaussians) + _pairTime.Forward(time).repeat_interleave(_points, 0);
        Tensor pairs = (_pairLast.Forward(hidden, activated: true) * fading).reshape(batch, _points).sum(1);
        Tensor weights = (_radial.Forward(gaussians) * fading).reshape(batch, _points, 3 * _channels).transpose(1, 2),
            v = unit.reshape(batch, _points, 3), turned = v.roll([-1L], [2L]),
            products = cat([v.square(), v * turned * Math.Sqrt(2)], 2);
        Tensor scalar = weights.narrow(1, 0, _channels).sum(2), vector = weights.narrow(1, _channels, _channels).matmul(v),
            second = weights.narrow(1, 2 * _channels, _channels).matmul(products);
        Tensor h = _features.Forward(cat([scalar, vector.square().sum(2), second.square().sum(2)], 1)) + _time.Forward(time);
        return pairs + _last.Forward(h, activated: true).squeeze(1);
    }
}
