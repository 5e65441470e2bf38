using System.Runtime.CompilerServices;
using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// <see cref="SolvatedPairLoop{TFirst, TSecond, TNeck}"/> for processors with sixteen registers, which cannot hold a pair's whole formula,
/// let alone its two directions side by side. A row of pairs goes through the formula in stages, whose few numbers stay in registers and
/// which are so short that the processor sees several pairs ahead; what a stage leaves for the next lies in the first-level cache.
/// </summary>
internal readonly struct SolvatedPairStages<TFirst, TSecond, TNeck> : ITableLoop
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
    where TNeck : struct, INeck
{
    /// <summary>Numbers a pair that stages of one row leave each other: for each direction L/U or its logarithm, 1/L and 1/U.</summary>
    public const int RowLanes = 6;

    private static int AtomStride
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SolvatedPairLoop<TFirst, TSecond, TNeck>.AtomStride;
    }

    private static int ModelLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SolvatedPairLoop<TFirst, TSecond, TNeck>.ModelLength;
    }

    public static int EnergyCount => 4;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        T* integral = block.Scratch, born = integral + count, inverseBorn = born + count, bornSlope = inverseBorn + count;
        T* pairs = bornSlope + count;
        T* row = pairs + 4 * (count * (count - 1) / 2);
        for (int i = 0; i < count; i++)
            integral[i] = 0.0;
        byte* parameters = table.Parameters;
        T* pair = pairs;
        for (int i = 0; i < count - 1; i++)
        {
            int partners = count - 1 - i;
            Distances(block, i, partners, pair);
            Spheres(parameters, i, partners, pair, row);
            for (int n = 0; n < 2 * partners; n++)
                row[n] = T.Log(row[n]);
            Descreen(parameters, i, partners, pair, row, integral);
            if (TNeck.IsThere)
                Necks(table, i, partners, pair, integral);
            pair += 4 * partners;
        }
        Radial(table, count, pairs, energies);
        SolvatedPairLoop<TFirst, TSecond, TNeck>.BornRadii(table, integral, born, inverseBorn, bornSlope, energies);
        Solvate(table, born, inverseBorn, bornSlope, pairs, row, energies);
        for (int i = 0; i < count; i++)
            integral[i] *= 0.125 * bornSlope[i];
        SolvatedPairLoop<TFirst, TSecond, TNeck>.ChainRule(table, block, integral, pairs);
    }

    /// <summary>Leaves r^2 and 1/r.</summary>
    private static unsafe void Distances<T>(BlockView<T> block, int i, int partners, T* pair) where T : unmanaged, ILane<T>
    {
        Vec3<T> position = block.Position(i);
        for (int n = 0; n < partners; n++, pair += 4)
        {
            Vec3<T> d = position - block.Position(i + 1 + n);
            T square = Vec3<T>.Dot(d, d);
            pair[0] = square;
            pair[1] = T.ReciprocalSqrt(square);
        }
    }

    /// <summary>Leaves L/U of both directions, then 1/L and 1/U.</summary>
    private static unsafe void Spheres<T>(byte* parameters, int i, int partners, T* pair, T* ratio) where T : unmanaged, ILane<T>
    {
        var atom = new ParameterRow<T>(parameters, ModelLength + AtomStride * i);
        T rho = atom[1], s = atom[3];
        T* inverses = ratio + 2 * partners;
        int start = ModelLength + AtomStride * (i + 1);
        for (int n = 0; n < partners; n++, pair += 4, ratio += 2, inverses += 4, start += AtomStride)
        {
            var other = new ParameterRow<T>(parameters, start);
            T r = pair[0] * pair[1];
            T lower = GeneralizedBorn.Lower<T, TNeck>(rho, other[3], r, out T inverseLower, out T inverseUpper);
            (ratio[0], inverses[0], inverses[1]) = (lower * inverseUpper, inverseLower, inverseUpper);
            lower = GeneralizedBorn.Lower<T, TNeck>(other[1], s, r, out inverseLower, out inverseUpper);
            (ratio[1], inverses[2], inverses[3]) = (lower * inverseUpper, inverseLower, inverseUpper);
        }
    }

    /// <summary>Adds to the integrals and leaves their falls.</summary>
    private static unsafe void Descreen<T>(byte* parameters, int i, int partners, T* pair, T* logarithm, T* integral)
        where T : unmanaged, ILane<T>
    {
        var atom = new ParameterRow<T>(parameters, ModelLength + AtomStride * i);
        T rho = atom[1], inverseRho = atom[2], s = atom[3], sphere = atom[5], sum = integral[i];
        T* inverses = logarithm + 2 * partners, taken = integral + i + 1;
        int start = ModelLength + AtomStride * (i + 1);
        for (int n = 0; n < partners; n++, pair += 4, logarithm += 2, inverses += 4, taken++, start += AtomStride)
        {
            var other = new ParameterRow<T>(parameters, start);
            T inverse = pair[1], r = pair[0] * inverse, inverseSquare = inverse * inverse;
            T difference = GeneralizedBorn.Difference(inverses[0], inverses[1], out T squares);
            sum += GeneralizedBorn.Descreen(rho, inverseRho, other[3], other[5], r, inverse, inverseSquare,
                inverses[0], difference, squares, logarithm[0], out pair[2]);
            difference = GeneralizedBorn.Difference(inverses[2], inverses[3], out squares);
            taken[0] += GeneralizedBorn.Descreen(other[1], other[2], s, sphere, r, inverse, inverseSquare,
                inverses[2], difference, squares, logarithm[1], out pair[3]);
        }
        integral[i] = sum;
    }

    /// <summary>Adds the necks to the integrals and their falls.</summary>
    private static unsafe void Necks<T>(TableData table, int i, int partners, T* pair, T* integral) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count, stride = table.Shape.Stride;
        byte* parameters = table.Parameters;
        T* taken = integral + i + 1;
        T sum = integral[i];
        int first = i * (2 * count - i - 1) / 2; // the pairs of the rows above
        int start = ModelLength + AtomStride * count + stride * (first + 1) - Neck.Length;
        for (int n = 0; n < partners; n++, pair += 4, taken++, start += stride)
        {
            var neck = new ParameterRow<T>(parameters, start);
            T inverse = pair[1], r = pair[0] * inverse;
            sum += Neck.Evaluate(neck[0], neck[1], neck[2], r, inverse, out T fall);
            pair[2] += fall;
            taken[0] += Neck.Evaluate(neck[0], neck[3], neck[4], r, inverse, out fall);
            pair[3] += fall;
        }
        integral[i] = sum;
    }

    /// <summary>Leaves the radial terms' force over r in the place of 1/r.</summary>
    private static unsafe void Radial<T>(TableData table, int count, T* pair, T* energies) where T : unmanaged, ILane<T>
    {
        int stride = table.Shape.Stride, split = table.Shape.Split, end = count * (count - 1) / 2;
        byte* parameters = table.Parameters;
        T first = 0.0, second = 0.0;
        for (int n = 0, row = ModelLength + AtomStride * count; n < end; n++, row += stride, pair += 4)
        {
            T inverse = pair[1], r = pair[0] * inverse;
            first += TFirst.Evaluate(new ParameterRow<T>(parameters, row), r, inverse, out T firstForce);
            second += TSecond.Evaluate(new ParameterRow<T>(parameters, row + split), r, inverse, out T secondForce);
            pair[1] = (firstForce + secondForce) * inverse;
        }
        energies[0] = first;
        energies[1] = second;
    }

    /// <summary>Adds the solvent's direct force to each pair's, and dE/dB.</summary>
    private static unsafe void Solvate<T>(TableData table, T* born, T* inverseBorn, T* bornSlope, T* pair, T* screening, T* energies)
        where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        byte* parameters = table.Parameters;
        T energy = energies[2];
        for (int i = 0; i < count; i++)
        {
            T charge = -new ParameterRow<T>(parameters, ModelLength + AtomStride * i)[0];
            T radius = born[i], inverseRadius = -inverseBorn[i], sum = bornSlope[i];
            int partners = count - 1 - i;
            for (int n = 0; n < partners; n++)
            {
                T exponent = pair[4 * n] * (inverseRadius * inverseBorn[i + 1 + n]);
                screening[2 * n] = exponent;
                screening[2 * n + 1] = T.Exp2(exponent);
            }
            T* s = screening;
            for (int j = i + 1; j < count; j++, pair += 4, s += 2)
            {
                T charges = charge * new ParameterRow<T>(parameters, ModelLength + AtomStride * j)[0], other = born[j];
                T inverse = GeneralizedBorn.InverseDistance(pair[0], radius * other, s[0], s[1], out T fall, out T productSlope);
                energy = T.MultiplyAdd(charges, inverse, energy);
                pair[1] = T.MultiplyAdd(charges, fall, pair[1]);
                T pull = charges * productSlope;
                sum = T.MultiplyAdd(pull, other, sum);
                bornSlope[j] = T.MultiplyAdd(pull, radius, bornSlope[j]);
            }
            bornSlope[i] = sum;
        }
        energies[2] = energy;
    }
}
