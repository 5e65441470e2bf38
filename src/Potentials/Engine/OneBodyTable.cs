namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a one-body term.</summary>
public sealed class OneBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 1, TTerm.ParameterNames.Count, atoms, parameters) where TTerm : struct, IOneBodyTerm
{
    private readonly int[] _atoms = atoms.ToArray();
    private readonly int _stride = TTerm.ParameterNames.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TTerm.Name];

    internal override unsafe void Evaluate<T>(BlockView<T> block, T* energies)
    {
        void* table = ParameterTable<T>();
        T energy = 0.0;
        int[] atoms = _atoms;
        for (int row = 0; row < atoms.Length; row++)
        {
            energy += TTerm.Evaluate(new ParameterRow<T>(table, row * _stride), block.Position(atoms[row]), out Vec3<T> force);
            block.AddForce(atoms[row], force);
        }
        energies[0] = energy;
    }
}
