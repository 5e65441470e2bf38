using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>
/// Files of Amber and NAMD and tables of reduced potentials, from a model with known free energies. (The readers were also held against
/// alchemtest's Amber and NAMD sets with their published values, which are not part of the project:
/// docs/free-energies.md.)
/// </summary>
public sealed class FreeEnergyEnginesTests : IDisposable
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];
    private static readonly FreeEnergyOptions s_asOthers = new(DiscardPicoseconds: 0, CountCorrelation: false);
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-fe-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void All_of_them_give_the_same_known_difference()
    {
        EngineFiles files = Files(800);
        FreeEnergyAnalysis amber = Analyse(files.Amber()), namd = Analyse(files.Namd()), table = Analyse(files.Csv());
        foreach (FreeEnergyAnalysis a in new[] { amber, namd, table })
        {
            Assert.Equal([800, 800, 800, 800, 800], a.Data.Counts);
            Assert.Equal(SyntheticAlchemy.Exact(1), Total(a, "bar").Value, 4 * Total(a, "bar").StandardError);
            Assert.Equal(Total(table, "bar").Value, Total(a, "bar").Value, 2e-4); // four digits of kcal/mol
            Assert.Equal(Total(table, "bar").StandardError, Total(a, "bar").StandardError, 1e-4);
        }
        Assert.Equal(Total(table, "mbar").Value, Total(amber, "mbar").Value, 2e-4);
        Assert.Equal(SyntheticAlchemy.Exact(1), Total(amber, "ti-spline").Value, 4 * Total(amber, "ti-spline").StandardError + 0.01);
        Assert.Equal(EstimatorStatus.MissingEnergies, Total(namd, "mbar").Status);
        Assert.Equal([20.2, 20.4], amber.Data.Times.Take(2).Select(t => Math.Round(t, 9)));
        Assert.Empty(amber.Data.Notes);
        Assert.Contains(table.Data.Notes, n => n.Contains("columns replica are not used", StringComparison.Ordinal));
    }

    [Fact]
    public void Amber_without_MBAR_and_with_other_intervals()
    {
        FreeEnergyAnalysis gradients = Analyse(Files(300).Amber(mbar: false));
        Assert.Equal(["ti-spline", "ti-trapezoid"], gradients.Estimates.Select(e => e.Id));
        AlchemicalFile seldom = AmberMdoutReader.Read(Files(300).Amber(print: 1000)[0]);
        Assert.Null(seldom.Gradients);
        Assert.Contains("30 of 300 steps with MBAR energies have DV/DL, which is not used", Assert.Single(seldom.Warnings),
            StringComparison.Ordinal);
        string[] files = Files(50).Amber();
        string text = File.ReadAllText(files[2]);
        File.WriteAllText(files[2], text[..text.IndexOf("NSTEP =     3000", StringComparison.Ordinal)]);
        AlchemicalFile killed = AmberMdoutReader.Read(files[2]);
        Assert.Equal(29, killed.RowCount);
        Assert.Contains(killed.Warnings, w => w.Contains("had not finished", StringComparison.Ordinal));
        File.WriteAllText(files[2], ReplaceFirst(text, "Energy at 0.0000 =", "Energy at 0.0000 = ****************\nx ="));
        Assert.Equal(double.PositiveInfinity, AmberMdoutReader.Read(files[2]).ReducedPotentials![0]);
        FreeEnergyAnalysis clash = Analyse(files);
        Assert.All(new[] { "mbar", "bar" }, id => Assert.Equal(EstimatorStatus.Converged, Total(clash, id).Status));
    }

    [Theory]
    [InlineData("clambda =  0.5000", "klambda =  0.5000", "does not say clambda: is it a free energy simulation")]
    [InlineData("Energy at 0.2500", "Energy at 0.2600", "an energy at 0.26, which is none of the lambdas considered")]
    [InlineData("Energy at 0.2500", "Energie at 0.2500", "an MBAR block without the energy at 0.25")]
    [InlineData("temp0   = 300.00000", "temp0   = 3x0", "\"3x0\" is not a number")]
    [InlineData("mbar_states =       5", "mbar_states =       7", "lists 5 lambdas for MBAR, but mbar_states = 7")]
    [InlineData(" begin time read", " begin thyme read", "does not say at which time it begins")]
    [InlineData("   5.  TIMINGS", "   2.  CONTROL  DATA  FOR  THE  RUN", "another output begins")]
    public void Damaged_output_of_Amber_is_named(string old, string replacement, string message)
    {
        string path = Files(20).Amber()[2], text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, ReplaceFirst(text, old, replacement));
        string said = Assert.Throws<InvalidDataException>(() => AmberMdoutReader.Read(path)).Message;
        Assert.StartsWith(path, said, StringComparison.Ordinal);
        Assert.Contains(message, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#NEW FEP WINDOW: LAMBDA SET TO 0.25 LAMBDA2 0.5 LAMBDA_IDWS 0\n", "",
        "rows of a window that began in another file: join the parts")]
    [InlineData("FepE_back:    210", "FepE_back:    nan", "\"nan\" is not a finite number")]
    [InlineData("window [ 0.25 0.5 ]", "window [ 0.3 0.5 ]", "the window from 0.3 to 0.5 ends, but that from 0.25 to 0.5 had begun")]
    [InlineData("#STARTING", "STARTING", "\"STARTING\" where FepEnergy: was expected")]
    public void Damaged_output_of_NAMD_is_named(string old, string replacement, string message)
    {
        string path = Files(20).Namd(), text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, ReplaceFirst(text, old, replacement));
        string said = Assert.Throws<InvalidDataException>(() => NamdFepoutReader.Read(path, 300)).Message;
        Assert.Contains($"{path}, line ", said, StringComparison.Ordinal);
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.Contains("--temperature", Assert.Throws<InvalidDataException>(() => NamdFepoutReader.Read(path, null)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_known_survives_a_table()
    {
        FreeEnergyAnalysis namd = Analyse(Files(60).Namd());
        string path = Path.Combine(_folder, "u_nk.parquet");
        await AlchemicalParquet.WriteReducedPotentialsAsync(path, namd.Given.ToFile());
        Assert.Equal(Total(namd, "bar").Value, Total(Analyse(path), "bar").Value);
    }

    [Theory]
    [InlineData("5,2,", "5,9,", "line 29: was sampled in state 9, which has no column")]
    [InlineData("5,2,", "5,2,nan,", "line 29: 9 columns, but the first line names 8")]
    [InlineData("5,2,-", "5,2,x", "in column u_0 is not a number")]
    [InlineData("u_3", "u_2", "two columns have the same name")]
    [InlineData("u_3", "u_three", "column u_three does not end with the number of a state")]
    public void Damaged_tables_are_named(string old, string replacement, string message)
    {
        string path = Files(20).Csv();
        File.WriteAllText(path, ReplaceFirst(File.ReadAllText(path), old, replacement));
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => AlchemicalCsv.Read(path, 300)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_was_lost_is_no_state_that_was_not_evaluated()
    {
        string path = Files(20).Csv();
        string[] lines = File.ReadAllLines(path), cells = lines[28].Split(',');
        cells[3] = "";
        lines[28] = string.Join(',', cells);
        File.WriteAllLines(path, lines);
        Assert.Contains("line 29: no finite number for state 1", Assert.Throws<InvalidDataException>(() =>
            AlchemicalCsv.Read(path, 300)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_columns_in_Parquet_and_alchemlyb_s_in_CSV()
    {
        string csv = Files(40).Csv(), parquet = Path.Combine(_folder, "u_kn.parquet");
        string[][] cells = [.. File.ReadAllLines(csv).Select(l => l.Split(','))];
        DataField[] fields = [.. cells[0].Select(n => new DataField<double>(n))];
        await using (FileStream stream = File.Create(parquet))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            for (int c = 0; c < fields.Length; c++)
                await group.WriteAsync<double>(fields[c],
                    cells.Skip(1).Select(r => double.Parse(r[c], System.Globalization.CultureInfo.InvariantCulture)).ToArray());
            group.CompleteValidate();
        }
        Assert.Equal(AlchemicalCsv.Read(csv, 300).ReducedPotentials!, AlchemicalFiles.Read(parquet, 300).ReducedPotentials!);

        string alchemlyb = Path.Combine(_folder, "u_nk.csv");
        File.WriteAllText(alchemlyb,
            "time,coul-lambda,vdw-lambda,\"('0.0', '0.0')\",\"('1.0', '0.0')\"\n0.0,0.0,0.0,0.0,1.5\n1.0,0.0,0.0,0.0,2.5\n0.0,1.0,0.0,0.5,0.25");
        AlchemicalFile file = AlchemicalFiles.Read(alchemlyb, 300);
        Assert.Equal([new LambdaState(0, 0), new LambdaState(1, 0)], file.Columns);
        Assert.Equal([0, 0, 1], file.StateOfRow);
        Assert.Equal([0, 1.5, 0, 2.5, 0.5, 0.25], file.ReducedPotentials!);
    }

    private EngineFiles Files(int rows) => new(_folder, s_states, rows, 5);

    private static string ReplaceFirst(string text, string old, string replacement) => text.IndexOf(old, StringComparison.Ordinal) is var at
        ? text[..at] + replacement + text[(at + old.Length)..] : text;

    private static FreeEnergyAnalysis Analyse(params string[] files) =>
        FreeEnergyAnalysis.Of(AlchemicalData.Combine([.. files.Select(f => AlchemicalFiles.Read(f, 300))]), s_asOthers);

    private static FreeEnergyDifference Total(FreeEnergyAnalysis a, string id) => a.Estimates.Single(e => e.Id == id).Total;
}
