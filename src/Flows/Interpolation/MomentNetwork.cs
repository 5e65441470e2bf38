using MolSampling.Flows.Continuous;
using MolSampling.Flows.Networks;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// An energy of N identical points that see their neighbours: for every point sums over neighbours j of learned radial functions times 1,
/// r_ij/r and the products of its components (moments of rank 0, 1 and 2), whose scalar products depend on distances and on angles between
/// two neighbours (A. V. Shapeev, Multiscale Model. Simul. 14 (2016) 1153; K. T. Schuett, O. T. Unke, M. Gastegger, ICML 2021, pass such
/// vectors on); with the distance from the origin and the angle with it, where something stands. A perceptron of these and of t gives each
/// point's share. Unchanged by permutations, rotations and reflections about the origin, and, where nothing is there, translations.
/// </summary>
public sealed class MomentNetwork : PathNetwork
{
    private const int Gaussians = 16;
    private const double Softening = 1e-4; // of squared distances: smooth where points meet

    private readonly int _points, _channels;
    private readonly double _edge, _reach;
    private readonly bool _sharp, _centred;
    private readonly Dense _radial, _features, _time, _hidden, _last;
    private readonly Dense? _centre;
    private readonly Parameter _offsets, _first, _second;

    /// <param name="points">N.</param>
    /// <param name="edge">Of the periodic box; 0 for open space.</param>
    /// <param name="reach">How far distances are resolved.</param>
    /// <param name="sharp">Whether neighbours beyond it are not seen.</param>
    /// <param name="centred">Whether something is at the origin.</param>
    /// <param name="settings">Sizes.</param>
    /// <exception cref="ArgumentException">A cut-off longer than half an edge.</exception>
    public MomentNetwork(int points, double edge, double reach, bool sharp, bool centred, PathNetworkSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(reach);
        if (edge > 0 && !(sharp && reach <= edge / 2))
            throw new ArgumentException(FormattableString.Invariant(
                $"a box of edge {edge:g4} is too small for neighbours up to {reach:g4}: half an edge is the most"));
        (_points, _edge, _reach, _sharp, _centred, _channels) = (points, edge, reach, sharp, centred, settings.Channels);
        var pairs = Enumerable.Range(0, points).SelectMany(i => Enumerable.Range(i + 1, points - i - 1).Select(j => (I: (long)i,
            J: (long)j))).ToArray();
        (_first, _second) = (Constant("first", tensor(pairs.Select(p => p.I).ToArray())), Constant("second",
            tensor(pairs.Select(p => p.J).ToArray())));
        _offsets = Constant("offsets", linspace(0, reach, Gaussians, ScalarType.Float32));
        _radial = Part("radial", new Dense(Gaussians, 3 * _channels));
        _centre = centred ? Part("centre", new Dense(Gaussians, settings.Width, 2)) : null;
        _features = Part("features", new Dense((centred ? 4 : 3) * _channels, settings.Width));
        _time = Part("time", new Dense(TimeFeatures.Count, settings.Width));
        _hidden = Part("hidden", new Dense(settings.Width, settings.Width));
        _last = Part("last", new Dense(settings.Width, 1, Mlp.LastGain));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tensor t)
    {
        long batch = x.shape[0], nodes = batch * _points, pairs = _first.Value.shape[0];
        Tensor r = x.reshape(batch, _points, 3), d = Nearest(r.index_select(1, _first) - r.index_select(1, _second)).reshape(-1, 3);
        Tensor square = d.square().sum(1);
        Tensor start = (arange(batch, ScalarType.Int64, x.device) * _points).unsqueeze(1),
            one = (start + _first.Value).flatten(), other = (start + _second.Value).flatten();
        if (_sharp)
        {
            Tensor near = (square.detach() < _reach * _reach).nonzero().squeeze(1);
            (d, square, one, other) = (d.index_select(0, near), square.index_select(0, near), one.index_select(0, near),
                other.index_select(0, near));
        }
        Tensor inverse = (square + Softening).rsqrt(), unit = d * inverse.unsqueeze(1);
        Tensor weights = _radial.Forward(Radial(square)), products = Products(unit);
        if (_sharp)
            weights = weights * Fading(square);
        Tensor scalar = weights.narrow(1, 0, _channels), vector = weights.narrow(1, _channels, _channels).unsqueeze(2)
            * unit.unsqueeze(1), tensor2 = weights.narrow(1, 2 * _channels, _channels).unsqueeze(2) * products.unsqueeze(1);
        Tensor even = cat([scalar, tensor2.flatten(1)], 1), odd = vector.flatten(1);
        Tensor sums = zeros([nodes, even.shape[1]], x.dtype, x.device).index_add(0, one, even, 1).index_add(0, other, even, 1);
        Tensor v = zeros([nodes, odd.shape[1]], x.dtype, x.device).index_add(0, one, odd, 1).index_add(0, other, odd, -1)
            .reshape(nodes, _channels, 3);
        Tensor second = sums.narrow(1, _channels, 6 * _channels).reshape(nodes, _channels, 6);
        List<Tensor> features = [sums.narrow(1, 0, _channels), v.square().sum(2), second.square().sum(2)];
        Tensor h = _time.Forward(TimeFeatures.Of(t)).repeat_interleave(_points, 0);
        if (_centred)
        {
            Tensor c = Nearest(r).reshape(-1, 3), far = c.square().sum(1);
            features.Add((v * (c * (far + Softening).rsqrt().unsqueeze(1)).unsqueeze(1)).sum(2));
            Tensor own = _centre!.Forward(Radial(far));
            h = h + (_sharp ? own * Fading(far.clamp(max: _reach * _reach)) : own);
        }
        h = h + _features.Forward(cat(features, 1));
        return _last.Forward(_hidden.Forward(h, activated: true), activated: true).reshape(batch, _points).sum(1);
    }

    private Tensor Nearest(Tensor d) => _edge > 0 ? d - (d.detach() / _edge).round() * _edge : d;

    /// <summary>[E] squared distances to [E, Gaussians].</summary>
    private Tensor Radial(Tensor square) => ((((square + Softening).sqrt().unsqueeze(1) - _offsets.Value.to(square.dtype))
        * ((Gaussians - 1) / _reach)).square() * -0.5).exp();

    /// <summary>1 at distance 0, smoothly 0 at the reach: (1 - r^2/R^2)^2.</summary>
    private Tensor Fading(Tensor square) => (1 - square / (_reach * _reach)).square().unsqueeze(1);

    /// <summary>[E, 6] xx, yy, zz, and sqrt 2 of xy, yz, zx: their scalar product is the squared one of the vectors.</summary>
    private static Tensor Products(Tensor unit)
    {
        Tensor turned = unit.roll([-1L], [1L]);
        return cat([unit.square(), unit * turned * Math.Sqrt(2)], 1);
    }
}
