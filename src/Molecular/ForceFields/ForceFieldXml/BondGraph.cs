using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Angles, dihedrals and near pairs of a bond graph.</summary>
internal static class BondGraph
{
    /// <summary>Every i-j-k with i below k.</summary>
    public static IEnumerable<(int I, int J, int K)> Angles(Topology topology)
    {
        for (int j = 0; j < topology.Atoms.Count; j++)
        {
            int[] around = topology.Neighbours[j];
            for (int a = 0; a < around.Length; a++)
                for (int b = a + 1; b < around.Length; b++)
                    yield return (around[a], j, around[b]);
        }
    }

    /// <summary>Every i-j-k-l of four atoms with i below l.</summary>
    public static IEnumerable<(int I, int J, int K, int L)> Dihedrals(Topology topology)
    {
        for (int j = 0; j < topology.Atoms.Count; j++)
            foreach (int k in topology.Neighbours[j])
                foreach (int i in topology.Neighbours[j])
                    foreach (int l in topology.Neighbours[k])
                        if (i != k && l != j && i < l)
                            yield return (i, j, k, l);
    }

    /// <summary>Every pair at most three bonds apart, i below j, with the least number of bonds.</summary>
    public static IEnumerable<(int I, int J, int Bonds)> NearPairs(Topology topology)
    {
        var distance = new Dictionary<int, int>();
        for (int i = 0; i < topology.Atoms.Count; i++)
        {
            distance.Clear();
            distance[i] = 0;
            int[] shell = [i];
            for (int bonds = 1; bonds <= 3; bonds++)
                shell = [.. shell.SelectMany(a => topology.Neighbours[a]).Where(a => distance.TryAdd(a, bonds))];
            foreach ((int j, int bonds) in distance.Where(d => d.Key > i).OrderBy(d => d.Key))
                yield return (i, j, bonds);
        }
    }
}
