using System.Runtime.InteropServices;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Labelled frames from files: extended xyz (.xyz, .extxyz) and numpy archives (.npz).</summary>
/// <param name="Sets">Frames of one formula each; of a file with atoms in the order of their numbers, since networks know no other.</param>
/// <param name="LeftOut">Frames whose energy or forces are not finite numbers, or where atoms coincide.</param>
/// <param name="Repeated">Frames at the positions of an earlier one, left out: what is learned must not be tested on.</param>
/// <param name="Charges">Net charges that frames name.</param>
internal sealed record FrameFile(IReadOnlyList<LabelledFrames> Sets, int LeftOut, int Repeated, IReadOnlyList<int> Charges)
{
    private const int MostAtoms = 1000;
    private const double LeastDistance = 0.03; // nm, of two atoms

    private static readonly string[] s_numbers = ["atomic_numbers", "z", "nuclear_charges", "numbers", "species"],
        s_positions = ["positions", "r", "coords", "coordinates", "pos"], s_energies = ["energy", "e", "energies"],
        s_forces = ["forces", "f", "force"];

    /// <summary>Whether a path is that of such a file.</summary>
    public static bool IsNamed(string path) => IsArchive(path)
        || Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant()
            is ".xyz" or ".extxyz";

    private static bool IsArchive(string path) => path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="energy">Unit; null for the format's own: eV of extended xyz, and none of an archive.</param>
    /// <param name="force">Unit; null for the energy's per Angstrom.</param>
    /// <param name="length">Unit; null for Angstrom.</param>
    /// <exception cref="MoleculeFormatException">It cannot be read.</exception>
    /// <exception cref="ArgumentException">Units that are missing or cannot be right; one line.</exception>
    public static FrameFile Read(string path, string? energy = null, string? force = null, string? length = null)
    {
        bool isArchive = IsArchive(path);
        if (isArchive && energy is null)
            throw new ArgumentException(
                $"{path}: an archive does not say its units: --energy-unit {string.Join(", ", Units.Energies.Keys)}");
        energy ??= "eV";
        var units = new LabelUnits(energy, force ?? energy + "/angstrom", length ?? "angstrom");
        FrameFile read = Collect((isArchive ? Archive(path) : Xyz(path)).Select(ByNumber), units, path);
        foreach (LabelledFrames set in read.Sets)
            units.Check(set, path);
        return read;
    }

    private static IEnumerable<LabelledGeometry> Xyz(string path)
    {
        using LineReader reader = TextFile.Open(path);
        foreach (LabelledGeometry frame in LabelledXyz.Read(reader, path))
            yield return frame;
    }

    private static IEnumerable<LabelledGeometry> Archive(string path)
    {
        Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(path);
        NumpyArray Of(string[] names) => names.Select(n => arrays.GetValueOrDefault(n)).FirstOrDefault(a => a is not null)
            ?? throw new MoleculeFormatException(path, 0,
                $"none of {string.Join(", ", names)} is there (arrays: {string.Join(", ", arrays.Keys)})");
        NumpyArray z = Of(s_numbers), x = Of(s_positions), e = Of(s_energies), f = Of(s_forces);
        if (x.Shape is not [int frames, int atoms, 3] || atoms is < 1 or > MostAtoms || !f.Shape.SequenceEqual(x.Shape)
            || e.Values.Length != frames || (z.Values.Length != atoms && z.Values.Length != frames * atoms))
            throw new MoleculeFormatException(path, 0, "positions and forces [frames, atoms, 3], energies [frames] and atomic numbers "
                + $"[atoms] are expected, not [{Shape(x)}], [{Shape(f)}], [{Shape(e)}] and [{Shape(z)}]");
        bool each = z.Values.Length > atoms;
        for (int s = 0; s < frames; s++)
        {
            int[] numbers = [.. z.Values.Skip(each ? s * atoms : 0).Take(atoms).Select(v => v is >= 1 and <= 118 && v == Math.Round(v)
                ? (int)v
                : throw new MoleculeFormatException(path, 0, $"{v} is no atomic number"))];
            yield return new(numbers, x.Values[(3 * atoms * s)..(3 * atoms * (s + 1))], e.Values[s],
                f.Values[(3 * atoms * s)..(3 * atoms * (s + 1))]);
        }

        static string Shape(NumpyArray array) => string.Join(", ", array.Shape);
    }

    /// <summary>The same frame with its atoms in the order of their numbers.</summary>
    internal static LabelledGeometry ByNumber(LabelledGeometry frame)
    {
        int[] order = [.. Enumerable.Range(0, frame.AtomicNumbers.Length).OrderBy(a => frame.AtomicNumbers[a])];
        double[] Rows(double[] all) => [.. order.SelectMany(a => all[(3 * a)..(3 * a + 3)])];
        return frame with
        {
            AtomicNumbers = [.. order.Select(a => frame.AtomicNumbers[a])],
            Positions = Rows(frame.Positions),
            Forces = Rows(frame.Forces),
        };
    }

    /// <summary>Frames by formula, or by the order of their elements.</summary>
    public static FrameFile Collect(IEnumerable<LabelledGeometry> frames, LabelUnits units, string source)
    {
        (double energy, double force, double length) = (units.EnergyFactor, units.ForceFactor, units.LengthFactor);
        var sets = new Dictionary<string, (int[] Numbers, List<float> X, List<double> E, List<float> F)>();
        var charges = new Dictionary<string, int?>();
        var seen = new HashSet<string>();
        int leftOut = 0, repeated = 0, all = 0;
        foreach (LabelledGeometry frame in frames)
        {
            all++;
            float[] x = [.. frame.Positions.Select(v => (float)(length * v))], f = [.. frame.Forces.Select(v => (float)(force * v))];
            if (!double.IsFinite(frame.Energy) || !f.All(float.IsFinite) || !x.All(float.IsFinite) || Coincide(x))
            {
                leftOut++;
                continue;
            }
            string key = string.Join(' ', frame.AtomicNumbers);
            if (!seen.Add(key + Convert.ToBase64String(MemoryMarshal.AsBytes(x.AsSpan()))))
            {
                repeated++;
                continue;
            }
            if (!sets.TryGetValue(key, out var set))
            {
                sets.Add(key, set = (frame.AtomicNumbers, [], [], []));
                charges.Add(key, frame.Charge);
            }
            if (charges[key] != frame.Charge)
                throw new MoleculeFormatException(source, 0, $"frames of {ChemicalElement.Formula(frame.AtomicNumbers)} with different "
                    + "charges: networks do not see a charge, so train one potential for each");
            set.X.AddRange(x);
            set.E.Add(energy * frame.Energy);
            set.F.AddRange(f);
        }
        return sets.Count > 0 ? new([.. sets.Values.Select(s => new LabelledFrames(s.Numbers, [.. s.X], [.. s.E], [.. s.F]))], leftOut,
                repeated, [.. charges.Values.OfType<int>().Distinct().Order()])
            : throw new MoleculeFormatException(source, 0, all == 0 ? "holds no frames"
                : $"none of its {all} frames has a finite energy, finite forces and atoms apart from each other");
    }

    private static bool Coincide(float[] x)
    {
        for (int a = 0; a < x.Length; a += 3)
            for (int b = 0; b < a; b += 3)
            {
                double dx = x[a] - x[b], dy = x[a + 1] - x[b + 1], dz = x[a + 2] - x[b + 2];
                if (dx * dx + dy * dy + dz * dz < LeastDistance * LeastDistance)
                    return true;
            }
        return false;
    }
}
