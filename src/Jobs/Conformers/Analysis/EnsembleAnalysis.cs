using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>What weighted samples say: basins with populations, profiles, representatives. Errors: see <see cref="Populations"/>.</summary>
internal sealed class EnsembleAnalysis
{
    private const int MostBasins = 100; // listed: what a reader looks at, and minimisation stays cheap beside sampling
    // the lowest sample does not lead to the lowest minimum always: a few more are tried, the more the fewer basins there are
    private const int MostStarts = 128, FewestStartsEach = 2, MostStartsEach = 8;
    private const double SameConformer = 0.005; // nm: minima found twice agree to half of it, as far as they are minimised
    private const int TracedBasins = 5; // lines that can be told apart in one chart
    private const double SeenAgain = 1; // errors: what was visited once or twice is known to less than that (Populations)
    private const double RareIndicator = 0.05; // a basin below (or above 1 - this) has too few visits to compare chains by

    private readonly BasinClassifier _classifier;
    private readonly string[] _codes; // [S]
    private readonly (string Code, int[] Samples, Estimate Population)[] _basins; // by falling population
    private readonly TorsionSpace _space;
    private readonly Populations _populations;
    private readonly bool _symmetryTruncated;

    /// <summary>Analyses.</summary>
    /// <param name="ensemble">Its groups are independent of one another.</param>
    /// <param name="work">The molecule: its torsions to classify by, and its symmetry.</param>
    /// <param name="walks">[W] the samples of each walk in their order; null where samples are independent of one another.</param>
    /// <param name="effective">Share of the draws that was effective before these samples were drawn anew from them.</param>
    public EnsembleAnalysis(Ensemble ensemble, ConformerWork work, IReadOnlyList<int[]>? walks = null, double effective = 1)
    {
        (Ensemble, _space, _populations) = (ensemble, work.Space, new(ensemble, walks, effective));
        _classifier = new(work.Space.Coordinates, work.Symmetry(out _symmetryTruncated), ensemble);
        _codes = _classifier.Classify();
        _basins = [.. Enumerable.Range(0, ensemble.Count).GroupBy(s => _codes[s])
            .Select(g => (g.Key, Samples: g.ToArray(), Population: _populations.Of(g)))
            .OrderByDescending(b => b.Population.Value).ThenBy(b => b.Key, StringComparer.Ordinal)];
    }

    /// <summary>The samples.</summary>
    public Ensemble Ensemble { get; }

    /// <summary>Functions of the samples, [S] each, by which chains are compared: energy, symmetry-invariant functions of torsions,
    /// indicators of basins between 5 and 95 %.</summary>
    public IEnumerable<double[]> Observables() => _classifier.Invariants().Append([.. Ensemble.Energies])
        .Concat(_basins.Where(b => b.Population.Value is > RareIndicator and < 1 - RareIndicator).Select(b =>
            _codes.Select(c => c == b.Code ? 1.0 : 0.0).ToArray()));

    /// <summary>Indicators of the states of single torsions, rings and nitrogens, [S] each: what chains may keep from their
    /// start.</summary>
    public IEnumerable<double[]> Letters() => Enumerable.Range(0, _codes[0].Length).SelectMany(c => _codes.Select(code =>
        code[c]).Distinct().Order().Select(letter => Array.ConvertAll(_codes, code => code[c] == letter ? 1.0 : 0)));

