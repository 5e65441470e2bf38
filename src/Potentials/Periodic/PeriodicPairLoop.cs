using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>The loop of <see cref="PeriodicPairTable{THorner, TCoupled}"/>: the partners of an atom in rows, each row in stages.</summary>
internal readonly struct PeriodicPairLoop<THorner, TCoupled> : ITableLoop
    where THorner : struct, IHorner
    where TCoupled : struct, ICoupled
{
    private const MethodImplOptions Stage = MethodImplOptions.NoInlining;
    private const int PerAtom = 3;

    /// <summary>Partners of a stage, an even number.</summary>
    public const int Row = 64;

    public static int EnergyCount => 2;

    /// <summary>Work space: places, squares and slopes, and parameters in each walker's own box.</summary>
    public static int ScratchLanes(int atoms) => 3 * atoms + 2 * Row + DirectSum<Double64, THorner>.Length + CutLennardJones.Length;

    /// <summary>Where the partners of each atom begin, with the end behind them; then the partners.</summary>
    public static int[] Index(int atoms, (int I, int J)[] pairs)
    {
        int[] index = new int[atoms + 1 + pairs.Length];
        foreach ((int i, _) in pairs)
            index[i + 1]++;
        for (int i = 0; i < atoms; i++)
            index[i + 1] += index[i];
        for (int n = 0; n < pairs.Length; n++)
            index[atoms + 1 + n] = pairs[n].J;
        return index;
    }

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int atoms = table.Shape.Count;
        T* sites = block.Scratch, squares = sites + 3 * atoms, slopes = squares + Row;
        byte* own = T.Row(table.Parameters, DirectSum<T, THorner>.Length);
        T* box = slopes + Row;
        var direct = DirectSum<T, THorner>.In(table.Parameters, block.Stretch, box);
        var lennardJones = CutLennardJones<T>.In(own, block.Stretch, box + DirectSum<T, THorner>.Length);
        byte* perAtom = T.Row(own, CutLennardJones.Length);
        direct.Fix(block.Positions, sites, 3 * atoms);
        energies[0] = energies[1] = 0.0;
        int* partners = table.Index + atoms + 1;
        for (int i = 0; i < atoms; i++)
        {
            for (int from = table.Index[i], end = table.Index[i + 1]; from < end; from += Row)
            {
                int count = Math.Min(Row, end - from);
                Squares(sites, i, partners + from, count, squares);
                squares[count] = squares[count - 1]; // stages go by twos; a full row is even, and has no such place
                direct.Slope(squares, slopes, count);
                Push(lennardJones, block.Coupling, perAtom, sites, block.Forces, i, partners + from, count, squares, slopes);
                if (block.WantsEnergies)
                    Energies(direct, lennardJones, block.Coupling, perAtom, i, partners + from, count, squares, energies);
            }
        }
    }

    [MethodImpl(Stage)]
    private static unsafe void Squares<T>(T* sites, int i, int* partners, int count, T* squares) where T : unmanaged, ILane<T>
    {
        T* own = sites + 3 * i;
        var site = new Vec3<T>(own[0], own[1], own[2]);
        for (int n = 0; n < count; n++)
        {
            Vec3<T> d = DirectSum<T, THorner>.Between(site, sites + 3 * partners[n]);
            squares[n] = Vec3<T>.Dot(d, d);
        }
    }

    [MethodImpl(Stage)]
    private static unsafe void Push<T>(CutLennardJones<T> lennardJones, Coupling<T> coupling, byte* perAtom, T* sites, T* forces, int i,
        int* partners, int count, T* squares, T* slopes) where T : unmanaged, ILane<T>
    {
        T* own = sites + 3 * i;
        var site = new Vec3<T>(own[0], own[1], own[2]);
        var a = new ParameterRow<T>(perAtom, PerAtom * i);
        T charge = TCoupled.Charge(a[0], coupling), radius = a[1], depth = a[2];
        Vec3<T> sum = default;
        for (int n = 0; n < count; n++)
        {
            var b = new ParameterRow<T>(perAtom, PerAtom * partners[n]);
            TCoupled.LennardJones(lennardJones, squares[n], radius + b[1], depth * b[2], coupling, out T slope);
            Vec3<T> push = T.MultiplyAdd(slopes[n], charge * b[0], slope) * DirectSum<T, THorner>.Between(site, sites + 3 * partners[n]);
            T* force = forces + 3 * partners[n];
            force[0] -= push.X;
            force[1] -= push.Y;
            force[2] -= push.Z;
            sum += push;
        }
        T* f = forces + 3 * i;
        f[0] += sum.X;
        f[1] += sum.Y;
        f[2] += sum.Z;
    }

    [MethodImpl(Stage)]
    private static unsafe void Energies<T>(DirectSum<T, THorner> direct, CutLennardJones<T> lennardJones, Coupling<T> coupling,
        byte* perAtom, int i, int* partners, int count, T* squares, T* energies) where T : unmanaged, ILane<T>
    {
        var a = new ParameterRow<T>(perAtom, PerAtom * i);
        T attraction = 0.0, coulomb = 0.0;
        for (int n = 0; n < count; n++)
        {
            var b = new ParameterRow<T>(perAtom, PerAtom * partners[n]);
            attraction += TCoupled.LennardJones(lennardJones, squares[n], a[1] + b[1], a[2] * b[2], coupling, out _);
            coulomb = T.MultiplyAdd(TCoupled.Charge(a[0], coupling) * b[0], direct.Energy(squares[n]), coulomb);
        }
        energies[0] += attraction;
        energies[1] += coulomb;
    }
}
