using MolSampling.Flows.Training;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>Settings of the objective.</summary>
/// <param name="MiddleWeight">Logarithm by which the middle of the path counts less, w(t) = exp(-c 4 t (1 - t)): there targets vary
/// most.</param>
/// <param name="Variance">Weight of E[(dU/dt)^2], which is not determined by slopes and is to be quiet.</param>
public sealed record ScoreMatchingSettings(double MiddleWeight = 2.5, double Variance = 1e-6);

/// <summary>
/// Makes the slope of a learned path at interpolated samples, dU(x_t, t)/dx, the one of the interpolated law, from samples of the two ends
/// and their slopes alone: E w(t) |dU(x_t, t)/dx - target|^2 / D + variance E[(dU/dt)^2], the target that of
/// <see cref="Interpolant.Slope"/>.
/// </summary>
public sealed class TargetScoreMatching : IDisposable
{
    private readonly Tensor[] _samples = new Tensor[2], _slopes = new Tensor[2];
    private readonly double[] _variances = new double[2];
    private readonly EndStates _states;
    private readonly Interpolant _interpolant;
    private readonly ScoreMatchingSettings _settings;

    /// <param name="path">Gives the states, and the slopes of both ends.</param>
    /// <param name="samples0">[S, D] of exp(-U_0).</param>
    /// <param name="samples1">[S, D] of exp(-U_1).</param>
    /// <param name="settings">Weights.</param>
    /// <exception cref="ArgumentException">Another number of coordinates, or a sample without a finite slope.</exception>
    public TargetScoreMatching(LearnedPath path, Tensor samples0, Tensor samples1, ScoreMatchingSettings settings)
    {
        (_states, _settings, _interpolant) = (path.States, settings, new(path.States.Edge));
        foreach ((int end, Tensor samples) in new[] { (0, samples0), (1, samples1) })
        {
            using DisposeScope scope = NewDisposeScope();
            if (samples.dim() != 2 || samples.shape[0] == 0 || samples.shape[1] != _states.Dimension)
                throw new ArgumentException(
                    $"Samples of {_states.Name} are [S, {_states.Dimension}], not [{string.Join(", ", samples.shape)}].");
            Tensor x = samples.detach().to(ScalarType.Float64, copy: true);
            // in parts, for memory
            Tensor slopes = cat([.. x.split(256).Select(part => path.Derivatives(part, full([part.shape[0]], end, ScalarType.Float64),
                forTraining: false).Slope)], 0);
            if (!isfinite(slopes).all().item<bool>())
                throw new ArgumentException($"{_states.Name}: a sample of state {end} has no finite slope.");
            (_samples[end], _slopes[end], _variances[end]) = (x.DetachFromDisposeScope(), slopes.DetachFromDisposeScope(),
                1 / slopes.square().mean().item<double>());
        }
    }

    /// <summary>Energies that the slopes of all samples took.</summary>
    public long PreparationCalls => _samples[0].shape[0] + _samples[1].shape[0];

    /// <summary>Loss over a batch of new pairs.</summary>
    /// <param name="path">In training.</param>
    /// <param name="batch">B.</param>
    /// <param name="random">Of this step.</param>
    public ObjectiveValue Evaluate(LearnedPath path, int batch, RandomSource random)
    {
        (Tensor x, Tensor t, Tensor target) = Pairs(batch, random);
        (_, Tensor slope, Tensor rate) = path.Derivatives(x, t, forTraining: true);
        Tensor weight = (t * (1 - t) * (-4 * _settings.MiddleWeight)).exp();
        (Tensor loss, long leftOut) = FiniteMean.Of((slope - target).square().mean([1L]) * weight + rate.square() * _settings.Variance);
        return new(loss, batch, leftOut);
    }

    /// <summary>Interpolated configurations of random pairs, at times spread evenly, and what their slopes are to be on average: [B, D],
    /// [B], [B, D].</summary>
    public (Tensor X, Tensor Time, Tensor Target) Pairs(int batch, RandomSource random)
    {
        long[] rows0 = new long[batch], rows1 = new long[batch];
        double[] times = new double[batch];
        for (int b = 0; b < batch; b++)
            (rows0[b], rows1[b], times[b]) = (random.NextInt((int)_samples[0].shape[0]), random.NextInt((int)_samples[1].shape[0]),
                (b + random.NextDouble()) / batch);
        Tensor r0 = tensor(rows0), r1 = tensor(rows1), t = tensor(times), x0 = _samples[0].index_select(0, r0), x1 =
            _samples[1].index_select(0, r1), g1 = _slopes[1].index_select(0, r1);
        if (_states.Pairing is { } pairing)
            (x1, g1) = pairing.Nearest(x0, x1, g1);
        return (_interpolant.Between(x0, x1, t), t, Interpolant.Slope(_slopes[0].index_select(0, r0), g1, t, _variances[0],
            _variances[1]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor t in _samples.Concat(_slopes))
            t.Dispose();
    }
}
