namespace MolSampling.Molecular.Topologies;

/// <summary>Van der Waals radii of A. Bondi, J. Phys. Chem. 68 (1964) 441, table I.</summary>
internal static class VanDerWaalsRadius
{
    /// <summary>nm; null for an element that is not in the table.</summary>
    public static double? Of(int atomicNumber) => atomicNumber switch
    {
        1 => 0.120,
        2 => 0.140,
        6 => 0.170,
        7 => 0.155,
        8 => 0.152,
        9 => 0.147,
        10 => 0.154,
        14 => 0.210,
        15 => 0.180,
        16 => 0.180,
        17 => 0.175,
        18 => 0.188,
        33 => 0.185,
        34 => 0.190,
        35 => 0.185,
        36 => 0.202,
        52 => 0.206,
        53 => 0.198,
        54 => 0.216,
        _ => null,
    };
}
