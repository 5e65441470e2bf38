using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Molecular.Formats;

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

    /// <param name="folder">Of both files.</param>
    /// <exception cref="MoleculeFormatException">There is no table, or a line is none of it.</exception>
    public FreeSolvDatabase(string folder)
    {
        _folder = folder;
        string file = Path.Combine(folder, Table);
        InputFile.Require(file);
        foreach ((int number, string line) in File.ReadLines(file).Index().Where(l => l.Item.Length > 0 && l.Item[0] != '#'))
        {
            string[] cells = line.Split(';', StringSplitOptions.TrimEntries);
            double Number(int cell) => cells.Length > cell && double.TryParse(cells[cell], CultureInfo.InvariantCulture, out double v) ? v
                : throw new MoleculeFormatException(file, number + 1, $"no number in field {cell + 1}");
            _molecules.Add(new(cells[0], cells.Length > 1 ? cells[1] : "", cells.Length > 2 ? cells[2] : "", Number(3), Number(4),
                Number(5), Number(6)));
        }
    }

    /// <summary>All molecules.</summary>
    public IReadOnlyList<FreeSolvMolecule> Molecules => _molecules;

    /// <summary>Molecules by name or identifier, or a number of them: those whose identifiers have the smallest SHA-256, a choice that no
    /// result can have made.</summary>
    /// <exception cref="ArgumentException">There is none of that name; none at all is asked for.</exception>
    public IReadOnlyList<FreeSolvMolecule> Choose(string which) =>
        int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count == 0 ? throw new ArgumentException("no molecule is asked for") : [.. _molecules.OrderBy(m =>
                Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(m.Id))), StringComparer.Ordinal).Take(count)]
            : [.. which.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
                _molecules.Find(m => m.Id == name || string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"no molecule of {Table} is called '{name}'"))];

    /// <summary>Of a molecule in a folder where it was unpacked.</summary>
    public static (string Prmtop, string Coordinates) Files(FreeSolvMolecule molecule, string folder) =>
        (Path.Combine(folder, $"{molecule.Id}.prmtop"), Path.Combine(folder, $"{molecule.Id}.inpcrd"));

    /// <summary>Puts prmtops and coordinates into a folder, where they are not there yet.</summary>
    /// <exception cref="MoleculeFormatException">The archive lacks one.</exception>
    public void Unpack(IEnumerable<FreeSolvMolecule> molecules, string folder)
    {
        Dictionary<string, string> missing = molecules.SelectMany(m => new[] { Files(m, folder).Prmtop, Files(m, folder).Coordinates })
            .Where(f => !File.Exists(f)).ToDictionary(f => Path.GetFileName(f));
        if (missing.Count == 0)
            return;
        Directory.CreateDirectory(folder);
        using var archive = new TarReader(new GZipStream(File.OpenRead(Path.Combine(_folder, Archive)), CompressionMode.Decompress));
        while (archive.GetNextEntry() is { } entry)
            if (entry.DataStream is { } data && missing.Remove(Path.GetFileName(entry.Name), out string? path))
            {
                using var file = new PendingFile(path);
                data.CopyTo(file.Stream);
                file.Keep();
            }
        if (missing.Count > 0)
            throw new MoleculeFormatException(Archive, 0, $"there is no {missing.Keys.First()}");
    }
}
