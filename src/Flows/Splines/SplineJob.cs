using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Flows.Splines;

/// <summary>
/// A spline over a table of elements, in one pass: N arguments, [N, P] raw parameters with an element's side by side, and what comes out.
/// Elements are taken a lane each; their parameters pass into lanes and back through tiles of registers.
/// Chunks of elements have a fixed size and an element depends on no other, so results do not depend on threads. All pointers are to
/// numbers of one type, float or double.
/// </summary>
internal unsafe struct SplineJob
{
    private const int ChunkSize = 1024;

    /// <summary>The spline.</summary>
    public SplineShape Shape;

    /// <summary>From y to x.</summary>
    public bool Inverse;

    /// <summary>N.</summary>
    public long Count;

    /// <summary>[N] and [N, P], read.</summary>
    public void* Argument, Parameters;

    /// <summary>[N] each, written by <see cref="Evaluate"/>.</summary>
    public void* Value, LogDerivative;

    /// <summary>[N] each, read by <see cref="Differentiate"/>; null is zero.</summary>
    public void* ValueGradient, LogDerivativeGradient;

    /// <summary>[N] and [N, P], written by <see cref="Differentiate"/>.</summary>
    public void* ArgumentGradient, ParametersGradient;

    /// <summary>Values and log-derivatives.</summary>
    /// <param name="single">Whether the numbers are floats.</param>
    /// <param name="threads">At most so many.</param>
    public readonly void Evaluate(bool single, int threads) => Run(single, false, threads);

    /// <summary>Gradients.</summary>
    /// <param name="single">Whether the numbers are floats.</param>
    /// <param name="threads">At most so many.</param>
    public readonly void Differentiate(bool single, int threads) => Run(single, true, threads);

    private readonly void Run(bool single, bool gradient, int threads)
    {
        SplineJob job = this;
        long chunks = (Count + ChunkSize - 1) / ChunkSize;
        if (threads <= 1 || chunks <= 1)
        {
            for (long c = 0; c < chunks; c++)
                Chunk(job, c, single, gradient);
            return;
        }
        Parallel.For(0L, chunks, ParallelWork.Options(threads), c => Chunk(job, c, single, gradient));
    }

    private static void Chunk(in SplineJob job, long chunk, bool single, bool gradient)
    {
        long first = chunk * ChunkSize;
        int count = (int)Math.Min(ChunkSize, job.Count - first);
        if (!single)
            job.Chunk<Double64>(first, count, gradient);
        else if (Vector512.IsHardwareAccelerated)
            job.Chunk<Float512>(first, count, gradient);
        else if (Vector256.IsHardwareAccelerated)
            job.Chunk<Float256>(first, count, gradient);
        else
            job.Chunk<Float128>(first, count, gradient);
    }

    /// <summary>So many elements from the first on, in one kind of lane; allocates nothing.</summary>
    [SkipLocalsInit]
    internal readonly void Chunk<T>(long first, int count, bool gradient) where T : unmanaged, ILane<T>
    {
        const int line = 64;
        int size = sizeof(T) / T.Width, rows = Shape.Parameters, table = rows * sizeof(T);
        byte* memory = stackalloc byte[2 * table + line];
        T* lanes = (T*)(((nint)memory + line - 1) & -line);
        byte* padded = (byte*)lanes + table; // a last tile that is not full
        T argument, gy, gl;
        Unsafe.SkipInit(out argument);
        for (int done = 0; done < count; done += T.Width)
        {
            int some = Math.Min(T.Width, count - done);
            long at = (first + done) * size;
            byte* source = (byte*)Parameters + at * rows;
            if (some == T.Width)
                argument = Unsafe.ReadUnaligned<T>((byte*)Argument + at);
            else
            {
                argument = 0.0;
                Copy(&argument, (byte*)Argument + at, some * size);
                NativeMemory.Clear(padded, (nuint)table);
                Copy(padded, source, some * rows * size);
                source = padded;
            }
            if (T.Width == 1)
                Copy(lanes, source, table);
            else
                LaneTranspose.ToLanes((float*)source, (float*)lanes, rows, T.Width);
            if (!gradient)
            {
                RationalQuadratic.Evaluate(Shape, Inverse, argument, lanes, out T value, out T logDerivative);
                Put((byte*)Value + at, value, some * size);
                Put((byte*)LogDerivative + at, logDerivative, some * size);
                continue;
            }
            gy = Get<T>(ValueGradient, at, some * size);
            gl = Get<T>(LogDerivativeGradient, at, some * size);
            Put((byte*)ArgumentGradient + at, RationalQuadratic.Gradient(Shape, Inverse, argument, gy, gl, lanes), some * size);
            byte* target = (byte*)ParametersGradient + at * rows;
            if (T.Width == 1)
                Copy(target, lanes, table);
            else if (some == T.Width)
                LaneTranspose.FromLanes((float*)lanes, (float*)target, rows, T.Width);
            else
            {
                LaneTranspose.FromLanes((float*)lanes, (float*)padded, rows, T.Width);
                Copy(target, padded, some * rows * size);
            }
        }
    }

    private static T Get<T>(void* source, long at, int bytes) where T : unmanaged, ILane<T>
    {
        if (source == null)
            return 0.0;
        if (bytes == sizeof(T))
            return Unsafe.ReadUnaligned<T>((byte*)source + at);
        T value = 0.0;
        Copy(&value, (byte*)source + at, bytes);
        return value;
    }

    private static void Put<T>(byte* target, T value, int bytes) where T : unmanaged
    {
        if (bytes == sizeof(T))
            Unsafe.WriteUnaligned(target, value);
        else
            Copy(target, &value, bytes);
    }

    private static void Copy(void* target, void* source, int bytes) => Unsafe.CopyBlockUnaligned(target, source, (uint)bytes);
}
