using System.Diagnostics;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Jobs.Conformers.Runs;
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
/// <param name="Seeds">[..][N, 3] nm, embeddings of the isomer, at least one.</param>
/// <param name="Random">Of the molecule.</param>
/// <param name="Schedule">Shares of the time limit.</param>
/// <param name="Notes">What the user should know; grows.</param>
/// <param name="Progress">Told where the run stands.</param>
/// <param name="Cancellation">The caller's.</param>
internal sealed record ConformerWork(RDKitMolecule Input, ConformerOptions Options, SystemParameters Terms, Potential Potential,
    TorsionSpace Space, Stereoisomer Isomer, SampledIsomer Sampled, IReadOnlyList<float[]> Seeds, RandomSource Random, TimeLimit Schedule,
    List<string> Notes, Action<string, double> Progress, CancellationToken Cancellation) : IDisposable
{
    private const int Embeddings = 16, LeapfrogSteps = 6; // short trajectories: exchanges and jumps, not the dynamics, are what mixes
    private const double HeavyMass = 12, HydrogenMass = 6; // Da; configurations do not depend on masses: these let the step be long
    private const double FirstStepSize = 1e-3; // ps
    private const double LongestEmbedding = 120; // s

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
        _ = PropertyList.Parse(options.Properties).Of(input, named?.Charges, new(options.Temperature), 0);
        var owned = energy is null ? null : potential as IDisposable; // processes or contexts
        ConformerWork? made = null;
        try
        {
            (made, string? obstacle) = Prepare(input, options, potential, clock, progress, cancellation);
            made?.Notes.AddRange(named?.Notes ?? []);
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
        Embedding embedding = input.Embed(options.Method == ConformerMethod.Etkdg ? 1 : Embeddings, (int)(options.Seed % 1_000_000_007),
            TimeSpan.FromSeconds(Math.Min(0.3 * limit, LongestEmbedding)));
        if (embedding.Conformers.Count == 0)
        {
            string which = molecule.Isomer is null ? "" : $" of this isomer ({molecule.Smiles})";
            return (null, embedding.Status == EmbeddingStatus.OutOfTime ? $"no 3D embedding{which} was found within the time limit"
                : $"no 3D embedding{which} was found in {embedding.Attempts} attempts{(which.Length > 0 ? ": it may be impossible" : "")}");
        }
        float[]? first = GivenStereo.Reference(input, embedding.Conformers, options.Seed,
            TimeSpan.FromSeconds(Math.Min(0.3 * limit, LongestEmbedding)) - clock.Elapsed);
        if (first is null)
            return (null, "no 3D embedding was found with the hand that is given to " + string.Join(", ",
                molecule.Axes.Where(a => a.Given != 0).Select(a => a.Name(molecule))));
        var isomer = new Stereoisomer(molecule, first);
        var sampled = SampledIsomer.Of(molecule, embedding.SampledSmiles, first);
        IReadOnlyList<float[]> conformers = first == embedding.Conformers[0] ? embedding.Conformers : [first, .. embedding.Conformers];
        // names of residues' atoms tell the two methyls of valine apart: they stay as given
        float[] numbered = input is { Residues: not null, Coordinates: { } given } ? [.. given.Select(v => (float)v)] : first;
        return (new(input, options, terms, potential.On(isomer.Count > 0 ? isomer : null), new(molecule), isomer, sampled,
            [.. ConformationalSymmetry.Alike(input, isomer, numbered, conformers)], new(options.Seed), new(limit, clock, cancellation),
            MoleculeAdmission.Notes(molecule, options.Solvent != MoleculeEnergies.Vacuum, sampled, first), progress, cancellation), null);
    }

    /// <summary>The molecule.</summary>
    public Molecule Molecule => Input.Molecule;

    /// <summary>mol/kJ.</summary>
    public double Beta => new ThermodynamicState(Options.Temperature).Beta;

    /// <summary>Makes the images of a geometry [N, 3] nm under the symmetry of the molecule and in a mirror that are of the isomer,
    /// numbered like all others.</summary>
    public Func<float[], IEnumerable<float[]>> Images()
    {
        IReadOnlyList<int[]> automorphisms = Input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out bool truncated);
        IReadOnlyList<int[]> symmetry = ConformationalSymmetry.Filter(Molecule, truncated ? [] : automorphisms, Seeds[0]);
        float[]? Numbered(float[] x) => ConformationalSymmetry.Renumber(Molecule, automorphisms, Seeds[0], x);
        return x => new[] { x, Numbered(Array.ConvertAll(x, v => -v)) }.OfType<float[]>().SelectMany(side => symmetry.Select(map =>
            Numbered([.. Enumerable.Range(0, side.Length).Select(k => side[3 * map[k / 3] + k % 3])])))
            .OfType<float[]>().Where(image => Isomer.Contains(image));
    }

    /// <summary>What representatives are minimised in; the potential, if it is cheap.</summary>
    public Potential Relaxing { get; init; } = Potential;

    /// <summary>Share of the usual evaluation budget that chains may use.</summary>
    public double Effort { get; init; } = 1;

    /// <summary>Effective samples that chains must come to.</summary>
    public int EffectiveSize { get; init; } = ConvergenceCriteria.SmallestEffectiveSize;

    /// <summary>[N] e; null where the energy has none.</summary>
    public IReadOnlyList<double>? Charges { get; private init; }

    /// <summary>What is averaged.</summary>
    /// <param name="meanEnergy">kJ/mol.</param>
    public IReadOnlyList<EnsembleProperty> Properties(double meanEnergy) => PropertyList.Parse(Options.Properties).Of(Input, Charges,
        new(Options.Temperature), meanEnergy);

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
