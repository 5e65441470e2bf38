using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Molecular;

/// <summary>Symmetric heavy-atom RMSD against RDKit's getBestRMS, and what rests on it.</summary>
[Trait("cpu", "lanes")]
public sealed class HeavyAtomRmsdTests
{
    [Theory]
    [InlineData("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", 8)] // phenyl, isopropyl, and the acid's oxygens, as in RDKit
    [InlineData("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)[O-]", 8)]
    [InlineData("O=[N+]([O-])c1ccc(cc1)CCC(F)(F)F", 24)]
    [InlineData("NC(=[NH2+])NCCC[C@H](N)C(=O)[O-]", 4)] // guanidinium and carboxylate
    [InlineData("CS(=O)(=O)NCCc1ccccc1", 4)]
    [InlineData("OCCP(=O)([O-])[O-]", 6)]
    [InlineData("CC(C)(C)c1c[nH]cn1", 6)]
    [InlineData("c1c[nH]cn1", 2)] // hydrogens are not looked at: the ring has a mirror axis
    [InlineData("CCCCCC", 2)]
    [InlineData("C1CC[C@H](CC1)CCN2CCOCC2", 4)]
    public void It_is_what_RDKit_finds(string smiles, int symmetries)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var rmsd = new HeavyAtomRmsd(molecule);
        Assert.Equal(symmetries, rmsd.Symmetries);
        Assert.False(rmsd.IsTruncated);
        var conformers = molecule.Embed(6, 1, TimeSpan.FromSeconds(30)).Conformers;
        CentredGeometries geometries = rmsd.Centre(conformers);
        double[,] matrix = rmsd.Matrix(geometries, geometries);
        for (int a = 0; a < conformers.Count; a++)
            for (int b = 0; b < conformers.Count; b++)
                Assert.Equal(molecule.BestRmsd(Double(conformers[a]), Double(conformers[b])), matrix[a, b], 1e-6);
    }

    [Fact]
    public void Polar_hydrogens_are_seen_and_those_of_one_atom_are_alike()
    {
        using var molecule = RDKitMolecule.FromSmiles("NCCO"); // N 0, C 1, C 2, O 3, then hydrogens in the order of their atoms
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0], turned = [.. x], exchanged = [.. x];
        int hydroxyl = 3 * molecule.Molecule.Neighbours[3].Single(a => a > 3);
        for (int c = 0; c < 3; c++)
            turned[hydroxyl + c] += 0.05f;
        int[] amine = [.. molecule.Molecule.Neighbours[0].Where(a => a > 3)];
        for (int c = 0; c < 3; c++)
            (exchanged[3 * amine[0] + c], exchanged[3 * amine[1] + c]) = (x[3 * amine[1] + c], x[3 * amine[0] + c]);
        var rmsd = HeavyAtomRmsd.WithPolarHydrogens(molecule);
        Assert.Equal(2, rmsd.Symmetries);
        Assert.Equal(0, rmsd.Between(x, exchanged), 1e-6);
        Assert.InRange(rmsd.Between(x, turned), 0.01, 0.1);
        Assert.Equal(0, new HeavyAtomRmsd(molecule).Between(x, turned), 1e-6);
        // an acid's oxygens are alike to heavy atoms; the hydrogen is on one of them
        using var acid = RDKitMolecule.FromSmiles("CC(=O)O");
        Assert.Equal(2, new HeavyAtomRmsd(acid).Symmetries);
        Assert.Equal(1, HeavyAtomRmsd.WithPolarHydrogens(acid).Symmetries);
    }

    [SkippableFact]
    public void It_is_what_RDKit_finds_for_drugs()
    {
        string list = SharedData.Require("geom-drugs/molecules.smi");
        foreach (string line in File.ReadLines(list).Where((_, n) => n % 4 == 0))
        {
            using var molecule = RDKitMolecule.FromSmiles(line.Split('\t')[0]);
            var rmsd = new HeavyAtomRmsd(molecule);
            var conformers = molecule.Embed(3, 5, TimeSpan.FromSeconds(30)).Conformers;
            for (int a = 0; a < conformers.Count; a++)
                for (int b = 0; b < a; b++)
                    Assert.Equal(molecule.BestRmsd(Double(conformers[a]), Double(conformers[b])),
                        rmsd.Between(conformers[a], conformers[b]), 1e-6);
        }
    }

    [Fact]
    public void Turned_moved_and_renumbered_geometries_are_the_same_and_mirror_images_are_not()
    {
        using var molecule = RDKitMolecule.FromSmiles("C[C@H](O)c1ccc(F)cc1");
        var rmsd = new HeavyAtomRmsd(molecule);
        float[] x = molecule.Embed(1, 3, TimeSpan.FromSeconds(20)).Conformers[0];
        int[] flip = molecule.Automorphisms(10, out _).First(map => !map.SequenceEqual(Enumerable.Range(0, map.Length)));
        float[] other = new float[x.Length], mirror = [.. x];
        for (int a = 0; a < x.Length / 3; a++)
        {
            (double px, double py, double pz) = (x[3 * a], x[3 * a + 1], x[3 * a + 2]);
            (other[3 * flip[a]], other[3 * flip[a] + 1], other[3 * flip[a] + 2]) = ((float)(0.6 * px - 0.8 * py + 1),
                (float)(0.8 * px + 0.6 * py - 2), (float)(pz + 0.5));
            mirror[3 * a + 2] = -mirror[3 * a + 2];
        }
        Assert.InRange(rmsd.Between(x, other), 0, 1e-6);
        Assert.InRange(rmsd.Between(x, mirror), 0.02, 1);
        Assert.Equal(molecule.BestRmsd(Double(x), Double(mirror)), rmsd.Between(x, mirror), 1e-6);
    }

    [Theory]
    [InlineData("C", 0)] // one atom
    [InlineData("CC", 0.02)] // two, on a line: the largest root is double
    [InlineData("C#CC#C", 0.04472135955)] // every atom 0.02 or 0.06 farther out
    public void Points_and_lines_have_closed_forms(string smiles, double expected)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        int heavy = molecule.Molecule.Atoms.Count(a => a.AtomicNumber > 1);
        float[] Line(double step, bool upright) =>
            [.. Enumerable.Range(0, molecule.Molecule.Atoms.Count).SelectMany(a => upright ? new[] { 0f, 0f, (float)(step * a) }
                : [(float)(step * a), 0f, 0f])];
        Assert.Equal(heavy, Enumerable.Range(0, heavy).Count(a => molecule.Molecule.Atoms[a].AtomicNumber > 1)); // heavy atoms come first
        Assert.Equal(expected, new HeavyAtomRmsd(molecule).Between(Line(0.12, false), Line(0.16, true)), 2e-6);
    }

    [Fact]
    public void Of_duplicates_the_one_of_higher_energy_is_dropped_and_no_two_kept_are_near()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCOC(=O)CCNC(C)=O");
        var rmsd = new HeavyAtomRmsd(molecule);
        IReadOnlyList<float[]> embedded = molecule.Embed(40, 1, TimeSpan.FromSeconds(30)).Conformers;
        // every conformer twice: the copies, moved and with a lower energy, must be the ones that stay
        float[][] conformers = [.. embedded, .. embedded.Select(x => x.Select(v => v + 0.3f).ToArray())];
        double[] energies = [.. Enumerable.Range(0, 80).Select(s => (double)((s * 37) % 40) + (s < 40 ? 1000 : 0))];
        const double threshold = 0.08;
        int[] representatives = ConformerPruning.Representatives(rmsd, conformers, energies, threshold);
        int[] kept = [.. representatives.Distinct()];
        Assert.All(kept, k => Assert.InRange(k, 40, 79));
        Assert.All(kept, k => Assert.Equal(k, representatives[k]));
        Assert.InRange(kept.Length, 3, 39);
        foreach (int a in kept)
            Assert.All(kept, b => Assert.True(a == b || rmsd.Between(conformers[a], conformers[b]) >= threshold));
        for (int s = 0; s < 80; s++)
        {
            Assert.True(energies[representatives[s]] <= energies[s]);
            Assert.True(rmsd.Between(conformers[s], conformers[representatives[s]]) < threshold);
        }
        // a threshold of zero drops none
        Assert.Equal(Enumerable.Range(0, 80), ConformerPruning.Representatives(rmsd, conformers, energies, 0));
    }

    [Fact]
    public void Pruned_basins_hold_the_populations_of_those_they_stand_for()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCCC");
        var options = new ConformerOptions { Method = ConformerMethod.Etkdg, Samples = 100, Seed = 4 };
        ConformerResult all = new ConformerSampler(options).Run(molecule, "CCCC");
        ConformerResult some = new ConformerSampler(options with { PruneRmsd = 0.001 }).Run(molecule, "CCCC");
        ConformerResult one = new ConformerSampler(options with { PruneRmsd = 1 }).Run(molecule, "CCCC");
        Assert.Equal(3, all.Basins.Count);
        // g+ and g- are mirror images, not duplicates
        Assert.Equal(all.Basins.Select(b => b.Population), some.Basins.Select(b => b.Population));
        Basin merged = Assert.Single(one.Basins);
        Assert.Equal(1, merged.Population, 1e-9);
        Assert.Equal(0, merged.PopulationError, 1e-9); // the whole is certain: its parts' errors cancel
        Assert.Equal(all.Basins.Min(b => b.RepresentativeEnergy), merged.RepresentativeEnergy, 1e-9);
        Assert.All(one.Samples.Basins, b => Assert.Equal(0, b));
        Assert.Contains(one.Notes, n => n.Contains("2 basins were merged", StringComparison.Ordinal));
    }

    private static double[] Double(float[] x) => [.. x.Select(v => (double)v)];
}
