using System.Globalization;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Tests.Potentials;

/// <summary>U_0 + lambda U_1 against systems whose parameters were scaled, and lanes with a lambda each against doubles.</summary>
public sealed class ScaledPotentialTests(ITestOutputHelper output)
{
    private static readonly Structure s_peptide = PeptideBuilder.Build("ACE-ALA-NME");

    private static ClassicalSystem Alanine(params string[] solvent) =>
        ForceField.Load(["ff14SB", .. solvent]).Parameterize(s_peptide.Topology);

    private static double[] Distorted(int walker) => [.. s_peptide.Positions.Select((x, k) => x + 0.006 * Math.Sin(1.7 * k + walker))];

    [Theory]
    [InlineData("torsion", null)]
    [InlineData("LennardJones", null)]
    [InlineData("Coulomb", null)]
    [InlineData("torsion,LennardJones,Coulomb", null)]
    [InlineData("LennardJones", "obc2")]
    [InlineData("Coulomb,generalizedBorn,surface", "obc2")]
    [InlineData("LennardJones,Coulomb,generalizedBorn,surface", "obc1")]
    public void A_scale_equals_scaled_parameters(string terms, string? solvent)
    {
        const double scale = 0.37;
        ClassicalSystem system = solvent is null ? Alanine() : Alanine(solvent), scaled = system;
        if (terms.Contains("torsion", StringComparison.Ordinal))
            scaled = scaled with { Torsions = [.. scaled.Torsions.Select(t => t with { ForceConstant = scale * t.ForceConstant })] };
        if (terms.Contains("LennardJones", StringComparison.Ordinal))
        {
            scaled = scaled with
            {
                Particles = [.. scaled.Particles.Select(p => p with { Epsilon = scale * p.Epsilon })],
                Exceptions = [.. scaled.Exceptions.Select(e => e with { Epsilon = scale * e.Epsilon })],
            };
        }
        if (terms.Contains("Coulomb", StringComparison.Ordinal)) // the generalized Born energy is a product of charges, too
        {
            scaled = scaled with
            {
                Particles = [.. scaled.Particles.Select(p => p with { Charge = Math.Sqrt(scale) * p.Charge })],
                Exceptions = [.. scaled.Exceptions.Select(e => e with { ChargeProduct = scale * e.ChargeProduct })],
            };
        }
        if (terms.Contains("surface", StringComparison.Ordinal))
            scaled = scaled with { ImplicitSolvent = scaled.ImplicitSolvent! with { SurfaceTension =
                scale * scaled.ImplicitSolvent!.SurfaceTension } };
        Agree(system, terms, scale, new ForceFieldPotential(scaled.ToEngine()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_table_with_a_cut_off_is_parted_in_its_own_space(bool periodic)
    {
        var system = new ClassicalSystem
        {
            Masses = [.. Enumerable.Repeat(40.0, 64)],
            Particles = [.. Enumerable.Range(0, 64).Select(i => new NonbondedParticle(i % 2 == 0 ? 0.3 : -0.3, 0.3 + 0.01 * (i % 3), 0.6))],
            Exceptions = [new(0, 1, 0, 0.3, 0), new(2, 3, -0.05, 0.31, 0.3)],
            Reach = new(0.75, 0.6, 78.3, periodic ? new RectangularBox(1.6, 1.7, 1.8) : null),
        };
        double[] x = [.. Enumerable.Range(0, 64).SelectMany(i => new[] { 0.4 * (i % 4), 0.4 * (i / 4 % 4), 0.4 * (i / 16) }).Select((v,
            k) => v + 0.03 * Math.Sin(3.3 * k))];
        const double scale = 0.37;
        ClassicalSystem scaled = system with
        {
            Particles = [.. system.Particles.Select(p => p with { Charge = Math.Sqrt(scale) * p.Charge })],
            Exceptions = [.. system.Exceptions.Select(e => e with { ChargeProduct = scale * e.ChargeProduct })],
        };
        double[] f = new double[x.Length], right = new double[x.Length];
        Assert.Equal(new ForceFieldPotential(scaled.ToEngine()).EvaluateDouble(x, right), new ScaledPotential(system.ToEngine(),
            ["Coulomb"]).EvaluateDouble(x, scale, f, out double part), 1e-8);
        for (int k = 0; k < x.Length; k++)
            Assert.Equal(right[k], f[k], 1e-10 * right.Max(Math.Abs));
        Assert.True(Math.Abs(part) > 1); // power
    }

    [Theory]
    [InlineData("Coulomb", "obc2")]
    [InlineData("generalizedBorn,surface", "obc2")]
    [InlineData("LennardJones,generalizedBorn,surface", "obc1")]
    [InlineData("torsion,LennardJones,Coulomb", "obc2")]
    public void Terms_that_share_a_table_are_parted_exactly(string terms, string solvent)
    {
        // no parameters say it, but U_lambda = lambda U + (1 - lambda) U_0, and a scale of 0 leaves U_0: forces of that against differences
        // of its energy
        ClassicalSystem system = Alanine(solvent);
        var whole = new ForceFieldPotential(system.ToEngine());
        var potential = new ScaledPotential(system.ToEngine(), terms.Split(','));
        double[] x = Distorted(0), f = new double[x.Length], all = new double[x.Length], ahead = new double[x.Length],
            named = new double[whole.EnergyNames.Count];
        whole.EvaluateTerms(x, all, named);
        double chosen = named.Where((_, t) => terms.Split(',').Contains(whole.EnergyNames[t])).Sum();
        Assert.Equal(named.Sum() - chosen, potential.EvaluateDouble(x, 0, f, out double part), 1e-9 * named.Sum(Math.Abs));
        Assert.Equal(chosen, part, 1e-9 * named.Sum(Math.Abs));
        double[] f0 = [.. f];
        for (int k = 0; k < x.Length; k++)
        {
            const double step = 1e-5;
            double Energy(double shift)
            {
                x[k] += shift;
                double u = potential.EvaluateDouble(x, 0, ahead, out _);
                x[k] -= shift;
                return u;
            }
            Assert.Equal((Energy(-step) - Energy(step)) / (2 * step), f0[k], 1e-6 * f0.Max(Math.Abs) + 1e-3);
        }
        potential.EvaluateDouble(x, 1, f, out _);
        for (int k = 0; k < x.Length; k++)
            Assert.Equal(all[k], f[k], 1e-9 * all.Max(Math.Abs));
    }

    [Theory]
    [InlineData(LaneKind.Float128)]
    [InlineData(LaneKind.Float256)]
    [InlineData(LaneKind.Float512)]
    public void Every_lane_has_its_own_scale(LaneKind lanes)
    {
        foreach (string terms in new[] { "torsion", "Coulomb", "LennardJones,Coulomb,generalizedBorn,surface" })
        {
            var potential = new ScaledPotential(Alanine("obc2").ToEngine(), terms.Split(','), lanes);
            int width = potential.BlockWidth, size = 3 * potential.AtomCount;
            float[] x = new float[size * width], f = new float[size * width];
            double[] scales = [.. Enumerable.Range(0, width).Select(w => 1 - 0.06 * w)], energies = new double[width],
                parts = new double[width];
            for (int lane = 0; lane < width; lane++)
                for (int k = 0; k < size; k++)
                    x[k * width + lane] = (float)Distorted(lane)[k];
            potential.EvaluateScaledBlock(x, scales, f, energies, parts);
            for (int lane = 0; lane < width; lane++)
            {
                double[] exact = [.. Enumerable.Range(0, size).Select(k => (double)x[k * width + lane])], forces = new double[size];
                double energy = potential.EvaluateDouble(exact, scales[lane], forces, out double part);
                Assert.Equal(energy, energies[lane], 5e-3); // of 1500 kJ/mol in terms
                Assert.Equal(part, parts[lane], 5e-3);
                double largest = forces.Max(Math.Abs);
                for (int k = 0; k < size; k++)
                    Assert.Equal(forces[k], f[k * width + lane], 2e-5 * largest);
            }
            // power: the neighbour's scale would not pass
            Assert.True(Math.Abs(potential.EvaluateDouble([.. Enumerable.Range(0, size).Select(k => (double)x[k * width])], scales[1],
                new double[size], out _) - energies[0]) > 0.1);
        }
    }

    [Fact]
    public void Terms_that_are_not_there_or_go_together_are_named()
    {
        SystemParameters parameters = Alanine("obc2").ToEngine();
        Assert.Contains("it has bond, angle, torsion, LennardJones, Coulomb, generalizedBorn, surface",
            Assert.Throws<ArgumentException>(() => new ScaledPotential(parameters, ["torsions"])).Message, StringComparison.Ordinal);
        foreach (string half in new[] { "generalizedBorn", "surface" })
            Assert.Contains("name both or neither", Assert.Throws<ArgumentException>(() => new ScaledPotential(parameters,
                [half, "Coulomb"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ScaledPotential(parameters, []));
    }

    [SkippableTheory]
    [InlineData("torsion", null, 1.25)]
    [InlineData("torsion,Coulomb", null, 1.6)]
    [InlineData("torsion,LennardJones,Coulomb,generalizedBorn,surface", "obc2", 1.15)]
    [InlineData("torsion,Coulomb", "obc2", 1.3)]
    public void The_cost_is_near_that_of_one_evaluation(string terms, string? solvent, double most)
    {
        SlowTests.Require();
        SystemParameters parameters = (solvent is null ? Alanine() : Alanine(solvent)).ToEngine();
        Potential[] potentials = [new ForceFieldPotential(parameters), new ScaledPotential(parameters, terms.Split(','))];
        int width = potentials[0].BlockWidth, size = 3 * potentials[0].AtomCount;
        float[] x = [.. Enumerable.Range(0, size * width).Select(n => (float)s_peptide.Positions[n / width])], f = new float[size * width];
        double[] scales = [.. Enumerable.Repeat(0.8, width)], u = new double[width], part = new double[width],
            best = [double.MaxValue, double.MaxValue];
        for (int n = 0; n < 4000; n++)
        {
            if (n is 1000 or 2000)
                Thread.Sleep(300); // the compiler's second tier waits for a pause
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < 20; call++)
                potentials[n % 2].EvaluateScaledBlock(x, scales, f, u, part);
            best[n % 2] = Math.Min(best[n % 2], Stopwatch.GetElapsedTime(start).TotalMicroseconds / 20);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{solvent ?? "no solvent"}, {terms}: {best[0]:f2} us a block of {width}, scaled {best[1]:f2} us, ratio {best[1] / best[0]:f3}"));
        Assert.InRange(best[1] / best[0], 0.8, most);
    }

    private static void Agree(ClassicalSystem system, string terms, double scale, ForceFieldPotential expected)
    {
        var potential = new ScaledPotential(system.ToEngine(), terms.Split(','));
        for (int walker = 0; walker < 3; walker++)
        {
            double[] x = Distorted(walker), f = new double[x.Length], right = new double[x.Length], unscaled = new double[x.Length];
            double energy = potential.EvaluateDouble(x, scale, f, out _), expectedEnergy = expected.EvaluateDouble(x, right),
                size = right.Max(Math.Abs);
            Assert.Equal(expectedEnergy, energy, 1e-8);
            for (int k = 0; k < x.Length; k++)
                Assert.Equal(right[k], f[k], 1e-10 * size);
            Assert.True(Math.Abs(potential.EvaluateDouble(x, 1, unscaled, out _) - energy) > 0.1); // power
        }
    }
}
