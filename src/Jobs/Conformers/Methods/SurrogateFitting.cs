using System.Diagnostics;
using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.Corrections;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Fits a force field to a costly energy, where the force field samples: labels of a hot ensemble of MMFF94s, a linear correction
/// (<see cref="ClassTwoCorrection"/>), labels of what that samples, and so on until its samples are good proposals for the energy.
/// </summary>
/// <param name="work">The molecule.</param>
internal sealed class SurrogateFitting(ConformerWork work)
{
    private const double Hot = 1.5; // times the temperature: the first fit must know what lies about the minima
    private const int LabelsARound = 300, MostRounds = 8, SufficientRounds = 3;
    private const int Starts = 64; // samples of the last chains that the next begin from
    private const int FewestLabels = 50; // that a pilot is judged by
    private const double Good = 0.5, Sufficient = 0.2; // effective shares of short pilots that end the rounds, early and after some
    private const double GoodEnough = 0.3; // of the long chains' pilot: another fit costs as much again
    private const double ShortEffort = 0.004, LongEffort = 0.03; // of the usual budget of chains, the long ones' twice that each time
    private const int ChainsSize = 3000; // effective samples of long chains: they cost less than labels do
    private const double HotShare = 0.2, ShortShare = 0.1, LongShare = 0.6; // of the time left to all chains that chains may take
    private const double MostForLabels = 0.5; // of the time left is kept for the draws' energies
    private const double EnergyError = 1, ForceError = 100, Ridge = 0.1; // kJ/mol, kJ/mol/nm, (mol/kJ)^2

    private JumpLaw? _law; // of the force field, then of the first surrogate with long chains: torsions of the next are much the same
    private bool _isLawSurrogates;

    private int _steps = JudgingWalkers.FewestSteps; // of the next walkers

    /// <summary>[N, 3] nm each, samples of the force field at a higher temperature.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> HotSamples { get; private set; } = [];

    /// <summary>Energies that were asked for, of pilots as well.</summary>
    public int Asked { get; private set; }

    /// <summary>Energies and forces that were fitted to.</summary>
    public int Labels { get; private set; }

    /// <summary>Linear parameters of the correction.</summary>
    public int Parameters { get; private set; }

    /// <summary>Of one energy, all threads at work.</summary>
    public double LabelSeconds { get; private set; }

