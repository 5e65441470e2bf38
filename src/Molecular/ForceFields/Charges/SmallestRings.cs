namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>Sizes of rings as features.</summary>
internal static class SmallestRings
{
    /// <summary>The size of the smallest ring through each bond, at most <paramref name="largest"/>; 0 outside rings. Unlike a smallest set
    /// of rings it does not depend on the numbering.</summary>
    public static int[] Sizes(Molecule molecule, int largest)
    {
        int[] sizes = new int[molecule.Bonds.Count];
        int[] distance = new int[molecule.Atoms.Count];
        for (int b = 0; b < sizes.Length; b++)
        {
            if (!molecule.Bonds[b].IsInRing)
                continue;
            (int start, int end) = (molecule.Bonds[b].Begin, molecule.Bonds[b].End);
            Array.Fill(distance, -1);
            distance[start] = 0;
            var queue = new Queue<int>([start]);
            while (distance[end] < 0 && queue.TryDequeue(out int i))
                foreach (int n in molecule.Neighbours[i].Where(n => distance[n] < 0 && (i != start || n != end)))
                {
                    distance[n] = distance[i] + 1;
                    queue.Enqueue(n);
                }
            sizes[b] = Math.Min(largest, distance[end] + 1);
        }
        return sizes;
    }
}
