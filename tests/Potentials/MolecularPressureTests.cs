using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Tests.Potentials;

/// <summary>Pressures of single configurations, against the virial and against doubles.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")]
public sealed class MolecularPressureTests
{
    /// <summary>Of atoms: p V = N kT + sum r_ij . f_ij / 3, a sum over pairs and their nearest images.</summary>
    [Fact]
    public void Atoms_have_the_pressure_of_their_virial()
    {
        const int side = 4, atoms = side * side * side;
        const double edge = 1.6, sigma = 0.34, epsilon = 1, cutoff = 0.7, from = 0.6, temperature = 120;
        var random = new RandomSource(5);
        double[] x = [.. Enumerable.Range(0, atoms).SelectMany(p => new[] { p / (side * side), p / side % side, p % side }).Select(k =>
            k * edge / side - edge / 2 + 0.1 * (random.NextDouble() - 0.5))];
        ClassicalSystem system = new()
        {
            Masses = [.. Enumerable.Repeat(39.95, atoms)],
            Particles = [.. Enumerable.Repeat(new NonbondedParticle(0, sigma, epsilon), atoms)],
            Reach = new(cutoff, from, 78.3, new RectangularBox(edge, edge, edge)) { IsEwald = true },
        };
        double volume = edge * edge * edge, virial = 0;
        for (int i = 0; i < atoms; i++)
        {
            for (int j = i + 1; j < atoms; j++)
            {
                double r = Math.Sqrt(Enumerable.Range(0, 3).Sum(d => Math.Pow(x[3 * i + d] - x[3 * j + d] - edge * Math.Round((x[3 * i + d]
                    - x[3 * j + d]) / edge), 2)));
                if (r < cutoff)
                    virial -= r * (Energy(r + 1e-6) - Energy(r - 1e-6)) / 2e-6;
            }
        }
        double expected = atoms * MolSampling.Potentials.Units.GasConstant * temperature / volume + virial / (3 * volume);
        double[] both = new MolecularPressure(system, s => s.ToEngine()).Of([x, x], [1, 1], temperature);
        Assert.All(both, p => Assert.Equal(expected, p, 2e-3 * Math.Abs(virial / volume)));

        static double Energy(double r)
        {
            double s6 = Math.Pow(sigma / r, 6), at = Math.Max(0, (r - from) / (cutoff - from));
            return r < cutoff ? 4 * epsilon * (s6 * s6 - s6) * (1 - at * at * at * (10 + at * (-15 + 6 * at))) : 0;
        }
    }

    /// <summary>Of water, with all of Ewald's sum and Lennard-Jones beyond the cut-off: by doubles in boxes that differ less.</summary>
    [Fact]
    public void Rigid_water_has_the_slope_of_its_energy_in_doubles()
    {
        const int waters = 60;
        const double temperature = 300, h = 1e-4;
        WaterBox box = PeriodicTests.Relaxed(WaterBox.OfWater(WaterModel.Tip3p, waters, 0.55, new RandomSource(8)));
        ClassicalSystem system = box.System;
        double[][] configurations = [box.Positions, [.. box.Positions.Select((v, n) => v + 0.004 * Math.Sin(n / 3))]];
        double[] lanes = new MolecularPressure(system, s => s.ToEngine()).Of(configurations, [1, 1], temperature);
        double volume = Math.Pow(box.Edge, 3);
        for (int n = 0; n < 2; n++)
        {
            double slope = (Energy(configurations[n], 1 + h) - Energy(configurations[n], 1 - h))
                / (volume * (Math.Pow(1 + h, 3) - Math.Pow(1 - h, 3)));
            double exact = waters * MolSampling.Potentials.Units.GasConstant * temperature / volume - slope;
            Assert.Equal(exact, lanes[n], 1.2); // 20 bar; a configuration's own is hundreds off the mean
        }

        double Energy(double[] x, double s)
        {
            double edge = s * box.Edge;
            double[] y = [.. x];
            for (int w = 0; w < waters; w++)
            {
                for (int d = 0; d < 3; d++)
                {
                    double centre = (WaterModel.OxygenMass * x[9 * w + d] + WaterModel.HydrogenMass * (x[9 * w + 3 + d] + x[9 * w + 6 + d]))
                        / WaterModel.Mass;
                    for (int a = 0; a < 3; a++)
                        y[9 * w + 3 * a + d] += (s - 1) * centre;
                }
            }
            return new ForceFieldPotential((system with { Reach = system.Reach with { Box = new(edge, edge, edge) } }).ToEngine())
                .EvaluateDouble(y, new double[y.Length]);
        }
    }

    [Fact]
    public void Without_a_box_there_is_no_pressure() => Assert.Throws<ArgumentException>(() =>
        new MolecularPressure(new ClassicalSystem { Masses = [12] }, s => s.ToEngine()));
}
