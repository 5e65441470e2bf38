using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of one kind in a system: atom indices and parameters, plain numbers.</summary>
public abstract class TermTable
{
    // all pinned: loops hold pointers to them
    private readonly float[] _single; // the lanes' copy
    private readonly double[] _double; // the reference's copy
    private readonly int[] _index;

    /// <summary>Checks and stores a table.</summary>
    /// <exception cref="ArgumentException">Lengths that do not agree, or a parameter that is not finite.</exception>
    private protected TermTable(string name, int arity, int parameterCount, ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters,
        ITableLoop loop)
    {
        if (atoms.Length % arity != 0 || parameters.Length != atoms.Length / arity * parameterCount)
            throw new ArgumentException($"Term '{name}': {atoms.Length} atom indices and {parameters.Length} parameters do not make rows of {arity} atoms and {parameterCount} parameters.");
        Name = name;
        Loop = loop;
        Arity = arity;
        Atoms = atoms.ToArray();
        _index = Pinned(atoms);
        Shape = new(atoms.Length / arity, parameterCount);
        _double = GC.AllocateUninitializedArray<double>(parameters.Length, pinned: true);
        _single = GC.AllocateUninitializedArray<float>(parameters.Length, pinned: true);
        for (int i = 0; i < parameters.Length; i++)
        {
            if (!double.IsFinite(parameters[i]))
                throw new ArgumentException($"Term '{name}': parameter {i % parameterCount} of interaction {i / parameterCount} is {parameters[i]}.");
            _double[i] = parameters[i];
            _single[i] = (float)parameters[i];
        }
    }

    /// <summary>Stores a table whose loop has an order or lengths of its own.</summary>
    /// <exception cref="ArgumentException">A parameter that is not finite.</exception>
    private protected TermTable(string name, int arity, ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters, ReadOnlySpan<int> index,
        TableShape shape, ITableLoop loop)
        : this(name, 1, 1, Enumerable.Range(0, parameters.Length).ToArray(), parameters, loop) => (Arity, Atoms, _index, Shape) =
            (arity, atoms.ToArray(), Pinned(index), shape);

    /// <summary>The term's name; a table of several radial terms joins them by '+'.</summary>
    public string Name { get; }

    /// <summary>Atoms of one interaction.</summary>
    public int Arity { get; }

    /// <summary>[count * arity] atom indices.</summary>
    public IReadOnlyList<int> Atoms { get; }

    /// <summary>[count * parameters] in the engine's units.</summary>
    public IReadOnlyList<double> Parameters => _double;

    /// <summary>Whether the energy is unchanged when all atoms move together: so for all terms but external fields.</summary>
    public virtual bool IsTranslationInvariant => Arity > 1;

    /// <summary>Interactions.</summary>
    public int Count => Atoms.Count / Arity;

    /// <summary>Names of the energies that <see cref="Evaluate{T}"/> writes, one for most tables.</summary>
    public abstract IReadOnlyList<string> EnergyNames { get; }

    /// <summary>Two tables whose sum is this one: the energies that are named, and the others.</summary>
    /// <param name="names">Of energies; names of other tables do no harm.</param>
    /// <returns>Null for a part that is empty.</returns>
    /// <exception cref="ArgumentException">Energies of one table that only go together.</exception>
    public (TermTable? Chosen, TermTable? Others) Split(IReadOnlySet<string> names)
    {
        int count = EnergyNames.Count(names.Contains);
        return count == EnergyNames.Count ? (this, null) : count == 0 ? (null, this) : SplitEnergies(names);
    }

    /// <summary>The same where some energies are named and some are not.</summary>
    private protected virtual (TermTable Chosen, TermTable Others) SplitEnergies(IReadOnlySet<string> names) =>
        throw new ArgumentException($"The terms {string.Join(", ", EnergyNames)} are computed together and cannot be parted.");

