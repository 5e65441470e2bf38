using MolSampling.Jobs.Simulation;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>
/// Swaps between two rungs of an atom in a harmonic well. On each rung r^2 is a Gamma variable, and the mean acceptance is twice the
/// probability that the first rung's is larger, which has a closed form; after a swap each rung has the law that it had.
/// </summary>
public sealed class SimulationExchangeTests
{
    private const int Ladders = 3000, Frame = 10;
    private const double Stiffness = 500;
    private static readonly bool[] s_none = new bool[2 * Ladders];

    [Theory]
    [InlineData(450, 1, 0)] // by temperature
    [InlineData(300, 0.25, 2 * Stiffness)] // by scale
    [InlineData(400, 0.5, Stiffness)] // by both
    public void Two_rungs_swap_by_the_closed_form_and_keep_their_laws(double kelvin, double scale, double scaled)
    {
        (double acceptance, double balance) = Scores(new([300, kelvin], [1, scale]), Stiffness, scaled);
        Assert.InRange(acceptance, -4, 4);
        Assert.InRange(balance, -4, 4);
    }

    [Fact]
    public void A_wrong_sign_is_seen()
    {
        // the power of the tests above: energies with the sign turned give the ratio with the sign turned
        (double acceptance, double balance) = Scores(new([300, 450], [1, 1]), -Stiffness, 0);
        Assert.True(acceptance > 8, $"{acceptance}");
        Assert.True(Math.Abs(balance) > 8, $"{balance}");
    }

    [Fact]
    public void Velocities_follow_the_bath_positions_stay_and_energies_follow_the_scale()
    {
        var ladder = new Ladder([300, 450], [1, 0.5]);
        using EngineDynamics dynamics = Draw(ladder, Stiffness, Stiffness);
        var exchange = new SimulationExchange(dynamics, ladder, Frame, new(3));
        (double[] X, double[] V)[] before = [.. Enumerable.Range(0, 2 * Ladders).Select(m => State(dynamics, m))];
        double[] targets = [.. Enumerable.Range(0, 2 * Ladders).Select(exchange.TargetEnergy)];
        exchange.Run(s_none);
        Assert.InRange(exchange.Acceptances[0], 0.2, 0.95);
        for (int m = 0; m < 2 * Ladders; m++)
        {
            (int rung, (double[] x, double[] v)) = (exchange.Rungs[m], State(dynamics, m));
            double square = x.Sum(c => c * c), factor = Math.Sqrt(ladder.Temperatures[rung] / ladder.Temperatures[m % 2]);
            Assert.Equal(before[m].X, x);
            Assert.All(Enumerable.Range(0, 3), k => Assert.Equal(factor * before[m].V[k], v[k], 1e-5));
            Assert.Equal(0.5 * Stiffness * (1 + ladder.Scales[rung]) * square, dynamics.PotentialEnergy(m), 1e-4);
            Assert.Equal(targets[m], exchange.TargetEnergy(m), 1e-4); // whatever the rung
            Assert.Equal(ladder.Temperatures[rung], exchange.Temperature(m));
        }
        // ladders never meet
        Assert.All(Enumerable.Range(0, Ladders), l => Assert.Equal(1, exchange.Rungs[2 * l] + exchange.Rungs[2 * l + 1]));
    }

    [Fact]
    public void Replicas_that_failed_and_energies_that_are_no_numbers_never_swap()
    {
        var ladder = new Ladder([300, 300.001], [1, 1]); // anything else is accepted
        using EngineDynamics dynamics = Draw(ladder, Stiffness, 0);
        dynamics.SetState(4, [double.NaN, 0, 0], [0, 0, 0]);
        dynamics.Refresh();
        var exchange = new SimulationExchange(dynamics, ladder, Frame, new(3));
        exchange.Run([.. s_none.Select((_, m) => m is 1 or 2)]);
        Assert.All(Enumerable.Range(0, Ladders), l => Assert.Equal(l < 3 ? 0 : 1, exchange.Rungs[2 * l]));
        Assert.Equal((Ladders - 2, Ladders - 3), (exchange.Proposed[0], exchange.Accepted[0])); // a failed pair is not tried, a NaN refused
    }

