using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace MolSampling.Potentials.Gpu;

/// <summary>A device that runs the engine's kernels: an NVIDIA GPU through its driver alone, or an OpenCL device. ILGPU translates the
/// kernels from the C# of Terms/ when they are first used.</summary>
public sealed class GpuDevice : IDisposable
{
    private readonly Context _context;

    // ILGPU asks for libOpenCL.so, which comes with development packages only; drivers install libOpenCL.so.1
    static GpuDevice() => NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, assembly, path) =>
        name == "OpenCL" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libOpenCL.so.1", out nint library) ? library : 0);

    private GpuDevice(Context context, Device device, string name)
    {
        _context = context;
        Name = name;
        Accelerator = device.CreateAccelerator(context);
    }

    /// <summary>"cuda:0".</summary>
    public string Name { get; }

    /// <summary>The maker's name of it.</summary>
    public string Description => Accelerator.Name.Trim();

    /// <summary>Bytes.</summary>
    public long Memory => Accelerator.MemorySize;

    internal Accelerator Accelerator { get; }

    /// <summary>The devices of this machine: name and description.</summary>
    public static IReadOnlyList<(string Name, string Description)> List()
    {
        using Context context = CreateContext();
        return [.. Named(context).Select(d => (d.Name, d.Device.Name.Trim()))];
    }

    /// <summary>Opens a device.</summary>
    /// <param name="name">"cuda:0", "opencl:0", or "auto" for the first CUDA device.</param>
    /// <returns>Null for "cpu", and for "auto" where there is no CUDA device: the SIMD lanes serve then.</returns>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static GpuDevice? Open(string name)
    {
        if (name == "cpu")
            return null;
        Context context = CreateContext();
        (string Name, Device Device)[] devices = Named(context);
        int n = Array.FindIndex(devices, d => name == "auto" ? d.Device is CudaDevice : d.Name == name);
        if (n >= 0)
            return new(context, devices[n].Device, devices[n].Name);
        context.Dispose();
        return name == "auto" ? null
            : throw new ArgumentException($"--device '{name}' is not here: {string.Join(", ", devices.Select(d => d.Name).Prepend("cpu"))}, or auto");
    }

    /// <summary>ILGPU's own slow emulation of a GPU by threads, for tests.</summary>
    internal static GpuDevice Emulated()
    {
        Context context = Context.Create(builder => builder.CPU());
        return new(context, context.GetCPUDevice(0), "emulated");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    private static Context CreateContext() => Context.Create(builder => builder.Cuda().OpenCL());

    private static (string Name, Device Device)[] Named(Context context)
    {
        var named = new List<(string, Device)>();
        foreach (CudaDevice device in context.GetCudaDevices())
            named.Add((Numbered("cuda", named.Count), device));
        int cuda = named.Count;
        foreach (CLDevice device in context.GetCLDevices())
            named.Add((Numbered("opencl", named.Count - cuda), device));
        return [.. named];
    }

    private static string Numbered(string kind, int n) => string.Create(CultureInfo.InvariantCulture, $"{kind}:{n}");
}
