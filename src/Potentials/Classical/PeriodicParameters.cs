using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Potentials.Classical;

/// <summary>A classical system in a periodic box under Ewald's sum: which tables serve it.</summary>
internal static class PeriodicParameters
{
    /// <summary>Waters alike at the end of a system, rigid, O, H, H.</summary>
    /// <param name="First">Atom.</param>
    /// <param name="Count">Molecules.</param>
    /// <param name="Bond">O-H, nm.</param>
    /// <param name="Across">H-H, nm.</param>
    internal readonly record struct WaterRun(int First, int Count, double Bond, double Across);

    /// <summary>The non-bonded tables.</summary>
    /// <param name="system">With a box, a cut-off and charges.</param>
    /// <param name="exceptions">By atoms, the smaller first.</param>
    /// <param name="waters">From <see cref="Waters"/>.</param>
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

    /// <summary>Whether the engine holds all constraints.</summary>
    public static bool HoldsConstraints(ClassicalSystem system) => FindWaters(system, out _) is null;

    /// <summary>The waters that have tables and constraints of their own; null without any.</summary>
    /// <exception cref="ArgumentException">Constraints other than those of such waters.</exception>
    public static WaterRun? Waters(ClassicalSystem system) => FindWaters(system, out WaterRun? run) is not { } odd ? run
        : throw new ArgumentException("The engine holds the distances of rigid three-site waters alone, alike and behind all else; "
            + $"those at atom {odd} are others: run the system on OpenMM.");

    /// <summary>Finds them.</summary>
    /// <returns>An atom whose constraints are others; null if there is none.</returns>
    private static int? FindWaters(ClassicalSystem system, out WaterRun? run)
    {
        run = null;
        if (system.Constraints.Count == 0)
            return null;
        var lengths = new Dictionary<(int, int), double>();
        foreach (ConstraintPair c in system.Constraints)
            lengths[(Math.Min(c.I, c.J), Math.Max(c.I, c.J))] = c.Length;
        int first = lengths.Keys.Min(k => k.Item1), count = (system.AtomCount - first) / 3;
        double Length(int i, int j) => lengths.GetValueOrDefault((i, j), double.NaN);
        (double bond, double across) = (Length(first, first + 1), Length(first + 1, first + 2));
        for (int o = first; o < first + 3 * count; o += 3)
            if (Length(o, o + 1) != bond || Length(o, o + 2) != bond || Length(o + 1, o + 2) != across || !IsAlike(system, first, o))
                return o;
        if (lengths.Count != 3 * count || first + 3 * count != system.AtomCount)
            return first;
        run = new(first, count, bond, across);
        return null;
    }

    private static bool IsAlike(ClassicalSystem system, int first, int atom)
    {
        for (int k = 0; k < 3; k++)
            if (system.Masses[atom + k] != system.Masses[first + k] || (system.Particles.Count == system.AtomCount
                && (system.Particles[atom + k].Charge != system.Particles[first + k].Charge
                    || system.Particles[atom + k].Epsilon != system.Particles[first + k].Epsilon
                    || (k == 0 && system.Particles[atom].Sigma != system.Particles[first].Sigma)
                    || (k > 0 && system.Particles[atom + k].Epsilon != 0))))
                return false;
        return system.Masses[first + 1] == system.Masses[first + 2]
            && (system.Particles.Count != system.AtomCount || system.Particles[first + 1].Charge == system.Particles[first + 2].Charge);
    }
}
