namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>Rows of one state from one run of one file, in order of time: a time series (with gaps, where a file visits several
/// states).</summary>
/// <param name="Source">Path of the file.</param>
/// <param name="State">Index into <see cref="AlchemicalData.States"/>.</param>
/// <param name="Start">First row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="FirstTime">ps.</param>
/// <param name="LastTime">ps.</param>
/// <param name="Continues">Whether the block goes on where the block before it ended, rather than being a run of its own.</param>
public sealed record AlchemicalBlock(string Source, int State, int Start, int Count, double FirstTime, double LastTime, bool Continues);
