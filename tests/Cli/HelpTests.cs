using System.CommandLine;
using MolSampling.Cli;
using MolSampling.Cli.Commands;
using MolSampling.Cli.Output;

namespace MolSampling.Tests.Cli;

/// <summary>Help, examples, one vocabulary, and what is said about a mistyped command line.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand s_root = CommandTree.Create();

    private static IEnumerable<Command> All(Command above) => above.Subcommands.Where(c => !c.Hidden).SelectMany(c => All(c).Prepend(c));

    [Fact]
    public void Alone_it_prints_help()
    {
        CommandLine alone = CommandLine.Run(), asked = CommandLine.Run("--help");
        Assert.Equal((0, ""), (alone.ExitCode, alone.Error));
        Assert.Equal(asked.Output, alone.Output);
        foreach (Command command in s_root.Subcommands.Where(c => !c.Hidden))
            Assert.Contains($"  {command.Name} ", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_has_examples_and_each_of_them_parses()
    {
        foreach (Command command in All(s_root))
        {
            var examples = Assert.IsType<DocumentedCommand>(command).Examples;
            Assert.NotEmpty(examples);
            foreach (string example in examples)
                foreach (string part in example.Split('#')[0].Split(["&&", "source <(", " >"], StringSplitOptions.TrimEntries).Where(p =>
                    p.StartsWith("molsampling ", StringComparison.Ordinal)))
                {
                    string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(part["molsampling ".Length..].Replace("bash)", "bash", StringComparison.Ordinal))];
                    Assert.Null(CommandLineErrors.First(words, s_root.Parse(words)));
                    Assert.All(words.Where(w => w.StartsWith("examples/", StringComparison.Ordinal)
                        || w.StartsWith("data/", StringComparison.Ordinal)), AssertIsThere);
                }
            Assert.Contains(examples, e => e.Contains($"molsampling {command.Name}", StringComparison.Ordinal)
                || e.Contains($" {command.Name}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Help_shows_the_examples()
    {
        CommandLine help = CommandLine.Run("energy", "--help");
        Assert.Contains("Examples:\n  molsampling energy examples/data/ligand.sdf --per-term\n", help.Output, StringComparison.Ordinal);
    }

    /// <summary>An option means the same, and is described in the same kind of words, wherever it is.</summary>
    [Fact]
    public void One_vocabulary()
    {
        Option[] options = [.. All(s_root).SelectMany(c => c.Options)];
        void Same(string name, string? alias, bool sameWords)
        {
            Option[] these = [.. options.Where(o => o.Name == name)];
            Assert.True(these.Length > 1, name);
            Assert.All(these, o => Assert.Equal(alias is null ? [] : [alias], o.Aliases));
            if (sameWords)
                Assert.Single(these.Select(o => o.Description).Distinct());
        }
        Same("--output", "-o", sameWords: false);
        Same("--samples", "-n", sameWords: false);
        Same("--time-limit", null, sameWords: false);
        Same("--json", null, sameWords: true);
        Same("--quiet", null, sameWords: true);
        Same("--seed", null, sameWords: true);
        foreach (string command in new[] { "conformers", "simulate", "report", "export", "free-energy", "train", "draw" })
            Assert.Contains("--quiet", s_root.Subcommands.Single(c => c.Name == command).Options.Select(o => o.Name));
        foreach (string command in new[] { "conformers", "energy", "free-energy" })
            Assert.Contains("--unit", s_root.Subcommands.Single(c => c.Name == command).Options.Select(o => o.Name));
    }

    [Theory]
    [InlineData("unknown option '--peptid'; did you mean --peptide?", "simulate", "--peptid", "AAA")]
    [InlineData("unknown option '--peptid'; did you mean --peptide?", "simulate", "--peptid=AAA")]
    [InlineData("unknown option '--peptid'; did you mean --peptide?", "simulate", "--output", "--peptid", "AAA")] // as the value of another
    [InlineData("unknown option '--quite'; did you mean --quiet?", "conformers", "CC", "--quite")]
    [InlineData("unknown option '--time'; did you mean --time-limit?", "conformers", "CC", "--time", "3")]
    [InlineData("unknown option '--abracadabra' (", "conformers", "CC", "--abracadabra")]
    [InlineData("unknown option '-x' (", "conformers", "CC", "-x", "3")]
    [InlineData("unknown option '-x' (", "energy", "-x")]
    [InlineData("unknown command 'simulat'; did you mean simulate?", "simulat")]
    [InlineData("unknown command 'conformer'; did you mean conformers?", "conformer", "CC", "--output", "x")]
    [InlineData("unknown command 'energes'; did you mean energies?", "benchmark", "energes")]
    [InlineData("--force-field 'mmff49' is unknown: ani1ccx, ani1x, ani2x, gfn1, gfn2, mmff94, mmff94s, sage-2.2.1, sage-2.3.0; "
        + "did you mean mmff94?", "energy", "CC",
        "--force-field", "mmff49")]
    [InlineData("--method 'jump' is unknown", "conformers", "CC", "--method", "jump")]
    [InlineData("did you mean xtc?", "export", "run", "--format", "xct")]
    [InlineData("--solvent 'obc3' is unknown: none, obc1, obc2, gbn, gbn2, water, methanol, dmso, dmf, acetonitrile, acetone, thf, ether, "
        + "dichloromethane, chloroform, toluene, hexane, cs2, benzene, tip3p, spce, tip4pew, opc; did you mean obc1?", "simulate",
        "--peptide", "AAA", "--solvent", "obc3")]
    [InlineData("--unit 'kj/mol' is unknown: kT, kJ/mol, kcal/mol; did you mean kJ/mol?", "free-energy", "x.xvg", "--unit", "kj/mol")]
    [InlineData("did you mean manywell-32?", "train", "manywel-32")]
    [InlineData("did you mean torsion-flow?", "benchmark", "conformers", "x.smi", "--methods", "torsion-flw")]
    public void A_mistyped_word_gets_a_suggestion(string said, params string[] words)
    {
        CommandLine run = CommandLine.Run(words);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("molsampling: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slurm", "list.smi", "--", "--time-limit", "60")] // the queue's to pass on
    [InlineData("slurm", "run.json", "--sbatch=--qos=long")]
    [InlineData("conformers", "CC", "--temperature", "-1")] // of the wrong value, not of an option
    [InlineData("conformers", "CC", "-n5")]
    [InlineData("free-energy", "-T", "300", "a.xvg", "b.xvg")]
    public void What_is_right_is_no_unknown_option(params string[] words) =>
        Assert.Null(CommandLineErrors.First(words, s_root.Parse(words)));

    [Theory]
    [InlineData("--peptid", "--peptide")]
    [InlineData("--tempreature", "--temperature")] // neighbours exchanged
    [InlineData("--out", "--output")] // its beginning
    [InlineData("--x", null)]
    [InlineData("--solvation-model", null)]
    public void The_nearest_word(string typed, string? meant) =>
        Assert.Equal(meant, Spelling.Nearest(typed, ["--peptide", "--temperature", "--output", "--solvent"]));

    [Fact]
    public void The_page_of_commands_is_what_help_says() =>
        // ./molsampling docs > docs/commands.md
        Assert.Equal(HelpPage.Markdown(CommandTree.Create()), File.ReadAllText(Path.Combine(SharedData.Checkout, "docs", "commands.md")));

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void Progress_fits_the_terminal(int width)
    {
        string longName = new('C', 300), shown = ProgressReporter.Fitted(longName, "learning torsions", width);
        Assert.InRange(shown.Length, 20, width - 30); // a bar, a percentage and a time beside it
        Assert.EndsWith("...  learning torsions", shown, StringComparison.Ordinal);
        Assert.Equal("CCO  drawing", ProgressReporter.Fitted("CCO", "drawing", width));
        Assert.InRange(ProgressReporter.Fitted(longName, longName, width).Length, 20, width - 30);
    }

    /// <summary>The script of 'molsampling completion bash' in a real bash, as if Tab were pressed.</summary>
    [Theory]
    [InlineData("molsampling con", "conformers")]
    [InlineData("molsampling simulate --pept", "--peptide")]
    [InlineData("molsampling simulate --solvent obc", "obc1 obc2")]
    [InlineData("molsampling energy examples/data/lig", "examples/data/ligand.sdf")]
    public void Bash_completes(string line, string expected)
    {
        string script = $"""
            molsampling() {"{"} dotnet '{CommandLine.Program}' "$@"; {"}"}
            source <(molsampling completion bash)
            COMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({line}) COMP_CWORD={line.Split(' ').Length - 1}
            _molsampling
            echo "${"{"}COMPREPLY[*]{"}"}"
            """;
        var start = new ProcessStartInfo("bash", ["--norc", "-c", script]) { RedirectStandardOutput = true, WorkingDirectory =
            SharedData.Checkout };
        using Process bash = Process.Start(start)!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd().Trim());
    }

    private static void AssertIsThere(string path)
    {
        string full = Path.Combine(SharedData.Checkout, path);
        // also a pattern
        Assert.True(Path.Exists(full) || Directory.GetFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full)).Length > 0, path);
    }
}
