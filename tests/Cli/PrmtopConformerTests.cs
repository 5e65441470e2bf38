using System.Text.Json;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling conformers of an Amber prmtop: chemistry by perception, the energy of the file.</summary>
public sealed class PrmtopConformerTests : IDisposable
{
    private const string Id = "mobley_2310185"; // of FreeSolv: ethanol

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-prmtop-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableFact]
    public void Ethanol_has_its_three_rotamers_under_the_file_s_own_energy()
    {
        Unpack();
        string prmtop = In($"{Id}.prmtop"), inpcrd = In($"{Id}.inpcrd"), output = In("out");
        CommandLine run = CommandLine.Run("conformers", prmtop, "--coordinates", inpcrd, "--samples", "200", "--quiet", "--output", output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "summary.json")));
        Assert.Equal("Amber prmtop", summary.RootElement.GetProperty("forceField").GetString());
        JsonElement ethanol = summary.RootElement.GetProperty("molecules")[0];
        Assert.Equal((Id, "ok"), (ethanol.GetProperty("name").GetString(), ethanol.GetProperty("status").GetString()));
        double[] populations = [.. ethanol.GetProperty("basins").EnumerateArray().Select(b => b.GetProperty("population").GetDouble())];
        Assert.Equal(3, populations.Length); // trans, and gauche either way
        Assert.Equal(1, populations.Sum(), 1e-9);

        using RDKitMolecule molecule = PrmtopChemistry.Molecule(AmberPrmtop.Read(prmtop), AmberCoordinates.Read(inpcrd), Id);
        MolecularSystem system = SystemLoader.Load(new() { Input = prmtop, Coordinates = inpcrd, HydrogenMass = 0 });
        foreach (string solvent in new[] { "none", "obc2" })
        {
            Potential one = MoleculeEnergies.Create(MoleculeEnergies.OfFile, molecule, solvent: solvent).Potential,
                other = SystemLoader.Load(new() { Input = prmtop, Coordinates = inpcrd, Solvent = solvent, HydrogenMass = 0 }).Energy
                    .Potential;
            Assert.Equal(other.Fingerprint, one.Fingerprint);
        }
        double[] x = [.. system.Starts[0]];
        Assert.True(Math.Abs(system.Energy.Potential.EvaluateDouble(x, new double[x.Length]) - MoleculeEnergies.Create("mmff94s", molecule)
            .Potential.EvaluateDouble(x, new double[x.Length])) > 1); // power: another force field is another energy
    }

    [SkippableFact]
    public void What_does_not_go_together_is_one_line_and_exit_code_2()
    {
        Unpack();
        foreach ((string said, string[] arguments) in new (string, string[])[]
        {
            ("needs its coordinates", [In($"{Id}.prmtop")]),
            ("belongs to a prmtop", ["CCO", "--coordinates", In($"{Id}.inpcrd")]),
            ("--force-field 'prmtop' is unknown", ["CCO", "--force-field", "prmtop"]),
            ("no such file", [In($"{Id}.prmtop"), "--coordinates", In("none.inpcrd")]),
            ("--charges gasteiger needs a force field that takes charges", [In($"{Id}.prmtop"), "--coordinates", In($"{Id}.inpcrd"),
                "--charges", "gasteiger"]),
        })
        {
            CommandLine run = CommandLine.Run(["conformers", .. arguments, "--output", In("none")]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(said, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Unpack()
    {
        var database = new FreeSolvDatabase(Path.GetDirectoryName(SharedData.Require("freesolv/amber.tar.gz"))!);
        database.Unpack(database.Choose(Id), _folder);
    }
}
