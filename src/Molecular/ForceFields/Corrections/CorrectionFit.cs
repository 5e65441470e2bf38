using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Molecular.ForceFields.Corrections;

/// <summary>
/// Fits a <see cref="ClassTwoCorrection"/> c to labels: the minimum of sum over frames of w {((Delta U - c . phi - c_0) / s_U)^2 +
/// |Delta f + c . grad phi|^2 / s_f^2} + lambda sum_p (c_p d_p)^2, Delta = label - force field, phi the features, d_p a third of the
/// range of feature p over all frames: no term can do more than the prior allows anywhere it was seen. Frames of a high energy, where
/// a fit before this one had a hole, weigh less: w = 1 / (1 + ((U - U_0) / 100 kJ/mol)^2) above the usual energy U_0. The normal
/// equations are added up frame by frame, so later frames cost what they are.
/// </summary>
internal sealed class CorrectionFit
{
    private const int Block = 32; // frames whose features are held at once
    private const double LeastRange = 1e-9; // of the largest: a feature that does not vary has no say
    private const double HighEnergy = 100; // kJ/mol

    private readonly ClassTwoCorrection _model;
    private readonly SystemParameters _base;
    private readonly ForceFieldPotential _field;
    private readonly int _threads;
    private readonly int[][] _touching; // [atom] features that act on it, ascending
    private readonly int[][] _places; // [rows of a term][row, slot, atom] where a slot's feature stands in its atom's list
    private readonly double[][] _forceGram, _forceSide; // [atom]: [n, n] and [n]
    private readonly double[][] _energyGram; // [p][q >= p], with the constant as the last feature
    private readonly double[] _energySide;
    private readonly double[] _least, _largest; // [p] kJ/mol
    private readonly double _usual;

    /// <summary>Prepares.</summary>
    /// <param name="model">The features.</param>
    /// <param name="field">The force field that is corrected.</param>
    /// <param name="usual">U_0, kJ/mol: the median of the labels, for example.</param>
    /// <param name="threads">0 for all cores; numbers do not depend on it.</param>
    public CorrectionFit(ClassTwoCorrection model, SystemParameters field, double usual, int threads)
    {
        (_model, _base, _field, _usual, _threads) = (model, field, new(field), usual, threads);
        (_least, _largest) = (new double[model.Count], new double[model.Count]);
        Array.Fill(_least, double.PositiveInfinity);
        Array.Fill(_largest, double.NegativeInfinity);
        SortedSet<int>[] touching = [.. Enumerable.Range(0, model.AtomCount).Select(_ => new SortedSet<int>())];
        foreach (CorrectionRows rows in model.Rows)
            for (int n = 0; n < rows.Features.Count; n++)
                for (int k = 0; k < rows.Arity && rows.Features[n] >= 0; k++)
                    touching[rows.Atoms[n / rows.Linear * rows.Arity + k]].Add(rows.Features[n]);
        _touching = [.. touching.Select(t => t.ToArray())];
        _places = [.. model.Rows.Select(rows => Enumerable.Range(0, rows.Features.Count * rows.Arity).Select(n =>
        {
            int atom = rows.Atoms[n / rows.Arity / rows.Linear * rows.Arity + n % rows.Arity];
            return rows.Features[n / rows.Arity] is >= 0 and int feature ? Array.BinarySearch(_touching[atom], feature) : -1;
        }).ToArray())];
        _forceGram = [.. _touching.Select(t => new double[t.Length * t.Length])];
        _forceSide = [.. _touching.Select(t => new double[t.Length])];
        _energyGram = [.. Enumerable.Range(0, model.Count + 1).Select(p => new double[model.Count + 1 - p])];
        _energySide = new double[model.Count + 1];
    }

    /// <summary>Frames taken so far.</summary>
    public int Frames { get; private set; }

    /// <summary>Takes labels into the normal equations.</summary>
    /// <param name="frames">Finite.</param>
    public void Add(IReadOnlyList<LabelledFrame> frames)
    {
        for (int first = 0; first < frames.Count; first += Block)
        {
            LabelledFrame[] block = [.. frames.Skip(first).Take(Block)];
            var features = new FrameFeatures[block.Length];
            Parallel.For(0, block.Length, ParallelWork.Options(_threads), n => features[n] = FeaturesOf(block[n]));
            TakeRanges(features);
            foreach (FrameFeatures frame in features)
                frame.Weigh();
            Parallel.For(0, _touching.Length, ParallelWork.Options(_threads), atom => AddForces(atom, features));
            Parallel.For(0, _model.Count + 1, ParallelWork.Options(_threads), p => AddEnergies(p, features));
        }
        Frames += frames.Count;
    }

    /// <summary>The best correction for given weights.</summary>
    /// <param name="energyError">s_U, kJ/mol: what the correction will leave.</param>
    /// <param name="forceError">s_f, kJ/mol/nm.</param>
    /// <param name="ridge">lambda, (mol/kJ)^2.</param>
    /// <returns>The force field with the correction.</returns>
    public SystemParameters Solve(double energyError, double forceError, double ridge)
    {
        int count = _model.Count + 1;
        double onEnergy = 1 / (energyError * energyError), onForce = 1 / (forceError * forceError);
        double[] a = new double[count * count], side = new double[count];
        for (int p = 0; p < count; p++)
        {
            for (int q = p; q < count; q++)
                a[p * count + q] = onEnergy * _energyGram[p][q - p];
            side[p] = onEnergy * _energySide[p];
        }
        for (int atom = 0; atom < _touching.Length; atom++)
        {
            int[] own = _touching[atom];
            for (int i = 0; i < own.Length; i++)
            {
                for (int k = i; k < own.Length; k++)
                    a[own[i] * count + own[k]] += onForce * _forceGram[atom][i * own.Length + k];
                side[own[i]] += onForce * _forceSide[atom][i];
            }
        }
        double[] range = Ranges();
        for (int p = 0; p < count; p++)
        {
            a[p * count + p] += p < _model.Count ? ridge * range[p] * range[p] : 0;
            for (int q = p + 1; q < count; q++)
                a[q * count + p] = a[p * count + q];
        }
        // features differ by orders of magnitude: unit diagonal first
        double[] scale = [.. Enumerable.Range(0, count).Select(p => 1 / Math.Sqrt(a[p * count + p]))];
        for (int p = 0; p < count; p++)
            for (int q = 0; q < count; q++)
                a[p * count + q] *= scale[p] * scale[q];
        double[] solved = Solve(a, [.. side.Select((v, p) => v * scale[p])]);
        double[] coefficients = [.. Enumerable.Range(0, _model.Count).Select(p => solved[p] * scale[p])];
        return _base with { Terms = [.. _base.Terms, .. _model.Tables(coefficients)] };
    }

