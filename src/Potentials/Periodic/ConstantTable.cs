using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>An energy that does not depend on positions but for the size of their box, as that beyond the cut-off.</summary>
public sealed class ConstantTable : TermTable
{
    /// <summary>Makes it.</summary>
    /// <param name="name">For reports.</param>
    /// <param name="energy">kJ/mol.</param>
    /// <param name="isPerVolume">Whether it goes with the inverse of the box's volume.</param>
    public ConstantTable(string name, double energy, bool isPerVolume = false) : base(name, 1, 1, [0], [energy], default(NoLoop)) =>
        (EnergyNames, Constants, PerVolume) = ([name], [energy], isPerVolume ? energy : 0);

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; }

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    internal override IReadOnlyList<double> Constants { get; }

    internal override double PerVolume { get; }

    private readonly struct NoLoop : ITableLoop
    {
        public static int EnergyCount => 1;

        public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T> =>
            energies[0] = 0.0;
    }
}
