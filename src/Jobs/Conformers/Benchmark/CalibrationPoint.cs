using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>One printed population beside what it should be.</summary>
/// <param name="Molecule">Its name.</param>
/// <param name="Basin">Number of the basin in the molecule's reference.</param>
/// <param name="Seed">Of the run: runs of unlike seeds are independent.</param>
/// <param name="Printed">With the quoted error; of a basin that is not listed 0 with the error that a reader infers.</param>
/// <param name="Reference">With its error.</param>
/// <param name="IsListed">Whether the run has the basin.</param>
internal sealed record CalibrationPoint(string Molecule, int Basin, ulong Seed, Estimate Printed, Estimate Reference, bool IsListed = true)
{
    /// <summary>(printed - reference) over the error of the difference.</summary>
    public double Z => Printed.Value - Reference.Value is var difference && difference == 0 ? 0 : difference / Math.Sqrt(Variance);

    /// <summary>Share of the reference in the variance of the difference: this part is the same for all seeds.</summary>
    public double ReferenceShare => Variance > 0 ? Reference.StandardError * Reference.StandardError / Variance : 0;

    private double Variance => Printed.StandardError * Printed.StandardError + Reference.StandardError * Reference.StandardError;
}
