using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Tests.Potentials;

namespace MolSampling.Tests.Sampling;

/// <summary>Constraints of water, and dynamics that keep them.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")] // one after the other: each takes all cores
public sealed class RigidWaterTests
{
    private static readonly WaterModel s_model = WaterModel.Tip3p;

    private static RigidWaters Waters(int count) => new(0, count, WaterModel.OxygenMass, WaterModel.HydrogenMass, s_model.Bond,
        s_model.Across);

    /// <summary>SETTLE against Lagrange's multipliers solved by iteration (SHAKE) in double precision.</summary>
    [Fact]
    public void Settled_waters_are_those_of_Lagrange_s_multipliers()
    {
        const int count = 50, width = 8;
        RigidWaters waters = Waters(count);
        (double[] old, double[] moved, double[] velocities) = Start(count);
        float[] was = Lanes(old, width), x = Lanes(moved, width), v = Lanes(velocities, width);
        const double step = 0.002;
        waters.Settle(was, x, v, step, width);
        double[] exact = Shake(old, moved);
        for (int k = 0; k < 9 * count; k++)
        {
            Assert.Equal(exact[k], x[k * width + 3], 5e-7);
            Assert.Equal(velocities[k] + (exact[k] - moved[k]) / step, v[k * width + 3], 2e-3);
        }
        Assert.True(waters.LargestError([.. Enumerable.Range(0, 9 * count).Select(k => (double)x[k * width])]) < 3e-6);
        // neither the centre of mass nor the momentum moves
        for (int w = 0; w < count; w++)
            for (int d = 0; d < 3; d++)
                Assert.Equal(Centre(moved, w, d), Centre([.. Enumerable.Range(0, 9 * count).Select(k => (double)x[k * width])], w, d),
                    2e-7);
    }

    [Fact]
    public void Projected_velocities_keep_the_distances_and_nothing_more_is_taken()
    {
        const int count = 20;
        RigidWaters waters = Waters(count);
        (double[] x, _, double[] v) = Start(count);
        double[] projected = [.. v];
        waters.ProjectVelocities(x, projected);
        for (int w = 0; w < count; w++)
            foreach ((int a, int b) in new[] { (0, 1), (1, 2), (0, 2) })
                Assert.Equal(0, Enumerable.Range(0, 3).Sum(d => (x[9 * w + 3 * a + d] - x[9 * w + 3 * b + d])
                    * (projected[9 * w + 3 * a + d] - projected[9 * w + 3 * b + d])), 1e-12);
        double[] twice = [.. projected];
        waters.ProjectVelocities(x, twice);
        Assert.All(twice.Zip(projected), p => Assert.Equal(p.First, p.Second, 1e-12));
        // rigid motions pass
        double[] rigid = [.. Enumerable.Range(0, 9 * count).Select(k => 0.3 * (k % 3 + 1) + (k % 3 == 0 ? -x[k + 1] : k % 3 == 1 ? x[k - 1]
            : 0))];
        double[] same = [.. rigid];
        waters.ProjectVelocities(x, same);
        Assert.All(same.Zip(rigid), p => Assert.Equal(p.First, p.Second, 1e-12));
        // and in lanes it is the same
        float[] lanes = Lanes(v, 4);
        waters.ProjectVelocities(Lanes(x, 4), lanes, 4);
        Assert.All(Enumerable.Range(0, 9 * count), k => Assert.Equal(projected[k], lanes[4 * k + 1], 2e-6));
    }

    [Fact]
    public void A_file_s_rounded_waters_are_restored()
    {
        RigidWaters waters = Waters(20);
        (double[] x, _, _) = Start(20);
        double[] rounded = [.. x.Select(v => Math.Round(v, 3))];
        Assert.True(waters.LargestError(rounded) > 1e-3);
        waters.Restore(rounded);
        Assert.True(waters.LargestError(rounded) < 1e-12);
        Assert.All(rounded.Zip(x), p => Assert.Equal(p.First, p.Second, 3e-3));
    }

