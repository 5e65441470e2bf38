using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>Entries of which each is one stereoisomer: "name isomer 1", "name isomer 2", ... where an entry stands for several.</summary>
internal static class IsomerEntries
{
    /// <summary>
    /// Lazily, each molecule read to see what it leaves open. What cannot be read, or stands for too many isomers, stays one entry, which
    /// fails with the reason.
    /// </summary>
    public static IEnumerable<MoleculeEntry> Of(IEnumerable<MoleculeEntry> entries) => entries.SelectMany(Isomers);

    private static IReadOnlyList<MoleculeEntry> Isomers(MoleculeEntry entry)
    {
        IReadOnlyList<StereoChoice> choices;
        try
        {
            using RDKitMolecule molecule = entry.Read(entry.Name);
            choices = StereoisomerEnumeration.Of(molecule);
        }
        catch (MoleculeFormatException e)
        {
            return [entry with { Read = _ => throw e }];
        }
        return choices.Count == 1 && Array.TrueForAll([.. choices[0].Atoms, .. choices[0].Bonds, .. choices[0].Axes], c => c == 0) ? [entry]
            : [.. choices.Select((choice, n) => entry with
            {
                Name = choices.Count == 1 ? entry.Name : $"{entry.Name} isomer {n + 1}",
                Read = name => Isomer(entry, choice, name, new(n + 1, choices.Count)),
            })];
    }

    private static RDKitMolecule Isomer(MoleculeEntry entry, StereoChoice choice, string name, EnumeratedIsomer number)
    {
        using RDKitMolecule molecule = entry.Read(name);
        return molecule.WithStereo(choice, name, number);
    }
}
