using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Starts;

/// <summary>A file of conformers to begin from: SDF (missing hydrogens are added), xyz or PDB of any number of records (hydrogens must be
/// there, bonds are perceived from distances).</summary>
public sealed class StartFile
{
    private const int MostRecords = 10_000;

    private readonly IReadOnlyList<GivenConformer> _conformers;

    private StartFile(string path, string hash, IReadOnlyList<GivenConformer> conformers, bool isByName) =>
        (File, Hash, _conformers, IsByName) = (path, hash, conformers, isByName);

    /// <summary>The file's name, without folders.</summary>
    public string File { get; }

    /// <summary>SHA-256: a run with another file is another run.</summary>
    public string Hash { get; }

    /// <summary>Whether records belong to the molecule of their name; otherwise all are of one molecule.</summary>
    [JsonIgnore]
    public bool IsByName { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">.sdf, .mol, .xyz, .pdb or .ent, also .gz.</param>
    /// <exception cref="MoleculeFormatException">A record cannot be read.</exception>
    /// <exception cref="ArgumentException">Another kind of file.</exception>
    public static StartFile Open(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        Func<string, IEnumerable<GivenConformer>> read = Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".sdf" or ".mol" => OfSdf,
            ".xyz" => OfXyz,
            ".pdb" or ".ent" => OfPdb,
            _ => throw new ArgumentException($"--start {path}: an SDF, xyz or PDB file (.sdf, .mol, .xyz, .pdb, .ent, also with .gz)"),
        };
        InputFile.Require(path);
        GivenConformer[] conformers = [.. read(path).Take(MostRecords + 1)];
        if (conformers.Length > MostRecords)
            throw new MoleculeFormatException(Path.GetFileName(path), 0,
                $"more than {MostRecords:n0} conformers to start from: give some of them");
        using FileStream stream = System.IO.File.OpenRead(path);
        return new(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(stream)), conformers, false);
    }

    /// <summary>The same for the molecules of a list: of several, records belong to the one of their name.</summary>
    /// <exception cref="MoleculeFormatException">A record is named like none of them.</exception>
    public StartFile For(MoleculeList list)
    {
        if (list.Count == 1)
            return this;
        HashSet<string> names = [.. list.Entries().Select(e => e.Entry.Name)];
        return _conformers.FirstOrDefault(c => !names.Contains(c.Name)) is not { } stranger ? new(File, Hash, _conformers, true)
            : throw new MoleculeFormatException($"--start {stranger.Place}", 0,
                $"no molecule is called '{SingleLine.Of(stranger.Name, 60)}': of several molecules or isomers records are named like "
                + $"these (SDF titles, xyz comments), the first is '{SingleLine.Of(list.Entries().First().Entry.Name, 60)}'");
    }

    /// <summary>Those of a molecule.</summary>
    /// <param name="name">Its name.</param>
    internal IReadOnlyList<GivenConformer> Of(string name) => IsByName ? [.. _conformers.Where(c => c.Name == name)] : _conformers;

    private static string Place(string path, int record) => $"{Path.GetFileName(path)}, record {record}";

    private static IEnumerable<GivenConformer> OfSdf(string path) => SdfReader.Entries(path).Select((entry, n) =>
    {
        using RDKitMolecule read = entry.Read(entry.Name);
        if (read.Coordinates is not { } x)
            throw new MoleculeFormatException($"--start {Place(path, n + 1)}", 0, "it has no three-dimensional coordinates");
        return new GivenConformer(Place(path, n + 1), entry.Name, [.. read.Molecule.Atoms.Select(a => a.AtomicNumber)],
            [.. read.Molecule.Bonds.Select(b => (b.Begin, b.End))], [.. x.Select(v => (float)v)], read.HasAddedHydrogens);
    });

    private static IEnumerable<GivenConformer> OfXyz(string path)
    {
        using LineReader reader = TextFile.Open(path);
        int record = 0;
        foreach (XyzFrame frame in XyzReader.Read(reader, Path.GetFileName(path)))
            yield return OfPositions(Place(path, ++record), frame.Comment, frame.AtomicNumbers, frame.Positions);
    }

    /// <summary>Each model with the bonds of its distances: CONECT is seldom whole.</summary>
    private static IEnumerable<GivenConformer> OfPdb(string path)
    {
        using LineReader reader = TextFile.Open(path);
        var model = new StringBuilder();
        int record = 0;
        bool hasAtoms = false;
        while (true)
        {
            string? line = reader.ReadLine();
            if (line is not null && line.StartsWith("CONECT", StringComparison.Ordinal))
                continue;
            if (line is null || line.StartsWith("ENDMDL", StringComparison.Ordinal))
            {
                if (hasAtoms)
                    yield return OfModel(Place(path, ++record), model.ToString());
                if (line is null)
                    break;
                model.Clear();
                hasAtoms = false;
                continue;
            }
            hasAtoms |= line.StartsWith("ATOM", StringComparison.Ordinal) || line.StartsWith("HETATM", StringComparison.Ordinal);
            model.Append(line).Append('\n');
        }
        if (record == 0)
            throw new MoleculeFormatException(Path.GetFileName(path), 0, "the file holds no atom");
    }

    private static GivenConformer OfModel(string place, string text)
    {
        using var reader = new StringReader(text);
        Structure structure = PdbReader.Read(reader, place);
        return OfPositions(place, "", [.. structure.Topology.Atoms.Select(a => a.AtomicNumber)],
            [.. structure.Positions.Select(v => (float)v)]);
    }

    private static GivenConformer OfPositions(string place, string name, int[] elements, float[] positions) => new(place, name, elements,
        [.. BondPerception.Perceive(elements, positions, place).Select(b => (b.I, b.J))], positions, false);
}
