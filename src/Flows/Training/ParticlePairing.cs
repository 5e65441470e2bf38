using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Brings samples of a law of identical points, invariant under rotations and reflections, near to others: points are relabelled by the
/// cheapest assignment and the whole is turned by the best orthogonal matrix, in turn. L. Klein, A. Kraemer, F. Noe, NeurIPS 2023,
/// "Equivariant flow matching". The law stays what it was if the base has the same symmetries.
/// </summary>
/// <param name="points">N.</param>
/// <param name="space">d.</param>
/// <param name="rounds">Assignments, each followed by a turn.</param>
public sealed class ParticlePairing(int points, int space, int rounds = 2)
{
    /// <summary>N d.</summary>
    public int Dimension => points * space;

    /// <summary>Rows of x1, relabelled and turned towards the rows of x0; both [B, N d] with their centres at rest.</summary>
    public Tensor Nearest(Tensor x0, Tensor x1)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        Tensor fixedPoints = x0.to(ScalarType.Float64).reshape(-1, points, space), moved = x1.to(ScalarType.Float64).reshape(-1, points,
            space);
        for (int round = 0; round < rounds; round++)
        {
            moved = moved.gather(1, Order(cdist(fixedPoints, moved).square()).unsqueeze(2).expand(-1, -1, space));
            // the orthogonal Procrustes problem: P. H. Schoenemann, Psychometrika 31 (1966) 1
            (Tensor u, _, Tensor vt) = linalg.svd(moved.transpose(1, 2).matmul(fixedPoints));
            moved = moved.matmul(u.matmul(vt));
        }
        return moved.reshape(-1, Dimension).to(x1.dtype).MoveToOuterDisposeScope();
    }

    private Tensor Order(Tensor costs)
    {
        double[] numbers = costs.cpu().data<double>().ToArray();
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
