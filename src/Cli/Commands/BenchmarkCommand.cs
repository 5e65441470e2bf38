using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark: rates beside the peers', measured in one run.</summary>
internal static class BenchmarkCommand
{
    private static readonly (string Name, string Smiles)[] s_systems =
    [
        ("alanine dipeptide, 22 atoms", "CC(=O)N[C@@H](C)C(=O)NC"),
        ("ibuprofen, 33 atoms", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"),
        ("celecoxib, 40 atoms", "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F"),
        ("verapamil fragment, 45 atoms", "COc1ccc(CCN(C)CCCc2ccccc2)cc1OC"),
    ];

    public static Command Create()
    {
        var against = new Option<string>("--against") { Description = "the peer", DefaultValueFactory = _ => "rdkit" };
        against.AcceptOnlyFromAmong("rdkit");
        var threads = new Option<int>("--threads") { Description = "threads of the engine; the peer runs on one", DefaultValueFactory = _ => 1 };
        Option<bool> json = CommonOptions.Json();
        var energies = new Command("energies", "MMFF94s energies with forces a second: the engine and RDKit") { against, threads, json };
        energies.SetAction(parsed => Failure.Guard(() => Energies(Math.Max(1, parsed.GetValue(threads)), parsed.GetValue(json))));
        return new Command("benchmark", "rates, measured beside the peers' in one run") { energies };
    }

    private static int Energies(int threads, bool json)
    {
        var rows = new List<object>();
        var ratios = new List<Ratio>();
        var lines = new List<string> { "| system | way | batch | threads | energies with forces a second |", "|---|---|--:|--:|--:|" };
        void Add(string name, string system, int batch, int used, double rate)
        {
            rows.Add(new { name, system, batch, threads = used, perSecond = rate, unit = "energies with forces" });
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"| {system} | {name} | {batch} | {used} | {rate:n0} |"));
        }
        double peak = MultiplyAddPeak();
        foreach ((string system, string smiles) in s_systems)
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            var potential = new ForceFieldPotential(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)], molecule.MmffTerms(MmffVariant.Mmff94s)));
            float[][] conformers = [.. molecule.Embed(32, 1, TimeSpan.FromMinutes(1)).Conformers];
            double rdkit = RDKitRate(molecule, conformers);
            Add("RDKit", system, conformers.Length, 1, rdkit);
            foreach (int batch in new[] { 16, 256, 4096 })
            {
                double rate = EngineRate(potential, conformers, batch, threads);
                Add($"engine ({potential.Lanes})", system, batch, threads, rate);
                if (batch == 256)
                    ratios.Add(new($"engine, {system}, batch 256, {threads} thread(s)", "RDKit, one thread", rate / rdkit));
            }
            foreach (LaneKind kind in new[] { LaneKind.Float256, LaneKind.Float128 })
                Add($"engine ({kind})", system, 256, threads, EngineRate(new ForceFieldPotential(potential.Parameters, kind), conformers, 256, threads));
            double operations = OperationCount(potential);
            double share = EngineRate(potential, conformers, 256, 1) * operations / peak;
            ratios.Add(new($"engine's operations a second, {system}, one thread", "multiply-add peak of one core", share));
        }
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "energies", machine = Machine(peak), rows, ratios }, JsonOutput.Options));
            return ExitCodes.Ok;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores, {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)}-bit lanes, measured multiply-add peak {peak / 1e9:f0} GFLOP/s a core"));
        lines.ForEach(Console.WriteLine);
        foreach (Ratio ratio in ratios)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ratio.Of} / {ratio.Over} = {ratio.Value:g3}"));
        return ExitCodes.Ok;
    }

    private sealed record Ratio(string Of, string Over, double Value);

    private static object Machine(double peak) => new
    {
        cores = Environment.ProcessorCount,
        runtime = RuntimeInformation.FrameworkDescription,
        architecture = RuntimeInformation.ProcessArchitecture.ToString(),
        laneBits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
        multiplyAddPeakGflops = peak / 1e9,
    };

    private static double RDKitRate(RDKitMolecule molecule, float[][] conformers)
    {
        // many copies in one native call, so that building the force field does not count
        const int copies = 64;
        double[] one = [.. conformers.SelectMany(c => c).Select(v => (double)v)];
        double[] x = [.. Enumerable.Repeat(one, copies).SelectMany(v => v)], energies = new double[conformers.Length * copies], forces = new double[x.Length];
        return Rate(() => molecule.MmffEnergies(MmffVariant.Mmff94s, x, energies, forces), energies.Length);
    }

    private static double EngineRate(ForceFieldPotential potential, float[][] conformers, int batch, int threads)
    {
        float[] x = [.. Enumerable.Range(0, batch).SelectMany(b => conformers[b % conformers.Length])];
        var energies = new double[batch];
        var forces = new float[x.Length];
        int repeats = Math.Max(1, 4096 / batch);
        return Rate(() =>
        {
            for (int r = 0; r < repeats; r++)
                potential.Evaluate(x, energies, forces, threads);
        }, batch * repeats);
    }

    /// <summary>The median of seven timings after a warm-up.</summary>
    private static double Rate(Action work, int count)
    {
        var warm = Stopwatch.StartNew();
        while (warm.Elapsed.TotalSeconds < 0.3)
            work();
        var rates = new double[7];
        for (int r = 0; r < rates.Length; r++)
        {
            var clock = Stopwatch.StartNew();
            int done = 0;
            do
            {
                work();
                done += count;
            }
            while (clock.Elapsed.TotalSeconds < 0.05);
            rates[r] = done / clock.Elapsed.TotalSeconds;
        }
        Array.Sort(rates);
        return rates[rates.Length / 2];
    }

    /// <summary>Floating-point operations of one energy with forces, counted in the formulas of Terms/ (a reciprocal or a root as one).</summary>
    private static double OperationCount(ForceFieldPotential potential) => potential.Parameters.Terms.Sum(t => t.Count * t.Name switch
    {
        "bond" => 39.0,
        "angle" => 110,
        "stretchBend" => 105,
        "outOfPlane" => 190,
        "torsion" => 175,
        _ => 62, // van der Waals and Coulomb with their common distance
    });

    /// <summary>FLOP/s of one core on independent multiply-adds in the widest lanes.</summary>
    private static double MultiplyAddPeak()
    {
        const int rounds = 200_000;
        return Rate(() => s_sink = Vector512.IsHardwareAccelerated ? Chains512(rounds) : Chains256(rounds), 1)
            * rounds * 12 * 2 * (Vector512.IsHardwareAccelerated ? 16 : 8);
    }

    private static float s_sink;

    private static float Chains512(int rounds)
    {
        Vector512<float> m = Vector512.Create(0.999f), c = Vector512.Create(1e-3f);
        Vector512<float> a0 = c, a1 = c, a2 = c, a3 = c, a4 = c, a5 = c, a6 = c, a7 = c, a8 = c, a9 = c, a10 = c, a11 = c;
        for (int r = 0; r < rounds; r++)
        {
            a0 = Vector512.FusedMultiplyAdd(a0, m, c); a1 = Vector512.FusedMultiplyAdd(a1, m, c); a2 = Vector512.FusedMultiplyAdd(a2, m, c);
            a3 = Vector512.FusedMultiplyAdd(a3, m, c); a4 = Vector512.FusedMultiplyAdd(a4, m, c); a5 = Vector512.FusedMultiplyAdd(a5, m, c);
            a6 = Vector512.FusedMultiplyAdd(a6, m, c); a7 = Vector512.FusedMultiplyAdd(a7, m, c); a8 = Vector512.FusedMultiplyAdd(a8, m, c);
            a9 = Vector512.FusedMultiplyAdd(a9, m, c); a10 = Vector512.FusedMultiplyAdd(a10, m, c); a11 = Vector512.FusedMultiplyAdd(a11, m, c);
        }
        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
    }

    private static float Chains256(int rounds)
    {
        Vector256<float> m = Vector256.Create(0.999f), c = Vector256.Create(1e-3f);
        Vector256<float> a0 = c, a1 = c, a2 = c, a3 = c, a4 = c, a5 = c, a6 = c, a7 = c, a8 = c, a9 = c, a10 = c, a11 = c;
        for (int r = 0; r < rounds; r++)
        {
            a0 = Vector256.FusedMultiplyAdd(a0, m, c); a1 = Vector256.FusedMultiplyAdd(a1, m, c); a2 = Vector256.FusedMultiplyAdd(a2, m, c);
            a3 = Vector256.FusedMultiplyAdd(a3, m, c); a4 = Vector256.FusedMultiplyAdd(a4, m, c); a5 = Vector256.FusedMultiplyAdd(a5, m, c);
            a6 = Vector256.FusedMultiplyAdd(a6, m, c); a7 = Vector256.FusedMultiplyAdd(a7, m, c); a8 = Vector256.FusedMultiplyAdd(a8, m, c);
            a9 = Vector256.FusedMultiplyAdd(a9, m, c); a10 = Vector256.FusedMultiplyAdd(a10, m, c); a11 = Vector256.FusedMultiplyAdd(a11, m, c);
        }
        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
    }
}