    /// <summary>A x = b, A symmetric and positive definite; by LAPACK, since P^3 / 3 operations are half a minute of plain code.</summary>
    private static double[] Solve(double[] a, double[] b)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        Tensor lower = linalg.cholesky(tensor(a, b.Length, b.Length)),
            half = linalg.solve_triangular(lower, tensor(b, b.Length, 1), upper: false);
        return linalg.solve_triangular(lower.t(), half, upper: true).data<double>().ToArray();
    }

    private FrameFeatures FeaturesOf(LabelledFrame frame)
    {
        double[] x = [.. frame.Positions.ToArray().Select(v => (double)v)], forces = new double[x.Length];
        double energy = _field.EvaluateDouble(x, forces);
        var features = new FrameFeatures(new double[_model.Count + 1], [.. _touching.Select(t => new double[3 * t.Length])],
            frame.Energy - _usual - energy, [.. forces.Select((f, k) => frame.Forces[k] - f)], Weight(frame.Energy));
        features.Energies[_model.Count] = 1;
        Span<double> f = stackalloc double[12];
        for (int kind = 0; kind < _model.Rows.Count; kind++)
        {
            CorrectionRows rows = _model.Rows[kind];
            for (int row = 0; row < rows.Count; row++)
            {
                double[] parameters = rows.Parameters(row, _ => 0);
                for (int slot = 0; slot < rows.Linear; slot++)
                {
                    int n = row * rows.Linear + slot;
                    if (rows.Features[n] < 0)
                        continue;
                    parameters[slot] = 1;
                    features.Energies[rows.Features[n]] += rows.Evaluate(row, parameters, x, f);
                    parameters[slot] = 0;
                    for (int k = 0; k < rows.Arity; k++)
                    {
                        double[] own = features.Forces[rows.Atoms[row * rows.Arity + k]];
                        int place = _places[kind][n * rows.Arity + k], count = own.Length / 3;
                        for (int c = 0; c < 3; c++)
                            own[c * count + place] += f[3 * k + c];
                    }
                }
            }
        }
        return features;
    }

    private double Weight(double energy)
    {
        double excess = Math.Max(0, energy - _usual) / HighEnergy;
        return 1 / (1 + excess * excess);
    }

    private void TakeRanges(FrameFeatures[] features)
    {
        foreach (FrameFeatures frame in features)
            for (int p = 0; p < _least.Length; p++)
                (_least[p], _largest[p]) = (Math.Min(_least[p], frame.Energies[p]), Math.Max(_largest[p], frame.Energies[p]));
    }

    private double[] Ranges()
    {
        double[] range = [.. _largest.Select((top, p) => (top - _least[p]) / 3)];
        double least = LeastRange * range.Max();
        return [.. range.Select(r => Math.Max(r, least))];
    }

    private void AddForces(int atom, FrameFeatures[] features)
    {
        (double[] gram, double[] side) = (_forceGram[atom], _forceSide[atom]);
        int count = _touching[atom].Length;
        foreach (FrameFeatures frame in features)
            for (int c = 0; c < 3; c++)
            {
                ReadOnlySpan<double> v = frame.Forces[atom].AsSpan(c * count, count);
                double missing = frame.MissingForces[3 * atom + c];
                for (int i = 0; i < count; i++)
                {
                    FixedOrder.AddScaled(gram.AsSpan(i * count + i, count - i), v[i], v[i..]);
                    side[i] += v[i] * missing;
                }
            }
    }

    private void AddEnergies(int p, FrameFeatures[] features)
    {
        foreach (FrameFeatures frame in features)
        {
            FixedOrder.AddScaled(_energyGram[p], frame.Energies[p], frame.Energies.AsSpan(p));
            _energySide[p] += frame.Energies[p] * frame.MissingEnergy;
        }
    }

    /// <summary>Of one frame.</summary>
    /// <param name="Energies">[P + 1] kJ/mol of each feature with a parameter of 1; 1 of the constant.</param>
    /// <param name="Forces">[atom][3, n] of those that act on it.</param>
    /// <param name="MissingEnergy">Label less force field, kJ/mol.</param>
    /// <param name="MissingForces">[N, 3] the same of forces.</param>
    /// <param name="Weight">w.</param>
    private sealed record FrameFeatures(double[] Energies, double[][] Forces, double MissingEnergy, double[] MissingForces, double Weight)
    {
        public double MissingEnergy { get; private set; } = MissingEnergy;

        /// <summary>Multiplies all by w^1/2.</summary>
        public void Weigh()
        {
            double root = Math.Sqrt(Weight);
            MissingEnergy *= root;
            foreach (double[] values in Forces.Append(Energies).Append(MissingForces))
                for (int n = 0; n < values.Length; n++)
                    values[n] *= root;
        }
    }
}
