namespace MolSampling.Tests.Sampling;

public sealed class SystematicResamplingTests
{
    [Fact]
    public void Every_row_comes_as_often_as_expected_within_one_and_on_average_exactly()
    {
        double[] weights = [0, 3, 0.5, 0, 1.5, 5];
        const int Count = 7, Repetitions = 4000;
        var random = new RandomSource(1);
        var total = new double[weights.Length];
        for (int b = 0; b < Repetitions; b++)
        {
            long[] rows = SystematicResampling.Rows(weights, Count, random.Split(b));
            Assert.Equal(rows.Order(), rows);
            for (int r = 0; r < weights.Length; r++)
            {
                int times = rows.Count(x => x == r);
                Assert.True(Math.Abs(times - weights[r] / 10 * Count) < 1);
                total[r] += times;
            }
        }
        for (int r = 0; r < weights.Length; r++) // a count varies by 0.5 at most: five deviations
            Assert.Equal(weights[r] / 10 * Count, total[r] / Repetitions, 5 * 0.5 / Math.Sqrt(Repetitions) + 1e-12);
    }
}