    [Fact]
    public void What_does_not_keep_constraints_refuses_them()
    {
        var potential = new ForceFieldPotential(WaterBox.OfWater(s_model, 30, 0.45, new RandomSource(1)).System.ToEngine());
        foreach (Kernel kernel in new Kernel[] { new HamiltonianMonteCarlo(potential.Masses, [0.001], 3),
            new BrownianDynamics(potential.Masses, 0.001, 1, 1) })
            Assert.Contains("does not keep to constraints",
                Assert.Throws<ArgumentException>(() => kernel.CreateWorkspace(potential)).Message,
                StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RigidWaters(0, 1, 16, 1, 0.1, 0.21));
    }

    /// <summary>The error of the energy is bounded and of second order; distances are held.</summary>
    [Theory]
    [InlineData("tip3p")]
    [InlineData("opc")]
    public void Energy_is_kept_to_second_order_in_the_step(string model)
    {
        WaterBox box = PeriodicTests.Relaxed(WaterBox.OfWater(WaterModel.Named(model), 60, 0.6, new RandomSource(4)));
        var potential = new ForceFieldPotential(box.System.ToEngine());
        double[] Fluctuation(double h)
        {
            double[] masses = [.. box.System.Masses];
            using var dynamics = new EngineDynamics(potential, masses, new VelocityVerlet(masses, h, 1), 1, new RandomSource(1), 1);
            double[] start = [.. box.Positions], v = new double[start.Length];
            potential.Constraints!.Restore(start);
            dynamics.SetState(0, start, v);
            dynamics.SetTemperature(0, 300);
            dynamics.DrawVelocities(0, 300, new RandomSource(5), 0);
            dynamics.Refresh();
            double mean = 0, square = 0;
            int frames = (int)Math.Round(0.4 / h);
            for (int n = 0; n < frames; n++)
            {
                dynamics.Run(1);
                double e = dynamics.PotentialEnergy(0) + dynamics.KineticEnergy(0);
                mean += e / frames;
                square += e * e / frames;
            }
            dynamics.GetState(0, start, v);
            Assert.True(potential.Constraints!.LargestError(start) < 3e-6);
            return [mean, Math.Sqrt(square - mean * mean)];
        }

        double[] coarse = Fluctuation(0.002), fine = Fluctuation(0.001);
        Assert.InRange(coarse[1] / fine[1], 2.5, 6);
        Assert.InRange(fine[1], 0, 0.02 * 90 * 2.494); // of the kinetic energy of the rigid waters
    }

    /// <summary>Translations and rotations of rigid water have kT/2 each, and 3 x 3 degrees of freedom are gone.</summary>
    [Fact]
    public void Langevin_dynamics_of_rigid_water_has_the_bath_s_temperature()
    {
        WaterBox box = PeriodicTests.Relaxed(WaterBox.OfWater(s_model, 40, 0.5, new RandomSource(6)));
        var potential = new ForceFieldPotential(box.System.ToEngine());
        double[] masses = [.. box.System.Masses];
        using var dynamics = new EngineDynamics(potential, masses, new LangevinDynamics(masses, 0.002, 10, 20), 16, new RandomSource(2));
        double[] start = [.. box.Positions], v = new double[start.Length];
        potential.Constraints!.Restore(start);
        for (int m = 0; m < 16; m++)
        {
            dynamics.SetState(m, start, v);
            dynamics.SetTemperature(m, 300);
            dynamics.DrawVelocities(m, 300, new RandomSource(7), 0);
        }
        dynamics.Refresh();
        Assert.Equal(6 * 40, dynamics.DegreesOfFreedom);
        dynamics.Run(1000);
        double kinetic = 0, translation = 0, count = 0;
        for (int frame = 0; frame < 40; frame++)
        {
            dynamics.Run(20);
            for (int m = 0; m < 16; m++, count++)
            {
                dynamics.GetState(m, start, v);
                kinetic += dynamics.KineticEnergy(m);
                for (int w = 0; w < 40; w++)
                    for (int d = 0; d < 3; d++)
                    {
                        double momentum = WaterModel.OxygenMass * v[9 * w + d] + WaterModel.HydrogenMass * (v[9 * w + 3 + d] + v[9 * w + 6
                            + d]);
                        translation += momentum * momentum / (2 * WaterModel.Mass);
                    }
            }
        }
        double half = 0.5 * MolSampling.Potentials.Units.GasConstant * 300;
        // 640 samples of 240: correlated over two frames or so; the velocities of the middle scheme are a little cold
        Assert.Equal(1, kinetic / count / (240 * half), 0.02);
        Assert.Equal(1, translation / count / (120 * half), 0.025);
        Assert.True(potential.Constraints!.LargestError(start) < 3e-6);
    }

