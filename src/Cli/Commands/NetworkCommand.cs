using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Conformers.Proposals.Training;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling network train, judge: makes the weights in data/conformers anew, and says what they are worth. Hidden: users need
/// the weights, not the training.</summary>
internal static class NetworkCommand
{
    private static readonly Argument<string> s_list = new("list") { Description = "SMILES file" };
    private static readonly Option<string> s_validation = new("--validation") { Description =
        "SMILES file of molecules that choose the epoch", Required = true };
    private static readonly Option<string> s_output = new("--output", "-o") { Description = "the directory", HelpName = "FOLDER",
        DefaultValueFactory = _ => "molsampling-network" };
    private static readonly Option<int> s_stages = new("--stages") { Description = "of the network", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> s_epochs = new("--epochs") { Description = "of each stage", DefaultValueFactory = _ =>
        new ProposalTrainingSettings().Epochs };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<string?> s_network = new("--network") { Description = "weights to judge, default those of the program" };
    private static readonly Option<bool> s_adapt = new("--adapt") { Description = "also adapt from the tables and from the network" };
    private static readonly Option<int> s_least = new("--least-rotors") { DefaultValueFactory = _ => 3 };
    private static readonly Option<int> s_most = new("--most-rotors") { DefaultValueFactory = _ => 7 };
    private static readonly Option<bool> s_json = CommonOptions.Json();

    public static Command Create()
    {
        var train = new Command("train", "Draw samples of the listed molecules, train on them") { s_list, s_validation, s_output, s_stages,
            s_epochs, s_seed, s_json };
        train.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Train(parsed, cancellation))));
        var judge = new Command("judge", "ESS of proposals for the listed molecules") { s_list, s_network, s_least, s_most, s_adapt, s_seed,
            s_json };
        judge.SetAction(parsed => Failure.Guard(() => Judge(parsed)));
        return new Command("network", "The network that proposes torsions") { Subcommands = { train, judge }, Hidden = true };
    }

    private static int Train(ParseResult parsed, CancellationToken stop)
    {
        string directory = parsed.GetValue(s_output)!;
        var training = new NetworkTraining(directory, new ProposalTrainingSettings(parsed.GetValue(s_epochs)), parsed.GetValue(s_stages),
            parsed.GetValue(s_seed) ?? 1);
        bool done = new ProgressReporter(parsed.GetValue(s_json)).Show("network", progress =>
        {
            try
            {
                training.Run(parsed.GetValue(s_list)!, parsed.GetValue(s_validation)!, progress, stop);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });
        if (done)
            Console.WriteLine(JsonSerializer.Serialize(new { directory, training.Molecules, samplingSeconds = training.Seconds.Sampling,
                trainingSeconds = training.Seconds.Training, validation = training.Quality }, JsonOutput.Options));
        return done ? ExitCodes.Ok : ExitCodes.Requeue;
    }

    private static int Judge(ParseResult parsed)
    {
        ProposalNetwork network = parsed.GetValue(s_network) is { } path ? ProposalNetwork.Load(path) : ProposalNetwork.Shipped;
        List<ProposalQuality> rows = new ProgressReporter(parsed.GetValue(s_json)).Show("network", progress =>
            NetworkJudgement.Run(network, parsed.GetValue(s_list)!, parsed.GetValue(s_least), parsed.GetValue(s_most),
                parsed.GetValue(s_adapt), parsed.GetValue(s_seed) ?? 1, progress));
        if (parsed.GetValue(s_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, JsonOutput.Options));
            return ExitCodes.Ok;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("proposal", "molecules", "energies", "lower quartile", "median ESS/N",
            "upper quartile", "median Pareto k");
        foreach (IGrouping<string, ProposalQuality> group in rows.GroupBy(r => r.Proposal))
        {
            double[] ess = [.. group.Select(r => r.EssFraction).Order()], tails = [.. group.Select(r => r.ParetoK).Order()];
            table.AddRow([group.Key, $"{ess.Length}", string.Create(CultureInfo.InvariantCulture, $"{group.Average(r => r.Energies):f0}"),
                .. new[] { ess[ess.Length / 4], ess[ess.Length / 2], ess[3 * ess.Length / 4] }.Select(v =>
                    string.Create(CultureInfo.InvariantCulture, $"{100 * v:f1} %")),
                string.Create(CultureInfo.InvariantCulture, $"{tails[tails.Length / 2]:f2}")]);
        }
        AnsiConsole.Write(table);
        return ExitCodes.Ok;
    }
}
