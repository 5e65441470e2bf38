using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.OpenMM;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Every kind of input, and what is refused in one line.</summary>
public sealed class SimulationInputTests : SimulationRuns
{
    [Theory]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"replicaz\": 4 }", "replicaz")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\",\n \"replicas\": \"four\" }", "line 2")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\",\n \"replicas\": 4,, }", "line 2")]
    public void Mistakes_in_a_configuration_are_named(string json, string named)
    {
        string message = Assert.Throws<MoleculeFormatException>(() => SimulationConfig.Parse(json, "run.json")).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.DoesNotContain("MolSampling.Molecular", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--time", "10parsecs", "is not a time")]
    [InlineData("--time", "1.0005ps", "is not a multiple")]
    [InlineData("--time-step", "200fs", "too long")]
    [InlineData("--replicas", "0", "must be positive")]
    [InlineData("--ladder", "300,280", "must ascend")]
    [InlineData("--ladder", "300,310,320", "is not a multiple")]
    [InlineData("--scale-ladder", "1,0.8", "go together")]
    [InlineData("--anneal", "600:300", "two temperatures and a time")]
    [InlineData("--anneal", "600:300:50ps:cubic", "two temperatures and a time")]
    [InlineData("--anneal", "600:300:1ps", "two stages")]
    [InlineData("--anneal", "600:300:1.5ps", "is not a multiple of --frame")]
    [InlineData("--anneal", "600:-3:5ps", "positive temperatures")]
    [InlineData("--scaled-terms torsion --scale-ladder", "0.9,0.8", "its scale is 1")]
    [InlineData("--scaled-terms torsion --scale-ladder", "1,0.8,0.9", "smaller scale")]
    [InlineData("--scaled-terms torsion --scale-ladder", "1,0.8,x", "is not a number")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --ladder", "300,310,320,330", "has 4 rungs")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --backend", "openmm", "engine only")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --device", "auto", "CPU only")]
    [InlineData("--scale-ladder 1,0.8 --scaled-terms", "torsions", "it has bond, angle, torsion, LennardJones, Coulomb")]
    [InlineData("--scale-ladder 1,0.8 --solvent obc2 --scaled-terms", "generalizedBorn", "name both or neither")]
    [InlineData("--solvent", "tea", "is unknown")]
    [InlineData("--temperature", "-3", "cannot be simulated")]
    [InlineData("--integrator", "euler", "is unknown")]
    [InlineData("--platform", "CPU", "belongs to --backend openmm")]
    [InlineData("--device", "cuda:99", "is not here")]
    [InlineData("--hydrogen-mass", "40", "0 (unchanged) or 1 to 5")]
    [InlineData("--time 1.4ps --checkpoint 1.4ps --integrator ghmc --frame", "0.014ps",
        "trajectories of 5 steps: --frame must be a multiple of them")]
    [InlineData("--time 1.4ps --checkpoint 1.4ps --integrator hmc --frame", "0.014ps",
        "trajectories of 5 steps: --frame must be a multiple of them")]
    // an unknown platform where it is installed, how to install it where it is not
    [InlineData("--backend openmm --platform", "Abacus", "OpenMM")]
    [InlineData("--force-field", "nothing.xml", "nothing.xml")]
    [InlineData("--task-index", "3", "go together")]
    public void Wrong_options_are_one_line_and_exit_code_2(string option, string value, string reason)
    {
        CommandLine run = CommandLine.Run(["simulate", "--peptide", "ACE-ALA-NME", "--output", Path.Combine(Folder, "never"),
            .. option.Split(' '), value]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(Path.Combine(Folder, "never", "manifest.json")));
    }

    [Fact]
    public void An_unknown_residue_is_named_in_one_line()
    {
        CommandLine run = CommandLine.Run("simulate", "--peptide", "ACE-ALX-NME", "--output", Path.Combine(Folder, "never"));
        Assert.Equal((2, "molsampling: 'ACE-ALX-NME': there is no residue 'ALX'"), (run.ExitCode, run.Error.TrimEnd()));
    }

    [SkippableFact]
    public void Every_kind_of_input_runs()
    {
        string prmtop = SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop"),
            crd = SharedData.Require("alanine-dipeptide/alanine-dipeptide.crd"),
            pdb = SharedData.Require("alanine-dipeptide/alanine-dipeptide.pdb");
        string xml = Path.Combine(Folder, "system.xml");
        MolecularSystem system = SystemLoader.Load(new SimulationConfig { Input = prmtop, Coordinates = crd, Solvent = "obc2" }.Source());
        File.WriteAllText(xml, system.Energy.Xml);
        SimulationConfig brief = new() { Replicas = 2, Time = "0.1ps", FrameInterval = "0.05ps", CheckpointInterval = "0.1ps" };
        SimulationConfig[] kinds =
        [
            brief with { Input = prmtop, Coordinates = crd, Solvent = "obc1" }, brief with { Input = pdb, ForceField = "ff96",
                Solvent = "obc2" },
            brief with { Input = xml, Coordinates = pdb }, brief with { Input = "CCO" },
        ];
        foreach ((SimulationConfig config, int n) in kinds.Select((c, n) => (c, n)))
            Assert.Equal(2 * 2, Finish(config, $"kind{n}").Count);
        Assert.Equal(2, system.NamedTorsions.Torsions.Count);
        Assert.Equal([(0, 1)], system.NamedTorsions.RamachandranPairs);
    }

    [Fact]
    public void Replicas_of_a_SMILES_start_from_embeddings_that_are_numbered_alike()
    {
        // no motion exchanges the methyls: replicas of two numberings would never agree about the torsions that name them
        MolecularSystem system = SystemLoader.Load(new SimulationConfig { Input = "CC(C)Cc1ccccc1", Replicas = 16 }.Source());
        Molecule molecule = system.Molecule!;
        Assert.Equal(16, system.Starts.Count);
        foreach (int centre in Enumerable.Range(0, molecule.Atoms.Count).Where(a => molecule.Neighbours[a].Length == 4))
            Assert.Single(system.Starts.Select(x => Math.Sign(Stereoisomer.SignedVolume([.. x.Select(v => (float)v)], 1, 0, centre,
                molecule.Neighbours[centre]))).Distinct());
    }

    [SkippableFact]
    public void Constraints_of_a_System_XML_count_in_the_kinetic_temperature()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        MolecularSystem free = SystemLoader.Load(Alanine.Source());
        double[] x = free.Starts[0];
        string[] constraints = [.. free.Topology.Bonds.Where(b => free.Topology.Atoms[b.I].AtomicNumber == 1
            || free.Topology.Atoms[b.J].AtomicNumber == 1).Select(b =>
            string.Create(CultureInfo.InvariantCulture,
                $"<Constraint d=\"{Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(x[3 * b.I + c] - x[3 * b.J + c], 2))):r}\" p1=\"{b.I}\" p2=\"{b.J}\"/>"))];
        Assert.Equal(12, constraints.Length); // to hydrogen
        string xml = Path.Combine(Folder, "system.xml"), pdb = Path.Combine(Folder, "start.pdb");
        File.WriteAllText(xml, free.Energy.Xml!.Replace("<Constraints />", $"<Constraints>{string.Concat(constraints)}</Constraints>",
            StringComparison.Ordinal));
        PdbWriter.Write(pdb, new(free.Topology, x));
        SimulationConfig config = new() { Input = xml, Coordinates = pdb, Backend = "openmm", Replicas = 8, Time = "3ps", FrameInterval =
            "0.1ps", CheckpointInterval = "1ps", Friction = 20, Seed = 3 };
        FrameRow[] rows = [.. Finish(config, "run").Where(r => r.TimePicoseconds > 0.5)];
        const int dof = 66 - 12;
        double Kelvin(int degrees) => rows.Average(r => 2 * r.KineticEnergy / (degrees * Units.GasConstant));
        double error = 300 * Math.Sqrt(2.0 / dof / rows.Length);
        Assert.True(Math.Abs(Kelvin(dof) - 300) < 4 * error, $"{Kelvin(dof)} ± {error} K");
        Assert.True(Math.Abs(Kelvin(66) - 300) > 6 * error); // power: 3N is told apart
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("report", Path.Combine(Folder, "run"), "--json").Output);
        JsonElement rung = json.RootElement.GetProperty("temperatures")[0];
        Assert.InRange(rung.GetProperty("kineticTemperatureK").GetDouble(), 280, 320);
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "run", "status.json")));
        long last = rows.Max(r => r.Step);
        Assert.Equal(rows.Where(r => r.Step == last).Average(r => 2 * r.KineticEnergy / (dof * Units.GasConstant)),
            status.RootElement.GetProperty("kineticTemperature").GetDouble(), 0.01);
    }
}
