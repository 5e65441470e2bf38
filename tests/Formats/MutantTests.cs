using System.Text;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.Formats;

/// <summary>Damaged inputs, hundreds of each kind: a reader gives a result or one of its documented errors, one line long, and nothing
/// else.</summary>
public sealed class MutantTests
{
    private const int Mutants = 300;
    private static readonly string[] s_tokens = ["-1", "0", "999", "1e300", "NaN", "2147483648", "\"", "<", ">", "{", "}", "[", "null",
        "%FLAG", "\0", "\u001b", "  ", "\n", "é"];

    [SkippableFact]
    public void Of_a_prmtop() => Try(File.ReadAllText(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop")), ".prmtop", path =>
    {
        AmberPrmtop prmtop = AmberPrmtop.Read(path);
        prmtop.Topology();
        prmtop.System.ToEngine();
    }, typeof(MoleculeFormatException));

    [SkippableFact]
    public void Of_coordinates() => Try(File.ReadAllText(SharedData.Require("alanine-dipeptide/alanine-dipeptide.crd")), ".inpcrd", path =>
        AmberCoordinates.Read(path), typeof(MoleculeFormatException));

    [SkippableFact]
    public void Of_a_System() =>
        Try(SystemXml.Write(AmberPrmtop.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop")).System), ".xml", path =>
        SystemXml.Read(File.ReadAllText(path)).ToEngine(), typeof(InvalidDataException));

    [Fact]
    public void Of_a_force_field() => Try(new StreamReader(ForceFieldFiles.Embedded("tip3p").Open()).ReadToEnd(), ".xml", path =>
        ForceField.Load(path), typeof(MoleculeFormatException));

    [Fact]
    public void Of_settings_of_a_simulation() => Try(new SimulationConfig { Input = "CC", Ladder = [300, 350, 400], Replicas = 3,
        Anneal = "600:300:50ps" }.ToJson(), ".json",
        path => SimulationConfig.Read(path).Plan(), typeof(MoleculeFormatException), typeof(ArgumentException));

    [Fact]
    public void Of_settings_of_a_training() =>
        Try(File.ReadAllText(Path.Combine(SharedData.Checkout, "examples", "training", "manywell-32.json")), ".json", path =>
        TrainingMemory.Require(TrainingConfig.Read(path), new MolSampling.Flows.Targets.ManyWell(8)), typeof(MoleculeFormatException),
            typeof(ArgumentException));

    private static void Try(string good, string extension, Action<string> read, params Type[] documented)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + extension);
        var random = new RandomSource(7);
        try
        {
            File.WriteAllText(path, good);
            read(path);
            int refused = 0;
            for (int m = 0; m < Mutants; m++)
            {
                string mutant = Mutate(good, random);
                File.WriteAllText(path, mutant, new UTF8Encoding(false));
                try
                {
                    read(path);
                }
                catch (Exception e) when (documented.Contains(e.GetType()))
                {
                    refused++;
                    Assert.False(string.IsNullOrWhiteSpace(e.Message));
                    Assert.DoesNotContain("Index was outside", e.Message, StringComparison.Ordinal);
                }
                catch (Exception e)
                {
                    Assert.Fail($"mutant {m}: {e}");
                }
            }
            Assert.True(refused > Mutants / 20, $"{refused} of {Mutants} were refused");
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>One to three accidents: a token or a digit changed, a stretch lost, doubled or exchanged, an end cut off.</summary>
    private static string Mutate(string text, RandomSource random)
    {
        int Below(int bound) => (int)(random.NextDouble() * bound);
        var s = new StringBuilder(text);
        for (int n = 1 + Below(3); n > 0 && s.Length > 40; n--)
        {
            int at = Below(s.Length - 20), length = 1 + Below(19);
            switch (Below(7))
            {
                case 0:
                    s.Remove(at, length);
                    break;
                case 1:
                    s.Insert(at, s.ToString(at, length));
                    break;
                case 2:
                    s.Length = at;
                    break;
                case 3:
                    s.Insert(at, s_tokens[Below(s_tokens.Length)]);
                    break;
                default: // a number, which is what most of a file is
                    while (at < s.Length - 20 && !char.IsAsciiDigit(s[at]))
                        at++;
                    string token = s_tokens[Below(6)];
                    s.Remove(at, Math.Min(token.Length, s.Length - at)).Insert(at, token);
                    break;
            }
        }
        return s.ToString();
    }
}
