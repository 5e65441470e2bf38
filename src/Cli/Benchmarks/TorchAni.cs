using MolSampling.Potentials.Neural;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Cli.Benchmarks;

/// <summary>
/// The same potential as somebody at home in torch would write it for many walkers of one molecule: pairs and triples that are inside of
/// the cut-off for any walker, features by broadcasting and index_add, one batched product a layer and element, forces by autograd, single
/// precision. Columns of elements that the molecule lacks are dropped here as well.
/// </summary>
internal sealed class TorchAni : IDisposable
{
    private readonly AniModel _model;
    private readonly int[] _elements; // [N] among those present
    private readonly int _present;
    private readonly double _selfEnergies; // hartree
    private readonly Network[] _networks;
    private readonly Tensor _radialShifts, _angularShifts, _angles;

    // TorchSharp may free a scalar while libtorch reads it, unless somebody holds it
    private readonly Scalar _ten = 10.0, _half = 0.5, _one = 1.0, _two = 2.0, _quarter = 0.25, _zeta, _cosine, _radialEta,
        _angularEta, _unit = AniModel.KilojoulePerHartree;

    private sealed record Network(Tensor Atoms, Layer[][] Members);

    private sealed record Layer(Tensor Weight, Tensor Bias);

    /// <summary>Of the same arguments as the engine's.</summary>
    public TorchAni(AniWeights weights, IReadOnlyList<int> atomicNumbers)
    {
        TorchRuntime.EnsureLoaded();
        _model = weights.Model;
        int[] order = [.. _model.Elements], places = [.. atomicNumbers.Select(z => Array.IndexOf(order, z))],
            present = [.. places.Distinct().Order()];
        _present = present.Length;
        _elements = [.. places.Select(e => Array.IndexOf(present, e))];
        _selfEnergies = places.Sum(e => weights.SelfEnergies[e]);
        (_zeta, _cosine, _radialEta, _angularEta) = (_model.Zeta, _model.CosineFactor, -_model.RadialEta, -_model.AngularEta);
        Tensor Constants(IReadOnlyList<double> values) => tensor(values.Select(v => (float)v).ToArray());
        (_radialShifts, _angularShifts, _angles) = (Constants(_model.RadialShifts), Constants(_model.AngularShifts),
            Constants(_model.Angles));
        int[] others = new int[order.Length];
        foreach (int e in present)
            others[e] = 2;
        using Tensor columns = tensor(new AniColumns(_model, others).Source.Select(c => (long)c).ToArray());
        _networks = [.. present.Select(e => new Network(tensor(Enumerable.Range(0, places.Length).Where(a => places[a] == e)
            .Select(a => (long)a).ToArray()), [.. weights.Members.Select(m => m.Networks[e].Select((l, n) =>
            {
                using Tensor all = tensor(l.Weights, [l.Outputs, l.Inputs]);
                return new Layer(n == 0 ? all.index_select(1, columns) : all.clone(), tensor(l.Biases));
            }).ToArray())]))];
    }

    /// <summary>Energies [B] kJ/mol (double precision) of positions [B, N, 3] nm (single precision), differentiable.</summary>
    public Tensor Energy(Tensor positions)
    {
        long batch = positions.shape[0], atoms = _elements.Length;
        Tensor x = positions * _ten, features = cat([Radial(x, batch, atoms), Angular(x, batch, atoms)], 2);
        Tensor sum = zeros(batch, float64);
        foreach (Network network in _networks)
        {
            Tensor inputs = features.index_select(1, network.Atoms);
            foreach (Layer[] layers in network.Members)
            {
                Tensor h = inputs;
                for (int l = 0; l < layers.Length; l++)
                {
                    h = nn.functional.linear(h, layers[l].Weight, layers[l].Bias);
                    if (l < layers.Length - 1)
                        h = nn.functional.celu(h, 0.1);
                }
                sum += h.squeeze(2).to(float64).sum(1);
            }
        }
        return (sum / _networks[0].Members.Length + _selfEnergies) * _unit;
    }

