using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>
/// Matches a residue to a template by elements and bonds, names apart. Where atoms are equivalent it chooses as OpenMM does (fewest
/// candidates first, then neighbours of what is matched): the order of impropers depends on it.
/// </summary>
internal sealed class TemplateMatcher
{
    private readonly ResidueTemplate _template;
    private readonly int[][] _bonds, _candidates;
    private readonly int[] _match;
    private readonly bool[] _taken;

    private TemplateMatcher(ResidueTemplate template, int[][] bonds, int[][] candidates)
    {
        (_template, _bonds, _candidates) = (template, bonds, candidates);
        (_match, _taken) = (new int[bonds.Length], new bool[bonds.Length]);
    }

    /// <summary>[atoms of the residue] the template's atom each is; null if they do not match.</summary>
    public static int[]? Match(Topology topology, TopologyResidue residue, ResidueTemplate template)
    {
        int n = residue.AtomCount;
        if (n != template.Atoms.Count)
            return null;
        var bonds = new int[n][];
        var candidates = new int[n][];
        for (int i = 0; i < n; i++)
        {
            int[] neighbours = topology.Neighbours[residue.FirstAtom + i];
            bonds[i] = [.. neighbours.Select(j => j - residue.FirstAtom).Where(j => j >= 0 && j < n)];
            int element = topology.Atoms[residue.FirstAtom + i].AtomicNumber, inside = bonds[i].Length,
                outside = neighbours.Length - inside;
            candidates[i] = [.. Enumerable.Range(0, n).Where(t => template.Atoms[t].Type.AtomicNumber == element
                && template.BondedTo[t].Count == inside && template.ExternalBonds[t] == outside)];
            if (candidates[i].Length == 0)
                return null;
        }
        int[] order = SearchOrder(bonds, candidates);
        var place = new int[n];
        for (int p = 0; p < n; p++)
            place[order[p]] = p;
        var matcher = new TemplateMatcher(template, [.. order.Select(i => bonds[i].Select(j => place[j]).ToArray())],
            [.. order.Select(i => candidates[i])]);
        return matcher.Extend(0) ? [.. place.Select(p => matcher._match[p])] : null;
    }

    private static int[] SearchOrder(int[][] bonds, int[][] candidates)
    {
        var order = new List<int>();
        var left = new SortedSet<int>(Enumerable.Range(0, bonds.Length));
        var reached = new SortedSet<(int Candidates, int Atom)>();
        while (left.Count > 0)
        {
            int next = reached.Count > 0 ? reached.Min.Atom : left.MinBy(i => candidates[i].Length);
            reached.Remove((candidates[next].Length, next));
            left.Remove(next);
            order.Add(next);
            foreach (int i in bonds[next])
                if (left.Contains(i))
                    reached.Add((candidates[i].Length, i));
        }
        return [.. order];
    }

    private bool Extend(int position)
    {
        if (position == _match.Length)
            return true;
        int matched = Array.FindIndex(_bonds[position], b => b < position);
        IReadOnlyList<int> choices = matched < 0 ? _candidates[position] : _template.BondedTo[_match[_bonds[position][matched]]];
        foreach (int t in choices)
        {
            if (_taken[t] || !_candidates[position].Contains(t) || !_bonds[position].All(b => b >= position
                || _template.BondedTo[t].Contains(_match[b])))
                continue;
            (_match[position], _taken[t]) = (t, true);
            if (Extend(position + 1))
                return true;
            _taken[t] = false;
        }
        return false;
    }
}
