using System.Diagnostics;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.External;

namespace MolSampling.Jobs.Conformers;

/// <summary>
/// From a molecule to its Boltzmann ensemble: ETKDG seeds, torsions and shapes learned from the energies, chains of all atoms that jump by
/// them (or replica exchange over temperatures, or weighted draws), basins with free energies.
/// </summary>
/// <param name="options">Settings.</param>
/// <param name="energy">Makes the potential of a molecule, any; null for the one that the options name.</param>
public sealed class ConformerSampler(ConformerOptions options, Func<RDKitMolecule, Potential>? energy = null)
{
    private const double Grace = 0.15; // of the time limit, for what does not look at the clock
    // times that once sampling has begun: what follows looks at the clock and is late on a crowded machine only, and would lose a partial
    // answer
    private const int LateGrace = 3;
    private const string Parameters = "reading parameters", Embedding = "embedding"; // stages in RDKit's code
    private static readonly TimeSpan s_leastGrace = TimeSpan.FromSeconds(1.5);

    private readonly Func<RDKitMolecule, Potential>? _energy = (energy is null) == (options.EnergyName is null) ? energy
        : throw new ArgumentException($"An energy of one's own and its name ({nameof(ConformerOptions.EnergyName)}) go together: "
            + "results say what they were sampled from.");

