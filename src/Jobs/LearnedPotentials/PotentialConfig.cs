using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>How a potential is learned: the command line's options, or one JSON file. Either labels are in a file, or they are made for a
/// molecule.</summary>
public sealed record PotentialConfig
{
    private const string Kind = "training of a potential";

    /// <summary>A file of labelled frames: extended xyz, or a numpy archive. Null where labels are made.</summary>
    public string? Data { get; init; }

    /// <summary>Of the file's energies: kJ/mol, kcal/mol, eV or hartree; null for an extended xyz's eV.</summary>
    public string? EnergyUnit { get; init; }

    /// <summary>Of its forces, like hartree/bohr; null for the energies' per Angstrom.</summary>
    public string? ForceUnit { get; init; }

    /// <summary>Of its positions: angstrom, nm or bohr; null for angstrom.</summary>
    public string? LengthUnit { get; init; }

    /// <summary>A SMILES or an SDF file, for which labels are made. Null where they are in a file.</summary>
    public string? Molecule { get; init; }

    /// <summary>The energy that labels the frames of a molecule.</summary>
    public string Labels { get; init; } = "gfn2";

    /// <summary>Its implicit solvent.</summary>
    public string Solvent { get; init; } = "none";

    /// <summary>The energy whose rest is learned, which also makes the frames of a molecule.</summary>
    public string Base { get; init; } = "mmff94s";

    /// <summary>K, the lowest that frames of a molecule come from.</summary>
    public double Temperature { get; init; } = 300;

    /// <summary>K, the highest.</summary>
    public double Highest { get; init; } = 600;

    /// <summary>Frames to learn from, a tenth of them each member's validation; 0 for all that a file has.</summary>
    public int Frames { get; init; } = 1000;

    /// <summary>Frames that are left out, to measure errors and to scale the members' spread.</summary>
    public int Test { get; init; } = 500;

    /// <summary>Whose features: ani2x or ani1x.</summary>
    public string Features { get; init; } = "ani2x";

    /// <summary>Networks in the committee.</summary>
    public int Members { get; init; } = 4;

    /// <summary>Widths of hidden layers.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [128, 96, 64];

    /// <summary>Of the activation celu: the length over which it bends.</summary>
    public double Alpha { get; init; } = 3;

    /// <summary>Passes over the frames.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Frames a step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Of Adam, at first; it falls to zero by half a cosine.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Of squared energy errors (kJ/mol) beside squared errors of force components (kJ/mol/Angstrom).</summary>
    public double EnergyWeight { get; init; } = 0.05;

    /// <summary>All randomness follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>0 for all cores. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <inheritdoc cref="ConfigJson.Read"/>
    public static PotentialConfig Read(string path) => ConfigJson.Read<PotentialConfig>(path, Kind);

    /// <summary>As JSON.</summary>
    public string ToJson() => ConfigJson.Write(this);

    /// <summary>The JSON schema of the file.</summary>
    public static string Schema() => ConfigJson.Schema<PotentialConfig>(Kind);

    /// <summary>What is learned, for people.</summary>
    internal string Name => Data is not null ? Path.GetFileNameWithoutExtension(Data)
        : SystemLoader.Kind(Molecule ?? "") == "smiles" ? Molecule ?? "" : Path.GetFileNameWithoutExtension(Molecule!);

    /// <summary>SHA-256 of what a training depends on beside its labels: where these come from has no say in it.</summary>
    internal string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((this with
    {
        Threads = 0,
        Data = null,
        Molecule = null,
        Labels = "",
    }).ToJson())));

    /// <summary>The same with whole paths: a training is resumed in other folders.</summary>
    internal PotentialConfig Rooted() => this with
    {
        Data = Data is null ? null : Path.GetFullPath(Data),
        Molecule = Molecule is null || SystemLoader.Kind(Molecule) == "smiles" ? Molecule : Path.GetFullPath(Molecule),
        Labels = TrainedPotential.Locate(Labels) is { } file ? Path.GetFullPath(file) : Labels,
    };

    /// <summary>Refuses settings that make no training.</summary>
    /// <exception cref="ArgumentException">One line that names the setting.</exception>
    internal void Check()
    {
        if ((Data is null) == (Molecule is null))
            throw new ArgumentException(
                "a potential is learned from a file of labelled frames (.xyz, .npz), or for a molecule (a SMILES or an SDF)");
        if (Data is null && (EnergyUnit ?? ForceUnit ?? LengthUnit) is not null)
            throw new ArgumentException("units are of a file of labelled frames: labels that are made here have none");
        if (!(Temperature > 0) || !(Highest >= Temperature) || Highest > 5000)
            throw new ArgumentException($"temperatures from {Temperature} to {Highest} K: above 0, to 5000 at most, the second no lower");
        foreach ((string name, long value, long least, long most) in new[] { ("frames", Frames, Data is null ? 20L : 0, 1_000_000L),
            ("test", Test, 0, 1_000_000), ("members", Members, 1, 64), ("epochs", Epochs, 1, 100_000), ("batch", Batch, 1, 10_000),
            ("hidden layers", Hidden.Count, 1, 8) })
            if (value < least || value > most)
                throw new ArgumentException($"{name} must lie between {least} and {most}, not {value}");
        if (Hidden.Any(h => h is < 1 or > 4096))
            throw new ArgumentException($"hidden layers of {string.Join(", ", Hidden)}: each from 1 to 4096 wide");
        if (Test is > 0 and < 20)
            throw new ArgumentException($"test {Test}: 0, or at least 20 frames, from which errors can be measured");
        if (!(LearningRate > 0) || LearningRate > 1 || !(EnergyWeight >= 0) || EnergyWeight > 1e6 || !(Alpha >= 0.01) || Alpha > 100)
            throw new ArgumentException($"learningRate {LearningRate}, energyWeight {EnergyWeight}, alpha {Alpha}: above 0 and at most 1; "
                + "0 to 1e6; 0.01 to 100");
        if (!TrainedPotential.FeatureModels.ContainsKey(Features))
            throw new ArgumentException($"features '{Features}': there are {string.Join(", ", TrainedPotential.FeatureModels.Keys)}");
        if (Molecule is null)
            return;
        MoleculeEnergies.RequireFit(Labels, Solvent, null);
        MoleculeEnergies.RequireFit(Base, MoleculeEnergies.Vacuum, null);
        if (MoleculeEnergies.IsCostly(Base))
            throw new ArgumentException($"base {Base}: a force field, which makes thousands of frames a second");
    }
}
