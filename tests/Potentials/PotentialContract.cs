using MolSampling.Flows.Targets;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.External;
using MolSampling.Potentials.Neural;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Points;
using MolSampling.Potentials.Rigid;
using MolSampling.Potentials.Terms;
using MolSampling.Potentials.Xtb;
using MolSampling.Sampling.Kernels;
using MolSampling.Tests.Potentials.Neural;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Potentials;

/// <summary>One table of potentials; every one, wherever its numbers come from, joins by a line and is held to the same contract.</summary>
public sealed class PotentialContract : IDisposable
{
    private readonly List<IDisposable> _made = [];

    // a bent chain of four atoms, nm, in numbers that single precision holds
    private static readonly double[] s_chain = [.. new double[] { 0.01, 0.02, -0.01, 0.14, -0.03, 0.02, 0.19, 0.11, 0.05, 0.33, 0.12,
        -0.06 }.Select(x => (double)(float)x)];

    private static readonly double[] s_masses = [12, 14, 16, 12];
    private static readonly int[] s_numbers = [6, 7, 8, 6];

    private static readonly Dictionary<string, Func<Potential>> s_potentials = new()
    {
        ["force field"] = () => ForceField(),
        ["force field, 4 lanes"] = () => ForceField(LaneKind.Float128),
        ["scaled force field"] = () => new ScaledPotential(new(s_masses, [Bonds(), Pairs()]), ["bond"]),
        ["force field with a torch function scaled"] = () => new ScaledPotential(ForceField(), Springs(ForceField().BlockWidth)),
        ["force field on a support"] = () => ForceField().On(new Everything()),
        ["periodic box"] = () => new ForceFieldPotential(Ions().ToEngine()),
        ["rigid molecules"] = () => RigidMolecules(),
        ["torch function"] = () => Springs(64),
        ["torch function in single precision"] = () => Springs(16, ScalarType.Float32),
        ["sum"] = () => new SumPotential((1, ForceField()), (-0.5, Springs(64))),
        ["sum of one width"] = () => new SumPotential((2, ForceField()), (0.25, ForceField())),
        ["seeking what a surrogate leaves out"] = () => new SeekingPotential(Springs(64), ForceField(), 0.4, -50),
        ["OpenMM System"] = () => new OpenMMPotential(SystemXml.Write(Chain())),
        ["program"] = () => Program(),
        ["xtb"] = () => new XtbPotential(new(XtbMethod.Gfn2, [9, 8, 8, 9]), s_masses), // FOOF
        ["ANI with made-up weights"] = () => new AniPotential(SyntheticAni.Weights, s_numbers, s_masses),
        ["networks over a force field"] = () => new CommitteeSum(ForceField(), new AniPotential(SyntheticAni.Weights, s_numbers, s_masses)),
        ["ANI-1ccx as published"] = () => new AniPotential(
            AniWeights.Load(Path.GetDirectoryName(SharedData.Require("ani2x/ani-1ccx_8x/sae_linfit.dat"))!), s_numbers, s_masses),
        ["points in a trap"] = () => new SoftLennardJones("points", 4, new(1, 0.13), spring: 50),
        ["points around a particle in a box"] = () => new SoftLennardJones("points", 4, new(1, 0.13), new(1.4, 0.02), edge: 0.9),
        ["target in the plane"] = () => new TargetPotential(new DoubleWell4()),
        ["target of 32 dimensions"] = () => new TargetPotential(TargetCatalogue.Create("manywell-32"), 8),
        ["target of a potential"] = () => new TargetPotential(new PotentialTarget("chain", ForceField(), ForceField().Fingerprint, 300,
            s_chain)),
    };

