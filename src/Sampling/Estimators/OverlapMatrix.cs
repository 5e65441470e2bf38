using MathNet.Numerics.LinearAlgebra;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// How much states share: O_kl = n_l sum_n W_kn W_ln is the probability that a sample found in state k had been drawn from state l; rows
/// sum to one. P. V. Klimovich, M. R. Shirts, D. L. Mobley, J. Comput. Aided Mol. Des. 29 (2015) 397:
/// neighbours should share at least 0.03. Eigenvalues are those of the symmetric form sqrt(n_k) W_k W_l sqrt(n_l), so they are real.
/// </summary>
public sealed class OverlapMatrix
{
    /// <summary>Neighbours that share less are warned about.</summary>
    public const double LeastBetweenNeighbours = 0.03;

    internal OverlapMatrix(double[] products, int states, double[] counts)
    {
        Values = new double[states, states];
        for (int k = 0; k < states; k++)
            for (int l = 0; l < states; l++)
                Values[k, l] = products[k * states + l] * counts[l];
        int[] sampled = [.. Enumerable.Range(0, states).Where(k => counts[k] > 0)];
        Matrix<double> symmetric = Matrix<double>.Build.Dense(sampled.Length, sampled.Length,
            (k, l) => products[sampled[k] * states + sampled[l]] * Math.Sqrt(counts[sampled[k]] * counts[sampled[l]]));
        Eigenvalues = [.. symmetric.Evd(Symmetricity.Symmetric).EigenValues.Select(e => e.Real).OrderDescending()];
    }

    /// <summary>[K, K].</summary>
    public double[,] Values { get; }

    /// <summary>[S] from the largest, which is one.</summary>
    public IReadOnlyList<double> Eigenvalues { get; }

    /// <summary>One minus the second eigenvalue: 1 if all states are the same, 0 if they fall apart.</summary>
    public double Scalar => Eigenvalues.Count < 2 ? 1 : Math.Max(0, 1 - Eigenvalues[1]);
}
