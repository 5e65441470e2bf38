namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a three-body term.</summary>
public sealed class ThreeBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 3, TTerm.ParameterNames.Count, atoms, parameters) where TTerm : struct, IThreeBodyTerm
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
        for (int n = 0, row = 0; n + 2 < atoms.Length; n += 3, row += _stride)
        {
            int i = atoms[n], j = atoms[n + 1], k = atoms[n + 2];
            energy += TTerm.Evaluate(new ParameterRow<T>(table, row), block.Position(i), block.Position(j), block.Position(k), out Vec3<T> forceI, out Vec3<T> forceK);
            block.AddForce(i, forceI);
            block.AddForce(k, forceK);
            block.AddForce(j, -(forceI + forceK));
        }
        energies[0] = energy;
    }
}
