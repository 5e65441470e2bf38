using System.Runtime.CompilerServices;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// Geometries of a molecule whose fragments are rigid, as a function of the torsion angles: one or several local structures (ring and
/// inversion states) L_s, and U(tau, s) = U(x(tau; L_s)). The map turns whole fragments, x = R_f x_0 + t_f with (R, t) passed down the
/// tree, so distances within a fragment and across an axis never change and the Jacobian from torsions to the conditional law p(tau | L_s)
/// is constant.
/// </summary>
public sealed class RigidRotors
{
    private readonly Local[] _locals;
    private readonly Potential _potential;

    /// <summary>Takes local structures.</summary>
    /// <param name="tree">The rotors.</param>
    /// <param name="potential">U.</param>
    /// <param name="structures">[S][N, 3] nm; their own torsion angles do not matter.</param>
    public RigidRotors(RotorTree tree, Potential potential, IEnumerable<float[]> structures)
    {
        (Tree, _potential, Structures) = (tree, potential, [.. structures]);
        _locals = [.. Structures.Select(x => new Local(tree, x))];
        if (_locals.Length == 0)
            throw new ArgumentException("Rigid rotors need a local structure.");
    }

    /// <summary>The rotors.</summary>
    public RotorTree Tree { get; }

    /// <summary>S local structures.</summary>
    public int States => _locals.Length;

    /// <summary>[S][N, 3] nm.</summary>
    public IReadOnlyList<float[]> Structures { get; }

    /// <summary>Energies of many configurations.</summary>
    /// <param name="states">[B] local structures.</param>
    /// <param name="angles">[B, T] rad.</param>
    /// <param name="energies">[B] kJ/mol, overwritten.</param>
    /// <param name="positions">[B, N, 3] nm, overwritten; or empty.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Evaluate(int[] states, float[] angles, double[] energies, float[]? positions = null, int threads = 0) =>
        Evaluate(_potential, states, angles, energies, positions, threads);

    /// <summary>The same under another potential of the same atoms, such as a part of the force field.</summary>
    internal void Evaluate(Potential potential, int[] states, float[] angles, double[] energies, float[]? positions = null, int threads = 0)
    {
        int width = potential.BlockWidth, rotors = Tree.Rotors.Count, size = 3 * Tree.AtomCount;
        if (angles.Length != states.Length * rotors || energies.Length != states.Length)
            throw new ArgumentException($"{states.Length} states of {rotors} rotors need {states.Length * rotors} angles and {states.Length} energies.");
        Parallel.For(0, (states.Length + width - 1) / width, ParallelWork.Options(threads),
            () => new Work(size * width, width, rotors),
            (block, _, work) =>
            {
                int first = block * width, count = Math.Min(width, states.Length - first);
                Span<float> x = work.Positions.Span;
                for (int lane = 0; lane < width; lane++)
                {
                    int b = first + Math.Min(lane, count - 1); // the last block repeats its last
                    _locals[states[b]].Place(angles.AsSpan(b * rotors, rotors), x, width, lane, work.Frames);
                }
                potential.EvaluateBlock(x, work.Forces.Span, work.Energies);
                work.Energies.AsSpan(0, count).CopyTo(energies.AsSpan(first));
                for (int lane = 0; positions is not null && lane < count; lane++)
                    for (int k = 0; k < size; k++)
                        positions[(first + lane) * size + k] = x[k * width + lane];
                return work;
            },
            work => work.Dispose());
    }

    private sealed class Work(int lanes, int width, int rotors) : IDisposable
    {
        public LaneBuffer Positions { get; } = new(lanes);

        public LaneBuffer Forces { get; } = new(lanes);

        public double[] Energies { get; } = new double[width];

        public double[] Frames { get; } = new double[12 * (rotors + 1)];

        public void Dispose()
        {
            Positions.Dispose();
            Forces.Dispose();
        }
    }

