namespace MolSampling.Sampling.Diagnostics;

/// <summary>Equal cells over a box, [Low, High) on each axis.</summary>
public sealed record HistogramGrid
{
    private HistogramGrid(int dimension, int bins, double low, double high, bool isPeriodic)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        if (!double.IsFinite(low) || !double.IsFinite(high) || !(low < high))
            throw new ArgumentException($"[{low}, {high}) is no interval.", nameof(low));
        if (Math.Pow(bins, dimension) > 1 << 26)
            throw new ArgumentException($"{bins}^{dimension} cells are more than 2^26.", nameof(bins));
        (Dimension, Bins, Low, High, IsPeriodic) = (dimension, bins, low, high, isPeriodic);
        Cells = 1;
        for (int d = 0; d < dimension; d++)
            Cells *= bins;
    }

    /// <summary>D, the number of axes.</summary>
    public int Dimension { get; }

    /// <summary>On each axis.</summary>
    public int Bins { get; }

    /// <summary>Lower end of each axis.</summary>
    public double Low { get; }

    /// <summary>Upper end of each axis.</summary>
    public double High { get; }

    /// <summary>Values are wrapped.</summary>
    public bool IsPeriodic { get; }

    /// <summary>Bins^D.</summary>
    public int Cells { get; }

    /// <summary>Of a cell.</summary>
    public double CellVolume => Math.Pow((High - Low) / Bins, Dimension);

    /// <summary>Angles in radians from -pi; any angle is wrapped.</summary>
    public static HistogramGrid Torus(int dimension, int bins) => new(dimension, bins, -Math.PI, Math.PI, true);

    /// <summary>One axis that ends; a value outside is an error.</summary>
    public static HistogramGrid Line(double low, double high, int bins) => new(1, bins, low, high, false);

    /// <summary>Cell of every point, the last component running fastest.</summary>
    /// <exception cref="ArgumentException">Another dimension, or a value outside a grid that is not periodic: the message names
    /// it.</exception>
    public int[] CellsOf(Draws draws)
    {
        if (draws.Dimension != Dimension)
            throw new ArgumentException($"The grid has {Dimension} axes, the points {draws.Dimension} components.", nameof(draws));
        var cells = new int[draws.Count];
        double[] values = draws.Values;
        double scale = Bins / (High - Low);
        for (int i = 0; i < values.Length; i++)
        {
            double place = (values[i] - Low) * scale;
            if (IsPeriodic)
                place -= Bins * Math.Floor(place / Bins);
            else if (values[i] < Low || values[i] >= High)
                throw new ArgumentException($"Value {i} is {values[i]}, outside [{Low}, {High}).", nameof(draws));
            ref int cell = ref cells[i / Dimension];
            cell = cell * Bins + Math.Min((int)place, Bins - 1); // rounding may reach the end
        }
        return cells;
    }

    /// <summary>[cells] shares of the points' weight, summing to one.</summary>
    /// <inheritdoc cref="CellsOf" path="/exception"/>
    public double[] Masses(Draws draws)
    {
        int[] cells = CellsOf(draws);
        var masses = new double[Cells];
        if (draws.Weights is null)
        {
            foreach (int cell in cells)
                masses[cell]++;
            for (int c = 0; c < masses.Length; c++)
                masses[c] /= draws.Count;
            return masses;
        }
        for (int i = 0; i < cells.Length; i++)
            masses[cells[i]] += draws.Weights[i];
        return masses;
    }

    /// <summary>A distance between histograms of two samples beside its floor.</summary>
    internal DistanceScore Score(Draws first, Draws second, Func<double[], double[], double> distance, int permutations,
        RandomSource random)
    {
        int[] cells = [.. CellsOf(first), .. CellsOf(second)];
        double[] Shares(int[] points)
        {
            var masses = new double[Cells];
            foreach (int point in points)
                masses[cells[point]]++;
            for (int c = 0; c < masses.Length; c++)
                masses[c] /= points.Length;
            return masses;
        }
        return DistanceScore.Of(distance(Masses(first), Masses(second)), first, second, (a, b) => distance(Shares(a), Shares(b)),
            permutations, random);
    }

    internal static void RequireLaws(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length || first.IsEmpty)
            throw new ArgumentException($"Histograms of {first.Length} and {second.Length} cells cannot be compared.", nameof(second));
        RequireLaw(first, nameof(first));
        RequireLaw(second, nameof(second));
    }

    private static void RequireLaw(ReadOnlySpan<double> law, string name)
    {
        Finite.Require(law, name);
        double sum = 0;
        for (int c = 0; c < law.Length; c++)
        {
            if (law[c] < 0)
                throw new ArgumentException($"{name}[{c}] is {law[c]}: shares are not negative.", name);
            sum += law[c];
        }
        if (Math.Abs(sum - 1) > 1e-9)
            throw new ArgumentException($"{name} sums to {sum}, not to 1.", name);
    }
}
