namespace MolSampling.Potentials.Neural;

/// <summary>
/// The features that the network of one element sees in a molecule: those of elements and pairs of elements that it can have around it.
/// All others are zero in every geometry, so the columns of weights that they meet are left out; nothing changes.
/// </summary>
internal sealed class AniColumns
{
    /// <summary>Of a molecule.</summary>
    /// <param name="model">The features.</param>
    /// <param name="others">[E] atoms of each element beside the one in the middle.</param>
    public AniColumns(AniModel model, ReadOnlySpan<int> others)
    {
        int elements = model.Elements.Count, radial = model.RadialShifts.Count, angular = model.AngularCount;
        var source = new List<int>();
        RadialStart = GC.AllocateArray<int>(elements, pinned: true);
        PairStart = GC.AllocateArray<int>(elements * elements, pinned: true);
        for (int e = 0; e < elements; e++)
        {
            RadialStart[e] = source.Count;
            if (others[e] > 0)
                source.AddRange(Enumerable.Range(e * radial, radial));
        }
        int pair = 0;
        for (int e = 0; e < elements; e++)
            for (int f = e; f < elements; f++, pair++)
            {
                PairStart[e * elements + f] = PairStart[f * elements + e] = source.Count;
                if (e == f ? others[e] > 1 : others[e] > 0 && others[f] > 0)
                    source.AddRange(Enumerable.Range(elements * radial + pair * angular, angular));
            }
        Source = [.. source];
    }

    /// <summary>All of a model's.</summary>
    public static AniColumns All(AniModel model) => new(model, [.. Enumerable.Repeat(2, model.Elements.Count)]);

    /// <summary>How many there are.</summary>
    public int Count => Source.Length;

    /// <summary>[Count] the model's own number of each.</summary>
    public int[] Source { get; }

    /// <summary>[E] where the radial features of an element begin; pinned.</summary>
    public int[] RadialStart { get; }

    /// <summary>[E, E] where the angular features of a pair of elements begin; pinned.</summary>
    public int[] PairStart { get; }
}
