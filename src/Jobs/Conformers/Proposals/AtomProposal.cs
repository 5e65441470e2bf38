using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// A density over all atoms of a molecule, up to rigid motions: a local structure s, torsions t, and for bonds, angles and rings a Gaussian
/// whose mean follows the torsions,
/// <para>q(x) = sum_s q(s) q(t | s) N(z; A_s phi(t), S_s) / |dx/d(z, t)|,  s near s(x),</para>
/// where phi(t) = (1, cos t, sin t, cos 2t, ...), z are <see cref="FrameCoordinates"/> about structure s, and the sum is over the state
/// that x is in and those that border on it. Draws that end in a state that does not border on theirs are lost; there are few.
/// </summary>
internal sealed class AtomProposal
{
    internal const int MeanHarmonics = 3; // of phi

    private readonly LocalStructures _local;
    private readonly FrameCoordinates[] _coordinates; // [S]
    private readonly ConditionalGaussian[] _shapes; // [S]

    private AtomProposal(LocalStructures local, TorusProposal torsions, FrameCoordinates[] coordinates, ConditionalGaussian[] shapes) =>
        (_local, Torsions, _coordinates, _shapes) = (local, torsions, coordinates, shapes);

    /// <summary>q(s) and q(t | s).</summary>
    public TorusProposal Torsions { get; }

    /// <summary>S.</summary>
    public int States => _coordinates.Length;

    /// <summary>The atom that jumps leave where it is.</summary>
    public int FirstAtom => _coordinates[0].Start[0];

    /// <summary>Fits to configurations.</summary>
    /// <param name="frames">Where atoms stand.</param>
    /// <param name="tree">Rotors.</param>
    /// <param name="local">States.</param>
    /// <param name="torsions">Taken as it is.</param>
    /// <param name="positions">[n][N, 3] nm, samples of all atoms.</param>
    /// <param name="states">[n] theirs.</param>
    public static AtomProposal Fit(FrameTree frames, RotorTree tree, LocalStructures local, TorusProposal torsions,
        IReadOnlyList<ReadOnlyMemory<float>> positions, int[] states)
    {
        FrameCoordinates[] coordinates = [.. local.Structures.Select(s => new FrameCoordinates(frames, tree, s))];
        int dimension = coordinates[0].Count, width = 1 + 2 * MeanHarmonics * tree.Rotors.Count;
        var shapes = new ConditionalGaussian[coordinates.Length];
        for (int s = 0; s < shapes.Length; s++)
        {
            int[] own = [.. Enumerable.Range(0, states.Length).Where(n => states[n] == s)];
            double[] z = new double[own.Length * dimension], features = new double[own.Length * width];
            Parallel.For(0, own.Length, ParallelWork.Options(), () => (X: new double[3 * tree.AtomCount], T: new float[tree.Rotors.Count]),
                (n, _, work) =>
            {
                ReadOnlySpan<float> x = positions[own[n]].Span;
                for (int k = 0; k < x.Length; k++)
                    work.X[k] = x[k];
                coordinates[s].Read(work.X, z.AsSpan(n * dimension, dimension), work.T);
                Features(work.T, features.AsSpan(n * width, width));
                return work;
            }, _ => { });
            shapes[s] = ConditionalGaussian.Fit(features, z, dimension);
        }
        return new(local, torsions, coordinates, shapes);
    }

    /// <summary>Independent draws.</summary>
    /// <param name="positions">[B, N, 3] nm, overwritten; NaN where a draw is no geometry.</param>
    /// <param name="random">Draw b takes its numbers from (random, first + b) alone.</param>
    /// <param name="first">Number of the first draw.</param>
    /// <param name="threads">0 for all cores.</param>
    public int[] Draw(float[] positions, RandomSource random, int first, int threads)
    {
        int size = _coordinates[0].Count + 6 + Torsions.Dimension, count = positions.Length / size, dimension = _coordinates[0].Count;
        int[] states = new int[count];
        ulong torsionKey = random.Split("torsions").Key, shapeKey = random.Split("shapes").Key;
        Parallel.For(0, count, ParallelWork.Options(threads), () => new Scratch(this), (b, _, work) =>
        {
            ulong index = (ulong)(first + b);
            int state = states[b] = Torsions.DrawState(torsionKey, index);
            Torsions.Draw(state, work.Angles, torsionKey, index, work.Torsions);
            for (int d = 0; d < dimension; d += 2)
            {
                (work.Normals[d], double second) = Philox.Normals(shapeKey, index, (ulong)d);
                if (d + 1 < dimension)
                    work.Normals[d + 1] = second;
            }
            Features(work.Angles, work.Features);
            _shapes[state].Draw(work.Features, work.Normals, work.Z);
            bool placed = !double.IsNegativeInfinity(_coordinates[state].Place(work.Z, work.Angles, work.X));
            for (int k = 0; k < size; k++)
                positions[b * size + k] = placed ? (float)work.X[k] : float.NaN;
            if (placed && !_local.Near(state).Contains(_local.StateOf(positions.AsSpan(b * size, size), 1, 0)))
                positions.AsSpan(b * size, size).Fill(float.NaN); // the density there is without this state
            return work;
        }, _ => { });
        return states;
    }

