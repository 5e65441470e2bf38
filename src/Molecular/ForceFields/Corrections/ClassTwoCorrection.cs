using System.Numerics.Tensors;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Molecular.ForceFields.Corrections;

/// <summary>
/// A correction of a force field that is linear in its parameters and belongs to one molecule: powers of bonds and angles, their crosses at
/// a centre, torsions with theirs, and functions of the distance of atoms three bonds or more apart (<see cref="BondCorrection"/>,
/// <see cref="AngleCorrection"/>, <see cref="CentreCorrection"/>, <see cref="TorsionCorrection"/>, <see cref="PairCorrection"/>). What the
/// symmetry of the molecular graph makes equal has one parameter, so equal atoms stay equal. Fitted by <see cref="CorrectionFit"/>.
/// </summary>
internal sealed class ClassTwoCorrection
{
    private const int NearestPair = 3; // bonds between atoms of a pair: angles describe those that are nearer
    private const double Straight = -0.95; // cosine of an angle about which a torsion means nothing

    private readonly CorrectionRows _bonds = new TwoBodyRows<BondCorrection>(3), _angles = new ThreeBodyRows<AngleCorrection>(6),
        _centres = new FourBodyRows<CentreCorrection>(5), _torsions = new FourBodyRows<TorsionCorrection>(20),
        _pairs = new PairRows<PairCorrection>(3);
    private readonly Dictionary<string, int> _features = [];
    private readonly int[] _class;
    private readonly Dictionary<string, double> _rest; // of bonds, nm, and of angles, cosine

    /// <summary>For a molecule.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="classes">[N] the same number for atoms that the graph's symmetry makes equal.</param>
    /// <param name="frames">[N, 3] nm each: their mean bonds and angles are those that stretches and bends are counted from.</param>
    public ClassTwoCorrection(Molecule molecule, int[] classes, IReadOnlyList<ReadOnlyMemory<float>> frames)
    {
        (_class, AtomCount) = (classes, molecule.Atoms.Count);
        _rest = Rest(molecule, frames);
        foreach (Bond bond in molecule.Bonds)
        {
            string key = Key(bond.Begin, bond.End);
            _bonds.Add([bond.Begin, bond.End], [.. Enumerable.Range(1, 3).Select(n => Feature($"bond {key} {n}"))], [_rest[key]]);
        }
        for (int centre = 0; centre < AtomCount; centre++)
            AddCentre(centre, molecule.Neighbours[centre]);
        foreach (Bond bond in molecule.Bonds)
            AddTorsions(molecule, bond.Begin, bond.End);
        AddPairs(molecule, frames);
    }

    /// <summary>N.</summary>
    public int AtomCount { get; }

    /// <summary>P, the number of linear parameters.</summary>
    public int Count => _features.Count;

    /// <summary>The interactions.</summary>
    public IReadOnlyList<CorrectionRows> Rows => [_bonds, _angles, _centres, _torsions, _pairs];

    /// <summary>The correction as tables of the engine.</summary>
    /// <param name="coefficients">[P].</param>
    public IEnumerable<TermTable> Tables(IReadOnlyList<double> coefficients) => Rows.Where(r => r.Count > 0).Select(r =>
        r.Table(coefficients));

    private void AddCentre(int b, int[] neighbours)
    {
        for (int i = 0; i < neighbours.Length; i++)
            for (int k = i + 1; k < neighbours.Length; k++)
            {
                (int a, int c) = (neighbours[i], neighbours[k]);
                string key = Key(a, b, c);
                // a symmetric angle has one parameter for its two bonds
                _angles.Add([a, b, c],
                [
                    .. Enumerable.Range(1, 3).Select(n => Feature($"angle {key} {n}")), Feature($"angle {key} bonds"),
                    Feature($"angle {key} bond to {_class[a]}"), Feature($"angle {key} bond to {_class[c]}"),
                ], [_rest[key], _rest[Key(a, b)], _rest[Key(c, b)]]);
                for (int l = k + 1; l < neighbours.Length; l++)
                    AddTriple(b, a, c, neighbours[l], isFlat: neighbours.Length == 3);
            }
    }

    private void AddTriple(int b, int a, int c, int d, bool isFlat)
    {
        string key = $"centre {_class[b]}: {string.Join(' ', new[] { _class[a], _class[c], _class[d] }.Order())}";
        _centres.Add([a, b, c, d],
        [
            Feature($"{key} sharing {_class[a]}"), Feature($"{key} sharing {_class[c]}"), Feature($"{key} sharing {_class[d]}"),
            isFlat ? Feature($"{key} flat 2") : -1, isFlat ? Feature($"{key} flat 4") : -1,
        ], [_rest[Key(a, b, c)], _rest[Key(a, b, d)], _rest[Key(c, b, d)]]);
    }

