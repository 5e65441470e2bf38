using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>Settings of the bootstrap.</summary>
/// <param name="Annealing">Path and transitions; its alpha is the divergence's.</param>
/// <param name="Capacity">Of the buffer, points.</param>
/// <param name="InitialBatches">Annealed before the first step.</param>
/// <param name="StepsPerBatch">A fresh annealed batch every so many steps.</param>
/// <param name="LargestAdjustment">Adjustments of weights above it count as it in the loss (not in the buffer): a bias against variance, as
/// published; +infinity for none.</param>
public sealed record BootstrapSettings(AnnealingSettings Annealing, int Capacity = 65_536, int InitialBatches = 8, int StepsPerBatch = 8,
    double LargestAdjustment = 10);

/// <summary>
/// Flow annealed importance sampling bootstrap: the alpha-divergence from weighted samples of g = p^alpha q^(1 - alpha), which are where p
/// is large and q small, rather than from q. The gradient of ln integral p^alpha q^(1 - alpha) is (1 - alpha) E_g[grad ln q]: points of the
/// buffer, drawn in proportion to their weights, give the loss -mean(a ln q) with a = (q_then / q_now)^(alpha - 1) held fixed, the weight's
/// change since. Without replacement and with clipped a it is an approximation. L. I. Midgley et al., ICLR 2023 (arXiv 2208.01893),
/// algorithm 1.
/// </summary>
public sealed class FlowAnnealedBootstrap : IObjective, IDisposable
{
    private readonly BootstrapSettings _settings;
    private readonly AnnealedImportanceSampling _annealing;
    private readonly PrioritisedReplay _replay;
    private readonly Tensor _steps = zeros(1, dtype: ScalarType.Int64).DetachFromDisposeScope();

    /// <summary>With an empty buffer.</summary>
    /// <param name="target">ln p up to a constant.</param>
    /// <param name="dimension">D.</param>
    /// <param name="settings">Sizes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 1: then g does not depend on q.</exception>
    public FlowAnnealedBootstrap(LogDensityFunction target, int dimension, BootstrapSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(settings.Annealing.Alpha, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.InitialBatches);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.StepsPerBatch);
        (_settings, _annealing, _replay) = (settings, new(target, settings.Annealing), new(settings.Capacity, dimension));
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State =>
        [("steps", _steps), .. _annealing.State.Select(s => ($"annealing.{s.Name}", s.Value)),
            .. _replay.State.Select(s => ($"replay.{s.Name}", s.Value))];

    /// <summary>The sampler, for its step sizes and acceptance.</summary>
    public AnnealedImportanceSampling Annealing => _annealing;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No annealed sample has a finite weight.</exception>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        long step = _steps.item<long>();
        int fresh = step == 0 ? _settings.InitialBatches : step % _settings.StepsPerBatch == 0 ? 1 : 0;
        (long calls, long leftOut) = (0, 0);
        for (int k = 0; k < fresh; k++)
        {
            using DisposeScope scope = NewDisposeScope();
            AnnealedSamples drawn = _annealing.Draw(flow, batch, random.Split("annealing").Split(k));
            _replay.Add(drawn.Points.X, drawn.LogWeights, drawn.Points.LogQ);
            (calls, leftOut) = (calls + drawn.EnergyCalls, leftOut + drawn.LeftOut);
        }
        _steps[0] = step + 1;
        if (_replay.Count == 0)
            throw new InvalidOperationException("No annealed sample has a finite weight: nothing to learn from.");
        (Tensor places, Tensor x, Tensor logQThen) = _replay.Draw(batch, random.Split("replay"));
        Tensor logQ = flow.LogDensity(x.to(flow.Type, flow.Device)).LogDensity, now = logQ.detach();
        Tensor change = (_settings.Annealing.Alpha - 1) * (logQThen - now.cpu());
        _replay.Reweight(places, change, now.cpu());
        (Tensor loss, long left) = FiniteMean.Of(-change.exp().clamp_max(_settings.LargestAdjustment).to(flow.Device) * logQ);
        return new(loss, calls, leftOut + left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _steps.Dispose();
        _annealing.Dispose();
        _replay.Dispose();
    }
}
