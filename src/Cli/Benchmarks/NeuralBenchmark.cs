using System.Globalization;
using MolSampling.Molecular.Chemistry;
using MolSampling.Potentials.Neural;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Energies with forces a second under an ANI potential: the engine's lanes beside the same network in torch operations, on the
/// same walkers, in turn, after a look whether both say the same.</summary>
/// <remarks>With one thread a second is one of processor time, with more one of the clock.</remarks>
internal static class NeuralBenchmark
{
    private const int Batch = 64, Frames = 16, Rounds = 5;
    private const double MostEnergy = 0.02, MostForce = 1e-4; // kJ/mol; of the largest force: two single precisions apart

    private static readonly (string Name, string Smiles)[] s_molecules =
    [
        ("alanine dipeptide, 22 atoms", "CC(=O)N[C@@H](C)C(=O)NC"),
        ("ibuprofen, 33 atoms", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"),
        ("verapamil fragment, 45 atoms", "COc1ccc(CCN(C)CCCc2ccccc2)cc1OC"),
    ];

    /// <summary>Runs it.</summary>
    /// <param name="weights">Of one model.</param>
    /// <param name="threads">The most.</param>
    /// <param name="table">Takes the rates.</param>
    public static void Run(AniWeights weights, int threads, BenchmarkTable table)
    {
        TorchRuntime.EnsureLoaded();
        int before = get_num_threads();
        foreach ((string name, string smiles) in s_molecules)
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            float[][] frames = [.. molecule.Embed(Frames, 1, TimeSpan.FromMinutes(1)).Conformers];
            float[] x = [.. Enumerable.Range(0, Batch).SelectMany(b => frames[b % frames.Length])];
            foreach (AniWeights some in weights.MemberCount > 1 ? new[] { weights.Only(0), weights } : [weights])
            {
                int[] numbers = [.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)];
                var potential = new AniPotential(some, numbers, [.. molecule.Molecule.Atoms.Select(a => a.Mass)]);
                using var torchs = new TorchAni(some, numbers);
                foreach (int used in new[] { 1, threads }.Distinct())
                    Compare($"{some.Name}, {name}", potential, torchs, x, used, table);
            }
        }
        set_num_threads(before);
        if (weights.Note is { } note)
            table.Note(note);
    }

    private static void Compare(string system, AniPotential potential, TorchAni torchs, float[] x, int threads, BenchmarkTable table)
    {
        double[] energies = new double[Batch], otherEnergies = new double[Batch];
        float[] forces = new float[x.Length], otherForces = new float[x.Length];
        var autograd = TorchForces.ByAutograd(torchs.Energy);
        set_num_threads(threads);

        void Engine() => potential.Evaluate(x, energies, forces, threads);
        void Torch()
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor u, Tensor f) = autograd.Evaluate(tensor(x, [Batch, potential.AtomCount, 3]));
            u.data<double>().CopyTo(otherEnergies);
            f.contiguous().data<float>().CopyTo(otherForces);
        }

        Engine();
        Torch();
        double apart = energies.Zip(otherEnergies).Max(p => Math.Abs(p.First - p.Second)),
            forcesApart = forces.Zip(otherForces).Max(p => Math.Abs(p.First - p.Second)) / forces.Max(Math.Abs);
        if (!(apart < MostEnergy && forcesApart < MostForce))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"{system}: the engine and torch differ by {apart:g2} kJ/mol, and by {forcesApart:g2} of the largest force"));
        // one thread is timed by what it computes, several by the clock on the wall
        (double engine, double torch, double ratio) = Machine.RatesInTurn(Engine, Batch, Torch, Batch, Rounds, 1, threads == 1);
        table.Add(system, $"engine ({potential.Lanes})", Batch, threads, engine);
        table.Add(system, "torch operations, autograd", Batch, threads, torch);
        table.AddRatio($"time in torch, {threads} thread(s), {system}", "engine's", 1 / ratio);
        if (threads > 1)
            return;
        double operations = 2.0 * potential.MultiplyAdds;
        (_, _, double overPeak) = Machine.RatesInTurn(Engine, Batch * operations, Machine.MultiplyAdds, Machine.MultiplyAddsOperations,
            4 * Rounds + 1, 3, true);
        table.AddRatio(string.Create(CultureInfo.InvariantCulture,
            $"dense layers' operations a second ({1e-6 * operations:f1} million an evaluation), one thread, {system}"),
            "multiply-adds of one core in turn", 1 / overPeak);
    }
}
