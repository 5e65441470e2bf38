using MolSampling.Potentials.Neural;

namespace MolSampling.Tests.Potentials.Neural;

/// <summary>What holds for any weights, on made-up ones.</summary>
[Trait("cpu", "lanes")]
public sealed class AniPotentialTests
{
    // 21 atoms, more of one element than go through the networks at once
    private static readonly int[] s_numbers = [6, 1, 1, 1, 6, 8, 7, 1, 6, 1, 1, 1, 1, 1, 1, 6, 1, 1, 1, 1, 8];

    [Fact]
    public void Equal_atoms_may_change_places()
    {
        AniPotential potential = Of(s_numbers);
        double[] x = Cloud(s_numbers.Length), f = new double[x.Length], swapped = [.. x], g = new double[x.Length];
        double u = potential.EvaluateDouble(x, f);
        (int a, int b) = (1, 13); // hydrogens
        for (int k = 0; k < 3; k++)
            (swapped[3 * a + k], swapped[3 * b + k]) = (x[3 * b + k], x[3 * a + k]);
        Assert.Equal(u, potential.EvaluateDouble(swapped, g), 1e-8);
        for (int k = 0; k < 3; k++)
            Assert.Equal(f[3 * a + k], g[3 * b + k], 1e-7);
        // but not a hydrogen and a carbon
        for (int k = 0; k < 3; k++)
            (swapped[k], swapped[3 * 7 + k]) = (swapped[3 * 7 + k], swapped[k]);
        Assert.NotEqual(u, potential.EvaluateDouble(swapped, g), 1.0);
    }

    [Fact]
    public void It_turns_with_the_molecule()
    {
        AniPotential potential = Of(s_numbers);
        double[] x = Cloud(s_numbers.Length), f = new double[x.Length], turned = new double[x.Length], g = new double[x.Length];
        double u = potential.EvaluateDouble(x, f);
        (double s, double c) = Math.SinCos(0.7);
        for (int a = 0; a < s_numbers.Length; a++)
            (turned[3 * a], turned[3 * a + 1], turned[3 * a + 2]) =
                (c * x[3 * a] - s * x[3 * a + 1] + 0.3, s * x[3 * a] + c * x[3 * a + 1] - 1.2, x[3 * a + 2] + 5);
        Assert.Equal(u, potential.EvaluateDouble(turned, g), 1e-8);
        for (int a = 0; a < s_numbers.Length; a++)
        {
            Assert.Equal(c * f[3 * a] - s * f[3 * a + 1], g[3 * a], 1e-6);
            Assert.Equal(s * f[3 * a] + c * f[3 * a + 1], g[3 * a + 1], 1e-6);
            Assert.Equal(f[3 * a + 2], g[3 * a + 2], 1e-6);
        }
    }

    [Theory]
    [InlineData(LaneKind.Float128)]
    [InlineData(LaneKind.Float256)]
    [InlineData(LaneKind.Float512)]
    public void Columns_that_the_molecule_cannot_have_change_no_bit(LaneKind lanes)
    {
        int[] numbers = [6, 1, 1, 1, 7, 1, 1];
        AniPotential some = Of(numbers, lanes), all = Of(numbers, lanes, allColumns: true);
        Assert.True(some.MultiplyAdds < 0.8 * all.MultiplyAdds);
        double[] x = Cloud(numbers.Length), f = new double[x.Length], g = new double[x.Length];
        Assert.Equal(all.EvaluateDouble(x, f), some.EvaluateDouble(x, g));
        Assert.Equal(f, g);
        (double[] u, float[] blockForces, _) = Block(some, _ => x);
        (double[] allEnergies, float[] allForces, _) = Block(all, _ => x);
        Assert.Equal(allEnergies, u);
        Assert.Equal(allForces, blockForces);
    }

