using System.Xml;
using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>An OpenMM System, read from its XML.</summary>
public sealed unsafe class OpenMMSystem : IDisposable
{
    private OpenMMSystem(SystemHandle handle, string xml)
    {
        Handle = handle;
        (ConstraintCount, bool keepsCentre) = Restrictions(xml);
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_size(handle, out int count));
        var masses = new double[count];
        fixed (double* p = masses)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_masses(handle, p));
        Masses = masses;
        DegreesOfFreedom = 3 * masses.Count(m => m > 0) - ConstraintCount - (keepsCentre ? 3 : 0);
    }

    /// <summary>[N] Da.</summary>
    public IReadOnlyList<double> Masses { get; }

    /// <summary>N.</summary>
    public int ParticleCount => Masses.Count;

    /// <summary>Distances that OpenMM keeps fixed.</summary>
    public int ConstraintCount { get; }

    /// <summary>That carry kinetic energy: 3 for each particle with a mass, less the constraints, less 3 for a CMMotionRemover; as OpenMM's reporters count.</summary>
    public int DegreesOfFreedom { get; }

    internal SystemHandle Handle { get; }

    /// <summary>Reads a System.</summary>
    /// <exception cref="NativeException">OpenMM's own text.</exception>
    public static OpenMMSystem FromXml(string xml)
    {
        OpenMMLibrary.EnsureAvailable();
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_from_xml(xml, out SystemHandle handle));
        return new(handle, xml);
    }

    /// <summary>What takes degrees of freedom away, from a text that OpenMM has read already.</summary>
    private static (int Constraints, bool KeepsCentre) Restrictions(string xml)
    {
        int constraints = 0;
        bool keepsCentre = false;
        using var reader = XmlReader.Create(new StringReader(xml));
        while (reader.Read())
            if (reader.NodeType == XmlNodeType.Element)
            {
                constraints += reader.Name == "Constraint" ? 1 : 0;
                keepsCentre |= reader.Name == "Force" && reader.GetAttribute("type") == "CMMotionRemover";
            }
        return (constraints, keepsCentre);
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
