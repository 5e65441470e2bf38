using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Rounds of learning from the flow's own reweighted samples: the flow is drawn from, weights make of it the next density
/// (<see cref="IAnnealing"/>), a table is resampled by them, and for some batches the flow learns the table by
/// maximum likelihood. Energies are taken at the beginning of rounds only. Weights see the relative size of modes, which path gradients do
/// not.
/// </summary>
public sealed class AnnealedReplay : ISampleSource, IDisposable
{
    private const int Part = 4096;

    private readonly LogDensityFunction _target;
    private readonly IAnnealing _annealing;
    private readonly int _draws, _batches;
    private readonly Tensor _table, _served;

    /// <param name="target">ln p up to a constant.</param>
    /// <param name="dimension">D.</param>
    /// <param name="annealing">The densities on the way.</param>
    /// <param name="draws">Samples of the flow a round.</param>
    /// <param name="table">Rows that are resampled from them.</param>
    /// <param name="batches">Of a round.</param>
    public AnnealedReplay(LogDensityFunction target, int dimension, IAnnealing annealing, int draws, int table, int batches)
    {
        if (draws < 1 || table < 1 || batches < 1)
            throw new ArgumentException($"A round has samples, rows and batches, not {draws}, {table} and {batches}.");
        (_target, _annealing, _draws, _batches) = (target, annealing, draws, batches);
        _table = zeros(table, dimension).DetachFromDisposeScope();
        _served = zeros(1, dtype: ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Kish's effective fraction of the last round's weights.</summary>
    public double EffectiveFraction { get; private set; } = double.NaN;

    /// <summary>Samples of the last round that carried no weight because density or energy was not finite.</summary>
    public long NonFinite { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => [("table", _table), ("served", _served)];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No sample of a round has a finite energy.</exception>
    public (Tensor X, long EnergyCalls) Next(NormalizingFlow flow, int count, RandomSource random)
    {
        long served = _served.item<long>();
        long calls = served % _batches == 0 ? Refill(flow, served / _batches, random.Split("round")) : 0;
        _served.add_(1);
        return (FixedSamples.Rows(_table, count, random).to(flow.Type), calls);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _table.Dispose();
        _served.Dispose();
    }

    private long Refill(NormalizingFlow flow, long round, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        List<Tensor> parts = [];
        List<double> logP = [], logQ = [];
        for (int start = 0, part = 0; start < _draws; start += Part, part++)
        {
            FlowSamples drawn = flow.Sample(Math.Min(Part, _draws - start), random.Split(part));
            Tensor energy = _target(drawn.X).to(ScalarType.Float64), finite = isfinite(energy) & isfinite(drawn.LogDensity);
            Tensor kept = finite.nonzero().squeeze(1);
            parts.Add(drawn.X.index_select(0, kept));
            logP.AddRange(energy.index_select(0, kept).data<double>().ToArray());
            logQ.AddRange(drawn.LogDensity.index_select(0, kept).data<double>().ToArray());
        }
        NonFinite = _draws - logP.Count;
        if (logP.Count == 0)
            throw new InvalidOperationException($"None of {_draws} samples of the flow has a finite energy.");
        double[] log = _annealing.LogWeights(round, logP, logQ);
        double largest = log.Max();
        double[] weights = Array.ConvertAll(log, l => Math.Exp(l - largest));
        double sum = weights.Sum();
        EffectiveFraction = sum * sum / weights.Sum(w => w * w) / _draws;
        _table.copy_(cat(parts, 0).index_select(0, tensor(SystematicResampling.Rows(weights, (int)_table.shape[0], random))));
        return _draws;
    }
}
