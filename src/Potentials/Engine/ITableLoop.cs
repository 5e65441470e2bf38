namespace MolSampling.Potentials.Engine;

/// <summary>
/// The loop over a table's interactions, without state, written once: the same source runs on SIMD lanes, on doubles and, through ILGPU, on
/// a GPU's threads. It may use pointers, structs, static methods and other generic code over <see cref="ILane{T}"/>, but no objects.
/// </summary>
internal interface ITableLoop
{
    /// <summary>Energies that <see cref="Evaluate{T}"/> writes.</summary>
    static abstract int EnergyCount { get; }

    /// <summary>Adds forces to the block and writes the table's energies.</summary>
    unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>;
}
