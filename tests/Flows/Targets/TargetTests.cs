using MolSampling.Flows.InternalCoordinates;
using MolSampling.Flows.Targets;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Tests.Flows.InternalCoordinates;
using TorchSharp;
using static MolSampling.Tests.Flows.InternalCoordinates.Geometry;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Targets;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TargetTests
{
    public static TheoryData<string> Names => [.. TargetCatalogue.Names];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("cpu", "lanes")]
    public void A_target_is_what_it_says(string name)
    {
        using DisposeScope scope = NewScope();
        Target target = TargetCatalogue.Create(name.ToUpperInvariant());
        Assert.Equal(name, target.Name);
        target.Verify();
        Assert.Equal(0, target.EnergyCalls);
        Tensor x = Points(target, 7);
        Tensor log = target.LogDensity(x);
        Assert.Equal(ScalarType.Float64, log.dtype);
        Assert.Equal([7L], log.shape);
        Assert.Equal(7, target.EnergyCalls);
        Assert.Equal(target.Fingerprint(), TargetCatalogue.Create(name).Fingerprint());
        Assert.Single(TargetCatalogue.Names, n => TargetCatalogue.Create(n).Fingerprint() == target.Fingerprint());
        Assert.Throws<ArgumentException>(() => target.LogDensity(x.narrow(1, 1, target.Dimension - 1)));
        Assert.True(Largest(target.LogDensity(x.to(ScalarType.Float32)) - log) < 1e-3 * Largest(log));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_those_of_differences(string name)
    {
        using DisposeScope scope = NewScope();
        Target target = TargetCatalogue.Create(name);
        Tensor x = Points(target, 2).requires_grad_(true);
        double[] gradient = Doubles(autograd.grad([target.LogDensity(x).sum()], [x])[0]);
        double h = target.Units == "1" ? 1e-5 : 1e-7, largest = gradient.Max(Math.Abs);
        for (int k = 0; k < target.Dimension; k += Math.Max(1, target.Dimension / 20))
        {
            Tensor step = zeros(2, target.Dimension, ScalarType.Float64);
            step[0, k] = tensor(h);
            double difference = Doubles(target.LogDensity(x.detach() + step) - target.LogDensity(x.detach() - step))[0] / (2 * h);
            Assert.Equal(gradient[k], difference, 1e-6 * largest + 1e-6);
        }
    }

    [Fact]
    public void Energies_are_those_of_plain_formulas()
    {
        using DisposeScope scope = NewScope();
        double Distance(double[] x, int i, int j, int d) =>
            Math.Sqrt(Enumerable.Range(0, d).Sum(c => Math.Pow(x[d * i + c] - x[d * j + c], 2)));
        double Pairs(double[] x, int d, Func<double, double> u) =>
            Enumerable.Range(0, x.Length / d).Sum(i => Enumerable.Range(0, i).Sum(j => u(Distance(x, i, j, d))));
        double Spring(double[] x) => 0.5 * Enumerable.Range(0, x.Length).Sum(k =>
            Math.Pow(x[k] - x.Where((_, m) => m % 3 == k % 3).Average(), 2));
        var plain = new Dictionary<string, Func<double[], double>>
        {
            ["manywell-32"] = x => Enumerable.Range(0, 16).Sum(k => -Math.Pow(x[2 * k], 4) + 6 * Math.Pow(x[2 * k], 2)
                + 0.5 * x[2 * k] - 0.5 * Math.Pow(x[2 * k + 1], 2)),
            ["dw4"] = x => -Pairs(x, 2, d => 0.9 * Math.Pow(d - 4, 4) - 4 * Math.Pow(d - 4, 2)),
            ["lj13"] = x => -Pairs(x, 3, r => Math.Pow(r, -12) - 2 * Math.Pow(r, -6)) - Spring(x),
            ["lj55"] = x => -Pairs(x, 3, r => Math.Pow(r, -12) - 2 * Math.Pow(r, -6)) - Spring(x),
            ["lj13-ordered-pairs"] = x => -2 * Pairs(x, 3, r => Math.Pow(r, -12) - 2 * Math.Pow(r, -6)) - Spring(x),
            ["gmm40"] = x => Math.Log(TargetCatalogue.Create("gmm40").Modes.Average(m =>
                Math.Exp(-0.5 * (Math.Pow(x[0] - m[0], 2) + Math.Pow(x[1] - m[1], 2)) / Math.Pow(Math.Log(1 + Math.E), 2))))
                - Math.Log(2 * Math.PI * Math.Pow(Math.Log(1 + Math.E), 2)),
        };
        foreach ((string name, Func<double[], double> formula) in plain)
        {
            Target target = TargetCatalogue.Create(name);
            Tensor x = Points(target, 5);
            double[] all = Doubles(x), log = Doubles(target.LogDensity(x));
            for (int b = 0; b < 5; b++)
            {
                double expected = formula(all[(b * target.Dimension)..((b + 1) * target.Dimension)]);
                Assert.Equal(expected, log[b], 1e-10 * Math.Max(1, Math.Abs(expected)));
            }
        }
    }

    [Fact]
    public void The_forty_means_are_torch_s_own()
    {
        using DisposeScope scope = NewScope();
        using var generator = new Generator(0);
        Tensor means = ((rand(40, 2, generator: generator, dtype: ScalarType.Float32) - 0.5f) * 2 * 40).to(ScalarType.Float64);
        Assert.Equal(Doubles(means), TargetCatalogue.Create("gmm40").Modes.SelectMany(m => m));
    }

    [Fact]
    public void Forty_Gaussians_integrate_to_one_and_end_where_fab_ends_them()
    {
        using DisposeScope scope = NewScope();
        var target = new GaussianMixture40();
        const double Step = 0.25;
        Tensor axis = arange(-60, 60, Step, ScalarType.Float64);
        Tensor grid = stack([.. meshgrid([axis, axis], "ij").Select(t => t.reshape(-1))], 1);
        Assert.Equal(0, Math.Log(Step * Step * exp(target.LogDensity(grid)).sum().item<double>()), 1e-10);
        Assert.Equal(double.NegativeInfinity, target.LogDensity(tensor(new double[] { 400, 0 }, [1, 2])).item<double>());
        double[] x = Doubles(target.Sample(40_000, new(1))!);
        // every mode is found, and the samples' moments are the mixture's
        int[] nearest = [.. x.Chunk(2).Select(p => Enumerable.Range(0, 40).MinBy(k => Math.Pow(p[0] - target.Modes[k][0], 2)
            + Math.Pow(p[1] - target.Modes[k][1], 2)))];
        Assert.Equal(40, nearest.Distinct().Count());
        for (int c = 0; c < 2; c++)
        {
            double mean = target.Modes.Average(m => m[c]), square = target.Modes.Average(m => m[c] * m[c]) + Math.Pow(Math.Log(1 + Math.E),
                2);
            Assert.Equal(mean, x.Where((_, k) => k % 2 == c).Average(), 4 * Math.Sqrt((square - mean * mean) / 40_000));
            Assert.Equal(1, x.Where((_, k) => k % 2 == c).Average(v => v * v) / square, 0.02);
        }
    }

    [Fact]
    public void Many_wells_have_their_published_norm_and_the_right_share_on_the_right()
    {
        using DisposeScope scope = NewScope();
        var target = new ManyWell();
        Assert.Equal(164.69567531, target.LogZ!.Value, 1e-8);
        Assert.Equal(10.293479707, new ManyWell(2).LogZ!.Value, 1e-9);
        double[] x = Doubles(target.Sample(5000, new(2))!);
        double right = x.Where((_, k) => k % 2 == 0).Average(v => v > 0 ? 1.0 : 0.0);
        Assert.Equal(0.844307096, right, 4 * Math.Sqrt(0.844 * 0.156 / 80_000));
        // moments of a pair by quadrature
        double norm = 0, second = 0;
        for (double v = -5; v < 5; v += 1e-3)
            (norm, second) = (norm + Math.Exp(-v * v * v * v + 6 * v * v + v / 2),
                second + v * v * Math.Exp(-v * v * v * v + 6 * v * v + v / 2));
        Assert.Equal(second / norm, x.Where((_, k) => k % 2 == 0).Average(v => v * v), 0.02);
        Assert.Equal(16, new ManyWell(4).Modes.Count * 4);
        foreach (double[] mode in new ManyWell(4).Modes)
        {
            Tensor at = tensor(mode, [1, 4]).requires_grad_(true);
            Assert.True(Largest(autograd.grad([new ManyWell(4).LogDensity(at).sum()], [at])[0]) < 1e-5);
        }
    }

    [Fact]
    public void Mueller_and_Brown_s_surface_has_its_minima_and_its_norm()
    {
        using DisposeScope scope = NewScope();
        var target = new MuellerBrown();
        double[] expected = [-146.700, -108.167, -80.768];
        foreach ((double[] mode, double energy) in target.Modes.Zip(expected))
        {
            Tensor x = tensor(mode, [1, 2]).requires_grad_(true);
            Tensor log = target.LogDensity(x);
            Assert.Equal(energy, -15 * log.item<double>(), 1e-3);
            Assert.True(Largest(autograd.grad([log.sum()], [x])[0]) < 1e-3);
        }
        const double Step = 0.01;
        Tensor grid = stack([.. meshgrid([arange(-4, 3, Step, ScalarType.Float64), arange(-3, 4, Step, ScalarType.Float64)],
            "ij").Select(t => t.reshape(-1))], 1);
        Assert.Equal(target.LogZ!.Value, Math.Log(Step * Step) + logsumexp(target.LogDensity(grid), 0).item<double>(), 1e-8);
    }

    [Theory]
    [InlineData("harmonic-bent")]
    [InlineData("harmonic-chain")]
    public void The_closed_form_is_the_Cartesian_integral_modulo_rigid_motions(string name)
    {
        using DisposeScope scope = NewScope();
        var target = (HarmonicMolecule)TargetCatalogue.Create(name);
        const int Batch = 1_000_000;
        var random = new RandomSource(7);
        // no internal coordinates here: the first atom rests, each other one is at a Gaussian distance from its bond partner, in any
        // direction
        double[] place = name == "harmonic-bent" ? [0.1, 0.12] : [0.1, 0.15, 0.11];
        int[] partner = [.. target.ZMatrix.Rows.Skip(1).Select(r => r.Bond)];
        double[] x = new double[Batch * target.Dimension], logProposal = new double[Batch];
        const double Deviation = 0.006;
        for (int s = 0; s < Batch; s++)
            for (int a = 1; a <= place.Length; a++)
            {
                int at = s * target.Dimension;
                double off = random.NextNormal(), length = place[a - 1] + Deviation * off;
                double z = 2 * random.NextDouble() - 1, turn = 2 * Math.PI * random.NextDouble(), rho = Math.Sqrt(1 - z * z);
                double[] direction = [rho * Math.Cos(turn), rho * Math.Sin(turn), z];
                for (int c = 0; c < 3; c++)
                    x[at + 3 * a + c] = x[at + 3 * partner[a - 1] + c] + length * direction[c];
                logProposal[s] -= 0.5 * off * off + Math.Log(Deviation * Math.Sqrt(2 * Math.PI)) + Math.Log(4 * Math.PI * length * length);
            }
        (double logZ, double error) =
            LogMean(Doubles(target.LogDensity(tensor(x, [Batch, target.Dimension])) - tensor(logProposal)));
        Assert.True(error < 0.02, $"{error}");
        Assert.Equal(target.LogZ!.Value, logZ - Math.Log(8 * Math.PI * Math.PI), 4 * error);
        // power: one factor of sin theta or b too few would be a shift of this size
        Assert.True(4 * error < Math.Min(-Math.Log(Math.Sin(2.0)), Math.Abs(Math.Log(0.1))));
    }

    [Theory]
    [InlineData("harmonic-bent")]
    [InlineData("harmonic-chain")]
    [InlineData("harmonic-methyl")]
    public void Samples_of_harmonic_molecules_are_exact(string name)
    {
        using DisposeScope scope = NewScope();
        var target = (HarmonicMolecule)TargetCatalogue.Create(name);
        const int Batch = 40_000;
        Tensor x = target.Sample(Batch, new(8))!;
        (InternalCoordinateFields q, _) = new InternalCoordinateMap(target.ZMatrix).ToInternal(x);
        double kT = new ThermodynamicState(300).KT;
        double[] Values(string field) => target.Parameters.Single(p => p.Name == field).Values;
        double[] bonds = Values("bonds"), angles = Values("angles"), torsions = Values("torsions");
        for (int k = 0; 2 * k < bonds.Length; k++)
            Close(Doubles(q.Bonds.select(1, k)), 0, 1,
                b => b * b * Math.Exp(-bonds[2 * k + 1] * (b - bonds[2 * k]) * (b - bonds[2 * k]) / (2 * kT)));
        for (int k = 0; 2 * k < angles.Length; k++)
            Close(Doubles(q.Angles.select(1, k)), 0, Math.PI,
                a => Math.Sin(a) * Math.Exp(-angles[2 * k + 1] * (a - angles[2 * k]) * (a - angles[2 * k]) / (2 * kT)));
        for (int k = 0; 3 * k < torsions.Length; k++)
            Close(Doubles(q.Torsions.select(1, k)), -Math.PI, Math.PI,
                t => Math.Exp(-torsions[3 * k + 1] * (1 - Math.Cos(torsions[3 * k + 2] * (t - torsions[3 * k]))) / kT));

        // the closed form is the product of the one-dimensional integrals, and the mean of U is right
        static void Close(double[] values, double low, double high, Func<double, double> density)
        {
            const int Points = 20_000;
            double norm = 0, first = 0, second = 0;
            for (int i = 0; i < Points; i++)
            {
                double v = low + (high - low) * (i + 0.5) / Points, p = density(v);
                (norm, first, second) = (norm + p, first + p * v, second + p * v * v);
            }
            double mean = first / norm, deviation = Math.Sqrt(second / norm - mean * mean);
            Assert.Equal(mean, values.Average(), 5 * deviation / Math.Sqrt(values.Length));
            Assert.Equal(1, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))) / deviation, 0.02);
        }
    }

    [Theory]
    [InlineData("harmonic-bent")]
    [InlineData("harmonic-chain")]
    [InlineData("harmonic-methyl")]
    public void The_closed_form_is_the_product_of_its_integrals(string name)
    {
        var target = (HarmonicMolecule)TargetCatalogue.Create(name);
        double kT = new ThermodynamicState(300).KT, log = 0;
        foreach ((string field, double[] v) in target.Parameters)
            if (field is "bonds")
                log += v.Chunk(2).Sum(p => Integral(0, 1, b => b * b * Math.Exp(-p[1] * (b - p[0]) * (b - p[0]) / (2 * kT))));
            else if (field is "angles")
                log += v.Chunk(2).Sum(p => Integral(0, Math.PI, a => Math.Sin(a) * Math.Exp(-p[1] * (a - p[0]) * (a - p[0]) / (2 * kT))));
            else if (field is "torsions")
                log += v.Chunk(3).Sum(p => Integral(0, 2 * Math.PI, t => Math.Exp(-p[1] * (1 - Math.Cos(p[2] * (t - p[0]))) / kT)));
        Assert.Equal(log, target.LogZ!.Value, 1e-9);
        Assert.Throws<ArgumentException>(() => new HarmonicMolecule("soft", target.ZMatrix, [.. Enumerable.Repeat((0.1, 1.0), 9)], [], []));

        static double Integral(double low, double high, Func<double, double> f) =>
            Math.Log(Enumerable.Range(0, 100_000).Sum(i => f(low + (high - low) * (i + 0.5) / 100_000)) * (high - low) / 100_000);
    }

    [Fact]
    public void A_changed_parameter_is_another_fingerprint_and_a_wrong_energy_is_refused()
    {
        using DisposeScope scope = NewScope();
        Assert.NotEqual(new MuellerBrown(15).Fingerprint(), new MuellerBrown(15.000001).Fingerprint());
        Assert.NotEqual(new ManyWell(32).Fingerprint(), new ManyWell(30).Fingerprint());
        Assert.NotEqual(new LennardJonesCluster(13).Fingerprint(), new LennardJonesCluster(13, true).Fingerprint());
        ZMatrix z = HarmonicMolecule.Bent().ZMatrix;
        HarmonicMolecule Make(double temperature, double stiffness) => new("x", z, [(0.1, stiffness), (0.12, 1e5)], [(1.9, 300)], [],
            temperature);
        Assert.Equal(Make(300, 2e5).Fingerprint(), HarmonicMolecule.Bent().Fingerprint()); // a name is no part of it
        Assert.NotEqual(Make(301, 2e5).Fingerprint(), Make(300, 2e5).Fingerprint());
        Assert.NotEqual(Make(300, 2.001e5).Fingerprint(), Make(300, 2e5).Fingerprint());
        Assert.Throws<ArgumentOutOfRangeException>(() => new LennardJonesCluster(14));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ManyWell(3));
        Assert.Contains("gmm40", Assert.Throws<ArgumentException>(() => TargetCatalogue.Create("gmm")).Message);

        (PotentialTarget wrong, _) = Peptide(-1);
        Assert.Throws<InvalidDataException>(wrong.Verify);
    }

    [Fact]
    [Trait("cpu", "lanes")]
    public void A_molecule_s_target_is_the_engine_s_energy_in_units_of_kT()
    {
        using DisposeScope scope = NewScope();
        (PotentialTarget target, Structure peptide) = Peptide(null);
        target.Verify();
        var map = new InternalCoordinateMap(peptide.Topology.ToZMatrix());
        Tensor x = tensor(peptide.Positions, [1, 66]);
        Tensor inner = map.ToCartesian(map.ToInternal(x).Fields).Positions; // turned to the standard frame
        Assert.True(Largest(inner - x) > 0.1);
        Assert.Equal(target.ReferenceLogDensity, target.LogDensity(inner).item<double>(), 1e-3);
        // the gradient passes from the energy to the torsions
        Tensor torsions = map.ToInternal(x).Fields.Torsions.detach().clone().requires_grad_(true);
        (Tensor y, Tensor logDet) = map.ToCartesian(map.ToInternal(x).Fields with { Torsions = torsions });
        double[] gradient = Doubles(autograd.grad([target.LogDensity(y).sum() + logDet.sum()], [torsions])[0]);
        Assert.Contains(gradient, g => Math.Abs(g) > 0.1);
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
        Assert.Equal(2, target.EnergyCalls);
    }

    private static (PotentialTarget, Structure) Peptide(double? energy)
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        SystemParameters system = ForceField.Load("ff14SB", "obc2").Parameterize(peptide.Topology).ToEngine();
        return (new("aldp/ff14sb-obc2/300K", new ForceFieldPotential(system), system.Fingerprint(), 300, peptide.Positions, energy),
            peptide);
    }

    /// <summary>Points near the reference.</summary>
    private static Tensor Points(Target target, int count)
    {
        TorchRuntime.EnsureLoaded();
        var random = new RandomSource(9);
        double size = target.Units == "1" ? 0.05 : 0.002;
        return tensor([.. Enumerable.Range(0, count).SelectMany(_ => target.ReferencePoint.Select(x => x + size * random.NextNormal()))],
            [count, target.Dimension]);
    }
}
