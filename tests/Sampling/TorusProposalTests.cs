using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Sampling;

/// <summary>Densities on the torus against quadrature.</summary>
public sealed class TorusProposalTests
{
    private const int Nodes = CircleGrid.Nodes;

    [Fact]
    public void The_density_is_normalised_and_draws_follow_it()
    {
        TorusProposal q = Rough(2, 2);
        // the density is linear between nodes in each angle; 480 points a turn put 5 in a cell of each
        const int grid = 480;
        double total = 0;
        double[] first = new double[24], second = new double[24];
        for (int s = 0; s < 2; s++)
        {
            float[] angles = new float[2 * grid * grid];
            for (int n = 0; n < grid * grid; n++)
                (angles[2 * n], angles[2 * n + 1]) = (Angle(n / grid, grid), Angle(n % grid, grid));
            double[] log = new double[grid * grid];
            q.LogDensity([.. Enumerable.Repeat(s, log.Length)], angles, log);
            double cell = 4 * Math.PI * Math.PI / (grid * grid);
            for (int n = 0; n < log.Length; n++)
            {
                double mass = Math.Exp(log[n]) * cell;
                total += mass;
                first[n / grid * 24 / grid] += mass;
                second[n % grid * 24 / grid] += mass;
            }
        }
        Assert.Equal(1, total, 1e-4);

        const int draws = 200_000;
        int[] states = new int[draws];
        float[] drawn = new float[2 * draws];
        double[] own = new double[draws], again = new double[draws];
        q.Draw(states, drawn, own, new RandomSource(3));
        q.LogDensity(states, drawn, again);
        Assert.Equal(own, again);
        Assert.True(ChiSquared([.. Enumerable.Range(0, draws).Select(n => drawn[2 * n])], first) < 24 + 4.5 * Math.Sqrt(48));
        Assert.True(ChiSquared([.. Enumerable.Range(0, draws).Select(n => drawn[2 * n + 1])], second) < 24 + 4.5 * Math.Sqrt(48));
        // a power case: the marginal of the other angle is not this one's
        Assert.True(ChiSquared([.. Enumerable.Range(0, draws).Select(n => drawn[2 * n])], second) > 1000);
        Assert.Equal(Math.Exp(q.LogStates[0]), states.Count(s => s == 0) / (double)draws, 4.5 * 0.5 / Math.Sqrt(draws));
    }

    [Fact]
    public void Draws_do_not_depend_on_threads()
    {
        TorusProposal q = Rough(5, 1);
        float[] one = Draw(1), two = Draw(2);
        Assert.Equal(one, two);

        float[] Draw(int threads)
        {
            float[] angles = new float[5 * 1000];
            q.Draw(new int[1000], angles, new double[1000], new RandomSource(1), threads);
            return angles;
        }
    }

    [Fact]
    public void A_fit_finds_coupled_angles()
    {
        TorusProposal q = Flat(3, 1);
        var adaptation = new TorusAdaptation(q, Coupled, new(Walkers: 1024, PolishDraws: 10_000), new RandomSource(2));
        double before = Judge(q, Coupled).EffectiveFraction;
        adaptation.Run();
        ImportanceWeights after = Judge(q, Coupled);
        Assert.InRange(before, 0, 0.2);
        Assert.InRange(after.EffectiveFraction, 0.97, 1);
        // ln Z by quadrature: the target is a chain, a product of matrices
        Assert.Equal(LogNormaliser(), after.LogMean.Value, 5 * after.LogMean.StandardError + 1e-4);
    }

