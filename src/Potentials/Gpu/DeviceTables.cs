using ILGPU;
using ILGPU.Runtime;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Gpu;

/// <summary>A force field in device memory, with its tables as one type for kernels.</summary>
internal sealed class DeviceTables : IDisposable
{
    private readonly List<MemoryBuffer> _buffers = [];

    public DeviceTables(Accelerator accelerator, SystemParameters parameters)
    {
        if (parameters.Constraints is not null || parameters.FilledTerms.Any(t => t.Constants.Count > 0))
            throw new ArgumentException(
                "A GPU knows neither constraints nor sums over waves: boxes of water run on the CPU, or in OpenMM.");
        AtomCount = parameters.Masses.Count;
        TermTable[] tables = [.. parameters.FilledTerms];
        ScratchNumbers = tables.Length == 0 ? 0 : tables.Max(t => t.ScratchLanes);
        EnergyCount = tables.Sum(t => t.EnergyNames.Count);
        object chain = default(EndOfChain);
        foreach (TermTable table in tables.Reverse())
        {
            var numbers = new DeviceTable(Upload(accelerator, table.Index), Upload(accelerator, table.SingleParameters), table.Shape);
            chain = Activator.CreateInstance(LinkType(table, chain.GetType()), numbers, chain)!;
        }
        Chain = chain;
    }

    /// <summary>N.</summary>
    public int AtomCount { get; }

    /// <summary>Numbers of work space that the loops want.</summary>
    public int ScratchNumbers { get; }

    /// <summary>Energies that they write.</summary>
    public int EnergyCount { get; }

    /// <summary>An <see cref="ITableChain"/>, boxed: launchers are made for its type.</summary>
    public object Chain { get; }

    /// <summary>The type that <see cref="Chain"/> has for a system, without a device.</summary>
    public static Type ChainType(SystemParameters parameters) =>
        parameters.FilledTerms.Reverse().Aggregate(typeof(EndOfChain), (rest, table) => LinkType(table, rest));

    /// <inheritdoc/>
    public void Dispose() => _buffers.ForEach(b => b.Dispose());

    private static Type LinkType(TermTable table, Type rest) => typeof(Link<,>).MakeGenericType(table.Loop.GetType(), rest);

    private ArrayView<T> Upload<T>(Accelerator accelerator, ReadOnlySpan<T> values) where T : unmanaged
    {
        // never empty: kernels take the address of the first item
        MemoryBuffer1D<T, Stride1D.Dense> buffer = accelerator.Allocate1D<T>(Math.Max(1, values.Length));
        _buffers.Add(buffer);
        if (!values.IsEmpty)
            buffer.Upload(values);
        return buffer.View;
    }
}
