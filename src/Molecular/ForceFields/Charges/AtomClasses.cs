namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// Classes of atoms that the graph of elements and bonds does not tell apart, bond orders and formal charges left aside: the oxygens of a
/// carboxylate are one class, as are those of a nitro group. Colour refinement (B. Weisfeiler, A. Leman, 1968) by 64-bit hashes, so that
/// colours do not depend on the numbering; stereo is not looked at.
/// </summary>
internal sealed class AtomClasses
{
    private AtomClasses(int[] ofAtom, int count, ulong key) => (OfAtom, Count, Key) = (ofAtom, count, key);

    /// <summary>[N] from 0, in the order of each class's first atom.</summary>
    public int[] OfAtom { get; }

    public int Count { get; }

    /// <summary>The same for every numbering of a molecule, and for its stereoisomers and resonance forms.</summary>
    public ulong Key { get; }

    public static AtomClasses Of(Molecule molecule) => Of([.. molecule.Atoms.Select(a => a.AtomicNumber)], molecule.Neighbours);

    /// <param name="labels">[N] elements.</param>
    /// <param name="neighbours">[N].</param>
    public static AtomClasses Of(int[] labels, IReadOnlyList<int[]> neighbours)
    {
        ulong[] colours = [.. labels.Select(l => Mix(0, (ulong)l))];
        for (int count = -1, next; (next = colours.Distinct().Count()) > count; count = next)
            colours = [.. colours.Select((own, i) => neighbours[i].Select(n => colours[n]).Order().Aggregate(Mix(1, own), Mix))];
        var index = new Dictionary<ulong, int>();
        int[] ofAtom = [.. colours.Select(c => index.TryAdd(c, index.Count) ? index.Count - 1 : index[c])];
        return new(ofAtom, index.Count, colours.Order().Aggregate(2UL, Mix));
    }

    /// <summary>The means of a number over each class, [N].</summary>
    public double[] Average(IReadOnlyList<double> values)
    {
        double[] sums = new double[Count];
        int[] members = new int[Count];
        for (int i = 0; i < values.Count; i++)
        {
            sums[OfAtom[i]] += values[i];
            members[OfAtom[i]]++;
        }
        return [.. OfAtom.Select(c => sums[c] / members[c])];
    }

    private static ulong Mix(ulong hash, ulong value) // the finaliser of splitmix64
    {
        ulong z = hash * 0x9E3779B97F4A7C15UL + value + 0x632BE59BD9B4E019UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
