using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>What one atom sees of another, Angstrom: the direction and the distance with its inverse, both cut-off functions and their
/// slopes.</summary>
internal struct AniNeighbour<T> where T : unmanaged, ILane<T>
{
    public Vec3<T> Direction;
    public T Distance, Inverse, RadialCut, RadialSlope, AngularCut, AngularSlope;
}

/// <summary>
/// The surroundings of one atom in lanes: neighbours, their features, and the way back from a gradient in the features to one in the
/// positions. See <see cref="AniModel"/> for the formulas. A neighbour is one if it is inside of the cut-off in any lane: beyond it, the
/// cut-off function is exactly 0 and so is all that it multiplies, hence a walker's numbers do not depend on the others.
/// </summary>
/// <typeparam name="T">The lane.</typeparam>
/// <remarks>No angle is computed: with x = cos th, cos(th - z) = x cos z + sqrt(1 - x^2) sin z, and |x| is at most 0.95.</remarks>
internal unsafe ref struct AniSurroundings<T> where T : unmanaged, ILane<T>
{
    /// <summary>Lanes between two features of an atom: a panel holds two columns.</summary>
    public const int Step = 2;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int MostAngles = 8;

    private readonly AniConstants _constants;
    private readonly byte* _table;
    private readonly int* _elements;
    private readonly int _atoms;
    private readonly AniNeighbour<T>* _neighbours; // [N - 1]
    private readonly Vec3<T>* _slopes; // [N - 1] dE/dx of each neighbour
    private readonly int* _who, _near; // [N - 1] atoms; those of them that are inside of the angular cut-off, by their place
    private int _count, _nearCount;

    /// <param name="constants">Of the model.</param>
    /// <param name="elements">[N] places in the model's order.</param>
    /// <param name="atoms">N.</param>
    /// <param name="scratch">At least <see cref="ScratchLanes"/>.</param>
    public AniSurroundings(AniConstants constants, int* elements, int atoms, T* scratch)
    {
        (_constants, _atoms) = (constants, atoms);
        _table = constants.Table<T>();
        _elements = elements;
        _neighbours = (AniNeighbour<T>*)scratch;
        _slopes = (Vec3<T>*)(_neighbours + atoms);
        _who = (int*)(_slopes + atoms);
        _near = _who + atoms;
    }

    /// <summary>Lanes of work space.</summary>
    /// <param name="atoms">N.</param>
    public static int ScratchLanes(int atoms) =>
        (atoms * (sizeof(AniNeighbour<T>) + sizeof(Vec3<T>) + 2 * sizeof(int)) + sizeof(T) - 1) / sizeof(T);

    /// <summary>Finds the neighbours of an atom.</summary>
    /// <param name="atom">The one in the middle.</param>
    /// <param name="positions">[3N] nm, rows <paramref name="stride"/> lanes apart.</param>
    /// <param name="stride">Lanes.</param>
    public void Find(int atom, T* positions, int stride)
    {
        (_count, _nearCount) = (0, 0);
        T radialCutoff = Constant(AniConstants.RadialCutoff), angularCutoff = Constant(AniConstants.AngularCutoff);
        Vec3<T> middle = At(positions, atom, stride);
        for (int j = 0; j < _atoms; j++)
        {
            if (j == atom)
                continue;
            Vec3<T> d = (T)10.0 * (At(positions, j, stride) - middle);
            T square = Vec3<T>.Dot(d, d), inverse = T.ReciprocalSqrt(square), r = square * inverse; // NaN where two atoms are one
            if (IsBeyond(r, radialCutoff))
                continue;
            AniNeighbour<T>* n = _neighbours + _count;
            (n->Direction, n->Distance, n->Inverse) = (inverse * d, r, inverse);
            Cut(r, radialCutoff, AniConstants.RadialTurns, out n->RadialCut, out n->RadialSlope);
            _who[_count] = j;
            if (!IsBeyond(r, angularCutoff))
            {
                Cut(r, angularCutoff, AniConstants.AngularTurns, out n->AngularCut, out n->AngularSlope);
                _near[_nearCount++] = _count;
            }
            _count++;
        }
    }

    /// <summary>The features of the atom that was last looked at.</summary>
    /// <param name="columns">Which there are.</param>
    /// <param name="features">[columns], <see cref="Step"/> lanes apart; overwritten.</param>
    [SkipLocalsInit]
    public readonly void Features(AniColumns columns, T* features)
    {
        for (int k = 0; k < columns.Count; k++)
            features[Step * k] = 0.0;
        int radial = _constants.RadialCount, shifts = _constants.ShiftCount, angles = _constants.AngleCount;
        T radialEta = Constant(AniConstants.RadialEta);
        for (int n = 0; n < _count; n++)
        {
            AniNeighbour<T>* neighbour = _neighbours + n;
            T quarter = 0.25 * neighbour->RadialCut;
            T* row = features + Step * columns.RadialStart[_elements[_who[n]]];
            for (int s = 0; s < radial; s++)
            {
                T d = neighbour->Distance - Constant(AniConstants.First + s);
                row[Step * s] = T.MultiplyAdd(quarter, T.Exp(d * d * radialEta), row[Step * s]);
            }
        }
        T* powers = stackalloc T[MostAngles];
        T angularEta = Constant(AniConstants.AngularEta);
        for (int b = 1; b < _nearCount; b++)
            for (int a = 0; a < b; a++)
            {
                AniNeighbour<T>* j = _neighbours + _near[a], k = _neighbours + _near[b];
                T x = Constant(AniConstants.CosineFactor) * Vec3<T>.Dot(j->Direction, k->Direction), sine = T.Sqrt(1.0 - x * x);
                for (int z = 0; z < angles; z++)
                {
                    T u = Half(x, sine, z);
                    powers[z] = PowerLessOne(u) * u;
                }
                T weight = 2.0 * j->AngularCut * k->AngularCut, mean = 0.5 * (j->Distance + k->Distance);
                T* row = features + Step * Pair(columns, a, b);
                for (int s = 0; s < shifts; s++)
                {
                    T d = mean - Constant(AniConstants.First + radial + s), e = weight * T.Exp(d * d * angularEta);
                    for (int z = 0; z < angles; z++, row += Step)
                        *row = T.MultiplyAdd(e, powers[z], *row);
                }
            }
        // what is far below any rounding becomes 0: the layers' multiply-adds are slow on subnormal numbers
        for (int k = 0; k < columns.Count; k++)
            features[Step * k] = features[Step * k] + 1e-20 - 1e-20;
    }

    /// <summary>Adds the gradient in the positions that follows from one in the features of the atom that was last looked at.</summary>
    /// <param name="atom">The one in the middle.</param>
    /// <param name="columns">Which features there are.</param>
    /// <param name="gradient">[columns] dE/dfeature, <see cref="Step"/> lanes apart.</param>
    /// <param name="slopes">[3N] dE/dx, per Angstrom, rows <paramref name="stride"/> lanes apart; added to.</param>
    /// <param name="stride">Lanes.</param>
    public readonly void AddGradient(int atom, AniColumns columns, T* gradient, T* slopes, int stride)
    {
        int radial = _constants.RadialCount;
        T radialEta = Constant(AniConstants.RadialEta);
        for (int n = 0; n < _count; n++)
        {
            AniNeighbour<T>* neighbour = _neighbours + n;
            T* row = gradient + Step * columns.RadialStart[_elements[_who[n]]];
            T sum = 0.0, moment = 0.0;
            for (int s = 0; s < radial; s++)
            {
                T d = neighbour->Distance - Constant(AniConstants.First + s), e = row[Step * s] * T.Exp(d * d * radialEta);
                sum += e;
                moment = T.MultiplyAdd(e, d, moment);
            }
            T slope = 0.25 * T.MultiplyAdd(2.0 * radialEta * moment, neighbour->RadialCut, sum * neighbour->RadialSlope);
            _slopes[n] = slope * neighbour->Direction;
        }
        for (int b = 1; b < _nearCount; b++)
            for (int a = 0; a < b; a++)
                AddAngular(a, b, gradient + Step * Pair(columns, a, b));
        T* own = slopes + 3 * atom * stride;
        for (int n = 0; n < _count; n++)
        {
            T* other = slopes + 3 * _who[n] * stride;
            Vec3<T> s = _slopes[n];
            (other[0], other[stride], other[2 * stride]) = (other[0] + s.X, other[stride] + s.Y, other[2 * stride] + s.Z);
            (own[0], own[stride], own[2 * stride]) = (own[0] - s.X, own[stride] - s.Y, own[2 * stride] - s.Z);
        }
    }

    [SkipLocalsInit]
    private readonly void AddAngular(int a, int b, T* row)
    {
        int shifts = _constants.ShiftCount, angles = _constants.AngleCount, firstShift = AniConstants.First + _constants.RadialCount;
        T* powers = stackalloc T[MostAngles], lower = stackalloc T[MostAngles];
        AniNeighbour<T>* j = _neighbours + _near[a], k = _neighbours + _near[b];
        T cosine = Vec3<T>.Dot(j->Direction, k->Direction), x = Constant(AniConstants.CosineFactor) * cosine;
        T sine = T.Sqrt(1.0 - x * x), cotangent = x * T.Reciprocal(sine);
        for (int z = 0; z < angles; z++)
        {
            T u = Half(x, sine, z), power = PowerLessOne(u);
            powers[z] = power * u;
            // du/dx = (cos z - x / sqrt(1 - x^2) sin z) / 2
            lower[z] = power * (CosineOf(z) - cotangent * SineOf(z));
        }
        T mean = 0.5 * (j->Distance + k->Distance), eta = Constant(AniConstants.AngularEta), sum = 0.0, moment = 0.0, turned = 0.0;
        for (int s = 0; s < shifts; s++)
        {
            T d = mean - Constant(firstShift + s), e = T.Exp(d * d * eta), inShift = 0.0, inAngle = 0.0;
            for (int z = 0; z < angles; z++, row += Step)
            {
                inShift = T.MultiplyAdd(*row, powers[z], inShift);
                inAngle = T.MultiplyAdd(*row, lower[z], inAngle);
            }
            inShift *= e;
            sum += inShift;
            moment = T.MultiplyAdd(inShift, d, moment);
            turned = T.MultiplyAdd(inAngle, e, turned);
        }
        T both = 2.0 * j->AngularCut * k->AngularCut;
        // of the mean distance, whose halves are r_j and r_k, then of the cosine
        T stretch = both * eta * moment, twice = sum + sum;
        T turn = 0.5 * both * Constant(AniConstants.Zeta) * Constant(AniConstants.CosineFactor) * turned;
        _slopes[_near[a]] += T.MultiplyAdd(twice * j->AngularSlope, k->AngularCut, stretch) * j->Direction
            + turn * j->Inverse * (k->Direction - cosine * j->Direction);
        _slopes[_near[b]] += T.MultiplyAdd(twice * k->AngularSlope, j->AngularCut, stretch) * k->Direction
            + turn * k->Inverse * (j->Direction - cosine * k->Direction);
    }

    private readonly int Pair(AniColumns columns, int a, int b) =>
        columns.PairStart[_elements[_who[_near[a]]] * columns.RadialStart.Length + _elements[_who[_near[b]]]];

    [MethodImpl(Inline)] private readonly T Constant(int index) => T.Broadcast(_table, index);

    [MethodImpl(Inline)]
    private readonly T CosineOf(int z) => Constant(AniConstants.First + _constants.RadialCount + _constants.ShiftCount + z);

    [MethodImpl(Inline)]
    private readonly T SineOf(int z) =>
        Constant(AniConstants.First + _constants.RadialCount + _constants.ShiftCount + _constants.AngleCount + z);

    /// <summary>(1 + cos(th - z)) / 2, at least 0.06.</summary>
    [MethodImpl(Inline)]
    private readonly T Half(T x, T sine, int z) =>
        T.MultiplyAdd(0.5 * sine, SineOf(z), T.MultiplyAdd(0.5 * x, CosineOf(z), 0.5));

    /// <summary>u^(Zeta - 1).</summary>
    [MethodImpl(Inline)]
    private readonly T PowerLessOne(T u)
    {
        if (!_constants.IsZeta32)
            return T.Exp(Constant(AniConstants.ZetaLessOne) * T.Log(u));
        T u2 = u * u, u4 = u2 * u2, u8 = u4 * u4;
        return u8 * u8 * u8 * (u4 * u2 * u);
    }

    /// <summary>f_c and its slope; exactly 0 from the cut-off on.</summary>
    [MethodImpl(Inline)]
    private readonly void Cut(T r, T cutoff, int turns, out T value, out T slope)
    {
        T.SinCosOfTurns(T.Min(r * Constant(turns), 0.5), out T sine, out T cosine); // the slope's factor follows the turns'
        value = T.IfLess(r, cutoff, T.MultiplyAdd(cosine, 0.5, 0.5), 0.0);
        slope = T.IfLess(r, cutoff, Constant(turns + 1) * sine, 0.0);
    }

    [MethodImpl(Inline)]
    private static Vec3<T> At(T* positions, int atom, int stride)
    {
        T* x = positions + 3 * atom * stride;
        return new(x[0], x[stride], x[2 * stride]);
    }

    /// <summary>Whether all lanes are beyond a cut-off; a NaN is not.</summary>
    [MethodImpl(Inline)]
    private static bool IsBeyond(T r, T cutoff)
    {
        // 1 where the lane is beyond, and where it is not, or is NaN, 0
        T beyond = T.IfLess(r, cutoff, 0.0, T.IfLess(cutoff * 0.5, r, 1.0, 0.0));
        if (typeof(T) == typeof(Double64))
            return ((Double64*)&beyond)->Value != 0;
        foreach (float lane in new ReadOnlySpan<float>(&beyond, T.Width))
            if (lane == 0)
                return false;
        return true;
    }
}
