using System.Globalization;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Units of a file of labels, and whether its numbers can be what they are said to be. A wrong unit gives networks that look
/// trained, so it is looked for before: bonds are about an Angstrom long, root-mean-square force components of molecules at 100 to 2000 K
/// lie about 1,000 kJ/mol/nm, and energies scatter by what such forces do over a vibration.</summary>
internal sealed record LabelUnits(string Energy, string Force, string Length)
{
    private const double LeastForce = 150, MostForce = 8000; // kJ/mol/nm
    private const double Amplitude = 0.005, MostRatio = 12; // nm: sqrt(kT / k) of bonds and angles at 300 K
    private const double ShortestBond = 0.06, LongestBond = 0.175; // nm, mean over atoms of the nearest neighbour

    private const double LongestHydrogenBond = 0.14, LeastScatter = 5e-4, MostFactor = 2; // nm, nm
    private const int LeastBonds = 30, MostLooked = 500;

    // kJ/mol/nm^2, from stretching vibrations at 2950, 3350 and 3650 /cm
    private static readonly (int Heavy, double Constant)[] s_hydrogenBonds = [(6, 2.9e5), (7, 3.8e5), (8, 4.5e5)];

    /// <summary>kJ/mol.</summary>
    /// <exception cref="ArgumentException">No such unit.</exception>
    public double EnergyFactor => Of(Units.Energies, Energy, "energyUnit");

    /// <summary>nm.</summary>
    /// <exception cref="ArgumentException">No such unit.</exception>
    public double LengthFactor => Of(Units.Lengths, Length, "lengthUnit");

    /// <summary>kJ/mol/nm.</summary>
    /// <exception cref="ArgumentException">No such unit.</exception>
    public double ForceFactor
    {
        get
        {
            int slash = Force.LastIndexOf('/');
            return slash < 1
                ? throw new ArgumentException($"forceUnit '{Force}': an energy and a length, like kcal/mol/angstrom or hartree/bohr")
                : Of(Units.Energies, Force[..slash], "forceUnit") / Of(Units.Lengths, Force[(slash + 1)..], "forceUnit");
        }
    }

    /// <summary>Refuses numbers that cannot be in these units.</summary>
    /// <param name="frames">Converted.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="ArgumentException">One line that says which unit would fit.</exception>
    public void Check(LabelledFrames frames, string source)
    {
        if (frames.AtomicNumbers.Length < 2)
            throw new ArgumentException($"{source}: a frame of one atom has nothing to learn from");
        double bond = MeanNearest(frames), force = Math.Sqrt(frames.Forces.Average(f => (double)f * f));
        if (bond is < ShortestBond or > LongestBond)
            throw new ArgumentException(Text(
                $"{source}: nearest neighbours are {10 * bond:g3} Angstrom apart if lengths are in {Length}: is the unit ")
                + Fitting(Units.Lengths, LengthFactor, bond, ShortestBond, LongestBond, "lengthUnit"));
        if (force == 0)
            throw new ArgumentException($"{source}: all forces are zero");
        if (force is < LeastForce or > MostForce)
            throw new ArgumentException(Text(
                $"{source}: forces are {force:g3} kJ/mol/nm (root mean square) if they are in {Force}; molecules have about 1,000: is it ")
                + Fitting(Units.Energies, Of(Units.Energies, Force[..Force.LastIndexOf('/')], "forceUnit"), force, 2 * LeastForce,
                    MostForce / 2, Force.StartsWith(Energy, StringComparison.OrdinalIgnoreCase) ? "energyUnit" : "forceUnit"));
        CheckBonds(frames, source);
        if (frames.Count < 10)
            return;
        double mean = frames.Energies.Average(), scatter = Math.Sqrt(frames.Energies.Average(e => (e - mean) * (e - mean)));
        if (scatter < 1e-9 * force)
            throw new ArgumentException($"{source}: all frames of {ChemicalElement.Formula(frames.AtomicNumbers)} have the same energy");
        double ratio = scatter / (force * Amplitude * Math.Sqrt(0.5 * Math.Max(1, frames.Coordinates - 6)));
        if (ratio is > MostRatio or < 1 / MostRatio)
            throw new ArgumentException(
                Text($"{source}: energies scatter by {scatter:g3} kJ/mol if they are in {Energy}, which does not go with forces of ")
                + Text($"{force:g3} kJ/mol/nm: energies or forces have another unit (a factor of about {Math.Max(ratio, 1 / ratio):g2})"));
    }

