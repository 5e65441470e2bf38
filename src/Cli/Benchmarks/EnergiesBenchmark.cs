using System.Diagnostics;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Gpu;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Torch;
using TorchSharp;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Energies with forces a second: the engine beside RDKit (MMFF94s) and OpenMM (a peptide in vacuum, in OBC II and in GBn2), on
/// one thread each unless more are asked for.</summary>
internal static class EnergiesBenchmark
{
    private static readonly int[] s_batches = [16, 256, 4096, 16384], s_deviceBatches = [1, 64, 4096, 65_536, 1_000_000];
    private static readonly (string Name, string Smiles)[] s_molecules =
    [
        ("alanine dipeptide, MMFF94s, 22 atoms", "CC(=O)N[C@@H](C)C(=O)NC"),
        ("ibuprofen, MMFF94s, 33 atoms", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"),
        ("celecoxib, MMFF94s, 40 atoms", "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F"),
        ("verapamil fragment, MMFF94s, 45 atoms", "COc1ccc(CCN(C)CCCc2ccccc2)cc1OC"),
    ];

    public static void Run(IReadOnlyCollection<string> peers, int threads, GpuDevice? device, BenchmarkTable table)
    {
        foreach (string solvent in new[] { "none", "obc2", "gbn2" })
            Peptide("ACE-ALA-NME", solvent, peers.Contains("openmm"), threads, device, table);
        Peptide("ACE-ALA-ALA-ALA-NME", "obc2", peers.Contains("openmm"), threads, device, table);
        if (peers.Contains("rdkit"))
            foreach ((string name, string smiles) in s_molecules)
                Molecule(name, smiles, threads, device, table);
    }

    private static void Peptide(string sequence, string solvent, bool openMM, int threads, GpuDevice? device, BenchmarkTable table)
    {
        Structure peptide = PeptideBuilder.Build(sequence);
        ClassicalSystem system = ForceField.Load(solvent == "none" ? ["ff14SB"] : ["ff14SB", solvent]).Parameterize(peptide.Topology);
        string name = $"{sequence}, ff14SB{(solvent == "none" ? "" : $" + {solvent}")}, {system.AtomCount} atoms";
        float[][] frames = [.. Enumerable.Range(0, 32).Select(n =>
            peptide.Positions.Select((x, k) => (float)(x + 0.004 * Math.Sin(k * 7.1 + n))).ToArray())];
        var potential = new ForceFieldPotential(system.ToEngine());
        Engine(name, potential, frames, threads, table);
        OnDevice(name, potential.Parameters, frames, device, table);
        if (openMM)
            Compare(name, SystemXml.Write(system), frames, potential, table);
        if (solvent == "obc2" && sequence == "ACE-ALA-NME")
            Autograd(name, potential, frames, table);
    }

    /// <summary>Rows for every batch and lane width.</summary>
    private static void Engine(string name, ForceFieldPotential potential, float[][] frames, int threads, BenchmarkTable table)
    {
        double single = 0;
        foreach (int batch in s_batches)
        {
            double rate = EngineRate(potential, frames, batch, threads);
            table.Add(name, $"engine ({potential.Lanes})", batch, threads, rate);
            if (batch == 4096)
                single = threads == 1 ? rate : EngineRate(potential, frames, batch, 1);
        }
        foreach (LaneKind kind in new[] { LaneKind.Float256, LaneKind.Float128 })
            if (kind != potential.Lanes)
                table.Add(name, $"engine ({kind})", 4096, threads, EngineRate(new(potential.Parameters, kind), frames, 4096, threads));
        long operations = potential.CountOperations([.. frames[0].Select(x => (double)x)]);
        table.AddRatio($"engine's operations a second on one thread ({operations} an evaluation), {name}", "multiply-add peak of one core",
            single * operations / Machine.MultiplyAddPeak);
    }

    private static void OnDevice(string name, SystemParameters parameters, float[][] frames, GpuDevice? device, BenchmarkTable table)
    {
        if (device is null)
            return;
        using var gpu = new GpuForceField(device, parameters);
        foreach (int batch in s_deviceBatches)
        {
            float[] x = [.. Enumerable.Range(0, batch).SelectMany(b => frames[b % frames.Length])];
            double[] energies = new double[batch];
            float[] forces = new float[x.Length];
            table.Add(name, $"{device.Name} {device.Description}, with transfers", batch, 1,
                Machine.Rate(() => gpu.Evaluate(x, energies, forces), batch));
        }
    }

    private static void Compare(string name, string xml, float[][] frames, ForceFieldPotential potential, BenchmarkTable table)
    {
        if (!OpenMMLibrary.IsAvailable)
        {
            table.Note($"OpenMM is not here: {OpenMMLibrary.Problem}");
            return;
        }
        const string verlet = "<Integrator type=\"VerletIntegrator\" version=\"1\" stepSize=\"0.001\" constraintTolerance=\"1e-5\"/>";
        using var system = OpenMMSystem.FromXml(xml);
        double ratio = double.PositiveInfinity;
        foreach (string platform in OpenMMLibrary.Platforms.Where(p => p is "Reference" or "CPU"))
        {
            using var context = new OpenMMContext(system, verlet, platform, platform == "CPU" ? new Dictionary<string, string> { ["Threads"] = "1" } : null);
            double[] x = [.. frames.SelectMany(f => f).Select(v => (double)v)], energies = new double[frames.Length],
                forces = new double[x.Length];
            (double rate, double over) = Beside(() => context.EnergiesAndForces(x, energies, forces), frames.Length, potential, frames);
            table.Add(name, $"OpenMM {OpenMMLibrary.Version} {platform}, one native call", frames.Length, 1, rate);
            ratio = Math.Min(ratio, over);
        }
        table.AddRatio($"engine, batch 4096, one thread, {name}", "OpenMM's fastest platform here, one thread", ratio);
    }

    /// <summary>A peer on one thread, timed in turn with the engine at batch 4096 on one thread.</summary>
    /// <returns>The peer's items a second, and how many times as many the engine's are.</returns>
    private static (double Rate, double Ratio) Beside(Action peer, int count, ForceFieldPotential potential, float[][] frames)
    {
        const int batch = 4096, rounds = 31;
        (double rate, _, double ratio) = Machine.RatesInTurn(peer, count, EngineCall(potential, frames, batch, 1), batch, rounds, 1);
        return (rate, ratio);
    }

    private static void Autograd(string name, ForceFieldPotential potential, float[][] frames, BenchmarkTable table)
    {
        const int batch = 4096;
        TorchRuntime.EnsureLoaded();
        int cores = Environment.ProcessorCount;
        float[] data = [.. Enumerable.Range(0, batch).SelectMany(b => frames[b % frames.Length])];
        using torch.Tensor x = torch.tensor(data, [batch, potential.AtomCount, 3]).requires_grad_();
        var energies = new double[batch];
        var forces = new float[data.Length];
        (double autograd, double alone, double ratio) = Machine.RatesInTurn(() =>
        {
            using var scope = torch.NewDisposeScope();
            potential.Energy(x).sum().backward();
            x.grad!.zero_();
        }, () => potential.Evaluate(data, energies, forces, cores), batch);
        table.Add(name, "engine in torch's autograd, forward and backward", batch, cores, autograd);
        table.Add(name, "engine alone", batch, cores, alone);
        table.AddRatio($"time of a forward and backward pass through autograd, batch {batch}, {name}", "engine alone, same threads", ratio);
    }

    private static void Molecule(string name, string smiles, int threads, GpuDevice? device, BenchmarkTable table)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var potential = new ForceFieldPotential(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)],
            molecule.MmffTerms(MmffVariant.Mmff94s)));
        float[][] conformers = [.. molecule.Embed(32, 1, TimeSpan.FromMinutes(1)).Conformers];
        (double rdkit, double ratio) = BesideRDKit(molecule, potential, conformers);
        table.Add(name, "RDKit, one native call", conformers.Length, 1, rdkit);
        table.AddRatio($"engine, batch 4096, one thread, {name}", "RDKit, one thread", ratio);
        Engine(name, potential, conformers, threads, table);
        OnDevice(name, potential.Parameters, conformers, device, table);
        Draws(name, molecule, table);
    }

    /// <summary>Torsions drawn from a fitted proposal, placed, and weighed by their energies.</summary>
    private static void Draws(string name, RDKitMolecule molecule, BenchmarkTable table)
    {
        const int batch = 16_384;
        (ConformerWork? work, _) = ConformerWork.Prepare(molecule, new(), null, Stopwatch.StartNew(), (_, _) => { }, default);
        using (work)
        {
            var tree = new RotorTree(molecule.Molecule);
            LearnedTorsions learned = LearnedTorsions.Of(work!, tree, new(Rounds: 1, Polish: 0), default);
            int[] states = new int[batch];
            float[] angles = new float[batch * tree.Rotors.Count];
            double[] own = new double[batch], energies = new double[batch];
            table.Add(name, $"weighted draws of {tree.Rotors.Count} torsions", batch, Environment.ProcessorCount, Machine.Rate(() =>
            {
                learned.Proposal.Draw(states, angles, own, new(1));
                learned.Rotors.Evaluate(states, angles, energies);
                for (int n = 0; n < batch; n++)
                    own[n] = -work!.Beta * energies[n] - own[n];
            }, batch));
        }
    }

    private static (double Rate, double Ratio) BesideRDKit(RDKitMolecule molecule, ForceFieldPotential potential, float[][] conformers)
    {
        // many copies in one native call, so that building the force field does not count
        const int copies = 64;
        double[] one = [.. conformers.SelectMany(c => c).Select(v => (double)v)];
        double[] x = [.. Enumerable.Repeat(one, copies).SelectMany(v => v)], energies = new double[conformers.Length * copies],
            forces = new double[x.Length];
        return Beside(() => molecule.MmffEnergies(MmffVariant.Mmff94s, x, energies, forces), energies.Length, potential, conformers);
    }

    private static double EngineRate(ForceFieldPotential potential, float[][] frames, int batch, int threads)
    {
        Action call = EngineCall(potential, frames, batch, threads);
        int repeats = Math.Max(1, 4096 / batch);
        return Machine.Rate(() =>
        {
            for (int r = 0; r < repeats; r++)
                call();
        }, batch * repeats);
    }

    private static Action EngineCall(ForceFieldPotential potential, float[][] frames, int batch, int threads)
    {
        float[] x = [.. Enumerable.Range(0, batch).SelectMany(b => frames[b % frames.Length])];
        var energies = new double[batch];
        var forces = new float[x.Length];
        return () => potential.Evaluate(x, energies, forces, threads);
    }
}
