using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Tests.Flows.Continuous;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TargetChainsTests(ITestOutputHelper output)
{
    private const int Walkers = 200;

    static TargetChainsTests() => TorchRuntime.EnsureLoaded();

    /// <summary>The pair potential of DW4 between a few points in the plane, with a spring or without.</summary>
    private sealed class Points(int points, double wells, double spring) : PairTarget(points, 2)
    {
        public override string Name => "points";

        public override string Definition => "";

        public override IReadOnlyList<(string Name, double[] Values)> Parameters => [];

        public override double ReferenceLogDensity => 0;

        protected override double Spring => spring;

        protected override double Spacing => 3;

        protected override Tensor PairEnergy(Tensor squaredDistance)
        {
            Tensor t = (sqrt(squaredDistance) - 4).square();
            return wells * (0.9 * t - 4) * t;
        }
    }

    /// <summary>A normal cut to x > 0; beyond, the energy is not a number.</summary>
    private sealed class Half : Target
    {
        public override string Name => "half";

        public override string Definition => "";

        public override int Dimension => 2;

        public override IReadOnlyList<(string Name, double[] Values)> Parameters => [];

        public override IReadOnlyList<double> ReferencePoint => [1, 0];

        public override double ReferenceLogDensity => -0.5;

        protected override Tensor Evaluate(Tensor x) => x.square().sum(1) * -0.5 + (x.select(1, 0).sqrt() * 0);
    }

    private static Tensor Draws(Target target, int draws, out TargetChains chains)
    {
        var random = new RandomSource(3);
        Tensor start = tensor(target.ReferencePoint.ToArray()) + 0.3 * VectorFieldTests.Normal(random, Walkers, target.Dimension);
        chains = new TargetChains(target, start, random, stepSize: 0.1);
        chains.BurnIn(150);
        return chains.Draw(draws, 4);
    }

    /// <summary>Of a mean over walkers, which are independent.</summary>
    private static double Sigmas(Tensor values, double exact)
    {
        Tensor means = values.reshape(-1, Walkers).mean([0L]);
        return (means.mean().item<double>() - exact) / (means.std().item<double>() / Math.Sqrt(Walkers));
    }

    [Fact]
    public void Springs_to_a_centre_at_rest_have_the_energy_of_their_degrees_of_freedom()
    {
        using DisposeScope scope = NewDisposeScope();
        var target = new Points(5, 0, 2.5);
        Tensor x = Draws(target, 40, out TargetChains chains);
        using (chains)
        {
            Assert.Equal([40 * Walkers, 10], x.shape);
            Assert.InRange(chains.Acceptance, 0.7, 0.9);
            Assert.Equal(Walkers * (1 + 10 * (150 + 40 * 4)), target.EnergyCalls);
        }
        Tensor energy = -target.LogDensity(x);
        Assert.True(x.reshape(-1, 5, 2).mean([1L]).abs().max().item<double>() < 1e-12);
        // (N - 1) d / 2 = 4 in units of kT, variance 4; |z| < 4.5, false alarm 7e-6 each
        double mean = Sigmas(energy, 4), variance = Sigmas((energy - 4).square(), 4);
        output.WriteLine($"{mean:f2} {variance:f2}");
        Assert.True(Math.Abs(mean) < 4.5 && Math.Abs(variance) < 4.5);
        Assert.True(Math.Abs(Sigmas(energy, 5)) > 10); // the centre's two directions would add 1
    }

    [Fact]
    public void Two_points_in_double_wells_have_the_distances_of_a_quadrature()
    {
        const double wells = 0.3; // a barrier of 1.3 kT, which chains cross often
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Draws(new Points(2, wells, 0), 60, out TargetChains chains);
        chains.Dispose();
        Tensor r = (x.narrow(1, 0, 2) - x.narrow(1, 2, 2)).square().sum(1).sqrt();
        double Exact(Func<double, double> value, double kT = 1)
        {
            double sum = 0, norm = 0;
            for (double at = 0.0005; at < 10; at += 0.001)
            {
                double weight = at * Math.Exp(-Energy(at) / kT); // r dr: the plane's measure
                (sum, norm) = (sum + weight * value(at), norm + weight);
            }
            return sum / norm;
        }
        double Energy(double at) => wells * (0.9 * (at - 4) * (at - 4) - 4) * (at - 4) * (at - 4);
        Tensor t = (r - 4).square(), energies = wells * (0.9 * t - 4) * t;
        double near = Sigmas((r < 4).to(ScalarType.Float64), Exact(at => at < 4 ? 1 : 0)), energy = Sigmas(energies, Exact(Energy));
        output.WriteLine($"{near:f2} {energy:f2}, at another temperature {Sigmas(energies, Exact(Energy, 1.2)):f2}");
        Assert.True(Math.Abs(near) < 4.5 && Math.Abs(energy) < 4.5); // false alarm 7e-6 each
        Assert.True(Math.Abs(Sigmas(energies, Exact(Energy, 1.2))) > 4.5); // another temperature is seen
    }

    [Fact]
    public void What_has_no_energy_is_refused_and_counted_and_chains_follow_their_seed()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var random = new RandomSource(5);
        Tensor start = VectorFieldTests.Normal(random, Walkers, 2).abs();
        Tensor Run(ulong seed, out long refused)
        {
            using var chains = new TargetChains(new Half(), start, new RandomSource(seed), 4, 0.3);
            chains.BurnIn(100);
            Tensor x = chains.Draw(100, 2);
            refused = chains.NonFinite;
            return x;
        }
        Tensor x = Run(1, out long refused);
        Assert.True(refused > 100);
        Assert.True((x.select(1, 0) >= 0).all().item<bool>());
        Assert.True(Math.Abs(Sigmas(x.select(1, 0), Math.Sqrt(2 / Math.PI))) < 4.5); // false alarm 7e-6
        Assert.True((Run(1, out _) == x).all().item<bool>());
        Assert.Throws<ArgumentException>(() => new TargetChains(new Half(), -start, new RandomSource(1)));
    }
}
