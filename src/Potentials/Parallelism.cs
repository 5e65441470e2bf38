namespace MolSampling.Potentials;

/// <summary>How a potential is best called.</summary>
public enum Parallelism
{
    /// <summary>As many blocks at once as there are threads: the engine's lanes, contexts and processes of one thread each.</summary>
    ManyBlocks,

    /// <summary>One wide block at a time: the potential uses the cores itself, as a tensor library does.</summary>
    OneBlock,
}
