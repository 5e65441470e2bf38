using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Amber;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// The molecules of a file, or one SMILES: read once to count the entries and to see which names return, and again, lazily, to give them.
/// It is never in memory as a whole, and names are remembered by their hashes.
/// </summary>
public sealed class MoleculeList
{
    /// <summary>Entries of one list; what is longer is cut into several.</summary>
    public const int MostEntries = 2_000_000;

    private readonly IEnumerable<MoleculeEntry> _entries; // read anew each time
    // number of the entry to the number behind its name, where another had that name before
    private readonly Dictionary<int, int> _renamed = [];

    private MoleculeList(string input, string? path, string hash, IEnumerable<MoleculeEntry> entries)
    {
        (Input, Path, Hash, _entries) = (input, path, hash, entries);
        var names = new HashSet<UInt128>();
        var repeated = new HashSet<int>();
        foreach (MoleculeEntry entry in entries)
        {
            if (++Count > MostEntries)
                throw new MoleculeFormatException(System.IO.Path.GetFileName(path)!, entry.Line,
                    $"more than {MostEntries} molecules: cut the list into several files");
            if (!names.Add(Key(entry.Name)))
                repeated.Add(Count);
        }
        if (repeated.Count == 0)
            return;
        // only now is it known which names are free
        var uses = new Dictionary<UInt128, int>();
        int number = 0;
        foreach (MoleculeEntry entry in entries)
        {
            if (!repeated.Contains(++number))
                continue;
            int use = uses.GetValueOrDefault(Key(entry.Name), 1);
            while (!names.Add(Key(Numbered(entry.Name, ++use))))
            {
            }
            uses[Key(entry.Name)] = _renamed[number] = use;
        }
    }

    /// <summary>As given: a file's name, or a SMILES.</summary>
    public string Input { get; }

    /// <summary>The file; null for a SMILES.</summary>
    public string? Path { get; }

    /// <summary>SHA-256 of the file, or of the SMILES.</summary>
    public string Hash { get; }

    /// <summary>Entries, those that cannot be parsed included.</summary>
    public int Count { get; }

    /// <summary>Whether its molecules are made of residues.</summary>
    public bool HasResidues { get; private init; }

    /// <summary>How many entries have a name that an entry before them has: they are called "name (2)", "name (3)", ...</summary>
    public int Renamed => _renamed.Count;

    /// <summary>A file, or a SMILES.</summary>
    /// <param name="input">Its name, or the SMILES.</param>
    /// <param name="enumeratesIsomers">
    /// Whether each stereoisomer that an entry stands for is an entry of its own; chemistry looks at each entry then.
    /// </param>
    /// <exception cref="MoleculeFormatException">The file is not there or holds nothing; the SMILES is empty.</exception>
    public static MoleculeList Open(string input, bool enumeratesIsomers = false)
    {
        IEnumerable<MoleculeEntry> entries = MoleculeFile.Entries(input);
        if (enumeratesIsomers)
            entries = IsomerEntries.Of(entries);
        if (!MoleculeFile.IsName(input))
            return new(input, null, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(input.Trim()))), entries);
        InputFile.Require(input);
        using FileStream stream = File.OpenRead(input);
        return new(input, input, Convert.ToHexStringLower(SHA256.HashData(stream)), entries)
        {
            HasResidues = MoleculeFile.HasResidues(input),
        };
    }

    /// <summary>One peptide.</summary>
    /// <param name="sequence">Such as ACE-ALA-NME; see <see cref="Peptides.PeptideBuilder"/>.</param>
    public static MoleculeList OfPeptide(string sequence) => new(sequence, null, Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"peptide {sequence.Trim()}"))),
        [SequenceFile.Entry(sequence.Trim(), sequence.Trim(), "--peptide", 0)])
    {
        HasResidues = true,
    };

    /// <summary>The molecule of an Amber prmtop, with the parameters there.</summary>
    /// <param name="prmtop">The file.</param>
    /// <param name="coordinates">Its coordinates, which say what its stereo is.</param>
    /// <exception cref="MoleculeFormatException">Files that cannot be read or do not go together.</exception>
    public static MoleculeList OfPrmtop(string prmtop, string coordinates)
    {
        foreach (string file in (string[])[prmtop, coordinates])
            InputFile.Require(file);
        AmberPrmtop parameters = AmberPrmtop.Read(prmtop);
        double[] positions = parameters.ReadCoordinates(coordinates);
        byte[] both = [.. SHA256.HashData(File.ReadAllBytes(prmtop)), .. SHA256.HashData(File.ReadAllBytes(coordinates))];
        string called = System.IO.Path.GetFileName(prmtop).Split('.')[0];
        return new(prmtop, null, Convert.ToHexStringLower(SHA256.HashData(both)), [new(prmtop, called, 0, name =>
            PrmtopChemistry.Molecule(parameters, positions, name))]);
    }

    /// <summary>Entries with their numbers, from 1; no two have the same name.</summary>
    public IEnumerable<(int Number, MoleculeEntry Entry)> Entries()
    {
        int number = 0;
        foreach (MoleculeEntry entry in _entries)
        {
            number++;
            yield return (number, _renamed.TryGetValue(number, out int use) ? entry with { Name = Numbered(entry.Name, use) } : entry);
        }
    }

    private static string Numbered(string name, int use) => $"{name} ({use})";

    private static UInt128 Key(string name) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan())));
}
