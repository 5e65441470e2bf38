namespace MolSampling.Potentials;

/// <summary>A committee on top of an energy that its members share, U(x) = U_0(x) + sum_m U_m(x) / M: networks that were trained on what a
/// force field leaves of an energy.</summary>
public sealed class CommitteeSum : Potential, ICommittee
{
    private readonly SumPotential _sum;
    private readonly Potential _shared, _committee;

    /// <param name="shared">U_0, with the masses and the support.</param>
    /// <param name="committee">The rest: an <see cref="ICommittee"/>.</param>
    /// <exception cref="ArgumentException">Another number of atoms, or no committee.</exception>
    public CommitteeSum(Potential shared, Potential committee)
    {
        if (committee is not ICommittee)
            throw new ArgumentException($"{committee.Name} is no committee.");
        (_shared, _committee, _sum) = (shared, committee, new((1, shared), (1, committee)));
    }

    private ICommittee Members => (ICommittee)_committee;

    /// <inheritdoc/>
    public override string Name => _sum.Name;

    /// <inheritdoc/>
    public override string Fingerprint => _sum.Fingerprint;

    /// <inheritdoc/>
    public override int AtomCount => _sum.AtomCount;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _sum.Masses;

    /// <inheritdoc/>
    public override int BlockWidth => _sum.BlockWidth;

    /// <inheritdoc/>
    public override Parallelism Parallelism => _sum.Parallelism;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => _sum.IsTranslationInvariant;

    /// <inheritdoc/>
    public override ISupport? Support => _sum.Support;

    /// <inheritdoc/>
    public int MemberCount => Members.MemberCount;

    /// <inheritdoc/>
    public double UsualSpread => Members.UsualSpread;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies) =>
        _sum.EvaluateBlock(positions, forces, energies);

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => _sum.EvaluateDouble(positions, forces);

    /// <inheritdoc/>
    public void MemberEnergies(ReadOnlySpan<double> positions, Span<double> energies)
    {
        Members.MemberEnergies(positions, energies);
        double shared = _shared.EvaluateDouble(positions, new double[positions.Length]);
        foreach (ref double energy in energies)
            energy += shared;
    }

    /// <inheritdoc/>
    public void MemberEnergies(ReadOnlySpan<float> positions, Span<double> energies)
    {
        // by walker: who asks for members asks rarely
        double[] x = new double[Dimension], own = new double[MemberCount];
        for (int w = 0; w < BlockWidth; w++)
        {
            for (int k = 0; k < x.Length; k++)
                x[k] = positions[k * BlockWidth + w];
            MemberEnergies(x, own);
            for (int m = 0; m < own.Length; m++)
                energies[m * BlockWidth + w] = own[m];
        }
    }
}
