using System.Text;
using MolSampling.Cli;
using MolSampling.Cli.Output;

namespace MolSampling.Tests.Cli;

/// <summary>The program's command line in this process. What it says is kept apart from what other tests' commands say meanwhile: it
/// follows the command to whichever thread works for it.</summary>
internal static class InProcess
{
    private const int StackSize = 8 << 20; // a main thread's

    private static readonly AsyncLocal<Said?> s_said = new();

    static InProcess()
    {
        Console.SetOut(new Routed(Console.Out, s => s.OutputText));
        Console.SetError(new Routed(Console.Error, s => s.ErrorText));
        TerminalText.Install();
        Func<Stream> usual = JsonOutput.Open;
        JsonOutput.Open = () => s_said.Value?.Output ?? usual();
    }

    /// <summary>Runs a command to its end.</summary>
    public static CommandLine Run(params string[] arguments)
    {
        var said = new Said();
        int code = -1;
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            s_said.Value = said;
            try
            {
                code = CommandTree.RunAsync(arguments, _ => null, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                thrown = e;
            }
        }, StackSize) { IsBackground = true, Name = "command" };
        thread.Start();
        if (!thread.Join(CommandLine.Patience))
            throw new TimeoutException(string.Join(' ', arguments));
        Assert.Null(thrown); // a process would end by it
        return new(code, said.Output.Text, said.Error.Text);
    }

    private sealed class Said
    {
        public Said() => (OutputText, ErrorText) = (Writer(Output), Writer(Error));

        public Kept Output { get; } = new();

        public Kept Error { get; } = new();

        public TextWriter OutputText { get; }

        public TextWriter ErrorText { get; }

        private static TextWriter Writer(Kept stream) =>
            TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true });
    }

    /// <summary>A standard stream may be closed by one who writes to it and used by the next.</summary>
    private sealed class Kept : MemoryStream
    {
        public string Text => Encoding.UTF8.GetString(ToArray());

#pragma warning disable CA2215 // that is the point
        protected override void Dispose(bool disposing)
        {
        }
#pragma warning restore CA2215
    }

    private sealed class Routed(TextWriter usual, Func<Said, TextWriter> choose) : TextWriter
    {
        public override Encoding Encoding => usual.Encoding;

        private TextWriter Target => s_said.Value is { } said ? choose(said) : usual;

        public override void Write(char value) => Target.Write(value);

        public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

        public override void Write(string? value) => Target.Write(value);

        public override void Flush() => Target.Flush();
    }
}
