using System.Reflection;
using ILGPU.Runtime.Cuda;
using MolSampling.Potentials.Gpu;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Tests.Potentials;

namespace MolSampling.Tests.Sampling;

/// <summary>Whole trajectories in one launch, on ILGPU's emulation and on every device that is here.</summary>
public sealed class GpuDynamicsTests
{
    private const double StepSize = 0.002, Friction = 5;

    [Fact]
    public void A_trajectory_is_that_of_the_lanes_up_to_rounding()
    {
        FollowTheLanes(GpuDevice.Emulated(), 5, 20);
    }

    [SkippableFact]
    public void A_trajectory_is_that_of_the_lanes_up_to_rounding_on_every_device_here()
    {
        IReadOnlyList<(string Name, string Description)> devices = GpuDevice.List();
        Skip.If(devices.Count == 0, "no CUDA or OpenCL device is here");
        foreach ((string name, _) in devices)
            FollowTheLanes(GpuDevice.Open(name)!, 500, 20);
    }

    [Fact]
    public void Splitting_the_batch_and_the_steps_changes_no_bit()
    {
        (SystemParameters system, float[] x) = GpuTests.Peptide(5);
        using var whole = new GpuDynamics(GpuDevice.Emulated(), system, StepSize, Friction, 5, new RandomSource(3));
        using var parts = new GpuDynamics(GpuDevice.Emulated(), system, StepSize, Friction, 5, new RandomSource(3)) { LargestBatch = 2 };
        Place(whole, x);
        Place(parts, x);
        whole.Run(6);
        whole.Run(6);
        parts.Run(6);
        using var resumed = new GpuDynamics(GpuDevice.Emulated(), system, StepSize, Friction, 5, new RandomSource(3)) { StepsDone = 6 };
        for (int m = 0; m < 5; m++)
        {
            (double[] position, double[] velocity) = State(parts, m);
            resumed.SetState(m, position, velocity);
        }
        resumed.Refresh();
        for (int m = 0; m < 5; m++)
            Assert.Equal(parts.PotentialEnergy(m), resumed.PotentialEnergy(m));
        resumed.Run(6);
        for (int m = 0; m < 5; m++)
        {
            Assert.Equal(State(whole, m).Positions, State(resumed, m).Positions);
            Assert.Equal(State(whole, m).Velocities, State(resumed, m).Velocities);
            Assert.Equal(whole.PotentialEnergy(m), resumed.PotentialEnergy(m));
        }
        Assert.NotEqual(State(whole, 0).Velocities, State(whole, 1).Velocities);
    }

    [Theory]
    [InlineData("periodic torsion")]
    [InlineData("generalized Born II")]
    [InlineData("non-bonded")]
    public void Trajectories_compile_for_sm_80_and_sm_90(string term)
    {
        SystemParameters system = TermContract.System(term);
        Type memory = EnergyKernel.Memory(4, system.Terms.Max(t => t.ScratchLanes), system.Terms.Sum(t => t.EnergyNames.Count));
        foreach (CudaArchitecture architecture in new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 })
        {
            MethodInfo run = typeof(GpuLangevin).GetMethod(nameof(GpuLangevin.Run))!;
            string assembly = PtxCompiler.Compile(run.MakeGenericMethod(DeviceTables.ChainType(system), memory), architecture);
            Assert.Contains(".entry", assembly, StringComparison.Ordinal);
            Assert.DoesNotContain("call", assembly, StringComparison.Ordinal);
        }
    }

    private static void FollowTheLanes(GpuDevice device, int replicas, int steps)
    {
        (SystemParameters system, float[] x) = GpuTests.Peptide(replicas);
        using var gpu = new GpuDynamics(device, system, StepSize, Friction, replicas, new RandomSource(3));
        using var lanes = new EngineDynamics(new ForceFieldPotential(system), system.Masses, new LangevinDynamics(system.Masses, StepSize, Friction, steps), replicas, new RandomSource(3));
        using var other = new EngineDynamics(new ForceFieldPotential(system), system.Masses, new LangevinDynamics(system.Masses, StepSize, Friction, steps), replicas, new RandomSource(4));
        double Distance(ReplicaDynamics a, ReplicaDynamics b) => Enumerable.Range(0, replicas).Max(m =>
            State(a, m).Positions.Zip(State(b, m).Positions, (p, q) => Math.Abs(p - q)).Max());
        foreach (ReplicaDynamics dynamics in new ReplicaDynamics[] { gpu, lanes, other })
        {
            Place(dynamics, x);
            for (int m = 0; m < replicas; m++)
                dynamics.SetTemperature(m, 300 + 10 * (m % 5));
            dynamics.Minimise(50, default);
            for (int m = 0; m < replicas; m++)
                dynamics.DrawVelocities(m, 300 + 10 * (m % 5), new RandomSource(8), 0);
            dynamics.Refresh();
        }
        Assert.True(Distance(gpu, lanes) < 1e-6);
        foreach (ReplicaDynamics dynamics in new ReplicaDynamics[] { gpu, lanes, other })
            dynamics.Run(steps);
        Assert.True(Distance(gpu, lanes) < 2e-5, $"{Distance(gpu, lanes)} nm"); // 4e-7 of rounding, grown by the dynamics
        Assert.True(Distance(gpu, other) > 2e-3, "power: other noise leads elsewhere");
        for (int m = 0; m < replicas; m++)
        {
            Assert.Equal(lanes.PotentialEnergy(m), gpu.PotentialEnergy(m), 0.02);
            Assert.Equal(lanes.KineticEnergy(m), gpu.KineticEnergy(m), 0.02);
        }
    }

    private static void Place(ReplicaDynamics dynamics, float[] x)
    {
        int size = 3 * dynamics.Masses.Count;
        for (int m = 0; m < dynamics.Replicas; m++)
            dynamics.SetState(m, [.. x.AsSpan(m * size, size).ToArray().Select(c => (double)c)], new double[size]);
        dynamics.Refresh();
    }

    private static (double[] Positions, double[] Velocities) State(ReplicaDynamics dynamics, int replica)
    {
        double[] x = new double[3 * dynamics.Masses.Count], v = new double[x.Length];
        dynamics.GetState(replica, x, v);
        return (x, v);
    }
}
