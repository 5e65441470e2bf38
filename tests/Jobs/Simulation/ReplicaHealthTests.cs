using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Simulation;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>An atom in a harmonic well, three replicas: where the limits lie, and what becomes of those beyond.</summary>
public sealed class ReplicaHealthTests : IDisposable
{
    private const double Stiffness = 1000, Mass = 16;
    private static readonly double s_limit = 20 * 1.5 * Units.GasConstant * 300 + 100; // kJ/mol: of one atom at 300 K
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-health-").FullName;
    private readonly List<string> _log = [];
    private readonly EngineDynamics _dynamics = new(
        new ForceFieldPotential(new([Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, 0, 0, 0])])), [Mass],
        new VelocityVerlet([Mass], 1e-3, 1), 3, new(1));

    private readonly RunDirectory _directory;
    private readonly ReplicaHealth _health;

    public ReplicaHealthTests()
    {
        var config = new SimulationConfig { Input = "C", Replicas = 3 };
        SimulationPlan plan = config.Plan();
        _directory = RunDirectory.Create(Path.Combine(_folder, "run"), config, plan, "fingerprint", null);
        var exchange = new SimulationExchange(_dynamics, plan.Ladder, plan.StepsPerFrame, new(1));
        _health = new(_dynamics, exchange, new(2), new(_directory, plan, _dynamics), _log.Add);
        for (int m = 0; m < 3; m++)
            Put(m, 0, 0);
        _health.Keep();
    }

    public void Dispose()
    {
        _directory.Dispose();
        _dynamics.Dispose();
        Directory.Delete(_folder, true);
    }

    [Theory]
    [InlineData(0.99, 0, 0, true)]
    [InlineData(1.01, 0, 0, false)]
    [InlineData(0, 0.99, 0, true)]
    [InlineData(0, 1.01, 0, false)]
    [InlineData(1.9, 0, 1, true)] // it counts what a frame adds
    [InlineData(2.1, 0, 1, false)]
    [InlineData(double.NaN, 0, 0, false)]
    [InlineData(0, double.NaN, 0, false)]
    public void A_frame_may_add_so_much_energy_and_no_more(double potential, double kinetic, double before, bool healthy)
    {
        Put(1, before * s_limit, 0);
        _health.Keep();
        Put(1, potential * s_limit, kinetic * s_limit);
        (double[] X, double[] V) state = State(1);
        _health.Check();
        Assert.Equal((healthy ? 0 : 1, !healthy), (_health.Restarts[1], _health.WasSetBack(1)));
        Assert.Equal(healthy, State(1).V.SequenceEqual(state.V));
        if (!healthy)
            Assert.Equal(before * s_limit, _dynamics.PotentialEnergy(1), 1e-3); // it is where it was, with its energy known
        Assert.Equal((0, 0, false, false), (_health.Restarts[0], _health.Restarts[2], _health.WasSetBack(0), _health.WasSetBack(2)));
        Assert.Equal(healthy ? 0 : 1, _log.Count);
    }

    [Fact]
    public void A_hotter_bath_allows_more()
    {
        Put(1, 1.5 * s_limit, 0);
        _health.Check(kelvin: 1200); // of an annealing
        Assert.Equal(0, _health.Restarts[1]);
        _health.Check();
        Assert.Equal(1, _health.Restarts[1]);
    }

    [Fact]
    public void New_velocities_are_of_the_bath_and_never_the_same()
    {
        var kinetic = new List<double>();
        for (int n = 0; n < 300; n++)
        {
            _health.Restarts[0] = 0;
            _dynamics.StepsDone = n;
            Put(0, double.NaN, 0);
            _health.Check();
            kinetic.Add(_dynamics.KineticEnergy(0));
        }
        Assert.Equal(300, kinetic.Distinct().Count());
        double kT = Units.GasConstant * 300;
        Assert.InRange((kinetic.Average() - 1.5 * kT) / (kT * Math.Sqrt(1.5 / 300)), -4, 4);
    }

    [Fact]
    public void The_sixth_time_a_replica_is_given_up_and_the_others_go_on()
    {
        for (int n = 1; n <= ReplicaHealth.MostRestarts + 1; n++)
        {
            Put(2, double.NaN, 0);
            _health.Check();
            Assert.Equal((n, n > ReplicaHealth.MostRestarts), (_health.Restarts[2], _health.Failed[2]));
            Assert.EndsWith(n > ReplicaHealth.MostRestarts ? "given up" : $"restart {n} of 5", _log[^1], StringComparison.Ordinal);
        }
        Assert.False(_health.AllFailed);
        Assert.Equal([false, false, true], _health.Failed);
        Put(2, double.NaN, 0);
        _health.Check(); // kept where it was, without another word
        Assert.Equal((6, 6, true), (_health.Restarts[2], _log.Count, _health.WasSetBack(2)));
        Assert.Equal(0, _dynamics.PotentialEnergy(2), 1e-9);
        Put(2, 50, 0);
        _health.Keep(); // its last good frame stays
        Assert.Equal(0, _health.Good.Energies[2], 1e-9);
        Put(0, double.NaN, 0);
        _health.Check();
        Assert.Equal((1, false), (_health.Restarts[0], _health.Failed[0]));
        (_health.Failed[0], _health.Failed[1]) = (true, true);
        Assert.True(_health.AllFailed);
    }

    [Fact]
    public void What_blew_up_is_written_down_with_the_last_good_frame()
    {
        Put(1, 7, 0);
        _health.Keep();
        _dynamics.StepsDone = 4000;
        Put(1, 3 * s_limit, 0);
        _health.Check();
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "run", "postmortem")));
        Assert.Equal("replica-0001-step-4000.json", Path.GetFileName(file));
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        double First(string name) => double.Parse(json.RootElement.GetProperty(name)[0].GetString()!, CultureInfo.InvariantCulture);
        Assert.Equal(7, 0.5 * Stiffness * Math.Pow(First("lastGoodPositionsNm"), 2), 1e-4);
        Assert.Equal(3 * s_limit, 0.5 * Stiffness * Math.Pow(First("positionsNm"), 2), 1e-2);
    }

    /// <summary>A replica with so much energy of each kind.</summary>
    private void Put(int replica, double potential, double kinetic)
    {
        _dynamics.SetState(replica, [Math.Sqrt(2 * potential / Stiffness), 0, 0], [0, Math.Sqrt(2 * kinetic / Mass), 0]);
        _dynamics.Refresh();
    }

    private (double[] X, double[] V) State(int replica)
    {
        double[] x = new double[3], v = new double[3];
        _dynamics.GetState(replica, x, v);
        return (x, v);
    }
}
