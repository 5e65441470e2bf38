using System.Runtime.CompilerServices;
using MolSampling.Potentials;

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
public sealed class TorsionMove : Kernel
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
    public override KernelWorkspace CreateWorkspace(Potential potential) => new Workspace(potential);

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        int width = block.Width;
        Span<float> x = block.Positions.Span;
        work.Before.Take(block);
        for (int lane = 0; lane < width; lane++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Words(random.Key, (ulong)(block.FirstWalker + lane), (ulong)step);
            work.Uniforms[lane] = Philox.Uniform(a, b);
            RotatableBond bond = _bonds[(int)(c * (ulong)_bonds.Length >> 32)];
            Rotate(x, width, lane, bond, (d + 0.5) * (2 * Math.PI / 4294967296.0));
        }
        block.Evaluate(potential);
        work.Evaluations += block.Walkers;
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            double change = block.Energies[lane] - work.Before.Energies[lane];
            bool accepted = false;
            if (!double.IsFinite(change))
                work.NonFinite++;
            else if (work.Uniforms[lane] < Math.Exp(-block.Beta[lane] * change))
                accepted = potential.Support?.Contains(x, width, lane) ?? true;
            work.Count(block.Rungs[lane], accepted);
            if (!accepted)
                work.Before.PutBack(block, lane);
        }
        for (int lane = block.Walkers; lane < width; lane++)
            work.Before.PutBack(block, lane); // padding stays where it is
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

    private sealed class Workspace(Potential potential) : KernelWorkspace, IDisposable
    {
        public BlockMemory Before { get; } = new(potential);
        public double[] Uniforms { get; } = new double[potential.BlockWidth];

        public void Dispose() => Before.Dispose();
    }
}
