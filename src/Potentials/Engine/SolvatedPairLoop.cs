using System.Runtime.CompilerServices;
using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// The loop of <see cref="SolvatedPairTable{TFirst, TSecond, TNeck}"/>, in three passes over pairs: descreening integrals with the radial
/// terms; pair energies of the solvent; the chain rule through the Born radii. What a pass leaves for the next (4 numbers a pair) stays in
/// scratch.
/// </summary>
internal readonly struct SolvatedPairLoop<TFirst, TSecond, TNeck> : ITableLoop
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
    where TNeck : struct, INeck
{
    private const int AtomLength = 6; // sqrt(K (1/e_in - 1/e_out)) q, rho, 1/rho, s, r, s^2
    private const int Coefficients = 3; // a, b, c: the model's, or with necks every atom's behind the others

    // inlined by force: the compiler else calls them for every pair
    internal static int AtomStride
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TNeck.IsThere ? AtomLength + Coefficients : AtomLength;
    }

    /// <summary>Of all atoms: the coefficients, unless every atom has its own, and 4 pi gamma.</summary>
    internal static int ModelLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TNeck.IsThere ? 1 : Coefficients + 1;
    }

    public static int EnergyCount => 4;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        T* integral = block.Scratch, born = integral + count, inverseBorn = born + count, bornSlope = inverseBorn + count,
            pairs = bornSlope + count;
        Descreen(table, block, integral, pairs, energies);
        BornRadii(table, integral, born, inverseBorn, bornSlope, energies);
        Solvate(table, born, inverseBorn, bornSlope, pairs, energies);
        for (int i = 0; i < count; i++)
            integral[i] *= 0.125 * bornSlope[i]; // dB/dI dE/dB; what pairs keep is eight times the fall of I
        ChainRule(table, block, integral, pairs);
    }

    /// <summary>Leaves r^2, the radial terms' force over r, and the fall over r of what j takes from i and i from j.</summary>
    private static unsafe void Descreen<T>(TableData table, BlockView<T> block, T* integral, T* pair, T* energies) where T : unmanaged,
        ILane<T>
    {
        int count = table.Shape.Count, stride = table.Shape.Stride, split = table.Shape.Split;
        byte* parameters = table.Parameters;
        T first = 0.0, second = 0.0;
        for (int i = 0; i < count; i++)
            integral[i] = 0.0;
        int row = ModelLength + AtomStride * count;
        for (int i = 0; i < count; i++)
        {
            Vec3<T> position = block.Position(i);
            var atom = new ParameterRow<T>(parameters, ModelLength + AtomStride * i);
            T rho = atom[1], inverseRho = atom[2], s = atom[3], sphere = atom[5], sum = integral[i];
            for (int j = i + 1; j < count; j++, row += stride, pair += 4)
            {
                var other = new ParameterRow<T>(parameters, ModelLength + AtomStride * j);
                Vec3<T> d = position - block.Position(j);
                T square = Vec3<T>.Dot(d, d);
                T inverse = T.ReciprocalSqrt(square);
                T r = square * inverse, inverseSquare = inverse * inverse;
                Twin<T> taken = GeneralizedBorn.Descreen<Twin<T>, TNeck>(new(rho, other[1]), new(inverseRho, other[2]), new(other[3], s),
                    new(other[5], sphere),
                    new(r, r), new(inverse, inverse), new(inverseSquare, inverseSquare), out Twin<T> fall);
                if (TNeck.IsThere)
                {
                    var neck = new ParameterRow<T>(parameters, row + stride - Neck.Length);
                    taken += Neck.Evaluate<Twin<T>>(new(neck[0], neck[0]), new(neck[1], neck[3]), new(neck[2], neck[4]),
                        new(r, r), new(inverse, inverse), out Twin<T> neckFall);
                    fall += neckFall;
                }
                sum += taken.First;
                integral[j] += taken.Second;
                (pair[2], pair[3]) = (fall.First, fall.Second);
                first += TFirst.Evaluate(new ParameterRow<T>(parameters, row), r, inverse, out T firstForce);
                second += TSecond.Evaluate(new ParameterRow<T>(parameters, row + split), r, inverse, out T secondForce);
                pair[0] = square;
                pair[1] = (firstForce + secondForce) * inverse;
            }
            integral[i] = sum;
        }
        energies[0] = first;
        energies[1] = second;
    }

    /// <summary>Born radii; dB/dI replaces the integral, and the slopes begin with the self energies.</summary>
    internal static unsafe void BornRadii<T>(TableData table, T* integral, T* born, T* inverseBorn, T* bornSlope, T* energies)
        where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        byte* parameters = table.Parameters;
        T tension = new ParameterRow<T>(parameters, ModelLength - 1)[0];
        T self = 0.0, surface = 0.0;
        for (int i = 0; i < count; i++)
        {
            var atom = new ParameterRow<T>(parameters, ModelLength + AtomStride * i);
            var model = new ParameterRow<T>(parameters, TNeck.IsThere ? ModelLength + AtomStride * i + AtomLength : 0);
            T radius = GeneralizedBorn.Radius(0.125 * integral[i], atom[1], atom[4], model[0], model[1], model[2], out integral[i]);
            T inverse = T.Reciprocal(radius);
            T charge = -0.5 * atom[0] * atom[0] * inverse;
            self += charge;
            surface += GeneralizedBorn.Surface(tension, atom[4], inverse, out T surfaceSlope);
            (born[i], inverseBorn[i]) = (radius, GeneralizedBorn.ExponentScale * inverse);
            bornSlope[i] = T.MultiplyAdd(-charge, inverse, surfaceSlope);
        }
        energies[2] = self;
        energies[3] = surface;
    }

    /// <summary>Adds the solvent's direct force to each pair's, and dE/dB.</summary>
    private static unsafe void Solvate<T>(TableData table, T* born, T* inverseBorn, T* bornSlope, T* pair, T* energies) where T : unmanaged,
        ILane<T>
    {
        int count = table.Shape.Count;
        byte* parameters = table.Parameters;
        T energy = energies[2];
        for (int i = 0; i < count; i++)
        {
            T charge = -new ParameterRow<T>(parameters, ModelLength + AtomStride * i)[0], radius = born[i], inverseRadius = -inverseBorn[i],
                sum = bornSlope[i];
            for (int j = i + 1; j < count; j++, pair += 4)
            {
                T charges = charge * new ParameterRow<T>(parameters, ModelLength + AtomStride * j)[0], other = born[j];
                T inverse = GeneralizedBorn.InverseDistance(pair[0], radius * other, inverseRadius * inverseBorn[j], out T fall,
                    out T productSlope);
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

    /// <summary>Forces: each pair's with - dE/dI_i dI_i/dr - dE/dI_j dI_j/dr.</summary>
    internal static unsafe void ChainRule<T>(TableData table, BlockView<T> block, T* integralSlope, T* pair) where T : unmanaged, ILane<T>
    {
        int count = table.Shape.Count;
        for (int i = 0; i < count; i++)
        {
            Vec3<T> position = block.Position(i), force = default;
            T slope = integralSlope[i];
            for (int j = i + 1; j < count; j++, pair += 4)
            {
                T total = T.MultiplyAdd(slope, pair[2], T.MultiplyAdd(integralSlope[j], pair[3], pair[1]));
                Vec3<T> push = total * (position - block.Position(j));
                force += push;
                block.SubtractForce(j, push);
            }
            block.AddForce(i, force);
        }
    }
}
