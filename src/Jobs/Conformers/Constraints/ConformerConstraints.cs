using System.Globalization;
using MolSampling.Jobs.Conformers.Starts;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Native;
using MolSampling.Potentials.Terms;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>
/// What a molecule is held to, as a part of the law: exp(-(U + U_c) / RT), U_c a sum of walls (<see cref="Wall"/>), which are terms of the
/// engine. The energy that is sampled and the tables that proposals are made of both have them.
/// </summary>
internal sealed class ConformerConstraints
{
    private const int MostShown = 3; // matches, in a message
    private const double MostBeyond = 5; // RT, of one wall at a minimum: thermal motion leaves half of one RT

    private readonly Wall[] _walls;
    private readonly HashSet<string> _keys;

    private ConformerConstraints(Molecule molecule, Wall[] walls, string[] descriptions)
    {
        (_walls, Descriptions, _keys) = (walls, descriptions, [.. walls.Select(w => w.Key)]);
        Potential = new(new([.. molecule.Atoms.Select(a => a.Mass)], Tables(1)), name: "constraints");
    }

    /// <summary>In words, one for each that was asked for.</summary>
    public IReadOnlyList<string> Descriptions { get; }

    /// <summary>U_c.</summary>
    public ForceFieldPotential Potential { get; }

    /// <summary>Finds the atoms.</summary>
    /// <param name="texts">As on the command line, separated by blanks.</param>
    /// <param name="input">The molecule.</param>
    /// <param name="shape">[N, 3] nm, whose shape cores keep, and where it comes from, in words; null where no geometry is given.</param>
    /// <exception cref="MoleculeFormatException">A constraint that is not of this molecule, or that another excludes.</exception>
    public static ConformerConstraints Of(string texts, RDKitMolecule input, (float[] Positions, string Source)? shape)
    {
        Molecule molecule = input.Molecule;
        var walls = new List<Wall>();
        var words = new List<string>();
        foreach (ConstraintSpec spec in ConstraintSpec.ParseAll(texts))
        {
            int[] atoms = AtomsOf(spec, input);
            if (spec.Kind == ConstraintKind.Core)
            {
                // embeddings differ from seed to seed: none of them is the shape that is meant
                (float[] positions, string source) = shape ?? throw Wrong(molecule, spec.Text,
                    "which shape? Give a conformer by --start, or an input with coordinates");
                Wall[] own = [.. CoreWalls.Of(spec.Text, molecule, atoms, positions)];
                if (own.Length == 0)
                    throw Wrong(molecule, spec.Text, "nothing is left to hold: bonds within a core are the energy's");
                walls.AddRange(own);
                words.Add(Core(molecule, atoms, own, source));
                continue;
            }
            walls.Add(new(spec.Text, spec.Kind, atoms, spec.Centre, spec.Width, spec.ForceConstant));
            words.Add(walls[^1].Describe(molecule) + string.Create(CultureInfo.InvariantCulture,
                $", walls of {spec.ForceConstant:0.###} kJ/mol/{(spec.Kind == ConstraintKind.Distance ? "nm" : "rad")}^2"));
        }
        for (int n = 0; n < walls.Count; n++)
            if (walls.Take(n).FirstOrDefault(w => w.Excludes(walls[n])) is { } other)
                throw Wrong(molecule, walls[n].Spec,
                    $"excludes --constrain {other.Spec}: {walls[n].Describe(molecule)} and {other.Describe(molecule)}");
        return new(molecule, [.. walls], [.. words]);
    }

    /// <summary>An energy with U_c: its own terms where it has terms, a sum otherwise.</summary>
    public Potential AddTo(Potential energy) => energy is ForceFieldPotential field
        ? new ForceFieldPotential(AddTo(field.Parameters), field.Lanes, $"{field.Name} + constraints")
        : energy is ICommittee ? new CommitteeSum(Potential, energy) : new SumPotential((1, energy), (1, Potential));

    /// <summary>A force field with U_c.</summary>
    /// <param name="field">The force field.</param>
    /// <param name="scale">Of U_c: what starts are brought into the windows by.</param>
    public SystemParameters AddTo(SystemParameters field, double scale = 1) => field with { Terms = [.. field.Terms, .. Tables(scale)] };

    /// <summary>A constraint that depends on which of two atoms is which, where only a geometry says; null if none does.</summary>
    public (string Spec, int Atom, int Other)? ToldApart(EquivalentAtoms equivalent)
    {
        if (equivalent.ToldApart(_walls.SelectMany(w => w.Atoms).ToHashSet(), Keeps, isOfMirrorImages: false) is not var (atom, other))
            return null;
        return (_walls.First(w => w.Atoms.Contains(atom)).Spec, atom, other);
    }

    /// <summary>U_c of a geometry, kJ/mol.</summary>
    public double Energy(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (Wall wall in _walls)
            sum += wall.Energy(x);
        return sum;
    }

    /// <summary>Whether U_c is unchanged when equivalent atoms are renamed.</summary>
    /// <param name="map">[N] new names.</param>
    public bool Keeps(int[] map) => _walls.All(w => _keys.Contains(w.Renamed(map).Key));

