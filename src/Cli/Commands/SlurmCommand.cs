using System.CommandLine;
using System.Text;
using MolSampling.Cli.Output;
using MolSampling.Cli.Queues;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling slurm: writes the script that runs a simulation, or the conformers of a list, as a Slurm job array.</summary>
internal static class SlurmCommand
{
    private static readonly Argument<string> s_input =
        new("input") { Description =
        "a simulation's JSON file (molsampling simulate --schema), or a list of molecules (.smi, .sdf) for conformers; checked now, not in the queue" };
    private static readonly Argument<string[]> s_conformers =
        new("options") { Description = "for a list, after --: options of molsampling conformers, as in -- --time-limit 60 --seed 7",
        Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<int> s_tasks =
        new("--tasks") { Description = "tasks of the array: simulations with their own seeds, or parts of the list", DefaultValueFactory =
        _ => 1, HelpName = "N" };
    private static readonly Option<int?> s_atOnce = new("--at-once") { Description = "how many may run at the same time", HelpName = "N" };
    private static readonly Option<string> s_timeLimit = new("--time-limit") { Description =
        "of one stay in the queue; a task that needs longer comes back", DefaultValueFactory = _ => "24:00:00", HelpName = "H:MM:SS" };
    private static readonly Option<int> s_cpus = new("--cpus") { Description = "cores of a task", DefaultValueFactory = _ => 1,
        HelpName = "N" };
    private static readonly Option<string> s_partition = new("--partition") { Description = "Slurm's partition", HelpName = "NAME" };
    private static readonly Option<string> s_account = new("--account") { Description = "Slurm's account", HelpName = "NAME" };
    private static readonly Option<string> s_memory = new("--memory") { Description = "of a task, for example 2G", HelpName = "SIZE" };
    private static readonly Option<string> s_jobName = new("--job-name") { Description = "default the name of the file",
        HelpName = "NAME" };
    private static readonly Option<int> s_signalBefore = new("--signal-before") { Description =
        "seconds before the end of the time limit at which a checkpoint is asked for", DefaultValueFactory = _ => 120,
        HelpName = "SECONDS" };
    private static readonly Option<string[]> s_sbatch =
        new("--sbatch") { Description = "another option of sbatch, as in --sbatch=--qos=long; may be repeated", HelpName = "OPTION" };
    private static readonly Option<string> s_output =
        CommonOptions.Output("of the results and logs, made now if it is not there; default molsampling-run, of a list molsampling-output",
        "FOLDER");
    private static readonly Option<string> s_script = new("--script") { Description = "the file to write; default standard output",
        HelpName = "FILE" };

    public static Command Create()
    {
        var command = new DocumentedCommand("slurm",
            "A script for Slurm: a job array that checkpoints before its time is up, goes back into the queue and resumes",
            "molsampling slurm examples/data/alanine.json --tasks 16 --script run.sh",
            "molsampling slurm examples/data/molecules.smi --tasks 4 --cpus 2 --time-limit 2:00:00 -o results --script list.sh -- --time-limit 60 --seed 7")
        {
            s_input, s_conformers, s_tasks, s_atOnce, s_timeLimit, s_cpus, s_partition, s_account, s_memory, s_jobName, s_signalBefore,
                s_sbatch, s_output, s_script,
        };
        command.SetAction(parsed => Failure.Guard(() => Run(parsed)));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string file = parsed.GetRequiredValue(s_input);
        QueuedJob job = MoleculeFile.IsName(file)
            ? QueuedJob.OfConformers(file, parsed.GetValue(s_output) ?? "molsampling-output", parsed.GetValue(s_conformers) ?? [])
            : QueuedJob.OfSimulation(file, parsed.GetValue(s_output) ?? "molsampling-run", parsed.GetValue(s_conformers) ?? []);
        var script = new SlurmScript
        {
            Program = ThisProgram(),
            Command = job.Command,
            Output = job.Output,
            WorkingDirectory = Environment.CurrentDirectory,
            JobName = parsed.GetValue(s_jobName) ?? Path.GetFileNameWithoutExtension(file),
            Tasks = parsed.GetValue(s_tasks),
            AtOnce = parsed.GetValue(s_atOnce),
            Cpus = parsed.GetValue(s_cpus),
            TimeLimit = parsed.GetValue(s_timeLimit)!,
            SignalBefore = parsed.GetValue(s_signalBefore),
            Options = [.. Named("--partition", parsed.GetValue(s_partition)), .. Named("--account", parsed.GetValue(s_account)),
                .. Named("--mem", parsed.GetValue(s_memory)), .. parsed.GetValue(s_sbatch) ?? []],
        };
        string text = script.ToText();
        job.Prepare(); // a force field that does not fit, or a list that is none, is better known now than in a night's queue
        Directory.CreateDirectory(script.Output); // Slurm makes no folders: a log without one is a job that fails without a word
        if (parsed.GetValue(s_script) is not { } path)
        {
            Console.Write(text);
            return ExitCodes.Ok;
        }
        using (var pending = new PendingFile(path))
        {
            pending.Stream.Write(new UTF8Encoding(false).GetBytes(text));
            pending.Keep();
        }
        Console.WriteLine($"{TerminalText.Name(path)}: {script.Tasks} {(script.Tasks == 1 ? "task" : "tasks")} of {job.What}; submit with: sbatch {TerminalText.Name(path)}");
        return ExitCodes.Ok;
    }

    private static string[] Named(string option, string? value) => value is null ? [] : [$"{option}={value}"];

    /// <summary>As it was started now, without the set-up of the checkout, which is no work for a compute node.</summary>
    private static string[] ThisProgram()
    {
        string process = Environment.ProcessPath ?? "dotnet", program = Path.Combine(AppContext.BaseDirectory, "molsampling.dll");
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, program] : [process];
    }
}
