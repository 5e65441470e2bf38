using System.Collections.Concurrent;
using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Periodic;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Tests.Potentials;

/// <summary>Ewald's sum and boxes of water, against closed forms and OpenMM.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")] // one after the other: each takes all cores
public sealed class PeriodicTests
{
    private const double K = EngineParameters.CoulombConstant;
    private static readonly ConcurrentDictionary<(string, int), Lazy<WaterBox>> s_boxes = new();

    [Fact]
    public void The_split_of_Coulomb_s_law_is_whole()
    {
        var split = new EwaldSplit(0.9, 12);
        Assert.Equal(1, split.Share(0.9));
        Assert.Equal(1, split.Share(0.8999999), 6);
        Assert.Equal(0, split.Share(1e-9), 6);
        foreach (double r in new[] { 0.05, 0.2, 0.5, 0.85 })
        {
            Assert.Equal((split.Share(r + 1e-5) - split.Share(r - 1e-5)) / 2e-5, split.Bell(r), 6);
            double t = 2 * r * r / 0.81 - 1, slope = 1 / (r * r * r), energy = 1 / r;
            for (int i = 0; i <= split.Degree; i++)
                slope += split.SlopeCoefficients[i] * Math.Pow(t, i);
            for (int i = 0; i <= split.Degree + 1; i++)
                energy += split.EnergyCoefficients[i] * Math.Pow(t, i);
            Assert.Equal((1 - split.Share(r)) / r, energy, 3);
            Assert.Equal(0, slope - (1 - split.Share(r) + r * split.Bell(r)) / (r * r * r), 1e-2);
        }
        // T is the transform: 4 pi k^-2 T(k) of Phi(r)/r, by quadrature of the bell, int b(r) cos(kr) dr
        foreach (double k in new[] { 0.1, 3, 9, 14 })
        {
            double sum = 0;
            const int n = 4000;
            for (int i = 0; i < n; i++)
            {
                double r = 0.9 * (i + 0.5) / n;
                sum += 0.9 / n * split.Bell(r) * Math.Cos(k * r);
            }
            Assert.Equal(sum, split.Transform(k), 6);
        }
        Assert.Equal((1 - split.Transform(0.01)) / 1e-4, split.Curvature, 5);
        Assert.Throws<ArgumentException>(() => new EwaldSplit(0.9, 40));
        Assert.Throws<ArgumentException>(() => new EwaldSplit(double.NaN));
    }

    /// <summary>Madelung's constant of rock salt, and the energy of a lattice of like charges in their background (E. P. Wigner; C. A.
    /// Sholl, Proc. Phys. Soc. 92 (1967) 434): every sharpness gives the same.</summary>
    [Theory]
    [InlineData(10, 1e-3)]
    [InlineData(12, 2e-4)]
    [InlineData(14, 3e-5)]
    public void Lattices_have_their_energies(double sharpness, double tolerance)
    {
        const double madelung = 1.7475645946331822, wigner = 2.8372974794806;
        const double gap = 0.28, edge = 4 * gap;
        var positions = new List<double>();
        var particles = new List<NonbondedParticle>();
        for (int n = 0; n < 64; n++)
        {
            positions.AddRange([gap * (n / 16), gap * (n / 4 % 4), gap * (n % 4)]);
            particles.Add(new((n / 16 + n / 4 + n) % 2 == 0 ? 1 : -1, 0.1, 0));
        }
        double salt = Energy(new(particles, edge), [.. positions], sharpness);
        Assert.Equal(-32 * K * madelung / gap, salt, tolerance * 32 * K * madelung / gap);
        double alone = Energy(new([new(0.7, 0.1, 0)], edge), [0.1, 0.4, -0.2], sharpness);
        Assert.Equal(-K * 0.49 * wigner / (2 * edge), alone, tolerance * K);
    }

