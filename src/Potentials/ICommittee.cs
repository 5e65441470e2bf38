namespace MolSampling.Potentials;

/// <summary>
/// A potential that is the mean of several models of one law, U = sum_m U_m / M: it can tell what each of them says, and their spread is
/// a first idea of how well the law is known where the walker is.
/// </summary>
/// <remarks>
/// The spread in use is the unbiased standard deviation sqrt(sum_m (U_m - U)^2 / (M - 1)); torchani's <c>energies_qbcs</c> is that over
/// sqrt(N), N the number of atoms (J. S. Smith, B. Nebgen, N. Lubbers, O. Isayev, A. E. Roitberg, J. Chem. Phys. 148 (2018) 241733). It
/// says nothing about an error that the models share.
/// </remarks>
public interface ICommittee
{
    /// <summary>M.</summary>
    int MemberCount { get; }

    /// <summary>A spread that hardly any configuration passes of those on which the members' errors were measured, kJ/mol, each member less
    /// its own mean; infinite where nobody measured. Beyond it, nothing is known of the errors.</summary>
    double UsualSpread => double.PositiveInfinity;

    /// <summary>Every member's energy of one block of walkers. Safe to call from several threads.</summary>
    /// <param name="positions">[D, W] nm, W the potential's <see cref="Potential.BlockWidth"/>.</param>
    /// <param name="energies">[M, W] kJ/mol, overwritten; NaN where a member has no value.</param>
    void MemberEnergies(ReadOnlySpan<float> positions, Span<double> energies);

    /// <summary>Every member's energy of one configuration in double precision.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="energies">[M] kJ/mol, overwritten.</param>
    void MemberEnergies(ReadOnlySpan<double> positions, Span<double> energies);
}
