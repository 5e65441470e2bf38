using System.Globalization;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>A row of metrics.csv.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean over the steps since the last row.</param>
/// <param name="GradientNorm">Of the last step.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="LeftOut">Samples that were not finite since the last row.</param>
/// <param name="EnergyCalls">Of training so far.</param>
public sealed record PathMetrics(long Step, double Loss, double GradientNorm, double LearningRate, long LeftOut, long EnergyCalls);

/// <summary>metrics.csv: appended to as training goes on; a resumed training cuts what lies behind its checkpoint.</summary>
internal sealed class PathMetricsFile
{
    private const string Header = "step,loss,gradient_norm,learning_rate,left_out,energy_calls";

    private readonly string _path;
    private readonly List<PathMetrics> _rows = [];

    /// <summary>A new file, or what an old one has up to a step.</summary>
    public PathMetricsFile(string path, long upTo)
    {
        _path = path;
        if (upTo > 0 && File.Exists(path))
            _rows.AddRange(File.ReadAllLines(path).Skip(1).Select(Parse).OfType<PathMetrics>().TakeWhile(r => r.Step <= upTo));
        File.WriteAllLines(path, [Header, .. _rows.Select(Line)]);
    }

    /// <summary>All rows.</summary>
    public IReadOnlyList<PathMetrics> Rows => _rows;

    /// <summary>Appends one.</summary>
    public void Add(PathMetrics row)
    {
        _rows.Add(row);
        File.AppendAllLines(_path, [Line(row)]);
    }

    private static string Line(PathMetrics r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.Step},{r.Loss:r},{r.GradientNorm:r},{r.LearningRate:r},{r.LeftOut},{r.EnergyCalls}");

    private static PathMetrics? Parse(string line)
    {
        string[] cells = line.Split(',');
        double Number(int cell) => double.TryParse(cells[cell], NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n
            : double.NaN;
        return cells.Length == 6 ? new((long)Number(0), Number(1), Number(2), Number(3), (long)Number(4), (long)Number(5)) : null;
    }
}
