using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Potentials.Classical;

/// <summary>A classical system in a periodic box under Ewald's sum: which tables serve it.</summary>
internal static class PeriodicParameters
{
    /// <summary>The non-bonded tables.</summary>
    /// <param name="system">With a box, a cut-off and charges.</param>
    /// <param name="exceptions">By atoms, the smaller first.</param>
    /// <param name="waters">From <see cref="HeldDistances"/>.</param>
    /// <param name="sharpness">Of <see cref="EwaldSplit"/>.</param>
    public static IEnumerable<TermTable> Tables(ClassicalSystem system, IReadOnlyDictionary<(int, int), ExceptionPair> exceptions,
        WaterRun? waters, double sharpness)
    {
        NonbondedReach reach = system.Reach;
        double edge = Edge(reach.Box!.Value);
        var split = new EwaldSplit(reach.Cutoff!.Value, sharpness);
        IReadOnlyList<NonbondedParticle> particles = system.Particles;
        double[] charges = [.. particles.Select(p => p.Charge)];
        int first = system.AtomCount;
        if (waters is { } run)
        {
            first = run.First;
            for (int w = first; w < system.AtomCount; w += 3)
                if (!exceptions.ContainsKey((w, w + 1)) || !exceptions.ContainsKey((w, w + 2)) || !exceptions.ContainsKey((w + 1, w + 2)))
                    throw new ArgumentException(
                        $"The atoms of the rigid water at atom {w} interact with one another: run the system on OpenMM.");
            (NonbondedParticle o, NonbondedParticle h) = (particles[first], particles[first + 1]);
            yield return RigidWaterTable.Create(first, run.Count, new(o.Charge, h.Charge, o.Sigma, o.Epsilon), split, edge,
                reach.SwitchDistance);
        }
        var pairs = new List<(int, int)>();
        for (int i = 0; i < first; i++)
            for (int j = i + 1; j < system.AtomCount; j++)
                if (!exceptions.ContainsKey((i, j)))
                    pairs.Add((i, j));
        yield return PeriodicPairTable.Create(particles, pairs, split, edge, reach.SwitchDistance);
        yield return EwaldExclusionTable.Create(charges, exceptions.Keys, split, edge);
        yield return ReciprocalTable.Create(charges, split, edge);
        if (reach.HasDispersionCorrection)
            yield return new ConstantTable("LennardJones (beyond the cut-off)", DispersionCorrection.Energy(particles, split.Cutoff,
                reach.SwitchDistance, edge * edge * edge));
    }

    /// <summary>Of a cube, nm.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static double Edge(RectangularBox box) => box.X == box.Y && box.Y == box.Z ? box.X
        : throw new ArgumentException($"The engine sums over waves in a cubic box, not{box}: run the system on OpenMM.");

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
