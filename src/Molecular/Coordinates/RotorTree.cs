namespace MolSampling.Molecular.Coordinates;

/// <summary>One rotor of a <see cref="RotorTree"/>: the fragment beyond an axis turns against the one before it.</summary>
/// <param name="I">Names the angle on the near side.</param>
/// <param name="From">Axis, near side (nearer to the root fragment).</param>
/// <param name="To">Axis, far side; not bonded to <paramref name="From"/> where linear atoms lie between.</param>
/// <param name="L">Names the angle on the far side.</param>
/// <param name="Parent">The rotor that carries the near fragment; -1 for the root fragment.</param>
/// <param name="IsTop">Whether one side is a top of like terminal atoms (methyl, NH2, CF3, nitro): its states are copies of each
/// other.</param>
/// <param name="Moving">Atoms beyond <paramref name="To"/>, ascending.</param>
public sealed record Rotor(int I, int From, int To, int L, int Parent, bool IsTop, IReadOnlyList<int> Moving);

/// <summary>
/// A molecule as rigid fragments joined by rotors: every acyclic single bond with something on either side, tops (methyl, NH3+) and amides
/// included, double bonds not. Linear atoms (nitriles, alkynes) belong to an axis. The tree hangs on its largest fragment. Rotors stand in
/// an order in which a parent comes before its children and all tops come last.
/// </summary>
public sealed class RotorTree
{
    /// <summary>Derives the tree from the bond graph.</summary>
    public RotorTree(Molecule molecule)
    {
        AtomCount = molecule.Atoms.Count;
        List<(int A, int B, int[] Axis)> axes = Axes(molecule);
        int[] fragment = Fragments(molecule, axes);
        int root = fragment.GroupBy(f => f).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First().Key;
        // breadth first from the root, then tops last: a top carries no rotor, so parents stay before their children
        var found = new List<(int From, int To, int[] Axis, int Parent)>();
        var queue = new Queue<(int Fragment, int Rotor)>([(root, -1)]);
        var seen = new HashSet<int> { root };
        while (queue.TryDequeue(out (int Fragment, int Rotor) near))
            foreach ((int a, int b, int[] axis) in axes)
                foreach ((int from, int to) in new[] { (a, b), (b, a) })
                    if (fragment[from] == near.Fragment && seen.Add(fragment[to]))
                    {
                        queue.Enqueue((fragment[to], found.Count));
                        found.Add((from, to, axis, near.Rotor));
                    }
        int[] order = [.. Enumerable.Range(0, found.Count).OrderBy(r => IsLikeTop(molecule, found[r].To, found[r].From)
            && !found.Any(f => f.Parent == r))];
        int[] rank = new int[order.Length];
        for (int n = 0; n < order.Length; n++)
            rank[order[n]] = n;
        Rotors = [.. order.Select(r => Make(molecule, found[r].From, found[r].To, found[r].Axis, found[r].Parent < 0 ? -1
            : rank[found[r].Parent]))];
        OnAxis = [.. order.Select(r => new[] { found[r].From, found[r].To }.Concat(found[r].Axis).ToHashSet())];
        RotorOf = new int[AtomCount];
        Array.Fill(RotorOf, -1);
        for (int r = 0; r < Rotors.Count; r++)
            foreach (int atom in Rotors[r].Moving)
                RotorOf[atom] = r; // later rotors lie further out
        for (int r = 0; r < Rotors.Count; r++)
            foreach (int atom in Rotors[r].Moving)
                if (Depth(RotorOf[atom]) < Depth(r))
                    RotorOf[atom] = r;
    }

    /// <summary>N, the number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>T rotors.</summary>
    public IReadOnlyList<Rotor> Rotors { get; }

    /// <summary>[N] the outermost rotor that moves each atom; -1 for the root fragment.</summary>
    internal int[] RotorOf { get; }

    /// <summary>[T] the atoms on each axis, which its rotor does not move against either side.</summary>
    internal HashSet<int>[] OnAxis { get; }

    /// <summary>The rotors that change the distances among some atoms, ascending.</summary>
    internal int[] RotorsBetween(params ReadOnlySpan<int> atoms)
    {
        var between = new List<int>();
        for (int r = 0; r < Rotors.Count; r++)
        {
            bool near = false, far = false;
            foreach (int atom in atoms)
            {
                if (OnAxis[r].Contains(atom))
                    continue;
                bool moves = IsBeyond(atom, r);
                far |= moves;
                near |= !moves;
            }
            if (near && far)
                between.Add(r);
        }
        return [.. between];
    }

    /// <summary>The torsion angles of a geometry, [T] rad.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    public double[] Angles(ReadOnlySpan<float> positions)
    {
        var angles = new double[Rotors.Count];
        for (int r = 0; r < angles.Length; r++)
            angles[r] = Dihedral.Angle(positions, Rotors[r].I, Rotors[r].From, Rotors[r].To, Rotors[r].L);
        return angles;
    }

    /// <summary>The same in single precision.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="angles">[T] rad, overwritten.</param>
    internal void Angles(ReadOnlySpan<float> positions, Span<float> angles)
    {
        for (int r = 0; r < angles.Length; r++)
            angles[r] = (float)Dihedral.Angle(positions, Rotors[r].I, Rotors[r].From, Rotors[r].To, Rotors[r].L);
    }

