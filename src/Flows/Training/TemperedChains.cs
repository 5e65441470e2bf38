using MolSampling.Flows.Targets;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>How chains walk.</summary>
/// <param name="Walkers">M, on each rung.</param>
/// <param name="Rungs">K, geometric from inverse temperature 1 down to <paramref name="Hottest"/>.</param>
/// <param name="Hottest">The smallest inverse temperature.</param>
/// <param name="Leapfrog">Leapfrog steps of a move.</param>
/// <param name="Moves">Moves between two batches.</param>
/// <param name="Adaptation">Moves at the beginning in which step sizes follow the acceptance; afterwards they are fixed and the chains
/// exact.</param>
/// <param name="FlowMoves">Whether, after the adaptation, the flow proposes new places to the walkers of the target once a batch.</param>
public sealed record ChainSettings(int Walkers = 256, int Rungs = 8, double Hottest = 0.05, int Leapfrog = 3, int Moves = 1,
    int Adaptation = 500, bool FlowMoves = true);

/// <summary>
/// Persistent Markov chains of p^beta on a ladder of inverse temperatures, all in one batch: Hamiltonian Monte Carlo on each rung (S. Duane
/// et al., Phys. Lett. B 195 (1987) 216), exchanges between neighbours (R. H. Swendsen, J.-S. Wang, Phys. Rev. Lett. 57 (1986) 2607), and
/// at beta = 1 independent proposals x' of the flow, accepted with min(1, p(x') q(x) / (p(x) q(x'))) (M. Gabrié, G. M. Rotskoff, E.
/// Vanden-Eijnden, PNAS 119 (2022) e2109420119). What the flow learns is drawn where the chains are: it sees modes that they found, with
/// weights that it helps to settle. The chains start from samples of the flow.
/// </summary>
/// <remarks>Walkers of one rung are independent of each other, save through the flow. Coordinates are on the real line.</remarks>
public sealed class TemperedChains : ISampleSource, IDisposable
{
    private const double Acceptance = 0.75, Rate = 0.05;

    private readonly Target _target;
    private readonly ChainSettings _settings;
    private readonly double[] _beta;
    private readonly Tensor _x, _logP, _gradient, _logStep, _moves, _inverseTemperature;

    /// <summary>Chains of a target.</summary>
    /// <exception cref="ArgumentException">Settings that make no ladder, or a target on a sphere.</exception>
    public TemperedChains(Target target, ChainSettings settings)
    {
        TargetChains.ThrowIfCurved(target);
        if (settings.Walkers < 1 || settings.Rungs < 1 || settings.Leapfrog < 1 || settings.Moves < 1
            || settings.Hottest is not (> 0 and <= 1))
            throw new ArgumentException($"Not settings of tempered chains: {settings}.");
        (_target, _settings) = (target, settings);
        (int k, int m) = (settings.Rungs, settings.Walkers);
        _beta = [.. Enumerable.Range(0, k).Select(r => k == 1 ? 1 : Math.Pow(settings.Hottest, r / (k - 1.0)))];
        using DisposeScope scope = NewDisposeScope();
        Tensor Own(Tensor t) => t.DetachFromDisposeScope();
        _x = Own(zeros(k * m, target.Dimension, dtype: ScalarType.Float64));
        _gradient = Own(zeros_like(_x));
        _logP = Own(zeros(k * m, dtype: ScalarType.Float64));
        // the width of a mode grows as the root of the temperature
        _logStep = Own(tensor(_beta.Select(b => Math.Log(0.3 / Math.Sqrt(b))).ToArray()));
        _moves = Own(zeros(1, dtype: ScalarType.Int64));
        _inverseTemperature = Own(tensor(_beta).repeat_interleave(m));
    }

    /// <summary>Of the last batch: accepted moves at beta = 1, accepted exchanges (all pairs), accepted proposals of the flow; NaN where
    /// there were none.</summary>
    public (double Moves, double Exchanges, double Flow) Accepted { get; private set; } = (double.NaN, double.NaN, double.NaN);

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => [("x", _x), ("logP", _logP), ("gradient", _gradient), ("logStep", _logStep),
        ("moves", _moves)];

    /// <inheritdoc/>
    double? ISampleSource.Acceptance => double.IsNaN(Accepted.Moves) ? null : Accepted.Moves;

    private bool Adapts => _moves.item<long>() < _settings.Adaptation;

    /// <summary>Where the walkers of the target are, [M, D] float64; a view.</summary>
    public Tensor Walkers => _x.narrow(0, 0, _settings.Walkers);

    /// <inheritdoc/>
    public (Tensor X, long EnergyCalls) Next(NormalizingFlow flow, int count, RandomSource random)
    {
        long calls = Walk(flow, random);
        using Tensor walkers = Walkers;
        return (FixedSamples.Rows(walkers, count, random).to(flow.Type), calls);
    }