    [Theory]
    [InlineData("spce")]
    [InlineData("opc")]
    public void Waters_in_their_own_loop_are_waters_atom_by_atom(string model)
    {
        WaterBox box = WaterBox.OfWater(WaterModel.Named(model), 70, 0.6, new RandomSource(3)); // three stages of a row
        SystemParameters fast = box.System.ToEngine();
        int atoms = box.System.AtomCount, all = box.System.Particles.Count;
        int WaterOf(int site) => site < atoms ? site / 3 : site - atoms;
        (int, int)[] pairs = [.. Enumerable.Range(0, all).SelectMany(i => Enumerable.Range(i + 1, all - 1 - i).Select(j => (i, j)))
            .Where(p => WaterOf(p.i) != WaterOf(p.j))];
        TermTable slow = PeriodicPairTable.Create(box.System.Particles, pairs, new EwaldSplit(0.6), box.Edge, 0.5);
        var a = new ForceFieldPotential(fast with { Terms = [.. fast.Terms.Where(t => t.Name == "rigid water")] });
        var b = new ForceFieldPotential(fast with { Terms = [slow] });
        Assert.Single(a.Parameters.Terms);
        double[] one = new double[3 * atoms], other = new double[3 * atoms];
        double energy = a.EvaluateDouble(box.Positions, one);
        Assert.Equal(energy, b.EvaluateDouble(box.Positions, other), 1e-9 * Math.Abs(energy));
        Assert.All(one.Zip(other), p => Assert.Equal(p.First, p.Second, 1e-8 * one.Max(Math.Abs)));
        Assert.Equal(a.EvaluateTermsInLanes([.. box.Positions.Select(v => (float)v)]).Sum(), energy, 2e-5 * Math.Abs(energy));
    }

    /// <summary>The place of the negative charge is as far from the oxygen as published, on the bisector; a system that has it comes back
    /// from OpenMM's XML.</summary>
    [Theory]
    [InlineData("tip4pew", 0.0125)]
    [InlineData("opc", 0.015939833)]
    public void Virtual_sites_are_where_they_belong(string model, double distance)
    {
        WaterBox box = WaterBox.OfWater(WaterModel.Named(model), 30, 0.45, new RandomSource(3));
        double[] x = WithSites(box.System, box.Positions);
        for (int w = 0; w < 30; w++)
        {
            double[] Vector(int to) => [.. Enumerable.Range(0, 3).Select(d => x[3 * to + d] - x[9 * w + d])];
            double[] m = Vector(90 + w), one = Vector(3 * w + 1), other = Vector(3 * w + 2);
            double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
            Assert.Equal(distance, Math.Sqrt(Dot(m, m)), 1e-9);
            Assert.Equal(Dot(m, one), Dot(m, other), 1e-12);
            Assert.True(Dot(m, one) > 0);
        }
        Assert.Equal(0, box.System.Particles.Sum(p => p.Charge), 1e-12);
        ClassicalSystem again = SystemXml.Read(SystemXml.Write(box.System));
        Assert.Equal(box.System.VirtualSites, again.VirtualSites);
        Assert.Equal(box.System.ToEngine().Fingerprint(), again.ToEngine().Fingerprint());
        Assert.NotEqual(box.System.ToEngine().Fingerprint(), (box.System with { VirtualSites = [.. box.System.VirtualSites.Select(s =>
            s with { WeightA = s.WeightA - 0.02, WeightB = s.WeightB + 0.01, WeightC = s.WeightC + 0.01 })] }).ToEngine().Fingerprint());
    }

