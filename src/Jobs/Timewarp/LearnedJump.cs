using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Timewarp;

/// <summary>A jump in time as a file, proposal.json: the densities, and what they were learned from. It serves one molecule; since every
/// jump is accepted or rejected under the energy at hand, another force field or temperature costs acceptance and nothing else.</summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="Kind">Of the proposal.</param>
/// <param name="Program">Version that made it.</param>
/// <param name="Molecule">For people.</param>
/// <param name="MoleculeFingerprint">SHA-256 of elements and bonds.</param>
/// <param name="Energy">For people: force field and solvent.</param>
/// <param name="SystemFingerprint">Of the energy.</param>
/// <param name="TemperatureK">K.</param>
/// <param name="LagPicoseconds">ps between the ends of a pair.</param>
/// <param name="Structure">[3N] nm, about which bonds and angles are measured.</param>
/// <param name="SingleHarmonics">Of the law of one torsion.</param>
/// <param name="PairHarmonics">Of two.</param>
/// <param name="Torsions">[T] weights of <see cref="TorusProposal"/> of each torsion after the lag.</param>
/// <param name="ShapeMeans">[D, F] of <see cref="ConditionalGaussian"/>.</param>
/// <param name="ShapeFactor">[D, D].</param>
public sealed record LearnedJump(int Schema, string Kind, string Program, string Molecule, string MoleculeFingerprint, string Energy,
    string SystemFingerprint, double TemperatureK, double LagPicoseconds, double[] Structure, int SingleHarmonics, int PairHarmonics,
    float[][] Torsions, double[] ShapeMeans, double[] ShapeFactor)
{
    /// <summary>Of the format.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The only kind there is.</summary>
    public const string Internal = "timewarp-internal";

    /// <summary>Its name in the folder of a training.</summary>
    public const string FileName = "proposal.json";

    private const long LargestFile = 64 << 20; // characters

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The file of a proposal that is named by its folder or by itself.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string Locate(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        return File.Exists(file) ? file
            : throw new ArgumentException($"--proposal {path}: no {FileName} is there ('molsampling train timewarp' makes one)");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="MoleculeFormatException">It cannot be read, or is none; one line.</exception>
    public static LearnedJump Read(string file)
    {
        string name = Path.GetFileName(file);
        try
        {
            LearnedJump jump = JsonSerializer.Deserialize<LearnedJump>(TextFile.ReadAll(file, LargestFile), s_json)
                ?? throw new MoleculeFormatException(name, 1, "the document is null");
            return jump.Schema == CurrentSchema && jump.Kind == Internal ? jump : throw new MoleculeFormatException(name, 1,
                $"a proposal of kind '{jump.Kind}', format {jump.Schema}: this version reads {Internal}, format {CurrentSchema}");
        }
        catch (JsonException e)
        {
            throw new MoleculeFormatException(name, (int)(e.LineNumber ?? 0) + 1,
                $"the proposal is damaged{(e.Path is { Length: > 2 } path ? $" at {path[2..]}" : "")}");
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Write(string file)
    {
        using var pending = new PendingFile(file);
        JsonSerializer.Serialize(pending.Stream, this, s_json);
        pending.Keep();
    }

    /// <summary>SHA-256 of all that it says.</summary>
    internal string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, s_json)));

    /// <summary>The bonds of a system. Residues have names, from which chemistry follows.</summary>
    /// <exception cref="MoleculeFormatException">They do not.</exception>
    internal static Molecule MoleculeOf(MolecularSystem system)
    {
        if (system.Molecule is { } known)
            return known;
        using RDKitMolecule made = ResidueChemistry.Molecule(new Structure(system.Topology, system.Starts[0]), system.Name);
        return made.Molecule;
    }

    /// <summary>SHA-256 of elements and bonds, atom by atom.</summary>
    internal static string FingerprintOf(Molecule molecule)
    {
        var text = new StringBuilder();
        foreach (Atom atom in molecule.Atoms)
            text.Append(CultureInfo.InvariantCulture, $"{atom.AtomicNumber} ");
        foreach ((int a, int b) in molecule.Bonds.Select(b => (Math.Min(b.Begin, b.End), Math.Max(b.Begin, b.End))).Order())
            text.Append(CultureInfo.InvariantCulture, $"{a}-{b} ");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The jump of a molecule.</summary>
    /// <param name="molecule">That of a system.</param>
    /// <exception cref="ArgumentException">It is another one, or the numbers are of none.</exception>
    internal TimeJump Of(Molecule molecule)
    {
        if (FingerprintOf(molecule) != MoleculeFingerprint)
            throw new ArgumentException(
                $"the proposal was made for {Molecule}, and not for a molecule with these atoms and bonds: train one for this molecule");
        var tree = new RotorTree(molecule);
        float[] structure = Array.ConvertAll(Structure, x => (float)x);
        if (structure.Length != 3 * tree.AtomCount || !structure.All(float.IsFinite)
            || FrameTree.Of(molecule, tree, structure) is not { } frames)
            throw new ArgumentException("the proposal's structure is not one of its molecule");
        try
        {
            TorusProposal torsions = Empty(tree.Rotors.Count, SingleHarmonics, PairHarmonics);
            for (int t = 0; t < tree.Rotors.Count; t++)
            {
                float[] own = torsions.Weights[tree.Rotors.Count + t];
                if (Torsions.Length != tree.Rotors.Count || Torsions[t]?.Length != own.Length || !Torsions[t].All(float.IsFinite))
                    throw new ArgumentException($"{Torsions.Length} torsions");
                Torsions[t].CopyTo(own, 0);
            }
            return new(new FrameCoordinates(frames, tree, structure), torsions,
                ConditionalGaussian.Of(TimeJump.FeatureCount(tree.Rotors.Count), ShapeMeans, ShapeFactor));
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"the proposal's numbers are not of its molecule: {e.Message}", e);
        }
    }

    /// <summary>What the proposal was made for and is not used for, in words; null where it is the same.</summary>
    /// <param name="system">Sampled.</param>
    /// <param name="temperatures">K.</param>
    internal string? Difference(MolecularSystem system, IReadOnlyList<double> temperatures)
    {
        var other = new List<string>();
        if (system.Energy.Fingerprint != SystemFingerprint)
            other.Add(system.Energy.Name == Energy ? "another version of its energy" : system.Energy.Name);
        if (temperatures.Any(t => t != TemperatureK))
            other.Add(string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", temperatures.Where(t => t != TemperatureK))} K"));
        return other.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"the jumps were learned from {Energy} at {TemperatureK:g6} K and are used for {string.Join(" at ", other)}: ")
            + "exact, and less often accepted";
    }

    /// <summary>The uniform law of T torsions before and T after.</summary>
    internal static TorusProposal Empty(int rotors, int singleHarmonics, int pairHarmonics) =>
        new([0], [new float[2 * rotors * CircleGrid.Nodes]], [], singleHarmonics, pairHarmonics);
}
