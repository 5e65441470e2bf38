using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Brings samples of a law of identical points, invariant under rotations and reflections, near to others: points are relabelled by the
/// cheapest assignment and the whole is turned by the best orthogonal matrix, in turn. L. Klein, A. Kraemer, F. Noe, NeurIPS 2023,
/// "Equivariant flow matching". The law stays what it was if the base has the same symmetries. In a periodic box points are relabelled by
/// distances of nearest images, and nothing is turned.
/// </summary>
/// <param name="points">N.</param>
/// <param name="space">d.</param>
/// <param name="rounds">Assignments, each followed by a turn.</param>
/// <param name="edge">Of the periodic box; 0 for open space.</param>
public sealed class ParticlePairing(int points, int space, int rounds = 2, double edge = 0)
{
    /// <summary>N d.</summary>
    public int Dimension => points * space;

    /// <summary>Rows of x1, relabelled and turned towards the rows of x0; both [B, N d] with their centres at rest, or in their
    /// box.</summary>
    public Tensor Nearest(Tensor x0, Tensor x1) => Nearest(x0, x1, x1.narrow(1, 0, 0)).X;

    /// <summary>The same, and vectors that belong to the points of x1 are relabelled and turned with them.</summary>
    /// <param name="x0">[B, N d].</param>
    /// <param name="x1">[B, N d].</param>
    /// <param name="along">[B, N d], or [B, 0] for none.</param>
    public (Tensor X, Tensor Along) Nearest(Tensor x0, Tensor x1, Tensor along)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        int kinds = along.shape[1] == 0 ? 1 : 2;
        // [B, N, kinds, d]: positions, then what goes with them
        Tensor fixedPoints = x0.to(ScalarType.Float64).reshape(-1, points, space), moved =
            stack([.. new[] { x1, along }.Take(kinds).Select(t => t.to(ScalarType.Float64).reshape(-1, points, space))], 2);
        for (int round = 0; round < (edge > 0 ? 1 : rounds); round++)
        {
            moved = moved.gather(1, Order(Costs(fixedPoints, moved.select(2, 0))).reshape(-1, points, 1, 1).expand(-1, -1, kinds, space));
            if (edge > 0)
                break;
            // the orthogonal Procrustes problem: P. H. Schoenemann, Psychometrika 31 (1966) 1
            (Tensor u, _, Tensor vt) = linalg.svd(moved.select(2, 0).transpose(1, 2).matmul(fixedPoints));
            moved = moved.matmul(u.matmul(vt).unsqueeze(1));
        }
        Tensor Of(int kind) => moved.select(2, kind).reshape(-1, Dimension).to(x1.dtype).MoveToOuterDisposeScope();
        return (Of(0), kinds == 1 ? along : Of(1));
    }

    private Tensor Costs(Tensor from, Tensor to)
    {
        if (!(edge > 0))
            return cdist(from, to).square();
        Tensor d = from.unsqueeze(2) - to.unsqueeze(1);
        return (d - (d / edge).round() * edge).square().sum(3);
    }

    private Tensor Order(Tensor costs)
    {
        double[] numbers = costs.cpu().contiguous().data<double>().ToArray();
        long[] order = new long[costs.shape[0] * points];
        for (int b = 0; b < costs.shape[0]; b++)
        {
            int[] columns = Assignment.Solve(numbers.AsSpan(b * points * points, points * points), points).Columns;
            for (int i = 0; i < points; i++)
                order[b * points + i] = columns[i];
        }
        return tensor(order, [costs.shape[0], points], device: costs.device);
    }
}
