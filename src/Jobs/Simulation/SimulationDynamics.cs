using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Timewarp;
using MolSampling.Molecular;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Gpu;
using MolSampling.Potentials.Native;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>What moves the replicas of a configuration: the engine on the CPU or a GPU with one of its integrators, or OpenMM.</summary>
internal static class SimulationDynamics
{
    /// <summary>Makes the replicas, at the origin.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="plan">In numbers.</param>
    /// <param name="system">What is moved.</param>
    /// <param name="random">The run's; the noise is a stream of its own.</param>
    /// <param name="jump">Of --integrator timewarp; null for others.</param>
    /// <exception cref="ArgumentException">A term, device, platform or backend that does not fit; one line.</exception>
    /// <exception cref="NativeException">OpenMM is missing.</exception>
    /// <exception cref="InvalidDataException">OpenMM refuses the system; its own sentence.</exception>
    public static ReplicaDynamics Create(SimulationConfig config, SimulationPlan plan, MolecularSystem system, RandomSource random,
        LearnedJump? jump = null)
    {
        RandomSource noise = random.Split("dynamics");
        if (config.Backend == "openmm")
            return Verified(new(system.Energy.Xml!, OpenMMDynamics.LangevinMiddle(plan.StepSize, config.Friction), config.Replicas, noise,
                config.Platform, config.Threads, system.Energy.Classical?.VirtualSites, Barostat(plan, system)));
        SystemParameters Parameters(string what) =>
            system.Energy.Parameters ?? throw new ArgumentException($"{what} needs a force field, which {system.Energy.Name} is not");
        if (GpuDevice.Open(config.Device) is { } device)
            return new GpuDynamics(device, Parameters("a GPU"), plan.StepSize, config.Integrator == "verlet" ? 0 : config.Friction,
                config.Replicas, noise);
        Molecule? molecule = jump is null ? null : LearnedJump.MoleculeOf(system);
        Potential potential = config.ScaledTerms.Count > 0 ? new ScaledPotential(Parameters("a ladder of scaled terms"), config.ScaledTerms)
            : system.Energy.Potential;
        Kernel kernel = Integrator(config, plan, system.Masses);
        if (plan.Pressure is not null)
            kernel = new KernelSequence(kernel, [new(ExtraMove.Volumes, new VolumeMove(potential, system.Masses, plan.PressureEnergy), 1)]);
        if (molecule is not null)
        {
            // jumps draw from beyond the isomer that dynamics stays in: what tests keeps to it
            potential = potential.On(TimewarpTraining.IsomerOf(system, molecule));
            kernel = new KernelSequence(kernel, [new(ExtraMove.Jumps, new ConditionalJumps(jump!.Of(molecule), config.Jumps ?? 1,
                config.JumpsAhead ?? 1), 1)]);
        }
        return new EngineDynamics(potential, system.Masses, kernel, config.Replicas, noise,
            config.Threads);
    }

    /// <summary>Of the system and, where there is one, the jump: what a run must find again to go on to the bit.</summary>
    public static string Fingerprint(MolecularSystem system, LearnedJump? jump) => jump is null ? system.Energy.Fingerprint
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{system.Energy.Fingerprint} {jump.Fingerprint()}")));

    /// <summary>The jump that a configuration names; null where it has none.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">Relative file names are taken from here; null for the working directory.</param>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    /// <exception cref="MoleculeFormatException">It cannot be read.</exception>
    public static LearnedJump? JumpOf(SimulationConfig config, string? folder) => config.Proposal is { } path
        ? LearnedJump.Read(LearnedJump.Locate(folder is null ? path : Path.Combine(folder, path))) : null;

    /// <summary>Of OpenMM; null at constant volume.</summary>
    private static OpenMMBarostat? Barostat(SimulationPlan plan, MolecularSystem system)
    {
        if (plan.Pressure is not { } pressure)
            return null;
        if (system.Energy.Classical is not { Reach: { Box: { IsCubic: true } box, IsEwald: true } })
            throw new ArgumentException(
                $"Constant pressure needs a cubic box under Ewald's sum, which {system.Energy.Name} does not have.");
        return new(pressure, plan.StepsPerVolumeMove, box.X);
    }

    /// <summary>OpenMM's refusals are wrong input: its sentence, before any work.</summary>
    private static OpenMMDynamics Verified(OpenMMDynamics dynamics)
    {
        try
        {
            dynamics.Verify();
            return dynamics;
        }
        catch (NativeException e)
        {
            dynamics.Dispose();
            throw new InvalidDataException(e.Message, e);
        }
        catch (ArgumentException)
        {
            dynamics.Dispose();
            throw;
        }
    }

    private static Kernel Integrator(SimulationConfig config, SimulationPlan plan, IReadOnlyList<double> masses)
    {
        // as many integration steps a call as a frame has, so that a block stays on its thread
        (double h, double friction, int steps) = (plan.StepSize, config.Friction,
            plan.Pressure is null ? plan.StepsPerFrame : plan.StepsPerVolumeMove);
        return config.Integrator switch
        {
            "ghmc" or SimulationPlan.Timewarp => new GeneralisedHamiltonianMonteCarlo(masses, h, friction, SimulationPlan.LeapfrogSteps),
            "hmc" => new HamiltonianMonteCarlo(masses, [h], SimulationPlan.LeapfrogSteps),
            "mala" => new HamiltonianMonteCarlo(masses, [h], 1),
            "randomized-midpoint" => new RandomizedMidpoint(masses, h, friction, steps),
            "brownian" => new BrownianDynamics(masses, h, friction, steps),
            "verlet" => new VelocityVerlet(masses, h, steps),
            _ => new LangevinDynamics(masses, h, friction, steps),
        };
    }
}
