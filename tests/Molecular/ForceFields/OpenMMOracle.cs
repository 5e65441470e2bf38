using System.Text.Json;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>OpenMM's Python layer, the reference for parameters; tests that need it are skipped where it is absent.</summary>
internal static class OpenMMOracle
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> s_isHere = new(() => File.Exists(Python) && Run("-c", "import openmm.app") is not null);

    public static void Require() => Skip.IfNot(s_isHere.Value, "OpenMM's Python layer is not here (python3-simtk)");

    /// <summary>Parameterises many structures in one process.</summary>
    public static IReadOnlyList<OracleSystem> Parameterize(IEnumerable<(string PdbOrNull, Structure? Structure, string[] Files,
        double? HydrogenMass)> jobs)
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-oracle").FullName;
        try
        {
            var list = new List<object>();
            foreach ((string given, Structure? structure, string[] files, double? mass) in jobs)
            {
                string pdb = given;
                if (structure is not null)
                    PdbWriter.Write(pdb = Path.Combine(folder, $"{list.Count}.pdb"), structure);
                list.Add(new { pdb, files, hydrogenMass = mass });
            }
            string input = Path.Combine(folder, "jobs.json");
            File.WriteAllText(input, JsonSerializer.Serialize(list));
            string output = Run(Path.Combine(SharedData.Checkout, "tests", "Molecular", "ForceFields", "openmm_oracle.py"),
                input) ?? throw new InvalidOperationException("the oracle failed");
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<OracleSystem>(l,
                JsonSerializerOptions.Web)!)];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static string? Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            Console.Error.WriteLine(error.Result);
        return process.ExitCode == 0 ? output : null;
    }
}

/// <summary>Rows of numbers: atoms first, then parameters.</summary>
internal sealed record OracleSystem(double[] Masses, double[][] Bonds, double[][] Angles, double[][] Torsions, double[][] Particles,
    double[][] Exceptions, double[] Radii, double[] Scales);
