using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark conformers: generators of conformers against reference ensembles.</summary>
internal static class ConformersBenchmarkCommand
{
    private const double HotTemperature = 1000; // K: geometries are wanted there, not populations

    private static readonly (string Key, Func<TimeSpan, IConformerMethod> Make)[] s_methods =
    [
        ("etkdg", _ => new EtkdgMethod(minimise: false)),
        ("etkdg-mmff", _ => new EtkdgMethod(minimise: true)),
        ("clustered", _ => new ClusteredEtkdgMethod()),
        ("tables", _ => new TorsionFlowMethod(TorsionProposalKind.Tables)),
        ("product", _ => new TorsionFlowMethod(TorsionProposalKind.ProductVonMises)),
        ("network", _ => new TorsionFlowMethod(TorsionProposalKind.Network)),
        ("torsion-flow", _ => new TorsionFlowMethod(TorsionProposalKind.Fitted)),
        ("torsion-minima", _ => new TorsionFlowMethod(TorsionProposalKind.Fitted, HotTemperature, minimise: true)),
        ("default", limit => new SamplerMethod(ConformerMethod.Auto, minima: false, limit)),
        ("jumps", limit => new SamplerMethod(ConformerMethod.Jumps, minima: false, limit)),
        ("samples", limit => new SamplerMethod(ConformerMethod.ReplicaExchange, minima: false, limit)),
        ("minima", limit => new SamplerMethod(ConformerMethod.ReplicaExchange, minima: true, limit)),
    ];

    public static Command Create()
    {
        string known = string.Join(", ", s_methods.Select(m => m.Key));
        var list = new Argument<string>("list") { Description = "a .smi file: a SMILES and a name a line" };
        var crest = new Option<string>("--crest") { Description =
            "reference geometries, NAME.xyz for each molecule: a folder, or a tar archive (also .gz); without it, torsions are compared with long replica exchange", HelpName = "PATH" };
        var methods = new Option<string>("--methods") { Description = $"separated by commas; all by default: {known}", DefaultValueFactory =
            _ => known, HelpName = "LIST" };
        var most = new Option<int?>("--max-molecules") { Description = "from the beginning of the list, default all", HelpName = "N" };
        var limit = new Option<double>("--time-limit") { Description = "seconds of Markov chains for a molecule", DefaultValueFactory = _ =>
            20, HelpName = "SECONDS" };
        var reference = new Option<double>("--reference-time") { Description = "seconds of the reference's replica exchange for a molecule",
            DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var conformers = new Option<int>("--conformers") { Description = "of each method and molecule, where torsions are compared",
            DefaultValueFactory = _ => 1000, HelpName = "N" };
        var jobs = new Option<int>("--jobs") { Description = "molecules at a time; every method runs on one thread", DefaultValueFactory =
            _ => 1, HelpName = "N" };
        Option<ulong?> seed = CommonOptions.Seed();
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("conformers",
            "Conformer generators: torsions against long replica exchange with effective samples, or coverage of reference geometries",
            "molsampling benchmark conformers examples/data/molecules.smi --max-molecules 2 --methods etkdg,torsion-flow --reference-time 10")
        { list, crest, methods, most, conformers, limit, reference, jobs, seed, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() =>
        {
            IConformerMethod[] chosen = Methods(parsed.GetValue(methods)!, Seconds(parsed.GetValue(limit)));
            (string file, int number, int parallel, ulong first, bool asJson) =
                (parsed.GetRequiredValue(list), AtLeastOne(parsed.GetValue(most) ?? int.MaxValue, "--max-molecules"),
                    AtLeastOne(parsed.GetValue(jobs), "--jobs"), parsed.GetValue(seed) ?? 1, parsed.GetValue(json));
            return parsed.GetValue(crest) is { } references
                ? CrestBenchmark.Run(file, references, chosen, number, parallel, first, asJson, cancellation)
                : TorsionBenchmark.Run(file, chosen, number, AtLeastOne(parsed.GetValue(conformers), "--conformers"),
                    Seconds(parsed.GetValue(reference)), parallel, first, asJson, cancellation);
        })));
        return command;
    }

    private static IConformerMethod[] Methods(string text, TimeSpan limit)
    {
        string[] keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string known = string.Join(", ", s_methods.Select(m => m.Key));
        if (keys.Length == 0)
            throw new ArgumentException($"--methods names none: {known}");
        return [.. keys.Distinct().Select(key =>
            Array.Find(s_methods, m => m.Key == key).Make ?? throw new ArgumentException(Spelling.Unknown("--methods", key,
            [.. s_methods.Select(m => m.Key)]))).Select(make => make(limit))];
    }

    private static TimeSpan Seconds(double value) => value is >= 0.1 and <= 1e6 ? TimeSpan.FromSeconds(value)
        : throw new ArgumentException("--time-limit must lie between 0.1 and 1e6 seconds");

    private static int AtLeastOne(int value, string option) => value >= 1 ? value
        : throw new ArgumentException($"{option} must be at least 1, not {value}");
}