    [Theory]
    [InlineData(LaneKind.Float128)]
    [InlineData(LaneKind.Float256)]
    [InlineData(LaneKind.Float512)]
    public void A_walker_s_numbers_are_its_own(LaneKind lanes)
    {
        // beside itself, and beside walkers that have other neighbours, or no numbers
        AniPotential potential = Of(s_numbers, lanes), wide = Of(s_numbers, lanes, 3);
        double[] x = Cloud(s_numbers.Length);
        double[][] others = [x, [.. x.Select(v => 0.7 * v)], [.. x.Select(v => 3 * v)], [.. x.Select(_ => double.NaN)],
            [double.PositiveInfinity, .. x.Skip(1)]];
        (double[] alone, float[] forcesAlone, _) = Block(potential, _ => x);
        foreach (AniPotential p in new[] { potential, wide })
        {
            (double[] u, float[] f, int width) = Block(p, lane => others[lane % others.Length]);
            for (int lane = 0; lane < width; lane++)
            {
                Assert.Equal(lane % others.Length >= 3, double.IsNaN(u[lane]));
                if (lane % others.Length != 0)
                    continue;
                Assert.Equal(alone[0], u[lane]);
                for (int k = 0; k < x.Length; k++)
                    Assert.Equal(forcesAlone[k * potential.BlockWidth], f[k * width + lane]);
            }
        }
    }

    [Theory]
    [InlineData(LaneKind.Float128)]
    [InlineData(LaneKind.Float256)]
    [InlineData(LaneKind.Float512)]
    public void Lanes_agree_with_doubles(LaneKind lanes)
    {
        AniPotential potential = Of(s_numbers, lanes);
        double[] x = [.. Cloud(s_numbers.Length).Select(v => (double)(float)v)], exact = new double[x.Length];
        double u = potential.EvaluateDouble(x, exact), largest = exact.Max(Math.Abs);
        (double[] energies, float[] forces, int width) = Block(potential, _ => x);
        Assert.All(energies, e => Assert.True(Math.Abs(e - u) < 0.05, $"{e} against {u}")); // of outputs of some 10,000 kJ/mol
        for (int k = 0; k < forces.Length; k++)
            Assert.True(Math.Abs(forces[k] - exact[k / width]) < 5e-5 * largest, $"{k}: {forces[k]} against {exact[k / width]}");
    }

    [Fact]
    public void Members_are_told_one_by_one()
    {
        AniPotential potential = Of(s_numbers);
        double[] x = Cloud(s_numbers.Length), f = new double[x.Length], members = new double[2];
        double u = potential.EvaluateDouble(x, f);
        potential.MemberEnergies(x, members);
        Assert.NotEqual(members[0], members[1], 1.0);
        Assert.Equal(u, members.Average(), 1e-7);
        double[][] forces = [new double[x.Length], new double[x.Length]];
        for (int m = 0; m < 2; m++)
            Assert.Equal(members[m], new AniPotential(SyntheticAni.Weights.Only(m), s_numbers, Masses(s_numbers))
                .EvaluateDouble(x, forces[m]), 1e-7);
        for (int k = 0; k < x.Length; k++)
            Assert.Equal(f[k], 0.5 * (forces[0][k] + forces[1][k]), 1e-6);
        int width = potential.BlockWidth;
        float[] block = [.. Enumerable.Range(0, x.Length * width).Select(k => (float)x[k / width])];
        double[] all = new double[2 * width];
        potential.MemberEnergies(block, all);
        for (int k = 0; k < all.Length; k++)
            Assert.Equal(members[k / width], all[k], 0.05);
        Assert.Throws<ArgumentException>(() => potential.MemberEnergies(block, new double[width]));
    }

    [Fact]
    public void It_is_smooth_where_neighbours_leave()
    {
        // radial at 5.2 Angstrom; angular at 3.5, for a third atom at a right angle
        AniPotential pair = Of([6, 8]), triple = Of([6, 8, 7]);
        double[] f = new double[9];
        foreach ((AniPotential potential, double cutoff) in new[] { (pair, 0.52), (triple, 0.35) })
        {
            const double h = 1e-7;
            double before = At(potential, cutoff - h), slopeBefore = f[3], after = At(potential, cutoff + h), slopeAfter = f[3],
                at = At(potential, cutoff);
            if (potential == pair)
                Assert.Equal((at, 0), (after, slopeAfter)); // nothing is left of it
            // neither a step nor a kink
            Assert.Equal(at + h * f[3], before, 1e-6);
            Assert.Equal(at - h * f[3], after, 1e-6);
            Assert.Equal(f[3], slopeBefore, 0.1);
            Assert.Equal(f[3], slopeAfter, 0.1);
        }
        Assert.NotEqual(At(pair, 0.52), At(pair, 0.45), 1e-3);

        double At(AniPotential potential, double r) => potential.EvaluateDouble(potential == pair ? [0, 0, 0, r, 0, 0]
            : [0, 0, 0, r, 0, 0, 0, 0.2, 0], f.AsSpan(0, potential.Dimension));
    }

