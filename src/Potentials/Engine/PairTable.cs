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

    private readonly int _largest; // partners of one atom

    private PairTable(int[] atoms, double[] parameters, RectangularBox? box)
        : base($"{TFirst.Name}+{TSecond.Name}{box}", 2, atoms, parameters, LoopIndex(atoms), new(FirstAtoms(atoms), s_stride, s_first,
            box ?? default),
            box is null ? default(PairLoop<TFirst, TSecond, OpenSpace>) : default(PairLoop<TFirst, TSecond, RectangularBox>))
    {
        StagedLoop = !(TFirst.IsLong || TSecond.IsLong) ? Loop
            : box is null ? default(PairStages<TFirst, TSecond, OpenSpace>)
            : default(PairStages<TFirst, TSecond, RectangularBox>);
        for (int i = 0; i < Shape.Count; i++)
            _largest = Math.Max(_largest, Index[i + 1] - Index[i]);
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

    internal override int StagedScratchLanes => PairStages<TFirst, TSecond, OpenSpace>.ScratchLanes(_largest);

    internal override ITableLoop StagedLoop { get; }

    private protected override (TermTable Chosen, TermTable Others) SplitEnergies(IReadOnlySet<string> names)
    {
        // the distance is computed twice from here on
        RectangularBox? box = Loop is PairLoop<TFirst, TSecond, RectangularBox> ? Shape.Box : null;
        PairTable<TFirst, NoRadialTerm> first = PairTable<TFirst, NoRadialTerm>.Create(Rows(0, s_first), box);
        PairTable<NoRadialTerm, TSecond> second = PairTable<NoRadialTerm, TSecond>.Create(Rows(s_first, s_stride), box);
        return names.Contains(TFirst.Name) ? (first, second) : (second, first);
    }

    private protected override TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    {
        var rows = new List<(int, int, double[])>();
        for (int row = 0; row < atoms.Length / 2; row++)
            rows.Add((atoms[2 * row], atoms[2 * row + 1], parameters.Slice(row * s_stride, s_stride).ToArray()));
        return Create(rows, Loop is PairLoop<TFirst, TSecond, RectangularBox> ? Shape.Box : null);
    }

    private IEnumerable<(int, int, double[])> Rows(int from, int to) =>
        Enumerable.Range(0, Count).Select(row => (Atoms[2 * row], Atoms[2 * row + 1], Enumerable.Range(row * s_stride + from,
            to - from).Select(k => Parameters[k]).ToArray()));

    private static int FirstAtoms(int[] atoms)
    {
        int last = -1;
        for (int n = 0; n < atoms.Length; n += 2)
            last = Math.Max(last, atoms[n]);
        return last + 1;
    }

    /// <summary>Where the rows of each first atom begin, with the end behind them; then the second atoms.</summary>
    private static int[] LoopIndex(int[] atoms)
    {
        int first = FirstAtoms(atoms), rows = atoms.Length / 2;
        var index = new int[first + 1 + rows];
        for (int row = 0; row < rows; row++)
        {
            index[atoms[2 * row] + 1] = row + 1;
            index[first + 1 + row] = atoms[2 * row + 1];
        }
        for (int i = 1; i <= first; i++)
            index[i] = Math.Max(index[i], index[i - 1]);
        return index;
    }
}

internal readonly struct PairLoop<TFirst, TSecond, TSpace> : ITableLoop
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
    where TSpace : struct, ISpace<TSpace>
{
    public static int EnergyCount => 2;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T firstEnergy = 0.0, secondEnergy = 0.0;
        TSpace space = TSpace.From(table.Shape.Box);
        int count = table.Shape.Count, stride = table.Shape.Stride, split = table.Shape.Split;
        int* starts = table.Index, partners = starts + count + 1;
        for (int i = 0; i < count; i++)
        {
            Vec3<T> position = block.Position(i), force = default;
            int end = starts[i + 1];
            for (int n = starts[i], row = n * stride; n < end; n++, row += stride)
            {
                int j = partners[n];
                Vec3<T> d = space.Nearest(position - block.Position(j));
                T square = Vec3<T>.Dot(d, d);
                T inverse = T.ReciprocalSqrt(square);
                T r = square * inverse;
                firstEnergy += TFirst.Evaluate(new ParameterRow<T>(table.Parameters, row), r, inverse, out T firstForce);
                secondEnergy += TSecond.Evaluate(new ParameterRow<T>(table.Parameters, row + split), r, inverse, out T secondForce);
                Vec3<T> push = ((firstForce + secondForce) * inverse) * d;
                force += push;
                block.SubtractForce(j, push);
            }
            block.AddForce(i, force);
        }
        energies[0] = firstEnergy;
        energies[1] = secondEnergy;
    }
}
