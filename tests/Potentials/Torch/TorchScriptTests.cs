using System.Text.Json;
using MolSampling.Jobs.Conformers;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using MolSampling.Tests.Molecular;
using MolSampling.Tests.Torch;

namespace MolSampling.Tests.Potentials.Torch;

/// <summary>Files of TorchScript as energies: scripts/make.py wrote them with another program and another version of torch.</summary>
[Collection(TorchAlone.Name)]
[Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TorchScriptTests
{
    private static readonly string s_folder = Path.Combine(SharedData.Checkout, "tests", "Potentials", "Torch", "scripts");

    [Theory]
    [InlineData("butane", 1e-9)]
    [InlineData("butane-electronvolt", 1e-9)] // stated units are undone
    [InlineData("one-at-a-time", 1e-9)]
    [InlineData("butane-single", 1e-5)] // constants in single precision
    public void Energies_and_forces_are_those_of_torch_itself(string name, double tolerance)
    {
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "reference.json")));
        double[] Read(string key) => [.. reference.RootElement.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];
        (double[] x, double[] energies, double[] forces) = (Read("positions"), Read("energies"), Read("forces"));
        Potential potential = Create("CCCC", name).Potential;
        double[] f = new double[42];
        for (int b = 0; b < 2; b++)
        {
            Assert.Equal(energies[b], potential.EvaluateDouble(x.AsSpan(42 * b, 42), f), tolerance * energies[b]);
            double scale = forces.Max(Math.Abs);
            for (int k = 0; k < f.Length; k++)
                Assert.Equal(forces[42 * b + k], f[k], tolerance * scale);
        }
        double[] both = new double[2];
        float[] blocks = new float[x.Length];
        potential.Evaluate([.. x.Select(v => (float)v)], both, blocks);
        for (int b = 0; b < 2; b++)
            Assert.Equal(energies[b], both[b], 1e-4 * energies[b]);
    }

    [Theory]
    [InlineData("coupled", "a walker's energy depends on the others in its batch")]
    [InlineData("detached", "its gradient is not that of its energy")]
    [InlineData("withoutgradient", "its energy has no gradient")]
    [InlineData("infield", "its energy changes when the molecule is turned")]
    [InlineData("intrap", "its energy changes when all atoms move together")]
    [InlineData("notanumber", "is no number")]
    [InlineData("withforces", "forward returns something else than a tensor of energies")]
    [InlineData("ofatoms", "[2, 14] is returned")]
    [InlineData("far", "it is in single precision, which tells energies of -1e+08 kJ/mol apart by 6 kJ/mol")]
    [InlineData("unknown-unit", "energy 'Rydberg': there are kJ/mol, kcal/mol, eV, hartree")]
    [InlineData("other-order", "atom 1 is H there and C here")]
    [InlineData("weights", "these are weights without their program")]
    [InlineData("butane-angstrom-unstated", "its energy is lowest where lengths are in angstrom, and nm is assumed")]
    [InlineData("butane-kilocalories-unstated", "as with energies in kcal/mol, and kJ/mol is assumed")]
    public void What_breaks_the_contract_is_refused_by_name(string name, string reason)
    {
        Exception thrown = Assert.ThrowsAny<Exception>(() => Create("CCCC", name));
        Assert.Equal(name is "unknown-unit" or "weights" ? typeof(InvalidDataException) : typeof(ParameterizationException),
            thrown.GetType());
        string message = thrown.Message;
        Assert.StartsWith(Path.Combine(s_folder, name + ".pt") + ": ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void What_is_no_such_file_is_said_in_a_line()
    {
        string text = Path.Combine(Directory.CreateTempSubdirectory("script").FullName, "text.pt");
        File.WriteAllText(text, "not a model");
        using var butane = RDKitMolecule.FromSmiles("CCCC");
        Assert.Contains("this is no file of torch.jit.save", Assert.Throws<InvalidDataException>(() =>
            MoleculeEnergies.Create(text, butane)).Message, StringComparison.Ordinal);
        byte[] whole = File.ReadAllBytes(Path.Combine(s_folder, "butane.pt"));
        File.WriteAllBytes(text, whole[..(whole.Length / 2)]);
        Assert.Throws<InvalidDataException>(() => MoleculeEnergies.Create(text, butane));
        Directory.Delete(Path.GetDirectoryName(text)!, true);
        Assert.Contains("there is no such file", Assert.Throws<MoleculeFormatException>(() =>
            MoleculeEnergies.Create(text, butane)).Message, StringComparison.Ordinal);
        Assert.Contains("it makes no energies of 9 atoms", Assert.Throws<ParameterizationException>(() => Create("CCO", "butane")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_user_should_know_is_noted()
    {
        Assert.Contains(Create("CCCC", "butane").Notes, n => n.Contains("does not say which atoms", StringComparison.Ordinal));
        EnergyModel stated = Create("CCCC", "butane-electronvolt");
        Assert.Equal("springs", stated.Potential.Name);
        Assert.Empty(stated.Notes);
        Assert.Contains(Create("CCCC", "butane-kilocalories-wrongly").Notes, n => n.Contains("kJ/mol is stated", StringComparison.Ordinal));
        Assert.NotEqual(stated.Fingerprint, Create("CCCC", "butane").Fingerprint);
    }

    /// <summary>Turning about the middle bond changes the middle torsion alone: its law is exp(-V / RT), by quadrature.</summary>
    [SkippableFact]
    public void Chains_on_it_have_the_populations_of_a_quadrature()
    {
        SlowTests.Require(); // 220,000 calls of torch; its energies and forces are compared with those of Python's torch above
        using var butane = RDKitMolecule.FromSmiles("CCCC");
        ConformerResult found = Run(butane, s_options with { Method = ConformerMethod.Jumps });
        Assert.True(found.Status == ConformerStatus.Ok, found.Reason);
        Basin trans = found.Basins.Single(b => b.State == "t");
        Assert.InRange(Math.Abs(trans.Population - SpringChain.Trans()), 0, 3.5 * trans.PopulationError);
        Assert.True(Math.Abs(trans.Population - SpringChain.Trans(-3)) > 6 * trans.PopulationError); // the power of it
    }

    /// <summary>
    /// Nothing keeps this molecule's hydrogens apart, and a surrogate that begins with MMFF94s keeps them apart: a tenth of the ensemble
    /// lies where none of its samples does, though its weights are 60 % effective.
    /// Seeds 2, 5 and 11 were called converged at 3.7, 5.4 and 8.3
    /// errors from the truth, while walkers of the energy itself judged them.
    /// </summary>
    [SkippableTheory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(11)]
    public void A_hole_of_the_surrogate_is_no_convergence(int seed)
    {
        SlowTests.Require(); // JudgingWalkersTests run always
        using var butane = RDKitMolecule.FromSmiles("CCCC");
        ConformerResult found = Run(butane, s_options with { Method = ConformerMethod.Surrogate, Seed = (ulong)seed });
        Basin trans = found.Basins.Single(b => b.State == "t");
        double error = trans.Population - SpringChain.Trans();
        Assert.True(found.Status == ConformerStatus.Partial || Math.Abs(error) < 3.5 * trans.PopulationError,
            $"{trans.Population} +- {trans.PopulationError} against {SpringChain.Trans()}");
    }

    private static readonly ConformerOptions s_options = new() { EnergyName = "springs" };

    private static ConformerResult Run(RDKitMolecule molecule, ConformerOptions options) => new ConformerSampler(options, m =>
        MoleculeEnergies.Create(Path.Combine(s_folder, "butane-electronvolt.pt"), m).Potential).Run(molecule, "CCCC");

    private static EnergyModel Create(string smiles, string name)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        return MoleculeEnergies.Create(Path.Combine(s_folder, name + ".pt"), molecule);
    }
}
