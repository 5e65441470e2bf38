namespace MolSampling.Sampling.Proposals;

/// <summary>The logarithm of an unnormalised density over a discrete state and T angles.</summary>
/// <param name="states">[B].</param>
/// <param name="angles">[B, T] rad.</param>
/// <param name="logDensities">[B] overwritten; -infinity or NaN where there is no target.</param>
public delegate void TorusTarget(int[] states, float[] angles, double[] logDensities);

/// <summary>Settings of <see cref="TorusAdaptation"/>.</summary>
/// <param name="Walkers">Markov chains.</param>
/// <param name="Rounds">Of moves and a fit.</param>
/// <param name="Sweeps">Of single-angle moves a round: each sweep moves every angle once on average.</param>
/// <param name="Epochs">Passes of each fit over where the walkers have been.</param>
/// <param name="Polish">Fits to weighted draws at the end.</param>
/// <param name="PolishDraws">Of each.</param>
/// <param name="PolishEpochs">Passes of each.</param>
public sealed record TorusAdaptationSettings(int Walkers = 2048, int Rounds = 5, int Sweeps = 6, int Epochs = 3, int Polish = 2,
    int PolishDraws = 16_384, int PolishEpochs = 6);

/// <summary>
/// Fits a <see cref="TorusProposal"/> to a target of which only energies are known. Walkers move by Metropolis steps of single angles
/// (uniform, or near), of the state, and by independent draws of the proposal; after each round the proposal is fitted to
/// where they have been. Single-angle moves do not depend on the proposal, so a region it does not know is still found; its draws carry
/// walkers between regions. At the end, weighted draws polish.
/// </summary>
public sealed class TorusAdaptation
{
    private const double WalkersRate = 0.1; // tables may be wrong by many kT, and there are a hundred steps a round

    private readonly TorusProposal _proposal;
    private readonly TorusTarget _target;
    private readonly TorusAdaptationSettings _settings;
    private readonly RandomSource _random;
    private readonly int _count, _dimension, _threads;
    private readonly int[] _states, _newStates;
    private readonly float[] _angles, _newAngles;
    private readonly double[] _log, _newLog;
    private long _step;

    /// <param name="proposal">Changed.</param>
    /// <param name="target">To be fitted to.</param>
    /// <param name="settings">How.</param>
    /// <param name="random">Of the whole adaptation.</param>
    /// <param name="threads">0 for all cores.</param>
    public TorusAdaptation(TorusProposal proposal, TorusTarget target, TorusAdaptationSettings settings, RandomSource random,
        int threads = 0)
    {
        (_proposal, _target, _settings, _random, _threads) = (proposal, target, settings, random, threads);
        (_count, _dimension) = (settings.Walkers, proposal.Dimension);
        (_states, _newStates, _angles, _newAngles, _log, _newLog) =
            (new int[_count], new int[_count], new float[_count * _dimension], new float[_count * _dimension], new double[_count],
                new double[_count]);
    }

    /// <summary>Evaluations of the target so far.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Accepted share of the last round's independent draws: the proposal's quality as the walkers see it.</summary>
    public double IndependenceAcceptance { get; private set; }

    /// <summary>Accepted share of the last round's single-angle moves.</summary>
    public double MoveAcceptance { get; private set; }

    /// <summary>Walkers' states, [W].</summary>
    public int[] WalkerStates => _states;

    /// <summary>Walkers' angles, [W, T] rad.</summary>
    public float[] WalkerAngles => _angles;

    /// <summary>Walkers' log densities under the target, [W].</summary>
    public double[] WalkerLogs => _log;

    /// <summary>Runs all rounds.</summary>
    public void Run(Action<double>? progress = null, CancellationToken cancellation = default)
    {
        _proposal.Draw(_states, _angles, _newLog, _random.Split("start"), _threads);
        Evaluate(_states, _angles, _log);
        // from hot to the target's own temperature, so that the start's clashes relax into more than the nearest well
        int cooling = Math.Max(40, 6 * _dimension);
        for (int n = 0; n < cooling && !cancellation.IsCancellationRequested; n++)
            Move(0.1 + 0.9 * n / cooling);
        var memory = new List<(int[] States, float[] Angles)>();
        for (int round = 0; round < _settings.Rounds && !cancellation.IsCancellationRequested; round++)
        {
            double moved = 0;
            for (int n = 0; n < _settings.Sweeps * _dimension && !cancellation.IsCancellationRequested; n++)
            {
                moved += Move(1);
                if (n % (2 * _dimension) == _dimension)
                    Jump();
                if (n % (2 * _dimension) == 2 * _dimension - 1)
                    memory.Add(([.. _states], [.. _angles]));
            }
            if (memory.Count == 0)
                return;
            MoveAcceptance = moved / (_settings.Sweeps * _dimension);
            // the first walkers have not seen much: only what is recent is fitted to
            memory.RemoveRange(0, Math.Max(0, memory.Count - 2 * (_settings.Sweeps / 2)));
            int[] states = [.. memory.SelectMany(m => m.States)];
            float[] angles = [.. memory.SelectMany(m => m.Angles)], weights = new float[states.Length];
            Array.Fill(weights, 1);
            TorusFit.Run(_proposal, states, angles, weights, false, new(Epochs: _settings.Epochs, LearningRate: WalkersRate),
                _random.Split($"fit {round}"), _threads, cancellation);
            progress?.Invoke((round + 1.0) / (_settings.Rounds + _settings.Polish));
        }
        for (int round = 0; round < _settings.Polish && !cancellation.IsCancellationRequested; round++)
        {
            Polish(_random.Split($"polish {round}"), cancellation);
            progress?.Invoke((_settings.Rounds + round + 1.0) / (_settings.Rounds + _settings.Polish));
        }
    }

