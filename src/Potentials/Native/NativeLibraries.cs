using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MolSampling.Potentials.Native;

/// <summary>
/// Finds our native shims (libmolopenmm.so, libmolrdkit.so). Search order: the folder named by MOLSAMPLING_NATIVE, the active conda
/// environment, the program's own folder, the build/native folder of the checkout above it, what this program has built before
/// (<see cref="NativeBuild"/>), the system; where it is in none of them and the program has the sources, it is built. An assembly with
/// [LibraryImport]s calls <see cref="Use"/> once from its module initialiser.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The environment variable that names a folder with our shims.</summary>
    public const string FolderVariable = "MOLSAMPLING_NATIVE";

    /// <summary>Resolves the shims for the [LibraryImport]s of the given assembly.</summary>
    public static void Use(Assembly assembly) => NativeLibrary.SetDllImportResolver(assembly, Resolve);

    /// <summary>Where a shim is looked for, in order. The file need not exist.</summary>
    public static IEnumerable<string> Candidates(string name)
    {
        string file = $"lib{name}.so";
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            yield return Path.Combine(folder, file);
        if (Environment.GetEnvironmentVariable("CONDA_PREFIX") is { Length: > 0 } conda)
            yield return Path.Combine(conda, "lib", file);
        yield return Path.Combine(AppContext.BaseDirectory, file);
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "MolSampling.sln")))
                yield return Path.Combine(d.FullName, "build", "native", file);
        if (NativeBuild.IsPossible)
            yield return Path.Combine(NativeBuild.Folder, file);
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (!name.StartsWith("mol", StringComparison.Ordinal))
            return IntPtr.Zero; // not ours: .NET's own search
        foreach (string path in Candidates(name))
            if (File.Exists(path))
                return NativeLibrary.Load(path); // throws DllNotFoundException with dlerror's text, for example a missing OpenMM
        if (NativeLibrary.TryLoad($"lib{name}.so", out IntPtr handle))
            return handle;
        return NativeBuild.IsPossible ? NativeLibrary.Load(NativeBuild.Build(name))
            : throw new DllNotFoundException($"it is not in {string.Join(", ", Candidates(name).Select(Path.GetDirectoryName))}");
    }

#pragma warning disable CA2255 // the resolver must stand before the first P/Invoke of this assembly, whoever calls it
    [ModuleInitializer]
    internal static void Initialize() => Use(typeof(NativeLibraries).Assembly);
#pragma warning restore CA2255
}
