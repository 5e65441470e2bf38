using System.Globalization;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>Draws of learned shapes, annealed to the target, drawn anew by their weights and moved on, and walkers that judge
/// them.</summary>
/// <param name="work">The molecule.</param>
/// <param name="shapes">What was learned.</param>
internal sealed class AnnealedDrawing(ConformerWork work, LearnedShapes shapes)
{
    private const int Trial = 512, MostSteps = 48, Batch = 2048, MostDraws = 65_536;
    private const int JudgingWalkers = 512, JudgingSteps = 40, Jumps = 8;
    private const int MovedSteps = 16; // over seeds of a dipeptide, mean energies spread less until some eight
    private const int MovedEach = 2; // walkers for an effective draw: what drawing anew costs is small beside the error
    private const double Pilot = 0.6; // of the time limit, when it must be done
    private const double EvenSteps = 0.96; // of the walkers stay effective in a step of the annealing
    private const double LargestExcess = 0.1; // nats by which KL(p || q) may exceed that of Gaussian log weights, and twice its error

    private readonly RandomSource _random = work.Random.Split("annealing");

    private int Size => 3 * work.Potential.AtomCount;

    /// <summary>Draws and analyses.</summary>
    /// <param name="planned">When the plan must be made.</param>
    /// <returns>Nothing and the reason where draws do not serve.</returns>
    public (ConformerFindings?, string?) Run(CancellationToken planned)
    {
        var moves = new List<ExtraMove> { new("dynamics", shapes.Dynamics, 1) };
        if (shapes.TorsionJump() is { } jump)
            moves.Add(new(ExtraMove.Jumps, jump, 1));
        var annealing = new SequentialMonteCarlo(work.Potential, work.Beta, shapes.Proposal.Density, moves, work.Options.Threads);

        work.Progress("annealing schedule", 0);
        float[] trial = new float[Trial * Size];
        int[] states = shapes.Proposal.Draw(trial, _random.Split("trial"), 0, work.Options.Threads);
        (double[] schedule, double[] trialWeights) = annealing.Plan(trial, EvenSteps, MostSteps, _random.Split("plan"), planned);
        if (trialWeights.All(double.IsNegativeInfinity))
            return (null, "no draw has an energy");
        WeighStates(states, trialWeights);

        AnnealedDraws pilot = Anneal(annealing, schedule, _random.Split("pilot"), Batch, null, work.Schedule.Until(Pilot));
        if (pilot.IsDead)
            return (null, pilot.IsCut ? "there was no time" : "none has an energy");
        var pilotWeights = new ImportanceWeights([.. pilot.LogWeights]);
        if (WeightedDraws.Enough(pilotWeights, work.Options.Samples, Math.Max(MostDraws, work.Options.Samples)) is not { } enough)
            return (null, string.Create(CultureInfo.InvariantCulture, $"only {pilotWeights.EffectiveFraction:p2} are effective"));
        AnnealedDraws drawn = Anneal(annealing, schedule, _random, (enough + Batch - 1) / Batch * Batch,
            share => work.Progress("drawing", share), work.Schedule.UntilAnalysis());
        if (drawn.IsDead)
            return (null, drawn.IsCut ? "there was no time" : "none has an energy");
        var weights = new ImportanceWeights([.. drawn.LogWeights]);
        var draws = new WeightedDraws(drawn.Positions, [.. drawn.Energies], [.. drawn.LogWeights], double.NaN, double.NaN);
        MovedSamples moved = Move(draws, weights);
        (Estimate divergence, long more) = Divergence(annealing, schedule, weights);
        return ((draws with
        {
            Divergence = divergence.Value,
            AllowedDivergence = LargestExcess + 2 * divergence.StandardError - 0.5 * Math.Log(weights.EffectiveFraction),
        }).Analyse(work, ConformerDiagnostics.OfDraws(work.Options.Temperature) with
        {
            EnergyEvaluations = shapes.Evaluations + Trial * schedule.Length + pilot.Evaluations + drawn.Evaluations + moved.Evaluations
                + more,
            NonFinite = weights.Outside,
        }, keepsDraws: false, moved, MovedSteps), null);
    }

    /// <summary>Draws anew and moves, so that no mean hangs on where the heaviest draws stand. How many walkers there are follows from the
    /// weights, which changes no mean's expectation.</summary>
    private MovedSamples Move(WeightedDraws draws, ImportanceWeights weights) =>
        new ResampleMove(work.Potential, shapes.Dynamics, Moves(1), work.Options.Threads).Run(draws.ToEnsemble(work.Options.Temperature),
            (int)Math.Min(weights.Count, MovedEach * Math.Ceiling(weights.EffectiveSize)), MovedSteps, _random.Split("moved"),
            share => work.Progress("moving", share), work.Schedule.UntilAnalysis());

