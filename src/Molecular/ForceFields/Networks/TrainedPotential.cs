using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using MolSampling.Flows.Storage;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using MolSampling.Potentials.Neural;

namespace MolSampling.Molecular.ForceFields.Networks;

/// <summary>How far a committee is from frames that no member was fitted to; energies up to a constant for each molecule.</summary>
/// <param name="Frames">Of them.</param>
/// <param name="EnergyMean">Mean absolute error, kJ/mol.</param>
/// <param name="EnergyRoot">Root mean square, kJ/mol.</param>
/// <param name="ForceMean">Of components, kJ/mol/nm.</param>
/// <param name="ForceRoot">Of components, kJ/mol/nm.</param>
/// <param name="Within68">Share of energies whose error is inside of what the spread says for 68 %.</param>
/// <param name="Within95">For 95 %.</param>
/// <param name="LogLikelihood">Mean of -ln p(error | spread), p Student's law of M - 1 degrees of freedom; nats, errors in kJ/mol.</param>
/// <param name="RankCorrelation">Spearman's, of spread and absolute error.</param>
public sealed record HeldOutErrors(int Frames, double EnergyMean, double EnergyRoot, double ForceMean, double ForceRoot, double Within68,
    double Within95, double LogLikelihood, double RankCorrelation);

/// <summary>
/// A potential that was trained here, as a folder: potential.json, which is this, and weights.safetensors. U = (energy of
/// <see cref="Base"/>) + the mean of M committees' members, each a network for every element on the features of <see cref="AniModel"/>.
/// </summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="Program">Version that made it.</param>
/// <param name="Name">For people.</param>
/// <param name="Law">What labelled the frames.</param>
/// <param name="Base">Name of the energy whose rest was learned; null for none.</param>
/// <param name="Features">Whose constants: "ani2x" or "ani1x".</param>
/// <param name="Elements">[E] atomic numbers.</param>
/// <param name="OwnEnergies">[E] kJ/mol, of the atoms alone.</param>
/// <param name="Hidden">Widths of hidden layers.</param>
/// <param name="Alpha">Of the activation celu.</param>
/// <param name="Members">M.</param>
/// <param name="Charges">Net charges of the molecules that it was trained on; empty where nobody said.</param>
/// <param name="Formulas">Their formulas.</param>
/// <param name="Smiles">The canonical SMILES of the one that was labelled here; null for a file's, whose bonds nobody said.</param>
/// <param name="Frames">Trained on, validation included.</param>
/// <param name="Calibration">What deviations of members from their mean are multiplied with, so that their spread is that of the errors
/// on the frames that were left out.</param>
/// <param name="UsualSpread">99 % of those frames have a smaller spread, kJ/mol, calibrated.</param>
/// <param name="HeldOut">Errors there; null if no frames were left out.</param>
/// <param name="Seed">Everything random follows from it.</param>
/// <param name="WeightsHash">SHA-256 of the other file.</param>
public sealed record TrainedPotential(int Schema, string Program, string Name, string Law, string? Base, string Features, int[] Elements,
    double[] OwnEnergies, int[] Hidden, double Alpha, int Members, int[] Charges, string[] Formulas, string? Smiles, int Frames,
    double Calibration, double UsualSpread, HeldOutErrors? HeldOut, ulong Seed, string WeightsHash)
{
    /// <summary>Of the format.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Names in the folder.</summary>
    public const string FileName = "potential.json", WeightsFile = "weights.safetensors";

    private const long LargestFile = 1 << 20, LargestWeights = 1L << 30; // characters, bytes
    private const int MostMembers = 64, MostLayers = 16, MostWidth = 1 << 16;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The model's features by name.</summary>
    internal static IReadOnlyDictionary<string, AniModel> FeatureModels { get; } = new Dictionary<string, AniModel>
    {
        ["ani2x"] = AniModel.TwoX,
        ["ani1x"] = AniModel.OneX,
    };

    /// <summary>The potential's file, if a name is that of one or of a folder with one; otherwise null.</summary>
    public static string? Locate(string name) =>
        File.Exists(Path.Combine(name, FileName)) ? Path.Combine(name, FileName)
        : Path.GetFileName(name) == FileName && File.Exists(name) ? name : null;

    /// <summary>The two files of a potential.</summary>
    /// <param name="file">Path of potential.json.</param>
    internal static IReadOnlyList<string> FilesOf(string file) => [file, Path.Combine(Path.GetDirectoryName(file)!, WeightsFile)];

    /// <summary>Reads potential.json.</summary>
    /// <exception cref="MoleculeFormatException">It cannot be read, or is none; one line.</exception>
    public static TrainedPotential Read(string file)
    {
        try
        {
            TrainedPotential read = JsonSerializer.Deserialize<TrainedPotential>(TextFile.ReadAll(file, LargestFile), s_json)
                ?? throw new MoleculeFormatException(file, 1, "the document is null");
            return read.WhyNot() is { } reason ? throw new MoleculeFormatException(file, 1, reason) : read;
        }
        catch (JsonException e)
        {
            throw new MoleculeFormatException(file, (int)(e.LineNumber ?? 0) + 1,
                $"this is no trained potential{(e.Path is { Length: > 2 } path ? $" ({path[2..]})" : "")}");
        }
    }

    private string? WhyNot() =>
        Schema != CurrentSchema ? $"format {Schema} of a trained potential: this version reads {CurrentSchema}"
        : !FeatureModels.ContainsKey(Features) ? $"features '{Features}': there are {string.Join(", ", FeatureModels.Keys)}"
        : Elements.Length is 0 or > 32 || OwnEnergies.Length != Elements.Length || !OwnEnergies.All(double.IsFinite)
            || !Elements.SequenceEqual(Elements.Distinct().Order()) ? "elements and their own energies do not fit"
        : Members is < 1 or > MostMembers || Hidden.Length is 0 or > MostLayers || Hidden.Any(h => h is < 1 or > MostWidth)
            ? $"{Members} members, hidden layers of {string.Join(", ", Hidden)}"
        : !(Alpha > 0) || !double.IsFinite(Alpha) || !(Calibration > 0) || !double.IsFinite(Calibration)
            ? "alpha or calibration is no positive number"
        : null;

    /// <summary>Reads the weights beside potential.json.</summary>
    /// <param name="file">Path of potential.json.</param>
    /// <exception cref="MoleculeFormatException">They are missing, others, or damaged.</exception>
    public AniWeights ReadWeights(string file)
    {
        string path = FilesOf(file)[1];
        InputFile.Require(path);
        if (new FileInfo(path).Length > LargestWeights)
            throw new MoleculeFormatException(path, 0, "is larger than any weights of a trained potential");
        byte[] bytes = File.ReadAllBytes(path);
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != WeightsHash)
            throw new MoleculeFormatException(path, 0, $"these are not the weights that {FileName} names (SHA-256)");
        try
        {
            return Weights(PlainTensors.Read(bytes, path));
        }
        catch (InvalidDataException e)
        {
            throw new MoleculeFormatException(path, 0, e.Message);
        }
    }

    /// <summary>The weights as the engine takes them.</summary>
    /// <param name="tensors">By <see cref="TensorName"/>.</param>
    /// <exception cref="InvalidDataException">One is missing or of another length.</exception>
    internal AniWeights Weights(IReadOnlyDictionary<string, float[]> tensors)
    {
        AniModel model = FeatureModels[Features].Of(Elements) with { Name = Name, Alpha = Alpha };
        int[] widths = [model.FeatureCount, .. Hidden, 1];
        return new(model, [.. OwnEnergies.Select(e => e / AniModel.KilojoulePerHartree)],
            [.. Enumerable.Range(0, Members).Select(m => new AniMember($"member{m}",
                [.. Elements.Select((_, e) => Layers(tensors, m, e, widths))], $"{WeightsHash} {m}"))])
        {
            IsOwn = true,
            Charges = Charges,
            Calibration = Calibration,
            UsualSpread = HeldOut is null || Members == 1 ? double.PositiveInfinity : UsualSpread,
        };
    }

    /// <summary>The potential of a molecule: the networks, on top of the energy whose rest they learned.</summary>
    /// <param name="weights">The networks'.</param>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="charge">Net.</param>
    /// <param name="unpairedElectrons">Of the molecule.</param>
    /// <param name="shared">The energy of <see cref="Base"/>; null where there is none.</param>
    /// <exception cref="ArgumentException">An element or a charge that it does not know.</exception>
    internal static Potential Potential(AniWeights weights, IReadOnlyList<int> atomicNumbers, IReadOnlyList<double> masses, int charge,
        int unpairedElectrons, Potential? shared)
    {
        var networks = new AniPotential(weights, atomicNumbers, masses, charge, unpairedElectrons);
        return shared is null ? networks : new CommitteeSum(shared, networks);
    }

    /// <summary>Name of a layer's tensors.</summary>
    internal static string TensorName(int member, int element, int layer, string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{member}.{element}.{layer}.{kind}");

    private static AniLayer[] Layers(IReadOnlyDictionary<string, float[]> tensors, int member, int element, int[] widths)
    {
        var layers = new AniLayer[widths.Length - 1];
        for (int l = 0; l < layers.Length; l++)
        {
            float[] Of(string kind, int count) => tensors.TryGetValue(TensorName(member, element, l, kind), out float[]? numbers)
                && numbers.Length == count && numbers.All(float.IsFinite) ? numbers
                : throw new InvalidDataException($"{TensorName(member, element, l, kind)} of {count} finite numbers is missing");
            layers[l] = new(widths[l], widths[l + 1], Of("weight", widths[l] * widths[l + 1]), Of("bias", widths[l + 1]));
        }
        layers[^1] = layers[^1] with // sums are in hartree, as published models have them
        {
            Weights = Array.ConvertAll(layers[^1].Weights, w => (float)(w / AniModel.KilojoulePerHartree)),
            Biases = Array.ConvertAll(layers[^1].Biases, b => (float)(b / AniModel.KilojoulePerHartree)),
        };
        return layers;
    }

    /// <summary>Writes potential.json, whole or not at all.</summary>
    public void Write(string file)
    {
        using var pending = new PendingFile(file);
        JsonSerializer.Serialize(pending.Stream, this, s_json);
        pending.Keep();
    }

    /// <summary>What somebody who uses it for a molecule should know.</summary>
    /// <param name="formula">Of the molecule.</param>
    /// <param name="smiles">Canonical, of the molecule.</param>
    public IReadOnlyList<string> NotesFor(string formula, string smiles)
    {
        string? other = !Formulas.Contains(formula) ? $"{string.Join(", ", Formulas)}, not on {formula}"
            // of two stereoisomers the networks know either
            : Smiles is not null && Smiles != smiles && (Smiles + smiles).IndexOfAny(['@', '/', '\\']) < 0
                ? $"{Smiles}, not on {smiles}" : null;
        return
        [
            .. other is null ? Array.Empty<string>() : [$"{Name} was trained on {other}: nothing is known of its errors here"],
            .. HeldOut is null && Members > 1
                ? new[] { $"no frames were left out when {Name} was trained: its members' spread was compared with no errors" } : [],
        ];
    }
}
