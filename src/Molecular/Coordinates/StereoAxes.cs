namespace MolSampling.Molecular.Coordinates;

/// <summary>Finds allenes, cumulenes, hindered bonds and helices in a bond graph.</summary>
internal static class StereoAxes
{
    private const int FewestBays = 3; // of [5]helicene, the smallest whose hands do not mix at room temperature

    /// <summary>The axes that tell mirror images, or cis and trans, apart.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="classes">[N] equal for atoms that symmetry exchanges.</param>
    /// <param name="coordinates">[N, 3] nm that give hands; null for none.</param>
    /// <param name="written">Hands that a SMILES gives to allenes: two substituents of either end, and the sign of their volume.</param>
    public static IReadOnlyList<StereoAxis> Of(Molecule molecule, int[] classes, double[]? coordinates,
        IReadOnlyList<(int[] Atoms, int Sign)> written)
    {
        StereoAxis[] axes = [.. Cumulenes(molecule, classes, written), .. HinderedBonds(molecule, classes), .. Helices(molecule)];
        if (coordinates is null)
            return axes;
        float[] x = [.. coordinates.Select(v => (float)v)];
        return [.. axes.Select(a => a with { Given = a.Sign(x, 1, 0) })];
    }

    private static IEnumerable<StereoAxis> Cumulenes(Molecule m, int[] classes, IReadOnlyList<(int[] Atoms, int Sign)> written)
    {
        for (int end = 0; end < m.Atoms.Count; end++)
        {
            if (DoubleBonds(m, end).Count() != 1)
                continue;
            var axis = new List<int> { end };
            for (int next = DoubleBonds(m, end).First(); ; next = DoubleBonds(m, next).First(n => n != axis[^2]))
            {
                axis.Add(next);
                if (DoubleBonds(m, next).Count() != 2 || m.Neighbours[next].Length != 2 || axis.Count > m.Atoms.Count)
                    break;
            }
            int first = Substituent(m, classes, axis[0], axis[1]), last = Substituent(m, classes, axis[^1], axis[^2]);
            if (axis.Count < 3 || axis[0] > axis[^1] || first < 0 || last < 0 || DoubleBonds(m, axis[^1]).Count() != 1)
                continue;
            StereoAxisKind kind = axis.Count % 2 == 1 ? StereoAxisKind.Allene : StereoAxisKind.Cumulene;
            int[] ends = [.. m.Neighbours[axis[0]].Where(n => n != axis[1]), .. m.Neighbours[axis[^1]].Where(n => n != axis[^2])];
            int given = written.Where(w => w.Atoms.Order().SequenceEqual(ends.Order())).Select(w => HandOf(w.Atoms, w.Sign, first,
                last)).FirstOrDefault();
            yield return new(kind, [first, .. axis, last], given);
        }
    }

    /// <summary>
    /// The sign of the torsion first-end-end-last from that of the volume (a - d) . ((b - d) x (c - d)) of the substituents a, b of one end
    /// and c, d of the other: a-end-end-c has the sign of the volume.
    /// </summary>
    private static int HandOf(int[] atoms, int sign, int first, int last) =>
        (Array.IndexOf(atoms, first) + Array.IndexOf(atoms, last)) % 2 == 0 ? sign : -sign;

    private static IEnumerable<int> DoubleBonds(Molecule m, int atom) =>
        m.Bonds.Where(b => b is { Order: 2, IsAromatic: false } && (b.Begin == atom || b.End == atom)).Select(b => b.Begin == atom ? b.End
            : b.Begin);

    /// <summary>The one of an end's two different substituents that names the torsion; -1 if they are alike or not two.</summary>
    private static int Substituent(Molecule m, int[] classes, int end, int inner)
    {
        int[] rest = [.. m.Neighbours[end].Where(n => n != inner)];
        return m.Atoms[end].AtomicNumber == 6 && rest.Length == 2 && classes[rest[0]] != classes[rest[1]] ? rest.MaxBy(n => classes[n])
            : -1;
    }

    private static IEnumerable<StereoAxis> HinderedBonds(Molecule m, int[] classes) =>
        from bond in m.Bonds
        where bond is { Order: 1, IsInRing: false, IsAromatic: false } && AxisCrowding.IsHindered(m, bond)
        let first = m.Neighbours[bond.Begin].Where(n => n != bond.End).ToArray()
        let last = m.Neighbours[bond.End].Where(n => n != bond.Begin).ToArray()
        where classes[first[0]] != classes[first[1]] && classes[last[0]] != classes[last[1]]
        select new StereoAxis(StereoAxisKind.HinderedBond, [first.MaxBy(n => classes[n]), bond.Begin, bond.End,
            last.MaxBy(n => classes[n])], 0);

    /// <summary>
    /// Chains of bay torsions a-b-c-d: b-c belongs to one ring only, from which a-b and c-d lead into the rings beside it, so that a and d
    /// face one another.
    /// </summary>
    private static IEnumerable<StereoAxis> Helices(Molecule m)
    {
        HashSet<(int, int)> ringBonds = [.. m.Bonds.Where(b => b.IsInRing).SelectMany(b => new[] { (b.Begin, b.End), (b.End, b.Begin) })];
        var onward = new Dictionary<(int, int, int), List<int>>(); // a, b, c to d
        foreach (Bond bond in m.Bonds.Where(b => b.IsInRing && m.Atoms[b.Begin].Hybridisation == 2 && m.Atoms[b.End].Hybridisation == 2))
        {
            int[][] rings = [.. m.Rings.Where(r => HasBond(r, bond.Begin, bond.End))];
            if (rings.Length != 1 || rings[0].Length > 7)
                continue;
            foreach (int a in Outside(bond.Begin))
                foreach (int d in Outside(bond.End))
                {
                    Add((a, bond.Begin, bond.End), d);
                    Add((d, bond.End, bond.Begin), a);
                }

            IEnumerable<int> Outside(int atom) => m.Neighbours[atom].Where(n => !rings[0].Contains(n) && m.Atoms[n].Hybridisation == 2
                && ringBonds.Contains((atom, n)));
        }
        foreach ((int a, int b, int c) in onward.Keys.Order())
        {
            if (onward.Keys.Any(k => k.Item2 == a && k.Item3 == b && onward[k].Contains(c)))
                continue; // not where a chain begins
            var rim = new List<int> { a, b, c };
            while (onward.TryGetValue((rim[^3], rim[^2], rim[^1]), out List<int>? next)
                && next.FindIndex(d => !rim.Contains(d)) is >= 0 and int at)
                rim.Add(next[at]);
            if (rim.Count - 3 >= FewestBays && rim[0] < rim[^1])
                yield return new(StereoAxisKind.Helix, rim, 0);
        }

        void Add((int, int, int) key, int d)
        {
            if (!onward.TryGetValue(key, out List<int>? list))
                onward.Add(key, list = []);
            list.Add(d);
        }
    }

    private static bool HasBond(int[] ring, int a, int b)
    {
        int at = Array.IndexOf(ring, a);
        return at >= 0 && (ring[(at + 1) % ring.Length] == b || ring[(at + ring.Length - 1) % ring.Length] == b);
    }
}
