using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Molecular;

namespace MolSampling.Jobs.Conformers;

/// <summary>How the work on one molecule ended.</summary>
public enum ConformerStatus
{
    /// <summary>Sampled to convergence.</summary>
    Ok,

    /// <summary>Stopped early (time limit, interruption) or not converged: usable, with the reason said.</summary>
    Partial,

    /// <summary>No samples; the reason is said.</summary>
    Failed,
}

/// <summary>The Boltzmann ensemble of one molecule, with what is needed to judge it. Energies kJ/mol, lengths nm, angles rad.</summary>
public sealed record ConformerResult
{
    /// <summary>Name from the input, or the SMILES as written.</summary>
    public required string Name { get; init; }

    /// <summary>The input as given.</summary>
    public required string InputSmiles { get; init; }

    /// <summary>How it ended.</summary>
    public required ConformerStatus Status { get; init; }

    /// <summary>Why it is not <see cref="ConformerStatus.Ok"/>; null if it is.</summary>
    public string? Reason { get; init; }

    /// <summary>For a failure: whether the input is at fault (it cannot be read, typed or sampled in principle), rather than the
    /// run.</summary>
    public bool IsInputError { get; init; }

    /// <summary>How the samples were made, in words: the method and, where it was not the first choice, why.</summary>
    public string? Method { get; init; }

    /// <summary>Null only if the input could not be read.</summary>
    public Molecule? Molecule { get; init; }

    /// <summary>The stereoisomer that was sampled; null if nothing was.</summary>
    public SampledIsomer? Isomer { get; init; }

    /// <summary>What the law is held to beside the energy that was asked for, in words; energies have it.</summary>
    public IReadOnlyList<string> Constraints { get; init; } = [];

    /// <summary>[N] e, of the energy that was sampled; null where it has none.</summary>
    public IReadOnlyList<double>? Charges { get; init; }

    /// <summary>Bonds whose rotation makes conformers, terminal rotors of symmetric groups not counted.</summary>
    public int RotatableBonds { get; init; }

    /// <summary>Weighted samples at the asked temperature.</summary>
    public SampleTable Samples { get; init; } = SampleTable.Empty;

    /// <summary>Basins by falling population.</summary>
    public IReadOnlyList<Basin> Basins { get; init; } = [];

    /// <summary>What the basins' states are states of: rotors first, in the order of <see cref="Torsions"/>.</summary>
    public IReadOnlyList<StateCoordinate> Coordinates { get; init; } = [];

    /// <summary>One profile a torsion.</summary>
    public IReadOnlyList<TorsionProfile> Torsions { get; init; } = [];

    /// <summary>The most strongly coupled pairs of torsions.</summary>
    public IReadOnlyList<TorsionMap> Maps { get; init; } = [];

    /// <summary>Boltzmann averages: energy, heat capacity, conformational entropy, radius of gyration, and those that were asked
    /// for.</summary>
    public IReadOnlyList<EnsembleAverage> Averages { get; init; } = [];

    /// <summary>Null if nothing was sampled.</summary>
    public ConformerDiagnostics? Diagnostics { get; init; }

    /// <summary>What the user should know: unspecified stereo and what was sampled, ions, isotopes, samples that failed a stereo
    /// check.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Elapsed time, s.</summary>
    public double WallSeconds { get; init; }
}

/// <summary>Weighted samples of one molecule, structure of arrays.</summary>
/// <param name="AtomCount">N.</param>
/// <param name="Positions">[S, N, 3] nm, centre of mass at the origin.</param>
/// <param name="LogWeights">[S], normalised: exp sums to 1.</param>
/// <param name="Energies">[S] kJ/mol.</param>
/// <param name="Basins">[S] index into the result's basins.</param>
public sealed record SampleTable(int AtomCount, float[] Positions, double[] LogWeights, double[] Energies, int[] Basins)
{
    /// <summary>Values of properties, a column each.</summary>
    public IReadOnlyList<SampleColumn> Columns { get; init; } = [];

    /// <summary>No samples.</summary>
    public static SampleTable Empty { get; } = new(0, [], [], [], []);

    /// <summary>S.</summary>
    public int Count => Energies.Length;
}

/// <summary>A property of samples.</summary>
/// <param name="Name">Of the column.</param>
/// <param name="Unit">Of the values.</param>
/// <param name="Values">[S].</param>
public sealed record SampleColumn(string Name, string Unit, double[] Values);

/// <summary>A conformational basin: all samples of one torsion and ring state, symmetry-equivalent states merged.</summary>
/// <param name="Population">Boltzmann weight at the asked temperature, 0 to 1.</param>
/// <param name="PopulationError">Standard error of the population.</param>
/// <param name="FreeEnergy">-RT ln(p / p_max), kJ/mol: 0 for the most populated basin.</param>
/// <param name="FreeEnergyError">Standard error, kJ/mol.</param>
/// <param name="Representative">[N, 3] nm, the lowest of the local minima that were found in the basin.</param>
/// <param name="RepresentativeEnergy">kJ/mol, of the representative.</param>
/// <param name="State">The torsion states in words, for example "g+ t g-".</param>
public sealed record Basin(double Population, double PopulationError, double FreeEnergy, double FreeEnergyError, float[] Representative,
    double RepresentativeEnergy, string State)
{
    /// <summary>Standard deviation of the population between the members of a potential that is a mean of models: how far the model itself
    /// is known, beside <see cref="PopulationError"/>, which is of sampling. Null for one model.</summary>
    public double? ModelError { get; init; }

    /// <summary>Two errors above the population, where these reach down to zero: it was visited a few times, and what can be said is a bound.
    /// Null where it is known.</summary>
    public double? Below => PopulationError >= 0.5 * Population ? Math.Min(1, Population + 2 * PopulationError) : null;
}

