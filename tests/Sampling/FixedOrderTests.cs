namespace MolSampling.Tests.Sampling;

public sealed class FixedOrderTests
{
    /// <summary>Wherever the numbers lie in memory.</summary>
    [Fact]
    public void Sums_are_the_same_to_the_bit_at_any_place()
    {
        var random = new RandomSource(1);
        foreach (int count in new[] { 0, 1, 7, 8, 9, 40, 1001 })
        {
            double[] a = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.4)], b = [.. a.Select(v => v * v - 0.1)];
            double sum = FixedOrder.Sum<double>(a), dot = FixedOrder.Dot<double>(a, b);
            Assert.Equal(a.Sum(), sum, 1e-12 * (1 + count));
            Assert.Equal(a.Zip(b, (x, y) => x * y).Sum(), dot, 1e-12 * (1 + count));
            Assert.Equal(a.Sum(x => x * x), FixedOrder.SumOfSquares<double>(a), 1e-12 * (1 + count));
            double[] room = new double[2 * count + 40];
            for (int shift = 0; shift < 16; shift++)
            {
                Span<double> one = room.AsSpan(shift, count), other = room.AsSpan(count + 20 - shift, count);
                a.CopyTo(one);
                Assert.Equal(sum, FixedOrder.Sum<double>(one));
                b.CopyTo(other);
                a.CopyTo(one);
                if (shift + count <= count + 20 - shift)
                    Assert.Equal(dot, FixedOrder.Dot<double>(one, other));
            }
        }
        Assert.Throws<ArgumentException>(() => FixedOrder.Dot<float>([1], [1, 2]));
    }
}
