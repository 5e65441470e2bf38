using MolSampling.Flows.Interpolation;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Flows.Training;
using MolSampling.Potentials.Points;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Interpolation;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class LearnedPathTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-paths-").FullName;

    static LearnedPathTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<string> Names() => ["mixture-1d", "lj13-trap", "lj-solute-108", "lj-solute-108-melting"];

    /// <summary>A path whose network says something: the last layer starts a hundred times smaller than it is made here.</summary>
    private static LearnedPath Loud(EndStates states)
    {
        LearnedPath path = LearnedPath.Create(states, new PathNetworkSettings(16, 4), new RandomSource(3));
        var random = new RandomSource(4);
        foreach (Parameter weight in path.Weights)
            weight.Fill(() => 0.5 * random.NextNormal());
        return path;
    }

    private static Tensor Places(EndStates states, int count, RandomSource random) => tensor(Enumerable.Range(0, count).SelectMany(n =>
        states.Start(random.Split(n))).ToArray(), [count, states.Dimension]);

    private static Tensor Times(params double[] t) => tensor(t);

    [Fact]
    public void Between_Gaussians_the_target_is_the_exact_slope()
    {
        // x_t of N(0, v0) and N(m, v1) is N(t m, (1 - t)^2 v0 + t^2 v1); the target has no variance at all
        using DisposeScope scope = NewDisposeScope();
        (double v0, double v1, double m) = (0.3, 2.0, 1.5);
        var random = new RandomSource(1);
        Tensor x0 = Math.Sqrt(v0) * Normals(5000, random), x1 = m + Math.Sqrt(v1) * Normals(5000, random),
            t = tensor(Enumerable.Range(0, 5000).Select(_ => random.NextDouble()).ToArray());
        Tensor x = new Interpolant().Between(x0, x1, t), g0 = x0 / v0, g1 = (x1 - m) / v1, time = t.unsqueeze(1);
        Tensor exact = (x - time * m) / ((1 - time).square() * v0 + time.square() * v1);
        Assert.True((Interpolant.Slope(g0, g1, t, v0, v1) - exact).abs().max().item<double>() < 1e-10);

        // with other weights it scatters, and is right on average against any function of x_t
        foreach ((string name, Tensor target, bool right) in new[] { ("other weights", Interpolant.Slope(g0, g1, t), true),
            ("ends exchanged", Interpolant.Slope(g1, g0, t), false), ("nothing divided", (1 - time) * g0 + time * g1, false) })
        {
            double worst = 0;
            foreach (Tensor test in new[] { ones_like(x), x, x.square(), (3 * x).sin() })
            {
                Tensor difference = (target - exact) * test;
                worst = Math.Max(worst, Math.Abs(difference.mean().item<double>()) / (difference.std().item<double>() / Math.Sqrt(5000)));
            }
            output.WriteLine($"{name}: {worst:f2} standard errors");
            Assert.Equal(right, worst < 4.5);
        }
    }

    [Fact]
    public void On_the_torus_the_shorter_way_is_taken()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor middle = new Interpolant(2).Between(tensor(new[] { 0.9 }, [1, 1]), tensor(new[] { -0.9 }, [1, 1]), Times(0.5));
        Assert.Equal(1.0, middle.item<double>(), 1e-12);
    }

    [Fact]
    public void Pairs_in_a_box_are_relabelled_by_nearest_images_with_their_vectors()
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomSource(5);
        double[] x = [.. Enumerable.Range(0, 15).Select(_ => 4 * random.NextDouble())];
        int[] order = [3, 1, 4, 0, 2];
        double[] moved = [.. Enumerable.Range(0, 15).Select(k => x[3 * order[k / 3] + k % 3] + 4 * (k % 3 - 1) + 0.01)], along =
            [.. Enumerable.Range(0, 15).Select(k => 10.0 * order[k / 3] + k % 3)];
        (Tensor near, Tensor with) = new ParticlePairing(5, 3, edge: 4).Nearest(tensor(x, [1, 15]), tensor(moved, [1, 15]), tensor(along,
            [1, 15]));
        Assert.Equal(Enumerable.Range(0, 15).Select(k => 10.0 * (k / 3) + k % 3), with.data<double>());
        double[] d = [.. (near - tensor(x, [1, 15])).data<double>()];
        Assert.All(d, v => Assert.Equal(0.01, v - 4 * Math.Round(v / 4), 1e-9));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void End_points_are_exact_whatever_is_learned(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        EndStates states = EndStatesCatalogue.Create(name);
        using LearnedPath path = Loud(states), plain = LearnedPath.Create(states, null, new RandomSource(0));
        Tensor x = Places(states, 4, new RandomSource(6));
        foreach (double end in new[] { 0.0, 1.0 })
        {
            Tensor t = zeros([4], ScalarType.Float64) + end, learned = path.Energy(x, t), bare = plain.Energy(x, t);
            Assert.True((learned - bare).abs().max().item<double>() <= 1e-12 * bare.abs().max().item<double>());
            if (states.StandardPath() is SoftLennardJones usual)
                for (int n = 0; n < 4; n++)
                {
                    double u = usual.EvaluateDouble([.. x[n].data<double>()], end, new double[states.Dimension]);
                    Assert.Equal(u, learned[n].item<double>(), 1e-9 * Math.Max(1, Math.Abs(u)));
                }
        }
        Tensor middle = zeros([4], ScalarType.Float64) + 0.5; // and in the middle it does say something
        Assert.True((path.Energy(x, middle) - plain.Energy(x, middle)).abs().min().item<double>() > 1e-3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lanes_and_torch_compute_one_path(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        EndStates states = EndStatesCatalogue.Create(name);
        using LearnedPath path = Loud(states);
        var potential = new PathPotential(path);
        int width = potential.BlockWidth, size = states.Dimension;
        Tensor x = Places(states, width, new RandomSource(7)).to(ScalarType.Float32).to(ScalarType.Float64);
        double[] t = [.. Enumerable.Range(0, width).Select(n => 0.9 * n / width)];
        float[] forces = new float[size * width], positions = [.. x.t().contiguous().to(ScalarType.Float32).data<float>()];
        double[] energies = new double[width];
        potential.EvaluateScaledBlock(positions, t, forces, energies, new double[width]);
        (Tensor u, Tensor slope, _) = path.Derivatives(x, Times(t), forTraining: false);
        double largest = slope.abs().max().item<double>();
        for (int n = 0; n < width; n++)
        {
            double exact = u[n].item<double>();
            // single precision, of a sum whose terms are some 10 kT a point and cancel
            Assert.True(Math.Abs(energies[n] - exact) < 3e-6 * Math.Max(10 + 10 * states.Points, Math.Abs(exact)),
                $"{n}: {energies[n]} against {exact}");
            for (int k = 0; k < size; k++)
                Assert.True(Math.Abs(forces[k * width + n] + slope[n, k].item<double>()) < 1e-4 * Math.Max(1, largest));
        }
    }

    [Theory]
    [InlineData("lj13-trap", true, false)]
    [InlineData("lj-solute-108", true, true)]
    [InlineData("lj-solute-108-melting", true, true)]
    public void Energies_have_the_systems_symmetries(string name, bool centred, bool periodic)
    {
        using DisposeScope scope = NewDisposeScope();
        EndStates states = EndStatesCatalogue.Create(name);
        using LearnedPath path = Loud(states);
        Tensor t = Times(0.4), x = Places(states, 1, new RandomSource(8)), points = x.reshape(1, states.Points, 3);
        double Energy(Tensor of) => path.Energy(of.reshape(1, -1), t).item<double>();
        double u = Energy(x), tolerance = 1e-5 * Math.Max(1, Math.Abs(u));
        Tensor order = tensor(Enumerable.Range(0, states.Points).Select(i => (long)((i * 5 + 2) % states.Points)).ToArray());
        Assert.Equal(u, Energy(points.index_select(1, order)), tolerance);
        Assert.Equal(u, Energy(points * tensor(new[] { -1.0, 1, 1 })), tolerance);
        Assert.Equal(u, Energy(points.roll([1L], [2L])), tolerance); // a turn of the cube
        if (periodic)
            Assert.Equal(u, Energy(points + tensor(new[] { states.Edge, -2 * states.Edge, 0 })), tolerance);
        if (centred)
            Assert.True(Math.Abs(u - Energy(points + 0.2)) > 1e-3); // the origin is special
        Assert.True(Math.Abs(u - Energy(points * 1.01)) > 1e-3);
    }

    [Fact]
    public void Moments_without_a_centre_are_unmoved_by_translations_and_rotations_and_see_angles()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new MomentNetwork(4, 0, 3, true, false, new(16, 4));
        var random = new RandomSource(9);
        foreach (Parameter weight in network.Weights)
            weight.Fill(() => 0.5 * random.NextNormal());
        network.To(ScalarType.Float64);
        Tensor x = tensor(Enumerable.Range(0, 12).Select(_ => random.NextNormal()).ToArray(), [1, 4, 3]), t = Times(0.3);
        double Energy(Tensor of) => network.Forward(of.reshape(1, 12), t).item<double>();
        (Tensor q, _) = linalg.qr(tensor(Enumerable.Range(0, 9).Select(_ => random.NextNormal()).ToArray(), [3, 3]));
        Assert.Equal(Energy(x), Energy(x + 0.7), 1e-5);
        Assert.Equal(Energy(x), Energy(x.matmul(q)), 1e-5);
        // two neighbours of a point at the same distances from it, too far from each other to be seen: only the angle differs
        double Bent(double angle) => Energy(tensor(new[] { 0.0, 0, 0, 2, 0, 0, 2 * Math.Cos(angle), 2 * Math.Sin(angle), 0, 50, 50, 50 },
            [1, 4, 3]));
        Assert.True(Math.Abs(Bent(Math.PI) - Bent(2.2)) > 1e-4);
    }

    [Fact]
    public void Schedules_rise_from_nought_to_one_and_bumps_return()
    {
        using DisposeScope scope = NewDisposeScope();
        using var schedules = new BernsteinSchedules([new("bump", ScheduleKind.Bump), new("up", ScheduleKind.Rising)]);
        schedules.Initialize(new RandomSource(1));
        Tensor t = linspace(0, 1, 101, ScalarType.Float64);
        Assert.True((schedules.Of(t).select(1, 1) - t).abs().max().item<double>() < 1e-7); // float32 weights: s = t at first
        var random = new RandomSource(2);
        foreach (Parameter weight in schedules.Weights)
            weight.Fill(() => 3 * random.NextNormal());
        Tensor s = schedules.Of(t), up = s.select(1, 1), bump = s.select(1, 0);
        Assert.Equal(new double[] { 0, 1, 0, 0 }, new[] { up[0], up[100], bump[0], bump[100] }.Select(v => v.item<double>()));
        Assert.True((up.narrow(0, 1, 100) - up.narrow(0, 0, 100)).min().item<double>() > 0);
        Assert.True(bump.min().item<double>() >= 0 && bump.max().item<double>() < 1 && bump.max().item<double>() > 0.01);
    }

    [Fact]
    public void Derivatives_agree_with_differences()
    {
        using DisposeScope scope = NewDisposeScope();
        EndStates states = EndStatesCatalogue.Create("lj13-trap");
        using LearnedPath path = Loud(states);
        path.To(ScalarType.Float64);
        Tensor x = Places(states, 1, new RandomSource(10)), t = Times(0.35);
        (_, Tensor slope, Tensor rate) = path.Derivatives(x, t, forTraining: false);
        const double h = 1e-5;
        Assert.Equal((path.Energy(x, t + h) - path.Energy(x, t - h)).item<double>() / (2 * h), rate.item<double>(),
            1e-6 * Math.Max(1, Math.Abs(rate.item<double>())));
        for (int k = 0; k < states.Dimension; k += 5)
        {
            double[] moved = new double[states.Dimension];
            moved[k] = h;
            Tensor step = tensor(moved, [1, states.Dimension]);
            Assert.Equal((path.Energy(x + step, t) - path.Energy(x - step, t)).item<double>() / (2 * h), slope[0, k].item<double>(), 1e-5);
        }
    }

    [Fact]
    public void A_training_learns_and_resumes_to_the_bit()
    {
        EndStates states = EndStatesCatalogue.Create("mixture-1d");
        var settings = new TrainingSettings(120, 64, 5e-3);
        using Tensor x0 = states.Sample(0, 2000, new RandomSource(11))!, x1 = states.Sample(1, 2000, new RandomSource(12))!;
        string file = Path.Combine(_folder, "half.safetensors");
        (double[] Weights, double First, double Last) Train(bool interrupted)
        {
            using LearnedPath path = LearnedPath.Create(states, new(16), new RandomSource(13));
            using var objective = new TargetScoreMatching(path, x0, x1, new(0));
            var losses = new List<double>();
            var trainer = new PathTrainer(path, objective, settings, new RandomSource(14));
            if (interrupted)
            {
                trainer.Run(50, s => losses.Add(s.Loss));
                trainer.Save(file);
                trainer.Dispose();
                foreach (Parameter weight in path.Weights)
                    weight.Fill(() => 7);
                trainer = new PathTrainer(path, objective, settings, new RandomSource(14));
                trainer.Resume(file);
            }
            trainer.Run(report: s => losses.Add(s.Loss));
            trainer.Dispose();
            return ([.. path.Weights.SelectMany(w => w.Value.to(ScalarType.Float64).data<double>())], losses[..20].Average(),
                losses[^20..].Average());
        }

        (double[] whole, double first, double last) = Train(false);
        Assert.Equal(whole, Train(true).Weights);
        output.WriteLine($"loss {first:f3} to {last:f3}");
        Assert.True(last < 0.8 * first);
    }

    [Fact]
    public void What_does_not_fit_is_told_in_one_line()
    {
        using DisposeScope scope = NewDisposeScope();
        EndStates states = EndStatesCatalogue.Create("lj13-trap");
        using LearnedPath path = LearnedPath.Create(states, null, new RandomSource(0));
        Tensor good = Places(states, 3, new RandomSource(1));
        Assert.Contains("[S, 39]", Assert.Throws<ArgumentException>(() => new TargetScoreMatching(path, good, good.narrow(1, 0, 36),
            new())).Message, StringComparison.Ordinal); // another number of atoms
        Assert.Contains("no finite slope", Assert.Throws<ArgumentException>(() => new TargetScoreMatching(path, good, zeros_like(good),
            new())).Message, StringComparison.Ordinal); // all at one place
        Assert.Contains("too small", Assert.Throws<ArgumentException>(() => new SolvatedParticle(10, false)).Message,
            StringComparison.Ordinal);
        Assert.Contains("too small", Assert.Throws<ArgumentException>(() => new MomentNetwork(20, 3, 2, true, false, new())).Message,
            StringComparison.Ordinal);
        Assert.Contains("lj13-trap", Assert.Throws<ArgumentException>(() => EndStatesCatalogue.Create("nothing")).Message,
            StringComparison.Ordinal);
    }

    private static Tensor Normals(int count, RandomSource random) => tensor(Enumerable.Range(0, count).Select(_ =>
        random.NextNormal()).ToArray(), [count, 1]);
}
