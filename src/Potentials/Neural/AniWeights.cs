using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials.Neural;

/// <summary>
/// Weights of a model of ANI's kind: one's own, or the published ones, as they lie in <c>resources/ani-*_8x</c> of
/// github.com/aiqm/ani-model-zoo (MIT): folders <c>trainM/networks</c>, one a member, with <c>ANN-E.nnf-lL.wparam</c> (float32,
/// little-endian, [outputs, inputs]) and <c>.bparam</c> ([outputs]) for element E and layer L, and <c>sae_linfit.dat</c>, the atoms' own
/// energies in hartree. A folder of one member will do.
/// </summary>
/// <remarks>Widths of layers follow from the files' lengths; a <c>*.params</c> beside them is read to see that its constants are those of
/// the model.</remarks>
public sealed class AniWeights
{
    private const string SelfEnergyFile = "sae_linfit.dat";

    /// <param name="model">Elements and constants.</param>
    /// <param name="selfEnergies">[E] hartree.</param>
    /// <param name="members">[M].</param>
    internal AniWeights(AniModel model, double[] selfEnergies, IReadOnlyList<AniMember> members) =>
        (Model, SelfEnergies, Members) = (model, selfEnergies, members);

    /// <summary>Whether they were trained here: then an ensemble of any size is whole.</summary>
    internal bool IsOwn { get; init; }

    /// <summary>Net charges of molecules that they were trained on; empty where they are not known, which are all then.</summary>
    internal IReadOnlyList<int> Charges { get; init; } = [0];

    /// <summary>What members' deviations from their mean are multiplied with, so that their spread is that of true errors as measured on
    /// frames that were left out; 1 where nobody measured.</summary>
    public double Calibration { get; internal init; } = 1;

    /// <summary>See <see cref="ICommittee.UsualSpread"/>.</summary>
    internal double UsualSpread { get; init; } = double.PositiveInfinity;

    /// <summary>Elements and constants, with the name that the self-energies tell.</summary>
    public AniModel Model { get; }

    /// <summary>[E] energies of the atoms alone, hartree.</summary>
    public IReadOnlyList<double> SelfEnergies { get; }

    /// <summary>M, models whose mean is the energy.</summary>
    public int MemberCount => Members.Count;

    /// <summary>[M] the members' folders: "train0".</summary>
    public IReadOnlyList<string> MemberNames => [.. Members.Select(m => m.Name)];

