using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// All N (N - 1)/2 pairs under two radial terms and a generalized Born solvent, which share distances. Three passes over pairs: descreening integrals with the
/// radial terms; pair energies of the solvent; the chain rule through the Born radii. What a pass leaves for the next (4 numbers a pair) stays in scratch.
/// Rows of the radial terms' parameters stand for all pairs i &lt; j in order, zero where a pair is excluded.
/// </summary>
public sealed class SolvatedPairTable<TFirst, TSecond> : TermTable
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
{
    private const int AtomStride = 5; // sqrt(K/2 (1/e_in - 1/e_out)) q, rho, 1/rho, s, r
    private const int ModelLength = 4; // a, b, c, 4 pi gamma
    private static readonly int s_first = TFirst.ParameterNames.Count, s_stride = s_first + TSecond.ParameterNames.Count;

    private readonly int _count;

    internal SolvatedPairTable(int count, ReadOnlySpan<double> parameters)
        : base($"{TFirst.Name}+{TSecond.Name}+generalizedBorn", 1, parameters, Enumerable.Range(0, count).ToArray()) => _count = count;

    /// <summary>Makes the table.</summary>
    /// <param name="charges">[N] sqrt(K (1/e_in - 1/e_out)) q, sqrt(kJ nm/mol).</param>
    /// <param name="radii">[N] nm.</param>
    /// <param name="scales">[N] s = scale (r - offset).</param>
    /// <param name="model">a, b, c of the Born radius.</param>
    /// <param name="surfaceTension">kJ/mol/nm^2.</param>
    /// <param name="pairs">[N (N - 1)/2] parameters of the radial terms for i &lt; j in order.</param>
    public static SolvatedPairTable<TFirst, TSecond> Create(IReadOnlyList<double> charges, IReadOnlyList<double> radii, IReadOnlyList<double> scales,
        (double A, double B, double C) model, double surfaceTension, IReadOnlyList<double[]> pairs)
    {
        int n = charges.Count;
        if (radii.Count != n || scales.Count != n || pairs.Count != n * (n - 1) / 2)
            throw new ArgumentException($"{n} charges, {radii.Count} radii, {scales.Count} scales and {pairs.Count} pairs do not make a solvated system.");
        List<double> parameters = [model.A, model.B, model.C, 4 * Math.PI * surfaceTension];
        for (int i = 0; i < n; i++)
        {
            double rho = radii[i] - GeneralizedBorn.Offset;
            if (!(rho > 0))
                throw new ArgumentException($"Atom {i} has the Born radius {radii[i]} nm: more than {GeneralizedBorn.Offset} nm is needed.");
            parameters.AddRange([charges[i], rho, 1 / rho, scales[i] * rho, radii[i]]);
        }
        foreach (double[] pair in pairs)
            parameters.AddRange(pair);
        return new(n, parameters.ToArray());
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> EnergyNames { get; } = [TFirst.Name, TSecond.Name, "generalizedBorn", "surface"];

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => true;

    /// <summary>The solvent with its surface stays whole; a radial term that is not on its side becomes a table of pairs.</summary>
    private protected override (TermTable Chosen, TermTable Others) SplitEnergies(IReadOnlySet<string> names)
    {
        bool solvent = names.Contains("generalizedBorn");
        if (solvent != names.Contains("surface"))
            throw new ArgumentException("The terms generalizedBorn and surface share the Born radii and are scaled together or not at all: name both or neither.");
        int head = ModelLength + AtomStride * _count;
        bool first = names.Contains(TFirst.Name) == solvent, second = names.Contains(TSecond.Name) == solvent;
        // never both true: then all or no names were chosen
        (TermTable with, TermTable without) = (first, second) switch
        {
            (true, _) => ((TermTable)new SolvatedPairTable<TFirst, NoRadialTerm>(_count, Part(head, 0, s_first)), (TermTable)PairTable<NoRadialTerm, TSecond>.Create(Rows(head, s_first, s_stride))),
            (_, true) => (new SolvatedPairTable<NoRadialTerm, TSecond>(_count, Part(head, s_first, s_stride)), PairTable<TFirst, NoRadialTerm>.Create(Rows(head, 0, s_first))),
            _ => (new SolvatedPairTable<NoRadialTerm, NoRadialTerm>(_count, Part(head, 0, 0)), PairTable<TFirst, TSecond>.Create(Rows(head, 0, s_stride))),
        };
        return solvent ? (with, without) : (without, with);
    }

    /// <summary>The solvent's parameters with some columns of the pairs'.</summary>
    private double[] Part(int head, int from, int to) => [.. Parameters.Take(head), .. Rows(head, from, to).SelectMany(r => r.Item3)];

    private IEnumerable<(int, int, double[])> Rows(int head, int from, int to)
    {
        for (int i = 0, row = head; i < _count; i++)
            for (int j = i + 1; j < _count; j++, row += s_stride)
                yield return (i, j, [.. Enumerable.Range(row + from, to - from).Select(k => Parameters[k])]);
    }

    internal override int ScratchLanes => 4 * _count + 4 * (_count * (_count - 1) / 2);

    internal override unsafe void Evaluate<T>(BlockView<T> block, T* energies)
    {
        void* table = ParameterTable<T>();
        T* integral = block.Scratch, born = integral + _count, inverseBorn = born + _count, bornSlope = inverseBorn + _count, pairs = bornSlope + _count;
        Descreen(block, table, integral, pairs, energies);
        BornRadii(table, integral, born, inverseBorn, bornSlope, energies);
        Solvate(table, born, inverseBorn, bornSlope, pairs, energies);
        for (int i = 0; i < _count; i++)
            integral[i] *= 0.125 * bornSlope[i]; // dB/dI dE/dB; the slopes of pairs are eight times dI/dr
        ChainRule(block, integral, pairs);
    }

    /// <summary>Leaves r^2, the radial terms' slope over r, and the slopes over r of what j takes from i and i from j.</summary>
    private unsafe void Descreen<T>(BlockView<T> block, void* table, T* integral, T* pair, T* energies) where T : unmanaged, ILane<T>
    {
        T first = 0.0, second = 0.0;
        for (int i = 0; i < _count; i++)
            integral[i] = 0.0;
        int row = ModelLength + AtomStride * _count;
        for (int i = 0; i < _count; i++)
        {
            Vec3<T> position = block.Position(i);
            var atom = new ParameterRow<T>(table, ModelLength + AtomStride * i);
            T rho = atom[1], inverseRho = atom[2], s = atom[3], sum = integral[i];
            for (int j = i + 1; j < _count; j++, row += s_stride, pair += 4)
            {
                var other = new ParameterRow<T>(table, ModelLength + AtomStride * j);
                Vec3<T> d = position - block.Position(j);
                T square = Vec3<T>.Dot(d, d);
                T inverse = T.ReciprocalSqrt(square);
                T r = square * inverse;
                sum += GeneralizedBorn.Descreen(rho, inverseRho, other[3], r, inverse, out T slopeI);
                pair[2] = slopeI * inverse;
                integral[j] += GeneralizedBorn.Descreen(other[1], other[2], s, r, inverse, out T slopeJ);
                pair[3] = slopeJ * inverse;
                first += TFirst.Evaluate(new ParameterRow<T>(table, row), r, inverse, out T firstSlope);
                second += TSecond.Evaluate(new ParameterRow<T>(table, row + s_first), r, inverse, out T secondSlope);
                pair[0] = square;
                pair[1] = (firstSlope + secondSlope) * inverse;
            }
            integral[i] = sum;
        }
        energies[0] = first;
        energies[1] = second;
    }

    /// <summary>Born radii; dB/dI replaces the integral, and the slopes begin with the self energies.</summary>
    private unsafe void BornRadii<T>(void* table, T* integral, T* born, T* inverseBorn, T* bornSlope, T* energies) where T : unmanaged, ILane<T>
    {
        var model = new ParameterRow<T>(table, 0);
        T self = 0.0, surface = 0.0;
        for (int i = 0; i < _count; i++)
        {
            var atom = new ParameterRow<T>(table, ModelLength + AtomStride * i);
            T radius = GeneralizedBorn.Radius(0.125 * integral[i], atom[1], atom[4], model[0], model[1], model[2], out integral[i]);
            T inverse = T.Reciprocal(radius);
            T charge = -0.5 * atom[0] * atom[0] * inverse;
            self += charge;
            surface += GeneralizedBorn.Surface(model[3], atom[4], inverse, out T surfaceSlope);
            (born[i], inverseBorn[i]) = (radius, inverse);
            bornSlope[i] = T.MultiplyAdd(-charge, inverse, surfaceSlope);
        }
        energies[2] = self;
        energies[3] = surface;
    }

    /// <summary>Adds the solvent's direct force to each pair's slope, and dE/dB.</summary>
    private unsafe void Solvate<T>(void* table, T* born, T* inverseBorn, T* bornSlope, T* pair, T* energies) where T : unmanaged, ILane<T>
    {
        T energy = energies[2];
        for (int i = 0; i < _count; i++)
        {
            T charge = -new ParameterRow<T>(table, ModelLength + AtomStride * i)[0], radius = born[i], inverseRadius = inverseBorn[i], sum = bornSlope[i];
            for (int j = i + 1; j < _count; j++, pair += 4)
            {
                T charges = charge * new ParameterRow<T>(table, ModelLength + AtomStride * j)[0], other = born[j];
                T inverse = GeneralizedBorn.InverseDistance(pair[0], radius * other, inverseRadius * inverseBorn[j], out T slope, out T productSlope);
                energy = T.MultiplyAdd(charges, inverse, energy);
                pair[1] = T.MultiplyAdd(charges, slope, pair[1]);
                T pull = charges * productSlope;
                sum = T.MultiplyAdd(pull, other, sum);
                bornSlope[j] = T.MultiplyAdd(pull, radius, bornSlope[j]);
            }
            bornSlope[i] = sum;
        }
        energies[2] = energy;
    }

    /// <summary>Forces: each pair's slope with dE/dI_i dI_i/dr + dE/dI_j dI_j/dr.</summary>
    private unsafe void ChainRule<T>(BlockView<T> block, T* integralSlope, T* pair) where T : unmanaged, ILane<T>
    {
        for (int i = 0; i < _count; i++)
        {
            Vec3<T> position = block.Position(i), force = default;
            T slope = integralSlope[i];
            for (int j = i + 1; j < _count; j++, pair += 4)
            {
                T total = T.MultiplyAdd(slope, pair[2], T.MultiplyAdd(integralSlope[j], pair[3], pair[1]));
                Vec3<T> pull = total * (position - block.Position(j));
                force -= pull;
                block.AddForce(j, pull);
            }
            block.AddForce(i, force);
        }
    }
}
