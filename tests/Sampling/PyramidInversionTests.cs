using MolSampling.Sampling.Kernels;

namespace MolSampling.Tests.Sampling;

/// <summary>Inversions of a pyramid as a map: its own inverse, rigid beyond the centre, and the substituent in the mirror image of its
/// place.</summary>
public sealed class PyramidInversionTests
{
    [Fact]
    public void An_inversion_is_its_own_inverse_and_mirrors_the_bond()
    {
        float[] before = [0.02f, -0.01f, 0.03f, -0.07f, 0.1f, 0.01f, 0.08f, 0.09f, -0.02f, 0.01f, -0.05f, 0.11f, 0.09f, -0.1f, 0.13f,
            -0.06f, -0.12f, 0.17f];
        float[] after = [.. before];
        var pyramid = new Pyramid(0, 1, 2, [3, 4, 5]);
        PyramidInversion.Invert(after, 1, 0, pyramid);
        Assert.Equal(before[..9], after[..9]);
        Assert.Equal(-Height(before), Height(after), 6);
        // the mirror image of the bond has the same angles with the ring
        foreach ((int i, int j) in new[] { (0, 3), (3, 4), (4, 5), (3, 5), (1, 3), (2, 3) })
            Assert.Equal(Distance(before, i, j), Distance(after, i, j), 6);
        Assert.Equal(Volume(before), Volume(after), 7); // turned, not mirrored
        PyramidInversion.Invert(after, 1, 0, pyramid);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k], after[k], 6);
    }

    private static double[] Vector(float[] x, int from, int to) => [x[3 * to] - x[3 * from], x[3 * to + 1] - x[3 * from + 1],
        x[3 * to + 2] - x[3 * from + 2]];

    private static double Distance(float[] x, int i, int j) => Math.Sqrt(Vector(x, i, j).Sum(v => v * v));

    private static double Triple(double[] a, double[] b, double[] c) =>
        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);

    private static double Height(float[] x) => Triple(Vector(x, 0, 1), Vector(x, 0, 2), Vector(x, 0, 3));

    private static double Volume(float[] x) => Triple(Vector(x, 0, 3), Vector(x, 3, 4), Vector(x, 3, 5));
}
