using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>
/// Radii by element and bonds, as each model was fitted with: "bondi" for GBn, "mbondi2" (Onufriev, Bashford, Case, Proteins 55 (2004) 383)
/// for OBC, "mbondi3" (Nguyen, Roe, Simmerling, J. Chem. Theory Comput. 9 (2013) 2020) for GBn2. Those of OBC and its descreening factors
/// are as OpenMM's implicit/obc1.xml and obc2.xml assign them.
/// </summary>
internal static class BornRadii
{
    /// <summary>A solvent from elements and bonds.</summary>
    /// <exception cref="ParameterizationException">An element that the model has not; names the atom.</exception>
    public static GeneralizedBornParameters Solvent(BornModel model, Topology topology)
    {
        int[] atoms = [.. Enumerable.Range(0, topology.Atoms.Count)];
        return model switch
        {
            BornModel.Gbn => NeckElements.Solvent(model, topology, [.. atoms.Select(i => Bondi(topology, i))]),
            BornModel.Gbn2 => NeckElements.Solvent(model, topology, [.. atoms.Select(i => Mbondi3(topology, i))]),
            _ => new(model, [.. atoms.Select(i => Mbondi2(topology, i))], [.. atoms.Select(i => Scale(topology.Atoms[i].AtomicNumber))]),
        };
    }

    /// <summary>nm, before the offset is taken off.</summary>
    private static double Bondi(Topology topology, int atom) => topology.Atoms[atom].AtomicNumber switch
    {
        1 => 0.12,
        6 => 0.17,
        7 => 0.155,
        14 => 0.21,
        15 => 0.185,
        16 => 0.18,
        17 => 0.17,
        _ => 0.15,
    };

    private static double Mbondi2(Topology topology, int atom) => topology.Atoms[atom].AtomicNumber == 1
        && topology.Neighbours[atom] is [var partner, ..] && topology.Atoms[partner].AtomicNumber == 7 ? 0.13 : Bondi(topology, atom);

    private static double Mbondi3(Topology topology, int atom) =>
        IsOfCarboxylate(topology, atom) ? 0.14 : IsOfGuanidinium(topology, atom) ? 0.117 : Mbondi2(topology, atom);

    /// <summary>One of two oxygens without other partners on one carbon: ASP, GLU and the end of a chain, but no acid.</summary>
    private static bool IsOfCarboxylate(Topology topology, int atom)
    {
        bool IsBareOxygen(int i) => topology.Atoms[i].AtomicNumber == 8 && topology.Neighbours[i].Length == 1;
        return IsBareOxygen(atom) && topology.Neighbours[atom][0] is var carbon && topology.Atoms[carbon].AtomicNumber == 6
            && topology.Neighbours[carbon].Count(IsBareOxygen) == 2;
    }

    private static bool IsOfGuanidinium(Topology topology, int atom) => topology.Atoms[atom] is { AtomicNumber: 1 } hydrogen
        && topology.Residues[hydrogen.ResidueIndex].Name == "ARG"
        && (hydrogen.Name.StartsWith("HH", StringComparison.Ordinal) || hydrogen.Name == "HE");

    private static double Scale(int element) => element switch
    {
        1 => 0.85,
        6 => 0.72,
        7 => 0.79,
        8 => 0.85,
        9 => 0.88,
        15 => 0.86,
        16 => 0.96,
        _ => 0.8,
    };

    /// <summary>Whether the values are an element's own, and not those that OpenMM gives to all others.</summary>
    public static bool Knows(int atomicNumber) => atomicNumber is 1 or 6 or 7 or 8 or 9 or 14 or 15 or 16 or 17;
}
