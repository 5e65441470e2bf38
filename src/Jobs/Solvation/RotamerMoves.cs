using System.Globalization;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Solvation;

/// <summary>
/// Turns of a decoupled solute's bonds: it is a molecule of the gas there, so a turn by any angle needs its own energy only, and water does
/// not stand in the way. Metropolis moves (<see cref="TorsionMove"/>), many a frame: what dynamics would wait for, a carboxyl's other
/// rotamer for example, comes sooner at that end of the path, and exchanges carry it to the other. What never came is looked for
/// (<see cref="Unseen"/>).
/// </summary>
internal sealed class RotamerMoves
{
    private const int TriesABond = 500, MostTries = 4000, FirstFrames = 4; // that many frames' moves make a start forget its rotamers
    private const double Relevant = 8; // kJ/mol above the best in water: 4 % of it
    // nm: C=C, and C=N or N=N; an amide's is 0.134 or more
    private const double LongestDoubleCarbon = 0.138, LongestDoubleNitrogen = 0.131;
    private const double Jump = Math.PI / 3; // turns by more are counted as changes

    private readonly ForceFieldPotential _gas;
    private readonly RandomSource _random;
    private readonly double _beta;
    private readonly int _atoms;
    private readonly Topology _topology;
    private readonly IReadOnlyList<Rotamer>[] _rotamers; // of each bond

    /// <summary>Of a solute in front of its waters.</summary>
    /// <param name="system">The whole box.</param>
    /// <param name="topology">Of it.</param>
    /// <param name="start">[3N] nm.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="random">Of the moves.</param>
    public RotamerMoves(ClassicalSystem system, Topology topology, IReadOnlyList<double> start, double beta, RandomSource random)
    {
        ClassicalSystem solute = AlchemicalParameters.SoluteOf(system);
        (_gas, _random, _beta, _atoms, _topology) = (new(solute.ToEngine(), name: "solute"), random, beta, solute.AtomCount, topology);
        Bonds = [.. solute.Bonds.Select(b => Rotor(topology, b)).OfType<RotatableBond>()];
        Torsions = [.. Bonds.Select(b => (Beside(b.From, b.To), b.From, b.To, Beside(b.To, b.From)))];
        _rotamers = [.. Bonds.Select((b, n) => RotamerScan.Of(_gas, solute, start, b, Torsions[n]))];
    }

    /// <summary>What is turned: bonds that are in no ring, not double, and no methyl's.</summary>
    public IReadOnlyList<RotatableBond> Bonds { get; }

    /// <summary>Torsions by which the bonds are seen.</summary>
    public IReadOnlyList<(int I, int J, int K, int L)> Torsions { get; }

    /// <summary>[bonds] torsions now, rad.</summary>
    public double[] Angles(ReadOnlySpan<double> x)
    {
        float[] solute = new float[3 * _atoms];
        for (int k = 0; k < solute.Length; k++)
            solute[k] = (float)x[k];
        return [.. Torsions.Select(t => Dihedral.Angle(solute, t.I, t.J, t.K, t.L))];
    }

    /// <summary>What was not seen in water and might matter there, in words; what it would contribute, no error knows.</summary>
    /// <param name="bond">Number of the bond.</param>
    /// <param name="angles">Of the coupled window, rad.</param>
    public string? Unseen(int bond, IEnumerable<double> angles)
    {
        IReadOnlyList<Rotamer> rotamers = _rotamers[bond];
        var seen = angles.Select(a => rotamers.MinBy(r => Math.Abs(Math.IEEERemainder(r.Angle - a, 2 * Math.PI))).Kind).ToHashSet();
        double best = rotamers.Where(r => seen.Contains(r.Kind)).Select(r => r.Water).DefaultIfEmpty(0).Min();
        foreach (Rotamer r in rotamers)
            if (!seen.Contains(r.Kind) && r.Water < best + Relevant)
            {
                (int i, int j, int k, int l) = Torsions[bond];
                string Name(int atom) => string.Create(CultureInfo.InvariantCulture, $"{_topology.Atoms[atom].Symbol}{atom + 1}");
                return string.Create(CultureInfo.InvariantCulture,
                    $"the torsion {Name(i)}-{Name(j)}-{Name(k)}-{Name(l)} was never near {r.Angle * 180 / Math.PI:f0} degrees in water, "
                    + $"where a rotamer lies {r.Gas:f0} kJ/mol above the lowest in the gas: what it contributes is not in the result");
            }
        return null;
    }

