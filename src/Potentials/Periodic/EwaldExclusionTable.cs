using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>Pairs that do not interact, of which the sum over waves nevertheless counts the smooth part: -K q q Phi(r)/r, Phi of
/// <see cref="EwaldSplit"/>, within the cut-off.</summary>
public static class EwaldExclusionTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="charges">[N] e, of all atoms of the system.</param>
    /// <param name="pairs">Excluded.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="box">Its edges, nm.</param>
    public static TermTable Create(IReadOnlyList<double> charges, IEnumerable<(int I, int J)> pairs, EwaldSplit split, RectangularBox box)
    {
        (int I, int J)[] rows = [.. pairs.Where(p => charges[p.I] * charges[p.J] != 0)];
        double[] parameters = [.. split.DirectParameters(box.X), box.X, box.Y, box.Z, .. rows.Select(p => charges[p.I] * charges[p.J])];
        return split.Degree == Horner8.Degree ? new EwaldExclusionTable<Horner8>(rows, parameters)
            : new EwaldExclusionTable<Horner10>(rows, parameters);
    }
}

/// <summary>What Ewald's sum counts of a solute with itself, times the square of each walker's factor of its charges: minus the smooth part
/// between all of its atoms, self-energy and background. What is left of the solute's own interactions is that with its images.</summary>
public static class SoluteExclusionTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="charges">[S] e, of the solute's atoms, the first of the system.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="box">Its edges, nm.</param>
    public static TermTable Create(IReadOnlyList<double> charges, EwaldSplit split, RectangularBox box)
    {
        (int I, int J)[] rows = [.. Enumerable.Range(0, charges.Count).SelectMany(i => Enumerable.Range(i + 1, charges.Count - i - 1)
            .Select(j => (i, j)))];
        double[] parameters = [.. split.DirectParameters(box.X), box.X, box.Y, box.Z, .. rows.Select(p => charges[p.I] * charges[p.J]),
            ReciprocalTable.Constant(charges, split, box.Volume)];
        return split.Degree == Horner8.Degree ? new EwaldExclusionTable<Horner8>(rows, parameters, charges.Count)
            : new EwaldExclusionTable<Horner10>(rows, parameters, charges.Count);
    }
}

/// <summary>The table with its polynomials' degree as a type.</summary>
internal sealed class EwaldExclusionTable<THorner>((int I, int J)[] pairs, double[] parameters, int solute = 0)
    : TermTable(solute > 0 ? "solute with itself" : "Ewald exclusion", solute > 0 ? 1 : 2,
        solute > 0 ? [.. Enumerable.Range(0, solute)] : [.. pairs.SelectMany(p => new[] { p.I, p.J })], parameters,
        [.. pairs.SelectMany(p => new[] { p.I, p.J })], new(pairs.Length, 0, solute), default(EwaldExclusionLoop<THorner>))
    where THorner : struct, IHorner
{
    public override bool IsTranslationInvariant => true;

    internal override CouplingDependence Coupling => Shape.Split > 0 ? CouplingDependence.SquareOfCharges : CouplingDependence.None;

    public override IReadOnlyList<string> EnergyNames { get; } = ["Coulomb (exclusions)"];

    internal override bool HeedsStretch => Shape.Split == 0; // what a solute's background costs is a constant of the table

    internal override int ScratchLanes => DirectSum<Double64, THorner>.Length;
}

/// <summary>The loop.</summary>
internal readonly struct EwaldExclusionLoop<THorner> : ITableLoop where THorner : struct, IHorner
{
    public static int EnergyCount => 1;

    public unsafe void Evaluate<T>(TableData table, BlockView<T> block, T* energies) where T : unmanaged, ILane<T>
    {
        var direct = DirectSum<T, THorner>.In(table.Parameters, block.Stretch, block.Scratch);
        byte* own = T.Row(table.Parameters, DirectSum<T, THorner>.Length), charges = T.Row(own, 3);
        T stretch = block.Stretch.Ratio, edgeX = stretch * T.Broadcast(own, 0), edgeY = stretch * T.Broadcast(own, 1),
            edgeZ = stretch * T.Broadcast(own, 2), energy = 0.0, lost = 0.0;
        T perX = T.Reciprocal(edgeX), perY = T.Reciprocal(edgeY), perZ = T.Reciprocal(edgeZ);
        T units = direct.PerEdge * FixedPoint.Edge; // of a nm
        bool isSolute = table.Shape.Split > 0;
        T factor = isSolute ? block.Coupling.Charges * block.Coupling.Charges : 1.0;
        for (int n = 0; n < table.Shape.Count; n++)
        {
            int i = table.Index[2 * n], j = table.Index[2 * n + 1];
            Vec3<T> d = block.Position(i) - block.Position(j);
            d = new(Nearest(d.X, perX, edgeX), Nearest(d.Y, perY, edgeY), Nearest(d.Z, perZ, edgeZ));
            T charge = factor * T.Broadcast(charges, n);
            T smooth = direct.Smooth(Vec3<T>.Dot(d, d) * units * units, out T slope);
            Vec3<T> push = slope * units * charge * d;
            block.AddForce(i, push);
            block.SubtractForce(j, push);
            T next = T.MultiplySubtract(charge, smooth, lost), total = energy + next;
            lost = total - energy - next;
            energy = total;
        }
        energies[0] = isSolute ? T.MultiplyAdd(factor, T.Broadcast(charges, table.Shape.Count), energy) : energy;

        static T Nearest(T x, T perEdge, T edge) => T.MultiplyAdd(T.Round(x * perEdge), -edge, x);
    }
}
