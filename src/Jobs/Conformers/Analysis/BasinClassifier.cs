using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// Sorts samples into conformational basins. A basin is a vector of states, one for each torsion coordinate; vectors that a symmetry of the
/// molecule relabels into one another are one basin: each sample gets the least of its images, which is the same for all samples of an
/// orbit.
/// </summary>
internal sealed class BasinClassifier
{
    private readonly IReadOnlyList<TorsionCoordinate> _coordinates;
    private readonly IReadOnlyList<int[]> _symmetry;
    private readonly (int I, int J, int K, int L, int Fold)[] _quads; // distinct torsions over coordinates and symmetry
    private readonly int[][] _quadOf; // [symmetry][coordinate]
    private readonly CircularStates[] _states; // [coordinate]
    private readonly int[] _images; // [sample] the symmetry whose image names its basin

    public BasinClassifier(IReadOnlyList<TorsionCoordinate> coordinates, IReadOnlyList<int[]> symmetry, Ensemble ensemble)
    {
        (_coordinates, _symmetry, _images) = (coordinates, symmetry, new int[ensemble.Count]);
        var index = new Dictionary<(int, int, int, int, int), int>();
        int Index(TorsionCoordinate c, int[] map)
        {
            (int i, int j, int k, int l) = (map[c.I], map[c.J], map[c.K], map[c.L]);
            var key = j < k || c.Kind == TorsionKind.Inversion ? (i, j, k, l, c.Fold) : (l, k, j, i, c.Fold);
            if (!index.TryGetValue(key, out int quad))
                index.Add(key, quad = index.Count);
            return quad;
        }
        _quadOf = [.. symmetry.Select(map => coordinates.Select(c => Index(c, map)).ToArray())];
        _quads = [.. index.OrderBy(q => q.Value).Select(q => q.Key)];
        Angles = AnglesOf(ensemble);
        double[] weights = [.. ensemble.LogWeights.Select(Math.Exp)];
        _states = [.. Enumerable.Range(0, coordinates.Count).Select(c => FindStates(c, weights))];
    }

    /// <summary>[quad][sample] rad.</summary>
    private double[][] Angles { get; }

    /// <summary>The basin of each sample: [S] state vectors as text, equal for samples of one basin.</summary>
    public string[] Classify()
    {
        int samples = _images.Length, count = _coordinates.Count;
        var result = new string[samples];
        Parallel.For(0, samples, ParallelWork.Options(), s =>
        {
            Span<char> best = stackalloc char[count], trial = stackalloc char[count];
            for (int g = 0; g < _symmetry.Count; g++)
            {
                for (int c = 0; c < count; c++)
                    trial[c] = (char)('A' + _states[c].StateOf(Angles[_quadOf[g][c]][s]));
                if (g > 0 && trial.SequenceCompareTo(best) >= 0)
                    continue;
                trial.CopyTo(best);
                _images[s] = g;
            }
            result[s] = new string(best);
        });
        return result;
    }

    /// <summary>Maps over all atoms that relabel a conformation into another of the same isomer.</summary>
    public IReadOnlyList<int[]> Symmetry => _symmetry;

    /// <summary>The state vector of any configuration as it is numbered, or of a symmetric image; not the least of all images.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="image">Of <see cref="Symmetry"/>; null for the configuration itself.</param>
    /// <param name="code">[coordinates], overwritten.</param>
    public void States(ReadOnlySpan<float> positions, int[]? image, Span<char> code)
    {
        for (int c = 0; c < code.Length; c++)
            code[c] = (char)('A' + _states[c].StateOf(image is null ? _coordinates[c].Angle(positions)
                : _coordinates[c].Angle(positions, image)));
    }

    /// <summary>The state vector in words: rotors by their mean angles, then ring torsions and inversions by sign.</summary>
    public string Describe(string code)
    {
        var words = new List<string>();
        for (int c = 0; c < _coordinates.Count; c++)
            if (_states[c].Count > 1)
                words.Add(Letter(c, code[c] - 'A').Word);
        return string.Join(' ', words);
    }

    /// <summary>The coordinates with their states in words.</summary>
    public IReadOnlyList<StateCoordinate> Describe() =>
        [.. _coordinates.Select((t, c) =>
            new StateCoordinate(t, [.. Enumerable.Range(0, _states[c].Count).Select(state => Letter(c, state))]))];

    /// <summary>[N, 3] A sample numbered so that its torsions are in the states that its basin is named by, after
    /// <see cref="Classify"/>.</summary>
    public float[] Renumbered(int sample, ReadOnlySpan<float> positions)
    {
        int[] map = _symmetry[_images[sample]];
        var x = new float[positions.Length];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[3 * map[k / 3] + k % 3];
        return x;
    }

    /// <summary>Functions of the samples that symmetry leaves unchanged: sums of cosines and of sines of a coordinate over its
    /// images.</summary>
    public IEnumerable<double[]> Invariants()
    {
        int samples = _images.Length;
        for (int c = 0; c < _coordinates.Count; c++)
        {
            double[] cosine = new double[samples], sine = new double[samples];
            foreach (int[] quads in _quadOf)
            {
                double[] angles = Angles[quads[c]];
                for (int s = 0; s < samples; s++)
                {
                    cosine[s] += Math.Cos(angles[s]) / _quadOf.Length;
                    sine[s] += Math.Sin(angles[s]) / _quadOf.Length;
                }
            }
            yield return cosine;
            yield return sine;
        }
    }

    private double[][] AnglesOf(Ensemble ensemble)
    {
        double[][] angles = [.. _quads.Select(_ => new double[ensemble.Count])];
        Parallel.For(0, ensemble.Count, ParallelWork.Options(), s =>
        {
            ReadOnlySpan<float> x = ensemble.Positions[s].Span;
            for (int q = 0; q < _quads.Length; q++)
            {
                (int i, int j, int k, int l, int fold) = _quads[q];
                angles[q][s] = new TorsionCoordinate(TorsionKind.Rotor, i, j, k, l, fold).Angle(x);
            }
        });
        return angles;
    }

    private CircularStates FindStates(int c, double[] weights)
    {
        int[] quads = [.. _quadOf.Select(q => q[c]).Distinct()];
        return CircularStates.Find(quads.SelectMany(q => Angles[q]).ToArray(), quads.SelectMany(_ => weights).ToArray());
    }

    private StateLetter Letter(int c, int state)
    {
        double degrees = _states[c].Centres[state] / _coordinates[c].Fold * 180 / Math.PI;
        return new(_coordinates[c].Kind == TorsionKind.Rotor ? Word(degrees) : degrees >= 0 ? "+" : "-", degrees);
    }

    private static string Word(double degrees)
    {
        string sign = degrees < 0 ? "-" : "+";
        return Math.Abs(degrees) switch { < 30 => "c", < 90 => "g" + sign, < 150 => "a" + sign, _ => "t" };
    }
}
