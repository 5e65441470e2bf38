using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace MolSampling.Tests.Potentials;

/// <summary>Compiles kernels for NVIDIA GPUs that are not here.</summary>
internal static class PtxCompiler
{
    /// <summary>The assembly text of a kernel.</summary>
    /// <param name="kernel">A static method whose first parameter is the thread.</param>
    /// <param name="architecture">For example sm_80.</param>
    public static string Compile(MethodInfo kernel, CudaArchitecture architecture)
    {
        using Context context = Context.Create(builder => builder.CPU());
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(kernel),
            new KernelSpecialization())).PTXAssembly;
    }
}