    /// <summary>The moves of a batch; before the first one, all walkers of all rungs are drawn from the flow.</summary>
    /// <returns>Energies that they took.</returns>
    public long Walk(NormalizingFlow flow, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        long calls = 0;
        if (_moves.item<long>() == 0)
        {
            using (no_grad())
                _x.copy_(flow.Sample((int)_x.shape[0], random.Split("start")).X);
            (Tensor logP, Tensor gradient) = Evaluate(_x);
            _logP.copy_(logP);
            _gradient.copy_(gradient);
            calls += _x.shape[0];
        }
        for (int move = 0; move < _settings.Moves; move++)
            calls += Move(random.Split(move));
        if (_settings.FlowMoves && !Adapts)
            calls += Propose(flow, random.Split("flow"));
        return calls;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor t in new[] { _x, _logP, _gradient, _logStep, _moves, _inverseTemperature })
            t.Dispose();
    }

    private long Move(RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        (int k, int m) = (_settings.Rungs, _settings.Walkers);
        long rows = k * m;
        Tensor step = _logStep.exp().repeat_interleave(m).unsqueeze(1), beta = _inverseTemperature.unsqueeze(1),
            p = Noise.Normals(rows, _target.Dimension, random), kinetic = 0.5 * p.square().sum(1);
        Tensor x = _x, gradient = _gradient, logP = _logP;
        for (int l = 0; l < _settings.Leapfrog; l++)
        {
            p = p + 0.5 * step * beta * gradient;
            x = x + step * p;
            (logP, gradient) = Evaluate(x);
            p = p + 0.5 * step * beta * gradient;
        }
        // NaN compares false: refused
        Tensor accepted = Noise.Uniforms(rows, random).log() < _inverseTemperature * (logP - _logP) + kinetic - 0.5 * p.square().sum(1);
        Keep(accepted, x, logP, gradient);
        double[] rates = accepted.reshape(k, m).to(ScalarType.Float64).mean([1L]).data<double>().ToArray();
        if (Adapts)
            _logStep.add_(tensor(rates.Select(r => Rate * (r - Acceptance)).ToArray()));
        Accepted = Accepted with { Moves = rates[0], Exchanges = Exchange(random) };
        _moves.add_(1);
        return rows * _settings.Leapfrog;
    }

    /// <summary>Neighbours change places: even pairs of rungs, then odd ones, in turn. Accepted with min(1, exp((beta_i - beta_j)(ln p_j -
    /// ln p_i))).</summary>
    private double Exchange(RandomSource random)
    {
        (int k, int m) = (_settings.Rungs, _settings.Walkers);
        double[] logP = _logP.data<double>().ToArray();
        long[] from = [.. Enumerable.Range(0, k * m).Select(i => (long)i)];
        (int tried, int accepted) = (0, 0);
        for (int r = (int)(_moves.item<long>() % 2); r + 1 < k; r += 2)
            for (int w = 0; w < m; w++, tried++)
            {
                (int i, int j) = (r * m + w, (r + 1) * m + w);
                if (Math.Log(random.NextDouble()) < (_beta[r] - _beta[r + 1]) * (logP[j] - logP[i]))
                    (from[i], from[j], accepted) = (j, i, accepted + 1);
            }
        if (accepted > 0)
        {
            Tensor order = tensor(from);
            foreach (Tensor state in new[] { _x, _logP, _gradient })
                state.copy_(state.index_select(0, order));
        }
        return tried == 0 ? double.NaN : (double)accepted / tried;
    }

    private long Propose(NormalizingFlow flow, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        int m = _settings.Walkers;
        Tensor proposed, logRatio;
        using (no_grad())
        {
            FlowSamples drawn = flow.Sample(m, random);
            proposed = drawn.X.to(ScalarType.Float64);
            logRatio = flow.LogDensity(_x.narrow(0, 0, m).to(flow.Type)).LogDensity - drawn.LogDensity;
        }
        (Tensor logP, Tensor gradient) = Evaluate(proposed);
        Tensor accepted = Noise.Uniforms(m, random).log() < logP - _logP.narrow(0, 0, m) + logRatio;
        Keep(accepted, proposed, logP, gradient);
        Accepted = Accepted with { Flow = accepted.to(ScalarType.Float64).mean().item<double>() };
        return m;
    }

    /// <summary>Accepted rows take the place of the first rows.</summary>
    private void Keep(Tensor accepted, Tensor x, Tensor logP, Tensor gradient)
    {
        long rows = accepted.shape[0];
        void Replace(Tensor state, Tensor by, Tensor where) =>
            state.narrow(0, 0, rows).copy_(torch.where(where, by, state.narrow(0, 0, rows)));
        Replace(_x, x, accepted.unsqueeze(1));
        Replace(_logP, logP, accepted);
        Replace(_gradient, gradient, accepted.unsqueeze(1));
    }

    /// <summary>ln p and its gradient; a gradient that is not finite is taken as zero, which leaves the move reversible: its acceptance
    /// uses ln p alone.</summary>
    private (Tensor LogP, Tensor Gradient) Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor leaf = x.detach().requires_grad_(true), logP = _target.LogDensity(leaf), finite = isfinite(logP.detach());
        Tensor gradient = autograd.grad([logP.masked_fill(finite.logical_not(), 0).sum()], [leaf])[0];
        return (logP.detach().MoveToOuterDisposeScope(), gradient.nan_to_num(0, 0, 0).MoveToOuterDisposeScope());
    }
}
