namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// A molecule as the charge network reads it: a vertex for each class of heavy atoms that the graph does not tell apart
/// (<see cref="AtomClasses"/>), which carries its hydrogens. Messages on classes equal those on atoms, for all atoms of a class have the
/// same neighbours; so equal atoms get equal charges exactly, and a drug-like molecule has a third of the vertices.
/// </summary>
internal sealed class ChargeGraph
{
    private const int MostHydrogens = 4, MostNeighbours = 6, LargestRing = 7; // larger rings count with it

    private static readonly int[] s_elements = [6, 7, 8, 15, 16, 9, 17, 35, 53];

    /// <summary>Features of a vertex: element, neighbours, hydrogens, sizes of rings from 3 (one of several each); charge, aromatic, excess
    /// bond orders.</summary>
    public static readonly int VertexWidth = s_elements.Length + MostNeighbours + 1 + MostHydrogens + 1 + LargestRing - 2 + 3;

    /// <summary>Features of an edge: 1, order above one, order above two, aromatic, in a ring.</summary>
    public const int EdgeWidth = 5;

    /// <exception cref="ParameterizationException">A hydrogen that is not bonded to one heavy atom, or another element than H C N O S P F
    /// Cl Br I.</exception>
    public ChargeGraph(Molecule molecule)
    {
        Refuse(molecule);
        Classes = AtomClasses.Of(molecule);
        Forms = ResonanceForms.Average(molecule);
        Charges = Classes.Average(Forms.Charges);
        int[] fragments = Fragments(molecule);
        int count = molecule.Atoms.Count;
        VertexOfAtom = new int[count];
        var index = new Dictionary<(int Fragment, int Class), int>();
        for (int i = 0; i < count; i++)
            if (IsHeavy(i))
                VertexOfAtom[i] = index.TryAdd((fragments[i], Classes.OfAtom[i]), index.Count) ? index.Count - 1
                    : index[(fragments[i], Classes.OfAtom[i])];
        IsHydrogen = [.. molecule.Atoms.Select(a => a.AtomicNumber == 1)];
        for (int i = 0; i < count; i++)
            if (!IsHeavy(i))
                VertexOfAtom[i] = VertexOfAtom[molecule.Neighbours[i][0]];
        Count = index.Count;
        (Members, Hydrogens, Fragment) = (new double[Count], new double[Count], new int[Count]);
        FragmentCharges = new double[fragments.Max() + 1];
        Vertices = new float[Count * VertexWidth];
        int[] rings = SmallestRings.Sizes(molecule, LargestRing);
        double[] sums = new double[Vertices.Length];
        for (int i = 0; i < count; i++)
        {
            FragmentCharges[fragments[i]] += molecule.Atoms[i].FormalCharge;
            int v = VertexOfAtom[i];
            (IsHeavy(i) ? Members : Hydrogens)[v]++;
            Fragment[v] = fragments[i];
            if (IsHeavy(i))
                AddFeatures(molecule, i, rings, sums.AsSpan(v * VertexWidth, VertexWidth));
        }
        for (int k = 0; k < sums.Length; k++)
            Vertices[k] = (float)(sums[k] / Members[k / VertexWidth]);
        (From, To, Edges) = Connect(molecule, rings);

        bool IsHeavy(int i) => molecule.Atoms[i].AtomicNumber > 1;
    }

    public AtomClasses Classes { get; }

    public ResonanceForms Forms { get; }

    /// <summary>[N] e, averaged over resonance forms and classes.</summary>
    public double[] Charges { get; }

    /// <summary>V.</summary>
    public int Count { get; }

    /// <summary>[V, <see cref="VertexWidth"/>].</summary>
    public float[] Vertices { get; }

    /// <summary>[E] the vertex that an edge comes from.</summary>
    public int[] From { get; }

    /// <summary>[E] the vertex that it goes to.</summary>
    public int[] To { get; }

    /// <summary>[E, <see cref="EdgeWidth"/>], summed over the neighbours of an atom that the edge stands for.</summary>
    public float[] Edges { get; }

    /// <summary>[V] heavy atoms of a vertex.</summary>
    public double[] Members { get; }

    /// <summary>[V] hydrogens on all of them together.</summary>
    public double[] Hydrogens { get; }

    /// <summary>[V] which connected part it belongs to.</summary>
    public int[] Fragment { get; }

    /// <summary>Total charge of each connected part, e.</summary>
    public double[] FragmentCharges { get; }

    /// <summary>[N] an atom's vertex; a hydrogen's is that of its heavy atom.</summary>
    public int[] VertexOfAtom { get; }

    /// <summary>[N].</summary>
    public bool[] IsHydrogen { get; }

