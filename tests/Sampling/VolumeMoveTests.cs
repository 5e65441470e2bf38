using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Tests.Potentials;

namespace MolSampling.Tests.Sampling;

/// <summary>The law of volumes at constant pressure, where it is known.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")]
public sealed class VolumeMoveTests
{
    private const double Temperature = 300;
    private static readonly double s_beta = new ThermodynamicState(Temperature).Beta;

    /// <summary>M molecules that do not interact: V^M exp(-beta P V), so beta P V has the law Gamma(M + 1), whose mean and variance are
    /// M + 1, and whose fourth central moment is 3 (M + 1)^2 + 6 (M + 1).</summary>
    [Theory]
    [InlineData(4, 1)]
    [InlineData(12, 3)] // molecules of three atoms count once
    public void An_ideal_gas_has_Gamma_s_law(int molecules, int atoms)
    {
        (double mean, double variance) = Scores(new IdealGas(molecules, atoms), molecules);
        Assert.True(Math.Abs(mean) < 4, $"mean off by {mean:f1} errors");
        Assert.True(Math.Abs(variance) < 4, $"variance off by {variance:f1} errors");
    }

    /// <summary>Power: a move that forgets M ln(V'/V) for all molecules but one is seen at once.</summary>
    [Fact]
    public void Without_the_volume_element_the_law_is_another()
    {
        (double mean, _) = Scores(new IdealGas(1, 4), 4);
        Assert.True(Math.Abs(mean) > 20, $"mean off by {mean:f1} errors only");
    }

