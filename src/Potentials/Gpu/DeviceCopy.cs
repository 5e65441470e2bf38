using ILGPU;
using ILGPU.Runtime;

namespace MolSampling.Potentials.Gpu;

/// <summary>Copies between spans and device memory. ILGPU does not pin what it is given by reference, so that the collector could move it
/// under the copy: it is pinned here.</summary>
internal static class DeviceCopy
{
    /// <summary>From the host to the first items of a device's memory; done when it returns.</summary>
    public static unsafe void Upload<T>(this MemoryBuffer1D<T, Stride1D.Dense> device, ReadOnlySpan<T> host) where T : unmanaged
    {
        fixed (T* pinned = host)
            device.View.SubView(0, host.Length).CopyFromCPU(ref *pinned, host.Length);
    }

    /// <summary>From the first items of a device's memory to the host; done when it returns.</summary>
    public static unsafe void Download<T>(this MemoryBuffer1D<T, Stride1D.Dense> device, Span<T> host) where T : unmanaged
    {
        fixed (T* pinned = host)
            device.View.SubView(0, host.Length).CopyToCPU(ref *pinned, host.Length);
    }
}
