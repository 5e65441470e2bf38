using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Tests.Potentials;

/// <summary>Boxes of each walker's own size, against potentials that were made for these boxes.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")]
public sealed class VariableBoxTests
{
    private const double Cutoff = 0.55, Temperature = 300;

    private static readonly Lazy<WaterBox> s_water = new(() => PeriodicTests.Relaxed(WaterBox.OfWater(WaterModel.Tip3p, 216, 0.8,
        new RandomSource(2))));

    public static TheoryData<string> Systems => ["tip3p", "opc", "ion in tip3p", "background"];

    /// <summary>Lane by lane the numbers of a potential that has this box only, of as many waves.</summary>
    [Theory]
    [MemberData(nameof(Systems))]
    public void Every_lane_has_the_energy_of_its_own_box(string name)
    {
        (ClassicalSystem system, double[] x) = Make(name);
        var potential = new ForceFieldPotential(system.ToEngine());
        IVariableBox box = potential.VariableBox!;
        int width = potential.BlockWidth, size = x.Length;
        // edges between which no wave comes or goes
        double reach = Math.Pow(box.Box.Edges.X * new EwaldSplit(Cutoff).LargestWave / (2 * Math.PI), 2);
        double low = Math.Sqrt(Math.Floor(reach) / reach), high = Math.Sqrt((Math.Floor(reach) + 1) / reach);
        double[] stretches = [.. Enumerable.Range(0, width).Select(w => (double)(float)(low + (high - low) * (w + 0.5) / width))];
        Assert.True(stretches[^1] - stretches[0] > 0.01);
        float[] lanes = new float[size * width], forces = new float[size * width];
        double[][] own = [.. stretches.Select(s => Scaled(system, x, s).Select(v => (double)(float)v).ToArray())];
        for (int k = 0; k < lanes.Length; k++)
            lanes[k] = (float)own[k % width][k / width];
        double[] energies = new double[width];
        box.EvaluateInBoxes(lanes, stretches, forces, energies);
        for (int w = 0; w < width; w++)
        {
            double[] f = new double[size], g = new double[size];
            double expected = new ForceFieldPotential(In(system, stretches[w]).ToEngine()).EvaluateDouble(own[w], f);
            double reference = box.EvaluateInBox(own[w], stretches[w], g);
            Assert.Equal(expected, reference, 1e-10 * Math.Abs(expected));
            Assert.True(Distance(f, g) < 1e-9, $"forces in doubles: {Distance(f, g):e2}");
            Assert.Equal(reference, energies[w], 1e-5 * Math.Abs(expected));
            double[] single = [.. Enumerable.Range(0, size).Select(k => (double)forces[k * width + w])];
            Assert.True(Distance(g, single) < 5e-6, $"forces in lanes: {Distance(g, single):e2}");
        }
        // power: the box that all lanes had otherwise
        int far = Math.Abs(stretches[0] - 1) > Math.Abs(stretches[^1] - 1) ? 0 : width - 1;
        Assert.True(Math.Abs(potential.EvaluateDouble(own[far], new double[size]) - energies[far]) > 1e-3 * Math.Abs(energies[far]));
    }

    /// <summary>Over the whole range an edge has the energy of its box within the errors that Ewald's sum itself has there: waves near its
    /// end are in one and not in the other.</summary>
    [Fact]
    public void Far_from_its_size_a_box_is_as_accurate()
    {
        WaterBox water = s_water.Value;
        IVariableBox box = new ForceFieldPotential(water.System.ToEngine()).VariableBox!;
        Assert.Equal(0.9, box.SmallestStretch);
        foreach (double s in new[] { box.SmallestStretch, 0.97, 1.04, box.LargestStretch })
        {
            double[] x = Scaled(water.System, water.Positions, s), f = new double[x.Length], g = new double[x.Length];
            double exact = new ForceFieldPotential(In(water.System, s).ToEngine(14)).EvaluateDouble(x, f);
            Assert.Equal(exact, box.EvaluateInBox(x, s, g), 2e-5 * Math.Abs(exact));
            Assert.True(Distance(f, g) < 3e-4, $"forces at {s}: {Distance(f, g):e2}");
        }
    }

    /// <summary>What the default sharpness of the sum leaves out makes no pressure to speak of: 10 bar are 0.05 % of water's
    /// volume.</summary>
    [Fact]
    public void The_pressure_is_that_of_a_sharper_sum()
    {
        WaterBox water = s_water.Value;
        double kT = MolSampling.Potentials.Units.GasConstant * Temperature, exact = Slope(15), usual = Slope(EwaldSplit.DefaultSharpness);
        Assert.True(Math.Abs(usual - exact) * MolecularPressure.Bar < 10, FormattableString.Invariant(
            $"{(usual - exact) * MolecularPressure.Bar:f2} bar"));
        Assert.True(Math.Abs(exact) > kT);

        double Slope(double sharpness)
        {
            IVariableBox box = new ForceFieldPotential(water.System.ToEngine(sharpness)).VariableBox!;
            const double h = 1e-3;
            double Energy(double s) => box.EvaluateInBox(Scaled(water.System, water.Positions, s), s, new double[water.Positions.Length]);
            return (Energy(1 + h) - Energy(1 - h)) / (box.Box.Edges.Volume * (Math.Pow(1 + h, 3) - Math.Pow(1 - h, 3)));
        }
    }

