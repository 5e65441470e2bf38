namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>How the work on one entry of a list ended.</summary>
/// <param name="Number">Of the entry, from 1.</param>
/// <param name="Line">1-based line in the file; 0 if not from a file.</param>
/// <param name="Name">Of the molecule.</param>
/// <param name="Status">Finished, partial or failed.</param>
/// <param name="Reason">Why it is not <see cref="ConformerStatus.Ok"/>; null if it is.</param>
/// <param name="IsInputError">For a failure: whether the input is at fault rather than the run.</param>
public sealed record MoleculeOutcome(int Number, int Line, string Name, ConformerStatus Status, string? Reason, bool IsInputError);
