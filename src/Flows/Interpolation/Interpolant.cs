using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// x_t = x_0 + t (x_1 - x_0): a straight line, or on the torus the shorter way (a geodesic). Of independent x_0 and x_1 the law p_t of x_t
/// has the score E[grad ln p_0(x_0) a/(1 - t) + grad ln p_1(x_1) (1 - a)/t | x_t] for any a (target score matching: V. De Bortoli et al.,
/// arXiv 2402.08667; between two Hamiltonians: B. Mate, F. Fleuret, T. Bereau, arXiv 2410.15815). Here a = (1 - t)^2 v_0 / ((1 - t)^2 v_0 +
/// t^2 v_1), with which both poles cancel and the target has no variance at all where both ends are isotropic Gaussians of variances v_0
/// and v_1.
/// </summary>
/// <remarks>The identity wants independent pairs and no seams. Pairs that were matched depend on each other, and nearest images have a seam
/// at half an edge; both leave terms out on the cells' borders. That makes what is learned less exact, and the certificate no
/// less.</remarks>
/// <param name="edge">Of the periodic box; 0 for open space.</param>
public sealed class Interpolant(double edge = 0)
{
    /// <summary>x_t.</summary>
    /// <param name="x0">[B, D].</param>
    /// <param name="x1">[B, D].</param>
    /// <param name="t">[B].</param>
    public Tensor Between(Tensor x0, Tensor x1, Tensor t)
    {
        Tensor way = x1 - x0;
        if (edge > 0)
            way = way - (way / edge).round() * edge;
        return x0 + way * t.unsqueeze(1);
    }

    /// <summary>What the slope dU_t/dx at x_t is to be on average.</summary>
    /// <param name="g0">[B, D] dU_0/dx at x_0.</param>
    /// <param name="g1">[B, D] dU_1/dx at x_1.</param>
    /// <param name="t">[B].</param>
    /// <param name="v0">Of state 0.</param>
    /// <param name="v1">Of state 1.</param>
    public static Tensor Slope(Tensor g0, Tensor g1, Tensor t, double v0 = 1, double v1 = 1)
    {
        Tensor time = t.unsqueeze(1), other = 1 - time;
        return (other * v0 * g0 + time * v1 * g1) / (other.square() * v0 + time.square() * v1);
    }
}
