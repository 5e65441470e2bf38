using System.Runtime.InteropServices;
using MolSampling.Potentials.Native;
using TorchSharp;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// The one place that brings libtorch into the process. It (1) sets OMP_WAIT_POLICY=passive for libc, because torch's spinning threads
/// would slow our own; (2) opens an existing libtorch named by MOLSAMPLING_LIBTORCH (TorchBackend=external); (3) where libstdc++ is older
/// than GCC 13.2's, marks libLibTorchSharp.so's need of GLIBCXX_3.4.32 as weak in the program's own copy: TorchSharp 0.107.0 was linked
/// with a
///     newer compiler and calls nothing of that version. Elsewhere it changes nothing.
/// Call <see cref="EnsureLoaded"/> before the first use of TorchSharp.
/// </summary>
public static partial class TorchRuntime
{
    /// <summary>Names the lib folder of an existing libtorch.</summary>
    public const string FolderVariable = "MOLSAMPLING_LIBTORCH";

    private const string NeededVersion = "GLIBCXX_3.4.32";
    private const int LoadNow = 2, LoadGlobal = 0x100;

    private static readonly Lazy<string?> s_problem = new(Load);

    /// <summary>Loads libtorch once.</summary>
    /// <exception cref="NativeException">It cannot be loaded; the message says why.</exception>
    public static void EnsureLoaded()
    {
        if (s_problem.Value is { } problem)
            throw new NativeException("libtorch", problem);
    }

    /// <summary>Version and devices, for people.</summary>
    /// <exception cref="NativeException">It cannot be loaded.</exception>
    public static string Describe()
    {
        EnsureLoaded();
        return $"{torch.__version__}, {(torch.cuda.is_available() ? $"{torch.cuda.device_count()} CUDA device(s)" : "CPU")}, {torch.get_num_threads()} threads";
    }

    private static string? Load()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                SetEnvironment("OMP_WAIT_POLICY", "passive", 0); // a user's own choice stays
                string? folder = Environment.GetEnvironmentVariable(FolderVariable);
                if (string.IsNullOrEmpty(folder) && Find("libtorch_cpu.so") is null)
                    // TorchSharp's own search prints pages
                    return $"it did not come with this program, and {FolderVariable}, which names the folder of an existing one (libtorch 2.10), is not set";
                OpenExternal(folder);
                if (FindTorchSharp() is { } library && !HostHas(NeededVersion))
                    MarkWeak(library);
            }
            using torch.Tensor probe = torch.zeros(1);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or DllNotFoundException or NotSupportedException or TypeInitializationException)
        {
            return (e.InnerException ?? e).Message.Split('\n')[0];
        }
    }

    private static void OpenExternal(string? folder)
    {
        if (string.IsNullOrEmpty(folder))
            return;
        foreach (string name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
        {
            string path = Path.Combine(folder, name);
            if (Open(path, LoadNow | LoadGlobal) == 0)
                throw new DllNotFoundException($"{FolderVariable}: {path}: {Marshal.PtrToStringUTF8(OpenError())}");
        }
    }

    private static string? FindTorchSharp() => Find("libLibTorchSharp.so");

    private static string? Find(string library) => new[] { library, Path.Combine("runtimes", "linux-x64", "native", library) }
        .Select(p => Path.Combine(AppContext.BaseDirectory, p)).FirstOrDefault(File.Exists);

    /// <summary>Whether the host's libstdc++ defines a version: its name stands in the library's string table.</summary>
    private static bool HostHas(string version)
    {
        nint library = Open("libstdc++.so.6", LoadNow);
        nint symbol = library == 0 ? 0 : Symbol(library, "__cxa_throw");
        if (symbol == 0 || Address(symbol, out AddressInformation found) == 0 || Marshal.PtrToStringUTF8(found.FileName) is not { } path)
            return true; // cannot tell: leave everything as it is
        ReadOnlySpan<byte> name = System.Text.Encoding.ASCII.GetBytes(version + "\0");
        return File.ReadAllBytes(path).AsSpan().IndexOf(name) >= 0;
    }

    /// <summary>Replaces the file by a changed copy. Never writes into it: it may be a hard link into the package cache.</summary>
    internal static int MarkWeak(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int changed = ElfVersionNeeds.MarkWeak(file, NeededVersion);
        if (changed == 0)
            return 0;
        string temporary = $"{path}.{Environment.ProcessId}.tmp"; // of this process alone: several may start at once
        File.WriteAllBytes(temporary, file);
        File.Move(temporary, path, true);
        return changed;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AddressInformation
    {
        public nint FileName, Base, SymbolName, SymbolAddress;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint OpenError();

    [LibraryImport("libc", EntryPoint = "dlsym", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Symbol(nint library, string name);

    [LibraryImport("libc", EntryPoint = "dladdr")]
    private static partial int Address(nint address, out AddressInformation information);
}
