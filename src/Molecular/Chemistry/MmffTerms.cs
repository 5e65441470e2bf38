namespace MolSampling.Molecular.Chemistry;

/// <summary>
/// All MMFF94 or MMFF94s parameters of one molecule as RDKit assigns them, in MMFF's own units (kcal/mol, Angstrom, degrees, e).
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490-519. Every list is deterministic for a given molecule.
/// </summary>
public sealed record MmffTerms(
    IReadOnlyList<MmffBondRow> Bonds,
    IReadOnlyList<MmffAngleRow> Angles,
    IReadOnlyList<MmffStretchBendRow> StretchBends,
    IReadOnlyList<MmffOutOfPlaneRow> OutOfPlanes,
    IReadOnlyList<MmffTorsionRow> Torsions,
    IReadOnlyList<MmffPairRow> Pairs,
    IReadOnlyList<double> Charges,
    IReadOnlyList<int> AtomTypes);

/// <summary>Bond i-j: force constant kb (md/Angstrom), reference length r0.</summary>
public readonly record struct MmffBondRow(int I, int J, double Kb, double R0);

/// <summary>Angle i-j-k centred on j: ka (md Angstrom/rad^2), theta0 in degrees; linear centres use the cosine form.</summary>
public readonly record struct MmffAngleRow(int I, int J, int K, double Ka, double Theta0, bool IsLinear);

/// <summary>Stretch-bend i-j-k: kbaIJK couples r(ij), kbaKJI couples r(kj) to the angle; both reference lengths and theta0 in
/// degrees.</summary>
public readonly record struct MmffStretchBendRow(int I, int J, int K, double KbaIJK, double KbaKJI, double R0IJ, double R0KJ,
    double Theta0);

/// <summary>Out-of-plane angle of bond j-l against the plane i-j-k, centre j; koop (md Angstrom/rad^2). Three rows a centre.</summary>
public readonly record struct MmffOutOfPlaneRow(int I, int J, int K, int L, double Koop);

/// <summary>Torsion i-j-k-l with V1, V2, V3 in kcal/mol.</summary>
public readonly record struct MmffTorsionRow(int I, int J, int K, int L, double V1, double V2, double V3);

/// <summary>Every pair three or more bonds apart, and every pair of different fragments, by topology alone (no distance threshold): van der
/// Waals R* (Angstrom) and epsilon (kcal/mol), and whether the pair is 1-4.</summary>
public readonly record struct MmffPairRow(int I, int J, double RStar, double Epsilon, bool Is14);
