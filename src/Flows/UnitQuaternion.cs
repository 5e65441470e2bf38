using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>Unit quaternions (w, x, y, z) in tensors: their last dimension has four numbers. q and -q are one orientation.</summary>
internal static class UnitQuaternion
{
    private const double Tolerance = 1e-4; // of |q|^2: single precision after many layers

    /// <summary>Numbers of a quaternion.</summary>
    public const int Size = 4;

    /// <summary>ln of the volume of S^3, 2 pi^2.</summary>
    public static double LogVolume => RigidBody.LogVolumeOfSphere;

    /// <summary>Which are of unit length, [B].</summary>
    public static Tensor Contains(Tensor q) => (q.square().sum(1) - 1).abs() <= Tolerance;

    /// <summary>One from the uniform distribution: four normal numbers, normalised.</summary>
    public static void Draw(Span<double> q, RandomSource random)
    {
        double square = 0;
        foreach (ref double number in q)
        {
            number = random.NextNormal();
            square += number * number;
        }
        foreach (ref double number in q)
            number /= Math.Sqrt(square);
    }

    /// <summary>a b, Hamilton's product: the turn b, then the turn a.</summary>
    public static Tensor Product(Tensor a, Tensor b)
    {
        Tensor[] p = a.unbind(-1), q = b.unbind(-1);
        return stack([p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3], p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
            p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1], p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0]], -1);
    }

    /// <summary>The inverse turn.</summary>
    public static Tensor Conjugate(Tensor q) => cat([q.narrow(-1, 0, 1), -q.narrow(-1, 1, 3)], -1);

    /// <summary>Of unit length.</summary>
    public static Tensor Normalised(Tensor q) => q / q.square().sum(-1, keepdim: true).sqrt();

    /// <summary>The matrix of the turn, row by row: [..., 9]. It does not know q's sign.</summary>
    public static Tensor Matrix(Tensor q)
    {
        Tensor[] c = q.unbind(-1);
        (Tensor w, Tensor x, Tensor y, Tensor z) = (c[0], c[1], c[2], c[3]);
        return stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1);
    }
}
