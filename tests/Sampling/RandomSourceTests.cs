namespace MolSampling.Tests.Sampling;

[Trait("cpu", "lanes")]
public sealed class RandomSourceTests
{
    [Fact]
    public void Philox_gives_the_published_words()
    {
        // known-answer vectors of Random123's philox4x32-10 (counter 0, key 0; counter and key all ones)
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Words(0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), Philox.Words(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
    }

    [Fact]
    public void A_child_depends_on_seed_and_label_alone()
    {
        var one = new RandomSource(7);
        var two = new RandomSource(7);
        for (int i = 0; i < 10; i++)
            two.NextDouble();
        Assert.Equal(one.Split("train").NextDouble(), two.Split("train").NextDouble());
        Assert.NotEqual(one.Split("train").NextDouble(), one.Split("draw").NextDouble());
        Assert.NotEqual(new RandomSource(8).Split("train").NextDouble(), one.Split("train").NextDouble());
        Assert.NotEqual(one.Split(1).NextDouble(), one.Split(2).NextDouble());
    }

    [Fact]
    public void Block_normals_do_not_depend_on_the_lane_width()
    {
        float[] Normals(int width, long first)
        {
            var z = new float[9 * width];
            using var scratch = new NormalScratch(9, width);
            Philox.FillNormals(42, first, 5, width, z, scratch);
            return z;
        }
        float[] wide = Normals(16, 0), narrow = Normals(4, 8);
        for (int row = 0; row < 8; row++)
            for (int lane = 0; lane < 4; lane++)
                Assert.Equal(wide[row * 16 + lane + 8], narrow[row * 4 + lane]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(99)]
    [InlineData(101)]
    public void Block_normals_have_the_moments_of_the_normal_law(int rows)
    {
        const int width = 16, steps = 400;
        var z = new float[rows * width];
        using var scratch = new NormalScratch(rows, width);
        double[] sums = new double[4];
        double neighbours = 0;
        for (int step = 0; step < steps; step++)
        {
            Philox.FillNormals(3, 0, step, width, z, scratch);
            for (int i = 0; i < z.Length; i++)
            {
                double v = z[i];
                sums[0] += v;
                sums[1] += v * v;
                sums[2] += v * v * v;
                sums[3] += v * v * v * v;
                if (i >= width)
                    neighbours += v * z[i - width];
            }
        }
        double n = (double)rows * width * steps, sigma = 1 / Math.Sqrt(n);
        // five standard errors: a false alarm in 1e6; variances 1, 2, 15, 96, 1
        Assert.True(Math.Abs(sums[0] / n) < 5 * sigma);
        Assert.True(Math.Abs(sums[1] / n - 1) < 5 * Math.Sqrt(2) * sigma);
        Assert.True(Math.Abs(sums[2] / n) < 5 * Math.Sqrt(15) * sigma);
        Assert.True(Math.Abs(sums[3] / n - 3) < 5 * Math.Sqrt(96) * sigma);
        Assert.True(Math.Abs(neighbours / n) < 5 * sigma);
    }

    [Fact]
    public void Uniforms_are_uniform()
    {
        var random = new RandomSource(11);
        const int n = 100_000;
        double[] draws = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble()).Order()];
        double distance = Enumerable.Range(0, n).Max(i => Math.Max(Math.Abs(draws[i] - (double)i / n), Math.Abs(draws[i] - (i + 1.0) / n)));
        Assert.True(distance < 2.3 / Math.Sqrt(n)); // Kolmogorov: false alarm 5e-5
        Assert.True(draws[0] > 0 && draws[^1] < 1);
    }
}
