namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>Named columns of numbers, from a file of any kind.</summary>
/// <param name="Names">[C].</param>
/// <param name="Columns">[C][n]; NaN where a cell is empty.</param>
/// <param name="Place">Where a row (from 0) stands: "line 5" or "row 4".</param>
internal sealed record NumberTable(string[] Names, double[][] Columns, Func<int, string> Place);
