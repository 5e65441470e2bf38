using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Tests.Sampling;

/// <summary>
/// Chains of conditional proposals with auxiliary variables, many proposals at once. Two states of weights 0.7 and 0.3 have an exact
/// stationary law for every rule, so the rule of the reference implementation of Timewarp (auxiliary variables drawn once a batch that ends
/// at the first acceptance) is the power case.
/// </summary>
public sealed class ConditionalJumpTests
{
    private const double Bound = 4.5;
    private static readonly double s_beta = new ThermodynamicState(300).Beta;
    private static readonly double[] s_weights = [0.7, 0.3], s_auxiliary = [0.5, 0.5];

    /// <summary>By enumeration, over 300 random proposals p(y, v' | x, v).</summary>
    [Fact]
    public void Fresh_auxiliary_variables_keep_the_law_at_every_batch_size_and_shared_ones_do_not()
    {
        double previous = 1e-9;
        foreach (int ahead in new[] { 1, 2, 10, 1000 })
        {
            double fresh = Enumerable.Range(0, 300).Max(s => Math.Abs(StationaryShare(Table(s), ahead, false) - 0.7)),
                shared = Enumerable.Range(0, 300).Max(s => Math.Abs(StationaryShare(Table(s), ahead, true) - 0.7));
            Assert.True(fresh < 1e-9, $"{ahead} at once: off by {fresh}");
            Assert.True(ahead == 1 ? shared < 1e-9 : shared > previous + 0.05, $"{ahead} at once, shared: off by {shared}");
            previous = shared;
        }
    }

