using System.Diagnostics;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Constraints;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Conformers.Starts;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers;

/// <summary>One molecule under way: what every stage needs to know.</summary>
/// <param name="Input">Chemistry.</param>
/// <param name="Options">Settings.</param>
/// <param name="Terms">Of a force field, from which proposals are made: the potential's own, or MMFF94s's where it has none. What is
/// sampled is the potential.</param>
/// <param name="Potential">U, on the isomer.</param>
/// <param name="Space">Torsion coordinates.</param>
/// <param name="Isomer">The target's support.</param>
/// <param name="Sampled">The same in words.</param>
/// <param name="Seeds">[..][N, 3] nm, embeddings of the isomer and given conformers, at least one.</param>
/// <param name="Random">Of the molecule.</param>
/// <param name="Schedule">Shares of the time limit.</param>
/// <param name="Notes">What the user should know; grows.</param>
/// <param name="Progress">Told where the run stands.</param>
/// <param name="Cancellation">The caller's.</param>
internal sealed record ConformerWork(RDKitMolecule Input, ConformerOptions Options, SystemParameters Terms, Potential Potential,
    TorsionSpace Space, Stereoisomer Isomer, SampledIsomer Sampled, IReadOnlyList<float[]> Seeds, RandomSource Random, TimeLimit Schedule,
    List<string> Notes, Action<string, double> Progress, CancellationToken Cancellation) : IDisposable
{
    /// <summary>Energies of a step of <see cref="Dynamics"/>.</summary>
    public const int LeapfrogSteps = 6; // short trajectories: exchanges and jumps, not the dynamics, are what mixes
    private const double HeavyMass = 12, HydrogenMass = 6; // Da; configurations do not depend on masses: these let the step be long
    private const double FirstStepSize = 1e-3; // ps
    private const double SameEnergy = 0.01; // kJ/mol, of constraints

    /// <summary>Parameters and embeddings.</summary>
    /// <param name="input">The molecule; not disposed.</param>
    /// <param name="options">Settings.</param>
    /// <param name="energy">Makes the potential; null for the one that the options name.</param>
    /// <param name="clock">Of the molecule's time.</param>
    /// <param name="progress">Told where the run stands.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>Nothing and the reason if there is no embedding.</returns>
    /// <exception cref="ParameterizationException">The force field lacks a type.</exception>
    public static (ConformerWork?, string?) Prepare(RDKitMolecule input, ConformerOptions options, Func<RDKitMolecule, Potential>? energy,
        Stopwatch clock, Action<string, double> progress, CancellationToken cancellation)
    {
        EnergyModel? named = energy is null ? Named(input, options) : null;
        Potential potential = named?.Potential ?? energy!(input);
        // what cannot be averaged is said before hours of sampling
        IReadOnlyList<EnsembleProperty> properties =
            PropertyList.Parse(options.Properties).Of(input, named?.Charges, new(options.Temperature), 0);
        var owned = energy is null ? null : potential as IDisposable; // processes or contexts
        ConformerWork? made = null;
        try
        {
            (made, string? obstacle) = Prepare(input, options, potential, clock, progress, cancellation);
            made?.Notes.AddRange(named?.Notes ?? []);
            if (made is not null)
                made.Notes.AddRange(ToldApart(made, properties));
            return (made is null ? null : made with { Owned = owned, Charges = named?.Charges }, obstacle);
        }
        finally
        {
            if (made is null)
                owned?.Dispose();
        }
    }

    private static EnergyModel Named(RDKitMolecule input, ConformerOptions options)
    {
        try
        {
            return MoleculeEnergies.Create(options.ForceField, input, solvent: options.Solvent, charges: options.Charges);
        }
        catch (ArgumentException e) // a force field that is not for such a molecule
        {
            throw new ParameterizationException(e.Message, []);
        }
    }

    private static (ConformerWork?, string?) Prepare(RDKitMolecule input, ConformerOptions options, Potential potential, Stopwatch clock,
        Action<string, double> progress, CancellationToken cancellation)
    {
        Molecule molecule = input.Molecule;
        double limit = options.TimeLimit?.TotalSeconds ?? double.PositiveInfinity;
        SystemParameters terms = (potential as ForceFieldPotential)?.Parameters
            ?? Mmff94.Parameterise([.. molecule.Atoms.Select(a => a.Mass)], input.MmffTerms(MmffVariant.Mmff94s));
        progress("embedding", 0);
        IReadOnlyList<GivenConformer> conformers = options.Start?.Of(molecule.Name) ?? [];
        (ConformerStarts? starts, string? obstacle) = ConformerStarts.Of(input, options, conformers, limit, clock);
        if (starts is null)
            return (null, obstacle);
        List<string> notes = MoleculeAdmission.Notes(molecule, options.Solvent != MoleculeEnergies.Vacuum, starts.Sampled, starts.First);
        notes.AddRange(StartNotes(options, conformers));
        ConformerConstraints? constraints = null;
        if (options.Constraints is not null)
        {
            int given = starts.Given.Count;
            (constraints, starts) = starts.Constrained(input, options, terms, conformers is [{ Place: var place }, ..] ? place : null,
                cancellation);
            if (starts.Given.Count < given)
                notes.Add($"{given - starts.Given.Count} of them do not come into the windows of the constraints and are no starts");
            (potential, terms) = (constraints.AddTo(potential), constraints.AddTo(terms));
            notes.AddRange(constraints.Descriptions.Select(d => $"constrained, as a part of the law that is sampled: {d}"));
        }
        return (new(input, options, terms, potential.On(starts.Isomer.Count > 0 ? starts.Isomer : null), new(molecule), starts.Isomer,
            starts.Sampled, starts.Seeds, new(options.Seed), new(limit, clock, cancellation), notes, progress, cancellation)
            { Given = starts.Given, Constraints = constraints, IsNumberedAsGiven = starts.IsNumberedAsGiven }, null);
    }

    private static IEnumerable<string> StartNotes(ConformerOptions options, IReadOnlyList<GivenConformer> conformers)
    {
        if (options.Start is not { } file)
            yield break;
        yield return conformers.Count == 0 ? $"{file.File} has no conformer of this molecule: it begins from embeddings alone"
            : $"begun from {conformers.Count} {(conformers.Count == 1 ? "conformer" : "conformers")} of {file.File} beside embeddings";
        if (conformers.Count(c => c.HasAddedHydrogens) is > 0 and int without)
            yield return $"hydrogens were added to {without} of them";
    }

    /// <summary>Averages that depend on which of two equivalent atoms is which, where no geometry was given that says it.</summary>
    private static IEnumerable<string> ToldApart(ConformerWork work, IReadOnlyList<EnsembleProperty> properties)
    {
        EnsembleProperty[] named = [.. properties.Where(p => p.Atoms.Count > 0)];
        if (named.Length == 0 || work.IsNumberedAsGiven)
            yield break;
        var equivalent = new EquivalentAtoms(work.Input, work.Isomer, work.Seeds[0]);
        foreach (EnsembleProperty property in named)
        {
            bool Keeps(int[] map) => property.Atoms.Select(a => map[a]) is var image && (image.SequenceEqual(property.Atoms)
                || image.Reverse().SequenceEqual(property.Atoms));
            if (equivalent.ToldApart(property.Atoms.ToHashSet(), Keeps, isOfMirrorImages: true) is var (atom, other))
                yield return $"{property.Name} depends on which is {AtomNumbers.Names(work.Molecule, [atom])} and which "
                    + $"{AtomNumbers.Names(work.Molecule, [other])}, which only a geometry says: here an embedding, and with another seed "
                    + "another one; give one whose numbers are meant, by --start or as the input";
        }
    }

    /// <summary>The molecule.</summary>
    public Molecule Molecule => Input.Molecule;

    /// <summary>mol/kJ.</summary>
    public double Beta => new ThermodynamicState(Options.Temperature).Beta;

    /// <summary>Makes the images of a geometry [N, 3] nm under the symmetry of the molecule and in a mirror that are of the isomer,
    /// numbered like all others and of the same energy.</summary>
    public Func<float[], IEnumerable<float[]>> Images()
    {
        IReadOnlyList<int[]> automorphisms = Input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _),
            symmetry = Symmetry(out _);
        float[]? Numbered(float[] x) => ConformationalSymmetry.Renumber(Molecule, automorphisms, Seeds[0], x);
        return x => new[] { x, Numbered(Array.ConvertAll(x, v => -v)) }.OfType<float[]>().SelectMany(side => symmetry.Select(map =>
            Numbered([.. Enumerable.Range(0, side.Length).Select(k => side[3 * map[k / 3] + k % 3])])))
            .OfType<float[]>().Where(image => Isomer.Contains(image) && (Constraints is null
                || Math.Abs(Constraints.Energy(image) - Constraints.Energy(x)) < SameEnergy));
    }

    /// <summary>Maps over all atoms that relabel a conformation into another of the same isomer and of the same energy.</summary>
    /// <param name="truncated">Whether the molecule has more automorphisms than are looked at; then there is the identity alone.</param>
    public IReadOnlyList<int[]> Symmetry(out bool truncated)
    {
        IReadOnlyList<int[]> automorphisms = Input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out truncated);
        return ConformationalSymmetry.Filter(Molecule,
            truncated ? [] : Constraints is null ? automorphisms : [.. automorphisms.Where(Constraints.Keeps)], Seeds[0]);
    }

    /// <summary>Those of the seeds that the user gave: chains begin from them beside others.</summary>
    public IReadOnlyList<float[]> Given { get; private init; } = [];

    /// <summary>Whether a geometry of the user's says which of two equivalent atoms is which.</summary>
    public bool IsNumberedAsGiven { get; private init; }

    /// <summary>The given conformer that a start is, one start in four, so that chains begin unlike all the same; null for what is
    /// learned.</summary>
    /// <param name="start">Number of the start.</param>
    public float[]? GivenStart(int start) => Given.Count > 0 && start % 4 == 3 ? Given[start / 4 % Given.Count] : null;

    /// <summary>What the potential and the terms have beside the energy that was asked for; null for nothing.</summary>
    public ConformerConstraints? Constraints { get; private init; }

    /// <summary>What representatives are minimised in; the potential, if it is cheap.</summary>
    public Potential Relaxing { get; init; } = Potential;

    /// <summary>Share of the usual evaluation budget that chains may use.</summary>
    public double Effort { get; init; } = 1;

    /// <summary>Effective samples that chains go on to, if there is time.</summary>
    public int EffectiveSize { get; init; } = ConvergenceCriteria.SmallestEffectiveSize;

    /// <summary>[N] e; null where the energy has none.</summary>
    public IReadOnlyList<double>? Charges { get; private init; }

    /// <summary>What is averaged.</summary>
    /// <param name="meanEnergy">kJ/mol.</param>
    public IReadOnlyList<EnsembleProperty> Properties(double meanEnergy)
    {
        IReadOnlyList<EnsembleProperty> asked = PropertyList.Parse(Options.Properties).Of(Input, Charges, new(Options.Temperature),
            meanEnergy);
        return Constraints is not { } constraints ? asked
            : [.. asked, new("constraint energy", "kJ/mol", (x, _) => constraints.Energy(x.Span)) { Column = "constraint_energy" }];
    }

    /// <summary>The kernel that moves all atoms, its step sizes still to be adapted.</summary>
    /// <param name="rungs">Temperatures.</param>
    public HamiltonianMonteCarlo Dynamics(int rungs) =>
        new([.. Molecule.Atoms.Select(a => a.AtomicNumber == 1 ? HydrogenMass : HeavyMass)], [.. Enumerable.Repeat(FirstStepSize, rungs)],
            LeapfrogSteps);

    /// <summary>A potential that was made for this molecule and holds processes or contexts.</summary>
    public IDisposable? Owned { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Schedule.Dispose();
        Owned?.Dispose();
    }
}

/// <summary>What a method found.</summary>
/// <param name="Analysis">Of its samples.</param>
/// <param name="Diagnostics">How far to trust them.</param>
/// <param name="Shortcoming">What is missing for convergence, in words; empty if nothing is.</param>
/// <param name="KeepsDraws">Whether the samples written are draws with their own weights, instead of drawn from all in proportion to
/// these.</param>
/// <param name="Time">[S] when a sample was drawn, from 0 to 1; empty where that means nothing.</param>
internal sealed record ConformerFindings(EnsembleAnalysis Analysis, ConformerDiagnostics Diagnostics, string Shortcoming, bool KeepsDraws,
    double[] Time)
{
    /// <summary>What representatives are minimised in; null for the potential.</summary>
    public Potential? Relaxing { get; init; }

    /// <summary>[M][S] log weights by each member of a potential that is a mean of models; null for one model.</summary>
    public double[][]? MemberLogWeights { get; init; }
}
