using System.Numerics;
using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Basins of chains whose torsions are set, so that it is known which samples belong together.</summary>
public sealed class BasinClassifierTests
{
    private const double Degree = Math.PI / 180;
    private static readonly double[] s_staggered = [180, 60, -60];
    private static readonly int[] s_asItIs = [0, 1, 2, 3, 4], s_reversed = [4, 3, 2, 1, 0];
    private static readonly int[][] s_both = [s_asItIs, s_reversed];
    private static readonly TorsionCoordinate[] s_pair = [Rotor(0), Rotor(1)];

    [Theory]
    [InlineData(180, "t")]
    [InlineData(160, "t")]
    [InlineData(-160, "t")]
    [InlineData(140, "a+")]
    [InlineData(-100, "a-")]
    [InlineData(80, "g+")]
    [InlineData(-40, "g-")]
    [InlineData(20, "c")]
    [InlineData(-20, "c")]
    public void A_state_is_called_by_its_mean_angle(double degrees, string word)
    {
        // the other state is opposite: two states, of which one is asked for
        var classifier = new BasinClassifier([Rotor(0)], [[0, 1, 2, 3]], Samples([degrees], [degrees + 180]));
        string[] codes = classifier.Classify();
        Assert.Equal(2, codes.Distinct().Count());
        Assert.Equal(word, classifier.Describe(codes[0]));
        StateLetter letter = classifier.Describe()[0].Letters.Single(l => l.Word == word);
        Assert.Equal(0, Math.IEEERemainder(letter.Angle - degrees, 360), 1.0);
    }

    [Fact]
    public void A_coordinate_with_one_state_has_no_word()
    {
        var classifier = new BasinClassifier(s_pair, [s_asItIs], Samples([60, 180], [60, 0]));
        Assert.Equal(["c", "t"], classifier.Classify().Distinct().Select(classifier.Describe).Order());
    }

    [Fact]
    public void Each_combination_of_states_is_a_basin_of_its_own_and_only_relabellings_are_one()
    {
        double[][] all = [.. s_staggered.SelectMany(a => s_staggered.Select(b => new[] { a, b }))];
        Ensemble samples = Samples(all);
        string[] apart = new BasinClassifier(s_pair, [s_asItIs], samples).Classify();
        string[] merged = new BasinClassifier(s_pair, s_both, samples).Classify();
        Assert.Equal(9, apart.Distinct().Count());
        Assert.Equal(6, merged.Distinct().Count());
        for (int s = 0; s < samples.Count; s++)
            for (int r = 0; r < s; r++)
            {
                (double[] a, double[] b) = (all[s % 9], all[r % 9]);
                bool reversed = a[0] == b[1] && a[1] == b[0]; // mirror images stay two
                Assert.Equal(a.SequenceEqual(b) || reversed, merged[s] == merged[r]);
            }
    }

    [Fact]
    public void A_sample_is_renumbered_so_that_its_torsions_are_those_that_its_basin_is_named_by()
    {
        Ensemble samples = Samples([60, 180], [180, 60], [180, 180]);
        var classifier = new BasinClassifier(s_pair, s_both, samples);
        string[] codes = classifier.Classify();
        var angles = Enumerable.Range(0, samples.Count).Where(s => s % 3 < 2)
            .Select(s => classifier.Place(samples.Positions[s].Span).Renumbered)
            .Select(x => (Rotor(0).Angle(x), Rotor(1).Angle(x))).ToArray();
        Assert.Equal(codes[0], codes[1]);
        Assert.Equal(codes, samples.Positions.Select(x => classifier.Place(x.Span).Code));
        bool gaucheFirst = Math.Abs(angles[0].Item1 - 60 * Degree) < 0.5;
        Assert.All(angles, a => Assert.InRange(gaucheFirst ? a.Item1 : a.Item2, 40 * Degree, 80 * Degree));
        Assert.Equal(gaucheFirst ? "g+ t" : "t g+", classifier.Describe(codes[0]));
    }

