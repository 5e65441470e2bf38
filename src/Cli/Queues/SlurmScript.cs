using System.Globalization;
using System.Text.RegularExpressions;

namespace MolSampling.Cli.Queues;

/// <summary>
/// An sbatch script that runs a command as a job array, which takes --task-index and --task-count. Before its time is up Slurm signals the
/// script (USR1); the program writes a checkpoint and ends with exit code 75; the script puts its task back into the queue, and the same
/// command goes on where it stood.
/// </summary>
internal sealed partial record SlurmScript
{
    /// <summary>The program: words of a command line.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>Its command with all options but those of the task, the output and the threads: words; file names absolute.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Folder of the array's results, absolute.</summary>
    public required string Output { get; init; }

    /// <summary>Where relative names in a configuration are taken from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Shown by squeue.</summary>
    public required string JobName { get; init; }

    /// <summary>Of the array.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>Tasks that may run at the same time; null for all.</summary>
    public int? AtOnce { get; init; }

    /// <summary>Cores, which are threads, of a task.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Slurm's notation: 24:00:00, 2-12, ...</summary>
    public string TimeLimit { get; init; } = "24:00:00";

    /// <summary>Seconds before the end of the time limit at which a checkpoint is asked for.</summary>
    public int SignalBefore { get; init; } = 120;

    /// <summary>Further options of sbatch, each one line without "#SBATCH".</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The text that sbatch takes.</summary>
    /// <exception cref="ArgumentException">An option that Slurm would refuse; one line that names it.</exception>
    public string ToText()
    {
        Check();
        string atOnce = AtOnce is { } n ? string.Create(CultureInfo.InvariantCulture, $"%{n}") : "";
        string options = string.Concat(Options.Select(o => $"#SBATCH {o}\n"));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/bash
            # molsampling as a Slurm job array. Submit it with sbatch. Submitting it again is safe once no task of it is running: a task that is
            # done stays so, any other goes on from its last checkpoint.
            #SBATCH --job-name={{Value(JobName)}}
            #SBATCH --array=0-{{Tasks - 1}}{{atOnce}}
            #SBATCH --time={{TimeLimit}}
            #SBATCH --cpus-per-task={{Cpus}}
            #SBATCH --chdir={{Value(WorkingDirectory)}}
            #SBATCH --output={{Value(Path.Combine(Output, "task-%4a.log"))}}
            #SBATCH --open-mode=append
            #SBATCH --requeue
            #SBATCH --signal=B:USR1@{{SignalBefore}}
            {{options}}
            # USR1: the time is nearly up. TERM: the job is cancelled or preempted. The program writes a checkpoint on either and ends with exit code 75.
            child= asked=
            forward() { asked=$1; [ -n "$child" ] && kill -s "$1" "$child" 2>/dev/null; }
            trap 'forward USR1' USR1
            trap 'forward TERM' TERM

            {{string.Join(' ', Program.Concat(Command).Select(Quote))}} --output {{Quote(Output)}} \
              --task-index "$SLURM_ARRAY_TASK_ID" --task-count {{Tasks}} --threads "$SLURM_CPUS_PER_TASK" &
            child=$!
            [ -n "$asked" ] && kill -s "$asked" "$child" 2>/dev/null

            # a signal ends a wait early; the last one returns what the program returned
            wait "$child"
            while kill -0 "$child" 2>/dev/null; do wait "$child"; done
            wait "$child"
            status=$?

            # 138: the signal came before the program could listen. A job that was cancelled must not come back.
            if [ "$asked" != TERM ] && { [ "$status" -eq 75 ] || { [ "$asked" = USR1 ] && [ "$status" -eq 138 ]; }; }; then
              echo "task $SLURM_ARRAY_TASK_ID: checkpoint written, back into the queue"
              scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
            fi
            exit "$status"

            """).ReplaceLineEndings("\n");
    }

    private void Check()
    {
        AtLeast("--tasks", Tasks, 1);
        AtLeast("--cpus", Cpus, 1);
        AtLeast("--at-once", AtOnce ?? 1, 1);
        AtLeast("--signal-before", SignalBefore, 1);
        if (SignalBefore > ushort.MaxValue)
            throw new ArgumentException($"--signal-before {SignalBefore} is more than Slurm's {ushort.MaxValue} seconds");
        if (Seconds(TimeLimit) is not { } limit)
            throw new ArgumentException($"--time-limit '{TimeLimit}' is not in Slurm's notation: minutes, hours:minutes:seconds, days-hours or days-hours:minutes:seconds");
        if (limit <= SignalBefore + 60) // Slurm may send it up to a minute early
            throw new ArgumentException($"--time-limit {TimeLimit} leaves no time to run: the signal comes {SignalBefore} to {SignalBefore + 60} seconds before its end");
        foreach (string option in Options)
            if (!option.StartsWith('-') || option.Any(char.IsControl))
                throw new ArgumentException($"--sbatch '{option.ReplaceLineEndings(" ")}' is not an option of sbatch: it begins with a dash, as in --sbatch=--qos=long");
    }

    /// <summary>Slurm's notation of time: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes,
    /// days-hours:minutes:seconds; null if it is none of them.</summary>
    public static long? Seconds(string text)
    {
        Match match = TimeNotation().Match(text);
        if (!match.Success)
            return null;
        long Part(string name) => match.Groups[name].Success ? long.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
        return 86_400 * Part("d") + 3600 * Part("h") + 60 * Part("m") + Part("s");
    }

    [GeneratedRegex(@"^(?:(?<d>\d{1,4})-(?<h>\d{1,2})(?::(?<m>\d{1,2})(?::(?<s>\d{1,2}))?)?|(?<h>\d{1,5}):(?<m>\d{1,2}):(?<s>\d{1,2})|(?<m>\d{1,7})(?::(?<s>\d{1,2}))?)$")]
    private static partial Regex TimeNotation();

    private static void AtLeast(string option, int value, int least)
    {
        if (value < least)
            throw new ArgumentException($"{option} must be at least {least}, not {value}");
    }

    /// <summary>For the shell.</summary>
    private static string Quote(string word) => PlainWord().IsMatch(word) ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>For a line of sbatch, which knows double quotes and % but no way to write them.</summary>
    private static string Value(string value)
    {
        if (value.Any(c => char.IsControl(c) || c is '"' or '\\') || value.Replace("%4a", "", StringComparison.Ordinal).Contains('%',
            StringComparison.Ordinal))
            throw new ArgumentException($"'{value}' cannot be written into a line of sbatch: choose a name without quotes, backslashes and %");
        return PlainWord().IsMatch(value.Replace("%4a", "", StringComparison.Ordinal)) ? value : $"\"{value}\"";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_./:=+,@-]+$")]
    private static partial Regex PlainWord();
}