    [Fact]
    public void Single_angle_moves_find_what_the_proposal_has_no_draws_of()
    {
        // two wells of equal depth, which one angle leads between; the tables know only the first, but for the uniform part of 1e-3
        float[] table = new float[2 * Nodes];
        for (int k = 0; k < Nodes; k++)
            table[k] = (float)(8 * Math.Cos(-Math.PI + k * CircleGrid.Step + 1.5));
        var q = new TorusProposal([0], [table], []);
        TorusTarget wells = (_, angles, log) =>
        {
            for (int b = 0; b < log.Length; b++)
            {
                double Well(double centre) => 8 * Math.Cos(angles[2 * b] - centre) + 3 * Math.Cos(angles[2 * b + 1] - 0.5 * centre);
                (double one, double two) = (Well(-1.5), Well(1.5));
                log[b] = Math.Max(one, two) + Math.Log(1 + Math.Exp(-Math.Abs(one - two)));
            }
        };
        new TorusAdaptation(q, wells, new(Walkers: 1024, PolishDraws: 10_000), new RandomSource(4)).Run();
        int[] states = new int[10_000];
        float[] drawn = new float[20_000];
        q.Draw(states, drawn, new double[10_000], new RandomSource(5));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(n => drawn[2 * n] > 0) / 10_000.0, 0.45, 0.55);
        Assert.InRange(Judge(q, wells).EffectiveFraction, 0.9, 1);
    }

    [Fact]
    public void Equal_weights_of_own_draws_change_nothing()
    {
        // the control variate: at the target the gradient is zero point by point, not only in the mean
        TorusProposal q = Rough(3, 1);
        float[][] before = [.. q.Weights.Select(w => w.ToArray())];
        int[] states = new int[500];
        float[] angles = new float[1500], weights = [.. Enumerable.Repeat(1f, 500)];
        q.Draw(states, angles, new double[500], new RandomSource(6));
        TorusFit.Run(q, states, angles, weights, own: true, new(), new RandomSource(7));
        for (int t = 0; t < 3; t++)
            for (int i = 0; i < before[t].Length; i++)
                Assert.Equal(before[t][i], q.Weights[t][i], 1e-4);
        TorusFit.Run(q, states, angles, weights, own: false, new(), new RandomSource(7));
        Assert.True(Enumerable.Range(0, 3).Max(t => before[t].Zip(q.Weights[t]).Max(p => Math.Abs(p.First - p.Second))) > 0.01);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_adaptation_does_not_depend_on_threads(int threads)
    {
        TorusProposal q = Flat(3, 1), reference = Flat(3, 1);
        new TorusAdaptation(reference, Coupled, new(Walkers: 256, Rounds: 1, PolishDraws: 1000), new RandomSource(2), 1).Run();
        new TorusAdaptation(q, Coupled, new(Walkers: 256, Rounds: 1, PolishDraws: 1000), new RandomSource(2), threads).Run();
        for (int t = 0; t < 3; t++)
            Assert.Equal(reference.Weights[t], q.Weights[t]);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new TorusProposal([0, 0], [new float[Nodes]], []));
        Assert.Throws<ArgumentException>(() => new TorusProposal([0], [new float[Nodes + 1]], []));
        Assert.Throws<ArgumentException>(() => new TorusProposal([0], [new float[2 * Nodes]], [new(1, 0, [new float[Nodes * Nodes]])]));
        Assert.Throws<ArgumentException>(() => new TorusProposal([0], [new float[Nodes]], [], singleHarmonics: 2, pairHarmonics: 3));
        Assert.Throws<ArgumentException>(() => Flat(2, 1).Draw(new int[3], new float[5], new double[3], new RandomSource(1)));
    }

    /// <summary>Couplings of neighbours, and a threefold term of each: exp(3 cos(t1 - t2) + 4 cos(t2 - t3) + 2 sum cos 3t).</summary>
    private static void Coupled(int[] states, float[] angles, double[] log)
    {
        for (int b = 0; b < log.Length; b++)
        {
            double x = angles[3 * b], y = angles[3 * b + 1], z = angles[3 * b + 2];
            log[b] = 3 * Math.Cos(x - y) + 4 * Math.Cos(y - z) + 2 * (Math.Cos(3 * x) + Math.Cos(3 * y) + Math.Cos(3 * z));
        }
    }

    private static double LogNormaliser()
    {
        const int grid = 120;
        double h = 2 * Math.PI / grid, sum = 0;
        double Own(double t) => Math.Exp(2 * Math.Cos(3 * t));
        for (int y = 0; y < grid; y++)
        {
            double left = 0, right = 0;
            for (int k = 0; k < grid; k++)
            {
                left += Own(k * h) * Math.Exp(3 * Math.Cos((k - y) * h));
                right += Own(k * h) * Math.Exp(4 * Math.Cos((k - y) * h));
            }
            sum += Own(y * h) * left * right * h * h * h;
        }
        return Math.Log(sum);
    }

    private static ImportanceWeights Judge(TorusProposal q, TorusTarget target)
    {
        const int count = 20_000;
        int[] states = new int[count];
        float[] angles = new float[count * q.Dimension];
        double[] own = new double[count], log = new double[count];
        q.Draw(states, angles, own, new RandomSource(11));
        target(states, angles, log);
        return new([.. log.Zip(own, (p, d) => p - d)]);
    }

    private static TorusProposal Flat(int dimension, int states) =>
        new(new double[states], [.. Enumerable.Range(0, states).Select(_ => new float[dimension * Nodes])], []);

    /// <summary>Random tables, couplings and weights.</summary>
    private static TorusProposal Rough(int dimension, int states)
    {
        var random = new RandomSource(9);
        float[] Table(int count) => [.. Enumerable.Range(0, count).Select(k => (float)(1.5 * Math.Cos(k * 0.21 + random.NextDouble())))];
        var q = new TorusProposal([.. Enumerable.Range(0, states).Select(s => 0.7 * s)],
            [.. Enumerable.Range(0, states).Select(_ => Table(dimension * Nodes))],
            [new(0, 1, [.. Enumerable.Range(0, states).Select(_ => Table(Nodes * Nodes))])]);
        foreach (float[] weights in q.Weights)
            for (int i = 0; i < weights.Length; i++)
                weights[i] = (float)(0.3 * random.NextNormal());
        return q;
    }

    private static float Angle(int k, int grid) => (float)(-Math.PI + (k + 0.5) * 2 * Math.PI / grid);

    private static double ChiSquared(float[] angles, double[] expected)
    {
        double[] counts = new double[expected.Length];
        foreach (float angle in angles)
            counts[Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * counts.Length), 0, counts.Length - 1)]++;
        return counts.Zip(expected, (n, p) => (n - p * angles.Length) * (n - p * angles.Length) / (p * angles.Length)).Sum();
    }
}
