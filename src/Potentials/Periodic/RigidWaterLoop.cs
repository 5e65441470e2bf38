using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>The loop of <see cref="RigidWaterTable{THorner}"/>: a site's partners in rows, each row in stages. Negative charges meet one
/// another once a pair, each all hydrogens of others, a hydrogen those of the waters behind. Where they are not the oxygens', the oxygens'
/// Lennard-Jones has rows of its own.</summary>
internal readonly struct RigidWaterLoop<THorner> : ITableLoop where THorner : struct, IHorner
{
    private const MethodImplOptions Stage = MethodImplOptions.NoInlining; // a loop of its own, with registers of its own
    private const int Molecules = 32; // a stage: their numbers stay in the first-level cache

    /// <summary>Parameters in each walker's own box: those of the direct sum, and of Lennard-Jones.</summary>
    private static int PerBox => DirectSum<Double64, THorner>.Length + CutLennardJones.Length;

    /// <summary>Sites of a stage, an even number.</summary>
    public const int Row = 2 * Molecules;

    /// <summary>In place of a site: the negative charge is the oxygen's.</summary>
    public const int OnOxygen = -1;

    public static int EnergyCount => 2;

    /// <summary>A water's, as the table names them.</summary>
    public static int[] Sites(int first, int? site, int water) =>
        [first + 3 * water, first + 3 * water + 1, first + 3 * water + 2, .. site is { } s ? [s + water] : Array.Empty<int>()];

    /// <summary>Work space: places, squares and slopes; with sites of their own also the places of charges, and forces there.</summary>
    public static int ScratchLanes(int count, bool hasSites) => (hasSites ? 27 : 9) * count + 2 * Row + PerBox;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count, site = table.Index[1];
        T* atoms = block.Scratch, squares = atoms + 9 * count, slopes = squares + Row, atomForces = block.Forces + 3 * table.Index[0];
        T* sites = atoms, forces = atomForces; // of charges: centre, H, H
        byte* own = T.Row(table.Parameters, DirectSum<T, THorner>.Length);
        T* box = block.Scratch + ScratchLanes(count, site != OnOxygen) - PerBox;
        var direct = DirectSum<T, THorner>.In(table.Parameters, block.Stretch, box);
        var lennardJones = CutLennardJones<T>.In(T.Row(own, 3), block.Stretch, box + DirectSum<T, THorner>.Length);
        T centres = T.Broadcast(own, 0), mixed = T.Broadcast(own, 1), hydrogens = T.Broadcast(own, 2);
        direct.Fix(block.Positions + 3 * table.Index[0], atoms, 9 * count);
        if (site != OnOxygen)
        {
            sites = slopes + Row;
            forces = sites + 9 * count;
            for (int n = 0; n < 9 * count; n++)
                (sites[n], forces[n]) = (atoms[n], 0.0);
            for (int i = 0; i < count; i++)
                direct.Fix(block.Positions + 3 * (site + i), sites + 9 * i, 3);
        }
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j += Molecules)
            {
                int molecules = Math.Min(Molecules, count - j);
                if (site == OnOxygen)
                    Centres(direct, lennardJones, own, centres, true, true, sites, forces, i, j, molecules, squares, slopes);
                else
                {
                    Centres(direct, lennardJones, own, centres, true, false, sites, forces, i, j, molecules, squares, slopes);
                    Centres(direct, lennardJones, own, centres, false, true, atoms, atomForces, i, j, molecules, squares, slopes);
                }
            }
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
        if (site != OnOxygen)
            Deliver(forces, count, block.Forces + 3 * site, atomForces);
        energies[0] = energies[1] = 0.0;
        if (block.WantsEnergies)
            Energies(direct, lennardJones, own, atoms, sites, count, energies);
    }

    /// <summary>Forces on charges to where they belong: those of centres to their sites.</summary>
    [MethodImpl(Stage)]
    private static unsafe void Deliver<T>(T* forces, int count, T* centres, T* atoms) where T : unmanaged, ILane<T>
    {
        for (int i = 0; i < count; i++, forces += 9, centres += 3, atoms += 9)
        {
            for (int d = 0; d < 3; d++)
                centres[d] += forces[d];
            for (int d = 3; d < 9; d++)
                atoms[d] += forces[d];
        }
    }

    /// <summary>The centre of water i with those of waters j ... on: negative charges, oxygens, or both in one.</summary>
    private static unsafe void Centres<T>(DirectSum<T, THorner> direct, CutLennardJones<T> lennardJones, byte* own, T charges,
        bool areCharged, bool attract, T* sites, T* forces, int i, int j, int molecules, T* squares, T* slopes)
        where T : unmanaged, ILane<T>
    {
        Vec3<T> site = At(sites + 9 * i);
        T* partner = sites + 9 * j;
        for (int n = 0; n < molecules; n++, partner += 9)
            squares[n] = Square(site, partner);
        squares[molecules] = squares[molecules - 1]; // stages go by twos
        if (areCharged)
            direct.Slope(squares, slopes, molecules);
        else
            new Span<T>(slopes, molecules).Clear();
        if (attract)
            LennardJones(lennardJones, T.Broadcast(own, 3 + CutLennardJones.Length), T.Broadcast(own, 4 + CutLennardJones.Length),
                charges, squares, slopes, molecules);
        else
            for (int n = 0; n < molecules; n++)
                slopes[n] *= charges;
        partner = sites + 9 * j;
        T* force = forces + 9 * j;
        Vec3<T> sum = default;
        for (int n = 0; n < molecules; n++, partner += 9, force += 9)
            Push(slopes[n] * DirectSum<T, THorner>.Between(site, partner), force, ref sum);
        Add(forces + 9 * i, sum);
    }

    /// <summary>A site with both hydrogens of waters j ... on.</summary>
    private static unsafe void Hydrogens<T>(DirectSum<T, THorner> direct, T charges, T* sites, T* forces, int of, int j, int molecules,
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
            Push(slopes[2 * n] * charges * DirectSum<T, THorner>.Between(site, partner), force, ref sum);
            Push(slopes[2 * n + 1] * charges * DirectSum<T, THorner>.Between(site, partner + 3), force + 3, ref sum);
        }
        Add(own, sum);
    }

    /// <summary>Coulomb's slopes times the charges, and Lennard-Jones' slopes.</summary>
    [MethodImpl(Stage)]
    private static unsafe void LennardJones<T>(CutLennardJones<T> lennardJones, T sigma, T fourEpsilon, T charges, T* squares, T* slopes,
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
    private static unsafe void Energies<T>(DirectSum<T, THorner> direct, CutLennardJones<T> lennardJones, byte* own, T* atoms, T* sites,
        int count, T* energies) where T : unmanaged, ILane<T>
    {
        T sigma = T.Broadcast(own, 3 + CutLennardJones.Length), fourEpsilon = T.Broadcast(own, 4 + CutLennardJones.Length);
        T* lost = stackalloc T[2];
        lost[0] = lost[1] = 0.0;
        for (int i = 0; i < count; i++)
        {
            T attraction = 0.0, coulomb = 0.0;
            for (int j = i + 1; j < count; j++)
            {
                attraction += lennardJones.Evaluate(Square(At(atoms + 9 * i), atoms + 9 * j), sigma, fourEpsilon, out _);
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
        Vec3<T> d = DirectSum<T, THorner>.Between(site, partner);
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