    /// <summary>Samples one molecule. Where a time limit passes unheard, in a library's code for example, the work is abandoned and the
    /// result says where.</summary>
    /// <param name="input">The molecule; not disposed.</param>
    /// <param name="inputSmiles">As the user wrote it.</param>
    /// <param name="progress">Told where the run stands; may be null.</param>
    /// <param name="cancellation">Ends the run early: what is there becomes a partial result.</param>
    public ConformerResult Run(RDKitMolecule input, string inputSmiles, Action<TaskProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (options.TimeLimit is not { } limit)
            return RunUnlimited(input, inputSmiles, progress, cancellation);
        var clock = Stopwatch.StartNew();
        // ends what can be ended of abandoned work; not disposed, since that may still look at it
        var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var telling = new Lock();
        string stage = Parameters;
        void Told(TaskProgress p)
        {
            lock (telling)
            {
                if (abandoned.IsCancellationRequested && !cancellation.IsCancellationRequested)
                    return;
                stage = p.Stage;
                progress?.Invoke(p);
            }
        }
        TimeSpan Limit()
        {
            lock (telling)
                return limit + (stage is Parameters or Embedding ? Longest(Grace * limit, s_leastGrace) : LateGrace * Longest(Grace * limit,
                    s_leastGrace));
        }
        // an interrupt keeps what there is
        if (HardLimit.TryRun(() => RunUnlimited(input, inputSmiles, Told, abandoned.Token), Limit, out ConformerResult? result,
            cancellation: CancellationToken.None))
        {
            abandoned.Dispose();
            return result!;
        }
        lock (telling)
            abandoned.Cancel();
        return new()
        {
            Name = input.Molecule.Name, InputSmiles = inputSmiles, Molecule = input.Molecule, Status = ConformerStatus.Failed,
                WallSeconds = clock.Elapsed.TotalSeconds,
            Reason = $"the time limit came before the first samples, in the stage '{stage}'",
        };
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private ConformerResult RunUnlimited(RDKitMolecule input, string inputSmiles, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        Molecule molecule = input.Molecule;
        ConformerResult result = new() { Name = molecule.Name, InputSmiles = inputSmiles, Molecule = molecule,
            Status = ConformerStatus.Failed };
        try
        {
            MoleculeAdmission.ThrowIfUnsuitable(molecule);
            const double copies = 2; // of the positions: as they were drawn, and those that are written
            if (MachineMemory.WhyNot($"{options.Samples:n0} samples of {molecule.Atoms.Count:n0} atoms",
                options.Samples * copies * 3 * molecule.Atoms.Count * sizeof(float)) is { } reason)
                throw new MoleculeFormatException(molecule.Name, 0, reason);
            result = Sample(input, result, clock, progress, cancellation);
        }
        catch (Exception e) when (e is ParameterizationException or MoleculeFormatException)
        {
            result = result with { Reason = e.Message, IsInputError = true };
        }
        catch (Exception e) when (e.GetBaseException() is ProgramPotentialException refusal) // out of a parallel loop it comes wrapped
        {
            result = result with { Status = ConformerStatus.Failed, Reason = refusal.Message };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // one molecule's accident must not cost the others of a long run
            result = result with { Status = ConformerStatus.Failed,
                Reason = $"internal error, please report it: {e.GetType().Name}: {e.Message.Split('\n')[0]}" };
        }
        return result with { WallSeconds = clock.Elapsed.TotalSeconds };
    }

    private ConformerResult Sample(RDKitMolecule input, ConformerResult result, Stopwatch clock, Action<TaskProgress>? progress,
        CancellationToken cancellation)
    {
        (ConformerWork? prepared, string? obstacle) = ConformerWork.Prepare(input, options, _energy, clock, (stage, share) =>
            progress?.Invoke(new(stage, share)), cancellation);
        result = result with { RotatableBonds = new TorsionSpace(input.Molecule).RotatableBonds };
        if (prepared is null)
            return result with { Reason = obstacle };
        using ConformerWork work = prepared;
        TimeLimit schedule = work.Schedule;
        IReadOnlyList<EnsembleProperty> properties = work.Properties(0);
        ISamplingStrategy strategy = Strategy(options);
        if (strategy is not SurrogateDraws) // whose samples have their energies
            schedule.ReserveEnergies(options.Samples, () =>
            {
                double energy = Geometry.Energy(work.Potential, work.Seeds[0]);
                foreach (EnsembleProperty property in properties)
                    property.Of(work.Seeds[0], energy);
            });

        (ConformerFindings? found, string method) = strategy.Sample(work);
        result = result with { Method = method, Notes = work.Notes, Isomer = work.Sampled, Charges = work.Charges,
            Constraints = work.Constraints?.Descriptions ?? [] };
        if (found is null)
            return result with { Reason = cancellation.IsCancellationRequested ? "interrupted before the first samples"
                : schedule.UntilAnalysis().IsCancellationRequested ? "the time limit came before the first samples" : method };
        progress?.Invoke(new("representatives", 0));
        result = found.Analysis.Complete(result, work, found);
        string? reason = found.Shortcoming.Length == 0 ? null
            : options.Method == ConformerMethod.Etkdg ? found.Shortcoming // whatever ended it
            : cancellation.IsCancellationRequested ? "interrupted: " + found.Shortcoming
            : schedule.UntilAnalysis().IsCancellationRequested ? "time limit: " + found.Shortcoming
            : found.Diagnostics.Weights is not null ? found.Shortcoming
            : "evaluation budget used up: " + found.Shortcoming;
        return result with { Status = reason is null ? ConformerStatus.Ok : ConformerStatus.Partial, Reason = reason };
    }

    /// <summary>The strategy that the options ask for.</summary>
    private static ISamplingStrategy Strategy(ConformerOptions options) => (options.Target, options.Method) switch
    {
        (ConformerTarget.Torsions, _) => new TorsionDraws(),
        (_, ConformerMethod.Etkdg) => new EtkdgEmbeddings(),
        (_, ConformerMethod.ReplicaExchange) => new LadderChains(),
        (_, ConformerMethod.TorsionFlow) => new AtomDraws(),
        (_, ConformerMethod.Surrogate) => new SurrogateDraws(),
        (_, ConformerMethod.Auto) when options.EnergyName is null && MoleculeEnergies.IsCostly(options.ForceField) => new SurrogateDraws(),
        _ => new JumpingChains(),
    };
}
