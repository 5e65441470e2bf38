using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Proposals;

/// <summary>A table of the logarithm of a factor of two angles, one for each discrete state.</summary>
/// <param name="Earlier">The angle that is drawn first.</param>
/// <param name="Later">The other one.</param>
/// <param name="Values">[S][<see cref="CircleGrid.Nodes"/> of the earlier, nodes of the later].</param>
public sealed record PairFactor(int Earlier, int Later, float[][] Values);

/// <summary>
/// A density over a discrete state s and T angles, drawn one after the other:
/// <para>q(s, t) = q(s) prod_i q(t_i | s, t_1 .. t_(i-1)),  q(t_i | ..) proportional to exp(u_i(t_i; s) + sum_j v_ji(t_j, t_i; s) + a_i .
/// phi(t_i) + sum_(j&lt;i) phi(t_j)^T C_ji phi(t_i)),</para> u and v tables known beforehand, a and C trained, phi(t) = (cos t, sin t, cos
/// 2t, ...). A conditional is a generalised von Mises law (R. Gatto, S. R. Jammalamadaka, Stat. Methodol. 4 (2007) 341) times the tables.
/// It is evaluated at the nodes of a grid and is linear between them, so that the density is exact, its normaliser included, and drawing is
/// by inversion. A small uniform part keeps every angle possible.
/// </summary>
public sealed class TorusProposal
{
    /// <summary>The part of each conditional that is uniform.</summary>
    public const float UniformPart = 1e-3f;

    private readonly int[][] _edges; // [T] tables that end there

    /// <summary>Makes a density from tables; what is trained is zero.</summary>
    /// <param name="logStates">[S] log q(s), normalised here.</param>
    /// <param name="unary">[S][T, nodes] u.</param>
    /// <param name="pairs">v.</param>
    /// <param name="singleHarmonics">Of a.</param>
    /// <param name="pairHarmonics">Of C, at most as many.</param>
    /// <exception cref="ArgumentException">Tables that do not fit one another.</exception>
    public TorusProposal(double[] logStates, float[][] unary, IReadOnlyList<PairFactor> pairs, int singleHarmonics = 12,
        int pairHarmonics = 3)
    {
        if (logStates.Length == 0 || unary.Length != logStates.Length || unary.Any(u => u.Length % CircleGrid.Nodes != 0
            || u.Length != unary[0].Length))
            throw new ArgumentException($"{logStates.Length} states need as many tables of a multiple of {CircleGrid.Nodes} values.");
        int dimension = unary[0].Length / CircleGrid.Nodes;
        foreach (PairFactor p in pairs)
            if (p.Earlier < 0 || p.Earlier >= p.Later || p.Later >= dimension || p.Values.Length != logStates.Length
                || p.Values.Any(v => v.Length != CircleGrid.Nodes * CircleGrid.Nodes))
                throw new ArgumentException($"A factor of angles {p.Earlier} and {p.Later} of {dimension}: the earlier comes first, with a table of {CircleGrid.Nodes} x {CircleGrid.Nodes} values a state.");
        if (pairHarmonics < 0 || singleHarmonics < pairHarmonics || singleHarmonics > CircleGrid.Harmonics)
            throw new ArgumentException($"{pairHarmonics} harmonics of pairs and {singleHarmonics} of single angles: at most {CircleGrid.Harmonics}, and no more of pairs.");
        double top = logStates.Max(), norm = top + Math.Log(logStates.Sum(v => Math.Exp(v - top)));
        LogStates = [.. logStates.Select(v => v - norm)];
        (Single, Pairs) = (unary, pairs);
        Dimension = dimension;
        (SingleRows, PairRows) = (2 * singleHarmonics, 2 * pairHarmonics);
        _edges = [.. Enumerable.Range(0, Dimension).Select(t => Enumerable.Range(0, pairs.Count).Where(e =>
            pairs[e].Later == t).ToArray())];
        Weights = [.. Enumerable.Range(0, Dimension).Select(t => new float[WeightCount(t)])];
    }

    /// <summary>The law of some of the states, with barriers of the tables that grow as a logarithm: v becomes -c ln(1 - v / c). What is
    /// trained is copied.</summary>
    /// <param name="states">Kept, in their new order.</param>
    /// <param name="soft">c.</param>
    public TorusProposal Soften(IReadOnlyList<int> states, double soft)
    {
        float[] Softer(float[] table) => Array.ConvertAll(table, v => (float)(-soft * Math.Log(1 - v / soft)));
        var kept = new TorusProposal([.. states.Select(s => LogStates[s])], [.. states.Select(s => Softer(Single[s]))],
            [.. Pairs.Select(p => p with { Values = [.. states.Select(s => Softer(p.Values[s]))] })], SingleRows / 2, PairRows / 2);
        for (int t = 0; t < Dimension; t++)
            Weights[t].CopyTo(kept.Weights[t], 0);
        return kept;
    }

