using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling train: a Boltzmann generator for a target, in a directory that survives a kill.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string?> s_input =
        new("input") { Description =
            "a settings file (.json), the name of a target (see 'molsampling targets'), or a .pdb, .cif, .prmtop, .sdf or System .xml file",
        Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> s_peptide = new("--peptide") { Description = "a sequence to build, for example ACE-GLY-NME",
        HelpName = "SEQUENCE" };
    private static readonly Option<string> s_coordinates = new("--coordinates") { Description =
        "coordinates for a prmtop (.inpcrd, .rst7) or a System XML (.pdb, .cif)", HelpName = "FILE" };
    private static readonly Option<string> s_forceField = new Option<string>("--force-field", "--potential") { Description =
        "of a peptide or a file, as in simulate", HelpName = "NAME" }.Suggesting(["ff14SB", "ff99SB-ILDN", "ff96",
            .. MoleculeEnergies.Names]);
    private static readonly Option<string> s_solvent = new Option<string>("--solvent") { Description =
        "of a peptide or a file: none (default), obc1, obc2, gbn or gbn2", HelpName = "NAME" }.OneOf(SimulationPlan.Solvents);
    private static readonly Option<double?> s_soluteDielectric = CommonOptions.SoluteDielectric(),
        s_solventDielectric = CommonOptions.SolventDielectric();
    private static readonly Option<double?> s_temperature = new("--temperature") { Description = "of a peptide or a file, default 300",
        HelpName = "K" };
    private static readonly Option<string> s_objective =
        new("--objective") { Description =
        "one stage of this objective instead of the target's usual ones: forward-kl, reverse-kl, two-sided, fab, ...", HelpName = "NAME" };
    private static readonly Option<long?> s_budget = new("--budget") { Description = "energy calls after which training stops",
        HelpName = "N" };
    private static readonly Option<int?> s_steps = new("--steps") { Description = "steps of the last stage", HelpName = "N" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds of wall time; the training then stops at a checkpoint, to be resumed");
    private static readonly Option<string> s_output = CommonOptions.Output("the directory, default molsampling-flow", "FOLDER");
    private static readonly Option<bool> s_resume = CommonOptions.ResumeTraining();
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_show = CommonOptions.Show(), s_schema = CommonOptions.Schema();
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("train", "Train a flow for a target, with checkpoints that survive a kill",
            "molsampling train manywell-32 --steps 300 -o wells          # 'molsampling targets' lists targets",
            "molsampling train --resume -o wells",
            "molsampling train --peptide ACE-GLY-NME --force-field ff14SB --solvent obc2 -o glycine",
            "molsampling train manywell-32 --show > settings.json && molsampling train settings.json --steps 300 -o mine")
        {
            s_input, s_peptide, s_coordinates, s_forceField, s_solvent, s_soluteDielectric, s_solventDielectric, s_temperature,
                s_objective, s_budget, s_steps, s_seed, s_timeLimit, s_output, s_overwrite, s_resume, s_show, s_schema, s_json,
                s_quiet,
        };
        command.Add(TrainTimewarpCommand.Create());
        command.Add(TrainPotentialCommand.Create());
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(s_schema))
        {
            Console.WriteLine(TrainingConfig.Schema());
            return ExitCodes.Ok;
        }
        string directory = parsed.GetValue(s_output) ?? "molsampling-flow";
        bool resume = parsed.GetValue(s_resume);
        if (resume && new Option[] { s_peptide, s_coordinates, s_forceField, s_solvent, s_soluteDielectric, s_solventDielectric,
            s_temperature, s_objective, s_budget, s_steps, s_seed, s_overwrite }.FirstOrDefault(o =>
            parsed.GetResult(o) is { Implicit: false }) is { } fixedBefore)
            throw new ArgumentException($"--resume goes on with the settings of {directory}: {fixedBefore.Name} cannot change them");
        if (parsed.GetValue(s_show))
        {
            Console.WriteLine(Configure(parsed).ToJson());
            return ExitCodes.Ok;
        }
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        using TrainingRun run = resume ? TrainingRun.Resume(directory) : TrainingRun.Start(Configure(parsed), directory, parsed.GetValue(s_overwrite));
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        TrainingEnd end = new ProgressReporter(json || quiet).Show(run.Target.Name, progress => run.Run(progress, limited.Token));
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { target = run.Target.Name, fingerprint = run.Target.Fingerprint(),
                end = end.ToString(), run.EnergyCalls, run.Figures, directory }, JsonOutput.Options));
        else if (!quiet)
            Console.WriteLine(Summary(run, end, directory));
        return end == TrainingEnd.Stopped ? ExitCodes.Requeue : ExitCodes.Ok;
    }

    private static TrainingConfig Configure(ParseResult parsed)
    {
        string? input = parsed.GetValue(s_input), peptide = parsed.GetValue(s_peptide);
        bool isMolecule = peptide is not null || (input is not null && SystemLoader.Kind(input) != "smiles");
        if (input is null == (peptide is null))
            throw new ArgumentException(input is null
                ? "a settings file or a target is missing ('molsampling targets' lists targets; --peptide makes one)"
                : "either an input or --peptide, not both");
        if (!isMolecule && new Option[] { s_coordinates, s_forceField, s_solvent, s_soluteDielectric, s_solventDielectric,
            s_temperature }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } ofMolecules)
            throw new ArgumentException($"{ofMolecules.Name} goes with --peptide or a molecule's file: {input} has its own");
        TrainingConfig config = isMolecule ? UsualTraining.For(new TrainingSystem
        {
            Input = input,
            Peptide = peptide,
            Coordinates = parsed.GetValue(s_coordinates),
            ForceField = parsed.GetValue(s_forceField),
            Solvent = parsed.GetValue(s_solvent) ?? "none",
            SoluteDielectric = parsed.GetValue(s_soluteDielectric),
            SolventDielectric = parsed.GetValue(s_solventDielectric),
            Temperature = parsed.GetValue(s_temperature) ?? 300,
        })
            : input!.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? TrainingConfig.Read(input) : UsualTraining.For(input);
        if (parsed.GetValue(s_objective) is { } objective)
            config = UsualTraining.WithObjective(config, objective);
        if (parsed.GetValue(s_steps) is { } steps)
            config = config with { Stages = [.. config.Stages.SkipLast(1), config.Stages[^1] with { Steps = steps }] };
        return config with { Budget = parsed.GetValue(s_budget) ?? config.Budget, Seed = parsed.GetValue(s_seed) ?? config.Seed };
    }

    private static string Summary(TrainingRun run, TrainingEnd end, string directory)
    {
        string how = end switch { TrainingEnd.Done => "done", TrainingEnd.BudgetSpent => "the budget is spent", TrainingEnd.NoBetter =>
            "no better any more", _ => "stopped" };
        string figures = run.Figures is { } f
            ? string.Create(CultureInfo.InvariantCulture,
                $"; reverse ESS {100 * f.ReverseEss:f1} %{(f.ForwardEss is { } forward ? $", forward {100 * forward:f1} %" : "")}, log Z {f.LogZ:f4} ± {f.LogZError:f4}")
            : "";
        directory = TerminalText.Name(directory);
        string next = end == TrainingEnd.Stopped ? $"molsampling train --resume --output {directory}"
            : $"molsampling draw {directory} --samples 100000";
        return string.Create(CultureInfo.InvariantCulture,
            $"{run.Target.Name}: {how}, {run.EnergyCalls:n0} energy calls{figures}\n  {next}");
    }
}
