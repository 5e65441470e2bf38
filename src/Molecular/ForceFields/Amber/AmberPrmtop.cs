using System.Globalization;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Terms;

namespace MolSampling.Molecular.ForceFields.Amber;

/// <summary>
/// A system from an Amber parameter file (prmtop): https://ambermd.org/FileFormats.php#topology. Lengths in Angstrom, energies in kcal/mol
/// and charges in 1/18.2223 e become the engine's units here.
/// </summary>
/// <param name="AtomNames">[N].</param>
/// <param name="AtomicNumbers">[N]; by mass where the file gives none.</param>
/// <param name="ResidueNames">In order.</param>
/// <param name="ResidueStarts">First atom of each residue.</param>
/// <param name="System">The numbers, without implicit solvent.</param>
/// <param name="BornRadii">[N] nm and [N] descreening factors; null if the file has none.</param>
public sealed record AmberPrmtop(IReadOnlyList<string> AtomNames, IReadOnlyList<int> AtomicNumbers, IReadOnlyList<string> ResidueNames,
    IReadOnlyList<int> ResidueStarts, ClassicalSystem System, (IReadOnlyList<double> Radii, IReadOnlyList<double> Scales)? BornRadii)
{
    private const double ChargeUnit = 18.2223; // sqrt of Amber's 332.05 kcal Angstrom/mol/e^2
    private const double Kj = Units.KilojoulePerKilocalorie, Nm = Units.NanometrePerAngstrom;
    private static readonly string[] s_refused =
        ["CMAP_COUNT", "CHARMM_CMAP_COUNT", "CHARMM_UREY_BRADLEY_COUNT", "LENNARD_JONES_CCOEF", "POLARIZABILITY", "AMOEBA_FORCEFIELD"];

    private static readonly (int Number, double Mass)[] s_commonMasses =
        [(1, 1.008), (6, 12.011), (7, 14.007), (8, 15.999), (9, 18.998), (11, 22.99), (12, 24.305), (15, 30.974), (16, 32.06), (17, 35.45),
            (19, 39.098), (20, 40.078), (30, 65.38), (35, 79.904), (53, 126.9)];

    /// <summary>Atoms, residues and bonds of the file.</summary>
    public Topology Topology()
    {
        var residues = new List<TopologyResidue>();
        for (int r = 0; r < ResidueNames.Count; r++)
        {
            int end = r + 1 < ResidueStarts.Count ? ResidueStarts[r + 1] : AtomNames.Count;
            residues.Add(new(ResidueNames[r], "A", $"{r + 1}", ResidueStarts[r], end - ResidueStarts[r]));
        }
        int ResidueOf(int atom) => residues.FindLastIndex(r => r.FirstAtom <= atom);
        return new([.. AtomNames.Select((name, i) => new TopologyAtom(name, ChemicalElement.Symbol(AtomicNumbers[i]), AtomicNumbers[i],
            ResidueOf(i)))], residues,
            [.. System.Bonds.Select(b => new TopologyBond(b.I, b.J))]);
    }

    /// <summary>The system in a solvent by name: "none", or one of <see cref="BornModels"/>.</summary>
    /// <exception cref="ArgumentException">The file has no radii.</exception>
    public ClassicalSystem In(string solvent) => BornModels.Find(solvent) is { } model ? WithImplicitSolvent(model) : System;

    /// <summary>Coordinates that go with the file.</summary>
    /// <param name="file">An inpcrd, rst7 or crd.</param>
    /// <returns>[N, 3] nm.</returns>
    /// <exception cref="MoleculeFormatException">It cannot be read, or has another number of atoms.</exception>
    public double[] ReadCoordinates(string file)
    {
        double[] x = AmberCoordinates.Read(file);
        return x.Length == 3 * AtomNames.Count ? x : throw new MoleculeFormatException(Path.GetFileName(file), 2,
            $"{x.Length / 3} atoms, the prmtop file has {AtomNames.Count}");
    }

    /// <summary>The system in an implicit solvent with the file's radii: OBC wants mbondi or mbondi2, GBn bondi and GBn2 mbondi3 (LEaP's
    /// <c>set default PBRadii</c>). Descreening factors are the file's for OBC, the model's own for GBn and GBn2, as in Amber.</summary>
    /// <exception cref="ArgumentException">The file has no radii.</exception>
    /// <exception cref="ParameterizationException">An element or a radius that the model has not.</exception>
    public ClassicalSystem WithImplicitSolvent(BornModel model)
    {
        if (BornRadii is not { } born)
            throw new ArgumentException("The prmtop file has no RADII and SCREEN sections, so an implicit solvent cannot be added.");
        return System with { ImplicitSolvent = model.NeckScale() == 0 ? new(model, born.Radii, born.Scales)
            : NeckElements.Solvent(model, Topology(), born.Radii) };
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="MoleculeFormatException">Not a prmtop, cut off, or with terms that the engine has not.</exception>
    public static AmberPrmtop Read(string path)
    {
        var file = new AmberParameterFile(path);
        foreach (string flag in s_refused)
            if (file.Has(flag))
                throw file.Error(flag, $"{flag} is not supported (CMAP, CHARMM, 12-6-4 and polarizable force fields are not)");
        int[] pointers = file.Integers("POINTERS", 30);
        if (Array.FindIndex(pointers, p => p < 0) is >= 0 and int negative)
            throw file.Error("POINTERS", negative, $"POINTERS: a count of {pointers[negative]}");
        int n = pointers[0], types = pointers[1], residues = pointers[11];
        if (n == 0 || types == 0 || residues == 0)
            throw file.Error("POINTERS", $"POINTERS: {n} atoms of {types} Lennard-Jones types in {residues} residues");
        if (pointers[27] != 0)
            throw file.Error("POINTERS",
                "a periodic box (IFBOX) is not supported by this reader: big periodic systems belong to OpenMM (System XML)");
        double[] charges = [.. file.Reals("CHARGE", n).Select(q => q / ChargeUnit)];
        double[] masses = file.Reals("MASS", n)[..n];
        if (Array.FindIndex(masses, m => m <= 0) is >= 0 and int massless)
            throw file.Error("MASS", massless, $"atom {massless + 1} has no mass: extra points are not supported");
        (double Sigma, double Epsilon)[] lennardJones = LennardJones(file, n, types);
        (PeriodicTorsionParameters[] torsions, ExceptionPair[] exceptions) = Torsions(file, n, pointers, charges, lennardJones);
        var system = new ClassicalSystem
        {
            Masses = masses,
            Bonds = Bonds(file, n, pointers),
            Angles = Angles(file, n, pointers),
            Torsions = torsions,
            Particles = [.. Enumerable.Range(0, n).Select(i => new NonbondedParticle(charges[i], lennardJones[i].Sigma,
                lennardJones[i].Epsilon))],
            Exceptions = exceptions,
        };
        return new(file.Words("ATOM_NAME", n), AtomicNumberOf(file, n, masses), file.Words("RESIDUE_LABEL", residues),
            ResidueStartsOf(file, n, residues), system,
            file.Has("RADII") && file.Has("SCREEN") ? ([.. file.Reals("RADII", n).Take(n).Select(r => r * Nm)],
                [.. file.Reals("SCREEN", n).Take(n)]) : null);
    }

    private static int[] AtomicNumberOf(AmberParameterFile file, int n, double[] masses)
    {
        if (!file.Has("ATOMIC_NUMBER"))
            return [.. masses.Select(ByMass)];
        int[] numbers = file.Integers("ATOMIC_NUMBER", n)[..n];
        int strange = Array.FindIndex(numbers, z => z is < 1 or > 118);
        return strange < 0 ? numbers : throw file.Error("ATOMIC_NUMBER", strange,
            $"atom {strange + 1} has the atomic number {numbers[strange]}");
    }

    /// <summary>The first residue begins with the first atom, and each of the others behind the one before.</summary>
    private static int[] ResidueStartsOf(AmberParameterFile file, int n, int residues)
    {
        int[] starts = file.Integers("RESIDUE_POINTER", residues)[..residues];
        for (int r = 0; r < residues; r++)
            if (starts[r] > n || (r == 0 ? starts[r] != 1 : starts[r] <= starts[r - 1]))
                throw file.Error("RESIDUE_POINTER", r,
                    $"residue {r + 1} begins with atom {starts[r]}, of {n} there are, {(r == 0 ? "instead of the first" : $"after one that begins with atom {starts[r - 1]}")}");
        return [.. starts.Select(s => s - 1)];
    }

    /// <summary>A = 4 eps sigma^12, B = 4 eps sigma^6 of each type with itself; the mixed ones must follow from them.</summary>
    private static (double, double)[] LennardJones(AmberParameterFile file, int n, int types)
    {
        int[] type = file.Integers("ATOM_TYPE_INDEX", n), index = file.Integers("NONBONDED_PARM_INDEX", (long)types * types);
        int strange = Array.FindIndex(type, 0, n, t => t < 1 || t > types);
        if (strange >= 0)
            throw file.Error("ATOM_TYPE_INDEX", strange,
                $"atom {strange + 1} names Lennard-Jones type {type[strange]}, of {types} there are");
        long pairs = (long)types * (types + 1) / 2;
        double[] a = file.Reals("LENNARD_JONES_ACOEF", pairs), b = file.Reals("LENNARD_JONES_BCOEF", pairs);
        int Row(int i, int j)
        {
            int row = index[types * i + j] - 1;
            return row >= 0 && row < pairs ? row : throw file.Error("NONBONDED_PARM_INDEX", types * i + j,
                $"types {i + 1} and {j + 1} have a 10-12 hydrogen-bond term or no entry: not supported");
        }
        var own = new (double Sigma, double Epsilon)[types];
        for (int t = 0; t < types; t++)
        {
            (double ca, double cb) = (a[Row(t, t)], b[Row(t, t)]);
            // an atom without Lennard-Jones (a hydroxyl's hydrogen) gets a length that is harmless
            own[t] = ca <= 0 || cb <= 0 ? (0.1, 0) : (Math.Pow(ca / cb, 1.0 / 6) * Nm, cb * cb / (4 * ca) * Kj);
        }
        for (int i = 0; i < types; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double sigma = (own[i].Sigma + own[j].Sigma) / (2 * Nm), epsilon = Math.Sqrt(own[i].Epsilon * own[j].Epsilon) / Kj,
                    s6 = Math.Pow(sigma, 6);
                (double ca, double cb) = (a[Row(i, j)], b[Row(i, j)]);
                if (Math.Abs(ca - 4 * epsilon * s6 * s6) > 1e-5 * Math.Abs(ca) + 1e-12
                    || Math.Abs(cb - 4 * epsilon * s6) > 1e-5 * Math.Abs(cb) + 1e-12)
                    throw file.Error("LENNARD_JONES_ACOEF",
                        $"the Lennard-Jones term of types {j + 1} and {i + 1} does not follow the combination rules (NBFIX): not supported");
            }
        }
        return [.. type.Take(n).Select(t => own[t - 1])];
    }

    private static HarmonicBondParameters[] Bonds(AmberParameterFile file, int n, int[] pointers)
    {
        double[] k = file.Reals("BOND_FORCE_CONSTANT", pointers[15]), length = file.Reals("BOND_EQUIL_VALUE", pointers[15]);
        return [.. Rows(file, n, "BONDS", "bond", 2, (pointers[2], pointers[3]), pointers[15]).Select(r =>
            new HarmonicBondParameters(Atom(r[0]), Atom(r[1]), length[r[2] - 1] * Nm, 2 * k[r[2] - 1] * Kj / (Nm * Nm)))];
    }

    private static HarmonicAngleParameters[] Angles(AmberParameterFile file, int n, int[] pointers)
    {
        double[] k = file.Reals("ANGLE_FORCE_CONSTANT", pointers[16]), angle = file.Reals("ANGLE_EQUIL_VALUE", pointers[16]);
        return [.. Rows(file, n, "ANGLES", "angle", 3, (pointers[4], pointers[5]), pointers[16]).Select(r =>
            new HarmonicAngleParameters(Atom(r[0]), Atom(r[1]), Atom(r[2]), angle[r[3] - 1], 2 * k[r[3] - 1] * Kj))];
    }

    /// <summary>Torsions, and the pairs that do not interact or do so scaled: ends of proper torsions by SCEE and SCNB, the rest of
    /// EXCLUDED_ATOMS_LIST not at all.</summary>
    private static (PeriodicTorsionParameters[], ExceptionPair[]) Torsions(AmberParameterFile file, int n, int[] pointers, double[] charges,
        (double Sigma, double Epsilon)[] lennardJones)
    {
        int kinds = pointers[17];
        double[] k = file.Reals("DIHEDRAL_FORCE_CONSTANT", kinds), periodicity = file.Reals("DIHEDRAL_PERIODICITY", kinds),
            phase = file.Reals("DIHEDRAL_PHASE", kinds);
        double[] scee = file.Has("SCEE_SCALE_FACTOR") ? file.Reals("SCEE_SCALE_FACTOR", kinds) : [.. Enumerable.Repeat(1.2, kinds)];
        double[] scnb = file.Has("SCNB_SCALE_FACTOR") ? file.Reals("SCNB_SCALE_FACTOR", kinds) : [.. Enumerable.Repeat(2.0, kinds)];
        var torsions = new List<PeriodicTorsionParameters>();
        var pairs = new SortedDictionary<(int, int), ExceptionPair>();
        foreach (int[] row in Rows(file, n, "DIHEDRALS", "torsion", 4, (pointers[6], pointers[7]), kinds))
        {
            int kind = row[4] - 1, i = Atom(row[0]), l = Atom(row[3]);
            if (k[kind] != 0 && Math.Abs(periodicity[kind]) is var times
                && (times != Math.Round(times) || times is < 1 or > PeriodicTorsion.HighestPeriodicity))
                throw file.Error("DIHEDRAL_PERIODICITY", kind,
                    $"torsion type {kind + 1} has the periodicity {times.ToString(CultureInfo.InvariantCulture)}: 1 to {PeriodicTorsion.HighestPeriodicity} are possible");
            if (k[kind] != 0)
                torsions.Add(new(i, Atom(row[1]), Atom(row[2]), l, (int)Math.Abs(periodicity[kind]), phase[kind], k[kind] * Kj));
            // a negative third index: the pair is counted elsewhere; a negative fourth: an improper torsion
            if (row[2] >= 0 && row[3] >= 0 && scee[kind] != 0 && scnb[kind] != 0)
                pairs[(Math.Min(i, l), Math.Max(i, l))] = new(i, l, charges[i] * charges[l] / scee[kind],
                    (lennardJones[i].Sigma + lennardJones[l].Sigma) / 2,
                        Math.Sqrt(lennardJones[i].Epsilon * lennardJones[l].Epsilon) / scnb[kind]);
        }
        int[] counts = file.Integers("NUMBER_EXCLUDED_ATOMS", n), excluded = file.Integers("EXCLUDED_ATOMS_LIST", pointers[10]);
        if (Array.FindIndex(counts, 0, n, c => c < 0) is >= 0 and int negative)
            throw file.Error("NUMBER_EXCLUDED_ATOMS", negative, $"atom {negative + 1} has {counts[negative]} excluded atoms");
        if (counts.Take(n).Sum(c => (long)c) is var all && all > excluded.Length)
            throw file.Error("NUMBER_EXCLUDED_ATOMS", $"NUMBER_EXCLUDED_ATOMS: {all} in all, EXCLUDED_ATOMS_LIST has {excluded.Length}");
        if (Array.FindIndex(excluded, e => e < 0 || e > n) is >= 0 and int beyond)
            throw file.Error("EXCLUDED_ATOMS_LIST", beyond, $"atom {excluded[beyond]} is excluded, of {n} there are");
        for (int i = 0, at = 0; i < n; at += counts[i++])
            for (int e = at; e < at + counts[i]; e++)
                if (excluded[e] > 0)
                    pairs.TryAdd((Math.Min(i, excluded[e] - 1), Math.Max(i, excluded[e] - 1)), new(i, excluded[e] - 1, 0, 0.1, 0));
        return ([.. torsions], [.. pairs.Values]);
    }

    /// <summary>Rows of both lists, with and without hydrogen: arity atoms as coordinate offsets, then a 1-based type.</summary>
    /// <param name="file">The file.</param>
    /// <param name="n">Atoms.</param>
    /// <param name="list">How the sections' names begin.</param>
    /// <param name="term">What a row is, for messages.</param>
    /// <param name="arity">Atoms of a row.</param>
    /// <param name="counts">Rows with and without hydrogen.</param>
    /// <param name="types">How many there are.</param>
    private static IEnumerable<int[]> Rows(AmberParameterFile file, int n, string list, string term, int arity,
        (int WithHydrogen, int WithoutHydrogen) counts, int types)
    {
        foreach ((string flag, int count) in new[] { ($"{list}_INC_HYDROGEN", counts.WithHydrogen),
            ($"{list}_WITHOUT_HYDROGEN", counts.WithoutHydrogen) })
        {
            int[] numbers = count == 0 ? [] : file.Integers(flag, (arity + 1L) * count);
            for (int row = 0; row < count; row++)
            {
                int[] entry = numbers[((arity + 1) * row)..((arity + 1) * (row + 1))];
                long first = (arity + 1L) * row;
                int beyond = Array.FindIndex(entry, 0, arity, a => a == int.MinValue || Atom(a) >= n);
                if (beyond >= 0)
                    throw file.Error(flag, first + beyond,
                        $"{term} {row + 1} names atom {Math.Abs((long)entry[beyond]) / 3 + 1}, of {n} there are");
                if (entry[arity] < 1 || entry[arity] > types)
                    throw file.Error(flag, first + arity, $"{term} {row + 1} names type {entry[arity]}, of {types} there are");
                yield return entry;
            }
        }
    }

    /// <summary>Files of before 2012 name no elements.</summary>
    private static int ByMass(double mass) => s_commonMasses.MinBy(e => Math.Abs(e.Mass - mass)).Number;

    private static int Atom(int offset) => Math.Abs(offset) / 3;
}
