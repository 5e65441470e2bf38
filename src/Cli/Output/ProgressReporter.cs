using System.Diagnostics;
using System.Globalization;
using MolSampling.Molecular;
using Spectre.Console;

namespace MolSampling.Cli.Output;

/// <summary>
/// A live bar on a terminal, a plain line for each stage when piped (of a list: a line each half minute); always on standard error, which is free for people.
/// </summary>
/// <param name="quiet">Nothing at all.</param>
/// <param name="list">What the tasks shown are part of; null for one task.</param>
internal sealed class ProgressReporter(bool quiet, ListProgress? list = null)
{
    private const double SecondsBetweenLines = 30;

    private readonly IAnsiConsole _console = TerminalText.Error;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _nextLine;

    public T Show<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        if (quiet)
            return work(null);
        string shown = name.Length > 48 ? name[..45] + "..." : name;
        return !Console.IsErrorRedirected ? Bar(shown, work) : list is null ? Lines(shown, work) : ListLines(shown, work);
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

    private T ListLines<T>(string name, Func<Action<TaskProgress>?, T> work) => work(p =>
    {
        if (_clock.Elapsed.TotalSeconds < _nextLine)
            return;
        _nextLine = _clock.Elapsed.TotalSeconds + SecondsBetweenLines;
        Console.Error.WriteLine($"{list}; {name}: {p.Stage}");
    });

    private T Bar<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        T result = default!;
        _console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                if (list is not null)
                    context.AddTask(list.ToString()).Value = 100 * list.Fraction;
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
