using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// How several quantities of one chain mix together. With Lambda the covariance of draws and Sigma that of the mean times T, the
/// eigenvalues of Sigma v = g Lambda v are the statistical inefficiencies of the combinations v x that are uncorrelated in both; the
/// largest belongs to the slowest of all linear combinations, and none can be slower. Neither depends on units or on a change of basis. D.
/// Vats, J. M. Flegal, G. L. Jones, Biometrika 106 (2019) 321. Sigma is by batch means: it is too small where batches are not much longer
/// than g, and the spread of its eigenvalues grows with P over the number of batches.
/// </summary>
/// <param name="EffectiveSize">Of the chain as a whole: T (det Lambda/det Sigma)^(1/P) = T over the geometric mean of the
/// eigenvalues.</param>
/// <param name="Inefficiencies">[P] eigenvalues, descending.</param>
/// <param name="SlowestCombination">[P] coefficients of the slowest combination, of unit variance; positive where a standardised quantity
/// weighs most.</param>
/// <param name="BatchSize">floor(sqrt T) unless given.</param>
/// <param name="Batches">More than P.</param>
public sealed record MultivariateMixing(double EffectiveSize, IReadOnlyList<double> Inefficiencies,
    IReadOnlyList<double> SlowestCombination, int BatchSize, int Batches)
{
    /// <summary>g of the slowest combination.</summary>
    public double SlowestInefficiency => Inefficiencies[0];

    /// <summary>Effective draws of the slowest combination: the least of any.</summary>
    public double SlowestEffectiveSize(int draws) => draws / Inefficiencies[0];

    /// <summary>
    /// The effective size at which the confidence region of P means has a volume of epsilon^P times the spread of the draws: 2^(2/P) pi
    /// chi^2_(P, level) / ((P Gamma(P/2))^(2/P) epsilon^2). From the same paper.
    /// </summary>
    /// <param name="quantities">P.</param>
    /// <param name="epsilon">Relative precision, such as 0.05.</param>
    /// <param name="level">Of confidence, such as 0.95.</param>
    public static double RequiredSize(int quantities, double epsilon, double level)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(quantities);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        double p = quantities, logarithm = 2 / p * (Math.Log(2) - Math.Log(p) - MathNet.Numerics.SpecialFunctions.GammaLn(p / 2));
        return Math.PI * Math.Exp(logarithm) * ChiSquared.InvCDF(p, level) / (epsilon * epsilon);
    }

    /// <param name="quantities">[P][T] of one chain.</param>
    /// <param name="batchSize">Draws in a batch; null for floor(sqrt T). Those that do not fill the last batch are left out of
    /// Sigma.</param>
    /// <exception cref="ArgumentException">Lengths differ, a draw is not finite, batches are not more than quantities, or a quantity is
    /// constant or a combination of those before it.</exception>
    public static MultivariateMixing Of(IReadOnlyList<double[]> quantities, int? batchSize = null)
    {
        int p = quantities.Count, length = p == 0 ? 0 : quantities[0].Length, size = batchSize ?? (int)Math.Sqrt(length);
        if (quantities.Any(q => q.Length != length))
            throw new ArgumentException("All quantities need as many draws as the first.", nameof(quantities));
        Finite.Require(quantities, nameof(quantities));
        int batches = size > 0 ? length / size : 0;
        if (p == 0 || batches <= p)
            throw new ArgumentException($"{length} draws make {batches} batches of {size}: {p} quantities need more batches than that.",
                nameof(quantities));

        // in units of standard deviations: the factorisation then speaks of correlations, and its pivots are comparable
        double[] means = [.. quantities.Select(q => q.Average())];
        double[] deviations = [.. quantities.Select((q, i) => Math.Sqrt(q.Sum(v => (v - means[i]) * (v - means[i])) / (length - 1)))];
        for (int i = 0; i < p; i++)
            if (!(deviations[i] > 1e-12 * Math.Abs(means[i])))
                throw new ArgumentException($"quantities[{i}] is constant.", nameof(quantities));
        double[][] standard = [.. quantities.Select((q, i) => Array.ConvertAll(q, v => (v - means[i]) / deviations[i]))];
        var covariance = Matrix<double>.Build.Dense(p, p, (i, j) => Product(standard[i], standard[j]) / (length - 1));
        double[][] batchMeans =
            [.. standard.Select(q => Enumerable.Range(0, batches).Select(b => q.AsSpan(b * size, size).ToArray().Average()).ToArray())];
        double[] grand = [.. batchMeans.Select(q => q.Average())];
        double[][] centred = [.. batchMeans.Select((q, i) => Array.ConvertAll(q, v => v - grand[i]))];
        var spread = Matrix<double>.Build.Dense(p, p, (i, j) => size * Product(centred[i], centred[j]) / (batches - 1));

        Matrix<double> lower = Factor(covariance);
        Matrix<double> inverse = lower.Inverse(), whitened = inverse * spread * inverse.Transpose();
        Evd<double> modes = (0.5 * (whitened + whitened.Transpose())).Evd(Symmetricity.Symmetric);
        double[] values = [.. modes.EigenValues.Select(v => v.Real).Reverse()];
        Vector<double> slowest = inverse.Transpose() * modes.EigenVectors.Column(p - 1);
        double sign = Math.Sign(slowest[slowest.AbsoluteMaximumIndex()]);
        return new(length / Math.Exp(values.Average(v => Math.Log(v))), values, [.. slowest.Select((c, i) => sign * c / deviations[i])],
            size, batches);
    }

    private static double Product(double[] a, double[] b)
    {
        double sum = 0;
        for (int t = 0; t < a.Length; t++)
            sum += a[t] * b[t];
        return sum;
    }

    // Cholesky, by hand for its pivot: 1 - R^2 of a quantity given those before it
    private static Matrix<double> Factor(Matrix<double> correlation)
    {
        int p = correlation.RowCount;
        var lower = Matrix<double>.Build.Dense(p, p);
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = correlation[i, j];
                for (int k = 0; k < j; k++)
                    sum -= lower[i, k] * lower[j, k];
                if (i != j)
                    lower[i, j] = sum / lower[j, j];
                else if (sum > 1e-12)
                    lower[i, i] = Math.Sqrt(sum);
                else
                    throw new ArgumentException($"quantities[{i}] is a linear combination of those before it.");
            }
        }
        return lower;
    }
}