    /// <summary>A fit to draws of the proposal, weighted.</summary>
    private void Polish(RandomSource random, CancellationToken cancellation)
    {
        (int[] states, float[] angles, double[] log) = TorusDraws.Of(_proposal, _target, _settings.PolishDraws, random.Split("draws"),
            _threads);
        Evaluations += log.Length;
        double top = log.Max();
        if (double.IsNegativeInfinity(top))
            return;
        int count = log.Length;
        float[] weights = new float[count];
        double sum = 0, squares = 0;
        for (int n = 0; n < count; n++)
        {
            weights[n] = (float)Math.Exp(log[n] - top);
            (sum, squares) = (sum + weights[n], squares + weights[n] * weights[n]);
        }
        if (sum * sum / squares < 0.05 * count)
            return; // weights that few points carry say nothing: what the walkers have seen is better
        for (int n = 0; n < count; n++)
            weights[n] = (float)(weights[n] / sum * count);
        TorusFit.Run(_proposal, states, angles, weights, true, new(Epochs: _settings.PolishEpochs), random.Split("fit"), _threads,
            cancellation);
    }

    /// <summary>A Metropolis step of one angle (or, now and then, the state) of every walker.</summary>
    /// <returns>Accepted share.</returns>
    private double Move(double inverseTemperature)
    {
        _states.CopyTo(_newStates, 0);
        _angles.CopyTo(_newAngles, 0);
        long step = _step++;
        ulong key = _random.Split("moves").Key;
        for (int w = 0; w < _count; w++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Words(key, (ulong)w, (ulong)step);
            if (_proposal.States > 1 && d % 8 == 0)
            {
                _newStates[w] = (int)((ulong)a * (ulong)_proposal.States >> 32);
                continue;
            }
            int t = (int)((ulong)a * (ulong)_dimension >> 32);
            double u = Philox.Uniform(b, c) - 0.5;
            // half of the moves go anywhere, half within 30 degrees
            double angle = d % 2 == 0 ? 2 * Math.PI * u : _angles[w * _dimension + t] + u * Math.PI / 3;
            _newAngles[w * _dimension + t] = (float)Math.IEEERemainder(angle, 2 * Math.PI);
        }
        Evaluate(_newStates, _newAngles, _newLog);
        return Accept(step, "accept", w => inverseTemperature * (_newLog[w] - _log[w]));
    }

    /// <summary>An independent draw of the proposal for every walker.</summary>
    private void Jump()
    {
        double[] before = new double[_count], after = new double[_count];
        long step = _step++;
        _proposal.LogDensity(_states, _angles, before, _threads);
        _proposal.Draw(_newStates, _newAngles, after, _random.Split("jumps").Split(step), _threads);
        Evaluate(_newStates, _newAngles, _newLog);
        IndependenceAcceptance = Accept(step, "accept jump", w => _newLog[w] - _log[w] - after[w] + before[w]);
    }

    private double Accept(long step, string label, Func<int, double> logRatio)
    {
        ulong key = _random.Split(label).Key;
        int accepted = 0;
        for (int w = 0; w < _count; w++)
        {
            (uint a, uint b, _, _) = Philox.Words(key, (ulong)w, (ulong)step);
            // a walker without a density takes the first point that has one
            bool take = double.IsFinite(_newLog[w]) && (!double.IsFinite(_log[w]) || Philox.Uniform(a, b) < Math.Exp(logRatio(w)));
            if (!take)
                continue;
            accepted++;
            _log[w] = _newLog[w];
            _states[w] = _newStates[w];
            _newAngles.AsSpan(w * _dimension, _dimension).CopyTo(_angles.AsSpan(w * _dimension));
        }
        return (double)accepted / _count;
    }

    private void Evaluate(int[] states, float[] angles, double[] log)
    {
        _target(states, angles, log);
        Evaluations += states.Length;
    }
}