    public static TheoryData<string> Names() => [.. s_potentials.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Forces_are_minus_the_gradient(string name)
    {
        Potential potential = Make(name);
        double[] x = Place(potential), forces = new double[x.Length], scratch = new double[x.Length];
        double energy = potential.EvaluateDouble(x, forces), scale = Math.Max(1, forces.Max(Math.Abs));
        Assert.True(double.IsFinite(energy));
        // a function of single precision has digits for wide steps only
        (double h, double tolerance) = name is "torch function in single precision" or "target of a potential" ? (2e-3, 1e-2)
            : name == "xtb" ? (1e-4, 1e-4) // electrons converge to some 1e-6 kJ/mol
            : (1e-6, 1e-5);
        for (int k = 0; k < x.Length; k++)
        {
            double Moved(double by)
            {
                double[] y = [.. x];
                y[k] += by;
                return potential.EvaluateDouble(y, scratch);
            }

            double slope = (Moved(h) - Moved(-h)) / (2 * h);
            Assert.True(Math.Abs(forces[k] + slope) < tolerance * scale, $"coordinate {k}: {forces[k]} against {-slope}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Blocks_agree_with_single_configurations(string name)
    {
        Potential potential = Make(name);
        const int batch = 37; // a last block that is not full
        int size = potential.Dimension;
        (double[] energies, float[] forces, float[] x) = Batch(potential, batch, 1);
        double[] exact = new double[size];
        for (int b = 0; b < batch; b++)
        {
            double energy = potential.EvaluateDouble([.. x.AsSpan(b * size, size).ToArray().Select(v => (double)v)], exact);
            double scale = Math.Max(1, exact.Max(Math.Abs));
            Assert.True(Math.Abs(energies[b] - energy) < 1e-5 * Math.Max(1, Math.Abs(energy)) + 1e-6 * scale,
                $"{b}: {energies[b]} against {energy}");
            for (int k = 0; k < size; k++)
                Assert.True(Math.Abs(forces[b * size + k] - exact[k]) < 2e-5 * scale,
                    $"{b}, {k}: {forces[b * size + k]} against {exact[k]}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void The_same_bytes_come_twice_and_from_any_number_of_threads(string name)
    {
        Potential potential = Make(name);
        (double[] energies, float[] forces, _) = Batch(potential, 150, 1);
        foreach (int threads in new[] { 1, 4 })
        {
            (double[] again, float[] forcesAgain, _) = Batch(potential, 150, threads);
            Assert.Equal(energies, again);
            Assert.Equal(forces, forcesAgain);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_walker_without_numbers_spoils_no_other(string name)
    {
        Potential potential = Make(name);
        int size = potential.Dimension, width = potential.BlockWidth;
        (double[] energies, float[] forces, float[] x) = Batch(potential, width, 1);
        x[size] = float.NaN; // walker 1
        double[] u = new double[width];
        float[] f = new float[x.Length];
        potential.Evaluate(x, u, f, 1);
        Assert.True(double.IsNaN(u[1]));
        for (int b = 0; b < width; b++)
            if (b != 1)
            {
                Assert.Equal(energies[b], u[b]);
                Assert.Equal(forces.AsSpan(b * size, size), f.AsSpan(b * size, size));
            }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void It_is_invariant_where_it_says_so(string name)
    {
        Potential potential = Make(name);
        double[] x = Place(potential), moved = [.. x.Select((v, k) => v + 0.25 * (1 + k % 3))], forces = new double[x.Length];
        double energy = potential.EvaluateDouble(x, forces), change = Math.Abs(potential.EvaluateDouble(moved, forces) - energy);
        Assert.True(!potential.IsTranslationInvariant || change < 1e-4 * Math.Max(1, Math.Abs(energy)), $"{change}");
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void It_can_be_cancelled_and_says_who_it_is(string name)
    {
        Potential potential = Make(name);
        Assert.NotEmpty(potential.Name);
        Assert.Equal(64, potential.Fingerprint.Length);
        Assert.Equal(Make(name).Fingerprint, potential.Fingerprint);
        Assert.Equal(potential.AtomCount, potential.Masses.Count);
        Assert.Equal(0, potential.BlockWidth % 4);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        float[] x = new float[potential.Dimension];
        Assert.ThrowsAny<OperationCanceledException>(() => potential.Evaluate(x, new double[1], new float[x.Length], 0, cancelled.Token));
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Kernels_move_its_walkers(string name)
    {
        Potential potential = Make(name);
        int size = potential.Dimension;
        var kernel = new HamiltonianMonteCarlo(potential.Masses, [1e-4], 3);
        using var block = new WalkerBlock(potential, 0);
        Array.Fill(block.Beta, 0.4);
        float[] start = [.. Place(potential).Select(v => (float)v)], end = new float[size];
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, start);
        block.Evaluate(potential);
        double before = block.Energies[0];
        KernelWorkspace work = kernel.CreateWorkspace(potential);
        for (int step = 0; step < 5; step++)
            kernel.Step(block, potential, step, new RandomSource(7), work);
        (work as IDisposable)?.Dispose();
        // steps so short that energy is kept
        Assert.True(work.Accepted[0] > 4 * block.Width, $"{work.Accepted[0]} of {5 * block.Width} accepted");
        Assert.Equal(block.Width, block.Energies.Distinct().Count());
        Assert.All(block.Energies, u => Assert.True(double.IsFinite(u) && u != before));
        block.CopyPositions(0, end);
        Assert.All(end.Zip(start), p => Assert.NotEqual(p.First, p.Second));
    }

    [Fact]
    public void No_two_energies_have_one_fingerprint()
    {
        Potential[] all = [.. s_potentials.Keys.Where(n => n != "xtb" && !n.Contains("OpenMM", StringComparison.Ordinal)
            && !n.Contains("published", StringComparison.Ordinal)).Select(Make)];
        // lanes and supports do not change the energy, nor does how a torch function is called
        string[] alike = ["force field", "force field, 4 lanes", "force field on a support"];
        Assert.Single(alike.Select(n => Make(n).Fingerprint).Distinct());
        // two of the force field, one of the torch function
        Assert.Equal(all.Length - 3, all.Select(p => p.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void A_gradient_of_the_wrong_sign_is_seen()
    {
        var wrong = new TorchPotential("wrong", "wrong", s_masses, new TorchForces(x =>
        {
            (Tensor u, Tensor f) = TorchForces.ByAutograd(SpringEnergy).Evaluate(x);
            return (u, -f);
        }));
        double[] forces = new double[12], scratch = new double[12];
        wrong.EvaluateDouble(s_chain, forces);
        double[] up = [.. s_chain], down = [.. s_chain];
        (up[0], down[0]) = (up[0] + 1e-6, down[0] - 1e-6);
        double slope = (wrong.EvaluateDouble(up, scratch) - wrong.EvaluateDouble(down, scratch)) / 2e-6;
        Assert.True(Math.Abs(forces[0] + slope) > 0.1 * Math.Abs(slope));
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        var other = new ForceFieldPotential(new([12.0], [new OneBodyTable<HarmonicWell>([0], [900, 0.02, 0, 0])]));
        Assert.Throws<ArgumentException>(() => new SumPotential((1, ForceField()), (1, other)));
        Assert.Throws<ArgumentException>(() => new SumPotential());
        Assert.Throws<ArgumentException>(() => new ScaledPotential(ForceField(), Springs(ForceField().BlockWidth + 4)));
        Assert.Throws<ArgumentException>(() => new TorchPotential("odd", "odd", s_masses, TorchForces.ByAutograd(SpringEnergy),
            blockWidth: 6));
        var flat = new TorchPotential("flat", "flat", s_masses, TorchForces.ByAutograd(x => x.square().sum()));
        Assert.Contains("[1]", Assert.Throws<InvalidOperationException>(() => flat.EvaluateDouble(s_chain, new double[12])).Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_System_with_constraints_is_refused()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        string xml = SystemXml.Write(Chain()).Replace("<Constraints />",
            "<Constraints><Constraint p1=\"0\" p2=\"1\" d=\"0.15\"/></Constraints>", StringComparison.Ordinal);
        Assert.Contains("1 constraints", Assert.Throws<ArgumentException>(() => new OpenMMPotential(xml)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat", "greeting")]
    [InlineData("false", "it ended")]
    [InlineData("no-such-program-anywhere", "cannot be started")]
    public void A_program_that_speaks_otherwise_is_told(string program, string reason)
    {
        var start = new ProgramStart(program, [], ["C"], [12], TimeSpan.FromSeconds(20));
        Assert.Contains(reason, Assert.Throws<ProgramPotentialException>(() => new ProgramPotential(start, "test")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_program_is_not_waited_for()
    {
        var start = new ProgramStart("sleep", ["60"], ["C"], [12], TimeSpan.FromSeconds(0.5));
        Assert.Contains("no answer within 0.5 s", Assert.Throws<ProgramPotentialException>(() =>
            new ProgramPotential(start, "test")).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (IDisposable made in _made)
            made.Dispose();
    }

    private Potential Make(string name)
    {
        Skip.If(name.Contains("OpenMM", StringComparison.Ordinal) && !OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        Skip.If(name == "xtb" && !XtbLibrary.IsAvailable, XtbLibrary.Problem);
        TorchRuntime.EnsureLoaded();
        Potential potential = s_potentials[name]();
        if (potential is IDisposable disposable)
            _made.Add(disposable);
        return potential;
    }

    private static double[] Place(Potential potential) => potential is TargetPotential && potential.Dimension != 12
        ? [.. Enumerable.Range(0, potential.Dimension).Select(k => (double)(float)(1.5 * Math.Sin(7.3 * k + 0.4)))] : s_chain;

    /// <summary>Configurations around the place, one walker's as another's never.</summary>
    private static (double[] Energies, float[] Forces, float[] Positions) Batch(Potential potential, int batch, int threads)
    {
        double[] place = Place(potential);
        float[] x = [.. Enumerable.Range(0, batch * place.Length).Select(k =>
            (float)(place[k % place.Length] + 0.01 * Math.Sin(12.9898 * k)))], f = new float[x.Length];
        double[] u = new double[batch];
        potential.Evaluate(x, u, f, threads);
        return (u, f, x);
    }

    private static TwoBodyTable<HarmonicBond> Bonds() => new([0, 1, 1, 2, 2, 3], [25_000, 0.152, 31_000, 0.147, 28_000, 0.16]);

    private static PairTable<LennardJones, Coulomb> Pairs() => PairTable<LennardJones,
        Coulomb>.Create([(3, 0, [0.3, 1.2, 25]), (0, 2, [0.25, 0.8, -30]), (1, 3, [0.2, 1.6, 10])]);

    private static ForceFieldPotential ForceField(LaneKind lanes = LaneKind.Auto) => new(new(s_masses, [Bonds(), Pairs()]), lanes);

    /// <summary>Two bonded, so excluded.</summary>
    private static ClassicalSystem Ions() => new()
    {
        Masses = s_masses,
        Bonds = [new(0, 1, 0.152, 25_000)],
        Particles = [new(0.5, 0.12, 0.5), new(-0.3, 0.14, 0.3), new(0.2, 0.12, 0.5), new(-0.5, 0.13, 0.8)],
        Exceptions = [new(0, 1, 0, 1, 0), new(0, 2, 0.05, 0.12, 0.2)],
        Reach = new(0.55, 0.45, 78.3, new RectangularBox(1.2, 1.2, 1.2)) { IsEwald = true, HasDispersionCorrection = true },
    };

    /// <summary>Two bent molecules of three charges each, turned from the frame.</summary>
    private static RigidBodyPotential RigidMolecules()
    {
        var body = new RigidBody([0, 0, 0, 0.1, 0, 0, -0.02, 0.09, 0]);
        PairTable<LennardJones, Coulomb> pairs = PairTable<LennardJones, Coulomb>.Create(from i in Enumerable.Range(0, 3)
            from j in Enumerable.Range(3, 3) select (i, j, (double[])[0.12 + 0.02 * i, 0.8, 12 * (i - 1) * (j - 4.2)]));
        return new(new ForceFieldPotential(new([16, 1, 1, 16, 1, 1], [pairs])), [body, body], [18, 0.05, 18, 0.05],
            [0, 0, 0, 0.8, 0.6, 0, 0, 0.2, 0.1, 0, 0.5, -0.5, 0.5, 0.5], holdsFirst: false);
    }

    private static ClassicalSystem Chain() => new()
    {
        Masses = s_masses,
        Bonds = [new(0, 1, 0.152, 25_000), new(1, 2, 0.147, 31_000), new(2, 3, 0.16, 28_000)],
    };

    private static Tensor SpringEnergy(Tensor x) =>
        10_000 * ((x.narrow(1, 1, 3) - x.narrow(1, 0, 3)).square().sum(2).sqrt() - 0.15).square().sum(1);

    private static TorchPotential Springs(int width, ScalarType type = ScalarType.Float64) =>
        new("springs", "springs of 20,000 kJ/mol/nm^2 and 0.15 nm", s_masses, TorchForces.ByAutograd(SpringEnergy), blockWidth: width,
            type: type);

    private static ProgramPotential Program()
    {
        string examples = Path.Combine(SharedData.Checkout, "examples", "bin", "Release", "net10.0", "MolSampling.Examples.dll");
        return new(new("dotnet", [examples, "energy-program"], ["C", "N", "O", "C"], s_masses, TimeSpan.FromSeconds(60)),
            "chain of springs");
    }

    private sealed class Everything : ISupport
    {
        public bool Contains(ReadOnlySpan<float> positions, int width, int lane) => true;
    }
}
