using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;
using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Classical;

/// <summary>A classical system in a periodic box under Ewald's sum: which tables serve it.</summary>
internal static class PeriodicParameters
{
    private const int MostPairs = 2_000_000; // of a table with a row of parameters each: 300 MB

    /// <summary>The non-bonded tables.</summary>
    /// <param name="system">With a box, a cut-off and charges.</param>
    /// <param name="exceptions">By atoms, the smaller first.</param>
    /// <param name="waters">From <see cref="HeldDistances"/>.</param>
    /// <param name="sharpness">Of <see cref="EwaldSplit"/>.</param>
    public static IEnumerable<TermTable> Tables(ClassicalSystem system, IReadOnlyDictionary<(int, int), ExceptionPair> exceptions,
        WaterRun? waters, double sharpness)
    {
        NonbondedReach reach = system.Reach;
        RectangularBox box = reach.Box!.Value;
        if (!box.IsCubic && 2 * reach.Cutoff!.Value > Math.Min(box.X, Math.Min(box.Y, box.Z)))
            throw new ArgumentException($"The cut-off {reach.Cutoff} nm is more than half the box{box}.");
        var split = new EwaldSplit(reach.Cutoff!.Value, sharpness);
        IReadOnlyList<NonbondedParticle> particles = system.Particles;
        double[] charges = [.. particles.Select(p => p.Charge)];
        int first = particles.Count;
        if (waters is { } run && box.IsCubic)
        {
            first = run.First;
            yield return Waters(system, run, exceptions.ContainsKey, split, box.X);
        }
        else if (system.VirtualSites.Count > 0)
            throw new ArgumentException("The engine has virtual sites in rigid waters of a cubic box only: run the system on OpenMM.");
        var pairs = new List<(int, int)>();
        for (int i = 0; i < first; i++)
            for (int j = i + 1; j < particles.Count; j++)
                if (!exceptions.ContainsKey((i, j)))
                    pairs.Add((i, j));
        if (!box.IsCubic && pairs.Count > MostPairs)
            throw new ArgumentException($"{pairs.Count:n0} pairs in a box that is not cubic{box}: the engine would hold a row of each; "
                + "take a cubic box, or run the system on OpenMM.");
        yield return box.IsCubic ? PeriodicPairTable.Create(particles, pairs, split, box.X, reach.SwitchDistance)
            : EwaldDirect.Pairs(particles, pairs, split, box, reach.SwitchDistance);
        yield return EwaldExclusionTable.Create(charges, exceptions.Keys, split, box);
        yield return ReciprocalTable.Create(charges, split, box);
        if (reach.HasDispersionCorrection)
            yield return new ConstantTable("LennardJones (beyond the cut-off)", DispersionCorrection.Energy(particles, split.Cutoff,
                reach.SwitchDistance, box.Volume), isPerVolume: true);
    }

    /// <summary>The waters' interactions with one another.</summary>
    /// <param name="system">With waters.</param>
    /// <param name="run">They.</param>
    /// <param name="isException">Whether a pair, the smaller first, is one.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="edge">nm.</param>
    /// <exception cref="ArgumentException">Waters whose sites interact with one another, or differ.</exception>
    internal static TermTable Waters(ClassicalSystem system, WaterRun run, Func<(int, int), bool> isException, EwaldSplit split,
        double edge)
    {
        IReadOnlyList<NonbondedParticle> particles = system.Particles;
        IReadOnlyList<VirtualSite> sites = system.VirtualSites;
        (NonbondedParticle o, NonbondedParticle h) = (particles[run.First], particles[run.First + 1]);
        int site = system.AtomCount;
        if (sites.Count > 0 && (sites.Count != run.Count || particles.Skip(site).Any(p => p != particles[site]) || o.Charge != 0
            || particles[site].Epsilon != 0 || sites.Index().Any(s => (s.Item.A, s.Item.B, s.Item.C) != (run.First + 3 * s.Index,
                run.First + 3 * s.Index + 1, run.First + 3 * s.Index + 2))))
            throw new ArgumentException("The engine has virtual sites in rigid waters only, one that has the oxygen's charge in each, "
                + "in the waters' order: run the system on OpenMM.");
        for (int w = 0; w < run.Count; w++)
        {
            int oxygen = run.First + 3 * w;
            int[] own = sites.Count > 0 ? [oxygen, oxygen + 1, oxygen + 2, site + w] : [oxygen, oxygen + 1, oxygen + 2];
            foreach ((int i, int j) in own.SelectMany((i, n) => own.Skip(n + 1).Select(j => (i, j))))
                if (!isException((i, j)))
                    throw new ArgumentException(
                        $"The atoms of the rigid water at atom {oxygen} interact with one another: run the system on OpenMM.");
        }
        double charge = sites.Count > 0 ? particles[site].Charge : o.Charge;
        return RigidWaterTable.Create(run.First, run.Count, new(charge, h.Charge, o.Sigma, o.Epsilon), split, edge,
            system.Reach.SwitchDistance, sites.Count > 0 ? site : null);
    }

    /// <summary>Of a cube, nm.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static double Edge(RectangularBox box) => box.IsCubic ? box.X
        : throw new ArgumentException($"Such a run needs a cubic box, not{box}.");

    /// <summary>Where molecules begin: runs of atoms that bonds and constraints hold together.</summary>
    public static IReadOnlyList<int> Molecules(ClassicalSystem system)
    {
        int[] last = [.. Enumerable.Range(0, system.AtomCount)]; // that an atom, or one before it, is bonded to
        void Join(int i, int j) => last[Math.Min(i, j)] = Math.Max(last[Math.Min(i, j)], Math.Max(i, j));
        foreach (HarmonicBondParameters b in system.Bonds)
            Join(b.I, b.J);
        foreach (ConstraintPair c in system.Constraints)
            Join(c.I, c.J);
        var starts = new List<int>();
        for (int atom = 0, end = -1; atom < system.AtomCount; atom++)
        {
            if (atom > end)
                starts.Add(atom);
            end = Math.Max(end, last[atom]);
        }
        return starts;
    }
}
