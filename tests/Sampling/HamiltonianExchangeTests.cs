using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>A ladder of Hamiltonians on a harmonic well with a scaled double well in it: every rung's averages are known by quadrature.
/// Scores and bounds as in <see cref="KernelTests"/>.</summary>
public sealed class HamiltonianExchangeTests
{
    private const double Mass = KernelTests.Mass, Stiffness = 100, Off = 0.03;
    private static readonly double[] s_scales = [1, 0.6, 0.3, 0], s_flat = [300, 300, 300, 300], s_rising = [300, 330, 380, 440];

    private static readonly SystemParameters s_system = new([Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, Off, 0, 0]),
        new OneBodyTable<DoubleWell>([0], KernelTests.s_well)]);

    private delegate double LogAcceptance(Ladder ladder, int i, int j, double energyI, double energyJ, double scaledI, double scaledJ);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_rung_has_its_own_law(bool rising)
    {
        var ladder = new Ladder(rising ? s_rising : s_flat, s_scales);
        double z = LargestScore(ladder, static (l, i, j, a, b, c, d) => l.LogAcceptance(i, j, a, b, c, d), out double acceptance);
        Assert.True(z < KernelTests.Bound, $"score {z}");
        Assert.InRange(acceptance, 0.2, 0.98);
    }

    [Fact]
    public void Wrong_acceptances_are_seen()
    {
        Ladder flat = new(s_flat, s_scales), rising = new(s_rising, s_scales);
        // the formula of temperatures alone; the sign turned; lambda for 1 - lambda at different temperatures
        Assert.True(LargestScore(flat, static (l, i, j, a, b, c, d) => (l.Beta[i] - l.Beta[j]) * (a - b), out _) > KernelTests.Bound);
        Assert.True(LargestScore(flat, static (l, i, j, a, b, c, d) => -l.LogAcceptance(i, j, a, b, c, d), out _) > KernelTests.Bound);
        Assert.True(LargestScore(rising, static (l, i, j, a, b, c, d) => (l.Beta[i] - l.Beta[j]) * (a - b)
            + (l.Beta[i] * l.Scales[i] - l.Beta[j] * l.Scales[j]) * (c - d), out _) > KernelTests.Bound);
    }

    [Fact]
    public void The_ratio_is_that_of_the_four_energies()
    {
        var ladder = new Ladder([300, 350], [1, 0.4]);
        double U(int k, double energy, double scaled) => energy - (1 - ladder.Scales[k]) * scaled;
        double expected = -(ladder.Beta[0] * U(0, 7, 3) + ladder.Beta[1] * U(1, -5, 11) - ladder.Beta[0] * U(0, -5,
            11) - ladder.Beta[1] * U(1, 7, 3));
        Assert.Equal(expected, ladder.LogAcceptance(0, 1, -5, 7, 11, 3), 1e-12);
    }

    [Theory]
    [InlineData(new[] { 300.0, 300 }, new[] { 0.9, 0.8 })]
    [InlineData(new[] { 300.0, 300 }, new[] { 1, 1.0 })]
    [InlineData(new[] { 300.0, 290 }, new[] { 1, 0.9 })]
    [InlineData(new[] { 300.0, 310 }, new[] { 1, 1.1 })]
    [InlineData(new[] { 300.0, 310 }, new[] { 1, double.NaN })]
    [InlineData(new[] { 300.0, 310 }, new[] { 1.0 })]
    public void Ladders_that_do_not_descend_are_refused(double[] temperatures, double[] scales) => Assert.Throws<ArgumentException>(() =>
        new Ladder(temperatures, scales));

    private static double LargestScore(Ladder ladder, LogAcceptance logAcceptance, out double acceptance)
    {
        const int ladders = 48, steps = 3000, burnIn = 100;
        int rungs = ladder.Count, replicas = ladders * rungs;
        var potential = new ScaledPotential(s_system, ["doubleWell"]);
        using var dynamics = new EngineDynamics(potential, [Mass], new GeneralisedHamiltonianMonteCarlo([Mass], 0.02, 5, 4), replicas, new RandomSource(31));
        int[] at = [.. Enumerable.Range(0, replicas)]; // the replica on each rung
        for (int m = 0; m < replicas; m++)
        {
            dynamics.SetState(m, [0.05, 0, 0], [0, 0, 0]);
            dynamics.SetTemperature(m, ladder.Temperatures[m % rungs]);
            dynamics.SetScale(m, ladder.Scales[m % rungs]);
        }
        dynamics.Refresh();
        var sums = new double[replicas][]; // by ladder and rung
        for (int n = 0; n < replicas; n++)
            sums[n] = new double[3];
        double[] x = new double[3], v = new double[3];
        long proposed = 0, accepted = 0;
        var random = new RandomSource(32);
        for (int n = 0; n < steps + burnIn; n++)
        {
            dynamics.Run(dynamics.StepGranularity);
            for (int low = 0; low < replicas; low++)
            {
                int rung = low % rungs, i = at[low];
                if (rung + 1 == rungs || (rung + n) % 2 == 1)
                    continue;
                int j = at[low + 1];
                double Target(int m, int k) => dynamics.PotentialEnergy(m) + (1 - ladder.Scales[k]) * dynamics.ScaledEnergy(m);
                proposed++;
                if (!(random.NextDouble() < Math.Exp(logAcceptance(ladder, rung, rung + 1, Target(i, rung), Target(j, rung + 1),
                    dynamics.ScaledEnergy(i), dynamics.ScaledEnergy(j)))))
                    continue;
                accepted++;
                (at[low], at[low + 1]) = (j, i);
                foreach ((int m, int from, int to) in new[] { (i, rung, rung + 1), (j, rung + 1, rung) })
                {
                    dynamics.GetState(m, x, v);
                    double scale = Math.Sqrt(ladder.Temperatures[to] / ladder.Temperatures[from]);
                    dynamics.SetState(m, x, [.. v.Select(c => scale * c)]);
                    dynamics.SetTemperature(m, ladder.Temperatures[to]);
                    dynamics.SetScale(m, ladder.Scales[to]);
                }
            }
            dynamics.Refresh();
            for (int n2 = 0; n2 < replicas && n >= burnIn; n2++)
            {
                dynamics.GetState(at[n2], x, v);
                sums[n2][0] += x[0] / steps;
                sums[n2][1] += x[0] * x[0] / steps;
                sums[n2][2] += (x[0] > 0 ? 1.0 : 0) / steps;
            }
        }
        acceptance = (double)accepted / proposed;
        double worst = 0;
        for (int rung = 0; rung < rungs; rung++)
        {
            double[] expected = Averages(ladder.Temperatures[rung], ladder.Scales[rung]);
            for (int o = 0; o < 3; o++)
            {
                double[] values = [.. Enumerable.Range(0, ladders).Select(l => sums[l * rungs + rung][o])];
                double mean = values.Average(), error = Math.Sqrt(values.Sum(s => (s - mean) * (s - mean)) / (ladders - 1) / ladders);
                worst = Math.Max(worst, Math.Abs(mean - expected[o]) / error);
            }
        }
        return worst;
    }

    private static double[] Averages(double temperature, double scale)
    {
        double[] p = KernelTests.s_well;
        double factor = new ThermodynamicState(temperature).Beta / KernelTests.s_beta; // the quadrature is at 300 K
        double Energy(double x) => factor * (0.5 * Stiffness * (x - Off) * (x - Off) + scale * (p[0] * Math.Pow(x / p[1] * x / p[1] - 1, 2)
            + p[2] * x / p[1]));
        return [KernelTests.Average(x => x, Energy, -1.5, 1.5), KernelTests.Average(x => x * x, Energy, -1.5, 1.5),
            KernelTests.Average(x => x > 0 ? 1 : 0, Energy, -1.5, 1.5)];
    }
}
