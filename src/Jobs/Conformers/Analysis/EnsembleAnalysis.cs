using System.Globalization;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>What weighted samples say: basins with populations, profiles, representatives. Errors are jackknife errors over the independent
/// groups of samples.</summary>
internal sealed class EnsembleAnalysis
{
    private const int MostBasins = 100, MostProfiles = 60, ProfileBins = 36, MostMappedRotors = 16, MostMaps = 6;

    private readonly BasinClassifier _classifier;
    private readonly string[] _codes; // [S]
    private readonly (string Code, Estimate Population)[] _basins; // by falling population
    private readonly TorsionSpace _space;
    private readonly double[] _groupWeights; // [G] share of each group
    private readonly bool _symmetryTruncated;

    /// <summary>Analyses.</summary>
    /// <param name="ensemble">Its groups are independent of one another.</param>
    /// <param name="input">For symmetry.</param>
    /// <param name="space">Torsions to classify by.</param>
    /// <param name="reference">[N, 3] nm, a geometry of the isomer.</param>
    public EnsembleAnalysis(Ensemble ensemble, RDKitMolecule input, TorsionSpace space, float[] reference)
    {
        (Ensemble, _space) = (ensemble, space);
        IReadOnlyList<int[]> automorphisms = input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _symmetryTruncated);
        _classifier = new(space.Coordinates, ConformationalSymmetry.Filter(input.Molecule, _symmetryTruncated ? [] : automorphisms,
            reference), ensemble);
        _groupWeights = new double[ensemble.Groups.Max() + 1];
        for (int s = 0; s < ensemble.Count; s++)
            _groupWeights[ensemble.Groups[s]] += Math.Exp(ensemble.LogWeights[s]);
        _codes = _classifier.Classify();
        _basins = [.. Enumerable.Range(0, ensemble.Count).GroupBy(s => _codes[s])
            .Select(g => (g.Key, Population: Population(g)))
            .OrderByDescending(b => b.Population.Value).ThenBy(b => b.Key, StringComparer.Ordinal)];
    }

    /// <summary>The samples.</summary>
    public Ensemble Ensemble { get; }

    /// <summary>Functions of the samples, [S] each, by which chains are compared: energy, symmetry-invariant functions of torsions,
    /// indicators of basins between 5 and 95 %.</summary>
    public IEnumerable<double[]> Observables() => _classifier.Invariants().Append([.. Ensemble.Energies])
        .Concat(_basins.Where(b => b.Population.Value is > 0.05 and < 0.95).Select(b =>
            _codes.Select(c => c == b.Code ? 1.0 : 0.0).ToArray()));

    /// <summary>Indicators of the states of single torsions, rings and nitrogens, [S] each: what chains may keep from their start.</summary>
    public IEnumerable<double[]> Letters() => Enumerable.Range(0, _codes[0].Length).SelectMany(c => _codes.Select(code =>
        code[c]).Distinct().Order().Select(letter => Array.ConvertAll(_codes, code => code[c] == letter ? 1.0 : 0)));

    /// <summary>Populations of the five largest basins in the first parts of the samples: [points][basins].</summary>
    /// <param name="time">[S] when a sample was drawn, from 0 to 1.</param>
    /// <param name="points">Of the trace.</param>
    public double[][] Trace(double[] time, int points)
    {
        string[] codes = [.. _basins.Take(5).Select(b => b.Code)];
        var trace = new double[points][];
        for (int p = 0; p < points; p++)
        {
            double end = (p + 1.0) / points;
            double[] sums = new double[codes.Length];
            double total = 0;
            for (int s = 0; s < Ensemble.Count; s++)
            {
                if (time[s] >= end)
                    continue;
                double weight = Math.Exp(Ensemble.LogWeights[s]);
                total += weight;
                int basin = Array.IndexOf(codes, _codes[s]);
                if (basin >= 0)
                    sums[basin] += weight;
            }
            trace[p] = [.. sums.Select(v => v / total)];
        }
        return trace;
    }

    /// <summary>Fills in the result: samples, basins with minimised representatives, profiles.</summary>
    /// <param name="result">So far.</param>
    /// <param name="work">The molecule.</param>
    /// <param name="keepsDraws">Whether the samples are kept with their own weights, the first so many, instead of drawn in proportion to
    /// them.</param>
    public ConformerResult Complete(ConformerResult result, ConformerWork work, bool keepsDraws)
    {
        (string Code, Estimate Population)[] listed = [.. _basins.Take(MostBasins)];
        (double kT, int samples, Potential potential, List<string> notes) = (Ensemble.State.KT, work.Options.Samples, work.Potential,
            work.Notes);
        (HeavyAtomRmsd Rmsd, double Threshold)? pruning = work.Options.PruneRmsd is { } threshold ? (new HeavyAtomRmsd(work.Input),
            threshold) : null;
        CancellationToken untilEnergies = work.Schedule.UntilEnergies();
        if (untilEnergies.IsCancellationRequested)
            notes.Add("no time was left to minimise the representatives: they are the basins' lowest samples");
        float[][] minima = Minimise(potential, [.. listed.Select(b => LowestSample(b.Code))], work.Options.Threads, untilEnergies);
        for (int b = 0; b < minima.Length; b++)
            // the force field is flat there (allenes): a minimum of the other isomer represents nothing
            if (!work.Isomer.Contains(minima[b]))
                Ensemble.Positions[LowestSample(listed[b].Code)].Span.CopyTo(minima[b]);
        double[] energies = new double[minima.Length];
        // not by PLINQ, which waits for threads of the pool
        Parallel.For(0, minima.Length, ParallelWork.Options(), b => energies[b] = Exact(potential, minima[b]));
        int[] representatives = pruning is { } p ? ConformerPruning.Representatives(p.Rmsd, minima, energies, p.Threshold)
            : [.. Enumerable.Range(0, listed.Length)];
        (int Representative, int[] Members, Estimate Population)[] merged =
            [.. Enumerable.Range(0, listed.Length).GroupBy(b => representatives[b])
            .Select(g => (g.Key, Members: g.ToArray())).Select(g =>
                (g.Key, g.Members, Population: Population([.. g.Members.Select(b => listed[b])])))
            .OrderByDescending(g => g.Population.Value).ThenBy(g => listed[g.Key].Code, StringComparer.Ordinal)];
        if (merged.Length < listed.Length)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{listed.Length - merged.Length} basins were merged into others of lower energy, whose minima are nearer than {10 * pruning!.Value.Threshold:g3} Angstrom"));
        double top = merged[0].Population.Value;
        var index = merged.SelectMany((g, i) => g.Members.Select(b => (listed[b].Code, i))).ToDictionary(m => m.Code, m => m.i);
        Basin[] basins = [.. merged.Select(g => new Basin(
            g.Population.Value, g.Population.StandardError, kT * Math.Log(top / g.Population.Value),
                kT * g.Population.StandardError / g.Population.Value,
            minima[g.Representative], energies[g.Representative], _classifier.Describe(listed[g.Representative].Code)))];

        (int Sample, double LogWeight)[] drawn = keepsDraws ? First(samples)
            : [.. Ensemble.Resample(samples, work.Random.Split("resample")).Select(d =>
                (d.Sample, Math.Log((double)d.Multiplicity / samples)))];
        int size = 3 * potential.AtomCount;
        var table = new SampleTable(potential.AtomCount, new float[drawn.Length * size], new double[drawn.Length], new double[drawn.Length],
            new int[drawn.Length]);
        CancellationToken untilEnd = work.Schedule.Until(1);
        int late = 0;
        Parallel.For(0, drawn.Length, ParallelWork.Options(), row =>
        {
            (int sample, double logWeight) = drawn[row];
            Span<float> x = table.Positions.AsSpan(row * size, size);
            Ensemble.Positions[sample].Span.CopyTo(x);
            Centre(x);
            table.LogWeights[row] = logWeight;
            bool isLate = untilEnd.IsCancellationRequested;
            table.Energies[row] = isLate ? Ensemble.Energies[sample] : Exact(potential, x);
            table.Basins[row] = index.GetValueOrDefault(_codes[sample], -1);
            if (isLate)
                Interlocked.Increment(ref late);
        });
        if (late > 0)
            notes.Add($"no time was left for the energies of {late} samples in double precision: they are the engine's, in single precision");
        int wrong = Enumerable.Range(0, drawn.Length).Count(row => !work.Isomer.Contains(table.Positions.AsSpan(row * size, size)));
        if (work.Isomer.Count > 0)
            notes.Add(wrong == 0 ? MoleculeAdmission.StereoChecked(work.Molecule, work.Isomer)
                : $"{wrong} samples have another stereochemistry: please report this");
        if (_basins.Length > listed.Length)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{_basins.Length} basins were seen; the {listed.Length} listed hold {listed.Sum(b => b.Population.Value):p1} of the population"));
        if (_symmetryTruncated)
            notes.Add("the molecule has very many automorphisms: equivalent conformers are listed apart");
        (TorsionProfile[] profiles, TorsionMap[] maps) = Distributions(result.Molecule!);
        return result with { Samples = table, Basins = basins, Coordinates = _classifier.Describe(), Torsions = profiles, Maps = maps,
            Notes = notes };
    }

    /// <summary>The first draws, those of weight zero left out, with their weights among themselves.</summary>
    private (int Sample, double LogWeight)[] First(int count)
    {
        int[] kept = [.. Enumerable.Range(0, Math.Min(count, Ensemble.Count)).Where(s =>
            !double.IsNegativeInfinity(Ensemble.LogWeights[s]))];
        if (kept.Length == 0)
            kept = [Enumerable.Range(0, Ensemble.Count).MaxBy(s => Ensemble.LogWeights[s])];
        double top = kept.Max(s => Ensemble.LogWeights[s]), norm = top + Math.Log(kept.Sum(s => Math.Exp(Ensemble.LogWeights[s] - top)));
        return [.. kept.Select(s => (s, Ensemble.LogWeights[s] - norm))];
    }

    /// <summary>Of basins together: the jackknife over groups sees how their populations vary with one another, which adding errors would
    /// not.</summary>
    private Estimate Population((string Code, Estimate Population)[] basins) =>
        basins.Length == 1 ? basins[0].Population
            : Population(Enumerable.Range(0, Ensemble.Count).Where(s => Array.Exists(basins, b => b.Code == _codes[s])));

    private Estimate Population(IEnumerable<int> samples)
    {
        double[] inside = new double[_groupWeights.Length];
        foreach (int s in samples)
            inside[Ensemble.Groups[s]] += Math.Exp(Ensemble.LogWeights[s]);
        return Jackknife.Ratio(inside, _groupWeights);
    }

    /// <summary>Marginals of the rotors, and joint distributions of the pairs that say most of one another.</summary>
    private (TorsionProfile[] Profiles, TorsionMap[] Maps) Distributions(Molecule molecule)
    {
        TorsionCoordinate[] rotors = [.. _space.Coordinates.Where(c => c.Kind == TorsionKind.Rotor).Take(MostProfiles)];
        var profiles = new TorsionProfile[rotors.Length];
        var bins = new byte[rotors.Length][]; // [rotor][sample]
        double[] weights = [.. Ensemble.LogWeights.Select(Math.Exp)];
        Parallel.For(0, rotors.Length, ParallelWork.Options(), r =>
        {
            TorsionCoordinate c = rotors[r];
            var sums = new double[ProfileBins][];
            for (int b = 0; b < ProfileBins; b++)
                sums[b] = new double[_groupWeights.Length];
            bins[r] = new byte[Ensemble.Count];
            for (int s = 0; s < Ensemble.Count; s++)
            {
                double angle = Dihedral.Angle(Ensemble.Positions[s].Span, c.I, c.J, c.K, c.L);
                bins[r][s] = (byte)Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * ProfileBins), 0, ProfileBins - 1);
                sums[bins[r][s]][Ensemble.Groups[s]] += weights[s];
            }
            Estimate[] shares = [.. sums.Select(b => Jackknife.Ratio(b, _groupWeights))];
            string label = string.Join('-', new[] { c.I, c.J, c.K, c.L }.Select(a => $"{molecule.Atoms[a].Symbol}{a + 1}"));
            profiles[r] = new([c.I, c.J, c.K, c.L], label, [.. shares.Select(b => b.Value)], [.. shares.Select(b => b.StandardError)]);
        });
        int mapped = Math.Min(rotors.Length, MostMappedRotors);
        (int First, int Second)[] pairs =
            [.. Enumerable.Range(0, mapped).SelectMany(i => Enumerable.Range(i + 1, mapped - i - 1).Select(j => (i, j)))];
        var maps = new TorsionMap[pairs.Length];
        Parallel.For(0, pairs.Length, ParallelWork.Options(), p => maps[p] = Map(pairs[p].First, pairs[p].Second, bins[pairs[p].First],
            bins[pairs[p].Second], weights));
        return (profiles, [.. maps.OrderByDescending(m => m.MutualInformation).Take(MostMaps)]);
    }

    private static TorsionMap Map(int first, int second, byte[] rows, byte[] columns, double[] weights)
    {
        double[] density = new double[ProfileBins * ProfileBins], p = new double[ProfileBins], q = new double[ProfileBins];
        for (int s = 0; s < weights.Length; s++)
            density[rows[s] * ProfileBins + columns[s]] += weights[s];
        for (int cell = 0; cell < density.Length; cell++)
        {
            p[cell / ProfileBins] += density[cell];
            q[cell % ProfileBins] += density[cell];
        }
        double information = 0;
        for (int cell = 0; cell < density.Length; cell++)
            if (density[cell] > 0)
                information += density[cell] * Math.Log(density[cell] / (p[cell / ProfileBins] * q[cell % ProfileBins]));
        return new(first, second, information, density);
    }

    private int LowestSample(string code)
    {
        int lowest = -1;
        for (int s = 0; s < Ensemble.Count; s++)
            if (_codes[s] == code && (lowest < 0 || Ensemble.Energies[s] < Ensemble.Energies[lowest]))
                lowest = s;
        return lowest;
    }

    private float[][] Minimise(Potential potential, int[] samples, int threads, CancellationToken cancellation)
    {
        int width = potential.BlockWidth;
        var minima = new float[samples.Length][];
        Parallel.For(0, (samples.Length + width - 1) / width, ParallelWork.Options(potential.ThreadsFor(threads), CancellationToken.None),
            b =>
        {
            using var block = new WalkerBlock(potential, 0);
            for (int lane = 0; lane < width; lane++)
            {
                int sample = samples[Math.Min(b * width + lane, samples.Length - 1)];
                block.SetPositions(lane, _classifier.Renumbered(sample, Ensemble.Positions[sample].Span));
            }
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
    public static double Exact(Potential potential, ReadOnlySpan<float> x)
    {
        double[] positions = new double[x.Length];
        for (int k = 0; k < x.Length; k++)
            positions[k] = x[k];
        return potential.EvaluateDouble(positions, new double[x.Length]);
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
