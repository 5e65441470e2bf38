namespace MolSampling.Potentials.Engine;

/// <summary>All interactions of a four-body term.</summary>
public sealed class FourBodyTable<TTerm>(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters)
    : TermTable(TTerm.Name, 4, TTerm.ParameterNames.Count, atoms, parameters, default(FourBodyLoop<TTerm>)) where TTerm : struct,
        IFourBodyTerm
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TTerm.Name];

    private protected override TermTable Make(ReadOnlySpan<int> atoms, ReadOnlySpan<double> parameters) =>
        new FourBodyTable<TTerm>(atoms, parameters);
}

internal readonly struct FourBodyLoop<TTerm> : ITableLoop where TTerm : struct, IFourBodyTerm
{
    public static int EnergyCount => 1;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T energy = 0.0;
        int* atoms = table.Index;
        for (int n = 0, row = 0; n < 4 * table.Shape.Count; n += 4, row += table.Shape.Stride)
        {
            int i = atoms[n], j = atoms[n + 1], k = atoms[n + 2], l = atoms[n + 3];
            energy += TTerm.Evaluate(new ParameterRow<T>(table.Parameters, row), block.Position(i), block.Position(j), block.Position(k),
                block.Position(l),
                out Vec3<T> forceI, out Vec3<T> forceK, out Vec3<T> forceL);
            block.AddForce(i, forceI);
            block.AddForce(k, forceK);
            block.AddForce(l, forceL);
            block.SubtractForce(j, forceI + forceK + forceL);
        }
        energies[0] = energy;
    }
}
