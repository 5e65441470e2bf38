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
        int first = system.AtomCount;
        if (waters is { } run && box.IsCubic)
        {
            first = run.First;
            for (int w = first; w < system.AtomCount; w += 3)
                if (!exceptions.ContainsKey((w, w + 1)) || !exceptions.ContainsKey((w, w + 2)) || !exceptions.ContainsKey((w + 1, w + 2)))
                    throw new ArgumentException(
                        $"The atoms of the rigid water at atom {w} interact with one another: run the system on OpenMM.");
            (NonbondedParticle o, NonbondedParticle h) = (particles[first], particles[first + 1]);
            yield return RigidWaterTable.Create(first, run.Count, new(o.Charge, h.Charge, o.Sigma, o.Epsilon), split, box.X,
                reach.SwitchDistance);
        }
        var pairs = new List<(int, int)>();
        for (int i = 0; i < first; i++)
            for (int j = i + 1; j < system.AtomCount; j++)
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
                reach.SwitchDistance, box.Volume));
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
