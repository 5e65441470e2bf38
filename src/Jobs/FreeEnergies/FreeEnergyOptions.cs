namespace MolSampling.Jobs.FreeEnergies;

/// <summary>How alchemical data are treated.</summary>
/// <param name="DiscardPicoseconds">Beginning of every run that is discarded, ps; null: what has not equilibrated, by detection.</param>
/// <param name="CountCorrelation">Whether rows count as 1/g of an independent sample; otherwise every row counts as one.</param>
/// <param name="Bootstrap">Repetitions for MBAR's bootstrap error; 0: none.</param>
/// <param name="Seed">Of the bootstrap.</param>
/// <param name="Inflation">Factor of every g, 1 or more: where rows of a window come from walkers that exchange windows, they look
/// independent sooner than they are.</param>
public sealed record FreeEnergyOptions(double? DiscardPicoseconds = null, bool CountCorrelation = true, int Bootstrap = 0, ulong Seed = 1,
    double Inflation = 1);
