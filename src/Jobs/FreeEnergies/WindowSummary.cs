namespace MolSampling.Jobs.FreeEnergies;

/// <summary>What one state's samples are worth.</summary>
/// <param name="State">Index along the path.</param>
/// <param name="Name">Lambdas.</param>
/// <param name="Samples">Rows read.</param>
/// <param name="Discarded">Rows at the beginning of its runs that had not equilibrated.</param>
/// <param name="DiscardedPicoseconds">The longest such beginning, ps.</param>
/// <param name="Inefficiency">g: rows for one independent sample. The largest over the energy differences to both neighbours and
/// dH/dlambda.</param>
/// <param name="AtLimit">Equilibration is not seen to be over: the beginning that is discarded is the longest that was tried.</param>
public sealed record WindowSummary(int State, string Name, int Samples, int Discarded, double DiscardedPicoseconds, double Inefficiency,
    bool AtLimit)
{
    /// <summary>Rows that are used.</summary>
    public int Kept => Samples - Discarded;

    /// <summary>Kept / g.</summary>
    public double Independent => Kept / Inefficiency;
}