    [Theory]
    [InlineData("tip3p")]
    [InlineData("opc")]
    public void Forces_alone_are_the_same_forces_and_images_the_same_atoms(string model)
    {
        WaterBox box = Relaxed(WaterModel.Named(model), 40, 0.5, 1);
        var potential = new ForceFieldPotential(box.System.ToEngine());
        int size = 3 * potential.AtomCount, width = potential.BlockWidth;
        float[] x = [.. Enumerable.Range(0, size * width).Select(k => (float)box.Positions[k / width])], f = new float[x.Length],
            g = new float[x.Length];
        double[] u = new double[width], scales = new double[width];
        potential.EvaluateBlock(x, f, u);
        potential.EvaluateForces(x, scales, g, new double[width], new double[width]);
        Assert.Equal(f, g);
        // molecules by whole edges, one lane otherwise than the next
        double[] forces = new double[size], moved = [.. box.Positions.Select((v, k) => v + box.Edge * (k / 9 % 3 - 1))];
        double energy = potential.EvaluateDouble(box.Positions, forces);
        Assert.Equal(energy, potential.EvaluateDouble(moved, forces), 1e-7);
        Assert.All(u, v => Assert.Equal(energy, v, 2e-5 * Math.Abs(energy)));
        float[] wrapped = [.. Enumerable.Range(0, size * width).Select(k => (float)moved[k / width])];
        potential.Box!.Wrap(wrapped, width);
        Assert.All(Enumerable.Range(0, potential.AtomCount / 3), w => Assert.InRange(wrapped[9 * w * width], -box.Edge / 2 - 1e-5,
            box.Edge / 2 + 1e-5));
        potential.EvaluateBlock(wrapped, g, u);
        Assert.All(u, v => Assert.Equal(energy, v, 2e-5 * Math.Abs(energy)));
    }

