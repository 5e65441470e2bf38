using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>One interaction's parameters, broadcast to all lanes as they are read.</summary>
public readonly unsafe struct ParameterRow<T>(byte* table, int start) where T : unmanaged, ILane<T>
{
    private readonly byte* _row = T.Row(table, start);

    /// <summary>The parameter at a position of the row, in the order of <see cref="ITerm.ParameterNames"/>.</summary>
    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.Broadcast(_row, index);
    }
}
