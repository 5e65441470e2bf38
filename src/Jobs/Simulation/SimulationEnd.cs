namespace MolSampling.Jobs.Simulation;

/// <summary>How a simulation ended.</summary>
public enum SimulationEnd
{
    /// <summary>All steps are done.</summary>
    Done,

    /// <summary>It was asked to stop; a checkpoint was written and --resume goes on.</summary>
    Stopped,

    /// <summary>Every replica blew up too often.</summary>
    Failed,
}
