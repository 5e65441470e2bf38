using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Radii "mbondi2" (Onufriev, Bashford, Case, Proteins 55 (2004) 383) and descreening factors, as OpenMM's implicit/obc1.xml and
/// obc2.xml assign them.</summary>
internal static class BornRadii
{
    /// <summary>nm, before the offset is taken off, and the factor.</summary>
    public static (double Radius, double Scale) Of(Topology topology, int atom) => topology.Atoms[atom].AtomicNumber switch
    {
        1 => (topology.Neighbours[atom] is [var partner, ..] && topology.Atoms[partner].AtomicNumber == 7 ? 0.13 : 0.12, 0.85),
        6 => (0.17, 0.72),
        7 => (0.155, 0.79),
        8 => (0.15, 0.85),
        9 => (0.15, 0.88),
        14 => (0.21, 0.8),
        15 => (0.185, 0.86),
        16 => (0.18, 0.96),
        17 => (0.17, 0.8),
        _ => (0.15, 0.8),
    };

    /// <summary>Whether the values are an element's own, and not those that OpenMM gives to all others.</summary>
    public static bool Knows(int atomicNumber) => atomicNumber is 1 or 6 or 7 or 8 or 9 or 14 or 15 or 16 or 17;
}