    /// <summary>What walkers of p make beside the dynamics.</summary>
    private IReadOnlyList<ExtraMove> Moves(int jumps) => [.. ExtraMove.TorsionMoves(work.Space.Moves, 1), .. shapes.CanJump
        ? new[] { new ExtraMove(ExtraMove.Jumps, new ShapeJump(shapes.Proposal), jumps) } : []];

    /// <summary>Draws and anneals in batches, which may be cut short.</summary>
    private AnnealedDraws Anneal(SequentialMonteCarlo annealing, double[] schedule, RandomSource random, int count,
        Action<double>? progress, CancellationToken end)
    {
        var draws = new AnnealedDraws([], [], []);
        for (int first = 0; first < count && !end.IsCancellationRequested; first += Batch)
        {
            progress?.Invoke((double)first / count);
            float[] x = new float[Batch * Size];
            shapes.Proposal.Draw(x, random.Split("draws"), first, work.Options.Threads);
            AnnealedPaths paths = annealing.Forward(x, schedule, random.Split("paths").Split(first), end);
            draws.Evaluations += paths.Evaluations;
            for (int n = 0; n < Batch; n++)
            {
                if (double.IsNaN(paths.LogWeights[n]))
                    continue; // time ran out
                draws.Positions.Add(x.AsMemory(n * Size, Size));
                draws.Energies.Add(paths.Energies[n]);
                draws.LogWeights.Add(paths.LogWeights[n]);
            }
        }
        draws.IsCut = draws.LogWeights.Count < count;
        return draws;
    }

    /// <summary>q(s) as the trial's weights have it.</summary>
    private void WeighStates(int[] states, double[] logWeights)
    {
        double[] shares = new double[shapes.Proposal.States];
        double top = logWeights.Max();
        for (int n = 0; n < states.Length; n++)
            shares[states[n]] += Math.Exp(logWeights[n] - top);
        shapes.Proposal.WeighStates(shares);
    }

    /// <summary>
    /// KL of the paths, seen from the other side: the mean of ln w over paths back from walkers of p, less ln Z. The walkers jump by whole
    /// shapes and move by dynamics, so they come to where draws do not. Gaussian ln w of variance v have KL v / 2 and an effective share
    /// exp(-v); much more says that the walkers have found what draws do not reach.
    /// </summary>
    private (Estimate Divergence, long Evaluations) Divergence(SequentialMonteCarlo annealing, double[] schedule, ImportanceWeights weights)
    {
        float[] back = shapes.Positions[..(JudgingWalkers * Size)];
        long evaluations = 0;
        if (shapes.CanJump)
        {
            using var walkers = new ReplicaExchange(work.Potential, new([work.Options.Temperature]), JudgingWalkers, work.Dynamics(1),
                Moves(Jumps), _random.Split("walkers"), work.Options.Threads);
            for (int m = 0; m < JudgingWalkers; m++)
                walkers.SetPositions(m, 0, back.AsSpan(m * Size, Size));
            walkers.Start();
            walkers.BurnIn(JudgingSteps, work.Schedule.UntilAnalysis(), n => work.Progress("walkers", (double)n / JudgingSteps));
            for (int m = 0; m < JudgingWalkers; m++)
                walkers.CopyPositions(m, 0, back.AsSpan(m * Size, Size));
            evaluations = walkers.Evaluations;
        }
        AnnealedPaths paths = annealing.Backward(back, schedule, _random.Split("backward"), work.Schedule.UntilAnalysis());
        double[] logs = [.. paths.LogWeights.Where(w => !double.IsNaN(w))];
        Estimate mean = logs.Length < 2 ? new(double.NaN, double.NaN) : SampleMean.Of(logs), z = weights.LogMean;
        return (new(mean.Value - z.Value, Math.Sqrt(mean.StandardError * mean.StandardError + z.StandardError * z.StandardError)),
            evaluations + paths.Evaluations);
    }

    /// <summary>Draws at the end of their paths.</summary>
    private sealed record AnnealedDraws(List<ReadOnlyMemory<float>> Positions, List<double> Energies, List<double> LogWeights)
    {
        public long Evaluations { get; set; }

        public bool IsCut { get; set; }

        public bool IsDead => LogWeights.TrueForAll(double.IsNegativeInfinity);
    }
}
