using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MolSampling.Cli.Output;

/// <summary>
/// Names and lines of files on a terminal. Control characters could set its title, clear the screen or hide a failure, and characters that
/// turn the direction of text or have no width could make a name look like another: they are shown as \x1b or \u202e. Installed once, it
/// holds for everything that the program says; files keep names as they are.
/// </summary>
internal static class TerminalText
{
    /// <summary>Standard error for bars and tables.</summary>
    public static IAnsiConsole Error { get; private set; } = Create(Console.Error, false);

    /// <summary>Makes standard output and error plain, for the console's tables and markup too, whose own colours stay.</summary>
    public static void Install()
    {
        AnsiConsole.Console = Create(Console.Out, true);
        Error = Create(Console.Error, false);
        Console.SetOut(new PlainWriter(Console.Out));
        Console.SetError(new PlainWriter(Console.Error));
    }

    /// <summary>A text with what a terminal would obey or hide in visible notation; line breaks and tabs stay.</summary>
    public static string Plain(string text) => text.Any(IsActive) ? string.Concat(text.Select(c => IsActive(c) ? Shown(c) : c.ToString()))
        : text;

    /// <summary>A name or a path: line breaks and tabs are shown too, so that it cannot pass for lines of ours.</summary>
    public static string Name(string text) =>
        string.Concat(text.Select(c => c is '\n' or '\r' or '\t' || IsActive(c) ? Shown(c) : c.ToString()));

    /// <summary>C0, C1 and DEL; what turns the direction of text, has no width, or begins another line for some readers.</summary>
    private static bool IsActive(char c) => c switch
    {
        '\n' or '\t' => false,
        '\r' => !OperatingSystem.IsWindows(),
        // \udb40: the plane of tags
        '\u061c' or '\u180e' or '\ufeff' or (>= '\u200b' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or (>= '\u2060' and <= '\u206f') or '\udb40' => true,
        _ => char.IsControl(c),
    };

    private static string Shown(char c) => c < 0x100 ? "\\x" + ((int)c).ToString("x2", CultureInfo.InvariantCulture) : "\\u"
        + ((int)c).ToString("x4", CultureInfo.InvariantCulture);

    private static IAnsiConsole Create(TextWriter writer, bool isOutput)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new StandardStream(writer, isOutput) });
        console.Pipeline.Attach(new PlainSegments());
        return console;
    }

    /// <summary>Spectre knows standard output and error by their writers, which are not those any more.</summary>
    private sealed class StandardStream(TextWriter writer, bool isOutput) : IAnsiConsoleOutput
    {
        private readonly AnsiConsoleOutput _output = new(writer);

        public TextWriter Writer => writer;

        public bool IsTerminal => isOutput ? !Console.IsOutputRedirected : !Console.IsErrorRedirected;

        public int Width => _output.Width;

        public int Height => _output.Height;

        public void SetEncoding(Encoding encoding) => _output.SetEncoding(encoding);
    }

    private sealed class PlainSegments : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
            renderables.Select(r => new PlainRenderable(r));
    }

    private sealed class PlainRenderable(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(s => s.IsControlCode || s.IsLineBreak || !s.Text.Any(IsActive) ? s
                : new Segment(Plain(s.Text), s.Style));
    }

    private sealed class PlainWriter(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => writer.Encoding;

        public override void Write(char value)
        {
            if (IsActive(value))
                writer.Write(Shown(value));
            else
                writer.Write(value);
        }

        public override void Write(char[] buffer, int index, int count) => writer.Write(Plain(new(buffer, index, count)));

        public override void Write(string? value) => writer.Write(value is null ? null : Plain(value));

        public override void WriteLine(string? value) => Write(value + Environment.NewLine);

        public override void Flush() => writer.Flush();
    }
}
