using System.Globalization;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Molecular.Conformers;

/// <summary>
/// What one round of replica exchange says: MBAR weights of all its samples at the asked temperature, basins, and whether it converged. Populations use the samples of all
/// temperatures; their errors are jackknife errors over the independent ladders.
/// </summary>
internal sealed class EnsembleAnalysis
{
    private const double LargestRhat = 1.03, SmallestSwapAcceptance = 0.05;
    private const int SmallestEffectiveSize = 400, MostBasins = 100, MostProfiles = 60, MostAutomorphisms = 1000, ProfileBins = 36, Checkpoints = 24;

    private readonly Ensemble _ensemble;
    private readonly BasinClassifier _classifier;
    private readonly string[] _codes; // [S]
    private readonly (string Code, Estimate Population)[] _basins; // by falling population
    private readonly TorsionSpace _space;
    private readonly ConformerDiagnostics _diagnostics;
    private readonly double[] _ladderWeights; // [M] share of each ladder
    private readonly EstimatorStatus _mbarStatus;
    private readonly bool _symmetryTruncated;

    private EnsembleAnalysis(LadderTrajectory trajectory, ReplicaExchange exchange, Ensemble ensemble, BasinClassifier classifier, TorsionSpace space,
        EstimatorStatus mbarStatus, bool symmetryTruncated)
    {
        (Trajectory, _ensemble, _classifier, _space, _mbarStatus, _symmetryTruncated) = (trajectory, ensemble, classifier, space, mbarStatus, symmetryTruncated);
        _ladderWeights = new double[trajectory.Ladders];
        for (int s = 0; s < ensemble.Count; s++)
            _ladderWeights[ensemble.Groups[s]] += Math.Exp(ensemble.LogWeights[s]);
        _codes = classifier.Classify();
        _basins = [.. Enumerable.Range(0, ensemble.Count).GroupBy(s => _codes[s])
            .Select(g => (g.Key, Population: Population(g)))
            .OrderByDescending(b => b.Population.Value).ThenBy(b => b.Key, StringComparer.Ordinal)];
        (double rhat, double size) = Convergence();
        double[] swaps = [.. exchange.SwapAcceptances];
        int trips = ReplicaMixing.RoundTrips(trajectory.RungHistory, trajectory.Rungs);
        var wants = new List<string>();
        if (!(rhat <= LargestRhat))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"split R-hat {rhat:f3} above {LargestRhat}"));
        if (!(size >= SmallestEffectiveSize))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"effective sample size {size:f0} below {SmallestEffectiveSize}"));
        if (swaps.Length > 0 && !(swaps.Min() >= SmallestSwapAcceptance))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"swap acceptance {swaps.Min():f2} below {SmallestSwapAcceptance}"));
        if (swaps.Length > 0 && trips < trajectory.Ladders)
            wants.Add($"{trips} round trips of {trajectory.Ladders} ladders");
        Shortcoming = wants.Count == 0 ? "" : "not converged (" + string.Join("; ", wants) + ")";
        _diagnostics = new()
        {
            EffectiveSampleSize = size,
            SplitRhatMax = rhat,
            SwapAcceptance = swaps.Length == 0 ? 1 : swaps.Average(),
            SwapAcceptances = swaps,
            RoundTrips = trips,
            EnergyEvaluations = exchange.Evaluations,
            TrajectoryAcceptance = exchange.TrajectoryAcceptance(0),
            TorsionMoveAcceptance = exchange.MoveAcceptance(ExtraMove.Torsions, 0),
            Temperatures = exchange.Temperatures.Temperatures,
            StereoRejections = exchange.OutsideSupport,
            NonFinite = exchange.NonFinite,
            PopulationTrace = Trace(),
            Converged = wants.Count == 0,
        };
    }

    public LadderTrajectory Trajectory { get; }

    public bool Converged => Shortcoming.Length == 0;

    /// <summary>What is missing for convergence, in words; empty if nothing is.</summary>
    public string Shortcoming { get; }

    public static EnsembleAnalysis Of(LadderTrajectory trajectory, ReplicaExchange exchange, RDKitMolecule input, TorsionSpace space, float[] reference, double temperature)
    {
        int rungs = trajectory.Rungs, perRung = trajectory.FrameCount * trajectory.Ladders;
        // samples in the order rung, frame, ladder: MBAR wants them state by state
        var positions = new ReadOnlyMemory<float>[rungs * perRung];
        var energies = new double[positions.Length];
        var groups = new int[positions.Length];
        for (int k = 0, n = 0; k < rungs; k++)
            for (int t = 0; t < trajectory.FrameCount; t++)
                for (int m = 0; m < trajectory.Ladders; m++, n++)
                    (positions[n], energies[n], groups[n]) = (trajectory.Positions(t, m, k), trajectory.Energy(t, m, k), m);

        Mbar mbar = Mbar.SolveTemperatures(exchange.Temperatures.Beta, energies, [.. Enumerable.Repeat(perRung, rungs)]);
        var state = new ThermodynamicState(temperature);
        // without a solution the samples of the asked temperature alone remain, and the result says so
        double[] logWeights = mbar.Status == EstimatorStatus.Converged
            ? mbar.LogWeights([.. energies.Select(u => state.Beta * u)])
            : [.. Enumerable.Range(0, energies.Length).Select(n => n < perRung ? 0.0 : double.NegativeInfinity)];
        var ensemble = new Ensemble(state, positions, energies, logWeights, groups);
        IReadOnlyList<int[]> automorphisms = input.Automorphisms(MostAutomorphisms, out bool truncated);
        IReadOnlyList<int[]> symmetry = ConformationalSymmetry.Filter(input.Molecule, truncated ? [] : automorphisms, reference);
        return new(trajectory, exchange, ensemble, new BasinClassifier(space.Coordinates, symmetry, ensemble), space, mbar.Status, truncated);
    }

    /// <summary>Fills in the result: samples, basins with minimised representatives, profiles, diagnostics.</summary>
    public ConformerResult Complete(ConformerResult result, ForceFieldPotential potential, Stereoisomer isomer, int samples, (HeavyAtomRmsd Rmsd, double Threshold)? pruning, RandomSource random, List<string> notes,
        TimeLimit schedule)
    {
        (string Code, Estimate Population)[] listed = [.. _basins.Take(MostBasins)];
        double kT = _ensemble.State.KT;
        CancellationToken untilEnergies = schedule.UntilEnergies();
        if (untilEnergies.IsCancellationRequested)
            notes.Add("no time was left to minimise the representatives: they are the basins' lowest samples");
        float[][] minima = Minimise(potential, [.. listed.Select(b => LowestSample(b.Code))], untilEnergies);
        double[] energies = [.. minima.AsParallel().AsOrdered().Select(x => Exact(potential, x))];
        int[] representatives = pruning is { } p ? ConformerPruning.Representatives(p.Rmsd, minima, energies, p.Threshold) : [.. Enumerable.Range(0, listed.Length)];
        (int Representative, int[] Members, Estimate Population)[] merged = [.. Enumerable.Range(0, listed.Length).GroupBy(b => representatives[b])
            .Select(g => (g.Key, Members: g.ToArray())).Select(g => (g.Key, g.Members, Population: Population([.. g.Members.Select(b => listed[b])])))
            .OrderByDescending(g => g.Population.Value).ThenBy(g => listed[g.Key].Code, StringComparer.Ordinal)];
        if (merged.Length < listed.Length)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{listed.Length - merged.Length} basins were merged into others of lower energy, whose minima are nearer than {10 * pruning!.Value.Threshold:g3} Angstrom"));
        double top = merged[0].Population.Value;
        var index = merged.SelectMany((g, i) => g.Members.Select(b => (listed[b].Code, i))).ToDictionary(m => m.Code, m => m.i);
        Basin[] basins = [.. merged.Select(g => new Basin(
            g.Population.Value, g.Population.StandardError, kT * Math.Log(top / g.Population.Value), kT * g.Population.StandardError / g.Population.Value,
            minima[g.Representative], energies[g.Representative], _classifier.Describe(listed[g.Representative].Code)))];

        var drawn = _ensemble.Resample(samples, random);
        int size = 3 * potential.AtomCount;
        var table = new SampleTable(potential.AtomCount, new float[drawn.Count * size], new double[drawn.Count], new double[drawn.Count], new int[drawn.Count]);
        CancellationToken untilEnd = schedule.Until(1);
        int late = 0;
        Parallel.For(0, drawn.Count, row =>
        {
            (int sample, int multiplicity) = drawn[row];
            Span<float> x = table.Positions.AsSpan(row * size, size);
            _ensemble.Positions[sample].Span.CopyTo(x);
            Centre(x);
            table.LogWeights[row] = Math.Log((double)multiplicity / samples);
            bool isLate = untilEnd.IsCancellationRequested;
            table.Energies[row] = isLate ? _ensemble.Energies[sample] : Exact(potential, x);
            table.Basins[row] = index.GetValueOrDefault(_codes[sample], -1);
            if (isLate)
                Interlocked.Increment(ref late);
        });
        if (late > 0)
            notes.Add($"no time was left for the energies of {late} samples in double precision: they are the engine's, in single precision");
        int wrong = Enumerable.Range(0, drawn.Count).Count(row => !isomer.Contains(table.Positions.AsSpan(row * size, size)));
        if (isomer.Count > 0)
            notes.Add(wrong == 0 ? $"stereo checked on every sample: {isomer.Count} element{(isomer.Count == 1 ? "" : "s")}, all as given" : $"{wrong} samples have another stereochemistry: please report this");
        if (_basins.Length > listed.Length)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_basins.Length} basins were seen; the {listed.Length} listed hold {listed.Sum(b => b.Population.Value):p1} of the population"));
        if (_symmetryTruncated)
            notes.Add("the molecule has very many automorphisms: equivalent conformers are listed apart");
        if (_mbarStatus != EstimatorStatus.Converged)
            notes.Add($"MBAR over the temperatures did not converge ({_mbarStatus}): only samples of the asked temperature were used");
        return result with { Samples = table, Basins = basins, Torsions = Profiles(result.Molecule!), Diagnostics = _diagnostics, Notes = notes };
    }

    /// <summary>Of basins together: the jackknife over ladders sees how their populations vary with one another, which adding errors would not.</summary>
    private Estimate Population((string Code, Estimate Population)[] basins) =>
        basins.Length == 1 ? basins[0].Population : Population(Enumerable.Range(0, _ensemble.Count).Where(s => Array.Exists(basins, b => b.Code == _codes[s])));

    private Estimate Population(IEnumerable<int> samples)
    {
        double[] inside = new double[Trajectory.Ladders];
        foreach (int s in samples)
            inside[_ensemble.Groups[s]] += Math.Exp(_ensemble.LogWeights[s]);
        return Jackknife.Ratio(inside, _ladderWeights);
    }

    /// <summary>The largest R-hat and the smallest bulk ESS over energy, symmetry-invariant torsion functions and the indicators of the larger basins, on the chains of the asked temperature.</summary>
    private (double Rhat, double Size) Convergence()
    {
        double worst = 1, least = double.PositiveInfinity;
        IEnumerable<double[]> observables = _classifier.Invariants().Append([.. _ensemble.Energies])
            .Concat(_basins.Where(b => b.Population.Value is > 0.05 and < 0.95).Select(b => _codes.Select(c => c == b.Code ? 1.0 : 0.0).ToArray()));
        foreach (double[] observable in observables)
        {
            double[][] chains = Chains(observable);
            double[] all = [.. chains.SelectMany(c => c)];
            if (all.Max() - all.Min() < 1e-4)
                continue; // constant by symmetry up to rounding
            double rhat = ChainDiagnostics.SplitRhat(chains);
            worst = double.IsNaN(rhat) ? double.NaN : Math.Max(worst, rhat);
            least = Math.Min(least, ChainDiagnostics.BulkEffectiveSize(chains));
        }
        return (worst, double.IsInfinity(least) ? Trajectory.FrameCount * Trajectory.Ladders : least);
    }

    /// <summary>[ladder][frame] at the lowest temperature, whose samples come first.</summary>
    private double[][] Chains(double[] observable) =>
        [.. Enumerable.Range(0, Trajectory.Ladders).Select(m => Enumerable.Range(0, Trajectory.FrameCount).Select(t => observable[t * Trajectory.Ladders + m]).ToArray())];

    /// <summary>Populations of the largest basins from the first parts of the round.</summary>
    private double[][] Trace()
    {
        string[] codes = [.. _basins.Take(5).Select(b => b.Code)];
        int frames = Trajectory.FrameCount, points = Math.Min(Checkpoints, frames);
        var trace = new double[points][];
        for (int p = 0; p < points; p++)
        {
            int end = (p + 1) * frames / points;
            double[] sums = new double[codes.Length];
            double total = 0;
            for (int s = 0; s < _ensemble.Count; s++)
            {
                if (s / Trajectory.Ladders % frames >= end)
                    continue;
                double weight = Math.Exp(_ensemble.LogWeights[s]);
                total += weight;
                int basin = Array.IndexOf(codes, _codes[s]);
                if (basin >= 0)
                    sums[basin] += weight;
            }
            trace[p] = [.. sums.Select(v => v / total)];
        }
        return trace;
    }

    private TorsionProfile[] Profiles(Molecule molecule)
    {
        TorsionCoordinate[] rotors = [.. _space.Coordinates.Where(c => c.Kind == TorsionKind.Rotor).Take(MostProfiles)];
        var profiles = new TorsionProfile[rotors.Length];
        Parallel.For(0, rotors.Length, r =>
        {
            TorsionCoordinate c = rotors[r];
            var sums = new double[ProfileBins][];
            for (int b = 0; b < ProfileBins; b++)
                sums[b] = new double[Trajectory.Ladders];
            for (int s = 0; s < _ensemble.Count; s++)
            {
                double angle = Dihedral.Angle(_ensemble.Positions[s].Span, c.I, c.J, c.K, c.L);
                sums[Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * ProfileBins), 0, ProfileBins - 1)][_ensemble.Groups[s]] += Math.Exp(_ensemble.LogWeights[s]);
            }
            Estimate[] bins = [.. sums.Select(b => Jackknife.Ratio(b, _ladderWeights))];
            string label = string.Join('-', new[] { c.I, c.J, c.K, c.L }.Select(a => $"{molecule.Atoms[a].Symbol}{a + 1}"));
            profiles[r] = new([c.I, c.J, c.K, c.L], label, [.. bins.Select(b => b.Value)], [.. bins.Select(b => b.StandardError)]);
        });
        return profiles;
    }

    private int LowestSample(string code)
    {
        int lowest = -1;
        for (int s = 0; s < _ensemble.Count; s++)
            if (_codes[s] == code && (lowest < 0 || _ensemble.Energies[s] < _ensemble.Energies[lowest]))
                lowest = s;
        return lowest;
    }

    private float[][] Minimise(ForceFieldPotential potential, int[] samples, CancellationToken cancellation)
    {
        int width = potential.BlockWidth;
        var minima = new float[samples.Length][];
        Parallel.For(0, (samples.Length + width - 1) / width, b =>
        {
            using var block = new WalkerBlock(potential, 0);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, _ensemble.Positions[samples[Math.Min(b * width + lane, samples.Length - 1)]].Span);
            FireMinimiser.Minimise(potential, block, 0.2, 5000, cancellation); // below this the rounding of single precision rules
            for (int lane = 0; lane < width && b * width + lane < samples.Length; lane++)
            {
                block.CopyPositions(lane, minima[b * width + lane] = new float[3 * potential.AtomCount]);
                Centre(minima[b * width + lane]);
            }
        });
        return minima;
    }

    /// <summary>The energy in double precision, kJ/mol.</summary>
    public static double Exact(ForceFieldPotential potential, ReadOnlySpan<float> x)
    {
        double[] positions = new double[x.Length];
        for (int k = 0; k < x.Length; k++)
            positions[k] = x[k];
        return potential.EvaluateExact(positions, new double[x.Length]);
    }

    private static void Centre(Span<float> x)
    {
        for (int c = 0; c < 3; c++)
        {
            double mean = 0;
            for (int k = c; k < x.Length; k += 3)
                mean += x[k];
            mean /= x.Length / 3;
            for (int k = c; k < x.Length; k += 3)
                x[k] = (float)(x[k] - mean);
        }
    }
}
