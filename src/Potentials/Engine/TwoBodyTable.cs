namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a two-body term.</summary>
public sealed class TwoBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 2, TTerm.ParameterNames.Count, atoms, parameters, default(TwoBodyLoop<TTerm>)) where TTerm : struct,
        ITwoBodyTerm
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TTerm.Name];

    private protected override TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters) =>
        new TwoBodyTable<TTerm>(atoms, parameters);
}

internal readonly struct TwoBodyLoop<TTerm> : ITableLoop where TTerm : struct, ITwoBodyTerm
{
    public static int EnergyCount => 1;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T energy = 0.0;
        int* atoms = table.Index;
        for (int n = 0, row = 0; n < 2 * table.Shape.Count; n += 2, row += table.Shape.Stride)
        {
            int i = atoms[n], j = atoms[n + 1];
            energy += TTerm.Evaluate(new ParameterRow<T>(table.Parameters, row), block.Position(i), block.Position(j), out Vec3<T> force);
            block.AddForce(i, force);
            block.SubtractForce(j, force);
        }
        energies[0] = energy;
    }
}
