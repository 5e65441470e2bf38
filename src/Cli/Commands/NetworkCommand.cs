using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Charges;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Conformers.Proposals.Training;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields.Charges;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling network train, judge: makes the weights in data/conformers anew, and says what they are worth; train-charges and
/// judge-charges likewise for data/charges. Hidden: users need the weights, not the training.</summary>
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

    private static readonly Argument<string> s_charges = new("data") { Description =
        "folder with am1bcc/openfe-ligands.jsonl.gz and freesolv/database.txt, amber.tar.gz" };
    private static readonly Option<int> s_members = new("--members") { Description = "networks that are averaged",
        DefaultValueFactory = _ => new ChargeTrainingSettings().Members };
    private static readonly Option<int> s_width = new("--width") { Description = "of an atom's state", DefaultValueFactory = _ =>
        new ChargeTrainingSettings().Width };
    private static readonly Option<int> s_layers = new("--layers") { Description = "of messages", DefaultValueFactory = _ =>
        new ChargeTrainingSettings().Layers };
    private static readonly Option<int> s_passes = new("--epochs") { Description = "of each network", DefaultValueFactory = _ =>
        new ChargeTrainingSettings().Epochs };
    private static readonly Option<ChargeSplit> s_split = new("--split") { Description =
        "what the hash is of that says which molecules are for training" };

    public static Command Create()
    {
        var train = new Command("train", "Draw samples of the listed molecules, train on them") { s_list, s_validation, s_output, s_stages,
            s_epochs, s_seed, s_json };
        train.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Train(parsed, cancellation))));
        var judge = new Command("judge", "ESS of proposals for the listed molecules") { s_list, s_network, s_least, s_most, s_adapt, s_seed,
            s_json };
        judge.SetAction(parsed => Failure.Guard(() => Judge(parsed)));
        var trainCharges = new Command("train-charges", "Train the network of partial charges") { s_charges, s_output, s_members, s_width,
            s_layers, s_passes, s_split, s_seed, s_json };
        trainCharges.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => TrainCharges(parsed, cancellation))));
        var judgeCharges = new Command("judge-charges", "Deviations of partial charges from AM1-BCC on molecules held out") { s_charges,
            s_network, s_split, s_json };
        judgeCharges.SetAction(parsed => Failure.Guard(() => JudgeCharges(parsed)));
        return new Command("network", "The networks that come with the program: of torsions, of partial charges")
        {
            Subcommands = { train, judge, trainCharges, judgeCharges },
            Hidden = true,
        };
    }

    private static int Train(ParseResult parsed, CancellationToken stop)
    {
        string directory = parsed.GetValue(s_output)!;
        var training = new NetworkTraining(directory, new ProposalTrainingSettings(parsed.GetValue(s_epochs)), parsed.GetValue(s_stages),
            parsed.GetValue(s_seed) ?? 1);
        bool done = Finish(parsed, progress => training.Run(parsed.GetValue(s_list)!, parsed.GetValue(s_validation)!, progress, stop));
        if (done)
            Console.WriteLine(JsonSerializer.Serialize(new { directory, training.Molecules, samplingSeconds = training.Seconds.Sampling,
                trainingSeconds = training.Seconds.Training, validation = training.Quality }, JsonOutput.Options));
        return done ? ExitCodes.Ok : ExitCodes.Requeue;
    }

    /// <summary>Whether it came to its end.</summary>
    private static bool Finish(ParseResult parsed, Action<Action<TaskProgress>?> work) =>
        new ProgressReporter(parsed.GetValue(s_json)).Show("network", progress =>
        {
            try
            {
                work(progress);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });

    private static int TrainCharges(ParseResult parsed, CancellationToken stop)
    {
        string directory = parsed.GetValue(s_output)!;
        var settings = new ChargeTrainingSettings(parsed.GetValue(s_members), parsed.GetValue(s_width), parsed.GetValue(s_layers),
            parsed.GetValue(s_passes), Split: parsed.GetValue(s_split));
        List<ChargeExample> examples = ChargeData.Read(parsed.GetValue(s_charges)!);
        var training = new ChargeTraining(directory, settings, parsed.GetValue(s_seed) ?? 1);
        if (!Finish(parsed, progress => training.Run(examples, progress, stop)))
            return ExitCodes.Requeue;
        Show(parsed, ChargeJudgement.Run(ChargeNetwork.Load(Path.Combine(directory, "network.safetensors")), examples, settings.Split,
            ChargePart.Validation));
        return ExitCodes.Ok;
    }

    private static int JudgeCharges(ParseResult parsed)
    {
        ChargeNetwork network = parsed.GetValue(s_network) is { } path ? ChargeNetwork.Load(path) : PartialCharges.Network;
        Show(parsed, ChargeJudgement.Run(network, ChargeData.Read(parsed.GetValue(s_charges)!), parsed.GetValue(s_split)));
        return ExitCodes.Ok;
    }

    private static void Show(ParseResult parsed, List<ChargeQuality> rows)
    {
        if (parsed.GetValue(s_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, JsonOutput.Options));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("molecules", "charges", "number", "mean, e", "median",
            "95th percentile", "over atoms");
        foreach (ChargeQuality row in rows)
            table.AddRow([row.Source, row.Method, $"{row.Molecules}", .. new[] { row.Mean, row.Median, row.Upper, row.Atoms }.Select(v =>
                string.Create(CultureInfo.InvariantCulture, $"{v:f4}"))]);
        AnsiConsole.Write(table);
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
