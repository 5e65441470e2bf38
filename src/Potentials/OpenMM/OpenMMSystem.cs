using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>An OpenMM System, read from its XML.</summary>
public sealed unsafe class OpenMMSystem : IDisposable
{
    private OpenMMSystem(SystemHandle handle)
    {
        Handle = handle;
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_size(handle, out int count));
        var masses = new double[count];
        fixed (double* p = masses)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_masses(handle, p));
        Masses = masses;
    }

    /// <summary>[N] Da.</summary>
    public IReadOnlyList<double> Masses { get; }

    /// <summary>N.</summary>
    public int ParticleCount => Masses.Count;

    internal SystemHandle Handle { get; }

    /// <summary>Reads a System.</summary>
    /// <exception cref="NativeException">OpenMM's own text.</exception>
    public static OpenMMSystem FromXml(string xml)
    {
        OpenMMLibrary.EnsureAvailable();
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_from_xml(xml, out SystemHandle handle));
        return new(handle);
    }

    /// <summary>The System as OpenMM writes it.</summary>
    public string ToXml()
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_to_xml(Handle));
        return NativeMethods.Text;
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
