using MolSampling.Molecular.ForceFields.Networks;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>A frame that no member was fitted to; energies less their mean over its molecule's frames, kJ/mol.</summary>
/// <param name="Set">Its molecule.</param>
/// <param name="Reference">Of the label.</param>
/// <param name="Predicted">Of the committee.</param>
/// <param name="Spread">Unbiased standard deviation of the members, each less its own mean.</param>
internal readonly record struct JudgedFrame(int Set, double Reference, double Predicted, double Spread)
{
    public double Error => Predicted - Reference;
}

/// <summary>
/// How a committee of M does on frames that were left out. Only differences of energies within a molecule matter to an ensemble, so means
/// are taken off: of the errors, and of every member's deviations. The members' spread s is scaled by alpha, alpha^2 = sum error^2 / sum
/// s^2, after which an error is as large as a member's distance from the others' mean (in the spirit of G. Imbalzano et al., J. Chem. Phys.
/// 154 (2021) 074102; a ratio of sums, since 1/s^2 of a few members has no variance). If deviations were Gaussian, error / (alpha s) had
/// Student's law of M - 1 degrees of freedom: shares inside and likelihood are those of that.
/// </summary>
internal sealed class CommitteeJudgement
{
    private const double UsualShare = 0.99;

    /// <param name="sets">By molecule: [S] reference energies and [M][S] of members, kJ/mol.</param>
    /// <param name="forceErrors">Of components, kJ/mol/nm: sum of squares, sum of magnitudes, how many.</param>
    public CommitteeJudgement(IReadOnlyList<(double[] Reference, double[][] Members)> sets,
        (double Squares, double Sum, long Count) forceErrors)
    {
        var frames = new List<JudgedFrame>();
        int judged = 0, members = sets.Count == 0 ? 1 : sets[0].Members.Length;
        for (int s = 0; s < sets.Count; s++)
        {
            (double[] reference, double[][] own) = sets[s];
            if (reference.Length < 2) // one frame is its own mean
                continue;
            judged++;
            double[] mean = [.. reference.Select((_, f) => own.Average(m => m[f]))];
            double middle = reference.Average(), predicted = mean.Average();
            double[] offsets = [.. own.Select(m => m.Average() - predicted)];
            for (int f = 0; f < reference.Length; f++)
            {
                double square = 0;
                for (int m = 0; m < members; m++)
                    square += Square(own[m][f] - mean[f] - offsets[m]);
                frames.Add(new(s, reference[f] - middle, mean[f] - predicted, members > 1 ? Math.Sqrt(square / (members - 1)) : 0));
            }
        }
        Frames = frames;
        double spread = frames.Sum(f => Square(f.Spread)), error = frames.Sum(f => Square(f.Error));
        Calibration = members > 1 && spread > 0 && error > 0 ? Math.Sqrt(error / spread) : 1;
        if (frames.Count == 0)
            return;
        double[] scaled = [.. frames.Select(f => Calibration * f.Spread).Order()];
        UsualSpread = scaled[(int)Math.Ceiling(UsualShare * scaled.Length) - 1];
        var law = members > 1 ? new MathNet.Numerics.Distributions.StudentT(0, 1, members - 1) : null;
        double Within(double share) => law is null ? double.NaN
            : frames.Count(f => Math.Abs(f.Error) <= law.InverseCumulativeDistribution(0.5 + share / 2) * Calibration * f.Spread)
                / (double)frames.Count;
        // a mean that was taken off is a frame less
        double free = (double)frames.Count / (frames.Count - judged);
        HeldOut = new(frames.Count, Math.Sqrt(free) * frames.Average(f => Math.Abs(f.Error)), Math.Sqrt(free * error / frames.Count),
            forceErrors.Sum / forceErrors.Count, Math.Sqrt(forceErrors.Squares / forceErrors.Count), Within(0.6827), Within(0.95),
            law is null ? double.NaN : frames.Average(f => Math.Log(Calibration * f.Spread)
                - law.DensityLn(f.Error / (Calibration * f.Spread))),
            law is null ? double.NaN : MathNet.Numerics.Statistics.Correlation.Spearman(frames.Select(f => f.Spread),
                frames.Select(f => Math.Abs(f.Error))));
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<JudgedFrame> Frames { get; }

    /// <summary>alpha.</summary>
    public double Calibration { get; }

    /// <summary>99 % of the frames have a smaller spread, kJ/mol, scaled.</summary>
    public double UsualSpread { get; }

    /// <summary>Null without frames.</summary>
    public HeldOutErrors? HeldOut { get; }

    private static double Square(double v) => v * v;
}