    /// <summary>log q for one thread.</summary>
    public LaneDensity Density()
    {
        var work = new Scratch(this);
        return (positions, width, lane) =>
        {
            for (int k = 0; k < work.X.Length; k++)
                work.X[k] = positions[k * width + lane];
            double top = double.NegativeInfinity, sum = 0;
            foreach (int state in _local.Near(_local.StateOf(positions, width, lane)))
            {
                double volume = _coordinates[state].Read(work.X, work.Z, work.Angles);
                Features(work.Angles, work.Features);
                double log = Torsions.LogStates[state] + Torsions.LogDensity(state, work.Angles, work.Torsions)
                    + _shapes[state].LogDensity(work.Features, work.Z, work.Normals) - volume;
                if (log > top)
                    (top, sum) = (log, double.IsNegativeInfinity(top) ? 1 : sum * Math.Exp(top - log) + 1);
                else if (!double.IsNaN(log))
                    sum += Math.Exp(log - top);
            }
            return double.IsNegativeInfinity(top) ? top : top + Math.Log(sum);
        };
    }

    /// <summary>The state that a walker is in.</summary>
    public int StateOf(ReadOnlySpan<float> positions, int width, int lane) => _local.StateOf(positions, width, lane);

    /// <summary>Sets q(s) to shares of states, none below a quarter of its even share.</summary>
    /// <param name="shares">[S], of any sum.</param>
    public void WeighStates(ReadOnlySpan<double> shares)
    {
        double total = 0, norm = 0;
        foreach (double share in shares)
            total += share;
        double Raised(double share) => Math.Max(share / total, 0.25 / States);
        foreach (double share in shares)
            norm += Raised(share);
        for (int s = 0; s < States; s++)
            Torsions.LogStates[s] = Math.Log(Raised(shares[s]) / norm);
    }

    /// <summary>The torsions of a configuration of a state, and the residual u of its bonds, angles and rings.</summary>
    /// <param name="state">s.</param>
    /// <param name="work">Its X is read; its angles, residuals and frame are written.</param>
    /// <returns>ln |dx/d(u, t)|, but for what is the same in all states.</returns>
    public double Read(int state, Scratch work)
    {
        double volume = _coordinates[state].Read(work.X, work.Z, work.Angles);
        work.Frame.Take(_coordinates[state].Start, work.X);
        Features(work.Angles, work.Features);
        return volume - _shapes[state].LogDensity(work.Features, work.Z, work.Normals);
    }

    /// <summary>The configuration of a state that has the scratch's torsions, residuals and frame.</summary>
    /// <param name="state">s.</param>
    /// <param name="work">Its X is written.</param>
    /// <returns>As <see cref="Read"/>; -infinity where it is no geometry.</returns>
    public double Place(int state, Scratch work)
    {
        Features(work.Angles, work.Features);
        double density = _shapes[state].Draw(work.Features, work.Normals, work.Z), volume = _coordinates[state].Place(work.Z, work.Angles,
            work.X);
        work.Frame.Orient(work.X);
        return volume - density;
    }

    /// <summary>phi(t) = (1, cos t, sin t, cos 2t, ...).</summary>
    internal static void Features(ReadOnlySpan<float> angles, Span<double> features)
    {
        features[0] = 1;
        for (int t = 0, n = 1; t < angles.Length; t++)
        {
            (double s, double c) = Math.SinCos(angles[t]);
            (double sine, double cosine) = (s, c);
            for (int m = 0; m < MeanHarmonics; m++, n += 2)
            {
                (features[n], features[n + 1]) = (cosine, sine);
                (cosine, sine) = (cosine * c - sine * s, sine * c + cosine * s);
            }
        }
    }

    /// <summary>Memory of one thread.</summary>
    public sealed class Scratch(AtomProposal owner)
    {
        public double[] X { get; } = new double[owner._coordinates[0].Count + 6 + owner.Torsions.Dimension];
        public double[] Z { get; } = new double[owner._coordinates[0].Count];
        public double[] Normals { get; } = new double[owner._coordinates[0].Count];
        public double[] Features { get; } = new double[owner._shapes[0].Features];
        public float[] Angles { get; } = new float[owner.Torsions.Dimension];
        public TorusScratch Torsions { get; } = new(owner.Torsions);
        public StartFrame Frame { get; set; } = new();
    }
}
