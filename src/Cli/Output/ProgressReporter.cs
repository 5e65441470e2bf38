using System.Diagnostics;
using System.Globalization;
using MolSampling.Molecular;
using Spectre.Console;

namespace MolSampling.Cli.Output;

/// <summary>A live bar on a terminal, a plain line for each stage when piped; always on standard error, which is free for people.</summary>
internal sealed class ProgressReporter(bool quiet)
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public T Show<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        if (quiet)
            return work(null);
        string shown = name.Length > 48 ? name[..45] + "..." : name;
        return Console.IsErrorRedirected ? Lines(shown, work) : Bar(shown, work);
    }

    private static T Lines<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        string last = "";
        var clock = Stopwatch.StartNew();
        return work(p =>
        {
            if (p.Stage == last)
                return;
            last = p.Stage;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {p.Stage} ({clock.Elapsed.TotalSeconds:f1} s)"));
        });
    }

    private T Bar<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        T result = default!;
        _console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                ProgressTask? task = null;
                string stage = "";
                result = work(p =>
                {
                    if (p.Stage != stage)
                    {
                        task?.StopTask();
                        task = context.AddTask($"{Markup.Escape(name)}  {p.Stage}");
                        stage = p.Stage;
                    }
                    task!.Value = 100 * p.Fraction;
                    if (p.Detail.Length > 0)
                        task.Description = $"{Markup.Escape(name)}  {Markup.Escape(p.Detail)}";
                });
                task?.StopTask();
            });
        return result;
    }
}