    private Tensor Radial(Tensor x, long batch, long atoms)
    {
        List<(int I, int J)> all = [];
        for (int i = 0; i < atoms; i++)
            for (int j = 0; j < atoms; j++)
                if (i != j)
                    all.Add((i, j));
        (int I, int J)[] near = Near(x, all, p => p.I, p => p.J, _model.RadialCutoff);
        Tensor r = (Take(x, near, p => p.J) - Take(x, near, p => p.I)).norm(2), target = Index(near, p => p.I * _present + _elements[p.J]);
        Tensor terms = ((r.unsqueeze(2) - _radialShifts).square() * _radialEta).exp() * (Cut(r, _model.RadialCutoff)
            * _quarter).unsqueeze(2);
        return zeros(batch, atoms * _present, _radialShifts.shape[0]).index_add(1, target, terms, _one)
            .reshape(batch, atoms, _present * _radialShifts.shape[0]);
    }

    private Tensor Angular(Tensor x, long batch, long atoms)
    {
        List<(int I, int J, int K)> all = [];
        for (int i = 0; i < atoms; i++)
            for (int j = 0; j < atoms; j++)
                for (int k = j + 1; k < atoms; k++)
                    if (i != j && i != k)
                        all.Add((i, j, k));
        (int I, int J, int K)[] near = Near(x, [.. Near(x, all, t => t.I, t => t.J, _model.AngularCutoff)], t => t.I, t => t.K,
            _model.AngularCutoff);
        Tensor middle = Take(x, near, t => t.I), a = Take(x, near, t => t.J) - middle, b = Take(x, near, t => t.K) - middle,
            ra = a.norm(2), rb = b.norm(2), angle = ((a * b).sum(2) / (ra * rb) * _cosine).acos().unsqueeze(2);
        Tensor turned = (((angle - _angles).cos() + _one) * _half).pow(_zeta);
        Tensor stretched = ((((ra + rb) * _half).unsqueeze(2) - _angularShifts).square() * _angularEta).exp()
            * (Cut(ra, _model.AngularCutoff) * Cut(rb, _model.AngularCutoff) * _two).unsqueeze(2);
        Tensor terms = (stretched.unsqueeze(3) * turned.unsqueeze(2)).flatten(2);
        int pairs = _present * (_present + 1) / 2;
        Tensor target = Index(near, t => t.I * pairs + Pair(_elements[t.J], _elements[t.K]));
        return zeros(batch, atoms * pairs, _model.AngularCount).index_add(1, target, terms, _one)
            .reshape(batch, atoms, pairs * _model.AngularCount);
    }

    private int Pair(int e, int f)
    {
        (int low, int high) = (Math.Min(e, f), Math.Max(e, f));
        return low * _present - low * (low - 1) / 2 + high - low;
    }

    private Tensor Cut(Tensor r, double cutoff) => where(r < cutoff, (r * (Math.PI / cutoff)).cos() * _half + _half, zeros_like(r));

    /// <summary>Those that are inside of the cut-off for any walker.</summary>
    private static P[] Near<P>(Tensor x, List<P> all, Func<P, int> first, Func<P, int> second, double cutoff)
    {
        if (all.Count == 0)
            return [];
        P[] every = [.. all];
        using IDisposable plain = no_grad();
        using DisposeScope scope = NewDisposeScope();
        bool[] inside = (Take(x, every, first) - Take(x, every, second)).norm(2).amin([0]).lt(cutoff).data<bool>().ToArray();
        return [.. every.Where((_, n) => inside[n])];
    }

    private static Tensor Take<P>(Tensor x, P[] of, Func<P, int> atom) => x.index_select(1, Index(of, atom));

    private static Tensor Index<P>(P[] of, Func<P, int> place) => tensor(of.Select(p => (long)place(p)).ToArray(), int64);

    public void Dispose()
    {
        foreach (Network network in _networks)
        {
            network.Atoms.Dispose();
            foreach (Layer layer in network.Members.SelectMany(m => m))
            {
                layer.Weight.Dispose();
                layer.Bias.Dispose();
            }
        }
        _radialShifts.Dispose();
        _angularShifts.Dispose();
        _angles.Dispose();
    }
}
