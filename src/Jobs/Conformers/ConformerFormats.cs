using MolSampling.Molecular;

namespace MolSampling.Jobs.Conformers;

/// <summary>Files that a run writes beside the usual ones, of the same conformers as conformers.sdf.</summary>
[Flags]
public enum ConformerFormats
{
    /// <summary>The usual files only.</summary>
    None = 0,

    /// <summary>conformers.xyz: a frame for each conformer.</summary>
    Xyz = 1,

    /// <summary>conformers.pdb: a model for each conformer, with residues where the molecule has them.</summary>
    Pdb = 2,

    /// <summary>conformers.mol2: a record for each conformer, with the charges of the energy.</summary>
    Mol2 = 4,

    /// <summary>basins.csv: a row for each listed basin.</summary>
    Csv = 8,
}

/// <summary>Names of <see cref="ConformerFormats"/>.</summary>
internal static class ConformerFormatNames
{
    private static readonly (ConformerFormats Format, string Name, string File)[] s_all =
    [
        (ConformerFormats.Xyz, "xyz", "conformers.xyz"), (ConformerFormats.Pdb, "pdb", "conformers.pdb"),
        (ConformerFormats.Mol2, "mol2", "conformers.mol2"), (ConformerFormats.Csv, "csv", "basins.csv"),
    ];

    /// <summary>On the command line.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_all.Select(f => f.Name)];

    /// <summary>Reads names that are separated by commas.</summary>
    /// <exception cref="ArgumentException">One is none of <see cref="All"/>.</exception>
    public static ConformerFormats Parse(string? list)
    {
        ConformerFormats formats = ConformerFormats.None;
        foreach (string name in (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            formats |= s_all.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found
                ? found.Format : throw new ArgumentException(Spelling.Unknown("--formats", name, All));
        return formats;
    }

    /// <summary>Format, name and file of each that is asked for.</summary>
    public static IEnumerable<(ConformerFormats Format, string Name, string File)> Of(ConformerFormats formats) =>
        s_all.Where(f => formats.HasFlag(f.Format));
}
