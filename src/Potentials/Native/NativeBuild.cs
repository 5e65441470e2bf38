using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials.Native;

/// <summary>
/// Builds a shim from the folder native/ beside the program, as the tool package has it, into a folder of the user's: a shim is compiled
/// against the RDKit or OpenMM of its machine, so no package can bring it. A checkout has no such folder beside the program
/// (scripts/bootstrap.sh builds there).
/// </summary>
internal static class NativeBuild
{
    private static readonly Lock s_lock = new();

    /// <summary>Told that something is built, since it takes a while; null for nobody.</summary>
    public static Action<string>? Announce { get; set; }

    private static string Sources => Path.Combine(AppContext.BaseDirectory, "native");

    /// <summary>Whether this program has the sources.</summary>
    public static bool IsPossible => File.Exists(Path.Combine(Sources, "CMakeLists.txt"));

    /// <summary>Where what was built lies: ~/.cache/molsampling/native-HASH, or below XDG_CACHE_HOME. Other sources have another
    /// hash.</summary>
    public static string Folder
    {
        get
        {
            string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache))
                cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "molsampling", $"native-{SourceHash()}");
        }
    }

    /// <summary>Builds one shim, if it is not there yet.</summary>
    /// <param name="name">"molrdkit" or "molopenmm".</param>
    /// <returns>Its path.</returns>
    /// <exception cref="DllNotFoundException">It cannot be built; the message says why.</exception>
    public static string Build(string name)
    {
        lock (s_lock)
        {
            string folder = Folder, library = Path.Combine(folder, $"lib{name}.so"),
                work = Path.Combine(folder, $"{name}-{Environment.ProcessId}");
            if (File.Exists(library))
                return library;
            var log = new StringBuilder();
            try
            {
                Directory.CreateDirectory(work);
                Announce?.Invoke($"building lib{name}.so for this machine, once");
                bool built = Run(log, "cmake", "-S", Sources, "-B", work, "-DCMAKE_BUILD_TYPE=Release") && Run(log, "cmake", "--build",
                    work, "--target", name);
                if (!built)
                    throw new DllNotFoundException($"lib{name}.so was not built: {Reason(name, log.ToString())}");
                File.Move(Path.Combine(work, $"lib{name}.so"), library, true); // by rename: another process may be loading it
                return library;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
            {
                throw new DllNotFoundException($"lib{name}.so was not built: {(e is System.ComponentModel.Win32Exception ? "cmake is not here" : e.Message)}", e);
            }
            finally
            {
                if (Directory.Exists(work))
                    Directory.Delete(work, true);
            }
        }
    }

    private static bool Run(StringBuilder log, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        void Add(object sender, DataReceivedEventArgs line)
        {
            lock (log)
                log.AppendLine(line.Data);
        }
        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>The line of the log that tells most: what our CMake files say about this shim, or the first error.</summary>
    private static string Reason(string name, string log)
    {
        string[] lines = [.. log.Split('\n').Select(l => l.Trim())];
        string upstream = name["mol".Length..];
        return Array.Find(lines, l => l.Contains("shim: not built", StringComparison.Ordinal)
            && l.Contains(upstream, StringComparison.OrdinalIgnoreCase))?.TrimStart('-', ' ')
            ?? Array.Find(lines, l => l.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? lines.LastOrDefault(l =>
                l.Length > 0) ?? "cmake failed";
    }

    private static string SourceHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.GetFiles(Sources, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            hash.AppendData(File.ReadAllBytes(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
