namespace MolSampling.Jobs.Conformers.Starts;

/// <summary>One conformer of a file, numbered as there.</summary>
/// <param name="Place">File and record, for people: "crest.xyz, record 3".</param>
/// <param name="Name">Of the record.</param>
/// <param name="AtomicNumbers">[N].</param>
/// <param name="Bonds">Each once; orders are not looked at, since coordinates alone do not have them.</param>
/// <param name="Positions">[N, 3] nm.</param>
/// <param name="HasAddedHydrogens">Whether the record leaves hydrogens out, which then are at ideal places.</param>
internal sealed record GivenConformer(string Place, string Name, int[] AtomicNumbers, (int I, int J)[] Bonds, float[] Positions,
    bool HasAddedHydrogens);
