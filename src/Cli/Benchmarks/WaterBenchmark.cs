using System.Globalization;
using MolSampling.Molecular.Solvation;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Boxes of rigid water under Ewald's sum at 2 fs: replicas in the engine's lanes beside OpenMM contexts, one a thread and
/// one on all; ns/day of all replicas together. Both begin from one equilibrated box.</summary>
internal static class WaterBenchmark
{
    private const double StepSize = 0.002, Friction = 1, Temperature = 300, NanosecondsPerDay = StepSize * 1e-3 * 86_400;
    private const int StepsPerCall = 50, Relaxation = 500;

    public static void Run(WaterModel model, IReadOnlyList<int> waters, bool openMM, int threads, BenchmarkTable table)
    {
        foreach (int count in waters)
        {
            WaterBox box = WaterBox.OfWater(model, count, 0.9, new RandomSource(1));
            string name = string.Create(CultureInfo.InvariantCulture, $"{count} {model.Title}, {box.Edge:f2} nm, cut-off 0.9 nm");
            double[] masses = [.. box.System.Masses], x = box.Positions, v = new double[x.Length];
            var potential = new ForceFieldPotential(box.System.ToEngine(), name: name);
            int replicas = potential.BlockWidth * threads;
            using var dynamics = new EngineDynamics(potential, masses, new LangevinDynamics(masses, StepSize, Friction, StepsPerCall),
                replicas,
                new RandomSource(2), threads);
            for (int m = 0; m < replicas; m++)
            {
                dynamics.SetState(m, x, v);
                dynamics.SetTemperature(m, Temperature);
            }
            dynamics.Minimise(100, default);
            for (int m = 0; m < replicas; m++)
                dynamics.DrawVelocities(m, Temperature, new RandomSource(3), 0);
            dynamics.Refresh();
            dynamics.Run(Relaxation);
            double engine = Machine.Rate(() => dynamics.Run(StepsPerCall), (double)StepsPerCall * replicas) * NanosecondsPerDay;
            table.Add(name, "engine, Ewald's sum in single precision", replicas, threads, engine);
            Parts(potential, dynamics, name, table);
            dynamics.GetState(0, x, v);
            if (openMM)
                OpenMM(name, box, threads, engine, table);
        }
    }

    /// <summary>Forces of one block, as steps a second would be if nothing else were done, by table.</summary>
    private static void Parts(ForceFieldPotential potential, EngineDynamics dynamics, string name, BenchmarkTable table)
    {
        using var block = new WalkerBlock(potential, 0);
        double[] x = new double[3 * potential.AtomCount], v = new double[x.Length];
        for (int lane = 0; lane < block.Width; lane++)
        {
            dynamics.GetState(lane, x, v);
            block.SetPositions(lane, [.. x.Select(p => (float)p)]);
        }
        double whole = Machine.Rate(() => block.EvaluateForces(potential), block.Width);
        foreach (var part in potential.Parameters.Terms.Where(t => t.Name is "rigid water" or "waves"))
        {
            var alone = new ForceFieldPotential(potential.Parameters with { Terms = [part] });
            double rate = Machine.Rate(() => block.EvaluateForces(alone), block.Width);
            table.Note(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {part.Name} {1e6 / rate:f0} us a replica of {1e6 / whole:f0} for all forces, one thread"));
        }
    }

    private static void OpenMM(string name, WaterBox box, int threads, double engine, BenchmarkTable table)
    {
        if (!OpenMMLibrary.IsAvailable)
        {
            table.Note($"OpenMM is not here: {OpenMMLibrary.Problem}");
            return;
        }
        if (!OpenMMLibrary.Platforms.Contains("CPU"))
        {
            table.Note("OpenMM has no CPU platform here");
            return;
        }
        using var native = OpenMMSystem.FromXml(SystemXml.Write(box.System));
        double best = 0;
        foreach ((int contexts, int each) in threads == 1 ? new[] { (1, 1) } : [(threads, 1), (1, threads)])
        {
            const int steps = 100;
            OpenMMContext[] all = [.. Enumerable.Range(0, contexts).Select(n => new OpenMMContext(native,
                OpenMMDynamics.LangevinMiddle(StepSize, Friction)(Temperature, n + 1), "CPU", new Dictionary<string, string>
                { ["Threads"] = each.ToString(CultureInfo.InvariantCulture) }))];
            foreach ((OpenMMContext context, int n) in all.Select((c, n) => (c, n)))
            {
                context.Positions = VirtualSite.Append(box.System.VirtualSites, box.Positions);
                context.DrawVelocities(Temperature, n + 1);
                context.Step(steps);
            }
            double rate = Machine.Rate(() => Parallel.ForEach(all, ParallelWork.Options(contexts), c => c.Step(steps)),
                (double)steps * contexts) * NanosecondsPerDay;
            table.Add(name, $"OpenMM {OpenMMLibrary.Version} CPU, PME at 5e-4, {each} thread{(each > 1 ? "s" : "")} a context", contexts,
                threads, rate);
            best = Math.Max(best, rate);
            Array.ForEach(all, c => c.Dispose());
        }
        table.AddRatio($"engine, {name}, {threads} thread(s)", "OpenMM contexts, the faster way", engine / best);
    }
}
