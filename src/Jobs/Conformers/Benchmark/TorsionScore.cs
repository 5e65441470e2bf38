using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>How far a method's torsions are from a reference ensemble's.</summary>
/// <param name="Method">The method.</param>
/// <param name="Kl">Mean over torsions of KL(method || reference) as VonMisesNet defines it, 32 bins, floor 1e-10, nats.</param>
/// <param name="Js">Mean over torsions of the Jensen-Shannon divergence, 32 bins, nats.</param>
/// <param name="PairJs">The same over pairs of torsions of one fragment, 16 x 16 bins.</param>
/// <param name="Wasserstein">Mean over torsions of the circular Wasserstein distance, degrees.</param>
/// <param name="StateError">Mean |difference of free energies| over rotamer states above 2 % in the reference, kJ/mol.</param>
/// <param name="EffectiveFraction">ESS/N for p(torsions | local structures); NaN without a density.</param>
/// <param name="SecondsPerConformer">Wall time over conformers.</param>
/// <param name="Conformers">Made.</param>
/// <param name="StereoErrors">Conformers of another stereo than the SMILES'.</param>
/// <param name="Clashes">Conformers with heavy atoms four bonds or more apart within 2 Angstrom, weights aside.</param>
/// <param name="Reason">Why conformers are missing; null if none is.</param>
public sealed record TorsionScore(string Method, double Kl, double Js, double PairJs, double Wasserstein, double StateError,
    double EffectiveFraction, double SecondsPerConformer, int Conformers, int StereoErrors, int Clashes,
    string? Reason);

/// <summary>A reference ensemble of torsions, and the distance of others from it. All are numbered alike at prochiral centres
/// first.</summary>
public sealed class TorsionReference
{
    private const int Bins = 32, PairBins = 16, WassersteinBins = 120;
    private const double SmallestState = 0.02, Clash = 0.2; // nm

    private readonly Molecule _molecule;
    private readonly RotorTree _tree;
    private readonly IReadOnlyList<int[]> _automorphisms;
    private readonly float[] _first;
    private readonly (int I, int J)[] _apart;
    private readonly (int, int)[] _pairs;
    private readonly Angles _reference;
    private readonly double _kT;

