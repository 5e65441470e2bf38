using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// The sums over samples that MBAR is made of, in log space, tile by tile: p_kn = n_k exp(f_k - u_kn) / sum_l n_l exp(f_l - u_ln) is formed
/// in a tile that stays in the cache and is used for all sums at once. Samples are cut into <see cref="Parts"/> fixed parts whose sums are
/// added in order, so results do not depend on the number of threads.
/// </summary>
internal sealed class MbarEquations
{
    private const int Parts = 32, Tile = 256;
    private static readonly int s_lanes = Vector<double>.Count;

    private readonly ReducedPotentials _table;
    private readonly double[]? _weights; // [N] how many independent samples each sample counts for; null: one
    private readonly int[] _home; // [sampled + 1] first sample of every sampled state, and N
    private readonly Part[] _parts;

    /// <param name="table">u_kn.</param>
    /// <param name="weights">[N] how many independent samples each sample counts for; null: one.</param>
    public MbarEquations(ReducedPotentials table, double[]? weights)
    {
        (_table, _weights) = (table, weights);
        Sampled = [.. Enumerable.Range(0, table.States).Where(k => table.Counts[k] > 0)];
        _home = [.. Sampled.Select(k => table.Starts[k]), table.Samples];
        Counts = [.. Sampled.Select(k => weights is null ? table.Counts[k]
            : FixedOrder.Sum(weights.AsSpan(table.Starts[k], table.Counts[k])))];
        int tiles = (table.Samples + Tile - 1) / Tile, parts = Math.Min(Parts, tiles);
        _parts = [.. Enumerable.Range(0, parts).Select(p => new Part((int)((long)tiles * p / parts) * Tile,
            Math.Min(table.Samples, (int)((long)tiles * (p + 1) / parts) * Tile)))];
    }

    /// <summary>[S] the states with samples.</summary>
    public int[] Sampled { get; }

    /// <summary>[S] n_k, effective numbers of samples.</summary>
    public double[] Counts { get; }

    /// <summary>
    /// The gradient of A(f) = sum_n ln sum_k n_k exp(f_k - u_kn) - sum_k n_k f_k as a balance of flows, g_k = sum_s F_sk - sum_l F_kl with
    /// F_sk = sum of p_kn over the samples n of state s: nothing of the order of n_k is subtracted, so the small flows between states that
    /// hardly overlap are not lost. Beside it the off-diagonal Hessian.
    /// </summary>
    /// <param name="f">[S].</param>
    /// <param name="gradient">[S].</param>
    /// <param name="conductances">[S, S] sum_n p_kn p_ln for l below k; minus the Hessian.</param>
    public void Evaluate(ReadOnlySpan<double> f, double[] gradient, double[] conductances)
    {
        int states = Sampled.Length, padded = Padded(states);
        double[] offsets = Offsets(f);
        Parallel.For(0, _parts.Length, ParallelWork.Options(), p =>
        {
            Part part = _parts[p];
            part.Prepare(padded, states);
            for (int start = part.Start; start < part.End; start += Tile)
            {
                int length = Math.Min(Tile, part.End - start);
                Probabilities(part, offsets, start, length);
                AddFlows(part, start, length);
                AddProducts(part.Tile, padded, length, part.Products);
            }
        });
        Array.Clear(gradient);
        for (int s = 0; s < states; s++)
            for (int k = 0; k < states; k++)
            {
                double flow = 0;
                if (k != s)
                    foreach (Part part in _parts)
                        flow += part.Flows[s * states + k];
                gradient[k] += flow;
                gradient[s] -= flow;
            }
        Gather(states, padded, conductances);
    }