    /// <summary>Forces along bonds to hydrogen against their lengths: the slope is minus the bond's force constant, which is known to some
    /// ten per cent whatever the molecule, so a wrong sign or a factor of 4 shows.</summary>
    private void CheckBonds(LabelledFrames frames, string source)
    {
        foreach ((int heavy, double constant) in s_hydrogenBonds)
        {
            double n = 0, r1 = 0, f1 = 0, rr = 0, rf = 0;
            foreach ((double r, double f) in HydrogenBonds(frames, heavy))
                (n, r1, f1, rr, rf) = (n + 1, r1 + r, f1 + f, rr + r * r, rf + r * f);
            double variance = rr / n - r1 / n * (r1 / n), slope = -(rf / n - r1 / n * (f1 / n)) / variance;
            if (!(n >= LeastBonds) || !(Math.Sqrt(variance) > LeastScatter) || slope / constant is > 1 / MostFactor and < MostFactor)
                continue;
            string bond = $"{ChemicalElement.Symbol(heavy)}-H";
            throw new ArgumentException(slope < 0
                ? $"{source}: forces push {bond} bonds apart where they are long: are they gradients, whose sign is the other?"
                : Text($"{source}: forces along {bond} bonds give them a force constant of {slope:g2} kJ/mol/nm^2 if they are in {Force}, ")
                + Text($"where it is about {constant:g2}: is the unit ")
                + Fitting(Units.Energies, Of(Units.Energies, Force[..Force.LastIndexOf('/')], "forceUnit"), slope, constant / MostFactor,
                    constant * MostFactor, Force.StartsWith(Energy, StringComparison.OrdinalIgnoreCase) ? "energyUnit" : "forceUnit"));
        }
    }

    /// <summary>Length and force along it, of every hydrogen that is bonded to such an atom and to no other.</summary>
    private static IEnumerable<(double Length, double Force)> HydrogenBonds(LabelledFrames frames, int heavy)
    {
        int[] z = frames.AtomicNumbers;
        if (!z.Contains(1) || !z.Contains(heavy))
            yield break;
        for (int s = 0; s < Math.Min(frames.Count, MostLooked); s++)
        {
            int at = s * frames.Coordinates;
            float X(int atom, int c) => frames.Positions[at + 3 * atom + c];
            for (int h = 0; h < z.Length; h++)
            {
                if (z[h] != 1)
                    continue;
                (int nearest, double least) = (-1, double.PositiveInfinity);
                for (int a = 0; a < z.Length; a++)
                {
                    double square = a == h ? double.PositiveInfinity
                        : Square(X(a, 0) - X(h, 0)) + Square(X(a, 1) - X(h, 1)) + Square(X(a, 2) - X(h, 2));
                    if (square < least)
                        (nearest, least) = (a, square);
                }
                double length = Math.Sqrt(least);
                if (nearest < 0 || z[nearest] != heavy || length > LongestHydrogenBond)
                    continue;
                double force = 0;
                for (int c = 0; c < 3; c++)
                    force += frames.Forces[at + 3 * h + c] * (X(h, c) - X(nearest, c)) / length;
                yield return (length, force);
            }
        }
    }

    private static double Square(double v) => v * v;

    private static double MeanNearest(LabelledFrames frames)
    {
        int atoms = frames.AtomicNumbers.Length, looked = Math.Min(frames.Count, 20);
        double sum = 0;
        for (int s = 0; s < looked; s++)
        {
            ReadOnlySpan<float> x = frames.Positions.AsSpan(s * frames.Coordinates, frames.Coordinates);
            for (int a = 0; a < atoms; a++)
            {
                double nearest = double.PositiveInfinity;
                for (int b = 0; b < atoms; b++)
                    if (b != a)
                        nearest = Math.Min(nearest, Math.Sqrt(Square(x[3 * a] - x[3 * b]) + Square(x[3 * a + 1] - x[3 * b + 1])
                            + Square(x[3 * a + 2] - x[3 * b + 2])));
                sum += nearest / ((double)atoms * looked);
            }
        }
        return sum;
    }

    private static string Fitting(IReadOnlyDictionary<string, double> units, double own, double value, double least, double most,
        string key) =>
        units.Where(u => value / own * u.Value >= least && value / own * u.Value <= most).Select(u => u.Key).ToArray()
            is { Length: > 0 } fit ? $"{string.Join(" or ", fit)} ({key})?" : $"another one? None of {string.Join(", ", units.Keys)} fits";

    private static double Of(IReadOnlyDictionary<string, double> units, string name, string key) =>
        units.FirstOrDefault(u => string.Equals(u.Key, name, StringComparison.OrdinalIgnoreCase)) is { Key: not null } found ? found.Value
            : throw new ArgumentException($"{key} '{name}': there are {string.Join(", ", units.Keys)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
