using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Molecular;
using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Gpu;
using MolSampling.Potentials.Neural;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark: rates and errors beside the peers', measured in one run.</summary>
internal static class BenchmarkCommand
{
    private static readonly string[] s_peers = ["openmm", "rdkit"];

    private static readonly string[] s_rigid = ["data/flows/methane-in-field", "data/flows/ice-xi-16-250k", "data/flows/ice-xi-16-100k",
        "data/flows/ice-xi-16-50k"];

    public static Command Create()
    {
        var against = new Option<string>("--against") { Description = "peers, separated by commas: openmm, rdkit; both by default",
            HelpName = "LIST" };
        var threads = new Option<int?>("--threads") { Description = "threads of the engine: 1 for energies, all cores for dynamics",
            HelpName = "N" };
        var device = new Option<string>("--device") { Description = "also a GPU: cuda:0, opencl:0, or auto; cpu by default",
            HelpName = "NAME" };
        Option<bool> json = CommonOptions.Json();
        var energies = new DocumentedCommand("energies", "Energies with forces a second: the engine, OpenMM and RDKit",
            "molsampling benchmark energies", "molsampling benchmark energies --against rdkit --json") { against, threads, device, json };
        energies.SetAction(parsed => Failure.Guard(() => Measure("energies", "energies with forces a second", parsed.GetValue(json),
            parsed.GetValue(device),
            (gpu, table) => EnergiesBenchmark.Run(Peers(parsed.GetValue(against)), Math.Max(1, parsed.GetValue(threads) ?? 1), gpu,
                table))));
        var dynamics = new DocumentedCommand("dynamics", "Langevin dynamics, ns/day of all replicas together: the engine and OpenMM",
            "molsampling benchmark dynamics", "molsampling benchmark dynamics --threads 1 --json") { against, threads, device, json };
        dynamics.SetAction(parsed => Failure.Guard(() => Measure("dynamics", "ns/day, all replicas", parsed.GetValue(json),
            parsed.GetValue(device),
            (gpu, table) => DynamicsBenchmark.Run(Peers(parsed.GetValue(against)).Contains("openmm"),
                Math.Max(1, parsed.GetValue(threads) ?? Environment.ProcessorCount), gpu, table))));
        var waters = new Option<string>("--waters") { Description = "molecules in the boxes, separated by commas; default 216,512",
            HelpName = "LIST" };
        Option<string> model = CommonOptions.Water("--model");
        var water = new DocumentedCommand("water", "Boxes of rigid water, ns/day of all replicas together: the engine and OpenMM",
            "molsampling benchmark water", "molsampling benchmark water --waters 216 --threads 1 --json") { waters, model, against,
                threads, json };
        water.SetAction(parsed => Failure.Guard(() => Measure("water", "ns/day, all replicas", parsed.GetValue(json), null,
            (_, table) => WaterBenchmark.Run(WaterModel.Named(parsed.GetValue(model) ?? WaterModel.All[0].Name),
                Counts(parsed.GetValue(waters) ?? "216,512"),
                Peers(parsed.GetValue(against)).Contains("openmm"), Math.Max(1, parsed.GetValue(threads) ?? Environment.ProcessorCount),
                table))));
        var files = new Argument<string[]>("prmtop") { Description = "more systems: prmtop files with their coordinates beside them",
            Arity = ArgumentArity.ZeroOrMore };
        var parity = new DocumentedCommand("parity", "The engine's energies and forces against OpenMM's Reference platform, term by term",
            "molsampling benchmark parity", "molsampling benchmark parity --json") { files, json };
        parity.SetAction(parsed => Failure.Guard(() =>
        {
            ParityBenchmark.Run(parsed.GetValue(files) ?? [], parsed.GetValue(json));
            return ExitCodes.Ok;
        }));
        var estimators = new DocumentedCommand("estimators",
            "MBAR against pymbar (where Python has it) on the same tables: differences and seconds", "molsampling benchmark estimators",
            "molsampling benchmark estimators --json") { json };
        estimators.SetAction(parsed => Failure.Guard(() =>
        {
            EstimatorsBenchmark.Run(parsed.GetValue(json));
            return ExitCodes.Ok;
        }));
        var flows = new DocumentedCommand("flows",
            "A coupling spline flow's training step and drawing, with the spline in torch operations and fused",
            "molsampling benchmark flows", "molsampling benchmark flows --json") { json };
        flows.SetAction(parsed => Failure.Guard(() => Measure("flows", "samples (alone: elements) a second", parsed.GetValue(json), null,
            (_, table) => FlowsBenchmark.Run(table))));
        var weights = new Option<string>("--weights") { Description = "a folder of published ANI weights, such as resources/ani-2x_8x",
            HelpName = "DIR", Required = true };
        var neural = new DocumentedCommand("neural",
            "Energies with forces a second under an ANI potential: the engine and the same network in torch operations",
            "molsampling benchmark neural --weights ani-2x_8x", "molsampling benchmark neural --weights ani-1ccx_8x --threads 1 --json") {
            weights, threads, json };
        neural.SetAction(parsed => Failure.Guard(() => Measure("neural", "energies with forces a second", parsed.GetValue(json), null,
            (_, table) => NeuralBenchmark.Run(AniWeights.Load(parsed.GetValue(weights)!),
                Math.Max(1, parsed.GetValue(threads) ?? Environment.ProcessorCount), table))));
        var directories = new Argument<string[]>("directory") { Description = "trained flows; those that come along by default",
            Arity = ArgumentArity.ZeroOrMore };
        var ladders = new Option<int>("--ladders") { Description = "independent copies of the reference's ladder", HelpName = "N",
            DefaultValueFactory = _ => 16 };
        Option<int> samples = CommonOptions.Samples("of each copy and temperature of the reference", 400);
        var rigid = new DocumentedCommand("rigid",
            "Free energies of rigid molecules by flows, beside quadrature, MBAR over a ladder, and published values",
            "molsampling benchmark rigid", "molsampling benchmark rigid data/flows/methane-in-field --json") {
            directories, ladders, samples, json };
        rigid.SetAction((parsed, stop) => Task.Run(() => Failure.Guard(() =>
        {
            string[] named = parsed.GetValue(directories) ?? [];
            RigidBodiesBenchmark.Run(named.Length > 0 ? named : s_rigid, Math.Max(2, parsed.GetValue(ladders)),
                Math.Max(2, parsed.GetValue(samples)), parsed.GetValue(json), stop);
            return ExitCodes.Ok;
        })));
        return new DocumentedCommand("benchmark", "Rates and errors, measured beside the peers' in one run",
            "molsampling benchmark energies",
            "molsampling benchmark conformers examples/data/molecules.smi --max-molecules 2 --time-limit 5 --reference-time 10") { energies,
            dynamics, water, parity, estimators, flows, neural, rigid, ConformersBenchmarkCommand.Create(),
            CalibrationBenchmarkCommand.Create(), DipeptidesBenchmarkCommand.Create(), TimewarpBenchmarkCommand.Create(),
            NeuralTiBenchmarkCommand.Create(), SolvationBenchmarkCommand.Create() };
    }

    private static int[] Counts(string list) => [.. list.Split(',', StringSplitOptions.TrimEntries).Select(n =>
        int.TryParse(n, System.Globalization.CultureInfo.InvariantCulture, out int count) && count is >= 216 and <= 100_000 ? count
            : throw new ArgumentException($"--waters are numbers from 216 to 100000, not '{n}'"))];

    private static int Measure(string name, string unit, bool json, string? device, Action<GpuDevice?, BenchmarkTable> run)
    {
        using GpuDevice? gpu = GpuDevice.Open(device ?? "cpu");
        var table = new BenchmarkTable(name, unit, json);
        run(gpu, table);
        table.Complete();
        return ExitCodes.Ok;
    }

    private static string[] Peers(string? text)
    {
        string[] peers = text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? s_peers;
        return Array.Find(peers, p => !s_peers.Contains(p)) is { } unknown ? throw new ArgumentException(Spelling.Unknown("--against",
            unknown, s_peers)) : peers;
    }
}
