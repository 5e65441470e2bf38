using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Rigid;

namespace MolSampling.Molecular.Crystals;

/// <summary>A crystal of rigid molecules: its sites, which of them are a molecule, and where molecules stand in the perfect one.</summary>
/// <param name="Name">"ice-xi-16".</param>
/// <param name="Title">For people, a line.</param>
/// <param name="Sites">The energy of all sites in their box; those of a molecule follow one another, and do not interact.</param>
/// <param name="Bodies">[M] molecules.</param>
/// <param name="Poses">[M, 7] of the perfect crystal.</param>
public sealed record RigidCrystal(string Name, string Title, ClassicalSystem Sites, IReadOnlyList<RigidBody> Bodies, double[] Poses)
{
    private const double Sharpness = 14; // forces right to 8e-6

    /// <summary>The energy near the perfect crystal, the first molecule's place held: only then has the crystal a density.</summary>
    /// <param name="lanes">The number type.</param>
    public RigidBodyPotential ToPotential(LaneKind lanes = LaneKind.Auto) =>
        new(new ForceFieldPotential(Sites.ToEngine(Sharpness), lanes, Name), Bodies, [.. Masses()], Poses, holdsFirst: true);

    /// <summary>A molecule's mass, and four times its mean moment of inertia about the first site: of c, which is half an angle.</summary>
    private IEnumerable<double> Masses()
    {
        int first = 0;
        foreach (RigidBody body in Bodies)
        {
            double mass = 0, moment = 0;
            for (int s = 0; s < body.SiteCount; s++)
            {
                double m = Sites.Masses[first + s], x = body.Sites[3 * s], y = body.Sites[3 * s + 1], z = body.Sites[3 * s + 2];
                mass += m;
                moment += m * (x * x + y * y + z * z) * 2 / 3;
            }
            yield return mass;
            yield return 4 * moment;
            first += body.SiteCount;
        }
    }
}
