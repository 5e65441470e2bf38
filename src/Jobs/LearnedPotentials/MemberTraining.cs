using System.Globalization;
using System.Runtime.InteropServices;
using MolSampling.Flows.Training;
using MolSampling.Jobs.Running;
using MolSampling.Potentials;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>How networks are fitted.</summary>
/// <param name="Hidden">Widths of hidden layers.</param>
/// <param name="Epochs">Passes over the training frames.</param>
/// <param name="Batch">Frames a step, of one molecule.</param>
/// <param name="LearningRate">Of Adam, falling to zero by half a cosine.</param>
/// <param name="EnergyWeight">See <see cref="ForceMatching"/>, 1/Angstrom^2.</param>
/// <param name="Alpha">Of celu: the length over which it bends.</param>
internal sealed record NetworkSettings(IReadOnlyList<int> Hidden, int Epochs, int Batch, double LearningRate, double EnergyWeight,
    double Alpha);

/// <summary>Root-mean-square errors over frames, kJ/mol (of energies up to a constant for each molecule), and mean absolute ones of force
/// components, kJ/mol/nm.</summary>
internal readonly record struct FrameErrors(double EnergyRoot, double EnergyMean, double ForceRoot, double ForceMean);

/// <summary>
/// The training of one member: Adam (D. P. Kingma, J. Ba, ICLR 2015) with a cosine schedule, a running average of the weights (decay
/// 1 - 1/<see cref="AverageSteps"/>), of which the state with the lowest validation error of forces is kept. A checkpoint is written every
/// <see cref="CheckpointSeconds"/> and goes on to the bit: what a step draws follows from (seed, member, epoch).
/// </summary>
internal sealed class MemberTraining : IDisposable
{
    private const int AverageSteps = 200, WarmUp = 50, Checks = 100, CurveColumns = 4; // steps; steps; looks at the validation frames
    /// <summary>Of an evaluation.</summary>
    public const int FramesAtOnce = 256;

    private const double CheckpointSeconds = 20, LongestGradient = 1e3;

    private readonly NetworkSettings _settings;
    private readonly FeaturedFrames[] _sets;
    private readonly int[][] _training, _validation; // of each set
    private readonly RandomSource _random;
    private readonly string _path;
    private readonly AtomNetworks _model, _average, _best;
    private readonly Adam _adam;
    private readonly Scalar _energyWeight;
    private readonly List<double[]> _curve = [];
    private double _bestError = double.PositiveInfinity;
    private int _epoch;
    private bool _isReleased;

    public MemberTraining(NetworkSettings settings, FeaturedFrames[] sets, int[][] training, int[][] validation, Func<AtomNetworks> make,
        RandomSource random, string path)
    {
        (_settings, _sets, _training, _validation, _random, _path) = (settings, sets, training, validation, random, path);
        (_model, _average, _best) = (make(), make(), make());
        _model.Initialize(random.Split("weights"));
        Copy(_model, _average, 1);
        Copy(_model, _best, 1);
        _adam = new(_model, settings.LearningRate);
        _energyWeight = settings.EnergyWeight;
    }

    /// <summary>The networks with the lowest validation error, which are the caller's from now on.</summary>
    public AtomNetworks Release()
    {
        _isReleased = true;
        return _best;
    }

    /// <summary>Epoch; root-mean-square errors of force components in training and validation, kJ/mol/nm; of energies in validation,
    /// kJ/mol.</summary>
    public IReadOnlyList<double[]> Curve => _curve;