    /// <summary>Fits.</summary>
    /// <param name="end">When it must be done.</param>
    /// <returns>Nothing and the reason where that was not possible.</returns>
    public (Surrogate?, string?) Run(CancellationToken end)
    {
        SystemParameters field = Mmff94.Parameterise([.. work.Molecule.Atoms.Select(a => a.Mass)],
            work.Input.MmffTerms(MmffVariant.Mmff94s));
        field = work.Constraints?.AddTo(field) ?? field; // labels have them too: nothing is left of them to fit
        (_, ConformerFindings? found, string how) = Chains(field, 0, work.Options.Temperature * Hot, HotShare, ShortEffort, isLong: false);
        if (found is null)
            return (null, how);
        (HotSamples, LabelledFrame[] frames, _) = Label(found, "hot", end);
        if (frames.Length < FewestLabels)
            return (null, end.IsCancellationRequested ? "there was no time to learn the energy" : "no geometry has an energy");
        var model = new ClassTwoCorrection(work.Molecule, work.Input.SymmetryClasses(), HotSamples);
        var fit = new CorrectionFit(model, field, Median([.. frames.Select(f => f.Energy)]), work.Options.Threads);
        fit.Add(frames);
        Parameters = model.Count;
        double share = double.NaN, effort = LongEffort;
        for (int round = 1; ; round++)
        {
            Labels = fit.Frames;
            work.Progress(string.Create(CultureInfo.InvariantCulture, $"fitting, round {round}")
                + (round == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", weights were {share:p0} effective")), 0);
            SystemParameters corrected = fit.Solve(EnergyError, ForceError, Ridge);
            bool isLast = round >= MostRounds || end.IsCancellationRequested;
            // short chains see whether it is worth longer ones, and these whether it is to be averaged: they find holes that the short
            // miss, where they stay, and a fit that has mended these is for longer ones again
            foreach (bool isLong in isLast || _isLawSurrogates ? new[] { true } : [false, true])
            {
                (Potential surrogate, found, how) = Chains(corrected, 2 * round + (isLong ? 1 : 0),
                    work.Options.Temperature * Surrogate.Wider, isLong ? LongShare : ShortShare,
                    !isLong ? ShortEffort : isLast ? 1 : effort, isLong);
                effort = isLong ? Math.Min(1, 2 * effort) : effort;
                if (found is null)
                    return (null, how);
                (_, frames, int[] picks) = Label(found, $"round {round}", end);
                if (frames.Length < FewestLabels && end.IsCancellationRequested)
                {
                    if (isLong)
                        return (new(surrogate, found, how, double.NaN, picks, null), null);
                    break; // to the last round
                }
                if (frames.Length < 2)
                    return (null, "the surrogate's samples have no energy");
                var pilot = new ImportanceWeights([.. frames.Select(f => Surrogate.LogWeight(work.Beta, f.Energy,
                    Geometry.Energy(surrogate, f.Positions.Span)))]);
                share = pilot.EffectiveFraction;
                bool isGood = share >= (round >= SufficientRounds ? Sufficient : isLong ? GoodEnough : Good)
                    && (!isLong || found.Shortcoming.Length == 0);
                if (isLong && (isGood || isLast))
                {
                    JudgingWalkers walkers = Judge(surrogate, pilot, round);
                    if (isLast || walkers.Judge(pilot).Lost == 0)
                        return (new(surrogate, found, how, share, picks, walkers), null);
                    isGood = false; // there is more: what they found goes into the fit
                    _steps = Math.Min(2 * _steps, JudgingWalkers.MostSteps); // to be judged until one passes is no easier examination
                    fit.Add(Labelled(walkers.Positions, "walkers", end).Frames(walkers.Positions));
                }
                fit.Add(frames); // for the next fit, if there is one
                if (!isGood)
                    break;
            }
        }
    }

    /// <summary>Half of the time that is left is kept for the draws.</summary>
    private JudgingWalkers Judge(Potential surrogate, ImportanceWeights pilot, int round)
    {
        JudgingWalkers walkers = JudgingWalkers.Run(work, surrogate, HotSamples, pilot.LogMean.Value, _steps,
            work.Random.Split("walkers").Split(round), work.Schedule.UntilAnalysis(0.5 * work.Schedule.LeftToAnalysis));
        Asked += (int)walkers.Evaluations;
        return walkers;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>Chains of a force field, as for any molecule. Where they only find what is to be labelled, they jump by what was learned
    /// before.</summary>
    private (Potential, ConformerFindings?, string How) Chains(SystemParameters field, int round, double temperature, double share,
        double effort, bool isLong)
    {
        Potential potential = new ForceFieldPotential(field, name: "surrogate").On(work.Potential.Support);
        using var schedule = new TimeLimit(share * SecondsLeft(), Stopwatch.StartNew(), work.Cancellation);
        using ConformerWork own = work with
        {
            Potential = potential,
            Relaxing = potential,
            Terms = field,
            Options = work.Options with { Temperature = temperature },
            Random = work.Random.Split("surrogate").Split(round),
            Schedule = schedule,
            Notes = [],
            Effort = effort,
            EffectiveSize = isLong ? ChainsSize : ConvergenceCriteria.SmallestEffectiveSize,
            Progress = (stage, share) => work.Progress(round == 0 ? $"hot force field: {stage}" : $"surrogate {round / 2}: {stage}", share),
            Owned = null,
        };
        if (_law is null || (isLong && !_isLawSurrogates))
            (_law, _isLawSurrogates) = (JumpingChains.Learn(own), isLong);
        Attempt attempt = JumpingChains.Sample(own, _law);
        if (attempt.Findings?.Analysis.Ensemble is { } samples) // where the next begin
            _law = _law with { Moves = _law.Moves.From([.. Surrogate.Take(samples, Starts, work.Random.Split("starts").Split(round)).Select(
                p => samples.Positions[p.Sample])]) };
        return (potential, attempt.Findings, attempt.How);
    }

    /// <summary>Until the draws must get their energies.</summary>
    private double SecondsLeft() => work.Schedule.LeftToAnalysis is var left && left == TimeSpan.MaxValue ? double.PositiveInfinity
        : left.TotalSeconds - Math.Min(MostForLabels * left.TotalSeconds,
            (work.Options.Labels + JudgingWalkers.Energies) * LabelSeconds);

    /// <summary>Labels some samples.</summary>
    private (IReadOnlyList<ReadOnlyMemory<float>> Positions, LabelledFrame[] Frames, int[] Picks) Label(ConformerFindings found,
        string what, CancellationToken end)
    {
        Ensemble samples = found.Analysis.Ensemble;
        RandomSource random = work.Random.Split("labels").Split(what).Split(Labels);
        int[] picks = [.. Surrogate.Take(samples, LabelsARound, random).Select(p => p.Sample)];
        ReadOnlyMemory<float>[] x = [.. picks.Select(n => samples.Positions[n])];
        return (x, Labelled(x, what, end).Frames(x), picks);
    }

    private LabelledDraws Labelled(ReadOnlyMemory<float>[] positions, string what, CancellationToken end)
    {
        var clock = Stopwatch.StartNew();
        LabelledDraws labels = LabelledDraws.Of(work, positions, share => work.Progress($"energies to learn from, {what}", share), end);
        Asked += labels.Done.Count;
        if (labels.Done.Count > 0)
            LabelSeconds = clock.Elapsed.TotalSeconds / labels.Done.Count;
        return labels;
    }
}
