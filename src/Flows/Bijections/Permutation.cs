using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>Columns in another order: y_i = x_order(i). Log-determinant 0.</summary>
public sealed class Permutation : Bijection
{
    private readonly Parameter _order, _inverse;

    /// <summary>A given order.</summary>
    /// <exception cref="ArgumentException">Not a permutation of the domain's columns.</exception>
    public Permutation(Domain domain, IReadOnlyList<int> order) : base(domain, domain.Select(Checked(domain, order)))
    {
        long[] inverse = new long[order.Count];
        for (int i = 0; i < inverse.Length; i++)
            inverse[order[i]] = i;
        _order = Constant("order", tensor(order.Select(i => (long)i).ToArray()));
        _inverse = Constant("inverse", tensor(inverse));
    }

    /// <summary>Last column first.</summary>
    public static Permutation Reverse(Domain domain) => new(domain, [.. Enumerable.Range(0, domain.Count).Reverse()]);

    /// <summary>A random order.</summary>
    public static Permutation Shuffle(Domain domain, RandomSource random) => new(domain, RandomOrder(domain.Count, random));

    /// <summary>A uniform permutation (Fisher-Yates).</summary>
    internal static int[] RandomOrder(int count, RandomSource random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse) =>
        (x.index_select(1, inverse ? _inverse : _order), zeros(x.shape[0], dtype: x.dtype, device: x.device));

    private static IReadOnlyList<int> Checked(Domain domain, IReadOnlyList<int> order) =>
        order.Order().SequenceEqual(Enumerable.Range(0, domain.Count))
        && domain.Quaternions.All(first => order.ToList().IndexOf(first) is var at && at + UnitQuaternion.Size <= order.Count
            && Enumerable.Range(0, UnitQuaternion.Size).All(k => order[at + k] == first + k))
        ? order
        : throw new ArgumentException($"Not a permutation of {domain.Count} columns that leaves quaternions whole.");
}
