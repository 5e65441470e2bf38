using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>A parameterised system: numbers only, no chemistry.</summary>
/// <param name="Masses">[N] Da.</param>
/// <param name="Terms">The tables of interactions; the energy is the sum over all of them.</param>
public sealed record SystemParameters(IReadOnlyList<double> Masses, IReadOnlyList<TermTable> Terms)
{
    /// <summary>Distances that dynamics holds; null for none.</summary>
    public IConstraints? Constraints { get; init; }

    /// <summary>Places that interact and have no mass; tables count them behind the atoms.</summary>
    public IReadOnlyList<VirtualSite> VirtualSites { get; init; } = [];

    /// <summary>The periodic box; null for open space.</summary>
    public PeriodicBox? Box { get; init; }

    /// <summary>What a walker's scale means to a solute whose coupling is scaled; null for none.</summary>
    public CouplingPath? Path { get; init; }

    /// <summary>Energy of that solute's Lennard-Jones beyond the cut-off where it is coupled, kJ/mol; in no force, since the box does not
    /// change.</summary>
    public double CoupledTail { get; init; }

    /// <summary>The tables that hold interactions.</summary>
    internal IEnumerable<TermTable> FilledTerms => Terms.Where(t => t.Count > 0);

    /// <summary>Whether the energy is unchanged when all atoms move together.</summary>
    public bool IsTranslationInvariant => FilledTerms.All(t => t.IsTranslationInvariant);

    /// <summary>SHA-256 over masses, term names, atom indices, parameters and constraints: two systems with one fingerprint have one energy
    /// function.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[8];
        foreach (double mass in Masses)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(word, mass);
            hash.AppendData(word);
        }
        foreach (TermTable table in Terms)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(table.Name));
            foreach (int atom in table.Atoms)
            {
                BinaryPrimitives.WriteInt64LittleEndian(word, atom);
                hash.AppendData(word);
            }
            foreach (double parameter in table.Identity)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(word, parameter);
                hash.AppendData(word);
            }
        }
        foreach (VirtualSite site in VirtualSites)
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant(
                $"{site.A} {site.B} {site.C} {site.WeightA:R} {site.WeightB:R} {site.WeightC:R} ")));
        if (Constraints is not null)
            hash.AppendData(Encoding.UTF8.GetBytes(Constraints.Fingerprint));
        if (Path is not null)
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Path.ChargesFrom:R} {CoupledTail:R}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