    [Fact]
    public void Neighbours_are_tried_in_turn_and_a_single_rung_never()
    {
        long[] Tried(Ladder ladder, int replicas)
        {
            using EngineDynamics dynamics = Dynamics(replicas, Stiffness, 0);
            var exchange = new SimulationExchange(dynamics, ladder, Frame, new(3));
            Assert.All(exchange.Acceptances, a => Assert.Equal(double.NaN, a)); // none was tried
            exchange.Run(new bool[replicas]);
            long[] first = [.. exchange.Proposed];
            dynamics.StepsDone += Frame;
            exchange.Run(new bool[replicas]);
            return [.. first, .. exchange.Proposed];
        }
        Assert.Equal([2, 1, 3, 3], Tried(new([300, 330, 360], [1, 1, 1]), 3)); // three sweeps a frame, the first pairs of which alternate
        Assert.Empty(Tried(new([300], [1]), 3));
    }

    /// <summary>Of one swap tried in each ladder: z of the acceptance and of the first rung's mean energy after it.</summary>
    private static (double Acceptance, double Balance) Scores(Ladder ladder, double plain, double scaled)
    {
        using EngineDynamics dynamics = Draw(ladder, plain, scaled);
        var exchange = new SimulationExchange(dynamics, ladder, Frame, new(7));
        exchange.Run(s_none);
        Assert.Equal(Ladders, exchange.Proposed[0]);
        // r^2 is Gamma(3/2, a/2) on each rung, and Beta(3/2, 3/2) has the distribution function (t - sin t cos t)/pi at (1 - cos t)/2
        double a0 = ladder.Beta[0] * (Math.Abs(plain) + scaled), a1 = ladder.Beta[1] * (Math.Abs(plain) + ladder.Scales[1] * scaled);
        double t = Math.Acos((a1 - a0) / (a0 + a1)), expected = 2 * (1 - (t - Math.Sin(t) * Math.Cos(t)) / Math.PI);
        double error = Math.Sqrt(expected * (1 - expected) / Ladders);
        double mean = Enumerable.Range(0, 2 * Ladders).Where(m => exchange.Rungs[m] == 0)
            .Average(m => 0.5 * a0 * State(dynamics, m).X.Sum(c => c * c));
        return ((exchange.Acceptances[0] - expected) / error, (mean - 1.5) / Math.Sqrt(1.5 / Ladders));
    }

    /// <summary>Every replica from its rung's law. One swap is tried a ladder: at this frame sweeps begin with the second pair.</summary>
    private static EngineDynamics Draw(Ladder ladder, double plain, double scaled)
    {
        EngineDynamics dynamics = Dynamics(2 * Ladders, plain, scaled);
        var random = new RandomSource(11);
        for (int m = 0; m < 2 * Ladders; m++)
        {
            double width = Math.Sqrt(1 / (ladder.Beta[m % 2] * (Math.Abs(plain) + ladder.Scales[m % 2] * scaled)));
            double[] Normal(double s) => [s * random.NextNormal(), s * random.NextNormal(), s * random.NextNormal()];
            dynamics.SetState(m, Normal(width), Normal(1));
            if (scaled != 0)
                dynamics.SetScale(m, ladder.Scales[m % 2]);
        }
        dynamics.Refresh();
        dynamics.StepsDone = Frame;
        return dynamics;
    }

    private static EngineDynamics Dynamics(int replicas, double plain, double scaled)
    {
        static ForceFieldPotential Well(double k) => new(new([16], [new OneBodyTable<HarmonicWell>([0], [k, 0, 0, 0])]));
        Potential potential = scaled == 0 ? Well(plain) : new ScaledPotential(Well(plain), Well(scaled));
        return new(potential, [16], new VelocityVerlet([16], 1e-3, 1), replicas, new(1));
    }

    private static (double[] X, double[] V) State(EngineDynamics dynamics, int replica)
    {
        double[] x = new double[3], v = new double[3];
        dynamics.GetState(replica, x, v);
        return (x, v);
    }
}
