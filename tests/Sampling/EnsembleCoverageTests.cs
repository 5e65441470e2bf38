using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Tests.Sampling;

public sealed class EnsembleCoverageTests
{
    [Fact]
    public void Points_on_a_line_have_a_closed_form()
    {
        double[] references = [0, 1, 10], generated = [0.25, 2, 3, 0.25];
        var distances = new double[references.Length, generated.Length];
        for (int r = 0; r < references.Length; r++)
            for (int g = 0; g < generated.Length; g++)
                distances[r, g] = Math.Abs(references[r] - generated[g]);
        var coverage = EnsembleCoverage.Of(distances, 0.75); // the second reference lies at 0.75 exactly, which is not below
        Assert.Equal(new(1 / 3.0, (0.25 + 0.75 + 7) / 3, 0.5, (0.25 + 1 + 2 + 0.25) / 4), coverage);
        Assert.Equal(new(2 / 3.0, coverage.AmrRecall, 0.5, coverage.AmrPrecision), EnsembleCoverage.Of(distances, 1));
        Assert.Equal(0.75, EnsembleCoverage.Of(distances, 1 + 1e-12).CoveragePrecision);
    }

    [Fact]
    public void Nothing_generated_covers_nothing_and_has_no_precision()
    {
        var coverage = EnsembleCoverage.Of(new double[2, 0], 1);
        Assert.Equal(0, coverage.CoverageRecall);
        Assert.True(double.IsNaN(coverage.AmrRecall) && double.IsNaN(coverage.CoveragePrecision) && double.IsNaN(coverage.AmrPrecision));
    }

    [Fact]
    public void References_and_numbers_are_needed()
    {
        Assert.Throws<ArgumentException>(() => EnsembleCoverage.Of(new double[0, 3], 1));
        Assert.Throws<ArgumentException>(() => EnsembleCoverage.Of(new double[,] { { double.NaN } }, 1));
        Assert.Throws<ArgumentException>(() => EnsembleCoverage.Of(new double[,] { { -1 } }, 1));
    }
}
