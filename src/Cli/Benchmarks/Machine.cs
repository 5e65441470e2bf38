using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Cli.Benchmarks;

/// <summary>What a benchmark ran on, and its clock.</summary>
internal static class Machine
{
    private const int PeakRounds = 200_000;

    private static readonly Lazy<double> s_peak = new(MeasurePeak);

    /// <summary>FLOP/s of one core on independent multiply-adds in the widest lanes, measured.</summary>
    public static double MultiplyAddPeak => s_peak.Value;

    /// <summary>For JSON.</summary>
    public static object Describe() => new
    {
        processor = Processor(),
        cores = Environment.ProcessorCount,
        runtime = RuntimeInformation.FrameworkDescription,
        architecture = RuntimeInformation.ProcessArchitecture.ToString(),
        laneBits = LaneBits,
        multiplyAddPeakGflops = Math.Round(MultiplyAddPeak / 1e9, 1),
        version = Molecular.Formats.Provenance.CurrentVersion,
    };

    /// <summary>For people.</summary>
    public static string Line() => string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, {LaneBits}-bit lanes, {RuntimeInformation.FrameworkDescription}, measured multiply-add peak {MultiplyAddPeak / 1e9:f0} GFLOP/s a core, molsampling {Molecular.Formats.Provenance.CurrentVersion}");

    /// <summary>The median of seven timings after a warm-up: work items a second.</summary>
    /// <param name="work">Does <paramref name="count"/> items.</param>
    /// <param name="count">Items a call.</param>
    public static double Rate(Action work, double count)
    {
        var warm = Stopwatch.StartNew();
        while (warm.Elapsed.TotalSeconds < 0.3)
            work();
        var rates = new double[7];
        for (int r = 0; r < rates.Length; r++)
        {
            var clock = Stopwatch.StartNew();
            double done = 0;
            do
            {
                work();
                done += count;
            }
            while (clock.Elapsed.TotalSeconds < 0.05);
            rates[r] = done / clock.Elapsed.TotalSeconds;
        }
        Array.Sort(rates);
        return rates[rates.Length / 2];
    }

    /// <summary>Two pieces of work timed in turn, so that what else the machine does meets both alike: the medians of their rates, and the
    /// median of the ratios of their times.</summary>
    /// <param name="first">Does <paramref name="count"/> items.</param>
    /// <param name="second">Does as many.</param>
    /// <param name="count">Items a call.</param>
    /// <returns>Items a second, each; the first's time over the second's.</returns>
    public static (double First, double Second, double TimeRatio) RatesInTurn(Action first, Action second, double count) =>
        RatesInTurn(first, count, second, count, 101, 4);

    /// <summary>The same for work of different sizes.</summary>
    /// <param name="first">Does <paramref name="firstCount"/> items.</param>
    /// <param name="firstCount">Items a call.</param>
    /// <param name="second">Does <paramref name="secondCount"/> items.</param>
    /// <param name="secondCount">Items a call.</param>
    /// <param name="rounds">Odd.</param>
    /// <param name="calls">Timed calls of each in a round, after one that is not.</param>
    /// <param name="processorTime">Whether seconds are those that the process computed: for one thread on a crowded machine.</param>
    /// <returns>Items a second, each; the first's time for an item over the second's.</returns>
    public static (double First, double Second, double TimeRatio) RatesInTurn(
        Action first, double firstCount, Action second, double secondCount, int rounds, int calls, bool processorTime = false)
    {
        double Seconds(Action work, double count)
        {
            work(); // the caches and threads as it leaves them
            TimeSpan computed = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            for (int n = 0; n < calls; n++)
                work();
            return (processorTime ? Environment.CpuUsage.TotalTime - computed : clock.Elapsed).TotalSeconds / (calls * count);
        }
        double Median(IEnumerable<double> values) => values.Order().ElementAt(rounds / 2);
        var warm = Stopwatch.StartNew();
        while (warm.Elapsed.TotalSeconds < 0.6)
        {
            first();
            second();
        }
        (double First, double Second)[] times =
            [.. Enumerable.Range(0, rounds).Select(_ => (Seconds(first, firstCount), Seconds(second, secondCount)))];
        double ratio = Median(times.Select(t => t.First / t.Second));
        return (1 / Median(times.Select(t => t.First)), 1 / Median(times.Select(t => t.Second)), ratio);
    }

