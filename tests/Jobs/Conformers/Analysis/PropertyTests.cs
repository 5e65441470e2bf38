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
        EnsembleAverage energy = Average(list[0]), distance = Average(list[3]), noe = Average(list[4]);
        EnsembleAverage Average(EnsembleProperty property) => property.Average(ensemble, new(1));
        Assert.Equal(2.5, energy.Value, 1e-12);
        Assert.Equal(Math.Sqrt(5.0 / 3 / 4), energy.Error, 1e-9); // s / sqrt(n)
        Assert.Equal(0.22, distance.Value, 1e-6);
        double[] sixth = [.. frames.Select(f => Math.Pow(f[3], -6))];
        double mean = sixth.Average(), error = Math.Sqrt(sixth.Sum(v => (v - mean) * (v - mean)) / 12);
        Assert.Equal(Math.Pow(mean, -1.0 / 6), noe.Value, 1e-9);
        Assert.Equal(Math.Pow(mean, -7.0 / 6) / 6 * error, noe.Error, 1e-6);
    }

    /// <summary>What takes long is averaged over samples that are drawn by their weights.</summary>
    [Fact]
    public void An_average_over_some_of_the_samples_is_that_of_all_within_its_error()
    {
        const int count = 20_000;
        var random = new RandomSource(3);
        double[] r = [.. Enumerable.Range(0, count).Select(_ => 0.2 + 0.05 * random.NextDouble())],
            logWeights = [.. r.Select(v => 40 * v)]; // by e^2 over the range
        var ensemble = new Ensemble(s_state, [.. r.Select(v => (ReadOnlyMemory<float>)new float[] { 0, 0, 0, (float)v, 0, 0 })],
            new double[count], logWeights, [.. Enumerable.Range(0, count).Select(n => n % 64)]);
        using var hydrogen = RDKitMolecule.FromSmiles("[H][H]");
        EnsembleProperty distance = PropertyList.Parse("distance:1-2").Of(hydrogen, null, s_state, 0)[3];
        EnsembleAverage all = distance.Average(ensemble, new(1)), some = (distance with { MostSamples = 1000 }).Average(ensemble, new(1));
        Assert.Equal(0.25 - 1 / 40.0 + 0.05 / (Math.Exp(2) - 1), all.Value, 4 * all.Error); // of a density e^40r on the interval
        Assert.Equal(all.Value, some.Value, 3 * some.Error);
        Assert.InRange(some.Error, 2 * all.Error, 8 * all.Error);
    }

    /// <summary>Columns of samples are called as they were asked for; nothing twice, and what a molecule has not is passed over where a
    /// question mark says so.</summary>
    [Fact]
    public void Columns_are_called_as_they_were_asked_for()
    {
        using var water = RDKitMolecule.FromSmiles("O");
        IReadOnlyList<EnsembleProperty> list = PropertyList.Parse(
            "noe:1-2, sasa,jhnha?,distance: 2-3,sasa?,distance:1-7?,karplus:2-1-3-2:1:2:3").Of(water, null, s_state, 0);
        Assert.Equal([null, null, "radius_of_gyration", "noe:1-2", "sasa", "distance:2-3", "karplus:2-1-3-2:1:2:3"],
            list.Select(p => p.Column));
        Assert.Equal(("nm^-6", "nm", "nm^2"), (list[3].ColumnUnit, list[3].Unit, list[4].ColumnUnit));
        float[] apart = [0, 0, 0, 9, 0, 0, 0, 9, 0]; // three spheres that do not touch
        Assert.Equal(4 * Math.PI * (0.292 * 0.292 + 2 * 0.26 * 0.26), list[4].Of(apart, 0), 1e-9);
        using RDKitMolecule peptide = ResidueChemistry.Molecule(PeptideBuilder.Build("ACE-ALA-PRO-GLY-NME"), "x");
        Assert.Equal(["jhnha:A2", "jhnha:A4"], PropertyList.Parse("jhnha?").Of(peptide, null, s_state, 0).Skip(3).Select(p => p.Column));
        Assert.Contains("needs a peptide", Assert.Throws<MoleculeFormatException>(() => PropertyList.Parse("jhnha").Of(water, null, s_state,
            0)).Message, StringComparison.Ordinal);
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
