using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// Sorts geometries into conformational basins. A basin is a vector of states, one for each torsion coordinate; vectors that a symmetry of
/// the molecule relabels into one another are one basin: each geometry gets the least of its images, which is the same for all geometries
/// of an orbit. Torsions that turn together are classified once, by their common angle, and each gets the image of that state: symmetry
/// maps vectors onto vectors, however near to a border a geometry is.
/// </summary>
internal sealed class BasinClassifier
{
    private readonly IReadOnlyList<TorsionCoordinate> _coordinates;
    private readonly IReadOnlyList<int[]> _symmetry;
    private readonly TorsionImages _images;
    private readonly int _samples;
    private readonly double[][] _angles; // [torsion][sample] rad
    private readonly CommonAngle[] _common;
    private readonly Dictionary<int, CircularStates> _states; // of an orbit of torsions
    private readonly int[][][] _stateOf; // [common angle][member][state of the common angle]

    public BasinClassifier(IReadOnlyList<TorsionCoordinate> coordinates, IReadOnlyList<int[]> symmetry, Ensemble ensemble)
    {
        (_coordinates, _symmetry, _images, _samples) = (coordinates, symmetry, new(coordinates, symmetry), ensemble.Count);
        _angles = [.. _images.Torsions.Select(_ => new double[ensemble.Count])];
        Parallel.For(0, ensemble.Count, ParallelWork.Options(), s =>
        {
            for (int t = 0; t < _angles.Length; t++)
                _angles[t][s] = _images.Torsions[t].Angle(ensemble.Positions[s].Span);
        });
        _common = CommonAngleFinder.Find(_images, _angles);
        double[] weights = [.. ensemble.LogWeights.Select(Math.Exp)];
        _states = _common.GroupBy(c => _images.Orbits[c.Torsions[0]]).ToDictionary(o => o.Key, o => FindStates([.. o], weights));
        _stateOf = [.. _common.Select(c => Enumerable.Range(0, c.Torsions.Length).Select(m =>
            _states[_images.Orbits[c.Torsions[0]]].Images(c.Reflected[m], c.Turn(m))).ToArray())];
    }

    /// <summary>The basin of each sample: [S] state vectors as text, equal for samples of one basin.</summary>
    public string[] Classify()
    {
        var codes = new string[_samples];
        Parallel.For(0, _samples, ParallelWork.Options(), s => codes[s] = Least([.. _angles.Select(a => a[s])]).Code);
        return codes;
    }

    /// <summary>The basin of a geometry.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <returns>Its state vector as text, and the geometry numbered so that its torsions are in these states, [N, 3] nm.</returns>
    public (string Code, float[] Renumbered) Place(ReadOnlySpan<float> positions)
    {
        double[] angles = new double[_angles.Length];
        for (int t = 0; t < angles.Length; t++)
            angles[t] = _images.Torsions[t].Angle(positions);
        (string code, int image) = Least(angles);
        int[] map = _symmetry[image];
        var renumbered = new float[positions.Length];
        for (int k = 0; k < renumbered.Length; k++)
            renumbered[k] = positions[3 * map[k / 3] + k % 3];
        return (code, renumbered);
    }

    /// <summary>Maps over all atoms that relabel a conformation into another of the same isomer, the identity first.</summary>
    public IReadOnlyList<int[]> Symmetry => _symmetry;

    /// <summary>The state vector of a geometry as it is numbered, or of a symmetric image; not the least of all images.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="image">Of <see cref="Symmetry"/>; 0 for the geometry itself.</param>
    public string States(ReadOnlySpan<float> positions, int image = 0)
    {
        double[] angles = new double[_angles.Length];
        for (int t = 0; t < angles.Length; t++)
            angles[t] = _images.Torsions[t].Angle(positions);
        char[] states = States(angles);
        return new([.. _images.Coordinates[image].Select(t => states[t])]);
    }

