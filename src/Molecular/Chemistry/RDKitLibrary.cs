using System.Runtime.InteropServices;
using MolSampling.Potentials.Native;

namespace MolSampling.Molecular.Chemistry;

/// <summary>Whether chemistry is there.</summary>
public static class RDKitLibrary
{
    /// <summary>What to do when it is not.</summary>
    public const string Remedy =
        "apt-get install -y --no-install-recommends g++ cmake librdkit-dev libboost-dev, then run molsampling again";

    /// <summary>Why the shim cannot be used; null if it can.</summary>
    public static string? Problem { get; } = Probe();

    /// <summary>Whether the shim and RDKit load.</summary>
    public static bool IsAvailable => Problem is null;

    /// <summary>RDKit's version, for example "2022.09.3".</summary>
    /// <exception cref="NativeException">The library is missing.</exception>
    public static string Version
    {
        get
        {
            EnsureAvailable();
            return Marshal.PtrToStringUTF8(NativeMethods.molrdkit_version()) ?? "unknown";
        }
    }

    internal static void EnsureAvailable()
    {
        if (Problem is not null)
            throw new NativeException("RDKit", $"{Problem} To install: {Remedy}");
    }

    private static string? Probe()
    {
        try
        {
            NativeMethods.molrdkit_version();
            return null;
        }
        catch (DllNotFoundException e)
        {
            return $"the shim libmolrdkit.so cannot be loaded ({e.Message.Split('\n')[0]}).";
        }
        catch (EntryPointNotFoundException)
        {
            return "the shim libmolrdkit.so is of another version.";
        }
    }
}
