using MolSampling.Flows.InternalCoordinates;
using MolSampling.Molecular.Peptides;
using TorchSharp;
using static MolSampling.Tests.Flows.InternalCoordinates.Geometry;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.InternalCoordinates;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class InternalCoordinateMapTests
{
    public static TheoryData<string> All => [.. Matrices.Keys];

    public static TheoryData<string> Small => [.. Matrices.Where(m => m.Value.AtomCount <= 6).Select(m => m.Key)];

    [Theory]
    [MemberData(nameof(All))]
    public void There_and_back_is_where_it_was(string name)
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices[name];
        var map = new InternalCoordinateMap(z);
        InternalCoordinateFields q = Draw(z, 50, 1, z.IsGlobal);
        (Tensor x, Tensor forward) = map.ToCartesian(q);
        (InternalCoordinateFields back, Tensor inverse) = map.ToInternal(x, z.IsGlobal);
        Assert.True(Largest(back.Bonds - q.Bonds) < 1e-10);
        Assert.True(Largest(back.Angles - q.Angles) < 1e-10);
        if (z.TorsionRows.Count > 0)
            Assert.True(Largest(Circular(back.Torsions - q.Torsions)) < 1e-10);
        if (q.External is not null)
            Assert.True(Largest(back.External! - q.External) < 1e-10);
        else
            Assert.True(Largest(back.Core! - q.Core!) < 1e-10);
        Assert.True(Largest(forward + inverse) < 1e-9 * z.AtomCount);
        Assert.True(Largest(map.ToCartesian(back).Positions - x) < 1e-10);
        Assert.Equal(0, map.OutsideCount);
    }

    [Theory]
    [InlineData("ACE-ALA-NME")]
    [InlineData("ACE-ALA-ALA-ALA-NME")]
    [InlineData("ACE-TRP-PRO-VAL-NME")]
    public void Real_molecules_return_in_both_precisions(string sequence)
    {
        using DisposeScope scope = NewScope();
        Structure peptide = PeptideBuilder.Build(sequence);
        var map = new InternalCoordinateMap(peptide.Topology.ToZMatrix());
        var random = new RandomSource(3);
        Tensor x = tensor([.. Enumerable.Range(0, 20).SelectMany(_ => peptide.Positions.Select(p => p + 0.005 * random.NextNormal()))],
            [20, peptide.Positions.Length], ScalarType.Float64);
        (InternalCoordinateFields q, Tensor logDeterminant) = map.ToInternal(x, external: true);
        Assert.True(Largest(map.ToCartesian(q).Positions - x) < 1e-10);
        Tensor single = x.to(ScalarType.Float32);
        (InternalCoordinateFields q32, Tensor logDeterminant32) = map.ToInternal(single, external: true);
        Tensor x32 = map.ToCartesian(q32).Positions;
        Assert.Equal(ScalarType.Float32, x32.dtype);
        Assert.True(Largest(x32 - single) < 1e-5 * Largest(x), $"{Largest(x32 - single)}");
        Assert.True(Largest(logDeterminant32 - logDeterminant) < 1e-5 * Largest(logDeterminant));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Log_determinants_are_those_of_the_autograd_Jacobian(string name)
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices[name];
        var map = new InternalCoordinateMap(z);
        for (ulong seed = 10; seed < 14; seed++)
        {
            InternalCoordinateFields q = Draw(z, 1, seed, z.IsGlobal);
            (Tensor x, Tensor forward) = map.ToCartesian(q);
            double expected = LogDeterminant(Jacobian(t => map.ToCartesian(Part(z, t)).Positions, Join(q)));
            Assert.Equal(expected, forward.item<double>(), 1e-9);
            Assert.Equal(-expected, LogDeterminant(Jacobian(t => Join(map.ToInternal(t, z.IsGlobal).Fields), x)), 1e-8);
            Assert.Equal(-expected, map.ToInternal(x).LogDet.item<double>(), 1e-9);
            // power: the check sees one factor of sin theta or of b that is missing
            if (z.IsGlobal)
            {
                Assert.True(Math.Abs(expected - (forward.item<double>() - Math.Log(Math.Sin(Doubles(q.Angles)[0])))) > 1e-3);
                Assert.True(Math.Abs(expected - (forward.item<double>() - Math.Log(Doubles(q.Bonds)[0]))) > 1);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Placement_is_that_of_a_plain_loop_over_atoms(string name)
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices[name];
        InternalCoordinateFields q = Draw(z, 3, 5);
        double[] x = Doubles(new InternalCoordinateMap(z).ToCartesian(q).Positions);
        double[] b = Doubles(q.Bonds), a = Doubles(q.Angles), t = Doubles(q.Torsions), c = q.Core is null ? [] : Doubles(q.Core);
        for (int s = 0; s < 3; s++)
        {
            double[] plain = PlaceOneByOne(z, b.AsSpan(s * z.BondRows.Count, z.BondRows.Count),
                a.AsSpan(s * z.AngleRows.Count, z.AngleRows.Count),
                t.AsSpan(s * z.TorsionRows.Count, z.TorsionRows.Count), c.AsSpan(s * 3 * z.Core.Count, 3 * z.Core.Count));
            for (int k = 0; k < plain.Length; k++)
                Assert.Equal(plain[k], x[s * plain.Length + k], 1e-11);
        }
    }

    [Theory]
    [InlineData("alanine")]
    [InlineData("fab")]
    [InlineData("tetrapeptide")]
    [InlineData("side chains")]
    public void Rigid_motions_change_no_internal_coordinate_and_a_mirror_turns_torsions(string name)
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices[name];
        var map = new InternalCoordinateMap(z);
        InternalCoordinateFields q = Draw(z, 20, 6), moved = q with { External = Draw(z, 20, 7, true).External };
        (Tensor x, Tensor d) = map.ToCartesian(q);
        (Tensor y, Tensor e) = map.ToCartesian(moved);
        Assert.True(Largest(x - y) > 0.1);
        (InternalCoordinateFields back, Tensor inverse) = map.ToInternal(y);
        Assert.True(Largest(Join(back with { Torsions = Circular(back.Torsions - q.Torsions) }) - Join(q with { Torsions =
            zeros_like(q.Torsions) })) < 1e-10);
        Assert.True(Largest(d - e) < 1e-10 && Largest(d + inverse) < 1e-8);
        InternalCoordinateFields mirrored = map.ToInternal((y.reshape(20, -1, 3) * tensor(new double[] { 1, -1, 1 })).reshape(20,
            -1)).Fields;
        Assert.True(Largest(Circular(mirrored.Torsions + q.Torsions)) < 1e-10);
        Assert.True(Largest(mirrored.Angles - q.Angles) < 1e-10);
    }

    [Fact]
    public void Torsions_are_the_engine_s()
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices["side chains"];
        (Tensor x, _) = new InternalCoordinateMap(z).ToCartesian(Draw(z, 10, 8));
        (InternalCoordinateFields q, _) = new InternalCoordinateMap(z).ToInternal(x);
        float[] positions = [.. Doubles(x).Select(v => (float)v)];
        double[] torsions = Doubles(q.Torsions);
        ZMatrixRow[] rows = [.. z.TorsionRows];
        for (int s = 0; s < 10; s++)
            for (int r = 0; r < rows.Length; r++)
            {
                double angle = Dihedral.Angle(positions.AsSpan(s * 3 * z.AtomCount, 3 * z.AtomCount), rows[r].Atom, rows[r].Bond,
                    rows[r].Angle, rows[r].Torsion);
                Assert.Equal(0, Math.IEEERemainder(angle - torsions[s * rows.Length + r], 2 * Math.PI), 1e-4);
            }
    }

    [Fact]
    public void Outside_the_support_the_log_determinant_is_minus_infinity_and_counted_and_no_other_sample_is_touched()
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices["methanol"];
        var map = new InternalCoordinateMap(z);
        InternalCoordinateFields good = Draw(z, 9, 9, true), q = Part(z, Join(good).clone());
        q.Bonds[1, 2] = tensor(0.0);
        q.Bonds[2, 0] = tensor(-0.1);
        q.Angles[3, 1] = tensor(Math.PI);
        q.Angles[4, 0] = tensor(-0.5);
        q.Angles[5, 3] = tensor(0.0);
        q.Torsions[6, 1] = tensor(double.NaN);
        q.External![7, 4] = tensor(-1.0);
        Tensor leaf = Join(q).detach().clone().requires_grad_(true);
        (Tensor x, Tensor logDeterminant) = map.ToCartesian(Part(z, leaf));
        (Tensor expected, Tensor expectedLog) = map.ToCartesian(good);
        Assert.Equal(7, map.OutsideCount);
        double[] logs = Doubles(logDeterminant);
        Assert.All(logs[1..8], l => Assert.Equal(double.NegativeInfinity, l));
        Assert.Equal((Doubles(expectedLog)[0], Doubles(expectedLog)[8]), (logs[0], logs[8]));
        Assert.Equal(Doubles(expected)[..18], Doubles(x)[..18]);
        Assert.All(Doubles(x)[18..(8 * 18)], v => Assert.True(double.IsNaN(v)));
        (x.square().sum(1) + logDeterminant).sum().backward();
        double[] gradient = Doubles(leaf.grad!);
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
        Assert.All(gradient[18..(8 * 18)], g => Assert.Equal(0, g));
        Assert.All(gradient[..12], g => Assert.NotEqual(0, g));

        Tensor y = expected.detach().clone();
        using (no_grad())
        {
            y[1, TensorIndex.Slice(3, 6)] = y[1, TensorIndex.Slice(0, 3)]; // two bonded atoms in one place
            y[2] = arange(18, dtype: ScalarType.Float64).div(3, RoundingMode.floor); // all in one line
            y[3, 0] = tensor(double.PositiveInfinity);
        }
        y.requires_grad_(true);
        (InternalCoordinateFields back, Tensor inverse) = map.ToInternal(y, external: true);
        Assert.Equal(10, map.OutsideCount);
        Assert.All(Doubles(inverse)[1..4], l => Assert.Equal(double.NegativeInfinity, l));
        (Join(back).square().sum(1) + inverse).sum().backward();
        Assert.All(Doubles(y.grad!)[..54], g => Assert.True(double.IsFinite(g)));
        Assert.All(Doubles(y.grad!)[72..], g => Assert.True(double.IsFinite(g)));
        Assert.All(Doubles(y.grad!)[18..54], g => Assert.Equal(0, g));
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    public void Angles_near_a_line_return(double small)
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices["methanol"];
        var map = new InternalCoordinateMap(z);
        InternalCoordinateFields q = Draw(z, 2, 11);
        q.Angles[0, 3] = tensor(small);
        q.Angles[1, 3] = tensor(Math.PI - small);
        (Tensor x, Tensor forward) = map.ToCartesian(q);
        (InternalCoordinateFields back, Tensor inverse) = map.ToInternal(x);
        Assert.Equal(small, Doubles(back.Angles)[3], 1e-6 * small + 1e-15);
        Assert.Equal(Math.PI - small, Doubles(back.Angles)[7], 1e-15 + 1e-6 * small);
        Assert.True(Largest(forward + inverse) < 1e-6);
        Assert.True(Doubles(forward).All(double.IsFinite));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using DisposeScope scope = NewScope();
        ZMatrix z = Matrices["four"];
        var map = new InternalCoordinateMap(z);
        InternalCoordinateFields q = Draw(z, 2, 12);
        Assert.Throws<ArgumentException>(() => map.ToInternal(zeros(2, 11)));
        Assert.Throws<ArgumentException>(() => map.ToCartesian(q with { Angles = q.Bonds }));
        Assert.Throws<ArgumentException>(() => map.ToCartesian(q with { Angles = q.Angles.to(ScalarType.Float32) }));
        Assert.Throws<ArgumentException>(() => map.ToCartesian(q with { Core = q.Bonds }));
        Assert.Throws<ArgumentException>(() => new InternalCoordinateMap(Matrices["core"]).ToInternal(zeros(2, 18), external: true));
    }

    private static double[] PlaceOneByOne(ZMatrix z, ReadOnlySpan<double> bonds, ReadOnlySpan<double> angles, ReadOnlySpan<double> torsions,
        ReadOnlySpan<double> core)
    {
        var x = new double[z.AtomCount][];
        for (int c = 0; c < z.Core.Count; c++)
            x[z.Core[c]] = core.Slice(3 * c, 3).ToArray();
        while (x.Any(p => p is null))
            for (int r = 0, b = 0, a = 0, t = 0; r < z.Rows.Count; r++)
            {
                ZMatrixRow row = z.Rows[r];
                (double length, double angle, double turn) = (row.Bond < 0 ? 0 : bonds[b++], row.Angle < 0 ? 0 : angles[a++],
                    row.Torsion < 0 ? 0 : torsions[t++]);
                if (x[row.Atom] is not null || row.References.Any(i => x[i] is null))
                    continue;
                if (row.Bond < 0)
                    x[row.Atom] = [0, 0, 0];
                else if (row.Angle < 0)
                    x[row.Atom] = [0, 0, length];
                else if (row.Torsion < 0)
                    x[row.Atom] = [length * Math.Sin(angle), 0,
                        x[row.Bond][2] + length * Math.Cos(angle) * Math.Sign(x[row.Angle][2] - x[row.Bond][2])];
                else
                    x[row.Atom] = PlaceOne(x[row.Bond], x[row.Angle], x[row.Torsion], length, angle, turn);
            }
        return [.. x.SelectMany(p => p)];
    }

    /// <summary>Rotates the plane of the reference about the axis by minus the torsion (Rodrigues).</summary>
    private static double[] PlaceOne(double[] j, double[] k, double[] l, double length, double angle, double turn)
    {
        double[] v = Normal(Minus(k, j)), w = Minus(l, k);
        double along = v.Zip(w, (p, q) => p * q).Sum();
        double[] p = Normal([.. w.Zip(v, (a, b) => a - along * b)]), q = Cross(v, p);
        return [.. Enumerable.Range(0, 3).Select(c => j[c] + length * (Math.Cos(angle) * v[c] + Math.Sin(angle) * (Math.Cos(-turn) * p[c]
            + Math.Sin(-turn) * q[c])))];
    }

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (p, q) => p - q)];

    private static double[] Normal(double[] a) => [.. a.Select(p => p / Math.Sqrt(a.Sum(q => q * q)))];

    private static double[] Cross(double[] a, double[] b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0]];
}
