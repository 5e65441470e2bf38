using System.Security.Cryptography;
using System.Text;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Tests.Molecular.Systems;

/// <summary>What each way of making an energy gives to the backends, and when.</summary>
public sealed class EnergyModelTests
{
    private static readonly ClassicalSystem s_pair = new() { Masses = [12, 16], Bonds = [new(0, 1, 0.12, 1000)] };

    [Fact]
    public void A_classical_system_goes_to_the_engine_and_to_OpenMM()
    {
        var model = EnergyModel.Of("a pair", s_pair);
        Assert.Equal(("a pair", "a pair"), (model.Name, model.Potential.Name));
        Assert.Same(s_pair, model.Classical);
        Assert.Same(model.Parameters, Assert.IsType<ForceFieldPotential>(model.Potential).Parameters);
        Assert.Equal(0.5 * 1000 * 0.03 * 0.03, model.Potential.EvaluateDouble([0, 0, 0, 0.15, 0, 0], new double[6]), 1e-9);
        Assert.Contains("HarmonicBondForce", model.Xml, StringComparison.Ordinal);
    }

    [Fact]
    public void The_potential_and_the_XML_are_made_once_and_not_before_they_are_asked_for()
    {
        var model = EnergyModel.Of("a pair", s_pair);
        Assert.Same(model.Potential, model.Potential);
        Assert.Same(model.Xml, model.Xml);
        var broken = EnergyModel.OfOpenMM("broken", "no XML");
        Assert.Equal(("broken", "no XML", 64), (broken.Name, broken.Xml, broken.Fingerprint.Length));
        Assert.ThrowsAny<Exception>(() => broken.Potential);
    }

    [Fact]
    public void A_potential_that_is_a_force_field_brings_its_parameters_and_no_XML()
    {
        ForceFieldPotential well = Well(100);
        var model = EnergyModel.Of(well);
        Assert.Same(well, model.Potential);
        Assert.Same(well.Parameters, model.Parameters);
        Assert.Equal(("well", null, null), (model.Name, model.Classical, model.Xml));
        Assert.Equal(well.Parameters.Fingerprint(), model.Fingerprint);
    }

    [Fact]
    public void Any_other_potential_comes_as_it_is()
    {
        var sum = new SumPotential((1, Well(100)), (0.5, Well(10)));
        var model = EnergyModel.Of(sum);
        Assert.Same(sum, model.Potential);
        Assert.Equal((sum.Name, sum.Fingerprint), (model.Name, model.Fingerprint));
        Assert.Equal((null, null, null), (model.Parameters, model.Classical, model.Xml));
    }

    [Fact]
    public void The_fingerprint_is_of_the_numbers_and_not_of_the_name()
    {
        string Of(double k, double mass = 16, string name = "a") =>
            EnergyModel.Of(name, s_pair with { Masses = [12, mass], Bonds = [new(0, 1, 0.12, k)] }).Fingerprint;
        Assert.Equal(Of(1000), Of(1000, name: "b"));
        Assert.Equal(Of(1000), EnergyModel.Of(new ForceFieldPotential(s_pair.ToEngine())).Fingerprint); // whichever way it came
        string[] others = [Of(1000), Of(1000.0000001), Of(1000, 16.0000001), EnergyModel.Of(Well(1000)).Fingerprint];
        Assert.Equal(4, others.Distinct().Count());
    }

    [Fact]
    public void An_OpenMM_System_is_known_by_its_text()
    {
        string xml = EnergyModel.Of("a pair", s_pair).Xml!;
        var model = EnergyModel.OfOpenMM("System XML", xml);
        Assert.Equal((null, null, xml), (model.Parameters, model.Classical, model.Xml));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(xml))), model.Fingerprint);
        Assert.NotEqual(model.Fingerprint, EnergyModel.OfOpenMM("System XML", xml + " ").Fingerprint);
    }

    private static ForceFieldPotential Well(double k) =>
        new(new([16, 16], [new OneBodyTable<HarmonicWell>([0, 1], [k, 0, 0, 0, k, 0, 0, 0])]), name: "well");
}
