using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>The kinds behind the cases fe-own-state-rounding, fe-neighbours-only, fe-one-leg-of-a-path and fe-part-files-overlap, on files
/// made here.</summary>
public sealed class FreeEnergyFilesTests : IDisposable
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];
    private static readonly FreeEnergyOptions s_asOthers = new(DiscardPicoseconds: 0, CountCorrelation: false);
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-fe-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData(2e-4, true)] // single precision of a small system
    [InlineData(0.015, true)] // and of a large one: small beside what neighbours differ by, and beside kT
    [InlineData(0.2, false)] // on every row: another lambda
    [InlineData(3.0, false)]
    public void Only_rounding_may_be_in_the_own_state(double size, bool isRounding)
    {
        string[] files = Windows(400);
        double exact = Bar(files).Value;
        Edit(files[2], (row, n) => [.. row[..4], row[4] + (n % 2 == 0 ? size : -size) * (n % 7) / 6, .. row[5..]]);
        if (isRounding)
            Assert.Equal(exact, Bar(files).Value, 1e-12); // the difference to the own state is zero by definition
        else
            Assert.Contains("own state 0.5 is", Assert.Throws<InvalidDataException>(() => Read(files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lambda_that_is_not_the_stated_one_is_refused_even_if_small()
    {
        // sampled at 0.27, stated as 0.25: the difference to 0.25 is 1/11 of that to the next state, on all rows
        string[] files = SyntheticAlchemy.Write(_folder, [0, 0.27, 0.5], 300, 3);
        File.WriteAllText(files[1], File.ReadAllText(files[1]).Replace("lambda = 0.2700", "lambda = 0.2500",
            StringComparison.Ordinal).Replace("to 0.2700", "to 0.2500", StringComparison.Ordinal));
        Edit(files[1], (row, _) => [.. row[..3], row[1] * -0.02, .. row[4..]]);
        Assert.Contains("own state 0.25 is", Assert.Throws<InvalidDataException>(() => Read(files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_known_decides_which_estimators_there_are()
    {
        string[] files = Windows(500);
        FreeEnergyAnalysis all = Analyse(files);
        for (int k = 0; k < 5; k++)
            KeepColumns(files[k], [.. Enumerable.Range(Math.Max(0, k - 1), Math.Min(4, k + 1) - Math.Max(0, k - 1) + 1)]);
        FreeEnergyAnalysis neighbours = Analyse(files);
        foreach (EstimatorResult e in all.Estimates.Where(e => e.Id != "mbar"))
        {
            FreeEnergyDifference d = neighbours.Estimates.Single(x => x.Id == e.Id).Total;
            Assert.Equal((e.Total.Value, e.Total.StandardError), (d.Value, d.StandardError));
        }
        Assert.Equal(EstimatorStatus.MissingEnergies, neighbours.Estimates[0].Total.Status);
        Assert.Equal(10, neighbours.Convergence.Count(c => c.Forward.Status == EstimatorStatus.Converged)); // BAR's
        Assert.Equal(all.Pairs.Select(p => p.Check.Slope.Value), neighbours.Pairs.Select(p => p.Check.Slope.Value));

        // without the window in the middle nothing joins 0.25 and 0.75: no total of any kind but integration
        FreeEnergyAnalysis gap = Analyse([.. files[..2], .. files[3..]]);
        Assert.Contains(gap.Data.Notes, n => n.Contains("state 0.5 has no samples and is known to some rows only",
            StringComparison.Ordinal));
        EstimatorResult bar = gap.Estimates.Single(e => e.Id == "bar");
        Assert.Equal(EstimatorStatus.MissingEnergies, bar.Total.Status);
        Assert.Contains("state 0.25 to 0.75", bar.Total.Reason, StringComparison.Ordinal);
        Assert.Equal([EstimatorStatus.Converged, EstimatorStatus.MissingEnergies, EstimatorStatus.Converged],
            bar.Intervals.Select(i => i.Difference.Status));
        Assert.Equal(["ti-spline", "ti-trapezoid"], gap.Estimates.Where(e => e.Total.Status == EstimatorStatus.Converged).Select(e =>
            e.Id));
    }

    [Fact]
    public void One_direction_is_enough_for_one_sided_estimators()
    {
        string[] files = Windows(500);
        for (int k = 0; k < 5; k++)
            KeepColumns(files[k], k < 4 ? [k, k + 1] : [k]);
        FreeEnergyAnalysis a = Analyse(files);
        Assert.Equal(EstimatorStatus.Converged, a.Estimates.Single(e => e.Id == "exp-forward").Total.Status);
        Assert.All(new[] { "mbar", "bar", "exp-reverse", "gaussian-reverse" }, id => Assert.Equal(EstimatorStatus.MissingEnergies,
            a.Estimates.Single(e => e.Id == id).Total.Status));
        Assert.Empty(a.Pairs);
    }

    [Fact]
    public void Ends_that_nobody_sampled_are_left_out_on_either_side()
    {
        string[] files = Windows(500);
        FreeEnergyAnalysis part = Analyse(files[1..4]);
        Assert.Equal([0.25, 0.5, 0.75], part.Data.States.Select(s => s.Values[0]));
        Assert.Equal(5, part.Given.States.Count);
        Assert.Contains(part.Data.Notes,
            n => n.Contains("states 0, 1, at an end of the path, have no samples and are left out: the result is from 0.25 to 0.75",
            StringComparison.Ordinal));
        Assert.All(part.Estimates, e => Assert.Equal(EstimatorStatus.Converged, e.Total.Status));
        Assert.Equal(SyntheticAlchemy.Exact(0.75) - SyntheticAlchemy.Exact(0.25), part.Estimates[0].Total.Value,
            4 * part.Estimates[0].Total.StandardError);
        Assert.Empty(Analyse(files[1..2]).Estimates);
    }

    [Fact]
    public void A_number_that_is_none_matters_where_it_is_used()
    {
        string[] files = Windows(60);
        Edit(files[1], (row, n) => n == 7 ? [.. row[..6], double.NaN] : row); // state 1, which has samples
        Assert.Contains("column 7: \"NaN\" is not a finite number", Assert.Throws<InvalidDataException>(() => Read(files)).Message,
            StringComparison.Ordinal);
        FreeEnergyAnalysis a = Analyse(files[..4]);
        Assert.Equal(EstimatorStatus.Converged, a.Estimates[0].Total.Status);
        Assert.Contains(a.Data.Notes, n => n.Contains("nothing uses state 1, which was not sampled", StringComparison.Ordinal));
    }

    /// <summary>As in expanded ensembles of GROMACS 2016: nan in dH/dlambda of a lambda that is 0 in all states.</summary>
    [Fact]
    public void A_lambda_that_does_not_change_may_have_no_number()
    {
        const string text = """
            @    xaxis  label "Time (ps)"
            @ subtitle "T = 300 (K) "
            @ s0 legend "Thermodynamic state"
            @ s1 legend "Total Energy (kJ/mol)"
            @ s2 legend "dH/d\xl\f{} fep-lambda = 0.0000"
            @ s3 legend "dH/d\xl\f{} vdw-lambda = 0.0000"
            @ s4 legend "\xD\f{}H \xl\f{} to (0.0000, 0.0000)"
            @ s5 legend "\xD\f{}H \xl\f{} to (0.0000, 1.0000)"
            @ s6 legend "pV (kJ/mol)"
            0.0 0 -90.5 nan 2 0.0 3 0.5
            0.2 1 -91.5 nan 2.5 -3 0.0 nan
            0.4 0 -92.5 0.0 3 0.0 3.5 0.5
            0.6 1 -90.0 0.0 3 -2.5 0.0 0.5
            &

            """;
        string path = Path.Combine(_folder, "expanded.xvg");
        File.WriteAllText(path, text);
        AlchemicalData data = Read([path]);
        Assert.Equal([2, 2], data.Counts);
        Assert.Contains(data.Notes, n => n.Contains("dH/dlambda of fep-lambda, which does not change", StringComparison.Ordinal));
        Assert.Contains(data.Notes, n => n.Contains("line 11: column 8: \"nan\" is not a finite number: taken as 0, since it cancels",
            StringComparison.Ordinal));
        Assert.DoesNotContain(double.NaN, data.Gradients!);
        File.WriteAllText(path, text.Replace("nan 2.5 -3", "0.0 nan -3", StringComparison.Ordinal)); // vdw-lambda changes
        Assert.Contains("line 11: column 5", Assert.Throws<InvalidDataException>(() => Read([path])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ampersands_comments_and_repeated_headers_are_no_rows()
    {
        string[] files = Windows(100);
        double exact = Bar(files).Value;
        foreach (string file in files)
        {
            string[] lines = File.ReadAllLines(file), header = [.. lines.TakeWhile(l => !char.IsAsciiDigit(l[0]))],
                rows = lines[header.Length..];
            File.WriteAllLines(file, [.. header, .. rows[..30], "# a comment", "", .. rows[30..60], "&", .. header, .. rows[60..], "&"]);
        }
        Assert.Equal(exact, Bar(files).Value, 1e-14);
    }

    [Theory]
    [InlineData("same digits")]
    [InlineData("last digits differ")]
    [InlineData("no header between")]
    [InlineData("a part file inside the first")]
    public void A_restart_that_repeats_rows_changes_nothing(string how)
    {
        string[] files = Windows(300);
        FreeEnergyDifference exact = Bar(files);
        var given = new List<string>(files);
        for (int k = 0; k < 5; k++)
        {
            string[] lines = File.ReadAllLines(files[k]), header = [.. lines.TakeWhile(l => !char.IsAsciiDigit(l[0]))],
                rows = lines[header.Length..];
            string[] again = how == "last digits differ" ? [.. rows[150..200].Select(Rounded), .. rows[200..]] : rows[150..];
            if (how == "no header between")
                File.WriteAllLines(files[k], [.. header, .. rows[..200], .. again]);
            else if (how == "a part file inside the first")
                File.WriteAllLines(Add($"part-{k}.xvg"), [.. header, .. rows[150..180]]);
            else if (k % 2 == 0) // part files, or all in one
            {
                File.WriteAllLines(files[k], [.. header, .. rows[..200]]);
                File.WriteAllLines(Add($"part-{k}.xvg"), [.. header, .. again]);
            }
            else
                File.WriteAllLines(files[k], [.. header, .. rows[..200], .. header, .. again]);
        }
        string Add(string name)
        {
            given.Add(Path.Combine(_folder, name));
            return given[^1];
        }
        AlchemicalData data = Read([.. given]);
        Assert.Equal([300, 300, 300, 300, 300], data.Counts);
        Assert.Contains(data.Notes, n => n.Contains("each counts once", StringComparison.Ordinal));
        FreeEnergyDifference found = Bar([.. given]);
        Assert.Equal((exact.Value, exact.StandardError), (found.Value, found.StandardError));
        Assert.All(data.Blocks.GroupBy(b => b.State), b => Assert.All(b.Skip(1), x => Assert.True(x.Continues))); // one run, judged as one
    }

    /// <summary>Rows that part after the restart are another run, and are said to be.</summary>
    [Fact]
    public void An_overlap_that_differs_is_another_run()
    {
        string[] files = Windows(300), others = SyntheticAlchemy.Write(Directory.CreateDirectory(Path.Combine(_folder, "b")).FullName,
            s_states, 300, 99);
        string[] lines = File.ReadAllLines(files[0]), header = [.. lines.TakeWhile(l => !char.IsAsciiDigit(l[0]))],
            rows = lines[header.Length..], different = File.ReadAllLines(others[0])[header.Length..];
        string part = Path.Combine(_folder, "part.xvg");
        File.WriteAllLines(files[0], [.. header, .. rows[..200]]);
        File.WriteAllLines(part, [.. header, .. rows[150..155], .. different[155..]]); // five rows from the checkpoint on, then its own way
        AlchemicalData data = Read([.. files, part]);
        Assert.Equal(200 + 145, data.Counts[0]);
        Assert.Contains(data.Notes, n => n.Contains("5 of its rows of state 0 repeat rows of", StringComparison.Ordinal));
        Assert.Contains(data.Notes, n => n.Contains("2 runs overlap in time with different numbers and count as independent",
            StringComparison.Ordinal));
        Assert.All(data.Blocks.Where(b => b.State == 0), b => Assert.False(b.Continues));
    }

    [Fact]
    public void Time_that_goes_back_to_other_numbers_without_a_header_is_damage()
    {
        string[] files = Windows(50);
        File.WriteAllText(files[0], File.ReadAllText(files[0]).Replace("\n30.0 ", "\n3.0 ", StringComparison.Ordinal));
        Assert.Contains("time 3 ps does not come after 29 ps", Assert.Throws<InvalidDataException>(() => Read(files)).Message,
            StringComparison.Ordinal);
    }

    private string[] Windows(int rows) => SyntheticAlchemy.Write(_folder, s_states, rows, 12);

    /// <summary>Seven digits, as another build of the program may leave them.</summary>
    private static string Rounded(string line) =>
        string.Join(' ', line.Split(' ').Select((w, c) => c == 0 ? w
        : double.Parse(w, System.Globalization.CultureInfo.InvariantCulture).ToString("g7",
        System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Rows are time, dH/dl, differences to all states.</summary>
    private static void Edit(string file, Func<double[], int, double[]> edit)
    {
        string[] lines = File.ReadAllLines(file);
        for (int at = 0, n = 0; at < lines.Length; at++)
            if (char.IsAsciiDigit(lines[at][0]))
                lines[at] = string.Join(' ',
                    edit([.. lines[at].Split(' ').Select(w => double.Parse(w, System.Globalization.CultureInfo.InvariantCulture))],
                    n++).Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        File.WriteAllLines(file, lines);
    }

    /// <summary>Writes the file with differences to some states only.</summary>
    private static void KeepColumns(string file, int[] states)
    {
        string[] legends = [.. File.ReadAllLines(file).Where(l => l.Contains(" to ", StringComparison.Ordinal))];
        string[] header = [.. File.ReadAllLines(file).Where(l => !char.IsAsciiDigit(l[0]) && !legends.Contains(l))];
        Edit(file, (row, _) => [.. row[..2], .. states.Select(s => row[2 + s])]);
        string[] rows = [.. File.ReadAllLines(file).Where(l => char.IsAsciiDigit(l[0]))];
        File.WriteAllLines(file, [.. header, .. states.Select((s, c) => $"@ s{c + 1} legend{legends[s].Split("legend")[1]}"), .. rows]);
    }

    private static AlchemicalData Read(string[] files) => AlchemicalData.Combine([.. files.Select(f => AlchemicalFiles.Read(f))]);

    private static FreeEnergyAnalysis Analyse(string[] files) => FreeEnergyAnalysis.Of(Read(files), s_asOthers);

    private static FreeEnergyDifference Bar(string[] files) => Analyse(files).Estimates.Single(e => e.Id == "bar").Total;
}
