using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields;

/// <summary>
/// The implicit solvent of OpenMM's amber99_obc.xml for peptides of alanine and caps: OBC2 with Tinker's radii, dielectric constant 78.3.
/// It is not OBC1 with mbondi2 radii, though papers call both "OBC".
/// </summary>
internal static class TinkerRadii
{
    private const double Dielectric = 78.3;

    /// <summary>The same system in that solvent.</summary>
    /// <exception cref="ParameterizationException">An element beside H, C, N, O.</exception>
    public static ClassicalSystem Solvate(ClassicalSystem system, Topology topology)
    {
        (double Radius, double Scale)[] atoms = [.. Enumerable.Range(0, topology.Atoms.Count).Select(a => Of(topology, a))];
        return system with { ImplicitSolvent = new(BornModel.Obc2, [.. atoms.Select(a => a.Radius)], [.. atoms.Select(a => a.Scale)],
            SolventDielectric: Dielectric) };
    }

    private static (double Radius, double Scale) Of(Topology topology, int atom) => (topology.Atoms[atom].AtomicNumber,
        topology.Neighbours[atom].Length) switch
    {
        (1, _) => (topology.Atoms[topology.Neighbours[atom][0]].AtomicNumber == 7 ? 0.115 : 0.125, 0.85),
        (6, 4) => (0.19, 0.72),
        (6, 3) => (0.1875, 0.72),
        (7, 3) => (0.1706, 0.79),
        (8, 1) => (0.148, 0.85),
        _ => throw new ParameterizationException($"no Tinker radius for {topology.Describe(atom)}", [atom]),
    };
}
