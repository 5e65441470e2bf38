using System.Globalization;

namespace MolSampling.Sampling.Dynamics;

/// <summary>OpenMM's MonteCarloBarostat for replicas in OpenMM: the moves of <see cref="Kernels.VolumeMove"/>, with centroids instead of
/// centres of mass and a step that OpenMM adapts all the time.</summary>
/// <param name="Pressure">bar.</param>
/// <param name="Frequency">Steps between two moves.</param>
/// <param name="Edge">Of the System's cubic box, nm.</param>
public sealed record OpenMMBarostat(double Pressure, int Frequency, double Edge)
{
    private const string End = "</Forces>";

    /// <summary>The System with the barostat.</summary>
    /// <param name="systemXml">Without one.</param>
    /// <param name="kelvin">Of the bath.</param>
    /// <param name="seed">Of the barostat's own generator.</param>
    internal string AddTo(string systemXml, double kelvin, int seed)
    {
        int at = systemXml.LastIndexOf(End, StringComparison.Ordinal);
        if (at < 0)
            throw new ArgumentException("The System has no forces.");
        string settings = string.Create(CultureInfo.InvariantCulture,
            $"pressure=\"{Pressure:R}\" temperature=\"{kelvin:R}\" frequency=\"{Frequency}\" randomSeed=\"{seed}\"");
        return systemXml.Insert(at, $"<Force type=\"MonteCarloBarostat\" version=\"1\" forceGroup=\"0\" {settings}/>");
    }
}
