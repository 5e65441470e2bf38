using System.Formats.Tar;
using System.IO.Compression;
using MolSampling.Jobs.Conformers.Benchmark;

namespace MolSampling.Tests.Molecular;

/// <summary>Reading reference geometries, and matching them to a molecule whose atoms have another order.</summary>
public sealed class ReferenceEnsembleTests
{
    private const string Chiral = "C[C@H](N)C(=O)N/N=C/c1ccc(C(F)(F)F)cc1Br";

    [Fact]
    public void An_xyz_file_is_read_frame_by_frame()
    {
        const string text = "2\n -1.25 energy\nC 0.0 0 1.5\nbr\t1e1 -2.5 0.25 extra\n\n1\n\n 6 1 2 3\n";
        XyzFrame[] frames = [.. XyzReader.Read(new StringReader(text), "a.xyz")];
        Assert.Equal(2, frames.Length);
        Assert.Equal("-1.25 energy", frames[0].Comment);
        Assert.Equal([6, 35], frames[0].AtomicNumbers);
        Assert.Equal([0, 0, 0.15f, 1, -0.25f, 0.025f], frames[0].Positions);
        Assert.Equal([6], frames[1].AtomicNumbers);
    }

    [Theory]
    [InlineData("", "a.xyz: the file holds no geometry")]
    [InlineData("\n\n", "a.xyz: the file holds no geometry")]
    [InlineData("two\n\nC 0 0 0", "a.xyz, line 1: 'two' is not a number of atoms")]
    [InlineData("-1\n\n", "a.xyz, line 1: '-1' is not a number of atoms")]
    [InlineData("2\n\nC 0 0 0\n", "a.xyz, line 4: the file ends after 1 of 2 atoms")]
    [InlineData("2000000000\n\nC 0 0 0\n", "a.xyz, line 4: the file ends after 1 of 2000000000 atoms")]
    [InlineData("1\n", "a.xyz, line 2: the file ends within a frame")]
    [InlineData("1\n\nXx 0 0 0", "a.xyz, line 3: 'Xx 0 0 0' is not an element and three coordinates")]
    [InlineData("1\n\nC 0 0", "a.xyz, line 3: 'C 0 0' is not an element and three coordinates")]
    [InlineData("1\n\nC 0 NaN 0", "a.xyz, line 3: 'NaN' is not a coordinate")]
    public void A_broken_xyz_file_is_one_clear_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<MoleculeFormatException>(() => XyzReader.Read(new StringReader(text),
            "a.xyz").Count()).Message);

    [Theory]
    [InlineData("c1ccccc1", 12)]
    [InlineData("CC(C)(C)C", 24)]
    [InlineData("C12C3C4C1C5C2C3C45", 48)] // cubane
    [InlineData("CCO", 1)]
    [InlineData("C.C", 2)]
    public void All_automorphisms_of_a_graph_are_found(string smiles, int count)
    {
        LabelledGraph graph = Graph(smiles);
        int[][] maps = [.. graph.IsomorphismsTo(graph)];
        Assert.Equal(count, maps.Length);
        Assert.Equal(count, maps.Select(m => string.Join(',', m)).Distinct().Count());
        Assert.All(maps, m => Assert.True(Enumerable.Range(0, m.Length).All(v => graph.Labels[v] == graph.Labels[m[v]]
            && graph.Neighbours[v].All(n => graph.Neighbours[m[v]].Contains(m[n])))));
    }

    [Theory]
    [InlineData("CCCO", "CC(C)O")]
    [InlineData("C1CCCCC1.C1CCCCC1", "C1CCCCCCCCCCC1")] // colour refinement alone takes these for one
    [InlineData("CC(=O)C", "CC(O)=C")]
    public void Isomers_do_not_match(string one, string other) => Assert.Empty(Graph(one).IsomorphismsTo(Graph(other)));

    [Fact]
    public void A_shuffled_conformer_comes_back_in_the_molecules_order()
    {
        using var molecule = RDKitMolecule.FromSmiles(Chiral);
        Stereoisomer isomer = GivenStereo.Of(molecule);
        var rmsd = new HeavyAtomRmsd(molecule);
        IReadOnlyList<float[]> conformers = molecule.Embed(5, 11, TimeSpan.FromSeconds(30)).Conformers;
        XyzFrame[] frames = [.. conformers.Select((x, n) => Shuffled(molecule.Molecule, x, (ulong)n))];
        ReferenceEnsemble references = ReferenceEnsemble.Match(molecule.Molecule, isomer, frames, "a.xyz");
        Assert.Equal((5, 0, 0), (references.Geometries.Count, references.OtherBonds, references.OtherStereo));
        for (int n = 0; n < conformers.Count; n++)
        {
            Assert.InRange(rmsd.Between(conformers[n], references.Geometries[n]), 0, 1e-6);
            Assert.Equal(molecule.Molecule.Smiles, molecule.SmilesOf(references.Geometries[n])); // RDKit's own perception
        }
    }

    [Fact]
    public void Stereo_and_bonds_that_differ_are_counted()
    {
        using var molecule = RDKitMolecule.FromSmiles(Chiral);
        Stereoisomer isomer = GivenStereo.Of(molecule);
        float[] x = molecule.Embed(1, 2, TimeSpan.FromSeconds(30)).Conformers[0], mirror = [.. x], broken = [.. x];
        for (int k = 0; k < x.Length; k += 3)
            mirror[k] = -mirror[k];
        broken[0] += 1; // the methyl carbon leaves
        XyzFrame[] frames = [.. new[] { x, mirror, broken }.Select(g => Shuffled(molecule.Molecule, g, 3))];
        ReferenceEnsemble references = ReferenceEnsemble.Match(molecule.Molecule, isomer, frames, "a.xyz");
        Assert.Equal((2, 1, 1), (references.Geometries.Count, references.OtherBonds, references.OtherStereo));
        Assert.Equal("a.xyz: no geometry in it has the molecule's bonds",
            Assert.Throws<MoleculeFormatException>(() => ReferenceEnsemble.Match(molecule.Molecule, isomer, [frames[2]], "a.xyz")).Message);
        XyzFrame smaller = new("", frames[0].AtomicNumbers[1..], frames[0].Positions[3..]);
        Assert.Contains("the molecule's C11H11BrF3N3O", Assert.Throws<MoleculeFormatException>(() =>
            ReferenceEnsemble.Match(molecule.Molecule, isomer, [smaller], "a.xyz")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_meso_compound_matches_whichever_centre_comes_first()
    {
        using var molecule = RDKitMolecule.FromSmiles("O[C@@H](C(=O)O)[C@H](O)C(=O)O"); // connectivity alone exchanges R and S
        Stereoisomer isomer = GivenStereo.Of(molecule);
        IReadOnlyList<float[]> conformers = molecule.Embed(8, 1, TimeSpan.FromSeconds(30)).Conformers;
        ReferenceEnsemble references = ReferenceEnsemble.Match(molecule.Molecule, isomer,
            [.. conformers.Select((x, n) => Shuffled(molecule.Molecule, x, (ulong)n))], "a.xyz");
        Assert.Equal(0, references.OtherStereo);
    }

    [Fact]
    public void Stereo_that_is_left_open_is_not_judged()
    {
        using var open = RDKitMolecule.FromSmiles("C[C@H](F)CC(O)Br");
        Stereoisomer isomer = GivenStereo.Of(open);
        Assert.Equal(1, isomer.Count);
        foreach (string smiles in new[] { "C[C@H](F)C[C@H](O)Br", "C[C@H](F)C[C@@H](O)Br" })
        {
            using var one = RDKitMolecule.FromSmiles(smiles);
            Assert.True(isomer.Contains(one.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0]));
        }
        using var other = RDKitMolecule.FromSmiles("C[C@@H](F)CC(O)Br");
        Assert.False(isomer.Contains(other.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0]));
        using var ring = RDKitMolecule.FromSmiles("C[C@H]1CC[C@@H](C)CC1"); // cis and trans have no letter, and are given
        Assert.Equal(2, GivenStereo.Of(ring).Count);
    }

    [SkippableFact]
    public void Every_CREST_ensemble_matches_its_SMILES()
    {
        string list = SharedData.Require("geom-drugs/molecules.smi");
        XyzArchive archive = XyzArchive.Open(SharedData.Require("geom-drugs/crest.tar.gz"));
        int geometries = 0, bonds = 0, stereo = 0;
        foreach (string[] words in File.ReadLines(list).Select(l => l.Split('\t')))
        {
            using var molecule = RDKitMolecule.FromSmiles(words[0]);
            ReferenceEnsemble references = ReferenceEnsemble.Match(molecule.Molecule, GivenStereo.Of(molecule), archive.Read(words[1]),
                words[1]);
            (geometries, bonds, stereo) = (geometries + references.Geometries.Count, bonds + references.OtherBonds,
                stereo + references.OtherStereo);
        }
        Assert.Equal((3705, 0, 6), (geometries, bonds, stereo)); // E and Z of a C=N differ in six frames of two molecules
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_and_an_archive_hold_the_same(bool compressed)
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-xyz-").FullName;
        try
        {
            string files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName,
                archive = Path.Combine(folder, compressed ? "all.tar.gz" : "all.tar");
            foreach (int n in Enumerable.Range(1, 3))
                File.WriteAllText(Path.Combine(files, $"m{n}.xyz"), string.Concat(Enumerable.Repeat($"1\n\nC 0 0 {n}\n", 40 * n)));
            File.WriteAllText(Path.Combine(files, "notes.txt"), "not a geometry");
            using (Stream stream = File.Create(archive))
            using (Stream packed = compressed ? new GZipStream(stream, CompressionLevel.Fastest) : stream)
                TarFile.CreateFromDirectory(files, packed, true);
            XyzArchive one = XyzArchive.Open(files), other = XyzArchive.Open(archive);
            foreach (int n in Enumerable.Range(1, 3))
                foreach (XyzArchive a in new[] { one, other })
                {
                    IReadOnlyList<XyzFrame> frames = a.Read($"m{n}");
                    Assert.Equal(40 * n, frames.Count);
                    Assert.All(frames, f => Assert.Equal(0.1f * n, f.Positions[2], 1e-6f));
                }
            Assert.Equal("notes: there is no notes.xyz among the reference geometries", Assert.Throws<MoleculeFormatException>(() =>
                other.Read("notes")).Message);
            byte[] bytes = File.ReadAllBytes(archive);
            File.WriteAllBytes(archive, bytes[..(bytes.Length / 2)]);
            Assert.Contains("not a whole tar archive", Assert.Throws<MoleculeFormatException>(() => XyzArchive.Open(archive)).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Bonds_are_perceived_from_distances()
    {
        foreach (string smiles in new[] { Chiral, "CC12CC(C1)(C2)SSC", "C[Si](C)(C)OB(O)c1ccc(I)cc1", "CP(=O)([O-])OCCS(=O)(=O)N(C)Cl" })
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(30)).Conformers[0];
            var bonds = BondPerception.Perceive([.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)], x, smiles).Select(b =>
                (Math.Min(b.I, b.J), Math.Max(b.I, b.J)));
            Assert.Equal(molecule.Molecule.Bonds.Select(b => (Math.Min(b.Begin, b.End), Math.Max(b.Begin, b.End))).Order(), bonds.Order());
        }
        Assert.Contains("covalent radius for Pt", Assert.Throws<MoleculeFormatException>(() => BondPerception.Perceive([78, 1],
            new float[6], "a.xyz")).Message, StringComparison.Ordinal);
    }

    private static LabelledGraph Graph(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        return LabelledGraph.OfHeavyAtoms([.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)],
            molecule.Molecule.Bonds.Select(b => (b.Begin, b.End)), out _, out _);
    }

    private static XyzFrame Shuffled(Molecule molecule, float[] x, ulong seed)
    {
        var random = new RandomSource(seed);
        int[] order = [.. Enumerable.Range(0, molecule.Atoms.Count).OrderBy(_ => random.NextDouble())];
        return new("", [.. order.Select(a => molecule.Atoms[a].AtomicNumber)], [.. order.SelectMany(a => x.AsSpan(3 * a, 3).ToArray())]);
    }
}
