using System.Diagnostics;
using System.Globalization;
using MolSampling.Jobs.Running;
using Spectre.Console;

namespace MolSampling.Cli.Output;

/// <summary>
/// A live bar on a terminal, when piped a plain line for a stage, after two seconds and not more often (of a list: a line each half
/// minute); always on standard error, which is free for people.
/// </summary>
/// <param name="quiet">Nothing at all.</param>
/// <param name="list">What the tasks shown are part of; null for one task.</param>
internal sealed class ProgressReporter(bool quiet, ListProgress? list = null)
{
    private const double SecondsBetweenLines = 30;
    private const int BesideDescription = 36; // a short bar, "100%", "00:00:00", the spinner and what separates them

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly IAnsiConsole _console = TerminalText.Error;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _nextLine;

    public T Show<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        if (quiet)
            return work(null);
        name = TerminalText.Name(name);
        string shown = name.Length > 48 ? name[..45] + "..." : name;
        return !Console.IsErrorRedirected ? Bar(shown, work) : list is null ? Lines(shown, work) : ListLines(shown, work);
    }

    private static T Lines<T>(string name, Func<Action<TaskProgress>?, T> work)
    {
        string last = "";
        var clock = Stopwatch.StartNew();
        TimeSpan next = s_patience;
        return work(p =>
        {
            if (p.Stage == last || clock.Elapsed < next)
                return;
            (last, next) = (p.Stage, clock.Elapsed + s_patience);
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
        _console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                if (list is not null)
                    // it is hidden when complete
                    context.AddTask(Markup.Escape(Fitted("", list.ToString(), _console.Profile.Width))).Value =
                        Math.Min(99.9, 100 * list.Fraction);
                ProgressTask? task = null;
                string stage = "";
                result = work(p =>
                {
                    if (p.Stage != stage)
                    {
                        Complete(task);
                        task = context.AddTask(Markup.Escape(p.Stage));
                        stage = p.Stage;
                    }
                    task!.Description = Markup.Escape(Fitted(name, p.Detail.Length > 0 ? p.Detail : p.Stage, _console.Profile.Width));
                    task.Value = Math.Min(99.9, 100 * p.Fraction);
                });
                Complete(task);
            });
        return result;
    }

    /// <summary>A stage that is over is at 100 %, and gone.</summary>
    private static void Complete(ProgressTask? task)
    {
        if (task is null)
            return;
        task.Value = task.MaxValue;
        task.StopTask();
    }

    /// <summary>Name and stage on what a line leaves beside the bar, the percentage and the time; the name is cut before the stage
    /// is.</summary>
    /// <param name="name">Of what is worked at; may be empty.</param>
    /// <param name="stage">What is done.</param>
    /// <param name="width">Of the terminal.</param>
    internal static string Fitted(string name, string stage, int width)
    {
        int room = Math.Clamp(width - BesideDescription, 20, 110);
        string text = Cut(stage, room);
        int left = room - text.Length - 2;
        return name.Length == 0 || left < 8 ? text : $"{Cut(name, left)}  {text}";
    }

    private static string Cut(string text, int room) => text.Length <= room ? text : text[..(room - 3)] + "...";
}