    [Fact]
    public void The_kernel_is_one_chain_whatever_is_evaluated_ahead_and_its_law_is_exact()
    {
        int worst = Enumerable.Range(0, 300).MaxBy(s => Math.Abs(StationaryShare(Table(s), 2, true) - 0.7));
        double[,] table = Table(worst);
        double biased = StationaryShare(table, 10, true);
        (double[] Shares, long[] Counts)[] runs = [.. new[] { (1, 1), (2, 1), (10, 1), (10, 2), (64, 1) }.Select(r => Run(table, r.Item1,
            r.Item2))];
        foreach ((double[] shares, long[] counts) in runs)
        {
            Assert.Equal(runs[0].Shares, shares); // the same bytes
            Assert.Equal(runs[0].Counts, counts);
        }
        Assert.True(Math.Abs(Score(runs[0].Shares, 0.7)) < Bound, $"{runs[0].Shares.Average():f4}");
        // power: the reference's rule, simulated, goes where enumeration says, which is elsewhere
        double[] reference = RunReferenceRule(table, 10);
        Assert.True(Math.Abs(Score(reference, biased)) < Bound, $"{reference.Average():f4}, not {biased:f4}");
        Assert.True(Math.Abs(Score(reference, 0.7)) > 10 * Bound, $"{reference.Average():f4} at 10 proposals at once");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // power: without the ratio of the ways back and there
    public void A_mixture_of_Gaussians_is_sampled_by_a_conditional_proposal(bool right)
    {
        using var block = new WalkerBlock(new Mixture(), 0, 6); // two lanes of padding
        Array.Fill(block.Beta, s_beta);
        var kernel = new ConditionalJumps(new Leap { IsCounted = right }, 4, 3);
        double[] means = new double[block.Walkers], squares = new double[block.Walkers], left = new double[block.Walkers];
        Visit(kernel, new Mixture(), block, 6000, lane =>
        {
            double x = block.Positions.Span[lane];
            (means[lane], squares[lane], left[lane]) = (means[lane] + x / 6000, squares[lane] + x * x / 6000, left[lane]
                + (x < 0 ? 1.0 : 0) / 6000);
        });
        // 0.7 N(-2, 0.5) + 0.3 N(3, 1), standard deviations
        double z = new[] { Score(means, -0.5), Score(squares, 0.7 * 4.25 + 0.3 * 10), Score(left, 0.7 * NormalBelow(4)
            + 0.3 * NormalBelow(-3)) }.Max(Math.Abs);
        Assert.Equal(right, z < 2 * Bound); // of six walkers alone, Student's t of five degrees of freedom
        if (!right)
            Assert.True(z > 4 * Bound, $"{z}");
    }

    [Fact]
    public void What_is_no_number_or_leaves_the_support_is_counted_and_rejected()
    {
        Potential potential = new Mixture().On(new Below(2));
        using var block = new WalkerBlock(potential, 0);
        Array.Fill(block.Beta, s_beta);
        var kernel = new ConditionalJumps(new Leap { BrokenEvery = 3 }, 5, 2);
        KernelWorkspace work = Visit(kernel, potential, block, 400, lane =>
        {
            Assert.True(block.Positions.Span[lane] < 2);
            Assert.True(double.IsFinite(block.Energies[lane]));
        });
        Assert.Equal(5L * 400 * block.Walkers, work.Proposed[0]);
        Assert.InRange(work.NonFinite / (double)work.Proposed[0], 0.3, 0.37);
        Assert.True(work.OutsideSupport > 0);
        Assert.True(work.Evaluations >= work.Proposed[0]);
        Assert.Throws<ArgumentException>(() => kernel.CreateWorkspace(new TwoStates(2)));
    }

    /// <summary>Walkers of a Hamiltonian ladder: what is evaluated ahead stands in other lanes, and takes its walker's scale with
    /// it.</summary>
    [Fact]
    public void Walkers_keep_to_their_own_scale()
    {
        const double rest = 0.6, scaled = 2.4; // kJ/mol/nm^2
        static ForceFieldPotential Well(double k) => new(new([1.0], [new OneBodyTable<HarmonicWell>([0], [k, 0, 0, 0])]));
        var potential = new ScaledPotential(Well(rest), Well(scaled));
        using var block = new WalkerBlock(potential, 0);
        Array.Fill(block.Beta, s_beta);
        for (int lane = 0; lane < block.Width; lane++)
            block.Scales[lane] = lane % 2;
        double[] own = new double[block.Walkers], others = new double[block.Walkers]; // mean k x^2/RT, which is 1
        Visit(new ConditionalJumps(new Leap(), 4, 3), potential, block, 8000, lane =>
        {
            double square = s_beta * block.Positions.Span[lane] * block.Positions.Span[lane] / 8000;
            own[lane] += (rest + scaled * (lane % 2)) * square;
            others[lane] += (rest + scaled * (1 - lane % 2)) * square;
        });
        Assert.All(own, mean => Assert.InRange(mean, 0.9, 1.1));
        Assert.All(others, mean => Assert.False(mean is > 0.5 and < 2)); // power: under the other's scale
    }

    private static KernelWorkspace Visit(Kernel kernel, Potential potential, WalkerBlock block, int steps, Action<int> visit)
    {
        block.Evaluate(potential);
        KernelWorkspace work = kernel.CreateWorkspace(potential);
        for (int n = -100; n < steps; n++)
        {
            kernel.Step(block, potential, n + 100, new RandomSource(11), work);
            if (n == -1)
                work.Reset();
            for (int lane = 0; lane < block.Walkers && n >= 0; lane++)
                visit(lane);
        }
        (work as IDisposable)?.Dispose();
        return work;
    }

    private static (double[] Shares, long[] Counts) Run(double[,] table, int ahead, int steps)
    {
        const int total = 20_000;
        var potential = new TwoStates(1);
        var shares = new List<double>();
        long proposed = 0, accepted = 0;
        for (int b = 0; b < 4; b++)
        {
            using var block = new WalkerBlock(potential, 8 * b, 8 - b);
            Array.Fill(block.Beta, s_beta);
            block.Positions.Span.Fill(1);
            block.Evaluate(potential);
            var kernel = new ConditionalJumps(new Hop(table), steps, ahead);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            double[] sum = new double[block.Walkers];
            for (int n = 0; n < total / steps; n++)
            {
                kernel.Step(block, potential, n, new RandomSource(5), work);
                for (int lane = 0; lane < block.Walkers && (n + 1) * steps % 2 == 0; lane++) // the same times, whatever a call does
                    sum[lane] += block.Positions.Span[lane] > 0 ? 2.0 / total : 0;
            }
            shares.AddRange(sum);
            (proposed, accepted) = (proposed + work.Proposed[0], accepted + work.Accepted[0]);
        }
        return ([.. shares], [proposed, accepted]);
    }

    /// <summary>The auxiliary variable is drawn once a batch, which ends at the first acceptance; samples are counted as the reference
    /// does, a copy of the state for every proposal that is rejected.</summary>
    private static double[] RunReferenceRule(double[,] table, int ahead)
    {
        var random = new RandomSource(6);
        return [.. Enumerable.Range(0, 24).Select(_ =>
        {
            (int x, long inFirst, long all) = (0, 0, 0);
            for (int batch = 0; batch < 20_000; batch++)
            {
                int v = random.NextDouble() < s_auxiliary[0] ? 0 : 1;
                for (int n = 0; n < ahead; n++)
                {
                    int to = Draw(table, 2 * x + v, random.NextDouble());
                    bool accepted = random.NextDouble() < Acceptance(table, 2 * x + v, to);
                    x = accepted ? to / 2 : x;
                    (inFirst, all) = (inFirst + (x == 0 ? 1 : 0), all + 1);
                    if (accepted)
                        break;
                }
            }
            return (double)inFirst / all;
        })];
    }

    /// <summary>Time's share in state 0 by enumeration: from x, with v of a batch or of each proposal, up to N proposals.</summary>
    private static double StationaryShare(double[,] table, int ahead, bool shared)
    {
        double[,] moves = new double[2, 2], time = new double[2, 2];
        for (int x = 0; x < 2; x++)
        {
            var go = new double[2, 2]; // [v, to]
            for (int v = 0; v < 2; v++)
                for (int to = 0; to < 4; to++)
                    go[v, to / 2] += table[2 * x + v, to] * Acceptance(table, 2 * x + v, to);
            (double Weight, double[] Go)[] cases = shared ? [(s_auxiliary[0], [go[0, 0], go[0, 1]]), (s_auxiliary[1], [go[1, 0], go[1, 1]])]
                : [(1, [s_auxiliary[0] * go[0, 0] + s_auxiliary[1] * go[1, 0], s_auxiliary[0] * go[0, 1] + s_auxiliary[1] * go[1, 1]])];
            foreach ((double weight, double[] a) in cases)
            {
                double reject = 1 - a[0] - a[1], still = weight;
                for (int n = 0; n < ahead; n++, still *= reject)
                {
                    for (int y = 0; y < 2; y++)
                        (moves[x, y], time[x, y]) = (moves[x, y] + still * a[y], time[x, y] + still * a[y]);
                    time[x, x] += still * reject;
                }
                moves[x, x] += still;
            }
        }
        double first = moves[1, 0] / (moves[0, 1] + moves[1, 0]); // of batches
        double inFirst = first * time[0, 0] + (1 - first) * time[1, 0], inSecond = first * time[0, 1] + (1 - first) * time[1, 1];
        return inFirst / (inFirst + inSecond);
    }

    private static double[,] Table(int seed)
    {
        var random = new RandomSource((ulong)seed);
        var table = new double[4, 4];
        for (int from = 0; from < 4; from++)
        {
            double[] row = [.. Enumerable.Range(0, 4).Select(_ => Math.Pow(random.NextDouble(), 3) + 1e-3)];
            for (int to = 0; to < 4; to++)
                table[from, to] = row[to] / row.Sum();
        }
        return table;
    }

    private static double Acceptance(double[,] table, int from, int to) => Math.Min(1, s_weights[to / 2] * s_auxiliary[to % 2]
        * table[to, from] / (s_weights[from / 2] * s_auxiliary[from % 2] * table[from, to]));

    private static int Draw(double[,] table, int from, double share)
    {
        int to = 0;
        for (; to < 3 && share >= table[from, to]; to++)
            share -= table[from, to];
        return to;
    }

    private static double Score(double[] values, double expected)
    {
        double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        return (mean - expected) / Math.Sqrt(variance / values.Length);
    }

    private static double NormalBelow(double x) => MathNet.Numerics.Distributions.Normal.CDF(0, 1, x);

    /// <summary>The states x = 1 and x = -1; the others of the auxiliary variable are drawn with rho.</summary>
    private sealed class Hop(double[,] table) : ConditionalProposal
    {
        public override int Dimension => 3;

        public override void Propose(ProposalBatch batch, object? scratch)
        {
            for (int row = 0; row < batch.Count; row++)
            {
                RandomSource random = batch.Random(row);
                int x = batch.From[3 * row] > 0 ? 0 : 1, v = random.NextDouble() < s_auxiliary[0] ? 0 : 1, from = 2 * x + v,
                    to = Draw(table, from, random.NextDouble());
                batch.To.AsSpan(3 * row, 3).Fill(to / 2 == 0 ? 1 : -1);
                batch.LogRatios[row] = Math.Log(table[to, from] * s_auxiliary[to % 2] / (table[from, to] * s_auxiliary[v]));
            }
        }
    }

    /// <summary>y = -x / 2 + sigma(x) xi, in the first coordinate.</summary>
    private sealed class Leap : ConditionalProposal
    {
        public bool IsCounted { get; init; } = true;

        public int BrokenEvery { get; init; } = int.MaxValue;

        public override int Dimension => 3;

        public override void Propose(ProposalBatch batch, object? scratch)
        {
            for (int row = 0; row < batch.Count; row++)
            {
                RandomSource random = batch.Random(row);
                float x = batch.From[3 * row], y = (float)(-0.5 * x + Width(x) * random.NextNormal());
                batch.To[3 * row] = random.NextInt(int.MaxValue) % BrokenEvery == 1 ? float.NaN : y;
                batch.LogRatios[row] = IsCounted ? Log(x, y) - Log(y, x) : 0;
            }
        }

        private static double Width(float x) => 1.5 + 0.4 * Math.Abs(x);

        private static double Log(float y, float x) => -0.5 * Math.Pow((y + 0.5 * x) / Width(x), 2) - Math.Log(Width(x));
    }

    private abstract class OneBody(int atoms) : Potential
    {
        public override string Name => GetType().Name;

        public override string Fingerprint => Name;

        public override int AtomCount => atoms;

        public override IReadOnlyList<double> Masses => [.. Enumerable.Repeat(1.0, atoms)];

        public override int BlockWidth => 8;

        public override bool IsTranslationInvariant => false;

        protected abstract double Weight(double x);

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            forces.Clear();
            for (int lane = 0; lane < energies.Length; lane++)
                energies[lane] = -Math.Log(Weight(positions[lane])) / s_beta;
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => throw new NotSupportedException();
    }

    private sealed class TwoStates(int atoms) : OneBody(atoms)
    {
        protected override double Weight(double x) => x > 0 ? s_weights[0] : s_weights[1];
    }

    private sealed class Mixture() : OneBody(1)
    {
        protected override double Weight(double x) => 0.7 / 0.5 * Math.Exp(-2 * (x + 2) * (x + 2))
            + 0.3 * Math.Exp(-0.5 * (x - 3) * (x - 3));
    }

    private sealed class Below(double limit) : ISupport
    {
        public bool Contains(ReadOnlySpan<float> positions, int width, int lane) => positions[lane] < limit;
    }
}
