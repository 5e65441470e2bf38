using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers.Analysis.Properties;

/// <summary>
/// The averages of a run: energy, its heat capacity and the radius of gyration always, and those that were asked for, separated by commas:
/// <c>distance:I-J</c>, <c>noe:I-J</c>, <c>karplus:I-J-K-L:A:B:C</c> with atoms numbered from 1, <c>jhnha</c>, <c>dipole</c> and
/// <c>sasa</c>; with a <c>?</c> at the end those that a molecule does not have are passed over. The column of a property is called as it
/// was asked for, and jhnha's by chain and number of the residue: <c>jhnha:A2</c>.
/// </summary>
internal sealed class PropertyList
{
    /// <summary>Debye in an e nm.</summary>
    private const double Debye = 48.0320471;

    // J = A cos^2(phi - 60) + B cos(phi - 60) + C, Hz: G. W. Vuister, A. Bax, J. Am. Chem. Soc. 115 (1993) 7772
    private static readonly (double A, double B, double C) s_amide = (6.51, -1.76, 1.60);

    /// <summary>How many of the first are of energies alone.</summary>
    public const int Energetic = 2;

    private const int SurfaceSamples = 4096; // of which the mean area is taken: 1.6 % of the spread is far below other errors

    private static readonly string[] s_kinds = ["distance", "noe", "karplus", "jhnha", "dipole", "sasa"];

    private readonly (string[] Words, bool IsOptional)[] _asked;

    private PropertyList((string[], bool)[] asked) => _asked = asked;

    /// <summary>What nothing is asked for gives.</summary>
    public static PropertyList Usual { get; } = new([]);

    /// <summary>Reads a list.</summary>
    /// <exception cref="ArgumentException">It is none; one line.</exception>
    public static PropertyList Parse(string? text)
    {
        (string[] Words, bool)[] asked = [.. (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(p => (Words: p.TrimEnd('?').Split(':', StringSplitOptions.TrimEntries), p.EndsWith('?')))
            .DistinctBy(p => string.Join(':', p.Words))];
        foreach ((string[] words, _) in asked)
        {
            if (!s_kinds.Contains(words[0]))
                throw new ArgumentException(Spelling.Unknown("--property", words[0], s_kinds));
            (int Atoms, int Numbers) needs = words[0] switch { "distance" or "noe" => (2, 0), "karplus" => (4, 3), _ => (0, 0) };
            int length = 1 + (needs.Atoms > 0 ? 1 : 0) + needs.Numbers;
            if (words.Length != length || (needs.Atoms > 0 && AtomNumbers.Parse(words[1]).Length != needs.Atoms)
                || words.Skip(2).Any(w => !double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out double v)
                || !double.IsFinite(v)))
                throw new ArgumentException($"--property {string.Join(':', words)}: write "
                    + (needs.Atoms == 2 ? $"{words[0]}:I-J" : needs.Atoms == 4 ? "karplus:I-J-K-L:A:B:C" : words[0]));
        }
        return new(asked);
    }

    /// <summary>The properties of a molecule.</summary>
    /// <param name="input">The molecule.</param>
    /// <param name="charges">[N] e; null where the energy has none.</param>
    /// <param name="state">The temperature.</param>
    /// <param name="meanEnergy">kJ/mol, about which the heat capacity is taken.</param>
    /// <exception cref="MoleculeFormatException">An atom that the molecule does not have, or nothing to take an average of.</exception>
    public IReadOnlyList<EnsembleProperty> Of(RDKitMolecule input, IReadOnlyList<double>? charges, ThermodynamicState state,
        double meanEnergy)
    {
        double[] masses = [.. input.Molecule.Atoms.Select(a => a.Mass)];
        double scale = 1000 * state.Beta / state.Temperature; // J/mol/K from (kJ/mol)^2
        return
        [
            new("energy", "kJ/mol", static (_, energy) => energy),
            // of the potential energy; kinetic energy adds R/2 a degree of freedom
            new("heat capacity", "J/mol/K", (_, energy) => scale * (energy - meanEnergy) * (energy - meanEnergy)),
            new("radius of gyration", "nm", (x, _) => Math.Sqrt(SquareOfGyration(x.Span, masses))) { Column = "radius_of_gyration" },
            .. _asked.SelectMany(asked => Asked(asked.Words, asked.IsOptional, input, charges, masses)),
        ];
    }

    private static EnsembleProperty[] Asked(string[] words, bool isOptional, RDKitMolecule input, IReadOnlyList<double>? charges,
        double[] masses)
    {
        try
        {
            return [.. Asked(words, input, charges, masses).Select(p => p with { Column = p.Column ?? string.Join(':', words) })];
        }
        catch (MoleculeFormatException) when (isOptional)
        {
            return [];
        }
    }

