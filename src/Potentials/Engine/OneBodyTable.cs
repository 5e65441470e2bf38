namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a one-body term.</summary>
public sealed class OneBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 1, TTerm.ParameterNames.Count, atoms, parameters, default(OneBodyLoop<TTerm>)) where TTerm : struct,
        IOneBodyTerm
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TTerm.Name];

    private protected override TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters) =>
        new OneBodyTable<TTerm>(atoms, parameters);
}

internal readonly struct OneBodyLoop<TTerm> : ITableLoop where TTerm : struct, IOneBodyTerm
{
    public static int EnergyCount => 1;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T energy = 0.0;
        int* atoms = table.Index;
        for (int n = 0, row = 0; n < table.Shape.Count; n++, row += table.Shape.Stride)
        {
            int i = atoms[n];
            energy += TTerm.Evaluate(new ParameterRow<T>(table.Parameters, row), block.Position(i), out Vec3<T> force);
            block.AddForce(i, force);
        }
        energies[0] = energy;
    }
}
