using System.IO.Compression;
using System.Xml.Linq;

namespace MolSampling.Tests.Cli;

/// <summary>What dotnet pack makes of this build, and the tool as a user installs it from a folder. Minutes, so slow.</summary>
public sealed class PackageTests : IDisposable
{
    private const long MostBytesOfTool = 20_000_000; // libtorch, which is not in it, is half a gigabyte

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-packages").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableFact]
    public void Packages_are_complete_and_the_tool_installs_and_runs_from_a_folder()
    {
        SlowTests.Require();
        Run("dotnet", "pack", Path.Combine(SharedData.Checkout, "MolSampling.sln"), "-c", "Release", "--no-build", "--nologo", "-o",
            _folder);
        foreach (string name in new[] { "Potentials", "Sampling", "Flows", "Molecular", "Jobs", "Tool" })
        {
            string package = Directory.GetFiles(_folder, $"MolSampling.{name}.*.nupkg").Single();
            Assert.Single(Directory.GetFiles(_folder, $"MolSampling.{name}.*.snupkg"));
            using ZipArchive zip = ZipFile.OpenRead(package);
            Assert.NotNull(zip.GetEntry("README.md"));
            using Stream specification = zip.Entries.Single(e => e.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
            var elements = XDocument.Load(specification).Descendants().ToList();
            Assert.Equal("MIT", elements.Single(e => e.Name.LocalName == "license").Value);
            Assert.DoesNotContain(elements, e => e.Name.LocalName == "dependency" && e.Attribute("id")!.Value.StartsWith("libtorch",
                StringComparison.Ordinal));
        }
        string tool = Directory.GetFiles(_folder, "MolSampling.Tool.*.nupkg").Single(), installed = Path.Combine(_folder, "tool");
        Assert.InRange(new FileInfo(tool).Length, 1, MostBytesOfTool);

        // a package cache of its own: the version does not change with the content here
        Run("dotnet", "tool", "install", "MolSampling.Tool", "--add-source", _folder, "--tool-path", installed);
        string program = Path.Combine(installed, "molsampling");
        Assert.StartsWith("0.", Run(program, "--version"), StringComparison.Ordinal);
        string expected = CommandLine.Run("energy", "CCO").Output;
        Assert.Equal(expected, Run(program, "energy", "CCO")); // builds the native library
        Assert.Equal(expected, Run(program, "energy", "CCO")); // has it
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "cache"), "libmolrdkit.so", SearchOption.AllDirectories));
    }

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true,
            RedirectStandardError = true };
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache");
        start.Environment.Remove("MOLSAMPLING_NATIVE");
        if (arguments[0] == "tool")
            start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "nuget");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output.Result}{error.Result}");
        return output.Result;
    }
}