    private static EnsembleProperty[] Asked(string[] words, RDKitMolecule input, IReadOnlyList<double>? charges,
        double[] masses)
    {
        Molecule molecule = input.Molecule;
        int[] atoms = words.Length > 1 ? AtomNumbers.Parse(words[1]) : [];
        if (atoms.Any(a => a < 0 || a >= masses.Length))
            throw new MoleculeFormatException(molecule.Name, 0,
                $"--property {string.Join(':', words)}: atoms are numbered from 1 to {masses.Length}");
        string names = AtomNumbers.Names(molecule, atoms);
        double[] numbers = [.. words.Skip(2).Select(w => double.Parse(w, CultureInfo.InvariantCulture))];
        return words[0] switch
        {
            "distance" => [new($"distance {names}", "nm", (x, _) => Distance(x.Span, atoms[0], atoms[1])) { Atoms = atoms }],
            // what the nuclear Overhauser effect of a molecule that tumbles slowly against its torsions sees
            "noe" => [new($"noe distance {names}", "nm", (x, _) => Math.Pow(Distance(x.Span, atoms[0], atoms[1]), -6))
                { Power = -1.0 / 6, ColumnUnit = "nm^-6", Atoms = atoms }],
            "karplus" => [new($"J {names}", "Hz", (x, _) => Karplus(Dihedral.Angle(x.Span, atoms[0], atoms[1], atoms[2], atoms[3]),
                (numbers[0], numbers[1], numbers[2]))) { Atoms = atoms }],
            "jhnha" => AmideCouplings(input),
            "sasa" => [new("solvent-accessible surface", "nm^2", Surface(molecule)) { MostSamples = SurfaceSamples }],
            _ => [new("dipole moment", "D", Dipole(molecule, charges, masses))],
        };
    }

    /// <summary>3J(HN, HA) of each residue that has a phi.</summary>
    private static EnsembleProperty[] AmideCouplings(RDKitMolecule input)
    {
        if (input.Residues is not { } topology)
            throw new MoleculeFormatException(input.Molecule.Name, 0, "--property jhnha needs a peptide (--peptide, PDB, mmCIF or .seq)");
        EnsembleProperty[] found = [.. Enumerable.Range(1, Math.Max(0, topology.Residues.Count - 1)).SelectMany(r =>
        {
            int before = Find(topology, r - 1, "C"), n = Find(topology, r, "N"), ca = Find(topology, r, "CA"),
                c = Find(topology, r, "C");
            // proline has no such hydrogen
            return before < 0 || ca < 0 || c < 0 || Find(topology, r, "H") < 0 ? (IEnumerable<EnsembleProperty>)[]
                : [new($"3J(HN,HA) {topology.Residues[r].Name} {topology.Residues[r].Number}", "Hz", (x, _) =>
                    Karplus(Dihedral.Angle(x.Span, before, n, ca, c) - Math.PI / 3, s_amide))
                    { Column = $"jhnha:{topology.Residues[r].Chain}{topology.Residues[r].Number}" }];
        })];
        return found.Length > 0 ? found : throw new MoleculeFormatException(input.Molecule.Name, 0,
            "--property jhnha: no residue has an amide hydrogen and a phi");
    }

    private static int Find(Topology topology, int residue, string name)
    {
        TopologyResidue r = topology.Residues[residue];
        for (int a = r.FirstAtom; a < r.FirstAtom + r.AtomCount; a++)
            if (topology.Atoms[a].Name == name)
                return a;
        return -1;
    }

    private static Func<ReadOnlyMemory<float>, double, double> Surface(Molecule molecule)
    {
        var surface = new SolventAccessibleSurface(molecule);
        return (x, _) => surface.Area(x.Span);
    }

    private static Func<ReadOnlyMemory<float>, double, double> Dipole(Molecule molecule, IReadOnlyList<double>? charges, double[] masses)
    {
        if (charges is null)
            throw new MoleculeFormatException(molecule.Name, 0, "--property dipole: this energy has no charges");
        double total = masses.Sum();
        return (memory, _) =>
        {
            // about the centre of mass, which matters for ions only
            ReadOnlySpan<float> x = memory.Span;
            double square = 0;
            for (int c = 0; c < 3; c++)
            {
                double moment = 0, centre = 0, charge = 0;
                for (int a = 0; a < masses.Length; a++)
                {
                    moment += charges[a] * x[3 * a + c];
                    centre += masses[a] / total * x[3 * a + c];
                    charge += charges[a];
                }
                square += (moment - charge * centre) * (moment - charge * centre);
            }
            return Debye * Math.Sqrt(square);
        };
    }

    /// <summary>J = A cos^2 t + B cos t + C: M. Karplus, J. Am. Chem. Soc. 85 (1963) 2870.</summary>
    private static double Karplus(double angle, (double A, double B, double C) k)
    {
        double cosine = Math.Cos(angle);
        return (k.A * cosine + k.B) * cosine + k.C;
    }

    private static double Distance(ReadOnlySpan<float> x, int a, int b)
    {
        double square = 0;
        for (int c = 0; c < 3; c++)
            square += (x[3 * a + c] - (double)x[3 * b + c]) * (x[3 * a + c] - (double)x[3 * b + c]);
        return Math.Sqrt(square);
    }

    /// <summary>Mass-weighted, nm^2.</summary>
    private static double SquareOfGyration(ReadOnlySpan<float> x, double[] masses)
    {
        double total = 0, square = 0;
        Span<double> first = stackalloc double[3];
        for (int a = 0; a < masses.Length; a++)
        {
            total += masses[a];
            for (int c = 0; c < 3; c++)
            {
                first[c] += masses[a] * x[3 * a + c];
                square += masses[a] * x[3 * a + c] * (double)x[3 * a + c];
            }
        }
        return Math.Max(0, square / total - (first[0] * first[0] + first[1] * first[1] + first[2] * first[2]) / (total * total));
    }
}
