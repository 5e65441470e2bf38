using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Gpu;
using MolSampling.Potentials.OpenMM;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Langevin dynamics of ACE-ALA-NME with ff14SB and OBC II at 2 fs: replicas in the engine beside OpenMM contexts, one a replica,
/// on the same cores; ns/day of all replicas together.</summary>
internal static class DynamicsBenchmark
{
    private const double StepSize = 0.002, Friction = 1, NanosecondsPerDay = StepSize * 1e-3 * 86_400;
    private static readonly int[] s_replicas = [1, 16, 64, 256, 1024, 4096, 16384], s_steps = [10, 1000, 5000], s_deviceReplicas =
        [1, 64, 1024, 16_384, 131_072, 1_000_000];

    public static void Run(bool openMM, int threads, GpuDevice? device, BenchmarkTable table)
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        foreach (string solvent in new[] { "none", "obc2" })
        {
            ClassicalSystem system = ForceField.Load(solvent == "none" ? ["ff14SB"] : ["ff14SB", solvent]).Parameterize(peptide.Topology,
                hydrogenMass: 3);
            string name = $"ACE-ALA-NME, ff14SB{(solvent == "none" ? "" : $" + {solvent}")}";
            double best = s_replicas.Max(replicas => Engine(name, system, peptide.Positions, replicas, replicas >= 4096 ? 10 : 100, threads,
                table));
            foreach (int steps in s_steps)
                Engine(name, system, peptide.Positions, 256, steps, threads, table);
            table.AddRatio($"engine's steps a second and thread, {name}", "its energies with forces a second and thread at the same batch",
                best / NanosecondsPerDay / threads / EvaluationRate(system, peptide.Positions));
            if (device is not null)
                foreach (int replicas in s_deviceReplicas)
                    OnDevice(name, system, peptide.Positions, replicas, device, table);
            if (openMM)
                OpenMM(name, system, peptide.Positions, threads, best, table);
        }
    }

    private static double Engine(string name, ClassicalSystem system, double[] start, int replicas, int steps, int threads,
        BenchmarkTable table)
    {
        using var dynamics = new EngineDynamics(new ForceFieldPotential(system.ToEngine()), system.Masses, new LangevinDynamics(system.Masses, StepSize, Friction, steps), replicas, new RandomSource(1), threads);
        Prepare(dynamics, start);
        double rate = Machine.Rate(() => dynamics.Run(steps), (double)steps * replicas) * NanosecondsPerDay;
        table.Add(name, $"engine, {steps} steps a call", replicas, threads, rate);
        return rate;
    }

    private static void OnDevice(string name, ClassicalSystem system, double[] start, int replicas, GpuDevice device, BenchmarkTable table)
    {
        const int steps = 500;
        using var dynamics = new GpuDynamics(GpuDevice.Open(device.Name)!, system.ToEngine(), StepSize, Friction, replicas, new RandomSource(1));
        Prepare(dynamics, start);
        table.Add(name, $"{device.Name} {device.Description}", replicas, 1, Machine.Rate(() => dynamics.Run(steps),
            (double)steps * replicas) * NanosecondsPerDay);
    }

    private static double EvaluationRate(ClassicalSystem system, double[] start)
    {
        var potential = new ForceFieldPotential(system.ToEngine());
        using var block = new Sampling.Kernels.WalkerBlock(potential, 0);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, Array.ConvertAll(start, x => (float)x));
        return Machine.Rate(() =>
        {
            for (int n = 0; n < 100; n++)
                block.Evaluate(potential);
        }, 100.0 * block.Width);
    }

    private static void OpenMM(string name, ClassicalSystem system, double[] start, int threads, double engine, BenchmarkTable table)
    {
        if (!OpenMMLibrary.IsAvailable)
        {
            table.Note($"OpenMM is not here: {OpenMMLibrary.Problem}");
            return;
        }
        using var native = OpenMMSystem.FromXml(SystemXml.Write(system));
        double best = 0;
        foreach (string platform in OpenMMLibrary.Platforms.Where(p => p is "Reference" or "CPU"))
        {
            const int steps = 500;
            OpenMMContext[] contexts = [.. Enumerable.Range(0, threads).Select(n =>
                new OpenMMContext(native, OpenMMDynamics.LangevinMiddle(StepSize, Friction)(300, n + 1), platform, platform == "CPU"
                    ? new Dictionary<string, string> { ["Threads"] = "1" } : null))];
            foreach ((OpenMMContext context, int n) in contexts.Select((c, n) => (c, n)))
            {
                context.Positions = start;
                context.Minimise(10, 200);
                context.DrawVelocities(300, n + 1);
            }
            double rate = Machine.Rate(() => Parallel.ForEach(contexts, ParallelWork.Options(threads), c => c.Step(steps)),
                (double)steps * threads) * NanosecondsPerDay;
            table.Add(name, $"OpenMM {OpenMMLibrary.Version} {platform}, a context a thread", threads, threads, rate);
            best = Math.Max(best, rate);
            Array.ForEach(contexts, c => c.Dispose());
        }
        table.AddRatio($"engine, all replicas, {threads} thread(s), {name}",
            $"OpenMM contexts on its fastest platform here, {threads} thread(s)", engine / best);
    }

    private static void Prepare(ReplicaDynamics dynamics, double[] start)
    {
        double[] still = new double[start.Length];
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            dynamics.SetTemperature(m, 300);
            dynamics.SetState(m, start, still);
        }
        dynamics.Minimise(300, default);
        for (int m = 0; m < dynamics.Replicas; m++)
            dynamics.DrawVelocities(m, 300, new RandomSource(2), 0);
        dynamics.Refresh();
    }
}
