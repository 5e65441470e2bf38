namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a three-body term.</summary>
public sealed class ThreeBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 3, TTerm.ParameterNames.Count, atoms, parameters, default(ThreeBodyLoop<TTerm>)) where TTerm : struct,
        IThreeBodyTerm
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TTerm.Name];

    private protected override TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters) =>
        new ThreeBodyTable<TTerm>(atoms, parameters);
}

internal readonly struct ThreeBodyLoop<TTerm> : ITableLoop where TTerm : struct, IThreeBodyTerm
{
    public static int EnergyCount => 1;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T energy = 0.0;
        int* atoms = table.Index;
        for (int n = 0, row = 0; n < 3 * table.Shape.Count; n += 3, row += table.Shape.Stride)
        {
            int i = atoms[n], j = atoms[n + 1], k = atoms[n + 2];
            energy += TTerm.Evaluate(new ParameterRow<T>(table.Parameters, row), block.Position(i), block.Position(j), block.Position(k),
                out Vec3<T> forceI, out Vec3<T> forceK);
            block.AddForce(i, forceI);
            block.AddForce(k, forceK);
            block.SubtractForce(j, forceI + forceK);
        }
        energies[0] = energy;
    }
}
