using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Timewarp.Benchmark;

/// <summary>phi and psi of one residue along chains, and what they say: how many samples they are worth, which states they saw, and the
/// free energy of phi &gt; 0.</summary>
internal sealed class BackboneChains
{
    private const double DiscardedShare = 0.1; // all chains start at one place
    private const double LeastPopulation = 1e-3; // of a state that must not be missed

    private readonly NamedTorsion _phi, _psi;
    private readonly List<float>[] _angles; // [chain] phi, psi, phi, psi, ...

    /// <summary>Of a peptide, its first residue with both angles.</summary>
    /// <param name="system">The peptide.</param>
    /// <param name="chains">How many.</param>
    /// <exception cref="ArgumentException">There is no such residue.</exception>
    public BackboneChains(MolecularSystem system, int chains)
    {
        (IReadOnlyList<NamedTorsion> torsions, IReadOnlyList<(int Phi, int Psi)> pairs) = system.NamedTorsions;
        if (pairs.Count == 0)
            throw new ArgumentException($"{system.Name} has no residue with phi and psi");
        (_phi, _psi) = (torsions[pairs[0].Phi], torsions[pairs[0].Psi]);
        _angles = [.. Enumerable.Range(0, chains).Select(_ => new List<float>())];
    }

    /// <summary>Adds a frame of one chain.</summary>
    /// <param name="chain">Its number.</param>
    /// <param name="positions">[3N] nm.</param>
    public void Add(int chain, ReadOnlySpan<float> positions)
    {
        _angles[chain].Add((float)Dihedral.Angle(positions, _phi.I, _phi.J, _phi.K, _phi.L));
        _angles[chain].Add((float)Dihedral.Angle(positions, _psi.I, _psi.J, _psi.K, _psi.L));
    }

    /// <summary>Frames of a chain.</summary>
    public int Frames => _angles[0].Count / 2;

    /// <summary>Rank-normalised bulk effective sample size of the slowest of cos phi, sin phi, cos psi, sin psi and the indicator of phi
    /// &gt; 0, over all chains.</summary>
    public (double Size, string Slowest) EffectiveSize()
    {
        (string Name, Func<float, float, double> Value)[] quantities = [("cos phi", (p, _) => Math.Cos(p)), ("sin phi", (p, _) =>
            Math.Sin(p)), ("cos psi", (_, s) => Math.Cos(s)), ("sin psi", (_, s) => Math.Sin(s)), ("phi > 0", (p, _) => p > 0 ? 1 : 0)];
        float[][] kept = Kept();
        return quantities.Select(q => (Size: ChainDiagnostics.BulkEffectiveSize([.. kept.Select(c => Enumerable.Range(0, c.Length / 2)
            .Select(n => q.Value(c[2 * n], c[2 * n + 1])).ToArray())]), q.Name)).Where(q => double.IsFinite(q.Size)).MinBy(q => q.Size);
    }

    /// <summary>Share of phi &gt; 0, over chains.</summary>
    public Estimate PhiPositive() => Share((phi, _) => phi > 0);

    /// <summary>-RT ln of the odds of phi &gt; 0, kJ/mol; its error by the delta method.</summary>
    /// <param name="kelvin">K.</param>
    public Estimate FreeEnergy(double kelvin)
    {
        (double p, double error) = (PhiPositive().Value, PhiPositive().StandardError);
        double kT = Units.GasConstant * kelvin;
        return new(-kT * Math.Log(p / (1 - p)), kT * error / (p * (1 - p)));
    }

    /// <summary>States of a reference (phi and psi each on one of two sides) that hold a thousandth of it and were never visited.</summary>
    public int Missed(BackboneChains reference) => States().Count(s => reference.Share(s).Value >= LeastPopulation && Share(s).Value == 0);

    /// <summary>C5 and polyproline II; right-handed helix; left-handed helix; C7 axial.</summary>
    private static Func<float, float, bool>[] States()
    {
        // psi from -120 to 60 degrees, or beyond
        bool Helical(float psi) => psi is > (float)(-2 * Math.PI / 3) and < (float)(Math.PI / 3);
        return [(phi, psi) => phi <= 0 && !Helical(psi), (phi, psi) => phi <= 0 && Helical(psi), (phi, psi) => phi > 0 && Helical(psi),
            (phi, psi) => phi > 0 && !Helical(psi)];
    }

    private Estimate Share(Func<float, float, bool> state)
    {
        double[] means = [.. Kept().Select(c => Enumerable.Range(0, c.Length / 2).Average(n => state(c[2 * n], c[2 * n + 1]) ? 1.0 : 0))];
        double mean = means.Average();
        return new(mean, Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1) / means.Length));
    }

    private float[][] Kept() => [.. _angles.Select(a => a.ToArray()[(2 * (int)(DiscardedShare * a.Count / 2))..])];
}
