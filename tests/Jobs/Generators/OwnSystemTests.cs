using MolSampling.Flows.Targets;
using MolSampling.Jobs.Generators;
using MolSampling.Molecular.Systems;
using MolSampling.Tests.Cli;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Jobs.Generators;

/// <summary>Generators of molecules that are in no catalogue.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class OwnSystemTests : IDisposable
{
    private const string Small = """
        "flow": { "kind": "internal", "layers": 2, "bins": 4, "hidden": [16], "blocks": 1 },
        "data": { "source": "engine", "samples": 320, "walkers": 16, "burnIn": 20, "stride": 1, "leapfrog": 4 },
        "stages": [ { "objective": "bridged-kl", "steps": 4, "batch": 32 } ], "judgeSamples": 64, "judgeEvery": 4
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("own-system-").FullName;

    [Theory]
    [InlineData("""{ "peptide": "ACE-GLY-NME", "forceField": "ff14SB", "solvent": "obc2", "temperature": 350 }""", 1)]
    [InlineData("""{ "input": "CCCO" }""", 0)]
    public void A_molecule_of_ones_own_is_trained_for_and_drawn_from_again(string system, int residues)
    {
        string directory = Path.Combine(_folder, "run");
        var config = TrainingConfig.Parse($$"""{ "target": "mine", "system": {{system}}, {{Small}} }""", "test");
        using (TrainingRun run = TrainingRun.Start(config, directory))
            Assert.Equal(TrainingEnd.Done, run.Run());
        using TrainedFlow trained = TrainedFlow.Open(directory);
        Assert.Equal("mine", trained.Target.Name);
        TargetMolecule molecule = MolecularTargets.Molecule(trained.Config)!;
        Assert.Equal(residues, new Observables(trained.Target, molecule).Residues.Count);

        // the target's energy is that of the system that any other command would load
        MolecularSystem loaded = SystemLoader.Load(config.System!.Source());
        Assert.Equal(loaded.Energy.Fingerprint, molecule.System.Energy.Fingerprint);
        using DisposeScope scope = NewDisposeScope();
        var target = (InternalCoordinateTarget)trained.Target;
        Tensor q = target.FromCartesian(tensor(loaded.Starts[0], [1, loaded.AtomCount, 3]));
        double expected = loaded.Energy.Potential.EvaluateDouble(loaded.Starts[0], new double[3 * loaded.AtomCount])
            / new ThermodynamicState(config.System.Temperature).KT;
        Assert.Equal(expected, target.ReducedEnergy(q, target.LogDensity(q)).item<double>(), 2e-3 * Math.Max(1, Math.Abs(expected)));
    }

    [Theory]
    [InlineData("""{ "peptide": "ACE-GLY-NME", "input": "CCO" }""", "either")]
    [InlineData("""{ }""", "either")]
    [InlineData("""{ "input": "CCO", "temperature": -5 }""", "-5 K")]
    [InlineData("""{ "input": "CCO", "solvent": "obc2" }""", "Born radii")]
    public void What_makes_no_system_is_told_before_anything_is_written(string system, string reason)
    {
        string directory = Path.Combine(_folder, "none");
        var config = TrainingConfig.Parse($$"""{ "target": "mine", "system": {{system}}, {{Small}} }""", "test");
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => TrainingRun.Start(config, directory)).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void The_command_line_names_systems_as_simulate_does()
    {
        CommandLine shown = InProcess.Run("train", "--peptide", "ACE-GLY-NME", "--solvent", "obc1", "--temperature", "310", "--show");
        Assert.Equal(0, shown.ExitCode);
        var config = TrainingConfig.Parse(shown.Output, "shown");
        Assert.Equal(("ACE-GLY-NME", "obc1", 310.0), (config.Target, config.System!.Solvent, config.System.Temperature));
        CommandLine wrong = InProcess.Run("train", "manywell-32", "--solvent", "obc1", "--show");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--solvent goes with --peptide", wrong.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
