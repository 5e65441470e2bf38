namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a two-body term.</summary>
public sealed class TwoBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 2, TTerm.ParameterNames.Count, atoms, parameters) where TTerm : struct, ITwoBodyTerm
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
        for (int k = 0, row = 0; k + 1 < atoms.Length; k += 2, row += _stride)
        {
            int i = atoms[k], j = atoms[k + 1];
            energy += TTerm.Evaluate(new ParameterRow<T>(table, row), block.Position(i), block.Position(j), out Vec3<T> force);
            block.AddForce(i, force);
            block.AddForce(j, -force);
        }
        energies[0] = energy;
    }
}