    private bool IsBeyond(int atom, int rotor)
    {
        for (int r = RotorOf[atom]; r >= 0; r = Rotors[r].Parent)
            if (r == rotor)
                return true;
        return false;
    }

    /// <summary>Rotors on the way from one rotor to another along the tree, the second included; 1 for neighbours in a chain, 2 for
    /// branches of one fragment.</summary>
    internal int Between(int a, int b)
    {
        int steps = 0;
        for (; a != b; steps++)
            if (Depth(a) >= Depth(b))
                a = Rotors[a].Parent;
            else
                b = Rotors[b].Parent;
        return steps;
    }

    /// <summary>Rotors from the root fragment to beyond a rotor.</summary>
    internal int Depth(int rotor)
    {
        int depth = 0;
        for (; rotor >= 0; rotor = Rotors[rotor].Parent)
            depth++;
        return depth;
    }

    /// <summary>Ends of the axes, with the linear atoms between them.</summary>
    private static List<(int A, int B, int[] Axis)> Axes(Molecule m)
    {
        var axes = new List<(int, int, int[])>();
        foreach (Bond bond in m.Bonds)
        {
            if (bond is not { Order: 1, IsInRing: false, IsAromatic: false })
                continue;
            var between = new List<int>();
            int a = Walk(m, bond.End, bond.Begin, between), b = Walk(m, bond.Begin, bond.End, between);
            if (a < 0 || b < 0)
                continue;
            // an axis through linear atoms holds several single bonds: the first of them stands for it
            if (between.Count > 0 && axes.Exists(x => (x.Item1 == a && x.Item2 == b) || (x.Item1 == b && x.Item2 == a)))
                continue;
            axes.Add((a, b, [.. between]));
        }
        return axes;
    }

    /// <summary>The end of the axis in the direction from - atom: beyond linear atoms, which are collected; -1 if nothing off the axis
    /// hangs there.</summary>
    private static int Walk(Molecule m, int from, int atom, List<int> between)
    {
        while (IsLinear(m, atom))
        {
            between.Add(atom);
            int next = m.Neighbours[atom].First(n => n != from);
            (from, atom) = (atom, next);
        }
        return m.Neighbours[atom].Length > 1 ? atom : -1;
    }

    private static bool IsLinear(Molecule m, int atom) => m.Atoms[atom].Hybridisation == 1 && m.Neighbours[atom].Length == 2;

    /// <summary>[N] a number for each rigid fragment.</summary>
    private static int[] Fragments(Molecule m, List<(int A, int B, int[] Axis)> axes)
    {
        int[] fragment = new int[m.Atoms.Count];
        Array.Fill(fragment, -1);
        for (int start = 0; start < fragment.Length; start++)
        {
            if (fragment[start] >= 0)
                continue;
            var queue = new Queue<int>([start]);
            fragment[start] = start;
            while (queue.TryDequeue(out int atom))
                foreach (int next in m.Neighbours[atom])
                    if (fragment[next] < 0 && !Crosses(atom, next))
                    {
                        fragment[next] = start;
                        queue.Enqueue(next);
                    }
        }
        return fragment;

        // linear atoms stay with the first end of their axis; the bond to its second end is the one that is cut
        bool Crosses(int a, int b) => axes.Exists(x => x.Axis.Length == 0 ? (x.A, x.B) == (a, b) || (x.A, x.B) == (b, a)
            : (x.B == b && x.Axis.Contains(a)) || (x.B == a && x.Axis.Contains(b)));
    }

    private static Rotor Make(Molecule m, int from, int to, int[] axis, int parent)
    {
        var beyond = new HashSet<int> { to };
        var queue = new Queue<int>([to]);
        while (queue.TryDequeue(out int atom))
            foreach (int next in m.Neighbours[atom])
                if (next != from && !axis.Contains(next) && beyond.Add(next))
                    queue.Enqueue(next);
        beyond.Remove(to);
        return new(Reference(m, from, to, axis), from, to, Reference(m, to, from, axis), parent, IsLikeTop(m, to, from)
            || IsLikeTop(m, from, to), [.. beyond.Order()]);
    }

    /// <summary>The substituent that names the angle: heaviest, then lowest index; a linear atom, which lies on the axis of another rotor
    /// and does not turn with what it hangs on, only if there is no other.</summary>
    private static int Reference(Molecule m, int atom, int other, int[] axis) =>
        m.Neighbours[atom].Where(n => n != other && !axis.Contains(n)).OrderBy(n => IsLinear(m, n)).ThenByDescending(n =>
            m.Atoms[n].AtomicNumber).ThenBy(n => n).First();

    private static bool IsLikeTop(Molecule m, int atom, int other)
    {
        int[] rest = [.. m.Neighbours[atom].Where(n => n != other && !IsLinear(m, n))];
        return rest.Length >= 2 && rest.All(n => m.Neighbours[n].Length == 1 && m.Atoms[n].AtomicNumber == m.Atoms[rest[0]].AtomicNumber);
    }
}