    private static void Refuse(Molecule molecule)
    {
        int[] strange = [.. Indices(a => a.AtomicNumber != 1 && Array.IndexOf(s_elements, a.AtomicNumber) < 0)];
        if (strange.Length > 0)
            throw new ParameterizationException($"no charges for {molecule.Atoms[strange[0]].Symbol} (atom {strange[0] + 1}): "
                + $"the charge network knows H, C, N, O, S, P, F, Cl, Br and I; {PartialCharges.Remedy}", strange);
        int[] radicals = [.. Indices(a => a.RadicalElectrons > 0)];
        if (radicals.Length > 0)
            throw new ParameterizationException($"no charges for atom {radicals[0] + 1} ({molecule.Atoms[radicals[0]].Symbol}), which has "
                + $"an unpaired electron; {PartialCharges.Remedy}", radicals);
        int[] loose = [.. Enumerable.Range(0, molecule.Atoms.Count).Where(i => molecule.Atoms[i].AtomicNumber == 1
            && (molecule.Neighbours[i].Length != 1 || molecule.Atoms[molecule.Neighbours[i][0]].AtomicNumber == 1))];
        if (loose.Length > 0)
            throw new ParameterizationException($"no charges for the hydrogen {loose[0] + 1}, which is not bonded to one heavy atom; "
                + PartialCharges.Remedy, loose);

        IEnumerable<int> Indices(Func<Atom, bool> which) => Enumerable.Range(0, molecule.Atoms.Count).Where(i => which(molecule.Atoms[i]));
    }

    private static int[] Fragments(Molecule molecule)
    {
        int[] fragment = [.. Enumerable.Repeat(-1, molecule.Atoms.Count)];
        int count = 0;
        for (int start = 0; start < fragment.Length; start++)
        {
            if (fragment[start] >= 0)
                continue;
            var open = new Stack<int>([start]);
            while (open.TryPop(out int i))
            {
                if (fragment[i] >= 0)
                    continue;
                fragment[i] = count;
                foreach (int n in molecule.Neighbours[i])
                    open.Push(n);
            }
            count++;
        }
        return fragment;
    }

    private void AddFeatures(Molecule molecule, int atom, int[] rings, Span<double> sums)
    {
        int neighbours = molecule.Neighbours[atom].Length, at = s_elements.Length;
        sums[Array.IndexOf(s_elements, molecule.Atoms[atom].AtomicNumber)]++;
        sums[at + Math.Min(neighbours, MostNeighbours)]++;
        at += MostNeighbours + 1;
        sums[at + Math.Min(MostHydrogens, molecule.Neighbours[atom].Count(n => molecule.Atoms[n].AtomicNumber == 1))]++;
        at += MostHydrogens + 1;
        double order = 0;
        for (int size = 3; size <= LargestRing; size++)
            for (int b = 0; b < rings.Length; b++)
                if (rings[b] == size && (molecule.Bonds[b].Begin == atom || molecule.Bonds[b].End == atom))
                {
                    sums[at + size - 3]++;
                    break;
                }
        at += LargestRing - 2;
        for (int b = 0; b < rings.Length; b++)
            if (molecule.Bonds[b].Begin == atom || molecule.Bonds[b].End == atom)
                order += Forms.Orders[b] - 1;
        sums[at] += Charges[atom];
        sums[at + 1] += molecule.Atoms[atom].IsAromatic ? 1 : 0;
        sums[at + 2] += order;
    }

    private (int[] From, int[] To, float[] Edges) Connect(Molecule molecule, int[] rings)
    {
        var edges = new SortedDictionary<(int To, int From), double[]>();
        for (int b = 0; b < rings.Length; b++)
        {
            (int i, int j) = (molecule.Bonds[b].Begin, molecule.Bonds[b].End);
            if (IsHydrogen[i] || IsHydrogen[j])
                continue;
            double order = Forms.Orders[b];
            double[] features = [1, order - 1, Math.Max(0, order - 2), molecule.Bonds[b].IsAromatic ? 1 : 0, rings[b] > 0 ? 1 : 0];
            foreach ((int from, int to) in new[] { (VertexOfAtom[i], VertexOfAtom[j]), (VertexOfAtom[j], VertexOfAtom[i]) })
            {
                if (!edges.TryGetValue((to, from), out double[]? sum))
                    edges.Add((to, from), sum = new double[EdgeWidth]);
                for (int k = 0; k < EdgeWidth; k++)
                    sum[k] += features[k] / Members[to];
            }
        }
        return ([.. edges.Keys.Select(k => k.From)], [.. edges.Keys.Select(k => k.To)], [.. edges.Values.SelectMany(s =>
            s.Select(v => (float)v))]);
    }
}
