namespace MolSampling.Flows.InternalCoordinates;

/// <summary>How one atom is placed: at a distance from <paramref name="Bond"/>, at an angle atom - bond - angle, at a dihedral atom - bond
/// - angle - torsion.</summary>
/// <param name="Atom">The atom.</param>
/// <param name="Bond">The atom it is bonded to; -1 for the first atom of all.</param>
/// <param name="Angle">The atom that makes the angle; -1 for the first two.</param>
/// <param name="Torsion">The atom that makes the torsion; -1 for the first three.</param>
public readonly record struct ZMatrixRow(int Atom, int Bond, int Angle = -1, int Torsion = -1)
{
    /// <summary>"atom 5: bond 4, angle 6, torsion 8"; without what is absent.</summary>
    public override string ToString() =>
        $"atom {Atom}{(Bond >= 0 ? $": bond {Bond}" : "")}{(Angle >= 0 ? $", angle {Angle}" : "")}{(Torsion >= 0 ? $", torsion {Torsion}" : "")}";

    internal IEnumerable<int> References => new[] { Bond, Angle, Torsion }.Where(r => r >= 0);
}