    /// <summary>Takes a reference.</summary>
    /// <param name="input">The molecule, with at least one rotor.</param>
    /// <param name="samples">Of the reference.</param>
    /// <param name="temperature">K.</param>
    public TorsionReference(RDKitMolecule input, MethodResult samples, double temperature)
    {
        _molecule = input.Molecule;
        _kT = new ThermodynamicState(temperature).KT;
        _tree = new RotorTree(_molecule);
        _automorphisms = input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _);
        _first = samples.Positions[0];
        _pairs = [.. Enumerable.Range(0, _tree.Rotors.Count).SelectMany(a => Enumerable.Range(a + 1, _tree.Rotors.Count - a - 1).Select(b =>
            (a, b)))
            .Where(p => _tree.Rotors[p.b].Parent == p.a || _tree.Rotors[p.b].Parent == _tree.Rotors[p.a].Parent)];
        _apart = FarPairs(_molecule);
        _reference = Read(samples);
    }

    /// <summary>Judges a method's conformers.</summary>
    public TorsionScore Score(string method, MethodResult result, Stereoisomer isomer)
    {
        double perConformer = result.Positions.Count > 0 ? result.Seconds / result.Positions.Count : double.NaN;
        if (result.Positions.Count == 0)
            return new(method, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, result.EffectiveFraction, perConformer, 0, 0, 0,
                result.Reason);
        Angles own = Read(result);
        int rotors = _tree.Rotors.Count;
        double kl = 0, js = 0, pairJs = 0, distance = 0;
        for (int t = 0; t < rotors; t++)
        {
            double[] p = own.Histogram(t, Bins), q = _reference.Histogram(t, Bins);
            kl += KullbackLeibler.Divergence(p, q, KullbackLeiblerConvention.VonMisesNet.Floor) / rotors;
            js += JensenShannon.Divergence(p, q) / rotors;
            distance += CircleWasserstein.OfHistograms(own.Histogram(t, WassersteinBins),
                _reference.Histogram(t, WassersteinBins)) * 180 / Math.PI / rotors;
        }
        foreach ((int a, int b) in _pairs)
            pairJs += JensenShannon.Divergence(own.Histogram(a, b, PairBins), _reference.Histogram(a, b, PairBins)) / _pairs.Length;
        int wrong = result.Positions.Count(x => !isomer.Contains(x)), clashes = result.Positions.Count(Clashes);
        return new(method, kl, js, _pairs.Length == 0 ? double.NaN : pairJs, distance, StateError(own), result.EffectiveFraction,
            perConformer, result.Positions.Count, wrong, clashes, result.Reason);
    }

    /// <summary>States are vectors of thirds of the circle (about 60, 180, -60 degrees) of the torsions that are no tops.</summary>
    private double StateError(Angles own)
    {
        int[] rotors = [.. Enumerable.Range(0, _tree.Rotors.Count).Where(t => !_tree.Rotors[t].IsTop)];
        Dictionary<string, double> reference = _reference.States(rotors), mine = own.States(rotors);
        double least = 0.5 / own.Count; // half a sample, for a state that was not seen
        return reference.Where(s => s.Value > SmallestState).Select(s =>
            _kT * Math.Abs(Math.Log(Math.Max(least, mine.GetValueOrDefault(s.Key)) / s.Value))).DefaultIfEmpty(0).Average();
    }

    private bool Clashes(float[] x)
    {
        foreach ((int i, int j) in _apart)
        {
            double dx = x[3 * i] - x[3 * j], dy = x[3 * i + 1] - x[3 * j + 1], dz = x[3 * i + 2] - x[3 * j + 2];
            if (dx * dx + dy * dy + dz * dz < Clash * Clash)
                return true;
        }
        return false;
    }

    private Angles Read(MethodResult result)
    {
        var angles = new double[result.Positions.Count][];
        Parallel.For(0, angles.Length, ParallelWork.Options(), n =>
            angles[n] = _tree.Angles(ConformationalSymmetry.Renumber(_molecule, _automorphisms, _first,
                result.Positions[n]) ?? result.Positions[n]));
        return new(angles, [.. result.LogWeights.Select(Math.Exp)]);
    }

    /// <summary>Heavy atoms four bonds or more apart.</summary>
    private static (int, int)[] FarPairs(Molecule m)
    {
        var pairs = new List<(int, int)>();
        for (int start = 0; start < m.Atoms.Count; start++)
        {
            int[] distance = new int[m.Atoms.Count];
            Array.Fill(distance, int.MaxValue);
            distance[start] = 0;
            var queue = new Queue<int>([start]);
            while (queue.TryDequeue(out int atom))
                foreach (int next in m.Neighbours[atom])
                    if (distance[next] == int.MaxValue)
                    {
                        distance[next] = distance[atom] + 1;
                        queue.Enqueue(next);
                    }
            for (int other = start + 1; other < distance.Length && m.Atoms[start].AtomicNumber > 1; other++)
                if (m.Atoms[other].AtomicNumber > 1 && distance[other] >= 4)
                    pairs.Add((start, other));
        }
        return [.. pairs];
    }

    /// <summary>Weighted angles.</summary>
    private sealed class Angles(double[][] values, double[] weights)
    {
        public int Count => values.Length;

        public double[] Histogram(int rotor, int bins) => Fill(bins, v => Bin(v[rotor], bins));

        public double[] Histogram(int first, int second, int bins) => Fill(bins * bins, v => Bin(v[first], bins) * bins + Bin(v[second],
            bins));

        public Dictionary<string, double> States(int[] rotors)
        {
            var shares = new Dictionary<string, double>(StringComparer.Ordinal);
            double total = weights.Sum();
            for (int n = 0; n < values.Length; n++)
            {
                string state = string.Concat(rotors.Select(t => (char)('0' + Third(values[n][t]))));
                shares[state] = shares.GetValueOrDefault(state) + weights[n] / total;
            }
            return shares;
        }

        private double[] Fill(int cells, Func<double[], int> cell)
        {
            double[] shares = new double[cells];
            double total = weights.Sum();
            for (int n = 0; n < values.Length; n++)
                shares[cell(values[n])] += weights[n] / total;
            return shares;
        }

        private static int Third(double angle) => Math.Abs(angle) > 2 * Math.PI / 3 ? 0 : angle > 0 ? 1 : 2;

        private static int Bin(double angle, int bins) => Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * bins), 0, bins - 1);
    }
}
