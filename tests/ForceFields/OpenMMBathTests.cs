using MolSampling.Potentials.OpenMM;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.ForceFields;

/// <summary>Case openmm-errors-and-baths: OpenMM's own sentence before any work, and no second bath.</summary>
public sealed class OpenMMBathTests : IDisposable
{
    /// <summary>A PDB file of two carbon atoms.</summary>
    internal const string TwoAtoms =
        "HETATM    1  C1  XXX A   1       0.000   0.000   0.000  1.00  0.00           C\nHETATM    2  C2  XXX A   1       1.500   0.000   0.000  1.00  0.00           C\nCONECT    1    2\nEND\n";

    private const string Andersen =
        "<Force forceGroup=\"0\" frequency=\"1\" name=\"AndersenThermostat\" randomSeed=\"0\" temperature=\"600\" type=\"AndersenThermostat\" version=\"1\"/>",
        Barostat = "<Force forceGroup=\"0\" frequency=\"25\" name=\"MonteCarloBarostat\" pressure=\"1\" randomSeed=\"0\" temperature=\"300\" type=\"MonteCarloBarostat\" version=\"1\"/>";

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-baths-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableTheory]
    [InlineData(Barostat, "openmm", "molsampling: OpenMM: A barostat cannot be used with a non-periodic system\n")]
    [InlineData(Andersen, "openmm",
        "molsampling: the System has a thermostat of its own (AndersenThermostat of 600 K) beside the bath of the run (--temperature): remove it from the System\n")]
    [InlineData(Barostat, "engine",
        "molsampling: x.xml, line 3: the System has a barostat (MonteCarloBarostat), but a run is at constant volume: remove it from the System\n")]
    [InlineData(Andersen, "engine",
        "molsampling: x.xml, line 3: the System has a thermostat of its own (AndersenThermostat) beside the bath of the run (--temperature): remove it from the System\n")]
    public void A_bath_in_the_System_is_refused_before_any_work(string bath, string backend, string message)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, "OpenMM is not here");
        string xml = Path.Combine(_folder, "x.xml"), pdb = Path.Combine(_folder, "two.pdb"), output = Path.Combine(_folder, "run");
        File.WriteAllText(pdb, TwoAtoms);
        File.WriteAllText(xml, System(bath));
        CommandLine run = CommandLine.Run("simulate", xml, "--coordinates", pdb, "--backend", backend, "--replicas", "1", "--time", "1ps",
            "--frame", "0.1ps", "--checkpoint", "1ps", "--output", output);
        Assert.Equal((2, message), (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(output));
    }

    [SkippableFact]
    public void Baths_are_found_in_the_System()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, "OpenMM is not here");
        using var with = OpenMMSystem.FromXml(System(Andersen));
        Assert.Equal([new("AndersenThermostat", 600)], with.Baths);
        using var without = OpenMMSystem.FromXml(System(""));
        Assert.Empty(without.Baths);
    }

    private static string System(string bath) =>
        "<?xml version=\"1.0\" ?>\n<System openmmVersion=\"7.7\" type=\"System\" version=\"1\"><PeriodicBoxVectors><A x=\"2\" y=\"0\" z=\"0\"/><B x=\"0\" y=\"2\" z=\"0\"/><C x=\"0\" y=\"0\" z=\"2\"/></PeriodicBoxVectors><Particles><Particle mass=\"12\"/><Particle mass=\"12\"/></Particles><Constraints/><Forces>"
        + "<Force forceGroup=\"0\" name=\"HarmonicBondForce\" type=\"HarmonicBondForce\" usesPeriodic=\"0\" version=\"2\"><Bonds><Bond d=\".15\" k=\"200000\" p1=\"0\" p2=\"1\"/></Bonds></Force>\n" + bath + "</Forces></System>";
}
