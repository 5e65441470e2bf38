using System.Text.Json;

namespace MolSampling.Tests.Cli;

public sealed class TargetsCommandTests
{
    [Fact]
    public void Targets_are_listed_with_fingerprints_that_do_not_change_from_run_to_run()
    {
        CommandLine first = CommandLine.Run("targets", "--json"), second = CommandLine.Run("targets", "--json");
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(first.Output, second.Output);
        JsonElement[] targets = [.. JsonDocument.Parse(first.Output).RootElement.GetProperty("targets").EnumerateArray()];
        JsonElement manyWell = targets.Single(t => t.GetProperty("name").GetString() == "manywell-32");
        Assert.Equal(164.69568, manyWell.GetProperty("logZ").GetDouble(), 1e-5); // by quadrature
        Assert.Equal(targets.Length, targets.Select(t => t.GetProperty("fingerprint").GetString()).Distinct().Count());
    }
}
