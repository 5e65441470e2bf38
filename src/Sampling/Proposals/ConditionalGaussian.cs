using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Proposals;

/// <summary>
/// A Gaussian of D numbers whose mean is linear in features of others: q(z | f) = N(z; A f, L L^T). Fitted by maximum likelihood with weak
/// priors: rows of A towards the mean alone, the covariance towards its diagonal.
/// </summary>
public sealed class ConditionalGaussian
{
    private readonly double[] _means; // [D, F]
    private readonly double[] _factor; // [D, D] L, lower triangle
    private readonly double[] _inverseDiagonal; // [D]
    private readonly double _logNorm;

    private ConditionalGaussian(int features, double[] means, double[] factor)
    {
        (Features, _means, _factor) = (features, means, factor);
        Dimension = means.Length / features;
        _inverseDiagonal = [.. Enumerable.Range(0, Dimension).Select(i => 1 / factor[i * Dimension + i])];
        _logNorm = -0.5 * Dimension * Math.Log(2 * Math.PI) + _inverseDiagonal.Sum(Math.Log);
    }

    /// <summary>One whose numbers were written before.</summary>
    /// <param name="features">F.</param>
    /// <param name="means">[D, F] A.</param>
    /// <param name="factor">[D, D] L, lower triangle, its diagonal positive.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree, numbers that are not finite, or a singular factor.</exception>
    internal static ConditionalGaussian Of(int features, double[] means, double[] factor)
    {
        int dimension = features > 0 ? means.Length / features : 0;
        if (dimension == 0 || means.Length != dimension * features || factor.Length != dimension * dimension
            || !means.Concat(factor).All(double.IsFinite) || Enumerable.Range(0, dimension).Any(i => !(factor[i * dimension + i] > 0)))
            throw new ArgumentException(
                $"No Gaussian given {features} features: {means.Length} numbers of means and {factor.Length} of the factor.");
        return new(features, means, factor);
    }

    /// <summary>[D, F] A.</summary>
    internal double[] Means => _means;

    /// <summary>[D, D] L, lower triangle.</summary>
    internal double[] Factor => _factor;

    /// <summary>D, the number of values.</summary>
    public int Dimension { get; }

    /// <summary>F, the number of features.</summary>
    public int Features { get; }

    /// <summary>Fits to points.</summary>
    /// <param name="features">[n, F], the first of them one.</param>
    /// <param name="values">[n, D].</param>
    /// <param name="dimension">D.</param>
    /// <param name="priorPoints">Points that the priors are worth.</param>
    /// <exception cref="ArgumentException">Fewer than two points, or points that are not finite.</exception>
    public static ConditionalGaussian Fit(double[] features, double[] values, int dimension, double priorPoints = 10)
    {
        int count = values.Length / dimension, width = features.Length / Math.Max(1, count), size = width + dimension;
        if (count < 2 || !double.IsFinite(TensorPrimitives.Sum<double>(values)))
            throw new ArgumentException($"{count} points of {dimension} numbers, finite or not, fit no Gaussian.");
        double[] gram = Gram(features, values, count, width, dimension); // [F and D, F and D]
        double[] normal = new double[width * width], means = new double[dimension * width], covariance = new double[dimension * dimension];
        for (int f = 0; f < width; f++)
        {
            gram.AsSpan(f * size, f + 1).CopyTo(normal.AsSpan(f * width));
            normal[f * width + f] += f == 0 ? 0 : priorPoints;
        }
        // A = Z^T F (F^T F + prior)^-1, residuals (Z - F A^T)^T (Z - F A^T) = Z^T Z - A F^T Z - A prior A^T
        Cholesky.Factorise(normal, width);
        for (int d = 0; d < dimension; d++)
        {
            Span<double> row = means.AsSpan(d * width, width);
            gram.AsSpan((width + d) * size, width).CopyTo(row);
            Cholesky.Solve(normal, row, width);
        }
        for (int i = 0; i < dimension; i++)
        {
            ReadOnlySpan<double> a = means.AsSpan(i * width, width), own = gram.AsSpan((width + i) * size, size);
            for (int j = 0; j <= i; j++)
                covariance[i * dimension + j] = (own[width + j] - TensorPrimitives.Dot(means.AsSpan(j * width, width), own[..width])
                    - priorPoints * TensorPrimitives.Dot<double>(a[1..], means.AsSpan(j * width + 1, width - 1))) / (count + priorPoints);
            double variance = Math.Max(covariance[i * dimension + i] * (count + priorPoints) / count, 1e-16);
            covariance[i * dimension + i] += variance * priorPoints / (count + priorPoints);
        }
        Cholesky.Factorise(covariance, dimension);
        return new(width, means, covariance);
    }

    /// <summary>A draw, which is a function of the normal numbers.</summary>
    /// <param name="features">[F].</param>
    /// <param name="normals">[D] independent standard normal numbers.</param>
    /// <param name="values">[D], overwritten.</param>
    /// <returns>log q.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Draw(ReadOnlySpan<double> features, ReadOnlySpan<double> normals, Span<double> values)
    {
        FourRows.Multiply(_means, Features, features, values);
        FourRows.AddTriangle(_factor, Dimension, normals, values);
        return _logNorm - 0.5 * TensorPrimitives.Dot(normals, normals);
    }

    /// <summary>log q(z | f).</summary>
    /// <param name="features">[F].</param>
    /// <param name="values">[D].</param>
    /// <param name="scratch">[D].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double LogDensity(ReadOnlySpan<double> features, ReadOnlySpan<double> values, Span<double> scratch)
    {
        FourRows.Multiply(_means, Features, features, scratch);
        for (int d = 0; d < Dimension; d++)
            scratch[d] = values[d] - scratch[d];
        FourRows.SolveTriangle(_factor, _inverseDiagonal, scratch);
        return _logNorm - 0.5 * TensorPrimitives.Dot<double>(scratch, scratch);
    }

    /// <summary>[F | Z]^T [F | Z], lower triangle: parts of the points in columns that stay in the cache, summed in order.</summary>
    private static double[] Gram(double[] features, double[] values, int count, int width, int dimension)
    {
        const int part = 256;
        // fixed, so that sums do not depend on threads
        int size = width + dimension, parts = (count + part - 1) / part, teams = Math.Min(parts, 8);
        var sums = new double[teams][];
        Parallel.For(0, teams, ParallelWork.Options(), team =>
        {
            double[] sum = sums[team] = new double[size * size], columns = new double[size * part];
            for (int p = team; p < parts; p += teams)
            {
                int first = p * part, points = Math.Min(part, count - first);
                for (int n = 0; n < points; n++)
                {
                    for (int f = 0; f < width; f++)
                        columns[f * part + n] = features[(first + n) * width + f];
                    for (int d = 0; d < dimension; d++)
                        columns[(width + d) * part + n] = values[(first + n) * dimension + d];
                }
                for (int i = 0; i < size; i++)
                    for (int j = 0; j <= i; j++)
                        sum[i * size + j] += TensorPrimitives.Dot<double>(columns.AsSpan(i * part, points),
                            columns.AsSpan(j * part, points));
            }
        });
        for (int team = 1; team < teams; team++)
            TensorPrimitives.Add<double>(sums[0], sums[team], sums[0]);
        return sums[0];
    }
}
