using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Rigid;

/// <summary>
/// The energy of rigid molecules near a reference, as a crystal's: a potential of sites, U(x(r, c)), with the coordinates of each molecule
/// (r, c), r where its first site is, nm, and c how it is turned from its reference, in Cayley's chart: the unit quaternion (1, c)/(1 +
/// c^2)^(1/2), so c = tan(angle/2) times the axis. The chart covers every orientation once but turns by pi. Sites are at
/// r + s + 2/(1 + c^2) (c x s + c x (c x s)); with force f and torque tau about r, -dU/dc = 2/(1 + c^2) (tau + tau x c), since the angular
/// velocity is 2/(1 + c^2) (dc/dt + c x dc/dt).
/// </summary>
/// <remarks>The volume of orientations is not in U: it is 1/(1 + c^2)^2 dc of S^3, which <see cref="Terms.RotationVolume"/> has as an
/// energy.</remarks>
public sealed class RigidBodyPotential : Potential
{
    private readonly Potential _sites;
    private readonly double[] _arms; // [sites, 3] from the first site of a molecule, as in the reference
    private readonly int[] _first; // [M + 1] the first site of each molecule
    private readonly double[] _held; // [3] of the first molecule; empty if it moves

    /// <summary>Of molecules in their reference poses.</summary>
    /// <param name="sites">U of all sites; those of a molecule follow one another.</param>
    /// <param name="bodies">[M], the molecules.</param>
    /// <param name="masses">[2M] of r and c in kinetic energies of samplers, Da and Da nm^2.</param>
    /// <param name="poses">[M, 7], the reference.</param>
    /// <param name="holdsFirst">Whether the first molecule's place stays where it is: the gauge of a crystal, whose energy does not change
    /// when all move together.</param>
    /// <exception cref="ArgumentException">Numbers that do not go together; constraints or a support of the sites'.</exception>
    public RigidBodyPotential(Potential sites, IReadOnlyList<RigidBody> bodies, IReadOnlyList<double> masses, ReadOnlySpan<double> poses,
        bool holdsFirst)
    {
        if (bodies.Count == 0 || bodies.Sum(b => b.SiteCount) != sites.AtomCount || sites.Dimension != 3 * sites.AtomCount
            || poses.Length != RigidBody.PoseSize * bodies.Count || masses.Count != 2 * bodies.Count)
            throw new ArgumentException($"{bodies.Count} bodies of {bodies.Sum(b => b.SiteCount)} sites, {poses.Length} numbers of poses "
                + $"and {masses.Count} masses do not go with a potential of {sites.AtomCount} sites.");
        if (sites.Constraints is not null || sites.Support is not null)
            throw new ArgumentException("Rigid bodies hold their sites themselves: their potential has neither constraints nor a support.");
        (_sites, Bodies) = (sites, [.. bodies]);
        _first = new int[bodies.Count + 1];
        _arms = new double[3 * sites.AtomCount];
        Reference = poses.ToArray();
        for (int m = 0; m < bodies.Count; m++)
        {
            _first[m + 1] = _first[m] + bodies[m].SiteCount;
            ReadOnlySpan<double> pose = poses.Slice(RigidBody.PoseSize * m, RigidBody.PoseSize);
            Span<double> arms = _arms.AsSpan(3 * _first[m], 3 * bodies[m].SiteCount);
            bodies[m].Place([0, 0, 0, .. pose[3..]], arms);
        }
        _held = holdsFirst ? poses[..3].ToArray() : [];
        Masses = [.. masses.Skip(holdsFirst ? 1 : 0)];
        ReferencePoint = [.. Enumerable.Range(0, 6 * bodies.Count).Select(k => k % 6 < 3 ? Reference[RigidBody.PoseSize * (k / 6) + k % 6]
            : 0).Skip(_held.Length)];
        string numbers = string.Join(' ', _arms.Concat(_held).Select(x => x.ToString("G12", CultureInfo.InvariantCulture)));
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{sites.Fingerprint} rigid {string.Join(' ', _first)} {numbers}"))); // the last digits of a sine are the platform's
    }

    /// <summary>[M] molecules.</summary>
    public IReadOnlyList<RigidBody> Bodies { get; }

    /// <summary>[M, 7] poses of the reference.</summary>
    public IReadOnlyList<double> Reference { get; }

    /// <summary>[D], the coordinates of the reference.</summary>
    public IReadOnlyList<double> ReferencePoint { get; }

    /// <summary>U of the sites.</summary>
    public Potential Sites => _sites;

    /// <summary>Coordinates that begin a vector c, in threes as atoms are: every other, from here on.</summary>
    public int FirstRotation => _held.Length > 0 ? 0 : 1;

    /// <inheritdoc/>
    public override string Name => $"{_sites.Name} of rigid molecules";

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <summary>Threes of coordinates: r and c of every molecule, without a held r.</summary>
    public override int AtomCount => Masses.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth => _sites.BlockWidth;

    /// <inheritdoc/>
    public override Parallelism Parallelism => _sites.Parallelism;

    /// <summary>Coordinates c do not move with the others.</summary>
    public override bool IsTranslationInvariant => false;

