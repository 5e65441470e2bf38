using System.Text.Json;

namespace MolSampling.Tests.Formats;

/// <summary>DuckDB, an independent reader and writer of Parquet, from npm (70 MB; ./test.sh --all installs it beside its script).</summary>
internal static class DuckDb
{
    private static readonly string s_folder = Path.Combine(SharedData.Checkout, "tests", "Formats", "duckdb");

    /// <summary>Skips the test where it is not installed.</summary>
    public static void Require() =>
        Skip.IfNot(Directory.Exists(Path.Combine(s_folder, "node_modules", "@duckdb", "node-api")) && Run("node", "--version").Exit == 0,
            "DuckDB is not here (npm ci in tests/Formats/duckdb)");

    /// <summary>What DuckDB finds in a file.</summary>
    public static JsonElement Read(string path)
    {
        (int exit, string output, string error) = Run("node", "tables.mjs", "read", path);
        Assert.True(exit == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>Has DuckDB write a u_nk table of 300,000 rows.</summary>
    public static void Write(string path, string pandas)
    {
        (int exit, _, string error) = Run("node", "tables.mjs", "write", path, pandas);
        Assert.True(exit == 0, error);
    }

    private static (int Exit, string Output, string Error) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = s_folder })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(120_000))
                return (process.ExitCode, output.Result, error.Result);
            process.Kill(true);
            return (-1, "", $"{program} takes too long");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, "", e.Message);
        }
    }
}