    /// <summary>For people: "ANI-2x (8 members)".</summary>
    public string Name => $"{Model.Name} ({MemberCount switch
    {
        1 => Members[0].Name,
        _ when IsOwn || MemberCount == AniModel.PublishedMembers => $"{MemberCount} members",
        _ => $"{MemberCount} of {AniModel.PublishedMembers} members",
    }})";

    /// <summary>What somebody who expects the published ensemble should know; null if all of it is here.</summary>
    public string? Note => IsOwn || MemberCount == AniModel.PublishedMembers ? null : string.Create(CultureInfo.InvariantCulture,
        $"{Model.Name} as published is the mean of {AniModel.PublishedMembers} members; this is {MemberCount} ")
        + $"({string.Join(", ", MemberNames)})";

    /// <summary>SHA-256 of everything that an energy depends on.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"ANI {string.Join(' ', Model.Symbols)}, {Model.FeatureCount} features, {Model.CosineFactor:r}; ")
        + (IsOwn ? string.Create(CultureInfo.InvariantCulture, $"celu {Model.Alpha:r}, spread {Calibration:r}; ") : "")
        + string.Join(' ', SelfEnergies.Select(e => e.ToString("r", CultureInfo.InvariantCulture))) + "; "
        + string.Join(' ', Members.Select(m => m.Hash)))));

    internal IReadOnlyList<AniMember> Members { get; }

    /// <summary>One member alone.</summary>
    /// <param name="member">From 0 to <see cref="MemberCount"/> - 1, in the order of <see cref="MemberNames"/>.</param>
    /// <exception cref="ArgumentException">There is none of that number.</exception>
    public AniWeights Only(int member) => (uint)member < (uint)MemberCount
        ? new(Model, [.. SelfEnergies], [Members[member]]) { IsOwn = IsOwn, Charges = Charges }
        : throw new ArgumentException($"{Model.Name} has no member {member} here, only 0 to {MemberCount - 1}.");

    /// <summary>The same weights under constants of one's own, for tests.</summary>
    internal AniWeights With(AniModel model) => new(model, [.. SelfEnergies], Members);

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">With <c>trainM/networks</c>, or of one member: <c>trainM</c> or <c>networks</c>, with the self-energies there
    /// or up to two folders above.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">Something in it is missing or is no such file; one line that names the file.</exception>
    public static AniWeights Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: no such folder");
        (string Name, string Path)[] members = FindMembers(Path.GetFullPath(folder));
        if (members.Length == 0)
            throw new InvalidDataException($"{folder}: no weights of ANI: neither trainM/networks nor ANN-H.nnf-l1.wparam");
        string selfEnergies = FindAbove(Path.GetFullPath(folder), SelfEnergyFile)
            ?? throw new InvalidDataException($"{Path.Combine(folder, SelfEnergyFile)} is missing: the atoms' own energies");
        Dictionary<string, double> energies = ReadSelfEnergies(selfEnergies);
        AniModel model = Array.Find([AniModel.TwoX, AniModel.OneX], m => energies.Keys.ToHashSet().SetEquals(m.Symbols))
            ?? throw new InvalidDataException($"{selfEnergies}: elements {string.Join(' ', energies.Keys)}; ANI-2x has "
                + $"{string.Join(' ', AniModel.TwoX.Symbols)}, ANI-1x and ANI-1ccx have {string.Join(' ', AniModel.OneX.Symbols)}");
        double[] own = [.. model.Symbols.Select(s => energies[s])];
        model = model with { Name = NameOf(model, energies["C"]) };
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(selfEnergies)!, "*.params").Order(StringComparer.Ordinal))
            AniParameterFile.Check(file, model);
        return new(model, own, [.. members.Select(m => ReadMember(m.Name, m.Path, model))]);
    }

    private static (string Name, string Path)[] FindMembers(string folder)
    {
        if (File.Exists(Path.Combine(folder, LayerFile("H", 1, "wparam"))))
            return [(Path.GetFileName(Path.GetFileName(folder) == "networks" ? Path.GetDirectoryName(folder) : folder)!, folder)];
        if (Directory.Exists(Path.Combine(folder, "networks")))
            return [(Path.GetFileName(folder), Path.Combine(folder, "networks"))];
        const string train = "train";
        return [.. Directory.EnumerateDirectories(folder, train + "*").Select(Path.GetFileName)
            .Where(name => int.TryParse(name.AsSpan(train.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderBy(name => int.Parse(name.AsSpan(train.Length), NumberStyles.None, CultureInfo.InvariantCulture))
            .Select(name => (name!, Path.Combine(folder, name!, "networks")))];
    }

    private static string? FindAbove(string folder, string file)
    {
        string? place = folder;
        for (int level = 0; level < 3 && place is not null; level++, place = Path.GetDirectoryName(place))
            if (File.Exists(Path.Combine(place, file)))
                return Path.Combine(place, file);
        return null;
    }

    // the self-energies are fitted to each model's own level of theory
    private static string NameOf(AniModel model, double carbon)
    {
        (string Name, double Carbon)[] known = [("ANI-2x", -38.08933878), ("ANI-1x", -38.08316124), ("ANI-1ccx", -38.03750806)];
        return Array.Find(known, k => Math.Abs(k.Carbon - carbon) < 1e-6).Name ?? $"ANI of {string.Join(' ', model.Symbols)}";
    }

    /// <summary>Lines like "H,0=-0.5978583943827134".</summary>
    private static Dictionary<string, double> ReadSelfEnergies(string file)
    {
        var energies = new Dictionary<string, double>(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            int comma = line.IndexOf(',', StringComparison.Ordinal), equals = line.IndexOf('=', StringComparison.Ordinal);
            if (comma < 1 || equals < comma || !double.TryParse(line.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture,
                out double energy) || !double.IsFinite(energy) || !energies.TryAdd(line[..comma].Trim(), energy))
                throw new InvalidDataException($"{file}, line {number}: an element, a comma, its number, '=' and an energy are expected");
        }
        return energies;
    }

    private static AniMember ReadMember(string name, string folder, AniModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var networks = new List<IReadOnlyList<AniLayer>>();
        foreach (string symbol in model.Symbols)
        {
            var layers = new List<AniLayer>();
            do
                layers.Add(ReadLayer(folder, symbol, layers.Count + 1, layers.Count == 0 ? model.FeatureCount : layers[^1].Outputs, hash));
            while (layers[^1].Outputs > 1);
            if (layers.Count == 1)
                throw new InvalidDataException(
                    $"{Path.Combine(folder, LayerFile(symbol, 1, "bparam"))}: a network of one layer; ANI's have hidden ones");
            networks.Add(layers);
        }
        return new(name, networks, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static AniLayer ReadLayer(string folder, string symbol, int number, int inputs, IncrementalHash hash)
    {
        string biases = Path.Combine(folder, LayerFile(symbol, number, "bparam")),
            weights = Path.Combine(folder, LayerFile(symbol, number, "wparam"));
        foreach (string file in new[] { weights, biases })
            if (!File.Exists(file))
                throw new InvalidDataException($"{file} is missing");
        const int most = 1 << 16; // outputs: wider networks of this kind do not exist
        long bytes = new FileInfo(biases).Length, outputs = bytes / sizeof(float), own = new FileInfo(weights).Length;
        if (bytes % sizeof(float) != 0 || outputs is < 1 or > most)
            throw new InvalidDataException($"{biases}: {bytes} bytes are no list of single-precision numbers, one an output");
        if (own != outputs * inputs * sizeof(float))
            throw new InvalidDataException(
                $"{weights}: {own} bytes; {outputs} outputs of {inputs} inputs are {outputs * inputs * sizeof(float)}");
        return new(inputs, (int)outputs, ReadNumbers(weights, hash), ReadNumbers(biases, hash));
    }

    private static float[] ReadNumbers(string file, IncrementalHash hash)
    {
        byte[] bytes = File.ReadAllBytes(file);
        hash.AppendData(bytes);
        float[] numbers = new float[bytes.Length / sizeof(float)];
        for (int k = 0; k < numbers.Length; k++)
        {
            numbers[k] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(k * sizeof(float)));
            if (!float.IsFinite(numbers[k]))
                throw new InvalidDataException($"{file}: number {k + 1} is {numbers[k].ToString(CultureInfo.InvariantCulture)}");
        }
        return numbers;
    }

    private static string LayerFile(string symbol, int layer, string kind) => $"ANN-{symbol}.nnf-l{layer}.{kind}";
}
