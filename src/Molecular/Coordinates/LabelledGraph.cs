namespace MolSampling.Molecular.Coordinates;

/// <summary>A graph whose vertices carry labels, and its isomorphisms to another.</summary>
/// <param name="Labels">[V].</param>
/// <param name="Neighbours">[V] vertices.</param>
internal sealed record LabelledGraph(int[] Labels, int[][] Neighbours)
{
    /// <summary>The heavy atoms of a molecule, labelled by element and number of hydrogens: what distances can tell of it.</summary>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="bonds">Each once.</param>
    /// <param name="atoms">The vertices' atoms, by rising index.</param>
    /// <param name="hydrogens">[V] the hydrogens of each, by rising index.</param>
    public static LabelledGraph OfHeavyAtoms(IReadOnlyList<int> atomicNumbers, IEnumerable<(int I, int J)> bonds, out int[] atoms,
        out int[][] hydrogens)
    {
        int[] heavy = [.. Enumerable.Range(0, atomicNumbers.Count).Where(a => atomicNumbers[a] > 1)];
        var all = heavy.Select(_ => new List<int>()).ToArray();
        foreach ((int i, int j) in bonds)
        {
            if (Array.BinarySearch(heavy, i) is >= 0 and int p)
                all[p].Add(j);
            if (Array.BinarySearch(heavy, j) is >= 0 and int q)
                all[q].Add(i);
        }
        atoms = heavy;
        int[][] attached = hydrogens = [.. all.Select(n => n.Where(a => atomicNumbers[a] == 1).Order().ToArray())];
        return new([.. heavy.Select((a, v) => 100 * atomicNumbers[a] + attached[v].Length)],
            [.. all.Select(n => n.Where(a => atomicNumbers[a] > 1).Select(a => Array.BinarySearch(heavy, a)).ToArray())]);
    }

    /// <summary>
    /// The maps of this graph's vertices onto another's that keep labels and edges, found lazily by backtracking along a breadth-first
    /// order; both graphs' labels are refined by those of their neighbours first, so that few branches end in vain.
    /// </summary>
    /// <returns>Each [V] images.</returns>
    public IEnumerable<int[]> IsomorphismsTo(LabelledGraph other)
    {
        int count = Labels.Length;
        if (other.Labels.Length != count)
            yield break;
        (int[] mine, int[] theirs) = Refine(other);
        if (!mine.Order().SequenceEqual(theirs.Order()))
            yield break;
        (int[] order, int[] parents) = BreadthFirst();
        int[][] candidates = new int[count][];
        int[] next = new int[count], image = [.. Enumerable.Repeat(-1, count)];
        bool[] used = new bool[count];
        int depth = 0;
        while (depth >= 0)
        {
            if (depth == count)
            {
                yield return [.. image];
                depth--;
                continue;
            }
            int vertex = order[depth];
            if (image[vertex] >= 0)
            {
                used[image[vertex]] = false;
                image[vertex] = -1;
            }
            else
                (candidates[depth], next[depth]) = (parents[depth] < 0 ? [.. Enumerable.Range(0, count)]
                    : other.Neighbours[image[parents[depth]]], 0);
            while (next[depth] < candidates[depth].Length && image[vertex] < 0)
            {
                int candidate = candidates[depth][next[depth]++];
                if (used[candidate] || mine[vertex] != theirs[candidate] || !Neighbours[vertex].All(n => image[n] < 0
                    || other.Neighbours[candidate].Contains(image[n])))
                    continue;
                image[vertex] = candidate;
                used[candidate] = true;
            }
            depth += image[vertex] >= 0 ? 1 : -1;
        }
    }

    /// <summary>Labels of both graphs after the classes have stopped to split (colour refinement; B. Weisfeiler, A. Leman, 1968).</summary>
    private (int[] Mine, int[] Theirs) Refine(LabelledGraph other)
    {
        (int[] mine, int[] theirs) = (Labels, other.Labels);
        for (int classes = -1; ;)
        {
            var index = new Dictionary<string, int>();
            int[] Next(LabelledGraph graph, int[] labels) => [.. labels.Select((label, v) =>
            {
                string key = $"{label}:{string.Join(',', graph.Neighbours[v].Select(n => labels[n]).Order())}";
                if (!index.TryGetValue(key, out int number))
                    index.Add(key, number = index.Count);
                return number;
            })];
            (mine, theirs) = (Next(this, mine), Next(other, theirs));
            if (index.Count == classes)
                return (mine, theirs);
            classes = index.Count;
        }
    }

    /// <summary>Every vertex, after the first of its component, follows one of its neighbours.</summary>
    private (int[] Order, int[] Parents) BreadthFirst()
    {
        var order = new List<int>();
        var parents = new List<int>();
        bool[] seen = new bool[Labels.Length];
        for (int start = 0; start < Labels.Length; start++)
        {
            if (seen[start])
                continue;
            seen[start] = true;
            order.Add(start);
            parents.Add(-1);
            for (int p = order.Count - 1; p < order.Count; p++)
                foreach (int n in Neighbours[order[p]].Where(n => !seen[n]))
                {
                    seen[n] = true;
                    order.Add(n);
                    parents.Add(order[p]);
                }
        }
        return ([.. order], [.. parents]);
    }
}
