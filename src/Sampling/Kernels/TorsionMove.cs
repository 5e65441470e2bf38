using System.Runtime.CompilerServices;

namespace MolSampling.Sampling.Kernels;

/// <summary>One bond that a <see cref="TorsionMove"/> turns.</summary>
/// <param name="From">Axis atom that stays.</param>
/// <param name="To">Axis atom at the moving side.</param>
/// <param name="Moving">The atoms that turn, beyond <paramref name="To"/>.</param>
public sealed record RotatableBond(int From, int To, IReadOnlyList<int> Moving);

/// <summary>
/// Metropolis moves along torsions: one side of a random bond turns about it by an angle uniform on the circle. The rotation preserves
/// volume in Cartesian space and its inverse is as likely, so the plain Metropolis ratio is exact. It crosses barriers that dynamics
/// cannot.
/// </summary>
public sealed class TorsionMove : MetropolisMove
{
    private readonly RotatableBond[] _bonds;

    /// <summary>Makes the kernel.</summary>
    /// <exception cref="ArgumentException">No bonds.</exception>
    public TorsionMove(IEnumerable<RotatableBond> bonds)
    {
        _bonds = [.. bonds];
        if (_bonds.Length == 0)
            throw new ArgumentException("A torsion move needs at least one rotatable bond.");
    }

    /// <inheritdoc/>
    internal override ulong Key(RandomSource random, long step) => random.Key;

    /// <inheritdoc/>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        (uint a, uint b, uint c, uint d) = Philox.Words(key, walker, (ulong)step);
        Rotate(block.Positions.Span, block.Width, lane, _bonds[(int)(c * (ulong)_bonds.Length >> 32)],
            (d + 0.5) * (2 * Math.PI / 4294967296.0));
        return (0, Philox.Uniform(a, b));
    }

    /// <summary>Rodrigues' formula about the axis From - To.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Rotate(Span<float> x, int width, int lane, RotatableBond bond, double angle)
    {
        int from = 3 * bond.From * width + lane, to = 3 * bond.To * width + lane;
        double ox = x[to], oy = x[to + width], oz = x[to + 2 * width];
        double ax = ox - x[from], ay = oy - x[from + width], az = oz - x[from + 2 * width];
        double inverse = 1 / Math.Sqrt(ax * ax + ay * ay + az * az);
        ax *= inverse;
        ay *= inverse;
        az *= inverse;
        (double sine, double cosine) = Math.SinCos(angle);
        foreach (int atom in bond.Moving)
        {
            int k = 3 * atom * width + lane;
            double rx = x[k] - ox, ry = x[k + width] - oy, rz = x[k + 2 * width] - oz;
            double along = (1 - cosine) * (ax * rx + ay * ry + az * rz);
            x[k] = (float)(ox + cosine * rx + sine * (ay * rz - az * ry) + along * ax);
            x[k + width] = (float)(oy + cosine * ry + sine * (az * rx - ax * rz) + along * ay);
            x[k + 2 * width] = (float)(oz + cosine * rz + sine * (ax * ry - ay * rx) + along * az);
        }
    }
}
