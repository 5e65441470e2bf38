using MolSampling.Potentials.Native;

namespace MolSampling.Potentials.OpenMM;

/// <summary>Whether OpenMM is there, and what it can run on.</summary>
public static class OpenMMLibrary
{
    /// <summary>What to do when it is not.</summary>
    public const string Remedy =
        "apt-get install -y --no-install-recommends g++ cmake libopenmm-dev libopenmm-plugins, then run molsampling again";

    /// <summary>Why OpenMM cannot be used; null if it can.</summary>
    public static string? Problem { get; } = Probe();

    /// <summary>Whether the shim and OpenMM load and fit each other.</summary>
    public static bool IsAvailable => Problem is null;

    /// <summary>OpenMM's version.</summary>
    /// <exception cref="NativeException">It is missing.</exception>
    public static string Version
    {
        get
        {
            EnsureAvailable();
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_version());
            return NativeMethods.Text;
        }
    }

    /// <summary>Names of the platforms, slowest first.</summary>
    /// <exception cref="NativeException">OpenMM is missing.</exception>
    public static IReadOnlyList<string> Platforms
    {
        get
        {
            EnsureAvailable();
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_platforms());
            return [.. NativeMethods.Text.Split('\n').TakeWhile(line => line.Length > 0)];
        }
    }

    internal static void EnsureAvailable()
    {
        if (Problem is not null)
            throw new NativeException("OpenMM", $"{Problem} To install: {Remedy}");
    }

    private static string? Probe()
    {
        try
        {
            NativeMethods.ThrowIfFailed(NativeMethods.molopenmm_version());
            return null;
        }
        catch (DllNotFoundException e)
        {
            return $"the shim libmolopenmm.so cannot be loaded ({e.Message.Split('\n')[0]}).";
        }
        catch (EntryPointNotFoundException)
        {
            return "the shim libmolopenmm.so is of another version.";
        }
        catch (NativeException e)
        {
            return e.Message;
        }
    }
}
