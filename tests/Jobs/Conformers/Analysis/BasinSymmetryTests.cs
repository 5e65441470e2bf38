using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Symmetry maps state vectors onto state vectors, also of geometries on a border, where equivalent torsions are apart by other
/// than the whole turn that symmetry asks for.</summary>
public sealed class BasinSymmetryTests
{
    private const double Degree = Math.PI / 180;
    private const int Samples = 3000;

    // a ring between two neighbours: 0-1-[2; 3 4; 5 6; 7]-8-9, which half a turn maps onto itself
    private static readonly int[][] s_flip = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1, 2, 4, 3, 6, 5, 7, 8, 9]];
    private static readonly TorsionCoordinate[] s_besideRing = [new(TorsionKind.Rotor, 0, 1, 2, 3), new(TorsionKind.Rotor, 5, 7, 8, 9)];

    // a planar end, 0 and 1 on 2, and a top of three, 4, 5 and 6 on 3
    private static readonly int[][] s_sixfold =
        [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 5, 6, 4], [0, 1, 2, 3, 6, 4, 5], [1, 0, 2, 3, 4, 5, 6], [1, 0, 2, 3, 5, 6, 4],
            [1, 0, 2, 3, 6, 4, 5]];

    [Fact]
    public void A_flipped_ring_is_one_basin_also_on_the_border()
    {
        (Ensemble samples, int[] sides) = Rings();
        var classifier = new BasinClassifier(s_besideRing, s_flip, samples);
        string[] codes = classifier.Classify();
        // the ring has four states in two orbits: beside it the second neighbour lies to the left or to the right of the first
        Assert.Equal(2, codes.Distinct().Count());
        // power: by borders of each torsion alone, a geometry whose two images fall into one state is in a third basin
        Assert.True(ByEachTorsionAlone(samples).Distinct().Count() > 2);
        int apart = Enumerable.Range(0, Samples).Count(s => sides[s] == 0 != (codes[s] == codes[Array.IndexOf(sides, 0)]));
        Assert.InRange(apart, 0, Samples / 100);
    }

    [Fact]
    public void Images_of_a_geometry_are_in_its_basin()
    {
        (Ensemble samples, _) = Rings();
        AllImagesAgree(new(s_besideRing, s_flip, samples), s_flip, samples);
        Ensemble tops = Tops();
        AllImagesAgree(new([new(TorsionKind.Rotor, 0, 2, 3, 4)], s_sixfold, tops), s_sixfold, tops);
    }

    [Theory]
    [InlineData("CC(C)(C)c1ccc(-c2ccccc2)cc1", 12)] // three turns of the top, two rings
    [InlineData("CN(C)c1ccc(C(C)(C)C)cc1", 12)] // a planar nitrogen
    [InlineData("CCCN1CCCCC1", 2)] // a pyramidal one: its two carbons do not turn together
    [InlineData("CC(C)Cc1ccc(cc1)C(C)C(=O)O", 2)]
    public void Images_of_embeddings_are_in_their_basins(string smiles, int order)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        IReadOnlyList<float[]> embedded = molecule.Embed(60, 1, TimeSpan.FromSeconds(30)).Conformers;
        IReadOnlyList<int[]> symmetry = ConformationalSymmetry.Filter(molecule.Molecule, molecule.Automorphisms(1000, out _), embedded[0]);
        Assert.Equal(order, symmetry.Count);
        Ensemble samples = Of([.. embedded]);
        AllImagesAgree(new(new TorsionSpace(molecule.Molecule).Coordinates, symmetry, samples), symmetry, samples);
    }

    [Fact]
    public void States_of_a_top_beside_a_plane_are_sixths_of_a_turn_apart()
    {
        var classifier = new BasinClassifier([new(TorsionKind.Rotor, 0, 2, 3, 4)], s_sixfold, Tops());
        Assert.Single(classifier.Classify().Distinct());
        double[] angles = [.. classifier.Describe()[0].Letters.Select(l => l.Angle).Order()];
        Assert.Equal(6, angles.Length);
        for (int n = 0; n < 6; n++)
            Assert.Equal(angles[0] + 60 * n, angles[n], 1e-6);
    }

    [Fact]
    public void An_inversion_has_its_border_at_the_plane()
    {
        // a nitrogen, 0, whose two like neighbours, 1 and 2, a symmetry exchanges
        int[][] exchange = [[0, 1, 2, 3], [0, 2, 1, 3]];
        var random = new RandomSource(2);
        float Height(int s) => (float)((s % 2 - 0.5) * (0.1 + 0.03 * random.NextNormal()));
        float[][] x = [.. Enumerable.Range(0, Samples).Select(s =>
            new[] { 0, 0, Height(s), 0.12f, 0.08f, 0, -0.12f, 0.08f, 0, 0, -0.15f, 0 })];
        x[0][2] = 0.0005f; // nearly flat
        x[1][2] = -0.0005f;
        Ensemble samples = Of(x);
        var classifier = new BasinClassifier([new(TorsionKind.Inversion, 0, 1, 2, 3)], exchange, samples);
        Assert.Equal(2, classifier.Describe()[0].Letters.Count);
        AllImagesAgree(classifier, exchange, samples);
        Assert.Single(classifier.Classify().Distinct());
        var labelled = new BasinClassifier([new(TorsionKind.Inversion, 0, 1, 2, 3)], exchange[..1], samples); // power
        Assert.Equal(2, labelled.Classify().Distinct().Count());
    }

    private static void AllImagesAgree(BasinClassifier classifier, IReadOnlyList<int[]> symmetry, Ensemble samples)
    {
        string[] codes = classifier.Classify();
        for (int s = 0; s < samples.Count; s += Math.Max(1, samples.Count / 300))
        {
            float[] x = samples.Positions[s].ToArray();
            foreach (int[] map in symmetry)
                Assert.Equal(codes[s], classifier.Place([.. map.SelectMany(a => x[(3 * a)..(3 * a + 3)])]).Code);
            Assert.Equal(codes[s], classifier.Place(classifier.Place(x).Renumbered).Code);
        }
    }

    /// <summary>The least vectors by the arcs of each torsion alone, pooled over its images.</summary>
    private static string[] ByEachTorsionAlone(Ensemble samples)
    {
        double[][][] angles = [.. s_flip.Select(map => s_besideRing.Select(c =>
            samples.Positions.Select(x => c.Angle(x.Span, map)).ToArray()).ToArray())]; // [symmetry][coordinate][sample]
        CircularStates[] states = [.. s_besideRing.Select((_, c) => CircularStates.Find([.. angles[0][c], .. angles[1][c]],
            [.. Enumerable.Repeat(1.0, 2 * Samples)]))];
        return [.. Enumerable.Range(0, Samples).Select(s => angles.Select(a => string.Concat(states.Select((of, c) =>
            (char)('A' + of.StateOf(a[c][s]))))).Order(StringComparer.Ordinal).First())];
    }

    /// <summary>Rings that stand across their first neighbour, loosely, and along the second, which is to the left or to the right; every
    /// atom beside the axis is off its place by some degrees.</summary>
    private static (Ensemble Samples, int[] Sides) Rings()
    {
        var random = new RandomSource(1);
        double Wobble() => 5 * random.NextNormal();
        int[] sides = [.. Enumerable.Range(0, Samples).Select(s => s % 2)];
        return (Of([.. sides.Select(side =>
        {
            double ring = 90 + 28 * random.NextNormal(), second = ring + 180 * side + 10 * random.NextNormal();
            return Around((0, -0.15, 0.1), (0, 0, 0), (0, 0.15, 0), (ring + Wobble(), 0.2, 0.12), (ring + 180 + Wobble(), 0.2, 0.12),
                (ring + Wobble(), 0.35, 0.12), (ring + 180 + Wobble(), 0.35, 0.12), (0, 0.4, 0), (0, 0.55, 0), (second, 0.6, 0.1));
        })]), sides);
    }

    private static Ensemble Tops()
    {
        var random = new RandomSource(3);
        double Wobble() => 3 * random.NextNormal();
        return Of([.. Enumerable.Range(0, Samples).Select(_ =>
        {
            double top = 20 + 11 * random.NextNormal();
            return Around((Wobble(), -0.05, 0.12), (180 + Wobble(), -0.05, 0.12), (0, 0, 0), (0, 0.15, 0), (top + Wobble(), 0.2, 0.14),
                (top + 120 + Wobble(), 0.2, 0.14), (top + 240 + Wobble(), 0.2, 0.14));
        })]);
    }

    /// <summary>[N, 3] nm, atoms by angle (degrees), place along an axis and distance from it (nm).</summary>
    private static float[] Around(params (double Angle, double Along, double Off)[] atoms) =>
        [.. atoms.SelectMany(a => new[] { (float)a.Along, (float)(a.Off * Math.Cos(a.Angle * Degree)),
            (float)(a.Off * Math.Sin(a.Angle * Degree)) })];

    private static Ensemble Of(float[][] x) =>
        new(new(300), [.. x.Select(p => (ReadOnlyMemory<float>)p)], new double[x.Length], new double[x.Length], new int[x.Length]);
}
