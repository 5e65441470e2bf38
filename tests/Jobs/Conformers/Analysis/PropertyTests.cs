using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Averages of ensembles on geometries whose values are known.</summary>
public sealed class PropertyTests
{
    private static readonly ThermodynamicState s_state = new(300);

    [Fact]
    public void Values_on_a_known_geometry()
    {
        using var water = RDKitMolecule.FromSmiles("O");
        float[] x = [0, 0, 0, 0.1f, 0, 0, 0, 0.1f, 0]; // O at the corner of a right angle
        IReadOnlyList<EnsembleProperty> list = PropertyList.Parse("distance:2-3,noe:1-2,dipole,karplus:2-1-3-2:1:2:3").Of(water,
            [-0.8, 0.4, 0.4], s_state, 5);
        Assert.Equal(["energy", "heat capacity", "radius of gyration", "distance H2-H3", "noe distance O1-H2", "dipole moment",
            "J H2-O1-H3-H2"], list.Select(p => p.Name));
        Assert.Equal(7, list[0].Of(x, 7));
        Assert.Equal(4e3 * s_state.Beta / 300, list[1].Of(x, 7), 1e-12);
        double o = 15.999, h = 1.008, m = o + 2 * h, centre = h * 0.1 / m, square = 2 * h * 0.01 / m - 2 * centre * centre;
        Assert.Equal(Math.Sqrt(square), list[2].Of(x, 0), 1e-6);
        Assert.Equal(0.1 * Math.Sqrt(2), list[3].Of(x, 0), 1e-7);
        Assert.Equal(1e6, list[4].Of(x, 0), 1.0);
        Assert.Equal((1, -1.0 / 6), (list[3].Power, list[4].Power));
        Assert.Equal(0.04 * Math.Sqrt(2) * 48.0320471, list[5].Of(x, 0), 1e-5); // 4.803 D in an e Angstrom
    }

    /// <summary>A mean over groups whose spread is known, and its error through r^-6.</summary>
    [Fact]
    public void Errors_are_those_of_independent_groups_carried_by_the_slope()
    {
        float[][] frames = [.. new[] { 0.20f, 0.22f, 0.25f, 0.21f }.Select(r => new float[] { 0, 0, 0, r, 0, 0 })];
        var ensemble = new Ensemble(s_state, [.. frames.Select(f => (ReadOnlyMemory<float>)f)], [1, 2, 3, 4], new double[4], [0, 1, 2, 3]);
        using var hydrogen = RDKitMolecule.FromSmiles("[H][H]");
        IReadOnlyList<EnsembleProperty> list = PropertyList.Parse("distance:1-2,noe:1-2").Of(hydrogen, null, s_state, 2.5);
        EnsembleAverage energy = list[0].Average(ensemble), distance = list[3].Average(ensemble), noe = list[4].Average(ensemble);
        Assert.Equal(2.5, energy.Value, 1e-12);
        Assert.Equal(Math.Sqrt(5.0 / 3 / 4), energy.Error, 1e-9); // s / sqrt(n)
        Assert.Equal(0.22, distance.Value, 1e-6);
        double[] sixth = [.. frames.Select(f => Math.Pow(f[3], -6))];
        double mean = sixth.Average(), error = Math.Sqrt(sixth.Sum(v => (v - mean) * (v - mean)) / 12);
        Assert.Equal(Math.Pow(mean, -1.0 / 6), noe.Value, 1e-9);
        Assert.Equal(Math.Pow(mean, -7.0 / 6) / 6 * error, noe.Error, 1e-6);
    }

    [Fact]
    public void Couplings_of_a_peptide_follow_phi()
    {
        using RDKitMolecule peptide = ResidueChemistry.Molecule(PeptideBuilder.Build("ACE-ALA-PRO-GLY-NME"), "x");
        IReadOnlyList<EnsembleProperty> list = PropertyList.Parse("jhnha").Of(peptide, null, s_state, 0);
        Assert.Equal(["3J(HN,HA) ALA 2", "3J(HN,HA) GLY 4"], list.Skip(3).Select(p => p.Name)); // proline has none
        float[] x = [.. peptide.Coordinates!.Select(v => (float)v)];
        Assert.Equal(9.87, list[3].Of(x, 0), 0.05); // phi -120 as built: cos^2 and cos of 180 degrees, 6.51 + 1.76 + 1.60
    }

    [Theory]
    [InlineData("distance", "write distance:I-J")]
    [InlineData("distance:1", "write distance:I-J")]
    [InlineData("karplus:1-2-3-4:1:2", "write karplus:I-J-K-L:A:B:C")]
    [InlineData("karplus:1-2-3-4:1:2:nan", "write karplus:I-J-K-L:A:B:C")]
    [InlineData("dipol", "dipole")]
    public void A_wrong_list_is_one_line(string list, string reason)
    {
        string message = Assert.Throws<ArgumentException>(() => PropertyList.Parse(list)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("distance:1-9", "atoms are numbered from 1 to 3")]
    [InlineData("distance:0-2", "atoms are numbered from 1 to 3")]
    [InlineData("jhnha", "needs a peptide")]
    [InlineData("dipole", "has no charges")]
    public void What_a_molecule_does_not_have_is_said_before_sampling(string list, string reason)
    {
        using var water = RDKitMolecule.FromSmiles("O");
        var e = Assert.Throws<MoleculeFormatException>(() => PropertyList.Parse(list).Of(water, null, s_state, 0));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }
}
