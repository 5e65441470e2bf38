namespace MolSampling.Potentials.Engine;

/// <summary>
/// Non-bonded pairs under two radial terms that share the distance. Rows are sorted by the first atom, whose position
/// and force stay in registers while its partners pass. In a periodic box the nearest image counts.
/// </summary>
/// <typeparam name="TFirst">Reads the first parameters of a row.</typeparam>
/// <typeparam name="TSecond">Reads those that follow.</typeparam>
public sealed class PairTable<TFirst, TSecond> : TermTable
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
{
    private static readonly int s_first = TFirst.ParameterNames.Count, s_stride = s_first + TSecond.ParameterNames.Count;

    private readonly int[] _starts; // rows of atom i: _starts[i] .. _starts[i + 1]
    private readonly int[] _partners;

    private readonly RectangularBox? _box;

    private PairTable(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters, RectangularBox? box)
        : base($"{TFirst.Name}+{TSecond.Name}{box}", 2, s_stride, atoms, parameters)
    {
        _box = box;
        int last = 0;
        foreach (int atom in atoms)
            last = Math.Max(last, atom);
        _starts = new int[last + 2];
        _partners = new int[atoms.Length / 2];
        for (int row = 0; row < _partners.Length; row++)
        {
            _partners[row] = atoms[2 * row + 1];
            _starts[atoms[2 * row] + 1] = row + 1;
        }
        for (int i = 1; i < _starts.Length; i++)
            _starts[i] = Math.Max(_starts[i], _starts[i - 1]);
    }

    /// <summary>Sorts the pairs (i, j) by i, then j, and makes the table.</summary>
    /// <param name="pairs">Atoms and the row's parameters: those of the first term, then those of the second.</param>
    /// <param name="box">A periodic box, or null.</param>
    public static PairTable<TFirst, TSecond> Create(IEnumerable<(int I, int J, double[] Parameters)> pairs, RectangularBox? box = null)
    {
        var rows = pairs.Select(p => p.I < p.J ? p : (p.J, p.I, p.Parameters)).OrderBy(p => p.Item1).ThenBy(p => p.Item2).ToArray();
        var atoms = new int[2 * rows.Length];
        var parameters = new double[s_stride * rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            atoms[2 * row] = rows[row].Item1;
            atoms[2 * row + 1] = rows[row].Item2;
            rows[row].Item3.CopyTo(parameters, row * s_stride);
        }
        return new(atoms, parameters, box);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TFirst.Name, TSecond.Name];

    private protected override (TermTable Chosen, TermTable Others) SplitEnergies(IReadOnlySet<string> names)
    {
        // the distance is computed twice from here on
        PairTable<TFirst, NoRadialTerm> first = PairTable<TFirst, NoRadialTerm>.Create(Rows(0, s_first), _box);
        PairTable<NoRadialTerm, TSecond> second = PairTable<NoRadialTerm, TSecond>.Create(Rows(s_first, s_stride), _box);
        return names.Contains(TFirst.Name) ? (first, second) : (second, first);
    }

    private IEnumerable<(int, int, double[])> Rows(int from, int to) =>
        Enumerable.Range(0, Count).Select(row => (Atoms[2 * row], Atoms[2 * row + 1], Enumerable.Range(row * s_stride + from, to - from).Select(k => Parameters[k]).ToArray()));

    internal override unsafe void Evaluate<T>(BlockView<T> block, T* energies)
    {
        if (_box is { } box)
            Evaluate(block, energies, box);
        else
            Evaluate(block, energies, default(OpenSpace));
    }

    private unsafe void Evaluate<T, TSpace>(BlockView<T> block, T* energies, TSpace space) where T : unmanaged, ILane<T> where TSpace : struct, ISpace
    {
        void* table = ParameterTable<T>();
        T firstEnergy = 0.0, secondEnergy = 0.0;
        int[] partners = _partners;
        for (int i = 0; i + 1 < _starts.Length; i++)
        {
            Vec3<T> position = block.Position(i), force = default;
            int end = _starts[i + 1];
            for (int row = _starts[i]; row < end; row++)
            {
                int j = partners[row];
                Vec3<T> d = space.Nearest(position - block.Position(j));
                T square = Vec3<T>.Dot(d, d);
                T inverse = T.ReciprocalSqrt(square);
                T r = square * inverse;
                firstEnergy += TFirst.Evaluate(new ParameterRow<T>(table, row * s_stride), r, inverse, out T firstSlope);
                secondEnergy += TSecond.Evaluate(new ParameterRow<T>(table, row * s_stride + s_first), r, inverse, out T secondSlope);
                Vec3<T> pull = ((firstSlope + secondSlope) * inverse) * d; // - the force on i
                force -= pull;
                block.AddForce(j, pull);
            }
            block.AddForce(i, force);
        }
        energies[0] = firstEnergy;
        energies[1] = secondEnergy;
    }
}
