using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Tests.Sampling;

/// <summary>Bonds to hydrogen that are held.</summary>
[Trait("cpu", "lanes")]
public sealed class BondStarTests
{
    private const double Length = 0.109;

    /// <summary>Against Lagrange's multipliers by iteration (SHAKE) in double precision, from steps that stretch bonds by several
    /// %.</summary>
    [Theory]
    [InlineData(1, 15.999, 1.008)]
    [InlineData(2, 8.03, 3)]
    [InlineData(3, 6.03, 3)]
    [InlineData(4, 4.04, 3)] // methane with heavy hydrogens: the centre gives way most
    public void Settled_bonds_are_those_of_Lagrange_s_multipliers(int leaves, double centre, double leaf)
    {
        const int width = 8;
        const double step = 0.004;
        BondStars stars = Star(leaves, centre, leaf);
        double[] old = Geometry(leaves);
        var random = new RandomSource((ulong)(7 * leaves));
        double[] moved = [.. old.Select(x => x + 0.006 * (random.NextDouble() - 0.5) + 0.003)];
        double[] velocities = [.. old.Select(_ => random.NextDouble() - 0.5)];
        Assert.True(stars.LargestError(old) < 1e-12);
        Assert.True(stars.LargestError(moved) > 0.01);
        float[] was = Lanes(old, width), x = Lanes(moved, width), v = Lanes(velocities, width);
        stars.Settle(was, x, v, step, width);
        double[] exact = Shake(old, moved, leaves, centre, leaf);
        for (int k = 0; k < old.Length; k++)
        {
            Assert.Equal(exact[k], x[k * width + 3], 2e-7);
            Assert.Equal(velocities[k] + (exact[k] - moved[k]) / step, v[k * width + 3], 1e-4);
        }
        Assert.True(stars.LargestError([.. Enumerable.Range(0, old.Length).Select(k => (double)x[k * width])]) < 2e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Projected_velocities_keep_lengths_and_momentum_and_what_is_projected_stays(int leaves)
    {
        const double centre = 6, leaf = 3;
        BondStars stars = Star(leaves, centre, leaf);
        double[] x = Geometry(leaves);
        var random = new RandomSource((ulong)leaves);
        double[] v = [.. x.Select(_ => random.NextDouble() - 0.5)], projected = [.. v];
        stars.ProjectVelocities(x, projected);
        for (int i = 1; i <= leaves; i++)
            Assert.Equal(0, Enumerable.Range(0, 3).Sum(d => (x[3 * i + d] - x[d]) * (projected[3 * i + d] - projected[d])), 1e-13);
        for (int d = 0; d < 3; d++)
            Assert.Equal(Momentum(v, d), Momentum(projected, d), 1e-12);
        double[] twice = [.. projected];
        stars.ProjectVelocities(x, twice);
        Assert.All(twice.Zip(projected), p => Assert.Equal(p.First, p.Second, 1e-13));
        float[] lanes = Lanes(v, 4);
        stars.ProjectVelocities(Lanes(x, 4), lanes, 4);
        Assert.All(Enumerable.Range(0, v.Length), k => Assert.Equal(projected[k], lanes[4 * k + 2], 1e-6));

        double Momentum(double[] of, int d) => centre * of[d] + Enumerable.Range(1, leaves).Sum(i => leaf * of[3 * i + d]);
    }

    /// <summary>
    /// Two atoms held to a light third and free otherwise: u = cos of the angle has the density sqrt(1 - (u w_0/(w_0 + w))^2) of
    /// constrained dynamics (M. Fixman, PNAS 71 (1974) 3050), not the flat one of stiff springs; both answers are quadratures.
    /// </summary>
    [Fact]
    public void Dynamics_has_the_law_of_held_bonds()
    {
        const double centre = 1, leaf = 4, temperature = 300, share = 1 / centre / (1 / centre + 1 / leaf);
        double[] masses = [centre, leaf, leaf];
        ClassicalSystem system = new()
        {
            Masses = masses,
            Restraints = [new(0, 200, 0, 0, 0)], // keeps it near the origin; says nothing about the angle
            Constraints = [new(0, 1, Length), new(0, 2, Length)],
        };
        var potential = new ForceFieldPotential(system.ToEngine());
        const int replicas = 64, frames = 1500;
        using var dynamics = new EngineDynamics(potential, masses, new LangevinDynamics(masses, 0.002, 5, 25), replicas,
            new RandomSource(11));
        Assert.Equal(7, dynamics.DegreesOfFreedom);
        for (int m = 0; m < replicas; m++)
        {
            dynamics.SetState(m, Geometry(2), new double[9]);
            dynamics.SetTemperature(m, temperature);
            dynamics.DrawVelocities(m, temperature, new RandomSource(12), 0);
        }
        dynamics.Refresh();
        dynamics.Run(500);
        double[] means = new double[replicas], kinetic = new double[replicas], x = new double[9], v = new double[9];
        for (int frame = 0; frame < frames; frame++)
        {
            dynamics.Run(25);
            for (int m = 0; m < replicas; m++)
            {
                dynamics.GetState(m, x, v);
                double u = Enumerable.Range(0, 3).Sum(d => (x[3 + d] - x[d]) * (x[6 + d] - x[d])) / (Length * Length);
                means[m] += u * u / frames;
                kinetic[m] += dynamics.KineticEnergy(m) / frames;
            }
        }
        Assert.True(potential.Constraints!.LargestError(x) < 3e-6);
        double mean = means.Average(), error = Error(means);
        double held = Quadrature(u => Math.Sqrt(1 - share * share * u * u)), stiff = Quadrature(_ => 1);
        Assert.True(Math.Abs(mean - held) < 4 * error, $"{mean} +- {error}, exact {held}");
        Assert.True(Math.Abs(mean - stiff) > 8 * error, $"{mean} +- {error} does not tell {held} from {stiff}");
        double half = 0.5 * MolSampling.Potentials.Units.GasConstant * temperature;
        Assert.Equal(7 * half, kinetic.Average(), 4 * Error(kinetic) + 0.01 * 7 * half); // the middle scheme's velocities are a little cold
    }

    [Fact]
    public void A_solute_with_held_bonds_stands_beside_rigid_water()
    {
        WaterModel model = WaterModel.Tip3p;
        ClassicalSystem water = WaterBox.OfWater(model, 20, 0.4, new RandomSource(1)).System;
        ClassicalSystem both = With(water, (0, 1), (0, 2), (3, 4));
        var held = new HeldDistances(both);
        Assert.Null(held.Odd);
        Assert.Equal(new WaterRun(5, 20, model.Bond, model.Across), held.Waters);
        Assert.Equal(3 + 60, held.ToConstraints()!.Count);
        // a bond that is none of a star, a star too large, a water behind which there is something, a distance to water
        foreach ((int, int)[] odd in new (int, int)[][] { [(0, 1), (1, 2), (2, 3)], [(0, 1), (0, 2), (1, 2)], [(0, 5)],
            [(4, 0), (4, 1), (4, 2), (4, 3), (4, 5)] })
            Assert.Contains("run the system on OpenMM", Assert.Throws<ArgumentException>(() => With(water, odd).ToEngine()).Message,
                StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BondStars([new(0, 12, [1], [1], [0.1]), new(2, 12, [1], [1], [0.1])]));
    }

    /// <summary>Five atoms before the waters.</summary>
    private static ClassicalSystem With(ClassicalSystem water, params (int I, int J)[] bonds) => water with
    {
        Masses = [.. Enumerable.Repeat(12.0, 5), .. water.Masses],
        Particles = [.. Enumerable.Repeat(new NonbondedParticle(0, 0.3, 0.4), 5), .. water.Particles],
        Exceptions = [.. water.Exceptions.Select(e => e with { I = e.I + 5, J = e.J + 5 })],
        Constraints = [.. bonds.Select(b => new ConstraintPair(b.I, b.J, 0.1)), .. water.Constraints.Select(c => c with { I = c.I + 5,
            J = c.J + 5 })],
    };

    private static BondStars Star(int leaves, double centre, double leaf) => new([new(0, centre, [.. Enumerable.Range(1, leaves)],
        [.. Enumerable.Repeat(leaf, leaves)], [.. Enumerable.Repeat(Length, leaves)])]);

    /// <summary>Corners of a tetrahedron about an atom away from the origin.</summary>
    private static double[] Geometry(int leaves)
    {
        double s = Length / Math.Sqrt(3);
        double[][] corners = [[s, s, s], [s, -s, -s], [-s, s, -s], [-s, -s, s]];
        double[] centre = [0.4, 0.7, -0.3];
        return [.. centre, .. corners.Take(leaves).SelectMany(c => c.Zip(centre, (a, b) => a + b))];
    }

    private static double[] Shake(double[] old, double[] moved, int leaves, double centre, double leaf)
    {
        double[] x = [.. moved];
        for (int sweep = 0; sweep < 500; sweep++)
        {
            for (int i = 1; i <= leaves; i++)
            {
                double[] d = [.. Enumerable.Range(0, 3).Select(k => old[3 * i + k] - old[k])];
                double[] r = [.. Enumerable.Range(0, 3).Select(k => x[3 * i + k] - x[k])];
                double g = (Length * Length - r.Sum(v => v * v)) / (2 * (1 / centre + 1 / leaf) * d.Zip(r, (a, b) => a * b).Sum());
                for (int k = 0; k < 3; k++)
                {
                    x[3 * i + k] += g / leaf * d[k];
                    x[k] -= g / centre * d[k];
                }
            }
        }
        return x;
    }

    private static float[] Lanes(double[] x, int width) => [.. x.SelectMany(v => Enumerable.Repeat((float)v, width))];

    private static double Error(double[] means)
    {
        double mean = means.Average();
        return Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1) / means.Length);
    }

    private static double Quadrature(Func<double, double> density)
    {
        double sum = 0, norm = 0;
        for (int n = 0; n < 20000; n++)
        {
            double u = (n + 0.5) / 20000;
            (sum, norm) = (sum + u * u * density(u), norm + density(u));
        }
        return sum / norm;
    }
}
