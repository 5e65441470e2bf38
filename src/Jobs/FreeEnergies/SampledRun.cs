using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>Rows of one state and one run in a file, by ascending time.</summary>
internal sealed class SampledRun
{
    private readonly int _ownColumn;

    private SampledRun(AlchemicalFile file, int state)
    {
        File = file;
        _ownColumn = Enumerable.Range(0, file.Columns.Count).FirstOrDefault(c => file.Columns[c].Equals(file.SampledStates[state]), -1);
    }

    public AlchemicalFile File { get; }

    /// <summary>Into the file.</summary>
    public List<int> Rows { get; } = [];

    public double First => File.Times[Rows[0]];

    public double Last => File.Times[Rows[^1]];

    /// <summary>Rows by state and run: where the time of a state goes back, another run begins.</summary>
    public static void Split(AlchemicalFile file, List<SampledRun>[] target)
    {
        var open = new SampledRun?[target.Length];
        for (int row = 0; row < file.RowCount; row++)
        {
            int state = file.StateOfRow[row];
            if (open[state] is null || !(file.Times[row] > open[state]!.Last))
                target[state].Add(open[state] = new SampledRun(file, state));
            open[state]!.Rows.Add(row);
        }
    }

    /// <summary>
    /// How far apart two rows are: the largest difference between their energy differences to the own state (pV and U are the same in all
    /// states) and between their dH/dlambda, relative to the largest of these numbers, at least 1 kT. Infinite if they do not know the same
    /// states.
    /// </summary>
    public static double Distance(SampledRun a, int rowA, SampledRun b, int rowB)
    {
        double apart = 0, largest = 1;
        bool Add(double x, double y)
        {
            if (double.IsNaN(x) && double.IsNaN(y))
                return true;
            (apart, largest) = (Math.Max(apart, Math.Abs(x - y)), Math.Max(largest, Math.Max(Math.Abs(x), Math.Abs(y))));
            return double.IsFinite(x) && double.IsFinite(y);
        }
        if (a.File.ReducedPotentials is { } u && b.File.ReducedPotentials is { } v)
        {
            int width = a.File.Columns.Count;
            if (width != b.File.Columns.Count || a._ownColumn < 0 || b._ownColumn < 0)
                return double.PositiveInfinity;
            for (int c = 0; c < width; c++)
            {
                int d = ReferenceEquals(a.File, b.File) || b.File.Columns[c].Equals(a.File.Columns[c]) ? c
                    : Enumerable.Range(0, width).FirstOrDefault(i => b.File.Columns[i].Equals(a.File.Columns[c]), -1);
                if (d < 0 || !Add(u[rowA * width + c] - u[rowA * width + a._ownColumn],
                    v[rowB * width + d] - v[rowB * width + b._ownColumn]))
                    return double.PositiveInfinity;
            }
        }
        if (a.File.Gradients is { } g && b.File.Gradients is { } h)
        {
            int width = a.File.LambdaNames.Count;
            for (int l = 0; l < width; l++)
                if (!Add(g[rowA * width + l], h[rowB * width + l]))
                    return double.PositiveInfinity;
        }
        return apart / largest;
    }
}
