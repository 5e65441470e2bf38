using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>Vectors in a block whose rows are wider than the lanes that are taken at a time: rows lie a number of bytes apart.</summary>
internal static unsafe class LaneRows
{
    /// <summary>The vector in three rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vec3<T> Read<T>(byte* rows, int row, int step) where T : unmanaged, ILane<T> =>
        new(*(T*)(rows + (long)row * step), *(T*)(rows + (row + 1L) * step), *(T*)(rows + (row + 2L) * step));

    /// <summary>Puts a vector into three rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(byte* rows, int row, int step, Vec3<T> v) where T : unmanaged, ILane<T> =>
        (*(T*)(rows + (long)row * step), *(T*)(rows + (row + 1L) * step), *(T*)(rows + (row + 2L) * step)) = (v.X, v.Y, v.Z);
}