    /// <summary>The state vector in words: rotors by their mean angles, then ring torsions and inversions by sign.</summary>
    public string Describe(string code) =>
        string.Join(' ', Enumerable.Range(0, _coordinates.Count).Where(c => StatesOf(c).Count > 1).Select(c =>
            Letter(c, code[c] - 'A').Word));

    /// <summary>The coordinates with their states in words.</summary>
    public IReadOnlyList<StateCoordinate> Describe() =>
        [.. _coordinates.Select((t, c) =>
            new StateCoordinate(t, [.. Enumerable.Range(0, StatesOf(c).Count).Select(state => Letter(c, state))]))];

    /// <summary>Functions of the samples that symmetry leaves unchanged: sums of cosines and of sines of a coordinate over its
    /// images.</summary>
    public IEnumerable<double[]> Invariants()
    {
        int[][] images = _images.Coordinates;
        for (int c = 0; c < _coordinates.Count; c++)
        {
            double[] cosine = new double[_samples], sine = new double[_samples];
            foreach (int[] torsions in images)
            {
                double[] angles = _angles[torsions[c]];
                for (int s = 0; s < _samples; s++)
                {
                    cosine[s] += Math.Cos(angles[s]) / images.Length;
                    sine[s] += Math.Sin(angles[s]) / images.Length;
                }
            }
            yield return cosine;
            yield return sine;
        }
    }

    /// <summary>The least of the images of a geometry's state vector, and the symmetry that makes it.</summary>
    /// <param name="angles">[torsion] rad.</param>
    private (string Code, int Image) Least(ReadOnlySpan<double> angles)
    {
        char[] states = States(angles);
        char[] best = new char[_coordinates.Count], trial = new char[_coordinates.Count];
        int image = 0;
        for (int g = 0; g < _symmetry.Count; g++)
        {
            for (int c = 0; c < trial.Length; c++)
                trial[c] = states[_images.Coordinates[g][c]];
            if (g > 0 && trial.AsSpan().SequenceCompareTo(best) >= 0)
                continue;
            (best, trial, image) = (trial, best, g);
        }
        return (new(best), image);
    }

    /// <summary>[torsion] the states, as letters.</summary>
    private char[] States(ReadOnlySpan<double> angles)
    {
        char[] states = new char[angles.Length];
        for (int n = 0; n < _common.Length; n++)
        {
            CommonAngle common = _common[n];
            int state = _states[_images.Orbits[common.Torsions[0]]].StateOf(common.Of(angles));
            for (int m = 0; m < common.Torsions.Length; m++)
                states[common.Torsions[m]] = (char)('A' + _stateOf[n][m][state]);
        }
        return states;
    }

    private CircularStates FindStates(CommonAngle[] orbit, double[] weights)
    {
        var pooled = new double[orbit.Length * weights.Length];
        Parallel.For(0, weights.Length, ParallelWork.Options(), s =>
        {
            double[] angles = [.. _angles.Select(a => a[s])];
            for (int n = 0; n < orbit.Length; n++)
                pooled[n * weights.Length + s] = orbit[n].Of(angles);
        });
        return CircularStates.Find(pooled, [.. orbit.SelectMany(_ => weights)], orbit[0].Turns, orbit[0].HasReflections);
    }

    private CircularStates StatesOf(int coordinate) => _states[_images.Orbits[_images.Coordinates[0][coordinate]]];

    private StateLetter Letter(int c, int state)
    {
        double degrees = StatesOf(c).Centres[state] / _coordinates[c].Fold * 180 / Math.PI;
        return new(_coordinates[c].Kind == TorsionKind.Rotor ? Word(degrees) : degrees >= 0 ? "+" : "-", degrees);
    }

    private static string Word(double degrees)
    {
        string sign = degrees < 0 ? "-" : "+";
        return Math.Abs(degrees) switch { < 30 => "c", < 90 => "g" + sign, < 150 => "a" + sign, _ => "t" };
    }
}
