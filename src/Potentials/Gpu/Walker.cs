using System.Runtime.CompilerServices;
using ILGPU;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Gpu;

/// <summary>
/// One walker in a thread's own memory: coordinates, forces, velocities, work space, energies of the terms. The hardware interleaves such
/// memory between the threads of a warp, and formulas do not branch, so loads and stores of a warp go together.
/// </summary>
internal readonly unsafe struct Walker
{
    /// <summary>[3N] nm.</summary>
    public readonly Single32* Positions;

    /// <summary>[3N] kJ/mol/nm.</summary>
    public readonly Single32* Forces;

    /// <summary>[3N] nm/ps.</summary>
    public readonly Single32* Velocities;

    private readonly Single32* _scratch, _energies;
    private readonly int _size;

    /// <summary>Divides a thread's memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Walker(Single32* memory, int size, int scratch)
    {
        _size = size;
        Positions = memory;
        Forces = memory + size;
        Velocities = memory + 2 * size;
        _scratch = memory + 3 * size;
        _energies = memory + (3 * size + scratch);
    }

    /// <summary>Numbers of memory that a walker needs.</summary>
    public static int MemoryNumbers(int size, int scratch, int energies) => 3 * size + scratch + energies;

    /// <summary>Forces and energy at the present positions.</summary>
    /// <returns>kJ/mol; summed over terms in double, as on lanes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Evaluate<TTables>(TTables tables) where TTables : struct, ITableChain
    {
        for (int k = 0; k < _size; k++)
            Forces[k] = new(0);
        tables.Evaluate(new BlockView<Single32>(Positions, Forces, _scratch), _energies);
        double sum = 0;
        for (int t = 0; t < TTables.EnergyCount; t++)
            sum += _energies[t].Value;
        return sum;
    }

    /// <summary>Reads coordinates.</summary>
    /// <param name="source">[B, 3N].</param>
    /// <param name="walker">0 .. B - 1.</param>
    /// <param name="target">[3N].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<float> source, long walker, Single32* target)
    {
        for (int k = 0; k < _size; k++)
            target[k] = new(source[walker * _size + k]);
    }

    /// <summary>Writes coordinates.</summary>
    /// <param name="memory">The thread's memory: read through the view, since ILGPU's emulation frees what no view holds any more.</param>
    /// <param name="part">0 for positions, 1 for forces, 2 for velocities.</param>
    /// <param name="target">[B, 3N].</param>
    /// <param name="walker">0 .. B - 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ArrayView<Single32> memory, int part, ArrayView<float> target, long walker)
    {
        for (int k = 0; k < _size; k++)
            target[walker * _size + k] = memory[part * _size + k].Value;
    }
}
