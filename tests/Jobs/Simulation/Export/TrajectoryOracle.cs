using System.Runtime.InteropServices;

namespace MolSampling.Tests.Jobs.Simulation.Export;

/// <summary>What an independent reader finds in a trajectory.</summary>
/// <param name="Interval">ps between frames.</param>
/// <param name="Times">[T] ps.</param>
/// <param name="Positions">[T][3N] nm.</param>
internal sealed record TrajectoryOracle(double Interval, double[] Times, float[][] Positions)
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Reads by "mdtraj" or "mdanalysis"; skips the test where it is not installed.</summary>
    public static TrajectoryOracle Read(string reader, string? topology, string trajectory)
    {
        string module = reader == "mdtraj" ? "mdtraj" : "MDAnalysis";
        Skip.IfNot(File.Exists(Python) && Run("-c", $"import {module}").Exit == 0, $"{module} is not here (python3-{reader})");
        string output = trajectory + ".read";
        (int exit, string error) = Run(Path.Combine(SharedData.Checkout, "tests", "Jobs", "Simulation", "Export", "trajectory_oracle.py"),
            reader, topology ?? "-", trajectory, output);
        Assert.True(exit == 0, error);
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(output);
        int frames = MemoryMarshal.Read<int>(bytes), atoms = MemoryMarshal.Read<int>(bytes[4..]);
        double[] times = MemoryMarshal.Cast<byte, double>(bytes.Slice(16, 8 * frames)).ToArray();
        float[] x = MemoryMarshal.Cast<byte, float>(bytes[(16 + 8 * frames)..]).ToArray();
        return new(MemoryMarshal.Read<double>(bytes[8..]), times, [.. x.Chunk(3 * atoms)]);
    }

    private static (int Exit, string Error) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error + output.Result);
    }
}
