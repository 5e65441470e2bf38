using MolSampling.Flows.Targets;
using MolSampling.Molecular.Crystals;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Rigid;
using MolSampling.Potentials.Terms;

namespace MolSampling.Jobs.Generators;

/// <summary>A crystal of rigid molecules at a temperature, of which a target is made: places and turns of molecules about the perfect
/// crystal, the first molecule's place held, with the volume of orientations in its density.</summary>
/// <param name="Crystal">The crystal.</param>
/// <param name="Temperature">K.</param>
public sealed record TargetCrystal(RigidCrystal Crystal, double Temperature)
{
    private RigidBodyPotential? _potential;

    /// <summary>In the catalogue.</summary>
    public string Name => FormattableString.Invariant($"{Crystal.Name}-{Temperature:g6}k");

    /// <summary>U alone.</summary>
    public RigidBodyPotential Potential => _potential ??= Crystal.ToPotential();

    /// <summary>The volume of orientations as an energy at the temperature.</summary>
    public Potential Volume => new ForceFieldPotential(new(Potential.Masses,
        [new OneBodyTable<RotationVolume>([.. Enumerable.Range(0, Crystal.Bodies.Count).Select(m => Potential.FirstRotation + 2 * m)],
            [.. Crystal.Bodies.Select(_ => Units.GasConstant * Temperature)])]), name: "volume of orientations");

    /// <summary>exp(-U/RT) times the volume of orientations: log Z is the integral over places (nm) of all molecules but the first, and
    /// over orientations on S^3, one sign of each quaternion, in the basin of the perfect crystal.</summary>
    public PotentialTarget Target()
    {
        var whole = new SumPotential((1, Potential), (1, Volume));
        return new(Name, whole, whole.Fingerprint, Temperature, Potential.ReferencePoint, measure: TargetMeasure.Lebesgue);
    }
}
