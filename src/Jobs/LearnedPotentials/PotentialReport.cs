using System.Text.Json;
using MolSampling.Jobs.Reports;
using MolSampling.Molecular.ForceFields.Networks;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>report.html of a training: errors on frames that were left out, what the members' spread says of them, the curve.</summary>
internal static class PotentialReport
{
    private const int Bins = 8, MostPoints = 1000;

    /// <summary>The page, replaced in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="result">What was learned.</param>
    /// <param name="curves">Of each member (<see cref="MemberTraining.Curve"/>).</param>
    /// <param name="judgement">Of the frames that were left out.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, TrainedPotential result, IEnumerable<IReadOnlyList<double[]>> curves,
        CommitteeJudgement judgement)
    {
        JudgedFrame[] bySpread = [.. judgement.Frames.OrderBy(f => f.Spread)];
        int each = Math.Max(1, (bySpread.Length + Bins - 1) / Bins), every = Math.Max(1, (bySpread.Length + MostPoints - 1) / MostPoints);
        double Root(IEnumerable<double> values) => Math.Sqrt(values.Average(v => v * v));
        ReportTemplate.WriteCharts(path, "potential", "trained potential", JsonSerializer.Serialize(new
        {
            result,
            curves = curves.Select(c => new
            {
                epochs = c.Select(r => r[0]),
                training = c.Select(r => r[1]),
                validation = c.Select(r => r[2]),
            }),
            points = judgement.Frames.Where((_, n) => n % every == 0).Select(f => new[] { f.Reference, f.Predicted,
                judgement.Calibration * f.Spread }),
            bins = bySpread.Chunk(each).Where(c => c.Length > each / 2).Select(c => new
            {
                spread = judgement.Calibration * Root(c.Select(f => f.Spread)),
                error = Root(c.Select(f => f.Error)),
                frames = c.Length,
            }),
            program = result.Program,
        }, ReportJson.Options));
    }
}
