using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>An energy that does not depend on positions, as that of a box of constant size beyond the cut-off.</summary>
public sealed class ConstantTable : TermTable
{
    /// <summary>Makes it.</summary>
    /// <param name="name">For reports.</param>
    /// <param name="energy">kJ/mol.</param>
    public ConstantTable(string name, double energy) : base(name, 1, 1, [0], [energy], default(NoLoop)) =>
        (EnergyNames, Constants) = ([name], [energy]);

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; }

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    internal override IReadOnlyList<double> Constants { get; }

    private readonly struct NoLoop : ITableLoop
    {
        public static int EnergyCount => 1;

        public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T> =>
            energies[0] = 0.0;
    }
}
