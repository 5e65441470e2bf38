using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Benchmarks;

/// <summary>A molecule of FreeSolv: free energies of hydration in kcal/mol, measured, and computed by its authors with GAFF, AM1-BCC and
/// TIP3P.</summary>
internal sealed record FreeSolvMolecule(string Id, string Smiles, string Name, double Measured, double MeasuredError, double Computed,
    double ComputedError);

/// <summary>FreeSolv as published (database.txt and amber.tar.gz in one folder). D. L. Mobley, J. P. Guthrie, J. Comput. Aided Mol. Des. 28
/// (2014) 711.</summary>
internal sealed class FreeSolvDatabase
{
    private const string Table = "database.txt", Archive = "amber.tar.gz";
    private readonly string _folder;
    private readonly List<FreeSolvMolecule> _molecules = [];

    /// <exception cref="MoleculeFormatException">A line is none of the table's.</exception>
    public FreeSolvDatabase(string folder)
    {
        _folder = folder;
        string file = Path.Combine(folder, Table);
        foreach ((int number, string line) in File.ReadLines(file).Index().Where(l => l.Item.Length > 0 && l.Item[0] != '#'))
        {
            string[] cells = line.Split(';', StringSplitOptions.TrimEntries);
            double Number(int cell) => cells.Length > cell && double.TryParse(cells[cell], CultureInfo.InvariantCulture, out double v) ? v
                : throw new MoleculeFormatException(file, number + 1, $"no number in field {cell + 1}");
            _molecules.Add(new(cells[0], cells.Length > 1 ? cells[1] : "", cells.Length > 2 ? cells[2] : "", Number(3), Number(4),
                Number(5), Number(6)));
        }
    }

    /// <summary>Molecules by name or identifier, or a number of them: those whose identifiers have the smallest SHA-256, a choice that no
    /// result can have made.</summary>
    public IReadOnlyList<FreeSolvMolecule> Choose(string which) =>
        int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? [.. _molecules.OrderBy(m => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(m.Id))), StringComparer.Ordinal)
                .Take(count)]
            : [.. which.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
                _molecules.Find(m => m.Id == name || string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"no molecule of {Table} is called '{name}'"))];

    /// <summary>Puts a molecule's prmtop and coordinates into a folder, where they are not there yet.</summary>
    /// <returns>The prmtop's path and that of the coordinates.</returns>
    public (string Prmtop, string Coordinates) Unpack(FreeSolvMolecule molecule, string into)
    {
        string[] names = [$"{molecule.Id}.prmtop", $"{molecule.Id}.inpcrd"];
        string[] paths = [.. names.Select(n => Path.Combine(into, n))];
        if (paths.All(File.Exists))
            return (paths[0], paths[1]);
        Directory.CreateDirectory(into);
        using var archive = new TarReader(new GZipStream(File.OpenRead(Path.Combine(_folder, Archive)), CompressionMode.Decompress));
        while (archive.GetNextEntry() is { } entry)
            if (entry.DataStream is { } data && Array.IndexOf(names, Path.GetFileName(entry.Name)) is >= 0 and int n)
            {
                using var file = new PendingFile(paths[n]);
                data.CopyTo(file.Stream);
                file.Keep();
            }
        return paths.All(File.Exists) ? (paths[0], paths[1])
            : throw new MoleculeFormatException(Archive, 0, $"there is no {names[0]} with {names[1]}");
    }
}
