namespace MolSampling.Tests.Sampling;

/// <summary>Energy differences of pairs of states with a known free energy difference.</summary>
internal static class TwoStateSamples
{
    public const double Stiffness = 4, Offset = 0.8; // u_0 = x^2/2, u_1 = K/2 (x - O)^2

    public static double ExactHarmonic => 0.5 * Math.Log(Stiffness);

    public static (double[] Forward, double[] Reverse) Harmonic(RandomSource random, int forward, int reverse)
    {
        double Difference(double x) => 0.5 * Stiffness * (x - Offset) * (x - Offset) - 0.5 * x * x;
        return ([.. Enumerable.Range(0, forward).Select(_ => Difference(random.NextNormal()))],
            [.. Enumerable.Range(0, reverse).Select(_ => -Difference(Offset + random.NextNormal() / Math.Sqrt(Stiffness)))]);
    }

    /// <summary>u_0 = x, u_1 = a x on x > 0: d = ln a.</summary>
    public static (double[] Forward, double[] Reverse) Exponential(RandomSource random, double a, int forward, int reverse) =>
        ([.. Enumerable.Range(0, forward).Select(_ => (a - 1) * -Math.Log(random.NextDouble()))],
            [.. Enumerable.Range(0, reverse).Select(_ => -(a - 1) * -Math.Log(random.NextDouble()) / a)]);

    /// <summary>Gaussian works that obey Crooks: means d + s^2/2 and -d + s^2/2.</summary>
    public static (double[] Forward, double[] Reverse) Gaussian(RandomSource random, double d, double sigma, int forward, int reverse) =>
        ([.. Enumerable.Range(0, forward).Select(_ => d + 0.5 * sigma * sigma + sigma * random.NextNormal())],
            [.. Enumerable.Range(0, reverse).Select(_ =>
            -d + 0.5 * sigma * sigma + sigma * random.NextNormal())]);

    public static double[] Z(int seeds, Func<RandomSource, double> one) =>
        [.. Enumerable.Range(0, seeds).Select(seed => one(new RandomSource((ulong)seed).Split("two states")))];
}
