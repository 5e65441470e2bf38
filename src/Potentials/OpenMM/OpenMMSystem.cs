using System.Globalization;
using System.Xml;
using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>An OpenMM System, read from its XML.</summary>
public sealed unsafe class OpenMMSystem : IDisposable
{
    private OpenMMSystem(SystemHandle handle, string xml)
    {
        Handle = handle;
        (ConstraintCount, bool keepsCentre, Baths) = Contents(xml);
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_size(handle, out int count));
        var masses = new double[count];
        fixed (double* p = masses)
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_masses(handle, p));
        Masses = masses;
        DegreesOfFreedom = 3 * masses.Count(m => m > 0) - ConstraintCount - (keepsCentre ? 3 : 0);
    }

    /// <summary>[N] Da.</summary>
    public IReadOnlyList<double> Masses { get; }

    /// <summary>N, the number of particles.</summary>
    public int ParticleCount => Masses.Count;

    /// <summary>Distances that OpenMM keeps fixed.</summary>
    public int ConstraintCount { get; }

    /// <summary>That carry kinetic energy: 3 for each particle with a mass, less the constraints, less 3 for a CMMotionRemover; as OpenMM's
    /// reporters count.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>Thermostats and barostats that the System brings.</summary>
    public IReadOnlyList<OpenMMBath> Baths { get; }

    internal SystemHandle Handle { get; }

    /// <summary>Reads a System. OpenMM gets its elements and attributes, nested no deeper than its parser can take.</summary>
    /// <exception cref="NativeException">OpenMM's own text, or what is wrong with the XML.</exception>
    public static OpenMMSystem FromXml(string xml)
    {
        OpenMMLibrary.EnsureAvailable();
        string plain;
        try
        {
            plain = PlainXml.Of(xml);
        }
        catch (XmlException e)
        {
            throw new NativeException("OpenMM", $"malformed XML: {e.Message}", e);
        }
        NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_system_from_xml(plain, out SystemHandle handle));
        return new(handle, plain);
    }

    /// <summary>What takes degrees of freedom away or exchanges heat, from a text that OpenMM has read already.</summary>
    private static (int Constraints, bool KeepsCentre, IReadOnlyList<OpenMMBath> Baths) Contents(string xml)
    {
        int constraints = 0;
        bool keepsCentre = false;
        var baths = new List<OpenMMBath>();
        PlainXml.Check(new StringReader(xml), element =>
        {
            constraints += element.Name == "Constraint" ? 1 : 0;
            if (element.Name != "Force" || element.GetAttribute("type") is not { } type)
                return;
            keepsCentre |= type == "CMMotionRemover";
            if (type.Contains("Thermostat", StringComparison.Ordinal) || type.Contains("Barostat", StringComparison.Ordinal))
                baths.Add(new(type, double.TryParse(element.GetAttribute("temperature"), NumberStyles.Float, CultureInfo.InvariantCulture,
                    out double t) ? t : null));
        });
        return (constraints, keepsCentre, baths);
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
