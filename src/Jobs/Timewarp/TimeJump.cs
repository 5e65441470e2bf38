using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Timewarp;

/// <summary>
/// A jump in time in internal coordinates: all torsions at once from a conditional density q(t' | t), learned from where dynamics brought
/// the molecule after a lag, while bonds and angles follow them. With z = A phi(t) + L u a configuration is (t, u), where the residual u is
/// nearly N(0, 1):
/// <para>t' from q(. | t),  u' = c u + (1 - c^2)^1/2 xi,  xi from N(0, 1),  z' = A phi(t') + L u',</para>
/// with c by chance. The step of u is reversible for N(0, 1) whatever c is (preconditioned Crank-Nicolson: S. L. Cotter, G. O. Roberts, A.
/// M. Stuart, D. White, Stat. Sci. 28 (2013) 424), so the ratio of the ways back and there is
/// <para>r = q(t | t') N(u) |dx'/d(u', t')| / (q(t' | t) N(u') |dx/d(u, t)|).</para>
/// The position and the orientation of the first three atoms stay. xi and all other numbers are fresh for every proposal.
/// </summary>
internal sealed class TimeJump : ConditionalProposal
{
    private static readonly double[] s_fresh = [0, 0.25, 0.5, 1]; // (1 - c^2)^1/2, in turn by chance

    private readonly FrameCoordinates _coordinates;
    private readonly TorusProposal _torsions; // of 2T angles: those before, which are given, and those after
    private readonly ConditionalGaussian _shapes;

    /// <summary>Makes the jump.</summary>
    /// <param name="coordinates">z and t.</param>
    /// <param name="torsions">q(t, t'), of which q(t' | t) is read.</param>
    /// <param name="shapes">z given t.</param>
    public TimeJump(FrameCoordinates coordinates, TorusProposal torsions, ConditionalGaussian shapes)
    {
        if (torsions.Dimension != 2 * coordinates.Angles || shapes.Dimension != coordinates.Count
            || shapes.Features != FeatureCount(coordinates.Angles))
            throw new ArgumentException("The densities of torsions and shapes are of another molecule.");
        (_coordinates, _torsions, _shapes) = (coordinates, torsions, shapes);
    }

    /// <inheritdoc/>
    public override int Dimension => _coordinates.Count + 6 + _coordinates.Angles;

    /// <summary>Length of phi.</summary>
    public static int FeatureCount(int angles) => 1 + 2 * AtomProposal.MeanHarmonics * angles;

    /// <inheritdoc/>
    public override object NewScratch() => new Scratch(this);

    /// <inheritdoc/>
    public override void Propose(ProposalBatch batch, object? scratch)
    {
        var work = (Scratch)scratch!;
        for (int row = 0; row < batch.Count; row++)
        {
            Span<float> to = batch.To.AsSpan(row * Dimension, Dimension);
            batch.LogRatios[row] = Propose(batch.From.AsSpan(row * Dimension, Dimension), to, batch.Random(row).Key, work);
        }
    }

    private double Propose(ReadOnlySpan<float> from, Span<float> to, ulong key, Scratch work)
    {
        int angles = _coordinates.Angles;
        for (int k = 0; k < from.Length; k++)
            work.X[k] = from[k];
        double log = -_coordinates.Read(work.X, work.Z, work.Old);
        work.Frame.Take(_coordinates.Start, work.X);
        AtomProposal.Features(work.Old, work.Features);
        log += _shapes.LogDensity(work.Features, work.Z, work.Residuals);

        work.Old.CopyTo(work.Pair, 0);
        log -= _torsions.Draw(0, work.Pair, key, 0, work.Torsions, given: angles);
        ReadOnlySpan<float> drawn = work.Pair.AsSpan(angles, angles);
        Refresh(work.Residuals, key);
        AtomProposal.Features(drawn, work.Features);
        log -= _shapes.Draw(work.Features, work.Residuals, work.Z);
        log += _coordinates.Place(work.Z, drawn, work.X);
        if (double.IsNegativeInfinity(log))
            return log; // no geometry
        drawn.CopyTo(work.Back);
        work.Old.CopyTo(work.Back, angles);
        log += _torsions.LogDensity(0, work.Back, work.Torsions, given: angles);
        work.Frame.Orient(work.X);
        for (int k = 0; k < to.Length; k++)
            to[k] = (float)work.X[k];
        return log;
    }

    private static void Refresh(Span<double> u, ulong key)
    {
        (uint word, _, _, _) = Philox.Words(key, 1, 0);
        double fresh = s_fresh[word % 4], kept = Math.Sqrt(1 - fresh * fresh);
        for (int n = 0; n < u.Length && fresh > 0; n += 2)
        {
            (double first, double second) = Philox.Normals(key, 2, (ulong)n);
            u[n] = kept * u[n] + fresh * first;
            if (n + 1 < u.Length)
                u[n + 1] = kept * u[n + 1] + fresh * second;
        }
    }

    private sealed class Scratch(TimeJump owner)
    {
        public double[] X { get; } = new double[owner.Dimension];
        public double[] Z { get; } = new double[owner._coordinates.Count];
        public double[] Residuals { get; } = new double[owner._coordinates.Count];
        public double[] Features { get; } = new double[owner._shapes.Features];
        public float[] Old { get; } = new float[owner._coordinates.Angles];
        public float[] Pair { get; } = new float[2 * owner._coordinates.Angles]; // there
        public float[] Back { get; } = new float[2 * owner._coordinates.Angles];
        public TorusScratch Torsions { get; } = new(owner._torsions);
        public StartFrame Frame { get; } = new();
    }
}