    /// <summary>Fills in the result: samples, basins with minimised representatives, profiles, the trace of populations.</summary>
    /// <param name="result">So far.</param>
    /// <param name="work">The molecule.</param>
    /// <param name="found">What this is the analysis of.</param>
    public ConformerResult Complete(ConformerResult result, ConformerWork work, ConformerFindings found)
    {
        work = work with { Relaxing = found.Relaxing ?? work.Relaxing };
        (ListedBasin Basin, Estimate Population)[] listed = List(work);
        int[] basinOf = BasinOf([.. listed.Select(b => b.Basin.Codes)]);
        IReadOnlyList<EnsembleProperty> properties = work.Properties(Ensemble.Expectation([.. Ensemble.Energies]).Value);
        SampleTable samples = WrittenSamples.Of(Ensemble, basinOf, work, found.KeepsDraws, properties);
        int unlisted = Enumerable.Range(0, basinOf.Length).Where(s => basinOf[s] < 0).Select(s => _codes[s]).Distinct().Count();
        if (unlisted > 0)
            work.Notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{listed.Length + unlisted} basins were seen; the {listed.Length} listed hold {listed.Sum(b => b.Population.Value):p1} ")
                + "of the population");
        if (_symmetryTruncated)
            work.Notes.Add("the molecule has very many automorphisms: equivalent conformers are listed apart");
        if (work.Options.Method != ConformerMethod.Etkdg && StillBonds(work) is { Length: > 0 } still)
            work.Notes.Add($"{string.Join(", ", still)}: one state was seen of {(still.Length == 1 ? "this bond" : "these bonds")} of a carbonyl "
                + "group; others are reached seldom and may be missing even above the bound");
        (TorsionProfile[] profiles, TorsionMap[] maps) = TorsionDistributions.Of(Ensemble, _populations, _space.Coordinates,
            work.Input);
        return result with { Samples = samples, Basins = Basins(listed, found.MemberLogWeights), Coordinates = _classifier.Describe(),
            Torsions = profiles, Maps = maps, Averages = Averages(work, properties, basinOf), Notes = work.Notes,
            Diagnostics = found.Diagnostics with { PopulationTrace = _populations.Trace(basinOf, Math.Min(listed.Length, TracedBasins),
                found.Time) } };
    }

    /// <summary>None of embeddings, which are no ensemble.</summary>
    private EnsembleAverage[] Averages(ConformerWork work, IReadOnlyList<EnsembleProperty> properties, int[] basinOf)
    {
        if (work.Options.Method == ConformerMethod.Etkdg)
            return [];
        EnsembleAverage[] averages = [.. properties.Select(p => p.Average(Ensemble, work.Random.Split("average")))];
        return [.. averages[..PropertyList.Energetic], Entropy(basinOf), .. averages[PropertyList.Energetic..]];
    }

    /// <summary>Over all basins, each that is not listed for itself.</summary>
    private EnsembleAverage Entropy(int[] basinOf)
    {
        var parts = new Dictionary<string, int>();
        int[] partOf = [.. basinOf.Select((basin, s) => (Name: basin >= 0 ? $"{basin}" : $"unlisted {_codes[s]}", s)).Select(p =>
        {
            parts.TryAdd(p.Name, parts.Count);
            return parts[p.Name];
        })];
        Estimate entropy = ConformationalEntropy.Of(Ensemble, partOf);
        return new("conformational entropy", "J/mol/K", entropy.Value, entropy.StandardError);
    }

    /// <summary>Bonds of amides, esters and the like that stood in one state: the number of effective samples says nothing of what is
    /// reached by a jump in ten thousand (calibration: the cis amides of alanine dipeptide, 0.15 %, were missed by half of the
    /// runs).</summary>
    private string[] StillBonds(ConformerWork work) =>
    [
        .. _classifier.Describe().Where(c => c.Letters.Count == 1 && c.Torsion is { Kind: TorsionKind.Rotor, Fold: 1 } t
            && (IsOfCarbonyl(work.Molecule, t.J, t.K) || IsOfCarbonyl(work.Molecule, t.K, t.J))
            && work.Constraints?.HoldsBond(t.J, t.K) != true)
            .Select(c => TorsionLabel.Of(work.Input, [c.Torsion.I, c.Torsion.J, c.Torsion.K, c.Torsion.L])),
    ];

    /// <summary>C-N, C-O or C-S of C=O, C=N or C=S.</summary>
    private static bool IsOfCarbonyl(Molecule molecule, int carbon, int other) => molecule.Atoms[carbon].AtomicNumber == 6
        && IsHetero(molecule, other) && molecule.Bonds.Any(b => b is { Order: 2, IsAromatic: false }
        && ((b.Begin == carbon && IsHetero(molecule, b.End)) || (b.End == carbon && IsHetero(molecule, b.Begin))));

    private static bool IsHetero(Molecule molecule, int atom) => molecule.Atoms[atom].AtomicNumber is 7 or 8 or 16;

    /// <summary>The most populated basins with their minima, no two of which are one conformer, by falling population.</summary>
    private (ListedBasin, Estimate Population)[] List(ConformerWork work)
    {
        CancellationToken untilEnergies = work.Schedule.UntilEnergies();
        if (untilEnergies.IsCancellationRequested)
            work.Notes.Add("no time was left to minimise the representatives: they are the basins' lowest samples");
        (string Code, int[] Samples, Estimate Population)[] most = [.. _basins.Take(MostBasins)];
        int each = Math.Clamp(MostStarts / most.Length, FewestStartsEach, MostStartsEach);
        int[][] starts = [.. most.Select(b => b.Samples.OrderBy(s => Ensemble.Energies[s]).Take(each).ToArray())];
        var minima = new Queue<BasinMinimum>(BasinMinima.From(_classifier, Ensemble, [.. starts.SelectMany(s => s)], work, untilEnergies));
        ListedBasin[] basins = ListedBasin.Of([.. most.Select(b => b.Code)],
            [.. starts.Select(s => s.Select(_ => minima.Dequeue()).ToArray())],
            b => most[b].Population.Value < SeenAgain * most[b].Population.StandardError ? null
                : starts[b].Select(s => BasinMinima.WithinStates(_classifier, most[b].Code, Ensemble.Positions[s].Span, work,
                    untilEnergies)).MinBy(m => m.Energy));
        basins = ListedBasin.Merge(basins, HeavyAtomRmsd.WithPolarHydrogens(work.Input), SameConformer);
        if (work.Options.PruneRmsd is { } threshold)
        {
            int before = basins.Length;
            basins = ListedBasin.Merge(basins, new(work.Input), threshold);
            if (basins.Length < before)
                work.Notes.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{before - basins.Length} basins were merged into others of lower energy, ")
                    + string.Create(CultureInfo.InvariantCulture, $"whose minima are nearer than {10 * threshold:g3} Angstrom"));
        }
        ILookup<string, int[]> samples = _basins.ToLookup(b => b.Code, b => b.Samples);
        return [.. basins.Select(b => (Basin: b, Population: _populations.Of(b.Codes.SelectMany(c => samples[c]).SelectMany(s => s))))
            .OrderByDescending(b => b.Population.Value).ThenBy(b => b.Basin.Minimum.Code, StringComparer.Ordinal)];
    }

    private Basin[] Basins((ListedBasin Basin, Estimate Population)[] listed, double[][]? members)
    {
        (double kT, double top) = (Ensemble.State.KT, listed[0].Population.Value);
        double[][]? shares = members is null ? null : [.. members.Select(m => SharesOf(m, listed))];
        return [.. listed.Select(b => new Basin(b.Population.Value, b.Population.StandardError,
            kT * Math.Log(top / b.Population.Value), kT * b.Population.StandardError / b.Population.Value, b.Basin.Minimum.Positions,
            b.Basin.Minimum.Energy, _classifier.Describe(b.Basin.Minimum.Code))).Select((basin, b) => shares is null ? basin
                : basin with { ModelError = SampleMean.Of([.. shares.Select(s => s[b])]).StandardError * Math.Sqrt(shares.Length) })];
    }

    /// <summary>Populations of basins by other weights.</summary>
    private double[] SharesOf(double[] logWeights, (ListedBasin Basin, Estimate Population)[] listed)
    {
        double top = logWeights.Max(), sum = logWeights.Sum(w => Math.Exp(w - top));
        int[] basinOf = BasinOf([.. listed.Select(b => b.Basin.Codes)]);
        double[] shares = new double[listed.Length];
        for (int s = 0; s < basinOf.Length; s++)
            if (basinOf[s] >= 0)
                shares[basinOf[s]] += Math.Exp(logWeights[s] - top) / sum;
        return shares;
    }

    /// <summary>[S] the place of each sample's basin among some, each of so many state vectors; -1 if it is in none of them.</summary>
    private int[] BasinOf(IReadOnlyList<IReadOnlyList<string>> basins)
    {
        Dictionary<string, int> places = basins.SelectMany((codes, place) => codes.Select(code => (code, place)))
            .ToDictionary(c => c.code, c => c.place);
        return [.. _codes.Select(c => places.GetValueOrDefault(c, -1))];
    }
}
