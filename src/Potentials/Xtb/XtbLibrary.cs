using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.Xtb;

/// <summary>Whether libxtb is there. It is optional, and loaded at its first use.</summary>
public static class XtbLibrary
{
    /// <summary>What to do when it is not.</summary>
    public const string Remedy = "apt-get install -y --no-install-recommends libxtb6 (conda: xtb), then run molsampling again";

    private const int LeastVersion = 10000; // of the interface: 1.0.0

    // An energy of a small molecule is faster on one core than on several (grimme-lab/xtb-python#115), and we share out geometries instead.
    private static readonly string[] s_threads = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

    private static readonly Lazy<string?> s_problem = new(Probe);

    /// <summary>Why it cannot be used; null if it can.</summary>
    public static string? Problem => s_problem.Value;

    /// <summary>Whether it loads and computes.</summary>
    public static bool IsAvailable => Problem is null;

    /// <summary>The library's file with its version, as it was loaded: "libxtb.so.6.5.1".</summary>
    /// <exception cref="NativeException">It is missing.</exception>
    public static string Version
    {
        get
        {
            EnsureAvailable();
            string? line = File.Exists("/proc/self/maps")
                ? File.ReadLines("/proc/self/maps").FirstOrDefault(l => l.Contains("/libxtb.so", StringComparison.Ordinal)) : null;
            return line is null ? "libxtb.so.6" : Path.GetFileName(line.AsSpan(line.IndexOf('/', StringComparison.Ordinal))).ToString();
        }
    }

    internal static void EnsureAvailable()
    {
        if (Problem is not null)
            throw new NativeException("xtb", $"{Problem} To install: {Remedy}");
    }

    private static string? Probe()
    {
        try
        {
            return OnOneThread(() =>
            {
                int version = XtbNative.xtb_getAPIVersion();
                if (version < LeastVersion)
                    return $"libxtb's interface is {version / 10000}.{version / 100 % 100}: 1.0 is needed.";
                // globals of the library are made by its first computation, which must not be two at once
                using var hydrogen = new XtbCalculator(new(XtbMethod.Gfn2, [1, 1]));
                double energy = hydrogen.Evaluate([0, 0, 0, 0, 0, 0.074], new double[6], out string? reason);
                return double.IsFinite(energy) ? null : $"libxtb cannot compute H2: {reason}.";
            });
        }
        catch (DllNotFoundException e)
        {
            return $"libxtb.so.6 cannot be loaded ({e.Message.Split('\n')[0].Trim()}).";
        }
        catch (EntryPointNotFoundException)
        {
            return "libxtb.so.6 is of another version.";
        }
        catch (NativeException e)
        {
            return e.Message;
        }
    }

    /// <summary>Its libraries read how many threads they may use when they are loaded; others that are loaded later are not told.</summary>
    private static string? OnOneThread(Func<string?> load)
    {
        string?[] before = [.. s_threads.Select(Environment.GetEnvironmentVariable)];
        foreach (string name in s_threads)
            _ = XtbNative.setenv(name, "1", 1);
        try
        {
            return load();
        }
        finally
        {
            for (int k = 0; k < before.Length; k++)
                _ = before[k] is { } value ? XtbNative.setenv(s_threads[k], value, 1) : XtbNative.unsetenv(s_threads[k]);
        }
    }
}
