using System.Runtime.InteropServices;
using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>The OpenMM shim (native/openmm). Functions return a status; texts belong to the calling thread.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "molopenmm";

    [LibraryImport(Library)] internal static partial nint molopenmm_last_error();
    [LibraryImport(Library)] internal static partial nint molopenmm_text();
    [LibraryImport(Library)] internal static partial int molopenmm_version();
    [LibraryImport(Library)] internal static partial int molopenmm_platforms();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int molopenmm_system_from_xml(string xml,
        out SystemHandle system);
    [LibraryImport(Library)] internal static partial int molopenmm_system_to_xml(SystemHandle system);
    [LibraryImport(Library)] internal static partial int molopenmm_system_size(SystemHandle system, out int count);
    [LibraryImport(Library)] internal static partial int molopenmm_system_masses(SystemHandle system, double* masses);
    [LibraryImport(Library)] internal static partial void molopenmm_system_free(nint system);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int molopenmm_context_create(SystemHandle system, string integratorXml, string? platform, string? properties,
        out ContextHandle context);
    [LibraryImport(Library)] internal static partial void molopenmm_context_free(nint context);
    [LibraryImport(Library)] internal static partial int molopenmm_context_platform(ContextHandle context);
    [LibraryImport(Library)] internal static partial int molopenmm_set_vectors(ContextHandle context, int what, double* x, int count);
    [LibraryImport(Library)] internal static partial int molopenmm_get_vectors(ContextHandle context, int what, double* x, int count);
    [LibraryImport(Library)] internal static partial int molopenmm_set_box(ContextHandle context, double* box);
    [LibraryImport(Library)] internal static partial int molopenmm_get_box(ContextHandle context, double* box);
    [LibraryImport(Library, StringMarshalling =
        StringMarshalling.Utf8)] internal static partial int molopenmm_set_parameter(ContextHandle context, string name, double value);
    [LibraryImport(Library, StringMarshalling =
        StringMarshalling.Utf8)] internal static partial int molopenmm_get_parameter(ContextHandle context, string name, out double value);
    [LibraryImport(Library)] internal static partial int molopenmm_draw_velocities(ContextHandle context, double temperature, int seed);
    [LibraryImport(Library)] internal static partial int molopenmm_step(ContextHandle context, int steps);
    [LibraryImport(Library)] internal static partial int molopenmm_minimise(ContextHandle context, double tolerance, int maxIterations);
    [LibraryImport(Library)] internal static partial int molopenmm_state_to_xml(ContextHandle context);
    [LibraryImport(Library, StringMarshalling =
        StringMarshalling.Utf8)] internal static partial int molopenmm_state_from_xml(ContextHandle context, string xml);
    [LibraryImport(Library)] internal static partial int molopenmm_energies(ContextHandle context, double* positions, CLong count,
        double* energies, double* forces, int* status);

    internal static string Text => Marshal.PtrToStringUTF8(molopenmm_text()) ?? "";

    internal static void ThrowIfFailed(int status)
    {
        if (status != 0)
            throw new NativeException("OpenMM", Marshal.PtrToStringUTF8(molopenmm_last_error()) ?? "unknown error");
    }
}

/// <summary>Owns a native System.</summary>
internal sealed class SystemHandle() : SafeHandle(0, true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.molopenmm_system_free(handle);
        return true;
    }
}

/// <summary>Owns a native Context with its integrator.</summary>
internal sealed class ContextHandle() : SafeHandle(0, true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.molopenmm_context_free(handle);
        return true;
    }
}