    /// <summary>The same waves are the same sum: polynomials of the weights are right to rounding.</summary>
    [Fact]
    public void Weights_of_waves_follow_the_box()
    {
        var split = new EwaldSplit(0.9);
        foreach (double k in new[] { 0.5, 3.4, 9, 12.2, 13.4 })
        {
            double[] powers = split.TransformInBoxes(k, 10);
            Assert.Equal(split.Transform(k), powers[0]);
            foreach (double s in new[] { 0.9, 0.95, 1.001, 1.06, 1.1 })
                Assert.Equal(split.Transform(k / s), powers.Select((p, n) => p * Math.Pow(1 / (s * s) - 1, n)).Sum(), 1e-9);
        }
    }

    /// <summary>A box that has its size is the box, to the bit; forces alone are the forces.</summary>
    [Theory]
    [MemberData(nameof(Systems))]
    public void Without_a_stretch_nothing_changes(string name)
    {
        (ClassicalSystem system, double[] x) = Make(name);
        var potential = new ForceFieldPotential(system.ToEngine());
        int width = potential.BlockWidth;
        float[] lanes = [.. Enumerable.Range(0, x.Length * width).Select(k => (float)x[k / width])], f = new float[lanes.Length],
            g = new float[lanes.Length], only = new float[lanes.Length];
        double[] u = new double[width], v = new double[width], ones = [.. Enumerable.Repeat(1.0, width)];
        potential.EvaluateBlock(lanes, f, u);
        potential.VariableBox!.EvaluateInBoxes(lanes, ones, g, v);
        potential.VariableBox.EvaluateInBoxes(lanes, ones, only, [], false);
        Assert.Equal(u, v);
        Assert.Equal(f, g);
        Assert.Equal(f, only);
        double[] a = new double[x.Length], b = new double[x.Length];
        Assert.Equal(potential.EvaluateDouble(x, a), potential.VariableBox.EvaluateInBox(x, 1, b));
        Assert.Equal(a, b);
    }

    /// <summary>Forces in doubles are minus the slope of the energy in a box that is stretched.</summary>
    [Fact]
    public void Forces_are_slopes_of_the_energy()
    {
        (ClassicalSystem system, double[] x) = Make("ion in tip3p");
        IVariableBox box = new ForceFieldPotential(system.ToEngine()).VariableBox!;
        const double stretch = 1.03, h = 1e-5;
        double[] f = new double[x.Length], none = new double[x.Length], at = Scaled(system, x, stretch);
        box.EvaluateInBox(at, stretch, f);
        double scale = f.Max(Math.Abs);
        foreach (int k in new[] { 0, 1, 5, 50, x.Length - 1 })
        {
            double[] plus = [.. at], minus = [.. at];
            (plus[k], minus[k]) = (at[k] + h, at[k] - h);
            double slope = (box.EvaluateInBox(plus, stretch, none) - box.EvaluateInBox(minus, stretch, none)) / (2 * h);
            Assert.Equal(-slope, f[k], 1e-5 * scale);
        }
    }

    /// <summary>-dU/dV by boxes of the walkers' own is what is added to the ideal gas's in <see cref="MolecularPressure"/>, which makes
    /// tables of its own for a larger and a smaller box.</summary>
    [Theory]
    [InlineData("tip3p")]
    [InlineData("ion in tip3p")]
    public void The_slope_of_the_volume_is_the_molecular_pressure(string name)
    {
        (ClassicalSystem system, double[] x) = Make(name);
        var potential = new ForceFieldPotential(system.ToEngine());
        IVariableBox box = potential.VariableBox!;
        double volume = box.Box.Edges.Volume;
        const double h = 1e-3;
        double slope = (Energy(1 + h) - Energy(1 - h)) / (volume * (Math.Pow(1 + h, 3) - Math.Pow(1 - h, 3)));
        double expected = new MolecularPressure(system, s => s.ToEngine()).Of([x], [1], Temperature)[0];
        double ideal = box.Box.Molecules.Count * MolSampling.Potentials.Units.GasConstant * Temperature / volume;
        Assert.Equal(expected, ideal - slope, 1.2); // 20 bar, rounding of the lanes
        Assert.True(Math.Abs(slope) > 5, "power: the slope is not small");

        double Energy(double s) => box.EvaluateInBox(Scaled(system, x, s), s, new double[x.Length]);
    }