/// <summary>A Boltzmann average.</summary>
/// <param name="Name">Of what, for people.</param>
/// <param name="Unit">Of value and error.</param>
/// <param name="Value">At the asked temperature.</param>
/// <param name="Error">Standard error.</param>
public sealed record EnsembleAverage(string Name, string Unit, double Value, double Error);

/// <summary>The marginal distribution of one torsion at the asked temperature.</summary>
/// <param name="Atoms">The four atoms i-j-k-l.</param>
/// <param name="Label">For example "C2-C3-C4-O5".</param>
/// <param name="Density">Probability of each of the equal bins over [-180, 180) degrees; sums to 1.</param>
/// <param name="DensityError">Standard error of each bin.</param>
public sealed record TorsionProfile(int[] Atoms, string Label, double[] Density, double[] DensityError);

/// <summary>The joint distribution of two torsions at the asked temperature.</summary>
/// <param name="First">Index into the profiles, along the first index of the density.</param>
/// <param name="Second">Index into the profiles.</param>
/// <param name="MutualInformation">Nats: how much one says of the other.</param>
/// <param name="Density">[bins, bins] over [-180, 180) degrees; sums to 1.</param>
public sealed record TorsionMap(int First, int Second, double MutualInformation, double[] Density);

/// <summary>How far the result can be trusted.</summary>
public sealed record ConformerDiagnostics
{
    /// <summary>Independent samples at the asked temperature: Kish size of the weights, divided by the statistical inefficiency.</summary>
    public required double EffectiveSampleSize { get; init; }

    /// <summary>A basin of this population would have been missed by so many independent samples in five of a hundred runs: what is not
    /// listed is bounded by it. Of embeddings it means nothing.</summary>
    public double SmallestSeen => Math.Min(1, -Math.Log(0.05) / EffectiveSampleSize);

    /// <summary>Largest rank-normalised split R-hat over torsions (sine and cosine) and energy; NaN for independent draws.</summary>
    public required double SplitRhatMax { get; init; }

    /// <summary>Mean acceptance of replica swaps between neighbouring temperatures.</summary>
    public required double SwapAcceptance { get; init; }

    /// <summary>Acceptance of swaps for each neighbouring pair of the ladder.</summary>
    public required IReadOnlyList<double> SwapAcceptances { get; init; }

    /// <summary>Journeys cold - hot - cold, over all replicas.</summary>
    public required int RoundTrips { get; init; }

    /// <summary>Evaluations of energy with forces, one a conformer.</summary>
    public required long EnergyEvaluations { get; init; }

    /// <summary>Mean acceptance of the Hamiltonian Monte Carlo trajectories at the asked temperature.</summary>
    public required double TrajectoryAcceptance { get; init; }

    /// <summary>Acceptance of torsion moves at the asked temperature.</summary>
    public required double TorsionMoveAcceptance { get; init; }

    /// <summary>Acceptance of jumps at the asked temperature (of independent draws among the walkers, where draws are
    /// weighed); NaN without jumps.</summary>
    public double JumpAcceptance { get; init; } = double.NaN;

    /// <summary>Weights of independent draws; null for samples of chains.</summary>
    public DrawWeights? Weights { get; init; }

    /// <summary>K, lowest first.</summary>
    public required IReadOnlyList<double> Temperatures { get; init; }

    /// <summary>Proposed samples that left the given stereochemistry and were rejected.</summary>
    public required long StereoRejections { get; init; }

    /// <summary>Energies that were NaN or infinite; the proposals were rejected.</summary>
    public required long NonFinite { get; init; }

    /// <summary>Running estimate of the population of the largest basins: [checkpoint][basin], evenly spaced over the production
    /// run.</summary>
    public IReadOnlyList<double[]> PopulationTrace { get; init; } = [];

    /// <summary>All criteria met (see docs/conformers.md).</summary>
    public required bool Converged { get; init; }

    /// <summary>Of independent draws: what only chains have is NaN, zero or empty.</summary>
    internal static ConformerDiagnostics OfDraws(double temperature) => new()
    {
        EffectiveSampleSize = double.NaN,
        SplitRhatMax = double.NaN,
        SwapAcceptance = double.NaN,
        SwapAcceptances = [],
        RoundTrips = 0,
        EnergyEvaluations = 0,
        TrajectoryAcceptance = double.NaN,
        TorsionMoveAcceptance = double.NaN,
        Temperatures = [temperature],
        StereoRejections = 0,
        NonFinite = 0,
        Converged = false,
    };
}

/// <summary>Importance weights of independent draws.</summary>
/// <param name="Draws">How many.</param>
/// <param name="EffectiveFraction">Kish's effective sample size over the draws.</param>
/// <param name="LargestShare">Of the sum of weights.</param>
/// <param name="ParetoShape">Of their tail.</param>
/// <param name="WalkersDivergence">KL(p || q) in nats, from walkers that do not come from q.</param>
/// <param name="LogNormaliser">ln of the integral of exp(-U/RT): over the torsions (rad), summed over local structures; of all atoms, over
/// their positions (nm) relative to the first atom, rotations included.</param>
/// <param name="LogNormaliserError">Standard error.</param>
public sealed record DrawWeights(int Draws, double EffectiveFraction, double LargestShare, double ParetoShape, double WalkersDivergence,
    double LogNormaliser, double LogNormaliserError)
{
    /// <summary>The largest <see cref="ParetoShape"/> that is called converged.</summary>
    public double LargestParetoShape { get; init; } = ConvergenceCriteria.LargestShape;
}
