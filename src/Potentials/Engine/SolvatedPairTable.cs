using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// All N (N - 1)/2 pairs under two radial terms and a generalized Born solvent, which share distances. Parameters: those of the model, then
/// of the atoms, then of the pairs. Rows of the radial terms' parameters and the neck's stand for all pairs i &lt; j in order, those of a
/// radial term zero where a pair is excluded.
/// </summary>
public sealed class SolvatedPairTable<TFirst, TSecond, TNeck> : TermTable
    where TFirst : struct, IRadialTerm
    where TSecond : struct, IRadialTerm
    where TNeck : struct, INeck
{
    private static readonly int s_first = TFirst.ParameterNames.Count, s_neck = s_first + TSecond.ParameterNames.Count,
        s_stride = s_neck + TNeck.ParameterNames.Count;

    internal SolvatedPairTable(int count, double[] parameters)
        : base($"{TFirst.Name}+{TSecond.Name}+generalizedBorn{(TNeck.IsThere ? "+necks" : "")}", 1, [.. Enumerable.Range(0, count)],
            parameters, [], new(count, s_stride, s_first), default(SolvatedPairLoop<TFirst, TSecond, TNeck>))
    {
    }

    /// <summary>Makes the table.</summary>
    /// <param name="charges">[N] sqrt(K (1/e_in - 1/e_out)) q, sqrt(kJ nm/mol).</param>
    /// <param name="radii">[N] nm.</param>
    /// <param name="scales">[N] s = scale (r - offset).</param>
    /// <param name="offset">nm.</param>
    /// <param name="coefficients">Of the Born radius: one of all atoms, or with necks [N].</param>
    /// <param name="surfaceTension">kJ/mol/nm^2.</param>
    /// <param name="pairs">[N (N - 1)/2] parameters of the radial terms, then of the neck, for i &lt; j in order.</param>
    public static SolvatedPairTable<TFirst, TSecond, TNeck> Create(IReadOnlyList<double> charges, IReadOnlyList<double> radii,
        IReadOnlyList<double> scales, double offset, IReadOnlyList<BornCoefficients> coefficients, double surfaceTension,
        IReadOnlyList<double[]> pairs)
    {
        int n = charges.Count;
        if (radii.Count != n || scales.Count != n || pairs.Count != n * (n - 1) / 2 || coefficients.Count != (TNeck.IsThere ? n : 1))
            throw new ArgumentException($"{n} charges, {radii.Count} radii, {scales.Count} scales, {coefficients.Count} coefficients and "
                + $"{pairs.Count} pairs do not make a solvated system.");
        static double[] Row(BornCoefficients c) => [c.Alpha, c.Beta, c.Gamma];
        List<double> parameters = [.. TNeck.IsThere ? [] : Row(coefficients[0]), 4 * Math.PI * surfaceTension];
        for (int i = 0; i < n; i++)
        {
            double rho = radii[i] - offset;
            if (!(rho > 0))
                throw new ArgumentException($"Atom {i} has the Born radius {radii[i]} nm: more than {offset} nm is needed.");
            parameters.AddRange([charges[i], rho, 1 / rho, scales[i] * rho, radii[i], scales[i] * rho * scales[i] * rho]);
            if (TNeck.IsThere)
                parameters.AddRange(Row(coefficients[i]));
        }
        foreach (double[] pair in pairs)
            parameters.AddRange(pair);
        return new(n, [.. parameters]);
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
            throw new ArgumentException("The terms generalizedBorn and surface share the Born radii and are scaled together or not at all: "
                + "name both or neither.");
        bool first = names.Contains(TFirst.Name) == solvent, second = names.Contains(TSecond.Name) == solvent;
        // never both true: then all or no names were chosen
        (TermTable with, TermTable without) = (first, second) switch
        {
            (true, _) => ((TermTable)new SolvatedPairTable<TFirst, NoRadialTerm, TNeck>(Count, Part(0, s_first)),
                (TermTable)PairTable<NoRadialTerm, TSecond>.Create(Rows(s_first, s_neck))),
            (_, true) => (new SolvatedPairTable<NoRadialTerm, TSecond, TNeck>(Count, Part(s_first, s_neck)), PairTable<TFirst,
                NoRadialTerm>.Create(Rows(0, s_first))),
            _ => (new SolvatedPairTable<NoRadialTerm, NoRadialTerm, TNeck>(Count, Part(0, 0)), PairTable<TFirst,
                TSecond>.Create(Rows(0, s_neck))),
        };
        return solvent ? (with, without) : (without, with);
    }

    /// <summary>The radial terms, and the solvent's between pairs at the Born radii of one geometry.</summary>
    public override IEnumerable<TermTable> OfFewBodies(ReadOnlySpan<float> positions)
    {
        double[] born = BornRadii(positions);
        return
        [
            PairTable<TFirst, TSecond>.Create(Rows(0, s_neck)),
            PairTable<BornScreening, NoRadialTerm>.Create(Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(i + 1, Count - i - 1)
                .Select(j => (i, j, new[] { Charge(i) * Charge(j), born[i] * born[j] })))),
        ];
    }

    private double Charge(int atom) => Atom(atom)[0];

    private ReadOnlySpan<double> Atom(int atom)
    {
        int length = SolvatedPairLoop<TFirst, TSecond, TNeck>.AtomStride;
        return ((double[])Parameters).AsSpan(SolvatedPairLoop<TFirst, TSecond, TNeck>.ModelLength + length * atom, length);
    }

    /// <summary>[N] nm, of a geometry [N, 3] nm.</summary>
    private double[] BornRadii(ReadOnlySpan<float> x)
    {
        double[] integrals = new double[Count]; // eight times these
        foreach ((int i, int j, double[] neck) in Rows(s_neck, s_stride))
        {
            double dx = x[3 * i] - x[3 * j], dy = x[3 * i + 1] - x[3 * j + 1], dz = x[3 * i + 2] - x[3 * j + 2],
                r = Math.Sqrt(dx * dx + dy * dy + dz * dz);
            integrals[i] += Taken(Atom(i), Atom(j), r) + (TNeck.IsThere ? Neck.Evaluate<Double64>(neck[0], neck[1], neck[2], r, 1 / r,
                out _).Value : 0);
            integrals[j] += Taken(Atom(j), Atom(i), r) + (TNeck.IsThere ? Neck.Evaluate<Double64>(neck[0], neck[3], neck[4], r, 1 / r,
                out _).Value : 0);
        }
        return [.. integrals.Select((integral, i) =>
        {
            ReadOnlySpan<double> own = Atom(i), model = TNeck.IsThere ? own[^3..] : ((double[])Parameters).AsSpan(0, 3);
            return GeneralizedBorn.Radius<Double64>(0.125 * integral, own[1], own[4], model[0], model[1], model[2], out _).Value;
        })];

        static double Taken(ReadOnlySpan<double> own, ReadOnlySpan<double> other, double r) => GeneralizedBorn.Descreen<Double64, TNeck>(
            own[1], own[2], other[3], other[5], r, 1 / r, 1 / (r * r), out _).Value;
    }

    private int FirstRow => Parameters.Count - s_stride * (Count * (Count - 1) / 2);

    /// <summary>The solvent's parameters with some columns of the pairs', and their necks.</summary>
    private double[] Part(int from, int to) =>
        [.. Parameters.Take(FirstRow), .. Rows(from, to).Zip(Rows(s_neck, s_stride), (a, b) => a.Item3.Concat(b.Item3)).SelectMany(r => r)];

    private IEnumerable<(int, int, double[])> Rows(int from, int to)
    {
        for (int i = 0, row = FirstRow; i < Count; i++)
            for (int j = i + 1; j < Count; j++, row += s_stride)
                yield return (i, j, [.. Enumerable.Range(row + from, to - from).Select(k => Parameters[k])]);
    }

    internal override int ScratchLanes => 4 * Shape.Count + 4 * (Shape.Count * (Shape.Count - 1) / 2);

    internal override int StagedScratchLanes => ScratchLanes + SolvatedPairStages<TFirst, TSecond, TNeck>.RowLanes * Shape.Count;

    internal override ITableLoop StagedLoop { get; } = default(SolvatedPairStages<TFirst, TSecond, TNeck>);
}