    /// <summary>T, the number of angles.</summary>
    public int Dimension { get; }

    /// <summary>S, the number of states.</summary>
    public int States => LogStates.Length;

    /// <summary>[S] log q(s).</summary>
    public double[] LogStates { get; }

    internal float[][] Single { get; }

    internal IReadOnlyList<PairFactor> Pairs { get; }

    /// <summary>[T] a of each angle, then C [PairRows, earlier angles * PairRows].</summary>
    internal float[][] Weights { get; }

    internal int SingleRows { get; }

    internal int PairRows { get; }

    internal int WeightCount(int angle) => SingleRows + PairRows * PairRows * angle;

    /// <summary>Independent draws.</summary>
    /// <param name="states">[B] overwritten.</param>
    /// <param name="angles">[B, T] rad, overwritten.</param>
    /// <param name="logDensities">[B] log q, overwritten.</param>
    /// <param name="random">Draw b takes its numbers from (random, b) alone.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Draw(int[] states, float[] angles, double[] logDensities, RandomSource random, int threads = 0) =>
        ForEach(states, angles, logDensities, threads, (b, work) =>
        {
            states[b] = DrawState(random.Key, (ulong)b);
            logDensities[b] = LogStates[states[b]] + Draw(states[b], angles.AsSpan(b * Dimension, Dimension), random.Key, (ulong)b, work);
        });

    /// <summary>Independent draws of the angles of given states.</summary>
    /// <param name="states">[B].</param>
    /// <param name="angles">[B, T] rad, overwritten.</param>
    /// <param name="logDensities">[B] log q(angles | state), overwritten.</param>
    /// <param name="random">Draw b takes its numbers from (random, b) alone.</param>
    /// <param name="threads">0 for all cores.</param>
    public void DrawAngles(int[] states, float[] angles, double[] logDensities, RandomSource random, int threads = 0) =>
        ForEach(states, angles, logDensities, threads, (b, work) => logDensities[b] =
            Draw(states[b], angles.AsSpan(b * Dimension, Dimension), random.Key, (ulong)b, work));

    /// <summary>Draws in pairs: the second takes 1 - u where the first takes the share u of each conditional, so the law of a mirror image
    /// gives the mirror images, pair by pair.</summary>
    internal void DrawMirrored(int[] states, float[] angles, double[] logDensities, RandomSource random, int threads = 0) =>
        ForEach(states, angles, logDensities, threads, (b, work) =>
        {
            ulong index = (ulong)b / 2;
            states[b] = DrawState(random.Key, index);
            logDensities[b] = LogStates[states[b]] + Draw(states[b], angles.AsSpan(b * Dimension, Dimension), random.Key, index, work,
                b % 2 == 1);
        });

    /// <summary>log q of given points.</summary>
    /// <param name="states">[B].</param>
    /// <param name="angles">[B, T] rad.</param>
    /// <param name="logDensities">[B] overwritten.</param>
    /// <param name="threads">0 for all cores.</param>
    public void LogDensity(int[] states, float[] angles, double[] logDensities, int threads = 0) =>
        ForEach(states, angles, logDensities, threads, (b, work) => logDensities[b] = LogStates[states[b]] + LogDensity(states[b],
            angles.AsSpan(b * Dimension, Dimension), work));

    /// <summary>Angles of a state, from the numbers 1 .. T of (key, index); the first of them may be given.</summary>
    /// <returns>log q(angles | state and those given).</returns>
    internal double Draw(int state, Span<float> angles, ulong key, ulong index, TorusScratch work, bool mirrored = false, int given = 0)
    {
        double log = 0;
        Given(angles, given, work);
        for (int t = given; t < Dimension; t++)
        {
            (uint high, uint low, _, _) = Philox.Words(key, index, (ulong)t + 1);
            float total = Conditional(t, state, angles, work);
            double share = Philox.Uniform(high, low);
            angles[t] = (float)CircleGrid.Quantile(work.Values, total, mirrored ? 1 - share : share);
            CircleGrid.Waves(angles[t], work.Waves.AsSpan(t * PairRows, PairRows));
            log += Math.Log(CircleGrid.Density(work.Values, total, angles[t]));
        }
        return log;
    }