    private static int LaneBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static string Processor()
    {
        const string cpuinfo = "/proc/cpuinfo";
        string? line = File.Exists(cpuinfo) ? File.ReadLines(cpuinfo).FirstOrDefault(l =>
            l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double MeasurePeak() => Rate(MultiplyAdds, MultiplyAddsOperations);

    /// <summary>Operations of <see cref="MultiplyAdds"/>.</summary>
    public static double MultiplyAddsOperations => PeakRounds * 12.0 * 2 * (Vector512.IsHardwareAccelerated ? 16 : 8);

    /// <summary>Some independent multiply-adds, for a peak that is measured in turn with what is compared to it.</summary>
    public static void MultiplyAdds() =>
        s_sink = Vector512.IsHardwareAccelerated ? Chains512(PeakRounds) : Chains256(PeakRounds);

    private static float s_sink;

    private static float Chains512(int rounds)
    {
        Vector512<float> m = Vector512.Create(0.999f), c = Vector512.Create(1e-3f);
        Vector512<float> a0 = c, a1 = c, a2 = c, a3 = c, a4 = c, a5 = c, a6 = c, a7 = c, a8 = c, a9 = c, a10 = c, a11 = c;
        for (int r = 0; r < rounds; r++)
        {
            a0 = Vector512.FusedMultiplyAdd(a0, m, c); a1 = Vector512.FusedMultiplyAdd(a1, m, c); a2 = Vector512.FusedMultiplyAdd(a2, m, c);
            a3 = Vector512.FusedMultiplyAdd(a3, m, c); a4 = Vector512.FusedMultiplyAdd(a4, m, c); a5 = Vector512.FusedMultiplyAdd(a5, m, c);
            a6 = Vector512.FusedMultiplyAdd(a6, m, c); a7 = Vector512.FusedMultiplyAdd(a7, m, c); a8 = Vector512.FusedMultiplyAdd(a8, m, c);
            a9 = Vector512.FusedMultiplyAdd(a9, m, c); a10 = Vector512.FusedMultiplyAdd(a10, m, c); a11 = Vector512.FusedMultiplyAdd(a11, m,
                c);
        }
        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
    }

    private static float Chains256(int rounds)
    {
        Vector256<float> m = Vector256.Create(0.999f), c = Vector256.Create(1e-3f);
        Vector256<float> a0 = c, a1 = c, a2 = c, a3 = c, a4 = c, a5 = c, a6 = c, a7 = c, a8 = c, a9 = c, a10 = c, a11 = c;
        for (int r = 0; r < rounds; r++)
        {
            a0 = Vector256.FusedMultiplyAdd(a0, m, c); a1 = Vector256.FusedMultiplyAdd(a1, m, c); a2 = Vector256.FusedMultiplyAdd(a2, m, c);
            a3 = Vector256.FusedMultiplyAdd(a3, m, c); a4 = Vector256.FusedMultiplyAdd(a4, m, c); a5 = Vector256.FusedMultiplyAdd(a5, m, c);
            a6 = Vector256.FusedMultiplyAdd(a6, m, c); a7 = Vector256.FusedMultiplyAdd(a7, m, c); a8 = Vector256.FusedMultiplyAdd(a8, m, c);
            a9 = Vector256.FusedMultiplyAdd(a9, m, c); a10 = Vector256.FusedMultiplyAdd(a10, m, c); a11 = Vector256.FusedMultiplyAdd(a11, m,
                c);
        }
        return Vector256.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
    }
}