    [Fact]
    public void Invariants_do_not_know_how_a_sample_is_numbered()
    {
        Ensemble samples = Samples([60, 180], [180, -60]);
        Ensemble turned = Of([.. samples.Positions.Select(x => s_reversed.SelectMany(a => x.Slice(3 * a, 3).ToArray()).ToArray())]);
        double[][] Invariants(Ensemble e) => [.. new BasinClassifier(s_pair, s_both, e).Invariants()];
        double[][] one = Invariants(samples), other = Invariants(turned);
        Assert.Equal(4, one.Length); // a cosine and a sine each
        for (int k = 0; k < 4; k++)
            for (int s = 0; s < samples.Count; s++)
                Assert.Equal(one[k][s], other[k][s], 1e-5);
        ReadOnlySpan<float> first = samples.Positions[0].Span;
        Assert.Equal(0.5 * (Math.Cos(Rotor(0).Angle(first)) + Math.Cos(Rotor(1).Angle(first))), one[0][0], 1e-5);
        Assert.Equal(0.5 * (Math.Sin(Rotor(0).Angle(first)) + Math.Sin(Rotor(1).Angle(first))), one[1][0], 1e-5);
    }

    [Fact]
    public void Half_a_turn_of_a_folded_torsion_changes_nothing_and_rings_have_signs()
    {
        Ensemble halves = Samples([50], [-130]), signs = Samples([50], [-50]);
        foreach (TorsionCoordinate folded in new[] { Rotor(0) with { Fold = 2 }, new(TorsionKind.Rotor, 3, 2, 1, 0, 2) }) // from either end
        {
            var classifier = new BasinClassifier([folded], [[0, 1, 2, 3]], halves);
            Assert.Single(classifier.Classify().Distinct());
            Assert.Equal(50, Assert.Single(classifier.Describe()[0].Letters).Angle, 1.0);
        }
        Assert.Equal(2, new BasinClassifier([Rotor(0)], [[0, 1, 2, 3]], halves).Classify().Distinct().Count()); // power
        var ring = new BasinClassifier([Rotor(0) with { Kind = TorsionKind.Ring }], [[0, 1, 2, 3]], signs);
        string[] codes = ring.Classify();
        Assert.Equal(("+", "-"), (ring.Describe(codes[0]), ring.Describe(codes[1])));
    }

    private static TorsionCoordinate Rotor(int first) => new(TorsionKind.Rotor, first, first + 1, first + 2, first + 3);

    /// <summary>300 samples of each list of torsions, degrees, in turn, with a spread of 8 degrees.</summary>
    private static Ensemble Samples(params double[][] torsions)
    {
        var random = new RandomSource(1);
        float Near(double degrees) => (float)((degrees + Math.Clamp(8 * random.NextNormal(), -19, 19)) * Degree);
        return Of([.. Enumerable.Range(0, 300 * torsions.Length).Select(s => Chain([.. torsions[s % torsions.Length].Select(Near)]))]);
    }

    private static Ensemble Of(float[][] x) =>
        new(new(300), [.. x.Select(p => (ReadOnlyMemory<float>)p)], new double[x.Length], new double[x.Length], new int[x.Length]);

    private static float[] Chain(float[] torsions)
    {
        const float bond = 0.15f, angle = 1.2f; // nm, and pi less the bond angle
        (float sine, float cosine) = MathF.SinCos(angle);
        List<Vector3> x = [new(-bond * cosine, bond * sine, 0), Vector3.Zero, new(bond, 0, 0)];
        foreach (float torsion in torsions)
        {
            Vector3 along = Vector3.Normalize(x[^1] - x[^2]), normal = Vector3.Normalize(Vector3.Cross(x[^2] - x[^3], along));
            Vector3 turned = MathF.Cos(torsion) * Vector3.Cross(normal, along) + MathF.Sin(torsion) * normal;
            x.Add(x[^1] + bond * (cosine * along + sine * turned));
        }
        return [.. x.SelectMany(v => new[] { v.X, v.Y, v.Z })];
    }
}
