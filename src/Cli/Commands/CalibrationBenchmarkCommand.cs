using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Jobs.Conformers;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark calibration: whether the populations that conformers prints lie within their quoted errors.</summary>
internal static class CalibrationBenchmarkCommand
{
    private static readonly (string Key, ConformerMethod Method)[] s_methods =
    [
        ("auto", ConformerMethod.Auto),
        ("jumps", ConformerMethod.Jumps),
        ("replica-exchange", ConformerMethod.ReplicaExchange),
        ("torsion-flow", ConformerMethod.TorsionFlow),
        ("network", ConformerMethod.Network),
    ];

    /// <summary>What --methods takes, for help.</summary>
    public static string KnownMethods { get; } = $"separated by commas: {string.Join(", ", s_methods.Select(m => m.Key))}";

    public static Command Create()
    {
        const string usual = "auto,jumps,replica-exchange,torsion-flow";
        var list = new Argument<string?>("list") { Description = "a .smi or .seq file or a SMILES; without it the built-in suite",
            Arity = ArgumentArity.ZeroOrOne };
        var seeds = new Option<int>("--seeds") { Description = "runs of each method and molecule, seeds 1 to N", DefaultValueFactory =
            _ => 32, HelpName = "N" };
        var methods = new Option<string>("--methods") { Description = KnownMethods, DefaultValueFactory = _ => usual,
            HelpName = "LIST" };
        var most = new Option<int?>("--molecules") { Description = "from the beginning of the list, default all", HelpName = "N" };
        Option<int> samples = CommonOptions.Samples("of each run: small basins are recognised by them", 1000);
        Option<double?> limit = CommonOptions.TimeLimit("seconds for a run, default the budget of energies alone");
        var reference = new Option<double>("--reference-time") { Description =
            "seconds for the exploratory run of a molecule, which finds the basins", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var temperature = new Option<double>("--temperature") { Description = "K", DefaultValueFactory = _ => 300, HelpName = "K" };
        Option<string> forceField = CommonOptions.ForceFieldOfMoleculeOrResidues(), solvent = CommonOptions.Solvent();
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("calibration",
            "Populations of conformers and their quoted errors against partition functions of single basins, over seeds",
            "molsampling benchmark calibration OCCO --seeds 2 --methods auto",
            "molsampling benchmark calibration --seeds 4 --molecules 4 --methods auto,replica-exchange --json")
        { list, seeds, methods, most, samples, limit, reference, temperature, forceField, solvent, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => CalibrationBenchmark.Run(parsed.GetValue(list),
            new()
            {
                Temperature = parsed.GetValue(temperature) is > 0 and var kelvin ? kelvin
                    : throw new ArgumentException("--temperature must lie above 0"),
                ForceField = MoleculeEnergies.NameOr(parsed.GetValue(forceField), MoleculeFile.HasResidues(parsed.GetValue(list) ?? "")),
                Solvent = parsed.GetValue(solvent) ?? MoleculeEnergies.Vacuum,
            },
            Methods(parsed.GetValue(methods)!), AtLeastOne(parsed.GetValue(seeds), "--seeds"),
            AtLeastOne(parsed.GetValue(most) ?? int.MaxValue, "--molecules"), AtLeastOne(parsed.GetValue(samples), "--samples"),
            CommonOptions.Limit(parsed.GetValue(limit)), CommonOptions.Limit(parsed.GetValue(reference))!.Value, parsed.GetValue(json),
            cancellation))));
        return command;
    }

    /// <summary>The methods of a list.</summary>
    /// <exception cref="ArgumentException">An unknown one, or none.</exception>
    public static IReadOnlyList<(string Key, ConformerMethod Method)> Methods(string text)
    {
        string[] keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            known = [.. s_methods.Select(m => m.Key)];
        if (keys.Length == 0)
            throw new ArgumentException($"--methods names none: {string.Join(", ", known)}");
        return [.. keys.Distinct().Select(key => Array.Find(s_methods, m => m.Key == key) is { Key: not null } method ? method
            : throw new ArgumentException(Spelling.Unknown("--methods", key, known)))];
    }

    private static int AtLeastOne(int value, string option) => value >= 1 ? value
        : throw new ArgumentException($"{option} must be at least 1, not {value}");
}
