using ILGPU;
using ILGPU.Runtime;

namespace MolSampling.Potentials.Gpu;

/// <summary>A force field's energies and forces for batches, on a GPU: the formulas of <see cref="ForceFieldPotential"/>, compiled from the
/// same source.</summary>
public sealed class GpuForceField : IDisposable
{
    private readonly Accelerator _accelerator;
    private readonly DeviceTables _tables;
    private readonly EnergyKernel _kernel;

    /// <summary>Uploads a system; the kernel is compiled at its first use.</summary>
    public GpuForceField(GpuDevice device, SystemParameters parameters)
    {
        _accelerator = device.Accelerator;
        _tables = new(_accelerator, parameters);
        _kernel = EnergyKernel.Create(_accelerator, _tables);
        // coordinates, forces and energies; half of the memory is left to threads and others
        long walkerBytes = 2 * 3 * sizeof(float) * (long)AtomCount + sizeof(double);
        LargestBatch = (int)Math.Clamp(device.Memory / 2 / walkerBytes, 1, int.MaxValue / (3 * AtomCount));
    }

    /// <summary>N, the number of atoms.</summary>
    public int AtomCount => _tables.AtomCount;

    /// <summary>Walkers of one launch; a larger batch is split.</summary>
    public int LargestBatch { get; init; }

    /// <summary>Energies and forces of a batch of any size.</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <param name="energies">[B] kJ/mol; NaN and infinities are returned as they are.</param>
    /// <param name="forces">[B, N, 3] kJ/mol/nm.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public void Evaluate(ReadOnlySpan<float> positions, Span<double> energies, Span<float> forces)
    {
        int size = 3 * AtomCount, batch = energies.Length;
        if (positions.Length != batch * size || forces.Length != batch * size)
            throw new ArgumentException($"{batch} energies of {AtomCount} atoms need {batch * size} coordinates and forces, not {positions.Length} and {forces.Length}.");
        int part = Math.Min(batch, LargestBatch);
        if (part == 0)
            return;
        using MemoryBuffer1D<float, Stride1D.Dense> x = _accelerator.Allocate1D<float>(part * size), f = _accelerator.Allocate1D<float>(part * size);
        using MemoryBuffer1D<double, Stride1D.Dense> u = _accelerator.Allocate1D<double>(part);
        for (int first = 0; first < batch; first += part)
        {
            int count = Math.Min(part, batch - first);
            x.Upload(positions.Slice(first * size, count * size));
            _kernel.Launch(count, x.View, f.View, u.View);
            _accelerator.Synchronize();
            f.Download(forces.Slice(first * size, count * size));
            u.Download(energies.Slice(first, count));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tables.Dispose();
}
