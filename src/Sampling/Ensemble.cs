using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Sampling;

/// <summary>
/// Weighted samples that know what they are samples of: exp(-beta U) of a potential at a state. Immutable; each verb returns a new one.
/// Plain arrays, so that sampling and estimating need no tensor library.
/// </summary>
public sealed class Ensemble
{
    /// <summary>Makes an ensemble.</summary>
    /// <param name="state">The temperature.</param>
    /// <param name="positions">[S][N * 3] nm; the arrays may be shared.</param>
    /// <param name="energies">[S] kJ/mol.</param>
    /// <param name="logWeights">[S], normalised here.</param>
    /// <param name="groups">[S] the independent simulation that each sample came from, 0 .. G - 1.</param>
    /// <exception cref="ArgumentException">Lengths that do not agree, or a weight that is NaN.</exception>
    public Ensemble(ThermodynamicState state, IReadOnlyList<ReadOnlyMemory<float>> positions, double[] energies, double[] logWeights,
        int[] groups)
    {
        if (positions.Count != energies.Length || energies.Length != logWeights.Length || logWeights.Length != groups.Length)
            throw new ArgumentException("Positions, energies, weights and groups of an ensemble must have one entry a sample.");
        if (logWeights.Any(double.IsNaN))
            throw new ArgumentException($"The weight of sample {Array.FindIndex(logWeights, double.IsNaN)} is NaN.");
        double largest = logWeights.DefaultIfEmpty(0).Max();
        double norm = largest + Math.Log(logWeights.Sum(w => Math.Exp(w - largest)));
        (State, Positions, Energies, Groups) = (state, positions, energies, groups);
        LogWeights = [.. logWeights.Select(w => w - norm)];
    }

    /// <summary>The temperature.</summary>
    public ThermodynamicState State { get; }

    /// <summary>[S][N * 3] nm.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Positions { get; }

    /// <summary>[S] kJ/mol.</summary>
    public IReadOnlyList<double> Energies { get; }

    /// <summary>[S]; exp sums to 1.</summary>
    public IReadOnlyList<double> LogWeights { get; }

    /// <summary>[S] independent simulations.</summary>
    public IReadOnlyList<int> Groups { get; }

    /// <summary>S.</summary>
    public int Count => Energies.Count;

    /// <summary>Kish's 1 / sum w^2: what the weights alone leave of the samples.</summary>
    public double EffectiveSampleSize => Count == 0 ? 0 : 1 / LogWeights.Sum(w => Math.Exp(2 * w));

    /// <summary>The weighted mean of an observable, with the jackknife error over the independent groups.</summary>
    /// <param name="observable">[S] values.</param>
    public Estimate Expectation(ReadOnlySpan<double> observable)
    {
        if (observable.Length != Count)
            throw new ArgumentException($"{Count} samples need {Count} values, not {observable.Length}.");
        int groups = Groups.DefaultIfEmpty(-1).Max() + 1;
        double[] sums = new double[groups], weights = new double[groups];
        for (int s = 0; s < observable.Length; s++)
        {
            double weight = Math.Exp(LogWeights[s]);
            sums[Groups[s]] += weight * observable[s];
            weights[Groups[s]] += weight;
        }
        return Jackknife.Ratio(sums, weights);
    }

    /// <summary>The same samples as an ensemble of another temperature: log w - (beta' - beta) U.</summary>
    public Ensemble ReweightTo(ThermodynamicState state) =>
        new(state, Positions, [.. Energies], [.. LogWeights.Select((w, s) => w - (state.Beta - State.Beta) * Energies[s])], [.. Groups]);

    /// <summary>
    /// Draws samples in proportion to their weights, systematically (one random number: J. Carpenter, P. Clifford, P. Fearnhead, IEE Proc.
    /// 146 (1999) 2). A sample drawn m times stands once with weight m / count.
    /// </summary>
    /// <returns>Indices and multiplicities, in the order of the samples.</returns>
    public IReadOnlyList<(int Sample, int Multiplicity)> Resample(int count, RandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var drawn = new List<(int Sample, int Multiplicity)>();
        foreach (long row in SystematicResampling.Rows([.. LogWeights.Select(Math.Exp)], count, random))
            if (drawn.Count > 0 && drawn[^1].Sample == row)
                drawn[^1] = ((int)row, drawn[^1].Multiplicity + 1);
            else
                drawn.Add(((int)row, 1));
        return drawn;
    }
}
