using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>One block of walkers in lanes: positions [3N], the forces that terms add to, and work space.</summary>
internal readonly unsafe struct BlockView<T>(T* positions, T* forces, T* scratch, bool wantsEnergies = true, Coupling<T> coupling = default,
    Stretch<T> stretch = default)
    where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Whether energies are read; a table that saves by it may leave them at anything otherwise.</summary>
    public bool WantsEnergies => wantsEnergies;

    /// <summary>Of each walker's solute.</summary>
    public Coupling<T> Coupling => coupling;

    /// <summary>Of each walker's box; read by tables that say so (<see cref="TermTable.HeedsStretch"/>).</summary>
    public Stretch<T> Stretch => stretch;

    /// <summary>[3N] nm.</summary>
    public T* Positions => positions;

    /// <summary>[3N] kJ/mol/nm.</summary>
    public T* Forces => forces;

    /// <summary>At least as many lanes as the table asks for; what a table leaves is lost.</summary>
    public T* Scratch => scratch;

    [MethodImpl(Inline)]
    public Vec3<T> Position(int atom)
    {
        T* x = positions + 3 * atom;
        return new(x[0], x[1], x[2]);
    }

    [MethodImpl(Inline)]
    public void AddForce(int atom, Vec3<T> force)
    {
        T* f = forces + 3 * atom;
        f[0] += force.X;
        f[1] += force.Y;
        f[2] += force.Z;
    }

    [MethodImpl(Inline)]
    public void SubtractForce(int atom, Vec3<T> force)
    {
        T* f = forces + 3 * atom;
        f[0] -= force.X;
        f[1] -= force.Y;
        f[2] -= force.Z;
    }
}