    /// <summary>z-scores of mean and variance of beta P V, by the spread of blocks of walkers' averages.</summary>
    private static (double Mean, double Variance) Scores(IdealGas gas, int molecules)
    {
        const int sweeps = 3000, burn = 200, blocks = 8;
        double pressure = (molecules + 1) / s_beta; // so that V is about 1 nm^3
        var move = new VolumeMove(gas, gas.Masses, pressure) { Change = 1.2 };
        double[] first = new double[blocks * gas.BlockWidth], second = new double[first.Length];
        for (int b = 0; b < blocks; b++)
        {
            using var block = new WalkerBlock(gas, b * gas.BlockWidth);
            using var work = (IDisposable)move.CreateWorkspace(gas);
            Array.Fill(block.Beta, s_beta);
            block.Evaluate(gas);
            for (int step = 0; step < sweeps; step++)
            {
                move.Step(block, gas, step, new RandomSource(11), (KernelWorkspace)work);
                for (int lane = 0; lane < block.Width && step >= burn; lane++)
                {
                    double v = s_beta * pressure * Math.Pow(block.Stretches[lane], 3) - (molecules + 1);
                    first[b * block.Width + lane] += v / (sweeps - burn);
                    second[b * block.Width + lane] += v * v / (sweeps - burn);
                }
            }
        }
        return (Score(first, 0), Score(second, molecules + 1));

        static double Score(double[] values, double expected)
        {
            double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1.0)
                / values.Length);
            return (mean - expected) / error;
        }
    }

    /// <summary>Two atoms under Lennard-Jones, with hybrid Monte Carlo for their positions. The law of volumes is, within the bounds,
    /// V (V - 4/3 pi rc^3 + 4 pi int exp(-beta u(r)) r^2 dr) exp(-beta (P V + tail V0/V)).</summary>
    [Fact]
    public void Two_atoms_have_the_law_of_their_partition_function()
    {
        const double edge = 1.0, cutoff = 0.45, from = 0.35, sigma = 0.3, epsilon = 8;
        var system = new ClassicalSystem
        {
            Masses = [40, 40],
            Particles = [new(0, sigma, epsilon), new(0, sigma, epsilon)],
            Reach = new(cutoff, from, 78.3, new RectangularBox(edge, edge, edge)) { IsEwald = true, HasDispersionCorrection = true },
        };
        var potential = new ForceFieldPotential(system.ToEngine());
        IVariableBox box = potential.VariableBox!;
        double pressure = 4 / s_beta, low = Math.Pow(box.SmallestStretch, 3), high = Math.Pow(box.LargestStretch, 3);
        double tail = DispersionCorrection.Energy(system.Particles, cutoff, from, 1);
        var move = new VolumeMove(potential, system.Masses, pressure) { Change = 0.4 };
        var kernel = new KernelSequence(new HamiltonianMonteCarlo(system.Masses, [0.03], 8), [new("volume", move, 1)]);
        const int sweeps = 4000, burn = 100, blocks = 8;
        double[] first = new double[blocks * potential.BlockWidth], bound = new double[first.Length];
        for (int b = 0; b < blocks; b++)
        {
            using var block = new WalkerBlock(potential, b * potential.BlockWidth);
            using var work = (IDisposable)kernel.CreateWorkspace(potential);
            Array.Fill(block.Beta, s_beta);
            for (int lane = 0; lane < block.Width; lane++)
                block.SetPositions(lane, [0, 0, 0, 0.4f, 0, 0]);
            block.Evaluate(potential);
            for (int step = 0; step < sweeps; step++)
            {
                kernel.Step(block, potential, step, new RandomSource(5), (KernelWorkspace)work);
                for (int lane = 0; lane < block.Width && step >= burn; lane++)
                {
                    first[b * block.Width + lane] += Math.Pow(block.Stretches[lane], 3) / (sweeps - burn);
                    bound[b * block.Width + lane] += (IsBound(block, lane, edge) ? 1.0 : 0) / (sweeps - burn);
                }
            }
            Assert.True(kernel.Counts((KernelWorkspace)work)[1].OutsideSupport > 0); // counted
        }
        double inside = Integral(0, cutoff, 4000, r => 4 * Math.PI * r * r * Math.Exp(-s_beta * Pair(r)));
        double Weight(double v) => v * Math.Exp(-s_beta * (pressure * v + tail / v));
        double Free(double v) => v - 4 * Math.PI / 3 * Math.Pow(cutoff, 3);
        double norm = Integral(low, high, 2000, v => Weight(v) * (Free(v) + inside));
        double mean = Integral(low, high, 2000, v => v * Weight(v) * (Free(v) + inside)) / norm;
        double share = Integral(low, high, 2000, v => Weight(v) * inside) / norm;
        double other = Integral(low, high, 2000, v => v * Weight(v) * v) / Integral(low, high, 2000, v => Weight(v) * v); // without u
        (double z, double error) = Score(first, mean);
        Assert.True(Math.Abs(z) < 4, $"volume {first.Average():f5}, not {mean:f5}: {z:f1} errors");
        (double zBound, _) = Score(bound, share);
        Assert.True(Math.Abs(zBound) < 4, $"bound {bound.Average():f4}, not {share:f4}: {zBound:f1} errors");
        Assert.True(Math.Abs(other - mean) > 10 * error, "power: without the pair's energy the mean is another");

        static bool IsBound(WalkerBlock block, int lane, double length)
        {
            double square = 0;
            for (int d = 0; d < 3; d++)
            {
                double x = block.Positions.Span[(3 + d) * block.Width + lane] - block.Positions.Span[d * block.Width + lane];
                x -= block.Stretches[lane] * length * Math.Round(x / (block.Stretches[lane] * length));
                square += x * x;
            }
            return square < cutoff * cutoff;
        }

        static double Pair(double r)
        {
            double s6 = Math.Pow(sigma / r, 6), at = Math.Max(0, (r - from) / (cutoff - from));
            return r <= 0.1 ? 1e6 : 4 * epsilon * (s6 * s6 - s6) * (1 - at * at * at * (10 + at * (-15 + 6 * at)));
        }

        static (double Z, double Error) Score(double[] values, double expected)
        {
            double average = values.Average(), spread = Math.Sqrt(values.Sum(v => (v - average) * (v - average)) / (values.Length - 1.0)
                / values.Length);
            return ((average - expected) / spread, spread);
        }
    }

    /// <summary>Water: shapes stay, and so do the bytes, whatever the threads; a state that is put back goes on to the bit.</summary>
    [Fact]
    public void Water_keeps_its_shape_and_its_bytes()
    {
        WaterBox water = PeriodicTests.Relaxed(WaterBox.OfWater(WaterModel.Tip3p, 40, 0.45, new RandomSource(4)));
        var potential = new ForceFieldPotential(water.System.ToEngine());
        double[] x = [.. water.Positions], v = new double[x.Length];
        potential.Constraints!.Restore(x);
        double[] y = new double[x.Length], w = new double[x.Length];
        int replicas = potential.BlockWidth + 3;
        using EngineDynamics one = Make(1), two = Make(2);
        one.Run(100);
        two.Run(100);
        Assert.Equal(State(one), State(two));
        Assert.True(one.MoveCounts[1].Accepted > 0);
        Assert.Equal(replicas * 10, one.MoveCounts[1].Proposed);
        Assert.True(Enumerable.Range(0, replicas).Select(one.Stretch).Distinct().Count() > replicas / 2);
        using EngineDynamics resumed = Make(2);
        for (int m = 0; m < replicas; m++)
        {
            one.GetState(m, y, w);
            Assert.True(potential.Constraints.LargestError(y) < 1e-5);
            resumed.SetStretch(m, one.Stretch(m));
            resumed.SetState(m, y, w);
        }
        resumed.StepsDone = one.StepsDone;
        resumed.Refresh();
        one.Run(50);
        resumed.Run(50);
        Assert.Equal(State(one), State(resumed));

        EngineDynamics Make(int threads)
        {
            var move = new VolumeMove(potential, water.System.Masses, 1) { Change = 0.02 };
            var kernel = new KernelSequence(new LangevinDynamics(water.System.Masses, 0.002, 1, 10), [new("volume", move, 1)]);
            var dynamics = new EngineDynamics(potential, water.System.Masses, kernel, replicas, new RandomSource(3), threads);
            for (int m = 0; m < replicas; m++)
            {
                dynamics.SetState(m, x, v);
                dynamics.DrawVelocities(m, Temperature, new RandomSource(9), 0);
            }
            dynamics.Refresh();
            return dynamics;
        }

        double[] State(EngineDynamics dynamics) => [.. Enumerable.Range(0, replicas).SelectMany(m =>
        {
            dynamics.GetState(m, y, w);
            return (double[])[.. y, .. w, dynamics.Stretch(m), dynamics.PotentialEnergy(m)];
        })];
    }

    [Fact]
    public void What_cannot_change_its_volume_is_told()
    {
        WaterBox box = WaterBox.OfWater(WaterModel.Tip3p, 30, 0.45, new RandomSource(1));
        var potential = new ForceFieldPotential(box.System.ToEngine());
        Assert.Contains("positive", Assert.Throws<ArgumentException>(() => new VolumeMove(potential, box.System.Masses, -1)).Message,
            StringComparison.Ordinal);
        Assert.Contains("cubic box", Assert.Throws<ArgumentException>(() => new VolumeMove(new ForceFieldPotential(new ClassicalSystem
        {
            Masses = [12],
        }.ToEngine()), [12], 1)).Message, StringComparison.Ordinal);
        NonbondedReach reach = box.System.Reach with { Cutoff = box.Edge / 2, SwitchDistance = null };
        var tight = new ForceFieldPotential((box.System with { Reach = reach }).ToEngine());
        Assert.Contains("larger box", Assert.Throws<ArgumentException>(() => new VolumeMove(tight, box.System.Masses, 1)).Message,
            StringComparison.Ordinal);
    }

    private static double Integral(double low, double high, int intervals, Func<double, double> f)
    {
        double sum = 0, h = (high - low) / intervals;
        for (int i = 0; i < intervals; i++)
            sum += h * f(low + (i + 0.5) * h);
        return sum;
    }

    /// <summary>No energy; a box of 1 nm^3 that may take any size.</summary>
    private sealed class IdealGas(int molecules, int atoms) : Potential, IVariableBox
    {
        public override string Name => "ideal gas";

        public override string Fingerprint => "ideal gas";

        public override int AtomCount => molecules * atoms;

        public override IReadOnlyList<double> Masses { get; } = [.. Enumerable.Repeat(1.0, molecules * atoms)];

        public override int BlockWidth => 8;

        public override bool IsTranslationInvariant => true;

        public override IVariableBox VariableBox => this;

        PeriodicBox IVariableBox.Box { get; } = new(RectangularBox.Cube(1), [.. Enumerable.Range(0, molecules).Select(m => m * atoms)]);

        public double SmallestStretch => 1e-3;

        public double LargestStretch => 1e3;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            forces.Clear();
            energies.Clear();
        }

        public void EvaluateInBoxes(ReadOnlySpan<float> positions, ReadOnlySpan<double> stretches, Span<float> forces,
            Span<double> energies, bool wantsEnergies = true) => EvaluateBlock(positions, forces, energies);

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => 0;

        public double EvaluateInBox(ReadOnlySpan<double> positions, double stretch, Span<double> forces) => 0;
    }
}
