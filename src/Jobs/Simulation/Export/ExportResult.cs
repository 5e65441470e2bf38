namespace MolSampling.Jobs.Simulation.Export;

/// <summary>A stretch of an exported file that is one sequence in time.</summary>
/// <param name="Task">Of an array; 0 without one.</param>
/// <param name="Member">Number of the replica, or of the ladder.</param>
/// <param name="First">Its first frame in the file, from 0.</param>
/// <param name="Count">Frames.</param>
public sealed record ExportedSeries(int Task, int Member, long First, long Count);

/// <summary>What an export wrote.</summary>
/// <param name="File">The trajectory.</param>
/// <param name="Topology">The topology beside it; null where the format holds its own.</param>
/// <param name="Atoms">N.</param>
/// <param name="Frames">T.</param>
/// <param name="Series">In the order of the file.</param>
/// <param name="Warnings">One line each: what was left out.</param>
public sealed record ExportResult(string File, string? Topology, int Atoms, long Frames, IReadOnlyList<ExportedSeries> Series,
    IReadOnlyList<string> Warnings);
