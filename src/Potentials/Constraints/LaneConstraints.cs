using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>Constraints whose formulas are written once, for lanes of any width and for doubles.</summary>
public abstract class LaneConstraints : IConstraints
{
    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <inheritdoc/>
    public abstract string Fingerprint { get; }

    /// <inheritdoc/>
    public unsafe void ProjectVelocities(ReadOnlySpan<float> positions, Span<float> velocities, int width)
    {
        fixed (float* x = positions, v = velocities)
        {
            switch (width)
            {
                case 16: Project((Float512*)x, (Float512*)v); break;
                case 8: Project((Float256*)x, (Float256*)v); break;
                case 4: Project((Float128*)x, (Float128*)v); break;
                default: throw new ArgumentException($"There are no lanes of {width} walkers.");
            }
        }
    }

    /// <inheritdoc/>
    public unsafe void ProjectVelocities(ReadOnlySpan<double> positions, Span<double> velocities)
    {
        fixed (double* x = positions, v = velocities)
            Project((Double64*)x, (Double64*)v);
    }

    /// <inheritdoc/>
    public unsafe void Settle(ReadOnlySpan<float> old, Span<float> positions, Span<float> velocities, double step, int width)
    {
        fixed (float* o = old, x = positions, v = velocities)
        {
            switch (width)
            {
                case 16: Settle((Float512*)o, (Float512*)x, (Float512*)v, step); break;
                case 8: Settle((Float256*)o, (Float256*)x, (Float256*)v, step); break;
                case 4: Settle((Float128*)o, (Float128*)x, (Float128*)v, step); break;
                default: throw new ArgumentException($"There are no lanes of {width} walkers.");
            }
        }
    }

    /// <inheritdoc/>
    public abstract double LargestError(ReadOnlySpan<double> positions);

    /// <inheritdoc/>
    public abstract void Restore(Span<double> positions);

    /// <summary><see cref="IConstraints.ProjectVelocities(ReadOnlySpan{float}, Span{float}, int)"/>.</summary>
    /// <param name="x">[D].</param>
    /// <param name="v">[D].</param>
    protected abstract unsafe void Project<T>(T* x, T* v) where T : unmanaged, ILane<T>;

    /// <summary><see cref="IConstraints.Settle"/>.</summary>
    /// <param name="old">[D].</param>
    /// <param name="x">[D].</param>
    /// <param name="v">[D].</param>
    /// <param name="step">ps.</param>
    protected abstract unsafe void Settle<T>(T* old, T* x, T* v, double step) where T : unmanaged, ILane<T>;

    /// <summary>An atom's vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static unsafe Vec3<T> At<T>(T* x) where T : unmanaged, ILane<T> => new(x[0], x[1], x[2]);

    /// <summary>Writes an atom's vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected static unsafe void Put<T>(T* to, Vec3<T> a) where T : unmanaged, ILane<T> => (to[0], to[1], to[2]) = (a.X, a.Y, a.Z);
}
