using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Jobs.Conformers;

/// <summary>Peptides in solvent as ensembles.</summary>
public sealed class PeptideTests
{
    private static readonly ConformerOptions s_options = new() { ForceField = "ff14SB", Solvent = "obc1", Temperature = 310 };

    /// <summary>Valine's methyls have names, so every seed must number them alike; jumps agree with one another and, at length, with a
    /// ladder that knows nothing of them.</summary>
    [Fact]
    public void Jumps_agree_with_a_ladder_and_named_atoms_keep_their_names()
    {
        using RDKitMolecule peptide = ResidueChemistry.Molecule(PeptideBuilder.Build("ACE-VAL-NME"), "ACE-VAL-NME");
        ConformerOptions second = s_options with { Seed = 2 };
        ConformerResult jumps = Run(s_options with { Seed = 1 }), others = Run(SlowTests.Asked
            ? second with { Method = ConformerMethod.ReplicaExchange, HighestTemperature = 600 } : second);
        Assert.Equal((ConformerStatus.Ok, ConformerStatus.Ok), (jumps.Status, others.Status));
        EnsembleAgreement agreement = EnsembleAgreement.Of(jumps, others, null);
        Assert.InRange(Math.Abs(agreement.EnergyZ), 0, 4);
        Assert.InRange(agreement.TorsionZ, 0.3, 1.8);
        Assert.Contains(jumps.Torsions, t => t.Label == "chi1 VAL 2 (N-CA-CB-CG1)");
        // power: without the solvent it is another law
        ConformerResult other = Run(s_options with { Solvent = "none" });
        Assert.True(EnsembleAgreement.Of(jumps, other, null).TorsionZ > 2 * agreement.TorsionZ);

        ConformerResult Run(ConformerOptions options) => new ConformerSampler(options).Run(peptide, "ACE-VAL-NME");
    }

    [Theory]
    [InlineData("CCO", "mmff94s", "obc1", "needs a force field with Born radii")]
    [InlineData("CCO", "ff14SB", "none", "is for residues")]
    public void A_force_field_that_is_not_for_a_molecule_is_the_input_s_fault(string smiles, string forceField, string solvent,
        string reason)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        ConformerResult result = new ConformerSampler(new() { ForceField = forceField, Solvent = solvent }).Run(molecule, smiles);
        Assert.Equal((ConformerStatus.Failed, true), (result.Status, result.IsInputError));
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }
}
