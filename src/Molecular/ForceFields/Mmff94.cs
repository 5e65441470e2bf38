using MolSampling.Molecular.Chemistry;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Molecular.ForceFields;

/// <summary>
/// MMFF94 and MMFF94s for the engine: chemistry's rows in MMFF units become tables of numbers in nm, rad and kJ/mol.
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490-519; MMFF94s: J. Comput. Chem. 20 (1999) 720.
/// </summary>
public static class Mmff94
{
    private const double StretchConstant = 143.9325; // kcal/mol per md Angstrom
    private const double CoulombConstant = 332.0716; // kcal Angstrom/mol/e^2
    private const double CoulombScale14 = 0.75;

    private const double Kj = Units.KilojoulePerKilocalorie, Nm = Units.NanometrePerAngstrom;

    /// <summary>The system of a molecule whose terms are known.</summary>
    /// <param name="masses">[N] Da.</param>
    /// <param name="terms">Rows of all seven terms.</param>
    public static SystemParameters Parameterise(IReadOnlyList<double> masses, MmffTerms terms)
    {
        var bent = terms.Angles.Where(a => !a.IsLinear).ToArray();
        var linear = terms.Angles.Where(a => a.IsLinear).ToArray();
        return new SystemParameters(masses,
        [
            new TwoBodyTable<MmffBond>(
                [.. terms.Bonds.SelectMany(b => new[] { b.I, b.J })],
                [.. terms.Bonds.SelectMany(b => new[] { StretchConstant * b.Kb * Kj / (Nm * Nm), b.R0 * Nm })]),
            new ThreeBodyTable<MmffAngle>(
                [.. bent.SelectMany(a => new[] { a.I, a.J, a.K })],
                [.. bent.SelectMany(a => new[] { StretchConstant * a.Ka * Kj, a.Theta0 * Units.RadianPerDegree })]),
            new ThreeBodyTable<MmffLinearAngle>(
                [.. linear.SelectMany(a => new[] { a.I, a.J, a.K })],
                [.. linear.Select(a => StretchConstant * a.Ka * Kj)]),
            new ThreeBodyTable<MmffStretchBend>(
                [.. terms.StretchBends.SelectMany(s => new[] { s.I, s.J, s.K })],
                [.. terms.StretchBends.SelectMany(s => new[]
                {
                    StretchConstant * s.KbaIJK * Kj / Nm, StretchConstant * s.KbaKJI * Kj / Nm,
                    s.R0IJ * Nm, s.R0KJ * Nm, s.Theta0 * Units.RadianPerDegree,
                })]),
            new FourBodyTable<MmffOutOfPlane>(
                [.. terms.OutOfPlanes.SelectMany(o => new[] { o.I, o.J, o.K, o.L })],
                [.. terms.OutOfPlanes.Select(o => StretchConstant * o.Koop * Kj)]),
            new FourBodyTable<MmffTorsion>(
                [.. terms.Torsions.SelectMany(t => new[] { t.I, t.J, t.K, t.L })],
                [.. terms.Torsions.SelectMany(t => new[] { t.V1 * Kj, t.V2 * Kj, t.V3 * Kj })]),
            PairTable<MmffVanDerWaals, MmffCoulomb>.Create(terms.Pairs.Select(p => (p.I, p.J, new[]
            {
                1 / (p.RStar * Nm), p.Epsilon * Kj,
                CoulombConstant * Kj * Nm * terms.Charges[p.I] * terms.Charges[p.J] * (p.Is14 ? CoulombScale14 : 1),
            }))),
        ]);
    }
}
