namespace MolSampling.Tests.Molecular;

public sealed class CoordinateTests
{
    [Theory]
    [InlineData("CC", 0)] // methyl tops are not counted
    [InlineData("CCCC", 1)]
    [InlineData("CCO", 1)] // the hydroxyl turns
    [InlineData("CC(F)(F)F", 0)]
    [InlineData("CC(=O)NC", 1)] // the amide; methyls not
    [InlineData("c1ccccc1-c1ccccc1", 1)]
    [InlineData("CC#CC", 0)] // sp axes
    [InlineData("C=CC=C", 1)]
    [InlineData("c1ccccc1[N+](=O)[O-]", 1)]
    [InlineData("C1CCCCC1", 0)]
    [InlineData("CC(C)Cc1ccc(cc1)C(C)C(=O)O", 5)]
    [InlineData("CC[NH3+]", 0)]
    public void Rotatable_bonds_are_counted_by_our_rules(string smiles, int rotors)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var space = new TorsionSpace(molecule.Molecule);
        Assert.Equal(rotors, space.RotatableBonds);
        Assert.Equal(rotors, space.Moves.Count);
        // what a move turns lies beyond its bond, and never all of the molecule
        Assert.All(space.Moves, m => Assert.True(m.Moving.Count < molecule.Molecule.Atoms.Count / 2 + 1 && !m.Moving.Contains(m.From)
            && !m.Moving.Contains(m.To)));
    }

    [Fact]
    public void Rings_and_nitrogens_have_coordinates_where_they_can_move()
    {
        TorsionKind[] Kinds(string smiles)
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            return [.. new TorsionSpace(molecule.Molecule).Coordinates.Select(c => c.Kind)];
        }
        Assert.Equal(6, Kinds("C1CCCCC1").Count(k => k == TorsionKind.Ring));
        Assert.Empty(Kinds("c1ccccc1"));
        Assert.Equal(1, Kinds("CN1CCCCC1").Count(k => k == TorsionKind.Inversion));
        Assert.Equal(0, Kinds("CC(=O)N1CCCCC1").Count(k => k == TorsionKind.Inversion)); // an amide is flat
    }

    [Fact]
    public void Dihedral_angles_have_the_IUPAC_sign()
    {
        float[] x = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1];
        Assert.Equal(90 * Math.PI / 180, Dihedral.Angle(x, 0, 1, 2, 3), 1e-6);
        Assert.Equal(Dihedral.Angle(x, 0, 1, 2, 3), Dihedral.Angle(x, 3, 2, 1, 0), 1e-6);
        x[10] = -1;
        Assert.Equal(-90 * Math.PI / 180, Dihedral.Angle(x, 0, 1, 2, 3), 1e-6);
    }

    [Fact]
    public void States_of_an_angle_are_its_modes()
    {
        var random = new RandomSource(1);
        double Wrap(double a) => Math.IEEERemainder(a, 2 * Math.PI);
        double[] Draw(params (double Centre, double Width, int Count)[] modes) =>
            [.. modes.SelectMany(m => Enumerable.Range(0, m.Count).Select(_ => Wrap(m.Centre + m.Width * random.NextNormal())))];
        CircularStates Find(double[] angles) => CircularStates.Find(angles, Enumerable.Repeat(1.0, angles.Length).ToArray());

        CircularStates butane = Find(Draw((Math.PI, 0.2, 7000), (1.1, 0.2, 1500), (-1.1, 0.2, 1500)));
        Assert.Equal(3, butane.Count);
        Assert.Equal(butane.StateOf(3.1), butane.StateOf(-3.1)); // one state across the cut at pi
        Assert.NotEqual(butane.StateOf(1.1), butane.StateOf(-1.1));
        Assert.Contains(butane.Centres, c => Math.Abs(c - 1.1) < 0.1);

        Assert.Equal(1, Find(Draw((0.5, 0.4, 5000))).Count);
        Assert.Equal(1, Find(Draw((0, 0.3, 5000), (0.45, 0.3, 3000))).Count); // a shoulder is no state
        // noise neither
        Assert.Equal(1, Find([.. Enumerable.Range(0, 6000).Select(_ => 2 * Math.PI * random.NextDouble() - Math.PI)]).Count);
        Assert.Equal(2, Find(Draw((0, 0.2, 10_000), (Math.PI, 0.2, 200))).Count); // two per cent is
    }

    [Fact]
    public void Symmetry_keeps_what_motion_can_do_and_no_more()
    {
        int Order(string smiles)
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            return ConformationalSymmetry.Filter(molecule.Molecule, molecule.Automorphisms(1000, out _),
                molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0]).Count;
        }
        Assert.Equal(2, Order("Oc1ccccc1")); // a ring turned over
        Assert.Equal(1, Order("CC(C)O")); // the two methyls of isopropyl: only a reflection exchanges them
        Assert.Equal(3, Order("CC(C)(C)O")); // three of the six permutations are rotations
        Assert.Equal(2, Order("CCCC")); // end to end
    }

    [Fact]
    public void Embeddings_are_numbered_alike_hydrogens_of_CH2_and_CH3_too()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC1(C)CC(=O)C=C(OC(C)C)C1");
        Molecule m = molecule.Molecule;
        IReadOnlyList<float[]> embedded = molecule.Embed(24, 1, TimeSpan.FromSeconds(20)).Conformers;
        IReadOnlyList<int[]> automorphisms = molecule.Automorphisms(1000, out _);
        int[] centres = [.. Enumerable.Range(0, m.Atoms.Count).Where(a => m.Neighbours[a].Length == 4)];
        int Odd(float[] x) =>
            centres.Count(a => Math.Sign(Stereoisomer.SignedVolume(x, 1, 0, a,
            m.Neighbours[a])) != Math.Sign(Stereoisomer.SignedVolume(embedded[0], 1, 0, a, m.Neighbours[a])));
        double Energy(float[] x)
        {
            double[] energy = new double[1];
            molecule.MmffEnergies(MmffVariant.Mmff94s, [.. x.Select(v => (double)v)], energy, []);
            return energy[0];
        }
        Assert.True(embedded.Sum(Odd) > embedded.Count); // as they come, they are not
        foreach (float[] x in embedded)
        {
            float[]? renumbered = ConformationalSymmetry.Renumber(m, automorphisms, embedded[0], x);
            Assert.NotNull(renumbered);
            Assert.Equal(0, Odd(renumbered));
            Assert.Equal(Energy(x), Energy(renumbered), 1e-3); // like atoms changed places
        }
    }

    [Fact]
    public void A_mirror_image_is_not_the_isomer()
    {
        using var molecule = RDKitMolecule.FromSmiles("C[C@H](O)F");
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var isomer = new Stereoisomer(molecule.Molecule, x);
        Assert.Equal(1, isomer.Count);
        Assert.True(isomer.Contains(x));
        float[] mirror = [.. x.Select((v, k) => k % 3 == 0 ? -v : v)];
        Assert.False(isomer.Contains(mirror));
        // in lanes as alone
        float[] lanes = [.. Enumerable.Range(0, x.Length).SelectMany(k => new[] { x[k], mirror[k] })];
        Assert.True(isomer.Contains(lanes, 2, 0));
        Assert.False(isomer.Contains(lanes, 2, 1));
    }

    [Fact]
    public void A_double_bond_turned_over_is_not_the_isomer()
    {
        using RDKitMolecule trans = RDKitMolecule.FromSmiles("F/C=C/Cl"), cis = RDKitMolecule.FromSmiles("F/C=C\\Cl");
        float[] x = trans.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0], y = cis.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var isomer = new Stereoisomer(trans.Molecule, x);
        Assert.True(isomer.Contains(x));
        Assert.False(isomer.Contains(y));
    }

    [Fact]
    public void A_folded_torsion_does_not_tell_like_ends_apart()
    {
        var nitro = new TorsionCoordinate(TorsionKind.Rotor, 0, 1, 2, 3, 2);
        float[] x = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0.6f, 0.8f, 1], y = [1, 0, 0, 0, 0, 0, 0, 0, 1, -0.6f, -0.8f, 1];
        Assert.Equal(nitro.Angle(x), nitro.Angle(y), 1e-5);
    }
}
