using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.LearnedPotentials;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling train potential: learns a potential from labels, or for a molecule.</summary>
internal static class TrainPotentialCommand
{
    private static readonly Argument<string?> s_input = new("input") { Description =
        "labelled frames (.xyz, .extxyz, .npz), a molecule to label (a SMILES, .sdf), or a settings file (.json)",
        Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> s_labels = new Option<string>("--labels") { Description =
        "the energy that labels a molecule's frames, default gfn2", HelpName = "NAME" }.OneOfOrFolder([.. MoleculeEnergies.Names.Order()]);
    private static readonly Option<string> s_solvent = new Option<string>("--solvent") { Description = "of the labels, default none",
        HelpName = "NAME" }.OneOf(SimulationPlan.Solvents);
    private static readonly Option<string> s_base = new Option<string>("--base") { Description =
        "the force field that makes a molecule's frames, and whose rest is learned, default mmff94s", HelpName = "NAME" }
        .Suggesting([.. MoleculeEnergies.Names.Where(n => !MoleculeEnergies.IsCostly(n))]);
    private static readonly Option<string> s_energyUnit = new("--energy-unit") { Description =
        "of a file's energies: kJ/mol, kcal/mol, eV (default of .xyz) or hartree", HelpName = "UNIT" };
    private static readonly Option<string> s_forceUnit = new("--force-unit") { Description =
        "of its forces, like hartree/bohr; default the energies' per angstrom", HelpName = "UNIT" };
    private static readonly Option<string> s_lengthUnit = new("--length-unit") { Description =
        "of its positions: angstrom (default), nm or bohr", HelpName = "UNIT" };
    private static readonly Option<int?> s_frames = new("--frames") { Description =
        "to learn from, default 1000; 0 for all that a file has", HelpName = "N" };
    private static readonly Option<int?> s_test = new("--test") { Description =
        "frames left out, to measure errors, default 500", HelpName = "N" };
    private static readonly Option<int?> s_members = new("--members") { Description = "networks, default 4", HelpName = "N" };
    private static readonly Option<int?> s_epochs = new("--epochs") { Description = "passes over the frames, default 100",
        HelpName = "N" };
    private static readonly Option<double?> s_highest = new("--highest") { Description =
        "K, up to which a molecule's frames are taken, default 600", HelpName = "K" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds of wall time; the training then stops, to be resumed");
    private static readonly Option<string> s_output = CommonOptions.Output("the directory, default molsampling-potential", "FOLDER");
    private static readonly Option<bool> s_resume = CommonOptions.ResumeTraining();
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_show = CommonOptions.Show(), s_schema = CommonOptions.Schema();
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("potential", "Learn a potential: a committee of networks with measured errors",
            "molsampling train potential ethanol.npz --energy-unit kcal/mol -o ethanol",
            "molsampling train potential OCCO --labels gfn2 -o glycol       # then: conformers OCCO --potential glycol",
            "molsampling train potential frames.extxyz --show > settings.json && molsampling train potential settings.json -o mine")
        {
            s_input, s_labels, s_solvent, s_base, s_energyUnit, s_forceUnit, s_lengthUnit, s_frames, s_test, s_members, s_epochs, s_highest,
            s_seed, s_threads, s_timeLimit, s_output, s_overwrite, s_resume, s_show, s_schema, s_json, s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(s_schema))
        {
            Console.WriteLine(PotentialConfig.Schema());
            return ExitCodes.Ok;
        }
        string directory = parsed.GetValue(s_output) ?? "molsampling-potential";
        bool resume = parsed.GetValue(s_resume), json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        if (resume && (parsed.GetValue(s_input) is not null ? "input" : new Option[] { s_labels, s_solvent, s_base, s_energyUnit,
            s_forceUnit, s_lengthUnit, s_frames, s_test, s_members, s_epochs, s_highest, s_seed, s_threads, s_overwrite }
            .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false })?.Name) is { } fixedBefore)
            throw new ArgumentException($"--resume goes on with the settings of {directory}: {fixedBefore} cannot change them");
        if (parsed.GetValue(s_show))
        {
            Console.WriteLine(Configure(parsed).ToJson());
            return ExitCodes.Ok;
        }
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        PotentialTraining training = resume ? PotentialTraining.Resume(directory)
            : PotentialTraining.Start(Configure(parsed), directory, parsed.GetValue(s_overwrite));
        bool done = new ProgressReporter(json || quiet).Show(training.Name, progress => training.Run(progress, limited.Token));
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { training.Name, done, training.Result, training.LeftOut, training.Repeated,
                directory }, JsonOutput.Options));
        else if (!quiet)
            Console.WriteLine(Summary(training, TerminalText.Name(directory)));
        return done ? ExitCodes.Ok : ExitCodes.Requeue;
    }

    private static PotentialConfig Configure(ParseResult parsed)
    {
        string? input = parsed.GetValue(s_input);
        PotentialConfig config = input is null ? new()
            : input.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? PotentialConfig.Read(input)
            : FrameFile.IsNamed(input) ? new() { Data = input } : new() { Molecule = input };
        if (config.Data is not null && new Option[] { s_labels, s_solvent, s_base, s_highest }.FirstOrDefault(o =>
            parsed.GetResult(o) is { Implicit: false }) is { } ofMolecules)
            throw new ArgumentException(
                $"{ofMolecules.Name} is for a molecule whose frames are labelled here: {config.Data} has its labels");
        return config with
        {
            Labels = parsed.GetValue(s_labels) ?? config.Labels,
            Solvent = parsed.GetValue(s_solvent) ?? config.Solvent,
            Base = parsed.GetValue(s_base) ?? config.Base,
            EnergyUnit = parsed.GetValue(s_energyUnit) ?? config.EnergyUnit,
            ForceUnit = parsed.GetValue(s_forceUnit) ?? config.ForceUnit,
            LengthUnit = parsed.GetValue(s_lengthUnit) ?? config.LengthUnit,
            Frames = parsed.GetValue(s_frames) ?? config.Frames,
            Test = parsed.GetValue(s_test) ?? config.Test,
            Members = parsed.GetValue(s_members) ?? config.Members,
            Epochs = parsed.GetValue(s_epochs) ?? config.Epochs,
            Highest = parsed.GetValue(s_highest) ?? config.Highest,
            Seed = parsed.GetValue(s_seed) ?? config.Seed,
            Threads = parsed.GetValue(s_threads) ?? config.Threads,
        };
    }

    private static string Summary(PotentialTraining training, string directory)
    {
        if (training.Result is not { } result)
            return $"{training.Name}: stopped\n  molsampling train potential --resume --output {directory}";
        string errors = result.HeldOut is { } h ? string.Create(CultureInfo.InvariantCulture,
            $"energies ± {h.EnergyRoot:f2} kJ/mol, forces ± {h.ForceRoot:f1} kJ/mol/nm on {h.Frames} frames that were left out")
            + (result.Members > 1 ? string.Create(CultureInfo.InvariantCulture,
                $"; {100 * h.Within68:f0} and {100 * h.Within95:f0} % of errors inside of 68 and 95 %") : "")
            : "no frames were left out, so nothing is known of its errors";
        string left = (training.LeftOut > 0 ? string.Create(CultureInfo.InvariantCulture,
            $"\n  left out: {training.LeftOut} without finite labels, or with atoms that coincide") : "")
            + (training.Repeated > 0 ? string.Create(CultureInfo.InvariantCulture,
                $"\n  left out: {training.Repeated} at the positions of others") : "");
        return $"{training.Name}: {errors}{left}\n  molsampling energy ... --potential {directory}";
    }
}