    /// <summary>Makes a start forget the rotamers that it was given: those of the gas at the temperature, for each walker its
    /// own.</summary>
    /// <param name="x">[D] nm.</param>
    /// <param name="walker">Number.</param>
    public void Begin(Span<double> x, int walker)
    {
        for (int n = 1; n <= FirstFrames; n++)
            Move(x, walker, -n);
    }

    /// <summary>A heavy neighbour rather than a hydrogen.</summary>
    private int Beside(int end, int other) => _topology.Neighbours[end].Where(a => a != other).OrderByDescending(a =>
        _topology.Atoms[a].AtomicNumber).ThenBy(a => a).First();

    /// <summary>One frame's moves of one walker.</summary>
    /// <param name="x">[D] nm, of the box; the solute's part is overwritten.</param>
    /// <param name="walker">Number.</param>
    /// <param name="frame">Number: what is drawn is a function of both.</param>
    /// <returns>Turns accepted by more than a sixth of a circle; negative if none was accepted at all.</returns>
    public int Move(Span<double> x, int walker, long frame)
    {
        if (Bonds.Count == 0)
            return -1;
        RandomSource own = _random.Split(walker).Split(frame);
        float[] now = new float[3 * _atoms], trial = new float[now.Length];
        for (int k = 0; k < now.Length; k++)
            now[k] = (float)x[k];
        double[] wide = new double[now.Length], forces = new double[now.Length];
        double energy = Energy(now);
        int jumps = 0;
        bool moved = false;
        for (int n = 0; n < Math.Min(TriesABond * Bonds.Count, MostTries); n++)
        {
            RotatableBond bond = Bonds[own.NextInt(Bonds.Count)];
            double angle = 2 * Math.PI * own.NextDouble() - Math.PI, uniform = own.NextDouble();
            now.CopyTo(trial, 0);
            TorsionMove.Rotate(trial, 1, 0, bond, angle);
            double changed = Energy(trial);
            if (!(Math.Log(uniform) < -_beta * (changed - energy)))
                continue;
            (now, trial, energy, moved) = (trial, now, changed, true);
            jumps += Math.Abs(angle) > Jump ? 1 : 0;
        }
        if (!moved)
            return -1;
        for (int k = 0; k < now.Length; k++)
            x[k] = now[k];
        return jumps;

        double Energy(float[] at)
        {
            for (int k = 0; k < at.Length; k++)
                wide[k] = at[k];
            return _gas.EvaluateDouble(wide, forces);
        }
    }

    /// <summary>The smaller side of a bond that turns; null of one that does not.</summary>
    private static RotatableBond? Rotor(Topology topology, HarmonicBondParameters bond)
    {
        int Element(int atom) => topology.Atoms[atom].AtomicNumber;
        (int light, int heavy) = (Math.Min(Element(bond.I), Element(bond.J)), Math.Max(Element(bond.I), Element(bond.J)));
        if ((light, heavy) is (6, 6) && bond.Length < LongestDoubleCarbon
            || (light, heavy) is (6, 7) or (7, 7) && bond.Length < LongestDoubleNitrogen)
            return null;
        if (Beyond(topology, bond.I, bond.J) is not { } j || Beyond(topology, bond.J, bond.I) is not { } i)
            return null;
        return IsTurned(i, bond.I) && IsTurned(j, bond.J) ? j.Count <= i.Count ? new(bond.I, bond.J, j) : new(bond.J, bond.I, i) : null;

        // nothing beyond, or a methyl's hydrogens, which dynamics turns
        bool IsTurned(List<int> side, int end) => side.Count > 0 && !(side.Count == 3 && side.All(a => Element(a) == 1
            && topology.Neighbours[a].Contains(end)));
    }

    /// <summary>Atoms beyond a bond, without its own; null where it is part of a ring.</summary>
    private static List<int>? Beyond(Topology topology, int from, int to)
    {
        var found = new HashSet<int> { from, to };
        var queue = new Queue<int>([to]);
        while (queue.TryDequeue(out int atom))
        {
            foreach (int next in topology.Neighbours[atom])
            {
                if (next == from && atom != to)
                    return null;
                if (found.Add(next))
                    queue.Enqueue(next);
            }
        }
        return [.. found.Except([from, to]).Order()];
    }
}
