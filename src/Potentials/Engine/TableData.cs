namespace MolSampling.Potentials.Engine;

/// <summary>A table's numbers where a loop can reach them: in pinned arrays for lanes and doubles, in device memory for a GPU's
/// threads.</summary>
/// <param name="index">Atom indices in the order of the loop.</param>
/// <param name="parameters">Rows of parameters in the precision of the lane: float or double.</param>
/// <param name="shape">How many there are.</param>
internal readonly unsafe struct TableData(int* index, byte* parameters, TableShape shape)
{
    /// <summary>Atom indices.</summary>
    public readonly int* Index = index;

    /// <summary>Parameters.</summary>
    public readonly byte* Parameters = parameters;

    /// <summary>Lengths.</summary>
    public readonly TableShape Shape = shape;
}

/// <summary>The lengths of a table.</summary>
/// <param name="count">Interactions; of a solvated system, atoms; of pairs, atoms that have partners behind them.</param>
/// <param name="stride">Parameters of one interaction.</param>
/// <param name="split">Those of the first of two radial terms.</param>
/// <param name="box">Edges of a periodic box, 0 without one.</param>
internal readonly struct TableShape(int count, int stride, int split = 0, RectangularBox box = default)
{
    public readonly int Count = count, Stride = stride, Split = split;

    public readonly RectangularBox Box = box;
}