    /// <summary>One local structure.</summary>
    private sealed class Local
    {
        private readonly double[] _x; // [N, 3]
        private readonly double[] _axes; // [T, 6] unit axis, origin
        private readonly double[] _own; // [T] its own angles
        private readonly int[] _parents, _rotorOf;

        public Local(RotorTree tree, float[] positions)
        {
            if (positions.Length != 3 * tree.AtomCount)
                throw new ArgumentException($"{tree.AtomCount} atoms need {3 * tree.AtomCount} coordinates, not {positions.Length}.");
            _x = [.. positions.Select(v => (double)v)];
            _own = tree.Angles(positions);
            _parents = [.. tree.Rotors.Select(r => r.Parent)];
            _rotorOf = tree.RotorOf;
            _axes = new double[6 * _parents.Length];
            for (int r = 0; r < _parents.Length; r++)
            {
                (int from, int to) = (3 * tree.Rotors[r].From, 3 * tree.Rotors[r].To);
                double length = Math.Sqrt(Enumerable.Range(0, 3).Sum(c => (_x[to + c] - _x[from + c]) * (_x[to + c] - _x[from + c])));
                for (int c = 0; c < 3; c++)
                    (_axes[6 * r + c], _axes[6 * r + 3 + c]) = ((_x[to + c] - _x[from + c]) / length, _x[to + c]);
            }
        }

        /// <summary>Writes one configuration into a lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Place(ReadOnlySpan<float> angles, Span<float> x, int width, int lane, double[] frames)
        {
            // frame 0 is the root fragment's, frame r + 1 that of rotor r: [3, 3] rotation, then translation
            Span<double> all = frames;
            all[..12].Clear();
            (all[0], all[4], all[8]) = (1, 1, 1);
            for (int r = 0; r < angles.Length; r++)
                Turn(angles[r] - _own[r], _axes.AsSpan(6 * r, 6), all.Slice(12 * (_parents[r] + 1), 12), all.Slice(12 * (r + 1), 12));
            for (int atom = 0; atom < _rotorOf.Length; atom++)
            {
                ReadOnlySpan<double> f = all.Slice(12 * (_rotorOf[atom] + 1), 12);
                double ax = _x[3 * atom], ay = _x[3 * atom + 1], az = _x[3 * atom + 2];
                int k = 3 * atom * width + lane;
                x[k] = (float)(f[0] * ax + f[1] * ay + f[2] * az + f[9]);
                x[k + width] = (float)(f[3] * ax + f[4] * ay + f[5] * az + f[10]);
                x[k + 2 * width] = (float)(f[6] * ax + f[7] * ay + f[8] * az + f[11]);
            }
        }

        /// <summary>child = parent after a turn by an angle about an axis: R_c = R_p Q, t_c = R_p (o - Q o) + t_p.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Turn(double angle, ReadOnlySpan<double> axis, ReadOnlySpan<double> parent, Span<double> child)
        {
            (double s, double c) = Math.SinCos(angle);
            double ux = axis[0], uy = axis[1], uz = axis[2], v = 1 - c;
            Span<double> q = [c + v * ux * ux, v * ux * uy - s * uz, v * ux * uz + s * uy,
                v * ux * uy + s * uz, c + v * uy * uy, v * uy * uz - s * ux,
                v * ux * uz - s * uy, v * uy * uz + s * ux, c + v * uz * uz];
            Span<double> shift = stackalloc double[3];
            for (int i = 0; i < 3; i++)
                shift[i] = axis[3 + i] - (q[3 * i] * axis[3] + q[3 * i + 1] * axis[4] + q[3 * i + 2] * axis[5]);
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                    child[3 * i + j] = parent[3 * i] * q[j] + parent[3 * i + 1] * q[3 + j] + parent[3 * i + 2] * q[6 + j];
                child[9 + i] = parent[3 * i] * shift[0] + parent[3 * i + 1] * shift[1] + parent[3 * i + 2] * shift[2] + parent[9 + i];
            }
        }
    }
}