    [SkippableTheory]
    [InlineData("tip3p", 11.0, 2e-4)]
    [InlineData("tip3p", 14.0, 1e-5)]
    [InlineData("spce", 14.0, 1e-5)]
    [InlineData("tip4pew", 11.0, 2e-4, 3e-5)] // larger charges on smaller arms: forces of sites cancel more
    [InlineData("tip4pew", 15.0, 1e-5)]
    [InlineData("opc", 11.0, 2.5e-4, 3e-5)]
    [InlineData("opc", 15.0, 1e-5)]
    public void Boxes_of_water_agree_with_OpenMM(string model, double sharpness, double forceTolerance, double energyTolerance = 1e-5)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        WaterBox box = Relaxed(WaterModel.Named(model), 216, 0.9, 2);
        AssertParity(box.System, box.Positions, sharpness, forceTolerance, energyTolerance);
    }

    [SkippableTheory]
    [InlineData("tip3p")]
    [InlineData("opc")]
    public void A_solute_in_water_agrees_with_OpenMM(string model)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        // chlorines on two carbons, with a 1-4 exception; neutral, since OpenMM 7.7 knows no background of a net charge
        var solute = new ClassicalSystem
        {
            Masses = [12, 35, 12, 35],
            Bonds = [new(0, 1, 0.18, 1e5), new(0, 2, 0.15, 1e5), new(2, 3, 0.18, 1e5)],
            Particles = [new(0.3, 0.34, 0.4), new(-0.2, 0.35, 1.1), new(0.1, 0.34, 0.4), new(-0.2, 0.35, 1.1)],
            Exceptions = [new(0, 1, 0, 1, 0), new(0, 2, 0, 1, 0), new(2, 3, 0, 1, 0), new(1, 2, 0, 1, 0), new(0, 3, 0, 1, 0),
                new(1, 3, 0.04 / 1.2, 0.35, 0.5)],
        };
        double[] at = [0, 0, 0, 0.1, 0.15, 0, -0.15, 0, 0, -0.25, -0.14, 0.05];
        WaterBox box = Relaxed(WaterBox.Around(WaterModel.Named(model), solute, at, 1.9, 0.9, new RandomSource(1)));
        Assert.InRange(box.Waters, 200, 226);
        AssertParity(box.System, box.Positions, 15, 1e-5);
        ClassicalSystem again = SystemXml.Read(SystemXml.Write(box.System));
        Assert.Equal(box.System.Reach, again.Reach);
        Assert.Equal(box.System.Constraints, again.Constraints);
        Assert.Equal(box.System.ToEngine().Fingerprint(), again.ToEngine().Fingerprint());
    }

    /// <summary>Replicas in OpenMM hold atoms alone; their sites follow, and the energy is that of the engine.</summary>
    [SkippableFact]
    public void OpenMM_moves_water_of_four_sites()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        WaterBox box = Relaxed(WaterModel.Opc, 216, 0.9, 2);
        var potential = new ForceFieldPotential(box.System.ToEngine(15));
        using var dynamics = new OpenMMDynamics(SystemXml.Write(box.System, 1e-6), OpenMMDynamics.LangevinMiddle(0.002, 1), 1,
            new RandomSource(1), "Reference", 1, box.System.VirtualSites);
        Assert.Equal(box.System.Masses, dynamics.Masses);
        double[] x = [.. box.Positions], v = new double[x.Length], forces = new double[x.Length];
        potential.Constraints!.Restore(x);
        dynamics.SetState(0, x, v);
        dynamics.SetTemperature(0, 300);
        dynamics.Refresh();
        for (int run = 0; run < 2; run++)
        {
            dynamics.GetState(0, x, v);
            double energy = potential.EvaluateDouble(x, forces);
            Assert.Equal(energy, dynamics.PotentialEnergy(0), 2e-5 * Math.Abs(energy));
            dynamics.Run(2);
        }
        Assert.NotEqual(box.Positions, x);
    }

    /// <summary>A box twice as long with two images has twice the energy, and the same forces; its tables are other ones.</summary>
    [Fact]
    public void Boxes_need_not_be_cubic()
    {
        WaterBox box = WaterBox.OfWater(WaterModel.SpcE, 30, 0.45, new RandomSource(3));
        // the mean energy beyond the cut-off is left out: OpenMM's convention averages over N (N + 1)/2 pairs
        ClassicalSystem one = box.System with { Constraints = [], Reach = box.System.Reach with { HasDispersionCorrection = false } };
        ClassicalSystem two = one with
        {
            Masses = [.. one.Masses, .. one.Masses],
            Particles = [.. one.Particles, .. one.Particles],
            Exceptions = [.. one.Exceptions, .. one.Exceptions.Select(e => e with { I = e.I + 90, J = e.J + 90 })],
            Reach = one.Reach with { Box = new(box.Edge, 2 * box.Edge, box.Edge) },
        };
        double[] x = [.. box.Positions, .. box.Positions.Select((v, k) => k % 3 == 1 ? v + box.Edge : v)], f = new double[540],
            g = new double[270];
        double energy = new ForceFieldPotential(one.ToEngine(14)).EvaluateDouble(box.Positions, g);
        Assert.Equal(2 * energy, new ForceFieldPotential(two.ToEngine(14)).EvaluateDouble(x, f), 1e-5 * Math.Abs(energy));
        double scale = g.Max(Math.Abs);
        Assert.All(Enumerable.Range(0, 540), k => Assert.Equal(g[k % 270], f[k], 1e-5 * scale));
        // power: another length has another energy
        ClassicalSystem longer = two with { Reach = one.Reach with { Box = new(box.Edge, 2.02 * box.Edge, box.Edge) } };
        Assert.True(Math.Abs(new ForceFieldPotential(longer.ToEngine(14)).EvaluateDouble(x, f) - 2 * energy) > 1e-3 * Math.Abs(energy));
    }

    [Fact]
    public void What_the_engine_cannot_hold_is_told()
    {
        WaterBox box = WaterBox.OfWater(WaterModel.Tip3p, 30, 0.45, new RandomSource(1));
        string Problem(ClassicalSystem system, Func<ClassicalSystem, object>? make = null) => Assert.Throws<ArgumentException>(() =>
            (make ?? (s => s.ToEngine()))(system)).Message;
        Assert.Contains("half", Problem(box.System with { Reach = box.System.Reach with { Box = new(2, 2, 0.89) } }),
            StringComparison.Ordinal);
        Assert.Contains("half", Problem(box.System with { Reach = box.System.Reach with { Cutoff = 0.6 } }), StringComparison.Ordinal);
        WaterBox large = WaterBox.OfWater(WaterModel.Tip3p, 800, 0.45, new RandomSource(1));
        Assert.Contains("not cubic", Problem(large.System with { Reach = large.System.Reach with { Box = new(large.Edge, large.Edge,
            1.1 * large.Edge) } }), StringComparison.Ordinal);
        Assert.Contains("periodic box", Problem(box.System with { Reach = box.System.Reach with { Box = null } }),
            StringComparison.Ordinal);
        Assert.Contains("rigid three-site waters", Problem(box.System with { Constraints = [.. box.System.Constraints, new(0, 3, 0.3)] }),
            StringComparison.Ordinal);
        WaterBox four = WaterBox.OfWater(WaterModel.Opc, 30, 0.45, new RandomSource(1));
        Assert.Contains("in the waters' order", Problem(four.System with { VirtualSites = [.. four.System.VirtualSites.Reverse()] }),
            StringComparison.Ordinal);
        Assert.Contains("virtual sites", Problem(four.System with { Reach = four.System.Reach with { IsEwald = false } }),
            StringComparison.Ordinal);
        Assert.Contains("interact with one another", Problem(four.System with { Exceptions = [.. four.System.Exceptions.SkipLast(1)] }),
            StringComparison.Ordinal);
        Assert.Contains("sum is 1", Problem(four.System with { VirtualSites = [.. four.System.VirtualSites.Select(s => s with { WeightA =
            0.5 })] }, s => new ForceFieldPotential(s.ToEngine())), StringComparison.Ordinal);
        Assert.Contains("rigid three-site waters", Problem(box.System with { Masses = [.. box.System.Masses.Select((m, i) => i == 3 ? 18
            : m)] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Water_fills_its_box_and_keeps_off_the_solute()
    {
        WaterBox box = WaterBox.OfWater(WaterModel.Tip3p, 216, 0.9, new RandomSource(1));
        Assert.Equal(216, box.Waters);
        Assert.Equal(0.985, 216 * WaterModel.Mass / 602.214076 / Math.Pow(box.Edge, 3), 6);
        Assert.True(box.System.ToEngine().Constraints!.LargestError(box.Positions) < 1e-12);
        Assert.Equal(box.Positions, WaterBox.OfWater(WaterModel.Tip3p, 216, 0.9, new RandomSource(1)).Positions);
        var ball = new ClassicalSystem { Masses = [40], Particles = [new(0, 0.34, 1)] };
        WaterBox around = WaterBox.Around(WaterModel.Tip3p, ball, [5, 5, 5], 1.9, 0.9, new RandomSource(1));
        for (int w = 0; w < around.Waters; w++)
            Assert.True(Math.Sqrt(Enumerable.Range(3 + 9 * w, 3).Sum(k => around.Positions[k] * around.Positions[k])) > 0.24);
        Assert.Contains("too small", Assert.Throws<ArgumentException>(() => WaterBox.Around(WaterModel.Tip3p, ball with { Masses = [1, 1],
            Particles = [new(0, 1, 0), new(0, 1, 0)] }, [0, 0, 0, 2, 0, 0], 1.9, 0.9, new RandomSource(1))).Message,
            StringComparison.Ordinal);
        Assert.Contains("half the box", Assert.Throws<ArgumentException>(() => WaterBox.OfWater(WaterModel.Tip3p, 30, 0.9,
            new RandomSource(1))).Message, StringComparison.Ordinal);
        Assert.Contains("implicit", Assert.Throws<ArgumentException>(() => WaterBox.Around(WaterModel.Tip3p, ball with
        {
            ImplicitSolvent = new(BornModel.Obc2, [0.15], [0.8], 1, 78.5, 2),
        }, [0, 0, 0], 1.9, 0.9, new RandomSource(1))).Message, StringComparison.Ordinal);
    }

    /// <summary>Energies and forces (of their root mean square) as asked, the tail of Lennard-Jones included.</summary>
    private static void AssertParity(ClassicalSystem system, double[] positions, double sharpness, double forceTolerance,
        double energyTolerance = 1e-5)
    {
        double[] x = [.. positions.Select(v => (double)(float)v)], own = new double[x.Length], theirs = new double[x.Length];
        var potential = new ForceFieldPotential(system.ToEngine(sharpness));
        double energy = potential.EvaluateDouble(x, own);
        string xml = SystemXml.Write(system with { Constraints = [] }, 1e-6).Replace("method=\"4\"", "method=\"3\"",
            StringComparison.Ordinal);
        // Ewald's own sum on the Reference platform, which shares out the forces on virtual sites itself
        using var openMM = OpenMMSystem.FromXml(xml);
        using var context = new OpenMMContext(openMM,
            "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>", "Reference");
        double[] all = WithSites(system, x), pulls = new double[all.Length], energies = new double[1];
        context.EnergiesAndForces(all, energies, pulls);
        pulls.AsSpan(0, theirs.Length).CopyTo(theirs);
        double reference = energies[0];
        Assert.Equal(reference, energy, energyTolerance * Math.Abs(reference));
        double error = Math.Sqrt(own.Zip(theirs, (a, b) => (a - b) * (a - b)).Sum() / theirs.Sum(f => f * f));
        Assert.True(error < forceTolerance, $"forces differ by {error:e2}");
        double[] lanes = new double[1];
        float[] single = new float[x.Length];
        potential.Evaluate([.. x.Select(v => (float)v)], lanes, single);
        Assert.Equal(energy, lanes[0], 1e-5 * Math.Abs(energy));
        double rounding = Math.Sqrt(own.Zip(single, (a, b) => (a - b) * (a - b)).Sum() / own.Sum(f => f * f));
        Assert.True(rounding < 5e-6, $"lanes differ by {rounding:e2}");
    }

    /// <summary>[N + V, 3]: sites at their weighted means.</summary>
    private static double[] WithSites(ClassicalSystem system, double[] x) => [.. x, .. system.VirtualSites.SelectMany(s => Enumerable
        .Range(0, 3).Select(d => s.WeightA * x[3 * s.A + d] + s.WeightB * x[3 * s.B + d] + s.WeightC * x[3 * s.C + d]))];

    private static double Energy(LatticeOfIons lattice, double[] positions, double sharpness)
    {
        var system = new ClassicalSystem
        {
            Masses = [.. lattice.Particles.Select(_ => 1.0)],
            Particles = lattice.Particles,
            Reach = new(0.5 * lattice.Edge, null, 78.3, new RectangularBox(lattice.Edge, lattice.Edge, lattice.Edge)) { IsEwald = true },
        };
        return new ForceFieldPotential(system.ToEngine(sharpness)).EvaluateDouble(positions, new double[positions.Length]);
    }


    /// <summary>Made once; nobody moves its atoms.</summary>
    private static WaterBox Relaxed(WaterModel model, int waters, double cutoff, ulong seed) => s_boxes.GetOrAdd((model.Name, waters), _ =>
        new(() => Relaxed(WaterBox.OfWater(model, waters, cutoff, new RandomSource(seed))))).Value;

    /// <summary>Off the lattice, whose order is nothing that Ewald's parameters are chosen for: relaxed, and molten for a
    /// picosecond.</summary>
    internal static WaterBox Relaxed(WaterBox box)
    {
        var potential = new ForceFieldPotential(box.System.ToEngine());
        using var block = new WalkerBlock(potential, 0);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, [.. box.Positions.Select(x => (float)x)]);
        FireMinimiser.Minimise(potential, block, 10, 60);
        Array.Fill(block.Beta, new ThermodynamicState(400).Beta);
        block.Velocities.Span.Clear();
        var melting = new LangevinDynamics(box.System.Masses, 0.002, 20, 500);
        using var work = (IDisposable)melting.CreateWorkspace(potential);
        block.Evaluate(potential);
        melting.Step(block, potential, 0, new RandomSource(1), (KernelWorkspace)work);
        potential.Box!.Wrap(block.Positions.Span, block.Width);
        float[] end = new float[box.Positions.Length];
        block.CopyPositions(0, end);
        for (int k = 0; k < end.Length; k++)
            box.Positions[k] = end[k];
        return box;
    }

    private sealed record LatticeOfIons(IReadOnlyList<NonbondedParticle> Particles, double Edge);
}
