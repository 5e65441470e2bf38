using MolSampling.Flows.InternalCoordinates;

namespace MolSampling.Tests.Flows.InternalCoordinates;

/// <summary>
/// The z-matrices that published work on alanine dipeptide uses, ACE-ALA-NME in Amber's order (22 atoms: CH3 1, C 4, O 5, N 6, H 7, CA 8,
/// HA 9, CB 10, C 14, O 15, N 16, H 17, CH3 18), as those programs write them.
/// </summary>
internal static class AlanineDipeptideZMatrix
{
    private static readonly ZMatrixRow[] s_shared =
    [
        new(0, 1, 4, 6), new(1, 4, 6, 8), new(2, 1, 4, 0), new(3, 1, 4, 0), new(4, 6, 8, 14), new(5, 4, 6, 8), new(7, 6, 8, 4),
        new(11, 10, 8, 6), new(12, 10, 8, 11), new(13, 10, 8, 11), new(15, 14, 8, 16), new(16, 14, 8, 6), new(17, 16, 14, 15),
            new(18, 16, 14, 8),
        new(19, 18, 16, 14), new(20, 18, 16, 19), new(21, 18, 16, 19),
    ];

    /// <summary>bgmol's default global matrix, <c>bgmol.systems.ala2.DEFAULT_GLOBAL_Z_MATRIX</c>, that TA-BG uses: 60
    /// coordinates.</summary>
    public static ZMatrix Global { get; } = new([.. s_shared, new(9, 8, 6, 14), new(10, 8, 14, 6), new(6, 8, 14), new(8, 14), new(14, -1)]);

    /// <summary>The rows of FAB (boltzgen), with its Cartesian triple CA, N, C as the core.</summary>
    public static ZMatrix FabWithCore { get; } = new(FabRows, [8, 6, 14]);

    /// <summary>The rows of FAB with the triple itself internal: CA first, N bonded to it, C bonded to CA at the angle N-CA-C. 60
    /// coordinates.</summary>
    public static ZMatrix FabGlobal { get; } = new([.. FabRows, new(8, -1), new(6, 8), new(14, 8, 6)]);

    private static IEnumerable<ZMatrixRow> FabRows => s_shared.Concat([new(9, 8, 6, 4), new(10, 8, 6, 4)]).OrderBy(r => r.Atom);
}
