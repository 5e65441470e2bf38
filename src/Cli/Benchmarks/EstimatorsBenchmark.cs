using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Cli.Benchmarks;

/// <summary>MBAR beside pymbar on the same tables, in one run: the largest differences in free energies and standard errors, and seconds.
/// An extended-precision solution judges between the two.</summary>
internal static class EstimatorsBenchmark
{
    private static readonly string[] s_pythons = ["/usr/bin/python3", "python3"];

    private sealed record Case(string Name, ReducedPotentials Table, double[] Values, bool Judge, int Repeat);

    /// <summary>Solves every case here and, where it is installed, by the peer, and writes the table.</summary>
    /// <param name="json">Whether JSON is asked for.</param>
    public static void Run(bool json)
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-estimators-").FullName;
        try
        {
            var rows = new List<Row>();
            string? peer = FindPython();
            foreach (Case c in Cases())
            {
                Mbar mbar = Solve(c, out double seconds);
                rows.Add(new(c.Name, c.Table.States, c.Table.Samples, mbar, seconds));
                if (peer is null)
                    continue;
                File.WriteAllBytes(Path.Combine(folder, c.Name + ".f64"), MemoryMarshal.AsBytes(c.Values.AsSpan()).ToArray());
                File.WriteAllText(Path.Combine(folder, c.Name + ".json"),
                    JsonSerializer.Serialize(new { counts = c.Table.Counts, judge = c.Judge, start = mbar.LastIterate,
                    repeat = c.Repeat }));
            }
            JsonElement? answers = peer is null ? null : Ask(peer, folder);
            Print(rows, answers, json);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private sealed record Row(string Name, int States, int Samples, Mbar Mbar, double Seconds);

    private static Mbar Solve(Case c, out double seconds)
    {
        Mbar mbar;
        var warm = Stopwatch.StartNew();
        int calls = 0;
        do
        {
            mbar = Mbar.Solve(c.Table);
            calls++;
        }
        // the runtime compiles a method for speed after thirty calls
        while (warm.Elapsed.TotalSeconds < 0.3 || (calls < 100 && warm.Elapsed.TotalSeconds < 3));
        var times = new List<double>();
        for (int r = 0; r < 5; r++)
        {
            var clock = Stopwatch.StartNew();
            mbar = Mbar.Solve(c.Table);
            times.Add(clock.Elapsed.TotalSeconds);
        }
        seconds = times.Order().ElementAt(times.Count / 2);
        return mbar;
    }

    /// <summary>Five shapes, four of them nasty, and a series for speed.</summary>
    private static IEnumerable<Case> Cases()
    {
        var random = new RandomSource(20).Split("benchmark estimators");
        yield return Harmonic("random-5x2000", random, [.. Enumerable.Range(0, 5).Select(k => (0.4 * k, 4.0 + k, 0.0))],
            [2000, 2000, 2000, 2000, 2000], true, 5);
        yield return Harmonic("nearly-disconnected", random, [(0, 4, 0), (1.2, 4, 0), (4.8, 4, 0), (5.8, 4, 0)], [1000, 1000, 1000, 1000],
            true, 5);
        yield return Harmonic("energies-of-1e5-kT", random, [.. Enumerable.Range(0, 6).Select(k => (0.3 * k, 4.0, 1e5 * (k - 2)))],
            [500, 500, 500, 500, 500, 500], true, 5);
        yield return Harmonic("one-sample-in-a-state", random, [.. Enumerable.Range(0, 5).Select(k => (0.35 * k, 4.0, 0.0))],
            [800, 1, 500, 0, 300], true, 5);
        yield return Harmonic("200-nearly-identical-states", random, [.. Enumerable.Range(0, 200).Select(k => (1e-4 * k, 4.0, 0.0))],
            [.. Enumerable.Repeat(50, 200)], false, 3);
        foreach (int samples in new[] { 1000, 2500, 5000, 10_000, 20_000 })
            yield return Harmonic($"speed-20x{samples}", random, [.. Enumerable.Range(0, 20).Select(k => (0.3 * k, 4.0 + 0.2 * k, 0.0))],
                [.. Enumerable.Repeat(samples, 20)], false, 3);
    }

    /// <summary>u_k(x) = K_k (x - O_k)^2 / 2 + c_k.</summary>
    private static Case Harmonic(string name, RandomSource random, (double Offset, double Stiffness, double Constant)[] states,
        int[] counts, bool judge, int repeat)
    {
        int total = counts.Sum();
        var u = new double[states.Length * total];
        for (int k = 0, n = 0; k < states.Length; k++)
            for (int s = 0; s < counts[k]; s++, n++)
            {
                double x = states[k].Offset + random.NextNormal() / Math.Sqrt(states[k].Stiffness);
                for (int l = 0; l < states.Length; l++)
                    u[l * total + n] = 0.5 * states[l].Stiffness * (x - states[l].Offset) * (x - states[l].Offset) + states[l].Constant;
            }
        return new(name, new(u, counts), u, judge, repeat);
    }

    private static string? FindPython() => Array.Find(s_pythons, p =>
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(p, "-c \"import pymbar\"") { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private static JsonElement Ask(string python, string folder)
    {
        string script = Path.Combine(folder, "mbar_peer.py");
        using (Stream resource = typeof(EstimatorsBenchmark).Assembly.GetManifestResourceStream("mbar_peer.py")!)
        using (FileStream file = File.Create(script))
            resource.CopyTo(file);
        using var process = Process.Start(new ProcessStartInfo(python, [script, folder]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonDocument.Parse(output[output.LastIndexOf("{\"version\"", StringComparison.Ordinal)..]).RootElement
            : throw new IOException($"{python} {script} failed");
    }

    private static void Print(List<Row> rows, JsonElement? answers, bool json)
    {
        var table = rows.Select(r =>
        {
            JsonElement? peer = answers?.GetProperty("cases").GetProperty(r.Name);
            double[]? f = Numbers(peer, "f"), errors = Numbers(peer, "errors"), judge = Numbers(peer, "judge");
            double[] ours = [.. r.Mbar.LastIterate], oursErrors = [.. ours.Select((_, k) => k == 0 ? 0 : r.Mbar.StandardErrors[k])];
            return new
            {
                name = r.Name,
                states = r.States,
                samples = r.Samples,
                status = r.Mbar.Status.ToString(),
                iterations = r.Mbar.Iterations,
                seconds = r.Seconds,
                pymbarSeconds = peer?.TryGetProperty("seconds", out JsonElement s) == true ? s.GetDouble() : (double?)null,
                differenceToPymbar = Worst(ours, f),
                errorDifferenceToPymbar = Worst(oursErrors, errors),
                differenceToExtended = Worst(ours, judge),
                pymbarDifferenceToExtended = f is null ? null : Worst(f, judge),
                pymbarFailure = peer?.TryGetProperty("error", out JsonElement e) == true ? e.GetString() : null,
            };
        }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "estimators", machine = Machine.Describe(),
                pymbar = answers?.GetProperty("version").GetString(), rows = table }, JsonOutput.Options));
            return;
        }
        Console.WriteLine(Machine.Line());
        Console.WriteLine(answers is { } a ? $"pymbar {a.GetProperty("version").GetString()}; largest absolute differences in kT"
            : "pymbar is not here (Debian: python3-pymbar): our own times only");
        Console.WriteLine("\n| case | states | samples | status | steps | s | pymbar, s | ratio | f - pymbar | error - pymbar | f - 80-bit | pymbar - 80-bit |\n|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var row in table)
        {
            static string Power(double? v) => v is { } x ? x.ToString("0.0e-0", CultureInfo.InvariantCulture) : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.name} | {row.states} | {row.samples} | {row.status} | {row.iterations} | {row.seconds:g3} | {row.pymbarSeconds:g3} | {row.pymbarSeconds / row.seconds:f1} | {(row.pymbarFailure is null ? Power(row.differenceToPymbar) : "failed")} | {Power(row.errorDifferenceToPymbar)} | {Power(row.differenceToExtended)} | {Power(row.pymbarDifferenceToExtended)} |"));
        }
        foreach (var row in table.Where(r => r.pymbarFailure is not null))
            Console.WriteLine($"\npymbar on {row.name}: {row.pymbarFailure}");
    }

    private static double[]? Numbers(JsonElement? peer, string name) => peer?.TryGetProperty(name, out JsonElement list) == true
        ? [.. list.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? double.NaN : v.GetDouble())] : null;

    private static double? Worst(double[] a, double[]? b) => b is null ? null : a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
