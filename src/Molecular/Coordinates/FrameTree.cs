namespace MolSampling.Molecular.Coordinates;

/// <summary>How one atom is placed: at x_j + b n, with the direction n in the frame of three atoms.</summary>
/// <param name="Atom">The atom.</param>
/// <param name="J">Origin, bonded to it.</param>
/// <param name="K">First axis: from j to k.</param>
/// <param name="L">Second axis: across, towards l.</param>
/// <param name="Rotor">The rotor whose angle (atom, j, k, l) is; -1 for an atom that is rigid in its frame.</param>
internal readonly record struct FramedAtom(int Atom, int J, int K, int L, int Rotor);

/// <summary>
/// In which frame each atom of a molecule stands, fragment by fragment of a <see cref="RotorTree"/>: one atom of a fragment is placed by
/// its rotor's angle, all others in frames of atoms that turn with them. So everything but the rotors' angles is the same whatever these
/// are. The three atoms of <see cref="Start"/> carry the frame of all.
/// </summary>
internal sealed class FrameTree
{
    private const double LeastSine = 0.3; // of the angle between the axes of a frame

    private FrameTree(int[] start, FramedAtom[] rows) => (Start, Rows) = (start, rows);

    /// <param name="molecule">Bonds.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="positions">[N, 3] nm, where frames must not be flat.</param>
    /// <returns>Null where an atom has no frame: the molecule lies on a line, or has one or two atoms.</returns>
    public static FrameTree? Of(Molecule molecule, RotorTree tree, float[] positions)
    {
        int atoms = molecule.Atoms.Count;
        var placed = new HashSet<int>();
        var rows = new List<FramedAtom>();
        if (FindStart() is not { } start)
            return null;
        placed.UnionWith(start);
        for (int rotor = -1; rotor < tree.Rotors.Count; rotor++)
        {
            // what turns together: the fragment and the axis it hangs on
            HashSet<int> body = [.. Enumerable.Range(0, atoms).Where(a => tree.RotorOf[a] == rotor)];
            if (rotor >= 0)
            {
                Rotor r = tree.Rotors[rotor];
                Place(new(r.L, r.To, r.From, r.I, rotor));
                body.UnionWith([r.From, r.To]);
            }
            for (bool grows = true; grows;)
            {
                grows = false;
                foreach (int atom in body.Where(a => !placed.Contains(a)).Order().ToArray())
                    if (Frame(atom, body) is { } frame)
                    {
                        Place(frame);
                        grows = true;
                    }
            }
            if (body.Except(placed).Any())
                return null;
        }
        return new(start, [.. rows]);

        void Place(FramedAtom row)
        {
            rows.Add(row);
            placed.Add(row.Atom);
        }

        int[]? FindStart()
        {
            foreach (int b in Enumerable.Range(0, atoms).Where(a => tree.RotorOf[a] == -1).OrderByDescending(a =>
                molecule.Neighbours[a].Length))
            {
                int[] ends = [.. molecule.Neighbours[b].Where(a => tree.RotorOf[a] == -1).OrderByDescending(a =>
                    molecule.Atoms[a].AtomicNumber)];
                foreach (int a in ends)
                    foreach (int c in ends)
                        if (a != c && Sine(b, a, c) > LeastSine)
                            return [b, a, c];
            }
            return null;
        }

        FramedAtom? Frame(int atom, HashSet<int> body)
        {
            foreach (int j in molecule.Neighbours[atom].Where(n => body.Contains(n) && placed.Contains(n)))
            {
                // siblings, then what lies behind, then anything near
                int[] near = [.. body.Where(a => a != j && a != atom && placed.Contains(a))
                    .OrderByDescending(a => molecule.Neighbours[j].Contains(a)).ThenBy(a => Distance(a, j)).ThenBy(a => a)];
                foreach (int k in near)
                    foreach (int l in near)
                        if (k != l && Sine(j, k, l) > LeastSine)
                            return new(atom, j, k, l, -1);
            }
            return null;
        }

        double Distance(int a, int b) =>
            Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(positions[3 * a + c] - positions[3 * b + c], 2)));

        double Sine(int j, int k, int l)
        {
            (double a, double b, double c) = (Distance(j, k), Distance(j, l), Distance(k, l));
            double cosine = (a * a + b * b - c * c) / (2 * a * b);
            return Math.Sqrt(Math.Max(0, 1 - cosine * cosine));
        }
    }

    /// <summary>Origin, the atom that gives the first axis, and one off it; both bonded to the origin.</summary>
    public int[] Start { get; }

    /// <summary>All other atoms, in the order of placement.</summary>
    public FramedAtom[] Rows { get; }
}
