namespace MolSampling.Jobs.FreeEnergies;

/// <summary>What a report is about where the estimate is a part of something: a solvation, which corrects it and has a verdict of its
/// own.</summary>
/// <param name="Title">Of the page.</param>
/// <param name="Parts">The result and what it is made of, the whole first, in the report's unit.</param>
/// <param name="Warnings">In place of the analysis' own.</param>
/// <param name="Notes">In place of those on the data.</param>
public sealed record ReportSubject(string Title, IReadOnlyList<(string Name, double Value, double Error)> Parts,
    IReadOnlyList<string> Warnings, IReadOnlyList<string> Notes);
