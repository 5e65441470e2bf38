using System.Diagnostics;
using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>What a basin's population is, known without any crossing between basins.</summary>
/// <param name="Code">Its state vector.</param>
/// <param name="State">Its torsions in words.</param>
/// <param name="Population">With its standard error.</param>
/// <param name="Images">Symmetric images, all of which the population counts.</param>
/// <param name="Integral">Of one of them.</param>
/// <param name="Minima">[..][N, 3] nm, distinct ones within it, the lowest first; none where it is the shoulder of another.</param>
/// <param name="Energy">Of the lowest, kJ/mol; of its lowest sample where there is none.</param>
/// <param name="Explored">Its share of the exploratory run, which says where basins are and nothing else.</param>
internal sealed record ReferenceBasin(string Code, string State, Estimate Population, int Images, BasinIntegral Integral,
    IReadOnlyList<float[]> Minima, double Energy, double Explored);

/// <summary>
/// Populations of a molecule's basins that do not depend on how any sampler mixes. One exploratory run says which basins there are, where
/// the borders of their states lie, and what share the small ones hold together; the partition function of each basin is a
/// <see cref="BasinIntegral"/>, and its population is that times the number of its symmetric images, normalised over all.
/// </summary>
/// <param name="Basins">By falling population.</param>
/// <param name="Mass">What these hold of the exploratory run.</param>
/// <param name="BasinOf">Number of the basin in which a configuration [N, 3] nm of the isomer lies, however it is numbered; -1 for
/// none.</param>
/// <param name="Seconds">Wall time.</param>
internal sealed record BasinReference(IReadOnlyList<ReferenceBasin> Basins, double Mass, Func<float[], int> BasinOf, double Seconds)
{
    private const double SmallestShare = 1e-3, SmallestMass = 0.8, Distinct = 30 * Math.PI / 180, WorstError = 0.2;
    private const int MostBasins = 20, ExploratorySamples = 4000, Minimised = 32, MostStarts = 8, TorsionMoves = 6;

    /// <summary>Of a molecule.</summary>
    /// <param name="input">The molecule; not disposed.</param>
    /// <param name="options">Temperature, force field, seed, time for the exploratory run, threads.</param>
    /// <param name="cancellation">Throws the work away.</param>
    /// <returns>Nothing and the reason where a reference cannot be had.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static (BasinReference? Reference, string? Obstacle) Of(RDKitMolecule input, ConformerOptions options,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        options = options with { Method = ConformerMethod.Jumps, Samples = ExploratorySamples, Target = ConformerTarget.AllAtom };
        ConformerResult explored = new ConformerSampler(options).Run(input, input.Molecule.Smiles, null, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (explored.Status == ConformerStatus.Failed)
            return (null, $"no exploratory run: {explored.Reason}");
        (ConformerWork? prepared, string? obstacle) = ConformerWork.Prepare(input, options with { TimeLimit = null }, null, new(),
            static (_, _) => { }, cancellation);
        if (prepared is null)
            return (null, obstacle);
        using ConformerWork work = prepared;
        double size = explored.Diagnostics!.EffectiveSampleSize;
        return new Exploration(work, explored.Samples, size > 1 ? Math.Min(size, ExploratorySamples) : ExploratorySamples).Integrate(clock,
            cancellation);
    }

    /// <summary>The basins of an exploratory run.</summary>
    private sealed class Exploration
    {
        private readonly ConformerWork _work;
        private readonly SampleTable _samples;
        private readonly double _effective;
        private readonly RotorTree _tree;
        private readonly IReadOnlyList<int[]> _automorphisms;
        private readonly BasinClassifier _classifier;
        private readonly (string Code, double Share, int[] Samples)[] _basins;

