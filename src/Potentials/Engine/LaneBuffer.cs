using System.Runtime.InteropServices;

namespace MolSampling.Potentials.Engine;

/// <summary>Floats aligned to a cache line, so that no lane straddles two; zero at first.</summary>
public sealed unsafe class LaneBuffer : IDisposable
{
    private float* _data;

    /// <param name="length">Number of floats.</param>
    public LaneBuffer(int length)
    {
        Length = length;
        _data = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1) * sizeof(float), 64);
        Span.Clear();
    }

    /// <summary>Frees what <see cref="Dispose"/> did not.</summary>
    ~LaneBuffer() => Free();

    /// <summary>Number of floats.</summary>
    public int Length { get; }

    /// <summary>The memory; not to be used after disposal.</summary>
    public Span<float> Span => new(_data, Length);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }
}
