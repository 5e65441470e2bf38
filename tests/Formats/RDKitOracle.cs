namespace MolSampling.Tests.Formats;

/// <summary>RDKit's own readers, from Python (python3-rdkit).</summary>
internal static class RDKitOracle
{
    private const string Python = "/usr/bin/python3";

    /// <summary>What it finds in each block of a mol2 or pdb file: SMILES, atoms, bonds, conformers, sum of charges. Skips the test where
    /// it is not installed.</summary>
    public static (string Smiles, int Atoms, int Bonds, int Conformers, double Charge)[] Read(string kind, string path)
    {
        Skip.IfNot(File.Exists(Python) && Run("-c", "import rdkit").Exit == 0, "RDKit's Python layer is not here (python3-rdkit)");
        (int exit, string output) = Run(Path.Combine(SharedData.Checkout, "tests", "Formats", "rdkit_oracle.py"), kind, path);
        Assert.True(exit == 0, output);
        return [.. output.Trim().Split('\n').Select(line => line.Split(' ')).Select(w => w.Length == 5
            ? (w[0], int.Parse(w[1], Invariant), int.Parse(w[2], Invariant), int.Parse(w[3], Invariant), double.Parse(w[4], Invariant))
            : throw new Xunit.Sdk.XunitException(string.Join(' ', w)))];
    }

    private static System.Globalization.CultureInfo Invariant => System.Globalization.CultureInfo.InvariantCulture;

    private static (int Exit, string Output) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true,
            RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error.Result);
    }
}