        public Exploration(ConformerWork work, SampleTable samples, double effective)
        {
            (_work, _samples, _effective, _tree) = (work, samples, effective, new(work.Molecule));
            int size = 3 * samples.AtomCount;
            ReadOnlyMemory<float>[] positions = [.. Enumerable.Range(0, samples.Count).Select(s =>
                (ReadOnlyMemory<float>)samples.Positions.AsMemory(s * size, size))];
            var ensemble = new Ensemble(new(work.Options.Temperature), positions, samples.Energies, samples.LogWeights,
                new int[samples.Count]);
            _automorphisms = work.Input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _);
            _classifier = new(work.Space.Coordinates, ConformationalSymmetry.Filter(work.Molecule, _automorphisms, work.Seeds[0]),
                ensemble);
            string[] codes = _classifier.Classify();
            _basins = [.. Enumerable.Range(0, samples.Count).GroupBy(s => codes[s])
                .Select(g => (g.Key, Share: g.Sum(s => Math.Exp(samples.LogWeights[s])),
                    Samples: g.OrderBy(s => samples.Energies[s]).ToArray()))
                .Where(b => b.Share >= SmallestShare).OrderByDescending(b => b.Share).ThenBy(b => b.Key, StringComparer.Ordinal)
                .Take(MostBasins)];
        }

        public (BasinReference?, string?) Integrate(Stopwatch clock, CancellationToken cancellation)
        {
            var found = new List<(ReferenceBasin Basin, double LogWeight)>();
            string? first = null;
            for (int n = 0; n < _basins.Length; n++)
            {
                (string code, double share, int[] samples) = _basins[n];
                (ReferenceBasin? basin, string? obstacle) = Integrate(code, share, samples, _work.Random.Split("reference").Split(n),
                    cancellation);
                first ??= obstacle;
                if (basin is not null)
                    found.Add((basin, Math.Log(basin.Images) + basin.Integral.LogZ.Value));
            }
            double mass = Math.Min(1, found.Sum(b => b.Basin.Explored));
            if (mass < SmallestMass)
                return (null, string.Create(CultureInfo.InvariantCulture,
                    $"its {found.Count} largest basins hold {mass:p0} of the population") + (first is null ? "" : $" ({first})"));
            ReferenceBasin[] basins = [.. Populations(found, mass).OrderByDescending(b => b.Population.Value)];
            return (new(basins, mass, Finder(basins), clock.Elapsed.TotalSeconds), null);
        }

        /// <summary>One basin, its population not yet known.</summary>
        private (ReferenceBasin?, string?) Integrate(string code, double share, int[] samples, RandomSource random,
            CancellationToken cancellation)
        {
            List<float[]> minima = Minima(code, samples, cancellation);
            // a basin cut off from a larger one has no minimum of its own
            List<float[]> starts = minima.Count > 0 ? minima : [_classifier.Place(Positions(samples[0])).Renumbered];
            if (FrameTree.Of(_work.Molecule, _tree, starts[0]) is not { } frames)
                return (null, "the molecule lies on a line");
            var support = new BasinSupport(_work.Molecule, _tree, _work.Isomer.Count > 0 ? _work.Isomer : null, _classifier, code,
                starts[0]);
            starts = [starts[0], .. starts.Skip(1).Select(support.TurnTops).Where(x => support.Contains(x))];
            // tops turn as well: a methyl's arc is wide and flat
            RotatableBond[] rotations = [.. _tree.Rotors.Select(r => new RotatableBond(r.From, r.To, r.Moving))];
            var integral = BasinIntegral.Of(_work.Potential.On(support), frames, _tree, starts,
                ExtraMove.TorsionMoves(rotations, TorsionMoves), new(_work.Options.Temperature), random,
                _work.Options.Threads, cancellation);
            (string state, int images) = (_classifier.Describe(code), Images(starts[0]));
            string basin = $"basin {state} ({share.ToString("p1", CultureInfo.InvariantCulture)})";
            if (!(integral.LogZ.StandardError < WorstError))
                return (null, string.Create(CultureInfo.InvariantCulture,
                    $"the Gaussian and {basin} overlap by {integral.Overlap:g2} only"));
            if (!(integral.Rhat < BasinIntegral.WorstRhat))
                return (null, string.Create(CultureInfo.InvariantCulture,
                    $"walkers do not mix within {basin} from its {starts.Count} minima: R-hat {integral.Rhat:f2}"));
            return (new(code, state, default, images, integral, minima.Count > 0 ? starts : [], Geometry.Energy(_work.Potential,
                starts[0]), share), null);
        }

