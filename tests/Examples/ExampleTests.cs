namespace MolSampling.Tests.Examples;

public sealed class ExampleTests
{
    [Theory]
    [InlineData("butane", "Ok: ")]
    [InlineData("double-well", "MBAR Converged")]
    [InlineData("free-energy", "MBAR 0 -> 1: ")]
    [InlineData("jumps", "5249 pairs, ")]
    [InlineData("learned-path 200", "Ok: windows -1.")]
    [InlineData("learned-potential 8", "on 100 frames left out: energies ± ")]
    [InlineData("many-well 20 20000", "manywell-32: log Z ")]
    [InlineData("rigid-body 20", "methane-in-field: log Z ")]
    [InlineData("peptide", "potential energy -")]
    public async Task Examples_run(string command, string first)
    {
        string program = Path.Combine(SharedData.Checkout, "examples", "bin", "Release", "net10.0", "MolSampling.Examples.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, .. command.Split(' ')]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith(first, output, StringComparison.Ordinal);
    }
}
