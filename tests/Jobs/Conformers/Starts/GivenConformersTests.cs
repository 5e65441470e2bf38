using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Starts;
using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Jobs.Conformers.Starts;

/// <summary>Conformers of a file, whatever their atoms' order, as starts of a molecule.</summary>
public sealed class GivenConformersTests : IDisposable
{
    private const string Smiles = "CCC[C@H](C)O", Hydrogens = "; hydrogens must be there (an SDF's are added where they are missing)";

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-starts-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>The energy of each record is its own in the molecule's numbering, and its stereo is the molecule's.</summary>
    [Theory]
    [InlineData("a.sdf")]
    [InlineData("a.xyz")]
    [InlineData("a.pdb")]
    public void Atoms_are_matched_by_the_graph(string file)
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        float[][] x = Embedded(molecule, 6);
        Write(file, molecule, x, shuffled: true);
        float[][] given = GivenConformers.Of(molecule, StartFile.Open(In(file)).Of("any"));
        Assert.Equal(x.Length, given.Length);
        Potential energy = MoleculeEnergies.Create("mmff94s", molecule).Potential;
        Stereoisomer isomer = GivenStereo.Of(molecule);
        for (int n = 0; n < x.Length; n++)
        {
            Assert.True(isomer.Contains(given[n]));
            Assert.Equal(Energy(x[n]), Energy(given[n]), 0.5); // four decimals of an Angstrom, three of PDB
        }
        double Energy(float[] g) => energy.EvaluateDouble([.. g.Select(v => (double)v)], new double[g.Length]);
    }

    [Fact]
    public void Atoms_in_the_molecules_order_stay_as_they_are()
    {
        using var molecule = RDKitMolecule.FromSmiles("OCCO");
        float[][] x = Embedded(molecule, 1);
        Write("a.sdf", molecule, x, shuffled: false);
        float[] given = GivenConformers.Of(molecule, StartFile.Open(In("a.sdf")).Of(""))[0];
        Assert.All(given.Zip(x[0]), p => Assert.Equal(p.Second, p.First, 1e-4));
    }

    [Fact]
    public void Missing_hydrogens_of_an_SDF_are_added()
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        Write("a.sdf", molecule, Embedded(molecule, 1), shuffled: false, hydrogens: false);
        IReadOnlyList<GivenConformer> read = StartFile.Open(In("a.sdf")).Of("");
        Assert.True(read[0].HasAddedHydrogens);
        Assert.True(GivenStereo.Of(molecule).Contains(GivenConformers.Of(molecule, read)[0]));
    }

    [Theory]
    [InlineData("CCC[C@@H](C)O", "a.sdf", true, "--start a.sdf, record 1: another stereoisomer than the molecule, at C4")]
    [InlineData("CCCC", "a.sdf", true, "--start a.sdf, record 1: another molecule: its atoms are C5H12O, the molecule's C4H10")]
    [InlineData("CCCC(=C)O", "a.sdf", true, "--start a.sdf, record 1: another molecule: its atoms are C5H12O, the molecule's C5H10O"
        + Hydrogens)]
    [InlineData("CCCCCO", "a.xyz", true, "--start a.xyz, record 1: another molecule: it has the atoms C5H12O, and other bonds")]
    [InlineData(Smiles, "a.xyz", false, "--start a.xyz, record 1: another molecule: its atoms are C5O, the molecule's C5H12O" + Hydrogens)]
    public void Another_molecule_or_isomer_is_refused_with_file_record_and_reason(string smiles, string file, bool hydrogens,
        string message)
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles(Smiles), other = RDKitMolecule.FromSmiles(smiles);
        Write(file, molecule, Embedded(molecule, 2), shuffled: true, hydrogens);
        Assert.Equal(message, Assert.Throws<MoleculeFormatException>(() => GivenConformers.Of(other,
            StartFile.Open(In(file)).Of(""))).Message);
    }

    /// <summary>Where the input leaves stereo open the first record decides, and the others must be of the same isomer.</summary>
    [Fact]
    public void The_first_record_decides_what_is_open()
    {
        using RDKitMolecule right = RDKitMolecule.FromSmiles(Smiles), left = RDKitMolecule.FromSmiles("CCC[C@@H](C)O"),
            open = RDKitMolecule.FromSmiles("CCCC(C)O");
        foreach (RDKitMolecule of in (RDKitMolecule[])[right, left])
        {
            Write("a.sdf", of, Embedded(of, 3), shuffled: true);
            using ConformerWork work = ConformerWork.Prepare(open, new() { Start = StartFile.Open(In("a.sdf")) }, null, new(),
                static (_, _) => { }, default).Item1!;
            Assert.Equal(of.Molecule.Smiles, work.Sampled.Smiles);
            Assert.Equal(3, work.Given.Count);
            Assert.Equal(19, work.Seeds.Count); // sixteen embeddings stay
            Assert.Same(work.Given[0], work.Seeds[0]);
            Assert.Equal([false, true, false, true, false], work.Seeds.Skip(1).Take(5).Select(s => work.Given.Contains(s)));
            Assert.All(work.Seeds, s => Assert.True(work.Isomer.Contains(s)));
            // three of four chains begin from what is learned
            Assert.Equal([3, 7, 11], Enumerable.Range(0, 12).Where(n => work.GivenStart(n) is not null));
        }
        Write("b.sdf", right, [Embedded(right, 1)[0], Embedded(left, 1)[0]], shuffled: false);
        Assert.Equal("--start b.sdf, record 2: another stereoisomer than b.sdf, record 1, at C4",
            Assert.Throws<MoleculeFormatException>(() => GivenConformers.Of(open, StartFile.Open(In("b.sdf")).Of(""))).Message);
    }

    [Fact]
    public void A_core_keeps_the_shape_that_is_given()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCCCO");
        float[] x = Embedded(molecule, 8).First(g => Math.Abs(Math.Sin(Dihedral.Angle(g, 0, 1, 2, 3))) > 0.5);
        Write("a.sdf", molecule, [x], shuffled: false);
        using ConformerWork work = ConformerWork.Prepare(molecule, new() { Start = StartFile.Open(In("a.sdf")),
            Constraints = "core:1-2-3-4" }, null, new(), static (_, _) => { }, default).Item1!;
        double first = Dihedral.Angle(x, 0, 1, 2, 3);
        Assert.All(work.Seeds, s => Assert.InRange(Math.Abs(Math.IEEERemainder(Dihedral.Angle(s, 0, 1, 2, 3) - first, 2 * Math.PI)), 0,
            0.35));
        Assert.Contains(work.Notes, n => n.Contains("core of 4 atoms (C1-C2-C3-C4) as in a.sdf, record 1", StringComparison.Ordinal));
    }

    /// <summary>An average that depends on which of two equivalent atoms is which is said to; one that is the same of both, or of mirror
    /// images, is not.</summary>
    [Theory]
    [InlineData("ClCCCl", "distance:5-7", "H5 and which H6")] // gauche and anti of each other
    [InlineData("ClCCCl", "noe:1-7", null)] // H7 and H8 are mirror images
    [InlineData("CC(C)CCl", "distance:1-5", null)] // and so are the methyls
    [InlineData("CC(C)C[C@H](F)Cl", "distance:1-6", "C1 and which C3")] // but not here
    [InlineData("CCCl", "karplus:4-1-2-7:7:-1:5", null)] // a methyl turns
    [InlineData("CCCC", "distance:1-4", null)]
    public void Averages_of_what_only_a_geometry_tells_apart_are_named(string smiles, string property, string? atoms)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        using ConformerWork work = ConformerWork.Prepare(molecule, new() { Properties = property }, null, new(), static (_, _) => { },
            default).Item1!;
        string[] notes = [.. work.Notes.Where(n => n.Contains("only a geometry says", StringComparison.Ordinal))];
        if (atoms is null)
            Assert.Empty(notes);
        else
            Assert.Contains(atoms, Assert.Single(notes), StringComparison.Ordinal);
    }

    /// <summary>Which hydrogen of a CH2 is which, and which methyl of an isopropyl group, is as in the input's coordinates, whatever the
    /// seed; without a geometry it is the embedding's choice, and a law that depends on it is refused.</summary>
    [Theory]
    [InlineData("ClCCCl", "distance:5-7=0.25+-0.01", "H5 and H6")]
    [InlineData("CC(C)CCl", "torsion:1-2-4-5=60+-30", "C1 and C3")]
    [InlineData("CC(C)CCl", "distance:5-6=0.3+-0.05", "H6 and H10")] // of a methyl that is one of two
    [InlineData("CCCl", "torsion:5-1-2-3=60+-10", null)] // the other two hydrogens of the methyl make up for it
    [InlineData("CCCl", "angle:7-2-8=108+-2", null)]
    [InlineData("CCOCC", "torsion:1-2-3-4=60+-30", null)] // a motion exchanges the ends
    public void What_only_a_geometry_tells_apart_is_as_it_is_given(string smiles, string constraint, string? atoms)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        ConformerWork Begun(RDKitMolecule input, ulong seed) => ConformerWork.Prepare(input,
            new() { Constraints = constraint, Seed = seed }, null, new(), static (_, _) => { }, default).Item1!;
        if (atoms is null)
        {
            using ConformerWork work = Begun(molecule, 1);
            Assert.NotEmpty(work.Seeds);
            return;
        }
        Assert.Contains($"{atoms} are told apart by a geometry only", Assert.Throws<MoleculeFormatException>(() => Begun(molecule, 1))
            .Message, StringComparison.Ordinal);
        float[] x = Embedded(molecule, 1)[0];
        Write("input.sdf", molecule, [x], shuffled: false);
        using RDKitMolecule input = MoleculeList.Open(In("input.sdf")).Entries().First().Entry.Parse().Molecule!;
        for (ulong seed = 1; seed < 6; seed++)
        {
            using ConformerWork work = Begun(input, seed);
            Assert.All(work.Seeds, g => Assert.Equal(Senses(x), Senses(g)));
        }
        int[] Senses(float[] g) => [.. Enumerable.Range(0, molecule.Molecule.Atoms.Count).Where(a =>
            molecule.Molecule.Neighbours[a].Length == 4).Select(a => Math.Sign(Stereoisomer.SignedVolume(g, 1, 0, a,
                molecule.Molecule.Neighbours[a])))];
    }

    [Theory]
    [InlineData("a.mol2", "C", "--start *a.mol2: an SDF, xyz or PDB file (.sdf, .mol, .xyz, .pdb, .ent, also with .gz)")]
    [InlineData("a.sdf", "", "a.sdf: the file holds no molecule")]
    [InlineData("a.xyz", "1\n\nC 0 0", "a.xyz, line 3: 'C 0 0' is not an element and three coordinates")]
    [InlineData("a.pdb", "REMARK\n", "a.pdb: the file holds no atom")]
    public void A_file_that_is_none_is_one_clear_line(string file, string text, string message)
    {
        File.WriteAllText(In(file), text);
        string found = Assert.ThrowsAny<Exception>(() => StartFile.Open(In(file))).Message;
        Assert.Equal(message.Split('*')[^1], found[^message.Split('*')[^1].Length..]);
        Assert.DoesNotContain('\n', found);
    }

    [Fact]
    public void Records_of_a_list_are_named_like_its_molecules()
    {
        using RDKitMolecule one = RDKitMolecule.FromSmiles("CCO", "one"), two = RDKitMolecule.FromSmiles("CCN", "two");
        Write("one.sdf", one, Embedded(one, 2), shuffled: false);
        Write("two.sdf", two, Embedded(two, 1), shuffled: false);
        File.WriteAllText(In("both.sdf"), File.ReadAllText(In("one.sdf")) + File.ReadAllText(In("two.sdf")));
        File.WriteAllText(In("list.smi"), "CCN two\nCCO one\nCC three\n");
        File.WriteAllText(In("short.smi"), "CCN two\nCC three\n");
        StartFile starts = StartFile.Open(In("both.sdf")).For(MoleculeList.Open(In("list.smi")));
        Assert.Equal([2, 1, 0], new[] { "one", "two", "three" }.Select(n => starts.Of(n).Count));
        Assert.Equal("--start both.sdf, record 1: no molecule is called 'one': of several molecules or isomers records are named like "
            + "these (SDF titles, xyz comments), the first is 'two'", Assert.Throws<MoleculeFormatException>(() =>
                StartFile.Open(In("both.sdf")).For(MoleculeList.Open(In("short.smi")))).Message);
        Assert.Equal(3, StartFile.Open(In("both.sdf")).For(MoleculeList.Open("CCO")).Of("CCO").Count); // of one molecule names say nothing
    }

    private static float[][] Embedded(RDKitMolecule molecule, int count) =>
        [.. molecule.Embed(count, 1, TimeSpan.FromMinutes(1)).Conformers];

    private string In(string file) => Path.Combine(_folder, file);

    /// <summary>Writes conformers, each in an order of atoms of its own.</summary>
    private void Write(string file, RDKitMolecule molecule, float[][] conformers, bool shuffled, bool hydrogens = true)
    {
        using var writer = new StringWriter();
        var random = new RandomSource(5);
        foreach (float[] x in conformers)
        {
            int[] order = [.. Enumerable.Range(0, molecule.Molecule.Atoms.Count).Where(a => hydrogens
                || molecule.Molecule.Atoms[a].AtomicNumber > 1)];
            for (int n = order.Length - 1; shuffled && n > 0; n--)
            {
                int other = random.NextInt(n + 1);
                (order[n], order[other]) = (order[other], order[n]);
            }
            int[] place = new int[molecule.Molecule.Atoms.Count];
            for (int n = 0; n < order.Length; n++)
                place[order[n]] = n + 1;
            Molecule own = molecule.Molecule with
            {
                Atoms = [.. order.Select(a => molecule.Molecule.Atoms[a])],
                Bonds = [.. molecule.Molecule.Bonds.Where(b => place[b.Begin] * place[b.End] > 0).Select(b =>
                    b with { Begin = place[b.Begin] - 1, End = place[b.End] - 1 })],
            };
            float[] y = [.. order.SelectMany(a => x[(3 * a)..(3 * a + 3)])];
            switch (Path.GetExtension(file))
            {
                case ".sdf": SdfWriter.Write(writer, own, y, []); break;
                case ".xyz": XyzWriter.Write(writer, own, y, "-1.5"); break;
                default: PdbWriter.WriteModel(writer, LigandTopology.ForPdb(own), [.. y.Select(v => (double)v)], 1); break;
            }
        }
        File.WriteAllText(In(file), writer.ToString());
    }
}