    /// <summary>The lanes' energies decide about volumes: what rounding makes of a difference is a small part of kT, and has no
    /// direction.</summary>
    [Fact]
    public void Differences_of_energies_are_right_to_a_few_hundredths_of_kT()
    {
        WaterBox water = s_water.Value;
        var potential = new ForceFieldPotential(water.System.ToEngine());
        IVariableBox box = potential.VariableBox!;
        int width = potential.BlockWidth;
        double[] none = new double[water.Positions.Length], u = new double[width], ones = [.. Enumerable.Repeat(1.0, width)];
        double[] stretches = [.. Enumerable.Range(0, width).Select(w => (double)(float)(1 + 0.004 * (w - width / 2.0) / width))];
        float[] lanes = new float[none.Length * width], f = new float[lanes.Length];
        double[] Lanes(double[] s)
        {
            double[][] own = [.. s.Select(stretch => Scaled(water.System, water.Positions, stretch))];
            for (int k = 0; k < lanes.Length; k++)
                lanes[k] = (float)own[k % width][k / width];
            box.EvaluateInBoxes(lanes, s, f, u);
            return [.. u];
        }
        double[] before = Lanes(ones), after = Lanes(stretches);
        double reference = box.EvaluateInBox(water.Positions, 1, none), kT = MolSampling.Potentials.Units.GasConstant * Temperature;
        double[] errors = [.. stretches.Select((s, w) => (after[w] - before[w] - (box.EvaluateInBox(Scaled(water.System, water.Positions,
            s), s, none) - reference)) / kT)];
        Assert.True(Math.Sqrt(errors.Average(e => e * e)) < 0.03, $"errors of {string.Join(", ", errors.Select(e => e.ToString("f3",
            System.Globalization.CultureInfo.InvariantCulture)))} kT");
        Assert.True(Math.Abs(errors.Average()) < 0.02);
    }

    [Fact]
    public void Only_cubes_under_Ewald_s_sum_change()
    {
        (ClassicalSystem system, _) = Make("tip3p");
        RectangularBox box = system.Reach.Box!.Value;
        ClassicalSystem free = system with { Constraints = [] };
        Assert.Null(new ForceFieldPotential((free with { Reach = system.Reach with { Box = box with { X = 1.1 * box.X } } }).ToEngine())
            .VariableBox);
        Assert.Null(new ForceFieldPotential((free with { Reach = system.Reach with { IsEwald = false } }).ToEngine()).VariableBox);
        Assert.Null(new ForceFieldPotential(new ClassicalSystem { Masses = [12] }.ToEngine()).VariableBox);
        (ClassicalSystem ion, _) = Make("ion in tip3p");
        Assert.Null(new ForceFieldPotential(ion.ToAlchemicalEngine(new CouplingPath())).VariableBox);
        IVariableBox own = new ForceFieldPotential(system.ToEngine()).VariableBox!;
        Assert.Equal(2 * Cutoff / box.X, own.SmallestStretch, 12);
    }

    /// <summary>60 waters, relaxed and molten; with a pair of ions in one molecule; or with a net charge, whose background knows the
    /// volume.</summary>
    private static (ClassicalSystem System, double[] Positions) Make(string name)
    {
        var random = new RandomSource(8);
        if (name is "tip3p" or "opc")
        {
            WaterBox water = PeriodicTests.Relaxed(WaterBox.OfWater(WaterModel.Named(name), 60, Cutoff, random));
            return (water.System, water.Positions);
        }
        double other = name == "background" ? 0.7 : -0.4;
        var solute = new ClassicalSystem
        {
            Masses = [23, 35],
            Bonds = [new(0, 1, 0.25, 2e4)],
            Particles = [new(0.4, 0.3, 0.4), new(other, 0.35, 0.6)],
            Exceptions = [new(0, 1, 0, 0.1, 0)],
        };
        WaterBox box = PeriodicTests.Relaxed(WaterBox.Around(WaterModel.Tip3p, solute, [0, 0, 0, 0.25, 0, 0], 1.3, Cutoff, random));
        return (box.System, box.Positions);
    }

    private static ClassicalSystem In(ClassicalSystem system, double stretch)
    {
        double edge = stretch * system.Reach.Box!.Value.X;
        return system with { Reach = system.Reach with { Box = new(edge, edge, edge) } };
    }

    /// <summary>Molecules as wholes, their centres of mass by the factor.</summary>
    private static double[] Scaled(ClassicalSystem system, double[] x, double stretch)
    {
        int[] first = [.. PeriodicParameters.Molecules(system), system.AtomCount];
        double[] y = [.. x];
        for (int m = 0; m + 1 < first.Length; m++)
        {
            double mass = Enumerable.Range(first[m], first[m + 1] - first[m]).Sum(a => system.Masses[a]);
            for (int d = 0; d < 3; d++)
            {
                double centre = Enumerable.Range(first[m], first[m + 1] - first[m]).Sum(a => system.Masses[a] * x[3 * a + d]) / mass;
                for (int a = first[m]; a < first[m + 1]; a++)
                    y[3 * a + d] += (stretch - 1) * centre;
            }
        }
        return y;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum() / a.Sum(v => v * v));
}
