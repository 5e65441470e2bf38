using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Tests.Sampling;

/// <summary>
/// Every kernel on targets whose averages are known from closed forms or quadrature. Walkers are independent, so a z-score over their time
/// averages is honest. The bound 4.5 raises a false alarm once in 150,000; seeds are fixed. Each target also has a power case: a kernel 10
/// % off in temperature must exceed the bound.
/// </summary>
[Trait("cpu", "lanes")]
public sealed class KernelTests
{
    internal const double Bound = 4.5, Temperature = 300, Mass = 12;
    internal static readonly double s_beta = new ThermodynamicState(Temperature).Beta;
    internal static readonly double[] s_well = [6, 0.1, 1.5, 500];

    private static readonly Func<double, double>[] s_observables = [x => x, x => x * x, x => x > 0 ? 1 : 0];

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.1, false)]
    public void Hamiltonian_Monte_Carlo_samples_a_tilted_double_well(double betaFactor, bool right)
    {
        var potential = new ForceFieldPotential(new([Mass], [new OneBodyTable<DoubleWell>([0], s_well)]));
        var kernel = new HamiltonianMonteCarlo([Mass], [0.02], 8);
        double z = LargestScore(potential, kernel, null, betaFactor, 1500, DoubleWellAverages());
        Assert.Equal(right, z < Bound);
    }

    [Fact]
    public void A_support_is_respected_and_the_restricted_law_is_exact()
    {
        const double k = 900;
        var potential = new ForceFieldPotential(new([Mass], [new OneBodyTable<HarmonicWell>([0], [k, 0, 0, 0])]));
        double sigma = 1 / Math.Sqrt(s_beta * k);
        double z = LargestScore(potential, new HamiltonianMonteCarlo([Mass], [0.03], 5), new PositiveX(), 1, 1500,
            [sigma * Math.Sqrt(2 / Math.PI), sigma * sigma, 1]);
        Assert.True(z < Bound);
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.15, false)]
    public void Torsion_moves_sample_a_torsion(double betaFactor, bool right)
    {
        double[] v = [3, -2, 5];
        var potential = new ForceFieldPotential(new([12, 12, 12, 12], [new FourBodyTable<MmffTorsion>([0, 1, 2, 3], v)]));
        double Energy(double phi) => 0.5 * (v[0] * (1 + Math.Cos(phi)) + v[1] * (1 - Math.Cos(2 * phi)) + v[2] * (1 + Math.Cos(3 * phi)));
        double[] expected = [.. new[] { 1, 2, 3 }.Select(n => Average(phi => Math.Cos(n * phi), Energy, -Math.PI, Math.PI))];
        var kernel = new TorsionMove([new RotatableBond(1, 2, [3])]);
        float[] start = [0.1f, 0.1f, 0, 0, 0, 0, 0.15f, 0, 0, 0.2f, 0.14f, 0.02f];
        double z = LargestScore(potential, kernel, null, betaFactor, 800, expected, start, x =>
        {
            double phi = MolSampling.Molecular.Coordinates.Dihedral.Angle(x, 0, 1, 2, 3);
            return [Math.Cos(phi), Math.Cos(2 * phi), Math.Cos(3 * phi)];
        });
        Assert.Equal(right, z < Bound);
    }

    [Fact]
    public void Leapfrog_conserves_energy_to_second_order()
    {
        // half the step, a quarter of the energy error: acceptance tells it, as <dH> is proportional to h^4 and rejections to h^2
        var potential = new ForceFieldPotential(new([Mass], [new OneBodyTable<DoubleWell>([0], s_well)]));
        double Rejections(double step)
        {
            var kernel = new HamiltonianMonteCarlo([Mass], [step], 4);
            using var block = new WalkerBlock(potential, 0);
            Array.Fill(block.Beta, s_beta);
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            for (int n = 0; n < 6000; n++)
                kernel.Step(block, potential, n, new RandomSource(4), work);
            return 1 - (double)work.Accepted[0] / work.Proposed[0];
        }
        double ratio = Rejections(0.03) / Rejections(0.015);
        Assert.InRange(ratio, 3, 5.5);
    }

    [Fact]
    public void Non_finite_energies_are_counted_and_rejected()
    {
        var potential = new ForceFieldPotential(new([Mass], [new OneBodyTable<DoubleWell>([0], s_well)]));
        var kernel = new HamiltonianMonteCarlo([Mass], [1e6], 10); // overflows
        using var block = new WalkerBlock(potential, 0);
        Array.Fill(block.Beta, s_beta);
        block.Evaluate(potential);
        double[] before = [.. block.Energies];
        KernelWorkspace work = kernel.CreateWorkspace(potential);
        kernel.Step(block, potential, 0, new RandomSource(1), work);
        Assert.Equal(block.Width, work.NonFinite);
        Assert.Equal(before, block.Energies);
        Assert.True(float.IsFinite(block.Positions.Span[0]));
    }

    internal static double[] DoubleWellAverages()
    {
        double Energy(double x) => s_well[0] * Math.Pow(x / s_well[1] * x / s_well[1] - 1, 2) + s_well[2] * x / s_well[1];
        return [.. s_observables.Select(o => Average(o, Energy, -0.4, 0.4))];
    }

    internal static double Average(Func<double, double> observable, Func<double, double> energy, double from, double to)
    {
        double sum = 0, norm = 0;
        const int n = 40_000;
        for (int i = 0; i < n; i++)
        {
            double x = from + (to - from) * (i + 0.5) / n, w = Math.Exp(-s_beta * energy(x));
            sum += w * observable(x);
            norm += w;
        }
        return sum / norm;
    }

    internal static double LargestScore(Potential potential, Kernel kernel, ISupport? support, double betaFactor, int steps,
        double[] expected,
        float[]? start = null, Func<float[], double[]>? observe = null)
    {
        const int blocks = 6;
        potential = potential.On(support);
        int width = potential.BlockWidth, size = 3 * potential.AtomCount;
        observe ??= x => [.. s_observables.Select(o => o(x[0]))];
        start ??= [0.05f, 0, 0];
        var random = new RandomSource(20);
        var averages = new double[blocks * width][];
        Parallel.For(0, blocks, ParallelWork.Options(), b =>
        {
            using var block = new WalkerBlock(potential, (long)b * width);
            Array.Fill(block.Beta, s_beta * betaFactor);
            for (int lane = 0; lane < width; lane++)
            {
                block.SetPositions(lane, start);
                averages[b * width + lane] = new double[expected.Length];
            }
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            var x = new float[size];
            const int burnIn = 100;
            for (int n = 0; n < steps + burnIn; n++)
            {
                kernel.Step(block, potential, n, random, work);
                if (n < burnIn)
                    continue;
                for (int lane = 0; lane < width; lane++)
                {
                    block.CopyPositions(lane, x);
                    double[] values = observe(x);
                    for (int o = 0; o < values.Length; o++)
                        averages[b * width + lane][o] += values[o] / steps;
                }
            }
        });
        double worst = 0;
        for (int o = 0; o < expected.Length; o++)
        {
            if (double.IsNaN(expected[o]))
                continue;
            double[] values = [.. averages.Select(a => a[o])];
            double mean = values.Average(),
                error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
            worst = Math.Max(worst, Math.Abs(mean - expected[o]) / Math.Max(error, 1e-12));
        }
        return worst;
    }

    internal sealed class PositiveX : ISupport
    {
        public bool Contains(ReadOnlySpan<float> positions, int width, int lane) => positions[lane] > 0;
    }
}