    /// <summary>Trains to the end, or to the end of an epoch after a request to stop.</summary>
    /// <returns>Whether it is done.</returns>
    public bool Run(Action<TaskProgress>? progress, CancellationToken stop)
    {
        (int Set, int[] Frames)[] Batches(RandomSource shuffle)
        {
            var batches = new List<(int, int[])>();
            for (int s = 0; s < _sets.Length; s++)
            {
                int[] order = [.. _training[s]];
                FrameOrder.Shuffle(order, shuffle);
                batches.AddRange(order.Chunk(_settings.Batch).Select(b => (s, b)));
            }
            (int, int[])[] all = [.. batches];
            FrameOrder.Shuffle(all, shuffle);
            return all;
        }

        var clock = System.Diagnostics.Stopwatch.StartNew();
        int perEpoch = _training.Sum(t => (t.Length + _settings.Batch - 1) / _settings.Batch), steps = perEpoch * _settings.Epochs,
            every = Math.Max(1, _settings.Epochs / Checks);
        while (_epoch < _settings.Epochs)
        {
            if (stop.IsCancellationRequested)
            {
                Save();
                return false;
            }
            double square = 0;
            foreach ((int set, int[] frames) in Batches(_random.Split($"epoch {_epoch}")))
            {
                using DisposeScope scope = NewDisposeScope();
                long step = _adam.Steps;
                _adam.LearningRate = _settings.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / steps))
                    * Math.Min(1, (step + 1.0) / WarmUp);
                (Tensor loss, _, double force) = ForceMatching.Loss(_model, _sets[set], frames, _energyWeight);
                _adam.Step(loss, LongestGradient);
                Copy(_model, _average, Math.Max(1.0 / AverageSteps, 1 / (step + 1.0)));
                square += force / perEpoch;
            }
            _epoch++;
            if (_epoch % every == 0 || _epoch == _settings.Epochs)
            {
                FrameErrors errors = Errors(_average, _validation);
                _curve.Add([_epoch, Math.Sqrt(square) / Units.NanometrePerAngstrom, errors.ForceRoot, errors.EnergyRoot]);
                if (errors.ForceRoot < _bestError)
                {
                    _bestError = errors.ForceRoot;
                    Copy(_average, _best, 1);
                }
                if (!double.IsFinite(errors.ForceRoot))
                    throw new InvalidOperationException(
                        $"the training does not stay finite (epoch {_epoch}): try a smaller learningRate than {_settings.LearningRate}");
            }
            progress?.Invoke(new("", (double)_epoch / _settings.Epochs, _curve.Count == 0 ? "" : string.Create(
                CultureInfo.InvariantCulture, $"forces ± {_curve[^1][2]:f1} kJ/mol/nm, energies ± {_curve[^1][3]:f2} kJ/mol")));
            if (clock.Elapsed.TotalSeconds > CheckpointSeconds)
            {
                Save();
                clock.Restart();
            }
        }
        Save();
        return true;
    }

    /// <summary>Of networks, over frames of all molecules.</summary>
    private FrameErrors Errors(AtomNetworks model, int[][] frames)
    {
        double energy = 0, energyMean = 0, force = 0, forceMean = 0;
        long count = 0, components = 0;
        for (int s = 0; s < _sets.Length; s++)
        {
            if (frames[s].Length == 0)
                continue;
            double[] errors = new double[frames[s].Length];
            int done = 0;
            foreach (int[] batch in frames[s].Chunk(FramesAtOnce))
            {
                (float[] energies, float[] forces) = ForceMatching.Evaluate(model, _sets[s], batch);
                float[] reference = _sets[s].Forces(batch);
                for (int k = 0; k < batch.Length; k++)
                    errors[done++] = energies[k] - _sets[s].Energies[batch[k]];
                for (int k = 0; k < forces.Length; k++)
                {
                    double r = forces[k] - reference[k];
                    force += r * r;
                    forceMean += Math.Abs(r);
                }
                components += forces.Length;
            }
            double mean = errors.Average();
            energy += errors.Sum(e => (e - mean) * (e - mean));
            energyMean += errors.Sum(e => Math.Abs(e - mean));
            count += errors.Length;
        }
        return new(Math.Sqrt(energy / count), energyMean / count, Math.Sqrt(force / components), forceMean / components);
    }

    private static void Copy(AtomNetworks from, AtomNetworks to, double share)
    {
        foreach ((Flows.Parameter a, Flows.Parameter b) in from.Weights.Zip(to.Weights))
        {
            Span<float> source = MemoryMarshal.Cast<byte, float>(a.Value.bytes), target = MemoryMarshal.Cast<byte, float>(b.Value.bytes);
            for (int k = 0; k < target.Length; k++)
                target[k] += (float)share * (source[k] - target[k]);
        }
    }

    /// <summary>Goes on from a checkpoint, if there is one.</summary>
    /// <exception cref="InvalidDataException">It is of another training, or damaged.</exception>
    public void Restore()
    {
        if (!File.Exists(_path))
            return;
        using DisposeScope scope = NewDisposeScope();
        using Tensor curve = zeros(_settings.Epochs + 1, CurveColumns, ScalarType.Float64);
        TrainingProgress read = TrainingCheckpoint.Read(_path, _model, _adam, _random, Memory(curve));
        _epoch = (int)read.Step;
        _curve.Clear();
        _curve.AddRange(Enumerable.Range(0, (int)read.EnergyCalls).Select(row => curve[row].data<double>().ToArray()));
        _bestError = _curve.Count == 0 ? double.PositiveInfinity : _curve.Min(c => c[2]);
    }

    private void Save()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] rows = new double[(_settings.Epochs + 1) * CurveColumns];
        for (int k = 0; k < _curve.Count; k++)
            _curve[k].CopyTo(rows, k * CurveColumns);
        using Tensor curve = tensor(rows, [_settings.Epochs + 1, CurveColumns]);
        TrainingCheckpoint.Write(_path, _model, _adam, new(_epoch, _curve.Count), _random, Memory(curve));
    }

    private IEnumerable<(string, Tensor)> Memory(Tensor curve) => [("curve", curve),
        .. new[] { ("average", _average), ("best", _best) }.SelectMany(n => n.Item2.State.Select(p =>
            ($"{n.Item1}.{p.Path}", p.Parameter.Value)))];

    public void Dispose()
    {
        _adam.Dispose();
        _energyWeight.Dispose();
        foreach (AtomNetworks networks in _isReleased ? [_model, _average] : new[] { _model, _average, _best })
            networks.Dispose();
    }
}
