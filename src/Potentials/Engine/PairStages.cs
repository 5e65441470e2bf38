namespace MolSampling.Potentials.Engine;

/// <summary>
/// <see cref="PairLoop{TFirst, TSecond, TSpace}"/> for processors with sixteen registers, in three stages: distances, radial terms,
/// forces. A pair's whole formula waits for its own results and is so long that the processor sees one pair ahead; of a stage it sees
/// several. What a stage leaves for the next lies in the first-level cache.
/// </summary>
internal readonly struct PairStages<TFirst, TSecond, TSpace> : ITableLoop
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
    where TSpace : struct, ISpace<TSpace>
{
    private const int Tile = 96; // pairs, 6 kB of 256-bit lanes

    public static int EnergyCount => 2;

    /// <summary>Work space for a table of pairs.</summary>
    /// <param name="largest">Pairs of the atom that has most.</param>
    public static int ScratchLanes(int largest) => 2 * Math.Max(Tile, largest);

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        T firstEnergy = 0.0, secondEnergy = 0.0;
        TSpace space = TSpace.From(table.Shape.Box);
        int count = table.Shape.Count, stride = table.Shape.Stride, split = table.Shape.Split;
        int* starts = table.Index, partners = starts + count + 1;
        for (int from = 0, to = 0; from < count; from = to)
        {
            int begin = starts[from];
            do
                to++;
            while (to < count && starts[to + 1] - begin <= Tile);
            Distances(space, block, starts, partners, from, to);
            int end = starts[to];
            T* pair = block.Scratch;
            for (int n = begin, row = n * stride; n < end; n++, row += stride, pair += 2)
            {
                T r = pair[0], inverse = pair[1];
                firstEnergy += TFirst.Evaluate(new ParameterRow<T>(table.Parameters, row), r, inverse, out T firstForce);
                secondEnergy += TSecond.Evaluate(new ParameterRow<T>(table.Parameters, row + split), r, inverse, out T secondForce);
                pair[0] = (firstForce + secondForce) * inverse;
            }
            Push(space, block, starts, partners, from, to);
        }
        energies[0] = firstEnergy;
        energies[1] = secondEnergy;
    }

    /// <summary>Leaves r and 1/r.</summary>
    private static unsafe void Distances<T>(TSpace space, BlockView<T> block, int* starts, int* partners, int from, int to)
        where T : unmanaged, ILane<T>
    {
        T* pair = block.Scratch;
        for (int i = from; i < to; i++)
        {
            Vec3<T> position = block.Position(i);
            for (int n = starts[i], end = starts[i + 1]; n < end; n++, pair += 2)
            {
                Vec3<T> d = space.Nearest(position - block.Position(partners[n]));
                T square = Vec3<T>.Dot(d, d);
                T inverse = T.ReciprocalSqrt(square);
                pair[0] = square * inverse;
                pair[1] = inverse;
            }
        }
    }

    /// <summary>Adds the forces, from those over r.</summary>
    private static unsafe void Push<T>(TSpace space, BlockView<T> block, int* starts, int* partners, int from, int to)
        where T : unmanaged, ILane<T>
    {
        T* pair = block.Scratch;
        for (int i = from; i < to; i++)
        {
            Vec3<T> position = block.Position(i), force = default;
            for (int n = starts[i], end = starts[i + 1]; n < end; n++, pair += 2)
            {
                int j = partners[n];
                Vec3<T> push = pair[0] * space.Nearest(position - block.Position(j));
                force += push;
                block.SubtractForce(j, push);
            }
            block.AddForce(i, force);
        }
    }
}
