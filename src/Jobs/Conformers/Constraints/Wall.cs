using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>One window with walls: free within, U_c = 1/2 k (|q - q0| - w)^2 beyond.</summary>
/// <param name="Spec">The constraint that it belongs to, as written.</param>
/// <param name="Kind">A distance, an angle or a torsion.</param>
/// <param name="Atoms">Indices from 0.</param>
/// <param name="Centre">q0, nm or rad.</param>
/// <param name="Width">w, nm or rad.</param>
/// <param name="ForceConstant">k, kJ/mol/nm^2 or kJ/mol/rad^2.</param>
internal sealed record Wall(string Spec, ConstraintKind Kind, int[] Atoms, double Centre, double Width, double ForceConstant)
{
    private const double Degree = Math.PI / 180;

    private bool IsDistance => Kind == ConstraintKind.Distance;

    /// <summary>Of people: nm or degrees.</summary>
    private double Unit => IsDistance ? 1 : Degree;

    private string UnitName => IsDistance ? "nm" : "degrees";

    /// <summary>The same window, whichever way its atoms are named.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Place(Atoms)}={Centre:R} {Width:R} {ForceConstant:R}");

    /// <summary>Which coordinate it is, after the atoms have been renamed.</summary>
    /// <param name="map">[N] new names; null for none.</param>
    public Wall Renamed(IReadOnlyList<int> map) => this with { Atoms = [.. Atoms.Select(a => map[a])] };

    /// <summary>Whether both are of one coordinate and no value is in both windows.</summary>
    public bool Excludes(Wall other) => Place(Atoms) == Place(other.Atoms)
        && Math.Abs(Difference(other.Centre - Centre)) > Width + other.Width + 1e-12;

    /// <summary>How far a geometry is beyond the wall, nm or rad; 0 within.</summary>
    public double Beyond(ReadOnlySpan<float> x) => Math.Max(0, Math.Abs(Difference(Value(x) - Centre)) - Width);

    /// <summary>U_c, kJ/mol.</summary>
    public double Energy(ReadOnlySpan<float> x) => 0.5 * ForceConstant * Beyond(x) * Beyond(x);

    /// <summary>"distance O3-O9 in 0.3 +- 0.02 nm".</summary>
    public string Describe(Molecule molecule) => string.Create(CultureInfo.InvariantCulture,
        $"{Kind.ToString().ToLowerInvariant()} {AtomNumbers.Names(molecule, Atoms)} in ")
        + string.Create(CultureInfo.InvariantCulture, $"{Centre / Unit:0.####} +- {Width / Unit:0.####} {UnitName}");

    /// <summary>"O3-O9 is 0.412 nm, 0.092 nm beyond its wall".</summary>
    public string Violation(Molecule molecule, ReadOnlySpan<float> x) => string.Create(CultureInfo.InvariantCulture,
        $"{AtomNumbers.Names(molecule, Atoms)} is {Value(x) / Unit:g3} {UnitName}, {Beyond(x) / Unit:g2} {UnitName} beyond its wall");

    private double Value(ReadOnlySpan<float> x) => Kind switch
    {
        ConstraintKind.Distance => Distance(x, Atoms[0], Atoms[1]),
        ConstraintKind.Angle => Angle(x),
        _ => Dihedral.Angle(x, Atoms[0], Atoms[1], Atoms[2], Atoms[3]),
    };

    /// <summary>The shorter way round.</summary>
    private double Difference(double d) => Kind == ConstraintKind.Torsion ? Math.IEEERemainder(d, 2 * Math.PI) : d;

    private double Angle(ReadOnlySpan<float> x)
    {
        double dot = 0;
        for (int c = 0; c < 3; c++)
            dot += (x[3 * Atoms[0] + c] - (double)x[3 * Atoms[1] + c]) * (x[3 * Atoms[2] + c] - (double)x[3 * Atoms[1] + c]);
        return Math.Acos(Math.Clamp(dot / (Distance(x, Atoms[0], Atoms[1]) * Distance(x, Atoms[2], Atoms[1])), -1, 1));
    }

    private string Place(int[] atoms) =>
        $"{Kind}:{string.Join('-', atoms[0] < atoms[^1] ? atoms : Enumerable.Reverse(atoms))}";

    /// <summary>nm.</summary>
    internal static double Distance(ReadOnlySpan<float> x, int a, int b)
    {
        double square = 0;
        for (int c = 0; c < 3; c++)
            square += (x[3 * a + c] - (double)x[3 * b + c]) * (x[3 * a + c] - (double)x[3 * b + c]);
        return Math.Sqrt(square);
    }
}
