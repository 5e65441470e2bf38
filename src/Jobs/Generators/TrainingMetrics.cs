using System.Globalization;
using MolSampling.Flows;

namespace MolSampling.Jobs.Generators;

/// <summary>A row of metrics.csv.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Stage">Objective.</param>
/// <param name="Loss">Mean over the steps since the last row.</param>
/// <param name="GradientNorm">Of the last step.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="EnergyCalls">Of samples, training and judging, so far.</param>
/// <param name="LeftOut">Samples that were not finite since the last row.</param>
/// <param name="Seconds">Of training so far.</param>
/// <param name="Judged">Where the flow was judged.</param>
internal sealed record MetricsRow(long Step, string Stage, double Loss, double GradientNorm, double LearningRate, long EnergyCalls,
    long LeftOut, double Seconds, FlowFigures? Judged);

/// <summary>The figures of a judgement that are written down.</summary>
/// <param name="ReverseEss">Effective fraction of the flow's own samples.</param>
/// <param name="ForwardEss">Of samples of the target; null without any.</param>
/// <param name="LogZ">By importance weights.</param>
/// <param name="LogZError">Its standard error.</param>
/// <param name="Elbo">Lower bound of log Z.</param>
/// <param name="Eubo">Upper bound; null without samples of the target.</param>
/// <param name="NonFinite">Samples of the flow.</param>
public sealed record FlowFigures(double ReverseEss, double? ForwardEss, double LogZ, double LogZError, double Elbo, double? Eubo,
    long NonFinite)
{
    /// <summary>Of a judgement.</summary>
    public static FlowFigures Of(FlowEvaluation j) =>
        new(j.Reverse.EffectiveFraction, j.Forward?.EffectiveFraction.Value, j.Reverse.LogMean.Value, j.Reverse.LogMean.StandardError,
            j.Reverse.Elbo.Value, j.Forward?.Eubo.Value, j.NonFinite);

    /// <summary>
    /// What training keeps the least of: EUBO, which is log Z + KL(target || flow), the likelihood of held-out samples, a proper score with
    /// little noise where a few clashes rule ELBO; without samples of the target -ELBO.
    /// </summary>
    public double Badness => (Eubo ?? -Elbo) is var bad && double.IsNaN(bad) ? double.PositiveInfinity : bad;
}

/// <summary>metrics.csv: appended to as training goes on; a resumed training cuts what lies behind its checkpoint.</summary>
internal sealed class TrainingMetrics
{
    private const string Header =
        "step,stage,loss,gradient_norm,learning_rate,energy_calls,left_out,seconds,reverse_ess,forward_ess,log_z,log_z_error,elbo,eubo,non_finite";

    private readonly string _path;
    private readonly List<MetricsRow> _rows = [];

    /// <summary>A new file, or what an old one has up to a step.</summary>
    /// <exception cref="InvalidDataException">A line that is none of ours.</exception>
    public TrainingMetrics(string path, long upTo)
    {
        _path = path;
        if (upTo > 0 && File.Exists(path))
            _rows.AddRange(Read(path).TakeWhile(r => r.Step <= upTo));
        File.WriteAllLines(path, [Header, .. _rows.Select(Line)]);
    }

    /// <summary>Rows so far, those of the file included.</summary>
    public IReadOnlyList<MetricsRow> Rows => _rows;

    /// <summary>The least <see cref="FlowFigures.Badness"/> so far.</summary>
    public double Best => _rows.Select(r => r.Judged?.Badness ?? double.PositiveInfinity).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>Judgements after the best one.</summary>
    public int JudgementsSinceBest
    {
        get
        {
            double best = Best;
            return _rows.Where(r => r.Judged is not null).Reverse().TakeWhile(r => r.Judged!.Badness > best).Count();
        }
    }

    /// <summary>Appends a row, here and to the file.</summary>
    public void Add(MetricsRow row)
    {
        _rows.Add(row);
        File.AppendAllLines(_path, [Line(row)]);
    }

    /// <summary>Reads a file; a last line that a kill cut off is left out.</summary>
    /// <exception cref="InvalidDataException">Another line that is none of ours.</exception>
    public static IReadOnlyList<MetricsRow> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != Header)
            throw new InvalidDataException($"{path}: line 1: not the metrics of a training.");
        var rows = new List<MetricsRow>();
        for (int n = 1; n < lines.Length; n++)
            if (Parse(lines[n]) is { } row)
                rows.Add(row);
            else if (n < lines.Length - 1)
                throw new InvalidDataException($"{path}: line {n + 1}: not a row of metrics.");
        return rows;
    }

    private static string Line(MetricsRow r)
    {
        string judged = r.Judged is { } j ? string.Create(CultureInfo.InvariantCulture,
            $"{j.ReverseEss:r},{j.ForwardEss:r},{j.LogZ:r},{j.LogZError:r},{j.Elbo:r},{j.Eubo:r},{j.NonFinite}") : ",,,,,,";
        return string.Create(CultureInfo.InvariantCulture,
            $"{r.Step},{r.Stage},{r.Loss:r},{r.GradientNorm:g6},{r.LearningRate:g6},{r.EnergyCalls},{r.LeftOut},{r.Seconds:f1},{judged}");
    }

    private static MetricsRow? Parse(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != Header.Split(',').Length)
            return null;
        double Number(int cell) => double.TryParse(cells[cell], NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n
            : double.NaN;
        double? Optional(int cell) => cells[cell].Length == 0 ? null : Number(cell);
        FlowFigures? judged = cells[8].Length == 0 ? null : new(Number(8), Optional(9), Number(10), Number(11), Number(12), Optional(13),
            (long)Number(14));
        return new((long)Number(0), cells[1], Number(2), Number(3), Number(4), (long)Number(5), (long)Number(6), Number(7), judged);
    }
}
