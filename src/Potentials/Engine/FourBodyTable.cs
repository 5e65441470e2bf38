namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a four-body term.</summary>
public sealed class FourBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 4, TTerm.ParameterNames.Count, atoms, parameters) where TTerm : struct, IFourBodyTerm
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
        for (int n = 0, row = 0; n + 3 < atoms.Length; n += 4, row += _stride)
        {
            int i = atoms[n], j = atoms[n + 1], k = atoms[n + 2], l = atoms[n + 3];
            energy += TTerm.Evaluate(new ParameterRow<T>(table, row), block.Position(i), block.Position(j), block.Position(k), block.Position(l),
                out Vec3<T> forceI, out Vec3<T> forceK, out Vec3<T> forceL);
            block.AddForce(i, forceI);
            block.AddForce(k, forceK);
            block.AddForce(l, forceL);
            block.AddForce(j, -(forceI + forceK + forceL));
        }
        energies[0] = energy;
    }
}
