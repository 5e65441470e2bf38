using System.Numerics.Tensors;

namespace MolSampling.Sampling.Proposals;

/// <summary>A = L L^T of small dense matrices, row by row, in place.</summary>
internal static class Cholesky
{
    /// <summary>Replaces the lower triangle by L.</summary>
    /// <param name="a">[size, size], positive definite; the upper triangle is not touched.</param>
    /// <param name="size">Rows.</param>
    public static void Factorise(double[] a, int size)
    {
        for (int i = 0; i < size; i++)
            for (int j = 0; j <= i; j++)
            {
                double rest = a[i * size + j] - TensorPrimitives.Dot<double>(a.AsSpan(i * size, j), a.AsSpan(j * size, j));
                a[i * size + j] = i == j ? Math.Sqrt(rest) : rest / a[j * size + j];
            }
    }

    /// <summary>Solves L L^T x = b in place of b.</summary>
    public static void Solve(ReadOnlySpan<double> l, Span<double> b, int size)
    {
        for (int i = 0; i < size; i++)
            b[i] = (b[i] - TensorPrimitives.Dot(l.Slice(i * size, i), b[..i])) / l[i * size + i];
        for (int i = size - 1; i >= 0; i--)
        {
            b[i] /= l[i * size + i];
            TensorPrimitives.MultiplyAdd(l.Slice(i * size, i), -b[i], b[..i], b[..i]);
        }
    }
}