        /// <summary>Normalises.</summary>
        private IEnumerable<ReferenceBasin> Populations(List<(ReferenceBasin Basin, double LogWeight)> basins, double mass)
        {
            double top = basins.Max(b => b.LogWeight), sum = basins.Sum(b => Math.Exp(b.LogWeight - top));
            double[] shares = [.. basins.Select(b => Math.Exp(b.LogWeight - top) / sum)];
            double variance = basins.Zip(shares).Sum(b => Math.Pow(b.Second * b.First.Basin.Integral.LogZ.StandardError, 2));
            double ofMass = (1 - mass) / (mass * _effective); // squared and relative, as counted
            return basins.Zip(shares, (b, share) =>
            {
                double own = b.Basin.Integral.LogZ.StandardError;
                return b.Basin with { Population = new(mass * share,
                    mass * share * Math.Sqrt(variance + (1 - 2 * share) * own * own + ofMass)) };
            });
        }

        private Func<float[], int> Finder(IReadOnlyList<ReferenceBasin> basins)
        {
            (Molecule molecule, float[] numbered) = (_work.Molecule, _work.Seeds[0]);
            (BasinClassifier classifier, IReadOnlyList<int[]> automorphisms) = (_classifier, _automorphisms);
            Dictionary<string, int> index = basins.Select((b, n) => (b.Code, n)).ToDictionary(b => b.Code, b => b.n);
            return x => ConformationalSymmetry.Renumber(molecule, automorphisms, numbered, x) is { } own
                ? index.GetValueOrDefault(classifier.Place(own).Code, -1) : -1;
        }

        private ReadOnlySpan<float> Positions(int sample) => _samples.Positions.AsSpan(sample * 3 * _samples.AtomCount,
            3 * _samples.AtomCount);

        /// <summary>Distinct state vectors among the symmetric images.</summary>
        private int Images(float[] x) => Enumerable.Range(0, _classifier.Symmetry.Count).Select(g =>
            _classifier.States(x, g)).Distinct().Count();

        /// <summary>Distinct minima within a basin, by rising energy, reached from some of its samples.</summary>
        private List<float[]> Minima(string code, int[] samples, CancellationToken cancellation)
        {
            Potential potential = _work.Potential;
            int[] some = [.. Enumerable.Range(0, Math.Min(Minimised, samples.Length)).Select(n =>
                samples[n * samples.Length / Math.Min(Minimised, samples.Length)])];
            int width = potential.BlockWidth;
            var relaxed = new (float[] X, double Energy)[some.Length];
            int threads = potential.ThreadsFor(_work.Options.Threads);
            Parallel.For(0, (some.Length + width - 1) / width, ParallelWork.Options(threads, cancellation), b =>
            {
                using var block = new WalkerBlock(potential, 0);
                for (int lane = 0; lane < width; lane++)
                {
                    int sample = some[Math.Min(b * width + lane, some.Length - 1)];
                    block.SetPositions(lane, _classifier.Place(Positions(sample)).Renumbered);
                }
                FireMinimiser.Minimise(potential, block, 0.2, 5000, cancellation);
                for (int lane = 0; lane < width && b * width + lane < some.Length; lane++)
                {
                    float[] x = new float[potential.Dimension];
                    block.CopyPositions(lane, x);
                    relaxed[b * width + lane] = (x, block.Energies[lane]);
                }
            });
            var minima = new List<float[]>();
            foreach ((float[] x, _) in relaxed.OrderBy(r => r.Energy))
                if (minima.Count < MostStarts && Belongs(x) && !minima.Exists(m => IsSame(m, x)))
                    minima.Add(x);
            return minima;

            bool Belongs(float[] x) => _classifier.States(x) == code
                && (_work.Isomer.Count == 0 || _work.Isomer.Contains(x));
        }

        /// <summary>Whether no torsion differs, turns of a top by one of its arcs aside.</summary>
        private bool IsSame(float[] a, float[] b)
        {
            double[] p = _tree.Angles(a), q = _tree.Angles(b);
            return _tree.Rotors.Select((r, t) => (Fold: BasinSupport.Fold(_work.Molecule, r), Turn: p[t] - q[t])).All(r =>
                Math.Abs(Math.IEEERemainder(r.Turn, 2 * Math.PI / r.Fold)) < Distinct)
                && _work.Space.Coordinates.All(c => Math.Abs(Math.IEEERemainder(c.Angle(a) - c.Angle(b), 2 * Math.PI)) < Distinct);
        }
    }
}
