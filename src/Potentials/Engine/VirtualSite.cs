namespace MolSampling.Potentials.Engine;

/// <summary>A place without a mass that interacts, at a weighted mean of three atoms: x = a x_A + b x_B + c x_C, a + b + c = 1. Being
/// linear in their positions it hands the force on it to them by the same weights.</summary>
/// <param name="A">Atom.</param>
/// <param name="B">Atom.</param>
/// <param name="C">Atom.</param>
/// <param name="WeightA">a.</param>
/// <param name="WeightB">b.</param>
/// <param name="WeightC">c.</param>
public readonly record struct VirtualSite(int A, int B, int C, double WeightA, double WeightB, double WeightC)
{
    /// <summary>Puts sites behind the atoms, in double precision.</summary>
    /// <param name="sites">[V].</param>
    /// <param name="positions">[3 N].</param>
    /// <returns>[3 (N + V)].</returns>
    public static unsafe double[] Append(IReadOnlyList<VirtualSite> sites, ReadOnlySpan<double> positions)
    {
        double[] all = new double[positions.Length + 3 * sites.Count];
        fixed (double* x = positions, to = all)
            Place([.. sites], (Double64*)x, positions.Length / 3, (Double64*)to);
        return all;
    }

    /// <summary>Puts sites behind the atoms.</summary>
    /// <param name="sites">[V].</param>
    /// <param name="positions">[3 N].</param>
    /// <param name="atoms">N.</param>
    /// <param name="all">[3 (N + V)].</param>
    internal static unsafe void Place<T>(ReadOnlySpan<VirtualSite> sites, T* positions, int atoms, T* all) where T : unmanaged, ILane<T>
    {
        for (int k = 0; k < 3 * atoms; k++)
            all[k] = positions[k];
        T* to = all + 3 * atoms;
        foreach (VirtualSite s in sites)
        {
            T b = s.WeightB, c = s.WeightC;
            for (int d = 0; d < 3; d++) // from A on: a small step keeps its digits
            {
                T from = positions[3 * s.A + d];
                *to++ = T.MultiplyAdd(positions[3 * s.C + d] - from, c, T.MultiplyAdd(positions[3 * s.B + d] - from, b, from));
            }
        }
    }

    /// <summary>Adds forces on atoms, and those on sites by their weights.</summary>
    /// <param name="sites">[V].</param>
    /// <param name="all">[3 (N + V)] forces.</param>
    /// <param name="atoms">N.</param>
    /// <param name="forces">[3 N].</param>
    internal static unsafe void Share<T>(ReadOnlySpan<VirtualSite> sites, T* all, int atoms, T* forces) where T : unmanaged, ILane<T>
    {
        for (int k = 0; k < 3 * atoms; k++)
            forces[k] += all[k];
        T* from = all + 3 * atoms;
        foreach (VirtualSite s in sites)
        {
            T a = s.WeightA, b = s.WeightB, c = s.WeightC;
            for (int d = 0; d < 3; d++)
            {
                T force = *from++;
                forces[3 * s.A + d] = T.MultiplyAdd(force, a, forces[3 * s.A + d]);
                forces[3 * s.B + d] = T.MultiplyAdd(force, b, forces[3 * s.B + d]);
                forces[3 * s.C + d] = T.MultiplyAdd(force, c, forces[3 * s.C + d]);
            }
        }
    }
}