    [Fact]
    public void A_state_put_back_goes_on_to_the_bit()
    {
        WaterBox box = PeriodicTests.Relaxed(WaterBox.OfWater(s_model, 30, 0.45, new RandomSource(6)));
        var potential = new ForceFieldPotential(box.System.ToEngine());
        double[] masses = [.. box.System.Masses], x = [.. box.Positions], v = new double[x.Length], y = new double[x.Length],
            w = new double[x.Length];
        EngineDynamics Make() => new(potential, masses, new LangevinDynamics(masses, 0.002, 1, 5), 1, new RandomSource(2), 1);
        using EngineDynamics whole = Make(), parts = Make();
        whole.SetState(0, x, v);
        whole.SetTemperature(0, 300);
        whole.DrawVelocities(0, 300, new RandomSource(1), 0);
        whole.Refresh();
        whole.Run(10);
        whole.GetState(0, x, v);
        parts.SetState(0, x, v);
        parts.SetTemperature(0, 300);
        parts.Refresh();
        parts.StepsDone = whole.StepsDone;
        whole.Run(10);
        parts.Run(10);
        whole.GetState(0, x, v);
        parts.GetState(0, y, w);
        Assert.Equal(x, y);
        Assert.Equal(v, w);
        Assert.Equal(whole.PotentialEnergy(0), parts.PotentialEnergy(0));
    }

    /// <summary>Waters on the surface, moved and turned as in a step of 2 fs and out of shape, and velocities.</summary>
    private static (double[] Old, double[] Moved, double[] Velocities) Start(int count)
    {
        WaterBox box = WaterBox.OfWater(s_model, count, 0.3, new RandomSource(11));
        var random = new RandomSource(12);
        double[] v = [.. box.Positions.Select((_, k) => 1.5 * random.NextNormal())];
        double[] old = [.. box.Positions.Select(x => (double)(float)x)];
        Waters(count).Restore(old);
        return (old, [.. old.Select((x, k) => x + 0.002 * v[k])], v);
    }

    private static float[] Lanes(double[] x, int width) => [.. Enumerable.Range(0, x.Length * width).Select(k => (float)x[k / width])];

    private static double Centre(double[] x, int w, int d) => (WaterModel.OxygenMass * x[9 * w + d]
        + WaterModel.HydrogenMass * (x[9 * w + 3 + d] + x[9 * w + 6 + d])) / WaterModel.Mass;

    private static double[] Shake(double[] old, double[] moved)
    {
        double[] x = [.. moved], mass = [WaterModel.OxygenMass, WaterModel.HydrogenMass, WaterModel.HydrogenMass];
        (int A, int B, double Length)[] distances = [(0, 1, s_model.Bond), (0, 2, s_model.Bond), (1, 2, s_model.Across)];
        for (int w = 0; w < x.Length / 9; w++)
        {
            for (int sweep = 0; sweep < 500; sweep++)
            {
                foreach ((int a, int b, double length) in distances)
                {
                    double square = 0, along = 0;
                    for (int d = 0; d < 3; d++)
                    {
                        double now = x[9 * w + 3 * a + d] - x[9 * w + 3 * b + d], before = old[9 * w + 3 * a + d] - old[9 * w + 3 * b + d];
                        square += now * now;
                        along += now * before;
                    }
                    double g = (square - length * length) / (2 * along * (1 / mass[a] + 1 / mass[b]));
                    for (int d = 0; d < 3; d++)
                    {
                        double before = old[9 * w + 3 * a + d] - old[9 * w + 3 * b + d];
                        x[9 * w + 3 * a + d] -= g / mass[a] * before;
                        x[9 * w + 3 * b + d] += g / mass[b] * before;
                    }
                }
            }
        }
        return x;
    }
}
