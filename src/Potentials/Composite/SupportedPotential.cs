namespace MolSampling.Potentials;

/// <summary>A potential on a support: the same numbers everywhere, and the set outside which samplers must not go.</summary>
internal sealed class SupportedPotential(Potential whole, ISupport support) : Potential
{
    /// <summary>The potential without the support.</summary>
    public Potential Whole => whole;

    public override string Name => whole.Name;

    public override string Fingerprint => whole.Fingerprint;

    public override int AtomCount => whole.AtomCount;

    public override int Dimension => whole.Dimension;

    public override IReadOnlyList<double> Masses => whole.Masses;

    public override int BlockWidth => whole.BlockWidth;

    public override Parallelism Parallelism => whole.Parallelism;

    public override IConstraints? Constraints => whole.Constraints;

    public override PeriodicBox? Box => whole.Box;

    public override bool IsTranslationInvariant => whole.IsTranslationInvariant;

    public override ISupport Support => support;

    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies) =>
        whole.EvaluateBlock(positions, forces, energies);

    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies,
        Span<double> scaledEnergies) => whole.EvaluateScaledBlock(positions, scales, forces, energies, scaledEnergies);

    internal override void AddBlock(double factor, ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies) =>
        whole.AddBlock(factor, positions, forces, energies);

    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => whole.EvaluateDouble(positions, forces);
}