    /// <summary>ln sum_k n_k exp(f_k - u_kn).</summary>
    /// <param name="f">[S].</param>
    /// <returns>[N].</returns>
    public double[] LogDenominators(ReadOnlySpan<double> f)
    {
        double[] offsets = Offsets(f), result = new double[_table.Samples];
        Parallel.For(0, _parts.Length, ParallelWork.Options(), p =>
        {
            Part part = _parts[p];
            part.Prepare(Padded(Sampled.Length), Sampled.Length);
            for (int start = part.Start; start < part.End; start += Tile)
            {
                int length = Math.Min(Tile, part.End - start);
                LogSums(part, offsets, start, length);
                for (int t = 0; t < length; t++)
                    result[start + t] = part.Largest[t] + Math.Log(part.Sums[t]);
            }
        });
        return result;
    }

    /// <summary>-ln sum_n w_n exp(-u_n - d_n): the free energy of any state.</summary>
    /// <param name="reducedPotential">[N] u_n.</param>
    /// <param name="logDenominators">[N] d_n.</param>
    /// <returns>+infinity if no sample can be in this state.</returns>
    public double FreeEnergy(ReadOnlySpan<double> reducedPotential, double[] logDenominators)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int n = 0; n < logDenominators.Length; n++)
            if (_weights is null || _weights[n] > 0)
                largest = Math.Max(largest, -reducedPotential[n] - logDenominators[n]);
        if (double.IsNegativeInfinity(largest))
            return double.PositiveInfinity;
        for (int n = 0; n < logDenominators.Length; n++)
            sum += Weight(n) * Math.Exp(-reducedPotential[n] - logDenominators[n] - largest);
        return -largest - Math.Log(sum);
    }

    /// <summary>How many independent samples sample n counts for.</summary>
    public double Weight(int n) => _weights is null ? 1 : _weights[n];

    /// <summary>G_kl = sum_n w_n W_kn W_ln with W_kn = exp(f_k - u_kn - d_n), over all states, with samples or without.</summary>
    /// <param name="f">[K].</param>
    /// <param name="logDenominators">[N] d_n.</param>
    /// <returns>[K, K].</returns>
    public double[] Overlaps(double[] f, double[] logDenominators)
    {
        int states = _table.States, padded = Padded(states);
        Parallel.For(0, _parts.Length, ParallelWork.Options(), p =>
        {
            Part part = _parts[p];
            part.Prepare(padded, states);
            for (int start = part.Start; start < part.End; start += Tile)
            {
                int length = Math.Min(Tile, part.End - start);
                Span<double> root = part.Sums.AsSpan(0, length);
                for (int t = 0; t < length; t++)
                    root[t] = Math.Sqrt(Weight(start + t));
                for (int k = 0; k < states; k++)
                {
                    Span<double> row = part.Row(k, length);
                    TensorPrimitives.Subtract(f[k], _table.Of(k).Slice(start, length), row);
                    TensorPrimitives.Subtract(row, logDenominators.AsSpan(start, length), row);
                    TensorPrimitives.Exp(row, row);
                    TensorPrimitives.Multiply(row, root, row);
                }
                part.ClearPadding(states, length);
                AddProducts(part.Tile, padded, length, part.Products);
            }
        });
        var result = new double[states * states];
        Gather(states, padded, result);
        for (int k = 0; k < states; k++)
            for (int l = 0; l < k; l++)
                result[l * states + k] = result[k * states + l];
        return result;
    }

    /// <summary>r_k = sum over the samples of w_n p_kn x_n, added up by bins.</summary>
    /// <param name="f">[S].</param>
    /// <param name="logDenominators">[N].</param>
    /// <param name="x">[N].</param>
    /// <param name="bin">[N] column of every sample; negative: none. Null: one column.</param>
    /// <param name="columns">Number of bins.</param>
    /// <returns>[columns, S].</returns>
    public double[] Project(ReadOnlySpan<double> f, double[] logDenominators, double[] x, int[]? bin = null, int columns = 1)
    {
        int states = Sampled.Length;
        double[] offsets = Offsets(f), result = new double[columns * states];
        for (int k = 0; k < states; k++)
        {
            ReadOnlySpan<double> u = _table.Of(Sampled[k]);
            for (int n = 0; n < x.Length; n++)
                if (x[n] != 0 && (bin is null || bin[n] >= 0))
                    result[(bin is null ? 0 : bin[n]) * states + k] += Weight(n) * x[n] * Math.Exp(offsets[k] - u[n] - logDenominators[n]);
        }
        return result;
    }

    private static int Padded(int states) => (states + 3) & ~3;

    private double[] Offsets(ReadOnlySpan<double> f)
    {
        var offsets = new double[Sampled.Length];
        for (int k = 0; k < offsets.Length; k++)
            offsets[k] = Math.Log(Counts[k]) + f[k];
        return offsets;
    }

    /// <summary>Exponentials of a tile, relative to the largest of every sample, and their sums.</summary>
    private void LogSums(Part part, double[] offsets, int start, int length)
    {
        Span<double> largest = part.Largest.AsSpan(0, length), sums = part.Sums.AsSpan(0, length);
        for (int k = 0; k < Sampled.Length; k++)
        {
            Span<double> row = part.Row(k, length);
            TensorPrimitives.Subtract(offsets[k], _table.Of(Sampled[k]).Slice(start, length), row);
            if (k == 0)
                row.CopyTo(largest);
            else
                TensorPrimitives.Max(row, largest, largest);
        }
        sums.Clear();
        for (int k = 0; k < Sampled.Length; k++)
        {
            Span<double> row = part.Row(k, length);
            TensorPrimitives.Subtract(row, largest, row);
            TensorPrimitives.Exp(row, row);
            TensorPrimitives.Add(sums, row, sums);
        }
    }

    /// <summary>sqrt(w_n) p_kn of a tile; sqrt(w_n) is left in Largest.</summary>
    private void Probabilities(Part part, double[] offsets, int start, int length)
    {
        LogSums(part, offsets, start, length);
        Span<double> factor = part.Sums.AsSpan(0, length), root = part.Largest.AsSpan(0, length);
        for (int t = 0; t < length; t++)
        {
            root[t] = Math.Sqrt(Weight(start + t));
            factor[t] = root[t] / factor[t];
        }
        for (int k = 0; k < Sampled.Length; k++)
        {
            Span<double> row = part.Row(k, length);
            TensorPrimitives.Multiply(row, factor, row);
        }
        part.ClearPadding(Sampled.Length, length);
    }

    private void AddFlows(Part part, int start, int length)
    {
        int states = Sampled.Length, s = Array.BinarySearch(_home, start);
        s = s >= 0 ? s : ~s - 1;
        for (int t = 0; t < length; s++)
        {
            int until = Math.Min(length, _home[s + 1] - start);
            ReadOnlySpan<double> root = part.Largest.AsSpan(t, until - t);
            for (int k = 0; k < states; k++)
                if (k != s)
                    part.Flows[s * states + k] += FixedOrder.Dot(part.Row(k, length)[t..until], root);
            t = until;
        }
    }

    /// <summary>products += tile tile^T, lower triangle in blocks of four by four: sixteen sums in registers, eight loads for sixteen
    /// multiply-adds.</summary>
    private static unsafe void AddProducts(double[] tile, int rows, int length, double[] products)
    {
        int end = (length + s_lanes - 1) / s_lanes * s_lanes;
        fixed (double* q = tile, h = products)
            for (int k = 0; k < rows; k += 4)
                for (int l = 0; l <= k; l += 4)
                    Block(q + k * Tile, q + l * Tile, end, h + k * rows + l, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Block(double* a, double* b, int end, double* h, int stride)
    {
        Vector<double> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default,
            c13 = default;
        Vector<double> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default,
            c33 = default;
        for (int t = 0; t < end; t += Vector<double>.Count)
        {
            Vector<double> b0 = Vector.Load(b + t), b1 = Vector.Load(b + Tile + t), b2 = Vector.Load(b + 2 * Tile + t),
                b3 = Vector.Load(b + 3 * Tile + t), r = Vector.Load(a + t);
            (c00, c01, c02, c03) = (Vector.FusedMultiplyAdd(r, b0, c00), Vector.FusedMultiplyAdd(r, b1, c01),
                Vector.FusedMultiplyAdd(r, b2, c02), Vector.FusedMultiplyAdd(r, b3, c03));
            r = Vector.Load(a + Tile + t);
            (c10, c11, c12, c13) = (Vector.FusedMultiplyAdd(r, b0, c10), Vector.FusedMultiplyAdd(r, b1, c11),
                Vector.FusedMultiplyAdd(r, b2, c12), Vector.FusedMultiplyAdd(r, b3, c13));
            r = Vector.Load(a + 2 * Tile + t);
            (c20, c21, c22, c23) = (Vector.FusedMultiplyAdd(r, b0, c20), Vector.FusedMultiplyAdd(r, b1, c21),
                Vector.FusedMultiplyAdd(r, b2, c22), Vector.FusedMultiplyAdd(r, b3, c23));
            r = Vector.Load(a + 3 * Tile + t);
            (c30, c31, c32, c33) = (Vector.FusedMultiplyAdd(r, b0, c30), Vector.FusedMultiplyAdd(r, b1, c31),
                Vector.FusedMultiplyAdd(r, b2, c32), Vector.FusedMultiplyAdd(r, b3, c33));
        }
        (h[0], h[1], h[2], h[3]) = (h[0] + Vector.Sum(c00), h[1] + Vector.Sum(c01), h[2] + Vector.Sum(c02), h[3] + Vector.Sum(c03));
        h += stride;
        (h[0], h[1], h[2], h[3]) = (h[0] + Vector.Sum(c10), h[1] + Vector.Sum(c11), h[2] + Vector.Sum(c12), h[3] + Vector.Sum(c13));
        h += stride;
        (h[0], h[1], h[2], h[3]) = (h[0] + Vector.Sum(c20), h[1] + Vector.Sum(c21), h[2] + Vector.Sum(c22), h[3] + Vector.Sum(c23));
        h += stride;
        (h[0], h[1], h[2], h[3]) = (h[0] + Vector.Sum(c30), h[1] + Vector.Sum(c31), h[2] + Vector.Sum(c32), h[3] + Vector.Sum(c33));
    }

    /// <summary>Adds the parts' products in order.</summary>
    private void Gather(int states, int padded, double[] result)
    {
        for (int k = 0; k < states; k++)
            for (int l = 0; l <= k; l++)
            {
                double sum = 0;
                foreach (Part part in _parts)
                    sum += part.Products[k * padded + l];
                result[k * states + l] = sum;
            }
    }

    /// <summary>A run of samples with its room to work; kept from one evaluation to the next.</summary>
    private sealed class Part(int start, int end)
    {
        public readonly int Start = start, End = end;
        public readonly double[] Largest = new double[MbarEquations.Tile], Sums = new double[MbarEquations.Tile];
        public double[] Tile = [], Products = [], Flows = [];

        public void Prepare(int padded, int states)
        {
            if (Products.Length != padded * padded)
                (Tile, Products, Flows) = (new double[padded * MbarEquations.Tile], new double[padded * padded],
                    new double[states * states]);
            Array.Clear(Products);
            Array.Clear(Flows);
        }

        public Span<double> Row(int k, int length) => Tile.AsSpan(k * MbarEquations.Tile, length);

        /// <summary>Zeros behind a short last tile, so that whole vectors and blocks of rows can be read.</summary>
        public void ClearPadding(int states, int length)
        {
            int end = (length + s_lanes - 1) / s_lanes * s_lanes;
            for (int k = 0; k < states; k++)
                Tile.AsSpan(k * MbarEquations.Tile + length, end - length).Clear();
            Tile.AsSpan(states * MbarEquations.Tile).Clear();
        }
    }
}
