using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;
using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Tests.Jobs.FreeEnergies.Files;

/// <summary>A folder with files as GROMACS writes them, and their tables.</summary>
public abstract class AlchemicalFolder : IDisposable
{
    protected const double Beta300 = 1 / (8.31446261815324e-3 * 300);

    protected const int FirstRow = 13;

    protected const string Expanded = """
        @    xaxis  label "Time (ps)"
        @ subtitle "T = 300 (K) "
        @ s0 legend "Thermodynamic state"
        @ s1 legend "dH/d\xl\f{} coul-lambda = 0.0000"
        @ s2 legend "dH/d\xl\f{} vdw-lambda = 0.0000"
        @ s3 legend "\xD\f{}H \xl\f{} to (0.0000, 0.0000)"
        @ s4 legend "\xD\f{}H \xl\f{} to (1.0000, 0.0000)"
        @ s5 legend "\xD\f{}H \xl\f{} to (1.0000, 1.0000)"
        0.0 0 1 2 0.0 3 4
        0.2 2 1 2 -3 -1 0.0
        0.4 0 1 2 0.0 3.5 4.5

        """;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("alchemical-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, true);
        GC.SuppressFinalize(this);
    }

    protected string Put(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A file like GROMACS' with one lambda: U(lambda) linear in lambda, so that the difference to k is dH/dl (k -
    /// lambda).</summary>
    protected static string Window(double lambda, double[] times, double temperature = 300, double[]? columns = null,
        string name = "fep-lambda", double shift = 0)
    {
        columns ??= [0, 0.25, 1];
        var text = new StringBuilder();
        text.Append("# This file was created by hand\n@    title \"dH/d\\xl\\f{} and \\xD\\f{}H\"\n@    xaxis  label \"Time (ps)\"\n@TYPE xy\n");
        text.Append(FormattableString.Invariant($"@ subtitle \"T = {temperature} (K) \\xl\\f{{}} state 1: {name} = {lambda:F4}\"\n@ view 0.15, 0.15, 0.75, 0.85\n@ legend on\n"));
        text.Append(FormattableString.Invariant($"@ s0 legend \"dH/d\\xl\\f{{}} {name} = {lambda:F4}\"\n"));
        for (int c = 0; c < columns.Length; c++)
            text.Append(FormattableString.Invariant($"@ s{c + 1} legend \"\\xD\\f{{}}H \\xl\\f{{}} to {columns[c]:F4}\"\n"));
        text.Append(FormattableString.Invariant($"@ s{columns.Length + 1} legend \"pV (kJ/mol)\"\n"));
        foreach (double t in times)
        {
            double slope = 4 + t % 7 - 0.125 * t + shift;
            text.Append(FormattableString.Invariant($"{t:F4}  {slope}"));
            foreach (double to in columns)
                text.Append(FormattableString.Invariant($" {slope * (to - lambda)}"));
            text.Append(" 0.75\n");
        }
        return text.ToString();
    }

    protected string PutWindow(string file, double lambda, double[]? times = null, double shift = 0) =>
        Put(file, Window(lambda, times ?? [0, 1, 2], shift: shift));

    protected static string Line(string path, int number) => $"{path}, line {number}: ";

    protected async Task<AlchemicalFile> Written(AlchemicalFile file, string name, bool gradients = false)
    {
        string path = Path.Combine(Folder, name);
        await (gradients ? AlchemicalParquet.WriteGradientsAsync(path, file) : AlchemicalParquet.WriteReducedPotentialsAsync(path, file));
        return await AlchemicalParquet.ReadAsync(path);
    }

    protected static byte[] Compress(string text, bool bz2)
    {
        var target = new MemoryStream();
        using (Stream stream = bz2 ? new BZip2OutputStream(target, 1) { IsStreamOwner = false }
            : new GZipStream(target, CompressionLevel.Optimal, true))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return target.ToArray();
    }

    protected static string Error(Action action)
    {
        string message = Assert.Throws<InvalidDataException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    protected static async Task<string> ErrorAsync(Func<Task> action)
    {
        string message = (await Assert.ThrowsAsync<InvalidDataException>(action)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