    private void AddTorsions(Molecule molecule, int b, int c)
    {
        foreach (int a in molecule.Neighbours[b].Where(n => n != c && _rest[Key(n, b, c)] > Straight))
            foreach (int d in molecule.Neighbours[c].Where(n => n != b && n != a && _rest[Key(b, c, n)] > Straight))
            {
                string forward = $"torsion {_class[a]} {_class[b]} {_class[c]} {_class[d]}",
                    backward = $"torsion {_class[d]} {_class[c]} {_class[b]} {_class[a]}",
                    key = string.CompareOrdinal(forward, backward) < 0 ? forward : backward;
                IEnumerable<int> Series(string of) => Enumerable.Range(1, 3).Select(n => Feature($"{of} {n}"));
                _torsions.Add([a, b, c, d],
                    [
                        .. Series(key), .. Series($"{key} bond"), .. Series($"{forward} first angle"), .. Series($"{backward} first angle"),
                        .. Series($"{forward} first bond"), .. Series($"{backward} first bond"), Feature($"{key} bonds"),
                        Feature($"{key} angles"),
                    ], [_rest[Key(b, c)], _rest[Key(a, b, c)], _rest[Key(b, c, d)], _rest[Key(a, b)], _rest[Key(c, d)]]);
            }
    }

    private void AddPairs(Molecule molecule, IReadOnlyList<ReadOnlyMemory<float>> frames)
    {
        var pairs = new List<(int I, int K, string Key, double Nearest)>();
        for (int i = 0; i < AtomCount; i++)
        {
            int[] distance = Distances(molecule, i);
            for (int k = i + 1; k < AtomCount; k++)
                if (distance[k] >= NearestPair)
                    pairs.Add((i, k, $"pair {Key(i, k)} at {distance[k]}", frames.Min(f =>
                        TensorPrimitives.Distance(f.Span.Slice(3 * i, 3), f.Span.Slice(3 * k, 3)))));
        }
        Dictionary<string, double> nearest = pairs.GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Min(p => p.Nearest));
        foreach ((int i, int k, string key, _) in pairs)
            _pairs.Add([i, k], [.. Enumerable.Range(1, 3).Select(n => Feature($"{key} {n}"))], [PairCorrection.Contact(nearest[key])]);
    }

    private static int[] Distances(Molecule molecule, int from)
    {
        int[] distance = new int[molecule.Atoms.Count];
        Array.Fill(distance, int.MaxValue);
        distance[from] = 0;
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out int a))
            foreach (int n in molecule.Neighbours[a])
                if (distance[n] == int.MaxValue)
                {
                    distance[n] = distance[a] + 1;
                    queue.Enqueue(n);
                }
        return distance;
    }

    private int Feature(string name)
    {
        if (!_features.TryGetValue(name, out int index))
            _features[name] = index = _features.Count;
        return index;
    }

    private string Key(int a, int b) => $"{Math.Min(_class[a], _class[b])} {Math.Max(_class[a], _class[b])}";

    private string Key(int a, int b, int c) => $"{Math.Min(_class[a], _class[c])} {_class[b]} {Math.Max(_class[a], _class[c])}";

    /// <summary>Means over frames and over what is equal.</summary>
    private Dictionary<string, double> Rest(Molecule molecule, IReadOnlyList<ReadOnlyMemory<float>> frames)
    {
        var sums = new Dictionary<string, (double Sum, int Count)>();
        void Take(string key, double value)
        {
            (double sum, int count) = sums.GetValueOrDefault(key);
            sums[key] = (sum + value, count + 1);
        }
        float[] u = new float[3], v = new float[3];
        foreach (ReadOnlyMemory<float> frame in frames)
        {
            ReadOnlySpan<float> x = frame.Span;
            foreach (Bond bond in molecule.Bonds)
                Take(Key(bond.Begin, bond.End), TensorPrimitives.Distance(x.Slice(3 * bond.Begin, 3), x.Slice(3 * bond.End, 3)));
            for (int b = 0; b < AtomCount; b++)
                foreach (int a in molecule.Neighbours[b])
                    foreach (int c in molecule.Neighbours[b].Where(c => c > a))
                    {
                        TensorPrimitives.Subtract(x.Slice(3 * a, 3), x.Slice(3 * b, 3), u);
                        TensorPrimitives.Subtract(x.Slice(3 * c, 3), x.Slice(3 * b, 3), v);
                        Take(Key(a, b, c), TensorPrimitives.CosineSimilarity<float>(u, v));
                    }
        }
        return sums.ToDictionary(s => s.Key, s => s.Value.Sum / s.Value.Count);
    }
}
