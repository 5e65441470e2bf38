using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Minima decide which state vectors are listed as one basin, and which of them represents it.</summary>
public sealed class ListedBasinTests
{
    private static readonly string[] s_listed = ["A", "B", "C"];

    [Fact]
    public void A_basin_is_represented_by_the_lowest_minimum_that_lies_in_it_wherever_that_was_found()
    {
        ListedBasin[] basins = ListedBasin.Of(s_listed, [[At("A", 3)], [At("B", 2), At("A", 1)], [At("C", 5)]], _ => null);
        Assert.Equal([1.0, 2, 5], basins.Select(b => b.Minimum.Energy));
        Assert.Equal(["A", "B", "C"], basins.SelectMany(b => b.Codes));
    }

    [Fact]
    public void A_basin_that_all_its_minima_left_belongs_to_that_of_its_lowest()
    {
        ListedBasin[] basins = ListedBasin.Of(s_listed, [[At("A", 3)], [At("B", 2)], [At("B", 4), At("A", 1)]], _ => null);
        Assert.Equal(2, basins.Length);
        Assert.Equal(["A", "C"], basins[0].Codes);
        Assert.Equal(1, basins[0].Minimum.Energy);
        // a minimum where no sample is counted as one more vector of the basin, and one that others led to keeps it
        basins = ListedBasin.Of(s_listed, [[At("Z", 3)], [At("C", 2), At("B", 4)], [At("Z", 4)]], _ => null);
        Assert.Equal(["A", "Z"], basins[0].Codes);
        Assert.Equal(["C"], basins.Single(b => b.Minimum.Code == "C").Codes);
    }

    [Theory]
    [InlineData("COc1ccc(P2(=O)Nc3ccccc3N2)cc1", 2, 0.57, -96.5)]
    [InlineData("CC(C)Cc1ccc(cc1)C(C)C(=O)O", 6, null, 100)] // a minimum 1 kJ/mol higher in the same states was listed
    public void Listed_minima_are_conformers_each_in_its_own_basin(string smiles, int count, double? first, double lowest)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        ConformerResult result = new ConformerSampler(new() { Samples = 1000, Seed = 1 }).Run(molecule, smiles);
        Assert.True(result.Basins.Count >= count);
        Assert.True(result.Basins.Min(b => b.RepresentativeEnergy) < lowest);
        Assert.Equal(1, result.Basins.Sum(b => b.Population), 1e-6);
        if (first is { } population) // the ring turned over is the same conformer
        {
            Assert.Equal(count, result.Basins.Count);
            Assert.True(Math.Abs(result.Basins[0].Population - population) < 4.5 * result.Basins[0].PopulationError);
        }
        var rmsd = HeavyAtomRmsd.WithPolarHydrogens(molecule);
        for (int b = 0; b < result.Basins.Count; b++)
            for (int a = 0; a < b; a++)
                Assert.True(rmsd.Between(result.Basins[a].Representative, result.Basins[b].Representative) >= 0.005);

        // classified anew by states of the samples written
        int size = 3 * result.Samples.AtomCount, samples = result.Samples.Count;
        var positions = Enumerable.Range(0, samples).Select(s => (ReadOnlyMemory<float>)result.Samples.Positions.AsMemory(s * size, size));
        var ensemble = new Ensemble(new(300), [.. positions], result.Samples.Energies, result.Samples.LogWeights, new int[samples]);
        IReadOnlyList<int[]> symmetry = ConformationalSymmetry.Filter(molecule.Molecule, molecule.Automorphisms(1000, out _),
            result.Basins[0].Representative);
        var classifier = new BasinClassifier(new TorsionSpace(molecule.Molecule).Coordinates, symmetry, ensemble);
        string[] codes = classifier.Classify();
        var members = Enumerable.Range(0, samples).GroupBy(s => result.Samples.Basins[s]);
        foreach (IGrouping<int, int> basin in members.Where(g => g.Count() > 20)) // of fewer the states are not sure
            Assert.Equal(basin.GroupBy(s => codes[s]).MaxBy(g => g.Count())!.Key,
                classifier.Place(result.Basins[basin.Key].Representative).Code);
        // the trace ends in the populations
        if (result.Diagnostics is { PopulationTrace: [.., var last] })
            for (int b = 0; b < last.Length; b++)
                Assert.Equal(result.Basins[b].Population, last[b], 1e-9);
    }

    private static BasinMinimum At(string code, double energy) => new(code, [], energy);
}