    /// <summary>Whether a torsion about a bond is in a window: other states of it are not missing, they are excluded.</summary>
    public bool HoldsBond(int j, int k) => _walls.Any(w => w.Kind == ConstraintKind.Torsion
        && (w.Atoms[1], w.Atoms[2]) is var axis && (axis == (j, k) || axis == (k, j)));

    /// <summary>The wall that a minimum of U + U_c lies farthest beyond, if that is more than thermal motion explains: U does not let it
    /// in.</summary>
    /// <param name="x">[N, 3] nm.</param>
    /// <param name="beta">mol/kJ.</param>
    public (Wall Wall, double Energy)? Violated(float[] x, double beta)
    {
        (Wall Wall, double Energy) worst = _walls.Select(w => (w, w.Energy(x))).MaxBy(w =>
            double.IsNaN(w.Item2) ? double.MaxValue : w.Item2);
        return beta * worst.Energy <= MostBeyond ? null : worst;
    }

    private List<TermTable> Tables(double scale)
    {
        Wall[] Of(ConstraintKind kind) => [.. _walls.Where(w => w.Kind == kind)];
        int[] Atoms(Wall[] walls) => [.. walls.SelectMany(w => w.Atoms)];
        double[] Rows(Wall[] walls) => [.. walls.SelectMany(w => new[] { scale * w.ForceConstant, w.Centre, w.Width })];
        Wall[] distances = Of(ConstraintKind.Distance), angles = Of(ConstraintKind.Angle), torsions = Of(ConstraintKind.Torsion);
        return
        [
            new TwoBodyTable<DistanceWall>(Atoms(distances), Rows(distances)), new ThreeBodyTable<AngleWall>(Atoms(angles), Rows(angles)),
            new FourBodyTable<TorsionWall>(Atoms(torsions),
                torsions.SelectMany(w => TorsionWall.Row(scale * w.ForceConstant, w.Centre, w.Width)).ToArray()),
        ];
    }

    private static string Core(Molecule molecule, int[] atoms, Wall[] walls, string source)
    {
        int distances = walls.Count(w => w.Kind == ConstraintKind.Distance);
        string hand = string.Join("", walls.Where(w => w.Kind == ConstraintKind.Torsion).Select(w => string.Create(
            CultureInfo.InvariantCulture, $"; its hand by {w.Describe(molecule)}, walls of {w.ForceConstant:0} kJ/mol/rad^2")));
        return string.Create(CultureInfo.InvariantCulture,
            $"core of {atoms.Length} atoms ({AtomNumbers.Names(molecule, atoms)}) as in {source}: ")
            + string.Create(CultureInfo.InvariantCulture, $"{distances} {(distances == 1 ? "distance" : "distances")} ")
            + string.Create(CultureInfo.InvariantCulture,
                $"within {CoreWalls.Width} nm, walls of {ConstraintSpec.StiffDistance:0} kJ/mol/nm^2") + hand;
    }

    private static int[] AtomsOf(ConstraintSpec spec, RDKitMolecule input)
    {
        Molecule molecule = input.Molecule;
        if (spec.Atoms is { } numbers)
            return numbers.All(a => a >= 0 && a < molecule.Atoms.Count) ? numbers
                : throw Wrong(molecule, spec.Text, $"atoms are numbered from 1 to {molecule.Atoms.Count}");
        int[][] matches = Matches(spec, input);
        if (matches.Length != 1)
            throw Wrong(molecule, spec.Text, matches.Length == 0 ? "the SMARTS matches nothing in this molecule"
                : $"the SMARTS matches {matches.Length} times ("
                    + string.Join(", ", matches.Take(MostShown).Select(m => AtomNumbers.Names(molecule, m)))
                    + (matches.Length > MostShown ? ", ..." : "") + "): narrow the pattern, or give the atoms' numbers");
        int[] atoms = matches[0];
        return spec.Arity == 0 ? atoms.Length > 1 ? atoms : throw Wrong(molecule, spec.Text, "a core has two atoms or more")
            : atoms.Length == spec.Arity ? atoms : throw Wrong(molecule, spec.Text,
                $"the SMARTS names {atoms.Length} atoms, not {spec.Arity}: give {spec.Arity} of them the tags :1, :2, ...");
    }

    /// <summary>Different in the coordinate that they name.</summary>
    private static int[][] Matches(ConstraintSpec spec, RDKitMolecule input)
    {
        string Key(int[] m) => string.Join('-', spec.Kind == ConstraintKind.Core ? m.Order() : m[0] < m[^1] ? m : Enumerable.Reverse(m));
        try
        {
            return [.. input.Match(spec.Smarts!).DistinctBy(Key)];
        }
        catch (NativeException e)
        {
            throw Wrong(input.Molecule, spec.Text, string.Join(' ', e.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        }
    }

    internal static MoleculeFormatException Wrong(Molecule molecule, string spec, string why) =>
        new(molecule.Name, 0, $"--constrain {spec}: {why}");
}
