namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The table that multistate estimators work on: the reduced potential u_kn = beta_k (U_k + p_k V ...)(x_n), in kT, of every sample in
/// every state. Samples are ordered by the state that they were drawn from: first the N_0 samples of state 0, then the N_1 of state 1, and
/// so on.
/// </summary>
public sealed class ReducedPotentials
{
    private readonly double[] _values;
    private readonly int[] _counts, _starts;
    private readonly string[] _names;

    /// <summary>Checks and wraps a table; the numbers are not copied.</summary>
    /// <param name="values">[K, N] u_kn in kT, state by state. +infinity is legal where the sample was drawn from another state: it cannot
    /// occur there.</param>
    /// <param name="counts">[K] samples drawn from each state; zero is allowed.</param>
    /// <param name="names">[K] of the states, for messages; their numbers if left out.</param>
    /// <param name="partial">Whether NaN says that a sample was not evaluated in a state (never its own): two-state estimators take what is
    /// there.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree, no samples, or a number that cannot be a reduced potential (state and
    /// sample are named).</exception>
    public ReducedPotentials(double[] values, IReadOnlyList<int> counts, IReadOnlyList<string>? names = null, bool partial = false)
    {
        if (counts.Any(c => c < 0))
            throw new ArgumentException("A number of samples is negative.");
        int states = counts.Count, samples = counts.Sum();
        if (samples == 0 || values.Length != (long)states * samples)
            throw new ArgumentException($"{states} states with {samples} samples need {(long)states * samples} reduced potentials, not {values.Length}.");
        (_values, _counts, Samples) = (values, [.. counts], samples);
        _names = names is null ? [.. Enumerable.Range(0, states).Select(k => $"state {k}")] : [.. names];
        if (_names.Length != states)
            throw new ArgumentException($"{_names.Length} names for {states} states.");
        _starts = new int[states + 1];
        for (int k = 0; k < states; k++)
            _starts[k + 1] = _starts[k] + counts[k];
        for (int k = 0; k < states; k++)
        {
            ReadOnlySpan<double> u = Of(k);
            for (int n = 0; n < samples; n++)
            {
                if (double.IsFinite(u[n]))
                    continue;
                bool isOwn = n >= _starts[k] && n < _starts[k + 1];
                if (isOwn || !double.IsPositiveInfinity(u[n]) && !(partial && double.IsNaN(u[n])))
                    throw new ArgumentException($"The reduced potential of sample {n} in {_names[k]} is {u[n]}.");
                IsComplete &= !double.IsNaN(u[n]);
            }
        }
    }

    /// <summary>K, the number of states.</summary>
    public int States => _counts.Length;

    /// <summary>N, all samples.</summary>
    public int Samples { get; }

    /// <summary>[K] N_k.</summary>
    public IReadOnlyList<int> Counts => _counts;

    /// <summary>[K + 1] index of the first sample of every state, and N.</summary>
    public IReadOnlyList<int> Starts => _starts;

    /// <summary>Whether every sample is known in every state, which MBAR needs.</summary>
    public bool IsComplete { get; } = true;

    /// <summary>[K] for people.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>[N] of all samples in one state.</summary>
    /// <param name="state">k.</param>
    public ReadOnlySpan<double> Of(int state) => _values.AsSpan(state * Samples, Samples);

    /// <summary>[N_k] of one state's samples in another state.</summary>
    /// <param name="home">k, that the samples were drawn from.</param>
    /// <param name="state">l, that they are looked at in.</param>
    public ReadOnlySpan<double> Of(int home, int state) => Of(state)[_starts[home].._starts[home + 1]];

    /// <summary>[N_k] u_l - u_k of one state's samples, kT: what two-state estimators take. NaN where a sample is not known in the other
    /// state.</summary>
    /// <param name="home">k, that the samples were drawn from.</param>
    /// <param name="state">l, the other.</param>
    public double[] Differences(int home, int state)
    {
        double[] result = Of(home, state).ToArray();
        System.Numerics.Tensors.TensorPrimitives.Subtract(result, Of(home, home), result);
        return result;
    }

    /// <summary>[n] <see cref="Differences"/> of the samples that are known in the other state.</summary>
    /// <param name="home">k, that the samples were drawn from.</param>
    /// <param name="state">l, the other.</param>
    public double[] KnownDifferences(int home, int state) => IsComplete ? Differences(home, state) : Array.FindAll(Differences(home, state),
        d => !double.IsNaN(d));
}
