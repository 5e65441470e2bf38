using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>The loop of <see cref="RigidWaterTable{THorner}"/>: a site's partners in rows, each row in stages. Oxygens meet oxygens once a
/// pair, an oxygen all hydrogens of others, a hydrogen those of the waters behind.</summary>
internal readonly struct RigidWaterLoop<THorner> : ITableLoop where THorner : struct, IHorner
{
    private const MethodImplOptions Stage = MethodImplOptions.NoInlining; // a loop of its own, with registers of its own
    private const int Molecules = 32; // a stage: their numbers stay in the first-level cache

    /// <summary>Sites of a stage, an even number.</summary>
    public const int Row = 2 * Molecules;

    public static int EnergyCount => 2;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        T* sites = block.Scratch, squares = sites + 9 * count, slopes = squares + Row, forces = block.Forces + 3 * table.Index[0];
        var direct = new DirectSum<THorner>(table.Parameters);
        byte* own = T.Row(table.Parameters, DirectSum<THorner>.Length);
        T oxygens = T.Broadcast(own, 0), mixed = T.Broadcast(own, 1), hydrogens = T.Broadcast(own, 2);
        direct.Fix(block.Positions + 3 * table.Index[0], sites, 9 * count);
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j += Molecules)
                Oxygens(direct, own, oxygens, sites, forces, i, j, Math.Min(Molecules, count - j), squares, slopes);
            for (int j = 0; j < i; j += Molecules)
                Hydrogens(direct, mixed, sites, forces, 9 * i, j, Math.Min(Molecules, i - j), squares, slopes);
            for (int j = i + 1; j < count; j += Molecules)
            {
                int molecules = Math.Min(Molecules, count - j);
                Hydrogens(direct, mixed, sites, forces, 9 * i, j, molecules, squares, slopes);
                Hydrogens(direct, hydrogens, sites, forces, 9 * i + 3, j, molecules, squares, slopes);
                Hydrogens(direct, hydrogens, sites, forces, 9 * i + 6, j, molecules, squares, slopes);
            }
        }
        energies[0] = energies[1] = 0.0;
        if (block.WantsEnergies)
            Energies(direct, own, sites, count, energies);
    }

    /// <summary>Oxygen i with those of waters j ... on.</summary>
    private static unsafe void Oxygens<T>(DirectSum<THorner> direct, byte* own, T charges, T* sites, T* forces, int i, int j, int molecules,
        T* squares, T* slopes) where T : unmanaged, ILane<T>
    {
        Vec3<T> site = At(sites + 9 * i);
        T* partner = sites + 9 * j;
        for (int n = 0; n < molecules; n++, partner += 9)
            squares[n] = Square(site, partner);
        squares[molecules] = squares[molecules - 1]; // stages go by twos
        direct.Slope(squares, slopes, molecules);
        LennardJones(new(T.Row(own, 3)), T.Broadcast(own, 3 + CutLennardJones.Length), T.Broadcast(own, 4 + CutLennardJones.Length),
            charges,
            squares, slopes, molecules);
        partner = sites + 9 * j;
        T* force = forces + 9 * j;
        Vec3<T> sum = default;
        for (int n = 0; n < molecules; n++, partner += 9, force += 9)
            Push(slopes[n] * DirectSum<THorner>.Between(site, partner), force, ref sum);
        Add(forces + 9 * i, sum);
    }

    /// <summary>A site with both hydrogens of waters j ... on.</summary>
    private static unsafe void Hydrogens<T>(DirectSum<THorner> direct, T charges, T* sites, T* forces, int of, int j, int molecules,
        T* squares, T* slopes) where T : unmanaged, ILane<T>
    {
        Vec3<T> site = At(sites + of);
        Squares(site, sites + 9 * j + 3, molecules, squares);
        direct.Slope(squares, slopes, 2 * molecules);
        PushTwo(site, charges, sites + 9 * j + 3, molecules, slopes, forces + 9 * j + 3, forces + of);
    }

    [MethodImpl(Stage)]
    private static unsafe void Squares<T>(Vec3<T> site, T* partner, int molecules, T* squares) where T : unmanaged, ILane<T>
    {
        for (int n = 0; n < molecules; n++, partner += 9)
        {
            squares[2 * n] = Square(site, partner);
            squares[2 * n + 1] = Square(site, partner + 3);
        }
    }

    [MethodImpl(Stage)]
    private static unsafe void PushTwo<T>(Vec3<T> site, T charges, T* partner, int molecules, T* slopes, T* force, T* own)
        where T : unmanaged, ILane<T>
    {
        Vec3<T> sum = default;
        for (int n = 0; n < molecules; n++, partner += 9, force += 9)
        {
            Push(slopes[2 * n] * charges * DirectSum<THorner>.Between(site, partner), force, ref sum);
            Push(slopes[2 * n + 1] * charges * DirectSum<THorner>.Between(site, partner + 3), force + 3, ref sum);
        }
        Add(own, sum);
    }

    /// <summary>Coulomb's slopes times the charges, and Lennard-Jones' slopes.</summary>
    [MethodImpl(Stage)]
    private static unsafe void LennardJones<T>(CutLennardJones lennardJones, T sigma, T fourEpsilon, T charges, T* squares, T* slopes,
        int count) where T : unmanaged, ILane<T>
    {
        for (int n = 0; n < count; n++)
        {
            lennardJones.Evaluate(squares[n], sigma, fourEpsilon, out T slope);
            slopes[n] = T.MultiplyAdd(slopes[n], charges, slope);
        }
    }

    /// <summary>A row's energies are summed in single precision, the rows with what rounding leaves (Kahan).</summary>
    [MethodImpl(Stage)]
    private static unsafe void Energies<T>(DirectSum<THorner> direct, byte* own, T* sites, int count, T* energies)
        where T : unmanaged, ILane<T>
    {
        var lennardJones = new CutLennardJones(T.Row(own, 3));
        T sigma = T.Broadcast(own, 3 + CutLennardJones.Length), fourEpsilon = T.Broadcast(own, 4 + CutLennardJones.Length);
        T* lost = stackalloc T[2];
        lost[0] = lost[1] = 0.0;
        for (int i = 0; i < count; i++)
        {
            T attraction = 0.0, coulomb = 0.0;
            for (int j = i + 1; j < count; j++)
            {
                attraction += lennardJones.Evaluate(Square(At(sites + 9 * i), sites + 9 * j), sigma, fourEpsilon, out _);
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++)
                        coulomb = T.MultiplyAdd(T.Broadcast(own, (a == 0 ? 0 : 1) + (b == 0 ? 0 : 1)),
                            direct.Energy(Square(At(sites + 9 * i + 3 * a), sites + 9 * j + 3 * b)), coulomb);
            }
            Sum(attraction, ref energies[0], ref lost[0]);
            Sum(coulomb, ref energies[1], ref lost[1]);
        }

        static void Sum(T more, ref T sum, ref T lost)
        {
            T next = more - lost, total = sum + next;
            lost = total - sum - next;
            sum = total;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vec3<T> At<T>(T* site) where T : unmanaged, ILane<T> => new(site[0], site[1], site[2]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe T Square<T>(Vec3<T> site, T* partner) where T : unmanaged, ILane<T>
    {
        Vec3<T> d = DirectSum<THorner>.Between(site, partner);
        return Vec3<T>.Dot(d, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Push<T>(Vec3<T> push, T* partner, ref Vec3<T> sum) where T : unmanaged, ILane<T>
    {
        partner[0] -= push.X;
        partner[1] -= push.Y;
        partner[2] -= push.Z;
        sum += push;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Add<T>(T* force, Vec3<T> sum) where T : unmanaged, ILane<T>
    {
        force[0] += sum.X;
        force[1] += sum.Y;
        force[2] += sum.Z;
    }
}
