using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>One block of walkers in lanes: positions [3N] and the forces that terms add to.</summary>
internal readonly unsafe struct BlockView<T>(T* positions, T* forces) where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    public Vec3<T> Position(int atom) => new(positions[3 * atom], positions[3 * atom + 1], positions[3 * atom + 2]);

    [MethodImpl(Inline)]
    public void AddForce(int atom, Vec3<T> force)
    {
        T* f = forces + 3 * atom;
        f[0] += force.X;
        f[1] += force.Y;
        f[2] += force.Z;
    }
}
