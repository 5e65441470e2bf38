using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Molecular.Systems;

/// <summary>
/// What gives a system its energy: a potential that every sampler takes, and, where the energy is a force field, its parameters for the
/// backends that run these (GPU, scaled terms, OpenMM).
/// </summary>
public sealed class EnergyModel
{
    private readonly Lazy<Potential> _potential;
    private readonly Lazy<string?> _xml;
    private readonly Lazy<string> _fingerprint;

    private EnergyModel(string name, Func<Potential> potential, SystemParameters? parameters = null, ClassicalSystem? classical = null,
        string? xml = null)
    {
        (Name, Parameters, Classical, _potential) = (name, parameters, classical, new(potential));
        _xml = new(() => classical is null ? xml : SystemXml.Write(classical));
        _fingerprint = new(() => parameters?.Fingerprint() ?? (xml is null ? Potential.Fingerprint
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(xml)))));
    }

    /// <summary>For people: "MMFF94s", "ff14SB + obc2".</summary>
    public string Name { get; }

    /// <summary>The energy, made at its first use.</summary>
    public Potential Potential => _potential.Value;

    /// <summary>For the engine; null if it cannot hold the system.</summary>
    public SystemParameters? Parameters { get; }

    /// <summary>The force field's terms in the field's standard form; null for other energies.</summary>
    public ClassicalSystem? Classical { get; }

    /// <summary>For OpenMM; null if it cannot hold the system.</summary>
    public string? Xml => _xml.Value;

    /// <summary>Of all numbers that the energy depends on.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>[N] e; null for an energy without charges, or whose charges are not known.</summary>
    public IReadOnlyList<double>? Charges { get; private init; }

    /// <summary>What a user should know about it, in words: where charges come from, for example.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>A force field that both the engine and OpenMM run.</summary>
    /// <param name="name">For people.</param>
    /// <param name="system">The terms.</param>
    /// <param name="notes">See <see cref="Notes"/>.</param>
    public static EnergyModel Of(string name, ClassicalSystem system, IReadOnlyList<string>? notes = null)
    {
        SystemParameters parameters = system.ToEngine();
        return new(name, () => new ForceFieldPotential(parameters, name: name), parameters, system)
        {
            Charges = system.Particles.Count > 0 && system.VirtualSites.Count == 0 ? [.. system.Particles.Select(p => p.Charge)] : null,
            Notes = notes ?? [],
        };
    }

    /// <summary>Whatever OpenMM runs.</summary>
    /// <param name="name">For people.</param>
    /// <param name="xml">An OpenMM System.</param>
    public static EnergyModel OfOpenMM(string name, string xml) => new(name, () => new OpenMMPotential(xml, name), xml: xml);

    /// <summary>Any potential; what runs force fields gets the parameters of one that is a force field.</summary>
    /// <param name="potential">The energy.</param>
    /// <param name="charges">See <see cref="Charges"/>.</param>
    /// <param name="notes">See <see cref="Notes"/>.</param>
    public static EnergyModel Of(Potential potential, IReadOnlyList<double>? charges = null, IReadOnlyList<string>? notes = null) =>
        new(potential.Name, () => potential, (potential as ForceFieldPotential)?.Parameters)
        {
            Charges = charges,
            Notes = notes ?? [],
        };
}
