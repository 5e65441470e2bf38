namespace MolSampling.Tests.Sampling;

/// <summary>Series and samples of known laws.</summary>
internal static class TestSeries
{
    /// <summary>x' = phi x + noise, stationary, unit noise.</summary>
    public static double[] Autoregressive(double phi, int length, ulong seed)
    {
        RandomSource random = new RandomSource(seed).Split("series");
        var x = new double[length];
        x[0] = random.NextNormal() / Math.Sqrt(1 - phi * phi);
        for (int t = 1; t < length; t++)
            x[t] = phi * x[t - 1] + random.NextNormal();
        return x;
    }

    public static double[] Normals(int count, double mean, double deviation, RandomSource random)
    {
        var x = new double[count];
        for (int i = 0; i < count; i++)
            x[i] = mean + deviation * random.NextNormal();
        return x;
    }
}
