namespace MolSampling.Molecular.Topologies;

/// <summary>Single-bond covalent radii (B. Cordero et al., Dalton Trans. 2008, 2832) of the elements of organic molecules; carbon's is that
/// of sp3.</summary>
internal static class CovalentRadius
{
    /// <summary>nm; null for an element that is not in the table.</summary>
    public static double? Of(int atomicNumber) => atomicNumber switch
    {
        1 => 0.031,
        5 => 0.084,
        6 => 0.076,
        7 => 0.071,
        8 => 0.066,
        9 => 0.057,
        14 => 0.111,
        15 => 0.107,
        16 => 0.105,
        17 => 0.102,
        33 => 0.119,
        34 => 0.120,
        35 => 0.120,
        53 => 0.139,
        _ => null,
    };
}
