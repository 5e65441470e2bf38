using ILGPU;
using ILGPU.Runtime;

namespace MolSampling.Potentials.Gpu;

/// <summary>Energies and forces of a batch on a device.</summary>
internal abstract class EnergyKernel
{
    /// <summary>The kernel for a force field.</summary>
    public static EnergyKernel Create(Accelerator accelerator, DeviceTables tables) =>
        (EnergyKernel)Activator.CreateInstance(typeof(Launcher<,>).MakeGenericType(tables.Chain.GetType(),
            Memory(tables.AtomCount, tables.ScratchNumbers, tables.EnergyCount)), accelerator, tables)!;

    /// <summary>Starts it.</summary>
    /// <param name="walkers">B.</param>
    /// <param name="positions">[B, 3N] nm.</param>
    /// <param name="forces">[B, 3N] kJ/mol/nm.</param>
    /// <param name="energies">[B] kJ/mol.</param>
    public abstract void Launch(int walkers, ArrayView<float> positions, ArrayView<float> forces, ArrayView<double> energies);

    /// <summary>The size of a thread's memory as a type.</summary>
    public static Type Memory(int atoms, int scratch, int energies) => TypeNumber.Of(Walker.MemoryNumbers(3 * atoms, scratch, energies));

    /// <summary>The kernel: a walker a thread.</summary>
    public static unsafe void Run<TTables, TMemory>(Index1D thread, TTables tables, int size, int scratch, ArrayView<float> positions,
        ArrayView<float> forces, ArrayView<double> energies)
        where TTables : struct, ITableChain where TMemory : struct, ITypeNumber
    {
        ArrayView<Single32> memory = LocalMemory.Allocate<Single32>(TMemory.Value);
        fixed (Single32* own = &memory[0])
        {
            var walker = new Walker(own, size, scratch);
            walker.Load(positions, thread, walker.Positions);
            energies[thread] = walker.Evaluate(tables);
            walker.Store(memory, 1, forces, thread);
        }
    }

    private sealed class Launcher<TTables, TMemory>(Accelerator accelerator, DeviceTables tables) : EnergyKernel where TTables : struct,
        ITableChain where TMemory : struct, ITypeNumber
    {
        private readonly Action<Index1D, TTables, int, int, ArrayView<float>, ArrayView<float>, ArrayView<double>> _kernel =
            accelerator.LoadAutoGroupedStreamKernel<Index1D, TTables, int, int, ArrayView<float>, ArrayView<float>,
                ArrayView<double>>(Run<TTables, TMemory>);

        public override void Launch(int walkers, ArrayView<float> positions, ArrayView<float> forces, ArrayView<double> energies) =>
            _kernel(walkers, (TTables)tables.Chain, 3 * tables.AtomCount, tables.ScratchNumbers, positions, forces, energies);
    }
}