    /// <summary>Some of the interactions as a table of their own.</summary>
    /// <param name="rows">Numbers of these, from 0.</param>
    /// <exception cref="NotSupportedException">All atoms interact with each other in this table: see <see cref="OfFewBodies"/>.</exception>
    public TermTable Rows(IReadOnlyList<int> rows)
    {
        int width = Count == 0 ? 0 : Parameters.Count / Count;
        return Make([.. rows.SelectMany(row => Enumerable.Range(row * Arity, Arity)).Select(n => Atoms[n])],
            [.. rows.SelectMany(row => Enumerable.Range(row * width, width)).Select(n => Parameters[n])]);
    }

    /// <summary>A table of the same kind; what rows cannot be taken from throws.</summary>
    private protected virtual TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters) =>
        throw new NotSupportedException($"The rows of {Name} are no interactions of their own.");

    /// <summary>Tables whose rows are interactions of few atoms each. What all atoms decide together (the Born radii of a solvent) is as at
    /// one geometry, and what is constant then is left out: a model of the energy, not the energy.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    public virtual IEnumerable<TermTable> OfFewBodies(ReadOnlySpan<float> positions) => [this];

    /// <summary>What is added to each of the energies whatever the positions, kJ/mol; empty for nothing. In double precision, since these
    /// can be larger than all else.</summary>
    internal virtual IReadOnlyList<double> Constants => [];

    /// <summary>What tells it from other tables of its kind: the parameters but for those that follow from others.</summary>
    internal virtual IEnumerable<double> Identity => Parameters;

    /// <summary>The part of <see cref="Constants"/> that goes with the inverse of the box's volume, kJ/mol in the table's
    /// box.</summary>
    internal virtual double PerVolume => 0;

    /// <summary>Where its direct interactions end in a periodic box, nm; 0 for others.</summary>
    internal virtual double Cutoff => 0;

    /// <summary>Whether its energy is right where each walker has a box of its own size: so for all that knows no box.</summary>
    internal virtual bool HeedsStretch => Shape.Box == default;

    /// <summary>How its energy depends on the coupling of a solute.</summary>
    internal virtual CouplingDependence Coupling => CouplingDependence.None;

    /// <summary>Lanes of work space that <see cref="Evaluate{T}"/> needs.</summary>
    internal virtual int ScratchLanes => 0;

    /// <summary>The same for <see cref="StagedLoop"/>.</summary>
    internal virtual int StagedScratchLanes => ScratchLanes;

    /// <summary>The loop over the rows.</summary>
    internal ITableLoop Loop { get; }

    /// <summary>The same in short stages, for processors with few registers; <see cref="Loop"/> where there is no other.</summary>
    internal virtual ITableLoop StagedLoop => Loop;

    /// <summary>Lengths that the loop needs.</summary>
    internal TableShape Shape { get; }

    /// <summary>Indices in the loop's order.</summary>
    internal ReadOnlySpan<int> Index => _index;

    /// <summary>Parameters in single precision.</summary>
    internal ReadOnlySpan<float> SingleParameters => _single;

    /// <summary>Adds forces to the block and writes this table's energies, one for each of <see cref="EnergyNames"/>.</summary>
    /// <remarks>The call through the interface keeps the loop a method of its own: inlined into a small caller it would exceed the
    /// compiler's budget and lose its inner calls.</remarks>
    internal unsafe void Evaluate<T>(BlockView<T> block, T* energies) where T : unmanaged, ILane<T> =>
        (T.HasFewRegisters ? StagedLoop : Loop).Evaluate(Data<T>(), block, energies);

    /// <summary>The numbers in the lane's own precision.</summary>
    private unsafe TableData Data<T>() where T : unmanaged, ILane<T> => new((int*)Address(_index), typeof(T) == typeof(Double64)
        ? Address(_double) : Address(_single), Shape);

    private static unsafe byte* Address<TItem>(TItem[] pinned) where TItem : unmanaged =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private static int[] Pinned(ReadOnlySpan<int> values)
    {
        int[] copy = GC.AllocateUninitializedArray<int>(values.Length, pinned: true);
        values.CopyTo(copy);
        return copy;
    }
}
