using System.Globalization;

namespace MolSampling.Molecular;

/// <summary>Looks at what numbers in a configuration would take before anything is allocated: the system ends a process that takes more
/// than there is, without a word.</summary>
internal static class MachineMemory
{
    /// <summary>Throws if something cannot fit into this machine.</summary>
    /// <param name="what">In the plural: "1,000,000,000 replicas of 22 atoms".</param>
    /// <param name="bytes">That it takes at least.</param>
    /// <exception cref="ArgumentException">"... want 500 GB; this machine has 24".</exception>
    public static void Require(FormattableString what, double bytes)
    {
        if (WhyNot(what, bytes) is { } reason)
            throw new ArgumentException(reason);
    }

    /// <summary>The same as a text; null if it fits.</summary>
    public static string? WhyNot(FormattableString what, double bytes)
    {
        double there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes; // also of a container
        return bytes <= there ? null : string.Create(CultureInfo.InvariantCulture,
            $"{what.ToString(CultureInfo.InvariantCulture)} want {bytes / 1e9:n0} GB; this machine has {there / 1e9:n0}");
    }
}
