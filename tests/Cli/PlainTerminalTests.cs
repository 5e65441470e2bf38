using System.Text.Json;
using MolSampling.Cli.Output;

namespace MolSampling.Tests.Cli;

/// <summary>Case names-speak-to-the-terminal: what a file says is shown, not obeyed; files keep it.</summary>
public sealed class PlainTerminalTests : IDisposable
{
    private const string Hostile = "\u001b]0;owned\u0007\u001b[31mred\u009b2J\u007f\u202eback\u200bend";

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-terminal-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Names_and_quoted_lines_are_shown_and_files_keep_them()
    {
        string list = Path.Combine(_folder, "l.smi"), one = Path.Combine(_folder, "one.smi"), results = Path.Combine(_folder, "o"),
            sdf = Path.Combine(_folder, "bad\u001b[2J.sdf");
        File.WriteAllText(list, $"CCO {Hostile}\nC1CC \u001b[2Jhidden\n");
        File.WriteAllText(one, $"CCO {Hostile}\n");
        File.WriteAllText(sdf, $"{Hostile}\n\n\nnonsense {Hostile}\n$$$$\n");
        CommandLine energy = Check(CommandLine.Run("energy", list));
        Assert.StartsWith("\\x1b]0;owned\\x07\\x1b[31mred\\x9b2J\\x7f\\u202eback\\u200bend  ", energy.Output, StringComparison.Ordinal);
        CommandLine json = Check(CommandLine.Run("energy", list, "--json"));
        Assert.Equal(Hostile, JsonDocument.Parse(json.Output).RootElement.GetProperty("molecules")[0].GetProperty("name").GetString());
        Check(CommandLine.Run("energy", sdf));
        Check(CommandLine.Run("energy", "C\u001b[2JC"));
        Check(CommandLine.Run("energy", "CC", "--\u001b[2J"));
        Check(CommandLine.Run("simulate", "\u001b[2J.pdb"));
        CommandLine table = Check(CommandLine.Run("conformers", one, "--method", "etkdg", "--samples", "2", "--output", results));
        Assert.Contains("\\x1b]0;owned", table.Output, StringComparison.Ordinal);
        Assert.Contains(Hostile, File.ReadAllText(Path.Combine(results, "conformers.sdf")), StringComparison.Ordinal);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(results, "summary.json")));
        Assert.Equal(Hostile, summary.RootElement.GetProperty("molecules")[0].GetProperty("name").GetString());
        // in the report a browser gets it as text
        Assert.DoesNotContain('\u001b', File.ReadAllText(Path.Combine(results, "report.html")));
    }

    /// <summary>Case newline-in-a-path: a folder's name cannot pass for another line of the program's.</summary>
    [Fact]
    public void A_path_is_one_line()
    {
        const string folder = "out\nwritten to nowhere\t\u001b[2J";
        string[] command = ["conformers", "CCO", "--method", "etkdg", "--samples", "2", "--output", folder];
        CommandLine first = Check(CommandLine.RunIn(_folder, command)), again = Check(CommandLine.RunIn(_folder, command));
        foreach (CommandLine run in new[] { first, again })
        {
            Assert.Contains("out\\x0awritten to nowhere\\x09\\x1b[2J", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("\nwritten to nowhere", run.Output, StringComparison.Ordinal);
        }
        Assert.True(File.Exists(Path.Combine(_folder, folder, "summary.json")));
        CommandLine simulated = Check(CommandLine.RunIn(_folder,
            "simulate", "--peptide", "ACE-GLY-NME", "--time", "4fs", "--frame", "2fs", "--checkpoint", "2fs", "--replicas", "1", "--output",
                "run\nnext"));
        Assert.Contains("run\\x0anext", simulated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("run\nnext", simulated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Harmless_texts_stay_as_they_are()
    {
        foreach (string text in new[] { "", "plain\ttext\nwith breaks", "Å ± µs 分子 é", "[bold]" })
            Assert.Equal(text, TerminalText.Plain(text));
        Assert.Equal("\\x0d\\x00\\x9f\\u2066\\ufeff", TerminalText.Plain("\r\0\u009f\u2066\ufeff"));
        Assert.Equal("a\\x0a\\x09\\x0db", TerminalText.Name("a\n\t\rb"));
    }

    private static CommandLine Check(CommandLine run)
    {
        foreach (string text in new[] { run.Output, run.Error })
            Assert.DoesNotContain(text, c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u202e' or '\u200b');
        return run;
    }
}
