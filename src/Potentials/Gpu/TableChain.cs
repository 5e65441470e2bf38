using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Gpu;

/// <summary>The tables of a force field as one type, so that one kernel holds all loops: a chain of <see cref="Link{TLoop, TRest}"/> that
/// ends in <see cref="EndOfChain"/>.</summary>
internal interface ITableChain
{
    /// <summary>Energies of all tables.</summary>
    static abstract int EnergyCount { get; }

    /// <summary>Adds the forces of all tables to the block and writes their energies.</summary>
    unsafe void Evaluate<T>(BlockView<T> block, T* energies) where T : unmanaged, ILane<T>;
}

/// <summary>No table.</summary>
internal readonly struct EndOfChain : ITableChain
{
    public static int EnergyCount => 0;

    public unsafe void Evaluate<T>(BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
    }
}

/// <summary>A table and those behind it.</summary>
internal readonly struct Link<TLoop, TRest>(DeviceTable table, TRest rest) : ITableChain
    where TLoop : struct, ITableLoop
    where TRest : struct, ITableChain
{
    private readonly DeviceTable _table = table;
    private readonly TRest _rest = rest;

    public static int EnergyCount => TLoop.EnergyCount + TRest.EnergyCount;

    public unsafe void Evaluate<T>(BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        default(TLoop).Evaluate(_table.Data, block, energies);
        _rest.Evaluate(block, energies + TLoop.EnergyCount);
    }
}