    /// <inheritdoc/>
    public override unsafe void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        int width = energies.Length, size = _sites.Dimension * width;
        float[] places = ArrayPool<float>.Shared.Rent(size), pulls = ArrayPool<float>.Shared.Rent(size);
        fixed (float* x = positions, s = places, f = pulls, g = forces)
        {
            for (int lane = 0; lane < width; lane += Float128.Width)
                Place<Float128>((byte*)(x + lane), (byte*)(s + lane), width * sizeof(float));
            _sites.EvaluateBlock(places.AsSpan(0, size), pulls.AsSpan(0, size), energies);
            for (int lane = 0; lane < width; lane += Float128.Width)
                Gather<Float128>((byte*)(x + lane), (byte*)(s + lane), (byte*)(f + lane), (byte*)(g + lane), width * sizeof(float));
        }
        ArrayPool<float>.Shared.Return(places);
        ArrayPool<float>.Shared.Return(pulls);
    }

    /// <inheritdoc/>
    public override unsafe double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        double[] places = new double[_sites.Dimension], pulls = new double[_sites.Dimension];
        fixed (double* x = positions, s = places, f = pulls, g = forces)
        {
            Place<Double64>((byte*)x, (byte*)s, sizeof(double));
            double energy = _sites.EvaluateDouble(places, pulls);
            Gather<Double64>((byte*)x, (byte*)s, (byte*)f, (byte*)g, sizeof(double));
            return energy;
        }
    }

    /// <summary>Where the sites of a configuration are.</summary>
    /// <param name="coordinates">[D].</param>
    /// <param name="sites">[sites, 3] nm, overwritten.</param>
    public unsafe void PlaceSites(ReadOnlySpan<double> coordinates, Span<double> sites)
    {
        fixed (double* x = coordinates, s = sites)
            Place<Double64>((byte*)x, (byte*)s, sizeof(double));
    }

    /// <summary>The coordinates of poses. Molecules that are held stay where they are: all others are taken relative to them.</summary>
    /// <param name="poses">[M, 7].</param>
    /// <param name="coordinates">[D], overwritten.</param>
    public void FromPoses(ReadOnlySpan<double> poses, Span<double> coordinates)
    {
        int at = 0;
        for (int m = 0; m < Bodies.Count; m++)
        {
            ReadOnlySpan<double> pose = poses.Slice(RigidBody.PoseSize * m, RigidBody.PoseSize), q = pose[3..];
            for (int d = 0; d < 3 && (m > 0 || _held.Length == 0); d++)
                coordinates[at++] = pose[d] - (_held.Length == 0 ? 0 : poses[d] - _held[d]);
            // q = (1, c) q0 / |.|: (1, c) is along q q0*
            (double w, double x, double y, double z) = (Reference[RigidBody.PoseSize * m + 3], -Reference[RigidBody.PoseSize * m + 4],
                -Reference[RigidBody.PoseSize * m + 5], -Reference[RigidBody.PoseSize * m + 6]);
            double scalar = q[0] * w - q[1] * x - q[2] * y - q[3] * z;
            coordinates[at++] = (q[0] * x + q[1] * w + q[2] * z - q[3] * y) / scalar;
            coordinates[at++] = (q[0] * y - q[1] * z + q[2] * w + q[3] * x) / scalar;
            coordinates[at++] = (q[0] * z + q[1] * y - q[2] * x + q[3] * w) / scalar;
        }
    }

    /// <summary>Rows lie a number of bytes apart, so that a few lanes of a wider block are taken at a time.</summary>
    private unsafe void Place<T>(byte* x, byte* sites, int step) where T : unmanaged, ILane<T>
    {
        for (int m = 0; m < Bodies.Count; m++)
        {
            Pose(ref x, m, step, out Vec3<T> r, out Vec3<T> c);
            T scale = 2.0 * T.Reciprocal(T.MultiplyAdd(c.X, c.X, T.MultiplyAdd(c.Y, c.Y, T.MultiplyAdd(c.Z, c.Z, 1.0))));
            for (int s = _first[m]; s < _first[m + 1]; s++)
            {
                var arm = new Vec3<T>(_arms[3 * s], _arms[3 * s + 1], _arms[3 * s + 2]);
                Vec3<T> turned = Vec3<T>.Cross(c, arm), twice = Vec3<T>.Cross(c, turned);
                LaneRows.Write(sites, 3 * s, step, r + Vec3<T>.MultiplyAdd(scale, turned + twice, arm));
            }
        }
    }

    /// <summary>Forces on r and c of those on sites.</summary>
    private unsafe void Gather<T>(byte* x, byte* sites, byte* pulls, byte* forces, int step) where T : unmanaged, ILane<T>
    {
        for (int m = 0; m < Bodies.Count; m++)
        {
            Pose(ref x, m, step, out Vec3<T> r, out Vec3<T> c);
            Vec3<T> force = default, torque = default;
            for (int s = _first[m]; s < _first[m + 1]; s++)
            {
                Vec3<T> f = LaneRows.Read<T>(pulls, 3 * s, step);
                force += f;
                torque += Vec3<T>.Cross(LaneRows.Read<T>(sites, 3 * s, step) - r, f);
            }
            if (m > 0 || _held.Length == 0)
            {
                LaneRows.Write(forces, 0, step, force);
                forces += 3 * step;
            }
            T scale = 2.0 * T.Reciprocal(T.MultiplyAdd(c.X, c.X, T.MultiplyAdd(c.Y, c.Y, T.MultiplyAdd(c.Z, c.Z, 1.0))));
            LaneRows.Write(forces, 0, step, scale * (torque + Vec3<T>.Cross(torque, c)));
            forces += 3 * step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void Pose<T>(ref byte* x, int molecule, int step, out Vec3<T> r, out Vec3<T> c) where T : unmanaged, ILane<T>
    {
        if (molecule == 0 && _held.Length > 0)
            r = new(_held[0], _held[1], _held[2]);
        else
        {
            r = LaneRows.Read<T>(x, 0, step);
            x += 3 * step;
        }
        c = LaneRows.Read<T>(x, 0, step);
        x += 3 * step;
    }
}