    [Fact]
    public void A_lone_atom_has_its_own_energy()
    {
        AniPotential atom = Of([8]);
        double[] f = new double[3], members = new double[2];
        double u = atom.EvaluateDouble([1, 2, 3], f);
        Assert.All(f, v => Assert.Equal(0, v));
        Assert.True(Math.Abs(u + 75.2 * AniModel.KilojoulePerHartree) < 5 * AniModel.KilojoulePerHartree);
        Assert.True(double.IsNaN(atom.EvaluateDouble([1, double.NaN, 3], f)));
    }

    [Fact]
    public void What_it_does_not_know_is_refused()
    {
        AniWeights weights = SyntheticAni.Weights;
        Refused("atom 1 has the atomic number 17", "H C N O", () => new AniPotential(weights, [6, 17], [12, 35]));
        Refused("net charge of -1", "neutral", () => new AniPotential(weights, [8, 1], [16, 1], netCharge: -1));
        Refused("net charge of +2", "neutral", () => new AniPotential(weights, [8, 1], [16, 1], netCharge: 2));
        Refused("1 unpaired electron", "closed shells", () => new AniPotential(weights, [8, 1], [16, 1], unpairedElectrons: 1));
        Refused("2 atoms with 1 masses", "", () => new AniPotential(weights, [8, 1], [16]));
        Refused("0 atoms", "", () => new AniPotential(weights, [], []));
        Refused("no member 2", "0 to 1", () => weights.Only(2));

        static void Refused(string what, string possible, Func<object> made)
        {
            string message = Assert.Throws<ArgumentException>(made).Message;
            Assert.Contains(what, message, StringComparison.Ordinal);
            Assert.Contains(possible, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
    }

    [Fact]
    public void Its_name_and_note_say_how_many_members_there_are()
    {
        AniPotential potential = Of(s_numbers);
        Assert.Equal("ANI of H C N O (2 of 8 members)", potential.Name);
        Assert.Contains("mean of 8 members; this is 2 (train0, train1)", potential.Weights.Note, StringComparison.Ordinal);
        Assert.NotEqual(potential.Fingerprint, new AniPotential(SyntheticAni.Weights.Only(0), s_numbers, potential.Masses).Fingerprint);
        Assert.NotEqual(Of([6, 8]).Fingerprint, Of([8, 6]).Fingerprint);
    }

    private static AniPotential Of(int[] numbers, LaneKind lanes = LaneKind.Auto, int vectors = 1, bool allColumns = false) =>
        new(SyntheticAni.Weights, numbers, Masses(numbers), 0, 0, lanes, vectors, allColumns);

    private static double[] Masses(int[] numbers) => [.. numbers.Select(z => z == 1 ? 1.008 : 2.0 * z)];

    /// <summary>Atoms on a bent lattice of 0.15 nm: many distances, none that is short.</summary>
    private static double[] Cloud(int atoms) => [.. Enumerable.Range(0, 3 * atoms).Select(k =>
        0.15 * (k % 3 == 0 ? k / 3 % 3 : k % 3 == 1 ? k / 9 % 3 : k / 27) + 0.02 * Math.Sin(7.3 * k))];

    private static (double[] Energies, float[] Forces, int Width) Block(AniPotential potential, Func<int, double[]> walker)
    {
        int width = potential.BlockWidth;
        float[] x = [.. Enumerable.Range(0, potential.Dimension * width).Select(k => (float)walker(k % width)[k / width])],
            f = new float[x.Length];
        double[] u = new double[width];
        potential.EvaluateBlock(x, f, u);
        return (u, f, width);
    }
}
