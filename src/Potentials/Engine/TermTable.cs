namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of one kind in a system: atom indices and parameters, plain numbers.</summary>
public abstract class TermTable
{
    private readonly float[] _single; // pinned, the lanes' copy
    private readonly double[] _double; // pinned, the reference's copy

    /// <summary>Checks and stores a table.</summary>
    /// <exception cref="ArgumentException">Lengths that do not agree, or a parameter that is not finite.</exception>
    private protected TermTable(string name, int arity, int parameterCount, ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    {
        if (atoms.Length % arity != 0 || parameters.Length != atoms.Length / arity * parameterCount)
            throw new ArgumentException($"Term '{name}': {atoms.Length} atom indices and {parameters.Length} parameters do not make rows of {arity} atoms and {parameterCount} parameters.");
        Name = name;
        Arity = arity;
        Atoms = atoms.ToArray();
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

    /// <summary>Stores a table whose parameters are not rows of one length.</summary>
    /// <exception cref="ArgumentException">A parameter that is not finite.</exception>
    private protected TermTable(string name, int arity, ReadOnlySpan<double> parameters, ReadOnlySpan<int> atoms)
        : this(name, 1, 1, Enumerable.Range(0, parameters.Length).ToArray(), parameters) => (Arity, Atoms) = (arity, atoms.ToArray());

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

    /// <summary>Lanes of work space that <see cref="Evaluate{T}"/> needs.</summary>
    internal virtual int ScratchLanes => 0;

    /// <summary>Adds forces to the block and writes this table's energies, one for each of <see cref="EnergyNames"/>.</summary>
    internal abstract unsafe void Evaluate<T>(BlockView<T> block, T* energies) where T : unmanaged, ILane<T>;

    /// <summary>The parameters in the lane's own precision; the arrays are pinned for the table's life.</summary>
    private protected unsafe void* ParameterTable<T>() where T : unmanaged, ILane<T> =>
        typeof(T) == typeof(Double64)
            ? System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_double))
            : System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_single));
}