    /// <summary>log q(angles | state and the first of them, which are given).</summary>
    internal double LogDensity(int state, ReadOnlySpan<float> angles, TorusScratch work, int given = 0)
    {
        double log = 0;
        Given(angles, given, work);
        for (int t = given; t < Dimension; t++)
        {
            float total = Conditional(t, state, angles, work);
            CircleGrid.Waves(angles[t], work.Waves.AsSpan(t * PairRows, PairRows));
            log += Math.Log(CircleGrid.Density(work.Values, total, angles[t]));
        }
        return log;
    }

    private void Given(ReadOnlySpan<float> angles, int given, TorusScratch work)
    {
        for (int t = 0; t < given; t++)
            CircleGrid.Waves(angles[t], work.Waves.AsSpan(t * PairRows, PairRows));
    }

    /// <summary>Values of a conditional at the nodes, with the uniform part; their sum.</summary>
    internal float Conditional(int t, int state, ReadOnlySpan<float> angles, TorusScratch work)
    {
        LogConditional(t, state, angles, work);
        return CircleGrid.Exponentiate(work.Values, UniformPart);
    }

    /// <summary>Its logarithm up to a constant, without the uniform part.</summary>
    internal void LogConditional(int t, int state, ReadOnlySpan<float> angles, TorusScratch work)
    {
        Offset(t, state, angles, work.Values);
        Coefficients(t, work.Waves, work.Sums);
        CircleGrid.AddWaves(work.Values, work.Sums);
    }

    /// <summary>u + sum v: the part that is not trained.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Offset(int t, int state, ReadOnlySpan<float> angles, Span<float> values)
    {
        Single[state].AsSpan(t * CircleGrid.Nodes, CircleGrid.Nodes).CopyTo(values);
        foreach (int e in _edges[t])
        {
            (int node, float share) = CircleGrid.Locate(angles[Pairs[e].Earlier]);
            ReadOnlySpan<float> table = Pairs[e].Values[state];
            CircleGrid.AddScaled(values, table.Slice(node * CircleGrid.Nodes, CircleGrid.Nodes), 1 - share);
            CircleGrid.AddScaled(values, table.Slice((node + 1) % CircleGrid.Nodes * CircleGrid.Nodes, CircleGrid.Nodes), share);
        }
    }

    /// <summary>a + C phi of the earlier angles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Coefficients(int t, ReadOnlySpan<float> waves, Span<float> sums)
    {
        ReadOnlySpan<float> weights = Weights[t];
        weights[..SingleRows].CopyTo(sums);
        int contexts = PairRows * t;
        for (int p = 0; p < PairRows; p++)
            sums[p] += TensorPrimitives.Dot(weights.Slice(SingleRows + p * contexts, contexts), waves[..contexts]);
    }

    /// <summary>A state, from number 0 of (key, index).</summary>
    internal int DrawState(ulong key, ulong index)
    {
        (uint high, uint low, _, _) = Philox.Words(key, index, 0);
        double share = Philox.Uniform(high, low);
        int state = 0;
        for (; state < States - 1; state++)
        {
            double p = Math.Exp(LogStates[state]);
            if (share < p)
                break;
            share -= p;
        }
        return state;
    }

    private void ForEach(int[] states, float[] angles, double[] logDensities, int threads, Action<int, TorusScratch> body)
    {
        int count = states.Length;
        if (angles.Length != count * Dimension || logDensities.Length != count)
            throw new ArgumentException($"{count} points of {Dimension} angles need {count * Dimension} angles and {count} densities, not {angles.Length} and {logDensities.Length}.");
        const int chunk = 64;
        Parallel.For(0, (count + chunk - 1) / chunk, ParallelWork.Options(threads), () => new TorusScratch(this), (c, _, work) =>
        {
            for (int b = c * chunk; b < Math.Min(count, (c + 1) * chunk); b++)
                body(b, work);
            return work;
        }, _ => { });
    }
}

/// <summary>Work space of one thread of a <see cref="TorusProposal"/>.</summary>
internal sealed class TorusScratch(TorusProposal proposal)
{
    /// <summary>[nodes] of one conditional.</summary>
    public float[] Values { get; } = new float[CircleGrid.Nodes];

    /// <summary>Coefficients of one conditional.</summary>
    public float[] Sums { get; } = new float[proposal.SingleRows];

    /// <summary>[T, PairRows] phi of the angles so far.</summary>
    public float[] Waves { get; } = new float[proposal.Dimension * proposal.PairRows];
}
