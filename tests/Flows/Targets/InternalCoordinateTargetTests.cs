using MolSampling.Flows.InternalCoordinates;
using MolSampling.Flows.Targets;
using MolSampling.Tests.Flows.InternalCoordinates;
using TorchSharp;
using static MolSampling.Tests.Flows.InternalCoordinates.Geometry;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Targets;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class InternalCoordinateTargetTests
{
    static InternalCoordinateTargetTests() => TorchRuntime.EnsureLoaded();

    /// <summary>The methyl of HO-CH3 by a proper torsion and two improper ones, where U is a sum over three proper ones.</summary>
    private static readonly ZMatrix s_byImpropers = new([new(1, -1), new(0, 1), new(2, 1, 0), new(3, 0, 1, 2), new(4, 0, 1, 3),
        new(5, 0, 1, 3)]);

    /// <summary>The methyl's torsions start at 60, 180 and -60 degrees, so that its reference has a hand.</summary>
    private static HarmonicMolecule Methyl() => new("methyl", HarmonicMolecule.Methyl().ZMatrix,
        [(0.141, 2.6e5), (0.096, 4e5), (0.109, 2.8e5), (0.109, 2.8e5), (0.109, 2.8e5)],
        [(1.88, 400), (1.91, 400), (1.91, 400), (1.91, 400)], [(Math.PI, 6, 3), (Math.PI / 3, 6, 3), (-Math.PI / 3, 6, 3)]);

    [Fact]
    public void Log_Z_is_the_closed_form_in_any_z_matrix_and_a_hand_is_half_of_it()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule molecule = Methyl();
        var handed = new Chirality([(0, 3, 4, 5, true)], molecule.ReferencePoint);
        Assert.Equal(Math.Log(2), handed.LogVolume, 1e-15);
        var random = new RandomSource(3);
        foreach ((ZMatrix z, Chirality? hand) in new[] { (molecule.ZMatrix, (Chirality?)null), (s_byImpropers, null),
            (s_byImpropers, handed) })
        {
            var target = new InternalCoordinateTarget("methyl", molecule, z, hand);
            Assert.Equal(molecule.LogZ!.Value - target.LogVolume, target.LogZ!.Value, 1e-12);
            (double logZ, double error) = LogZ(target, random.Split(z.Rows[0].Atom), 200_000);
            Assert.True(error < 0.02, $"{error}");
            Assert.Equal(target.LogZ!.Value, logZ, 4 * error); // false alarm 6e-5 each
            Assert.True(4 * error < Math.Log(2)); // power: a hand that is not declared would be seen
        }
    }

    [Fact]
    public void Improper_torsions_are_numbers_in_one_branch_and_proper_ones_circles()
    {
        using DisposeScope scope = NewScope();
        var target = new InternalCoordinateTarget("methyl", Methyl(), s_byImpropers);
        int first = target.Layout[FieldLayout.Torsions].Start;
        Assert.Equal([AxisKind.Circle, AxisKind.Real, AxisKind.Real], target.Domain.Skip(first).Select(a => a.Kind));
        Assert.All(target.Domain.Take(first), a => Assert.Equal(AxisKind.Real, a.Kind));
        Tensor q = tensor(target.ReferencePoint.ToArray(), [1, target.Dimension]);
        double log = target.LogDensity(q).item<double>();
        double Shifted(int column, double by)
        {
            Tensor moved = q.clone();
            moved[0, column] += by;
            return target.LogDensity(moved).item<double>();
        }
        Assert.Equal(log, Shifted(first, 2 * Math.PI), 1e-9);
        Assert.Equal(double.NegativeInfinity, Shifted(first + 1, 2 * Math.PI));
        Assert.Equal(double.NegativeInfinity, Shifted(first + 1, -2 * Math.PI));
        Assert.True(double.IsFinite(Shifted(first + 1, 0.5)));
        foreach ((int column, double by) in new[] { (0, -1.0), (target.Layout[FieldLayout.Angles].Start, 2.0),
            (target.Layout[FieldLayout.Angles].Start, -2.0), (first, double.NaN) })
            Assert.Equal(double.NegativeInfinity, Shifted(column, by));
        // an outside row beside an inside one has no gradient and does not spoil the other's
        Tensor two = cat([q, q], 0);
        two[1, 0] = -1;
        two.requires_grad_(true);
        Tensor gradient = autograd.grad([target.LogDensity(two).sum()], [two])[0];
        Assert.True(isfinite(gradient).all().item<bool>());
        Assert.Equal(0, Largest(gradient[1]));
        Assert.True(Largest(gradient[0]) > 0);
    }

    [Fact]
    public void Positions_and_coordinates_go_both_ways()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule molecule = Methyl();
        foreach (ZMatrix z in new[] { molecule.ZMatrix, s_byImpropers })
        {
            var target = new InternalCoordinateTarget("methyl", molecule, z);
            Tensor x = molecule.Sample(500, new(5))!, q = target.FromCartesian(x.reshape(500, -1, 3)),
                again = target.FromCartesian(target.ToCartesian(q));
            Assert.True(Largest(again - q) < 1e-9);
            Assert.Equal(500, isfinite(target.LogDensity(q)).sum().item<long>());
            // -U/RT does not change, and the rest is ln |det|
            double[] rest = Doubles(target.LogDensity(q) - molecule.LogDensity(x)),
                own = Doubles(new InternalCoordinateMap(z).ToInternal(x).LogDet);
            for (int s = 0; s < 500; s++)
                Assert.Equal(-own[s], rest[s], 1e-9);
        }
    }

    [Fact]
    public void Half_of_exact_samples_have_a_hand_and_both_ways_to_ask_agree()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule molecule = Methyl();
        var hand = new Chirality([(0, 3, 4, 5, true)], molecule.ReferencePoint);
        const int Count = 20_000;
        Tensor x = molecule.Sample(Count, new(6))!.reshape(Count, -1, 3).to(ScalarType.Float32);
        bool[] inside = [.. hand.Contains(x).data<bool>()];
        float[] numbers = [.. x.data<float>()];
        for (int s = 0; s < Count; s++)
            Assert.Equal(inside[s], hand.Contains(numbers.AsSpan(18 * s, 18), 1, 0));
        Assert.Equal(0.5, inside.Average(i => i ? 1.0 : 0), 4 * 0.5 / Math.Sqrt(Count)); // false alarm 6e-5
        // the mirror image, and two hydrogens exchanged, are the other hand
        Assert.Equal(inside.Select(i => !i), hand.Contains(x * tensor(new float[] { 1, 1, -1 })).data<bool>().ToArray());
        Assert.Equal(inside.Select(i => !i),
            hand.Contains(x.index_select(1, tensor(new long[] { 0, 1, 2, 4, 3, 5 }))).data<bool>().ToArray());
        Assert.Throws<ArgumentException>(() => new Chirality([(0, 1, 2, 3, false)], new double[12]));
    }

    [Fact]
    public void A_cap_is_linear_then_logarithmic_and_only_where_it_is_asked()
    {
        using DisposeScope scope = NewScope();
        Tensor u = tensor([-5.0, 10, 1e3, 1e3 + Math.E - 1, 1e9, double.NaN, double.PositiveInfinity]).requires_grad_(true);
        double[] capped = Doubles(EnergyCap.Bgflow.Apply(u));
        Assert.Equal([-5, 10, 1e3], capped[..3]);
        Assert.Equal(1e3 + 1, capped[3], 1e-9);
        Assert.Equal(1e3 + Math.Log(1e9 - 999), capped[4], 1e-9);
        Assert.True(double.IsNaN(capped[5]) && double.IsPositiveInfinity(capped[6]));
        Assert.Equal([1, 1], Doubles(autograd.grad([EnergyCap.Bgflow.Apply(u.narrow(0, 0, 2)).sum()], [u])[0])[..2]);
        var target = new InternalCoordinateTarget("methyl", Methyl(), s_byImpropers);
        Tensor q = tensor(target.ReferencePoint.ToArray(), [1, target.Dimension]);
        Assert.Equal(target.LogDensity(q).item<double>(), target.Capped(EnergyCap.Boltzgen)(q).item<double>(), 1e-12);
        q[0, 0] += 2; // a bond of 2 nm
        Assert.True(target.Capped(new(100))(q).item<double>() > target.LogDensity(q).item<double>() + 1e4);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_what_differs_has_another_fingerprint()
    {
        using DisposeScope scope = NewScope();
        HarmonicMolecule molecule = Methyl();
        InternalCoordinateTarget Make(ZMatrix z, Chirality? hand = null) => new("x", molecule, z, hand);
        Make(s_byImpropers).Verify();
        Assert.Throws<ArgumentException>(() => Make(HarmonicMolecule.Chain().ZMatrix));
        Assert.Throws<ArgumentException>(() => new InternalCoordinateTarget("x", new ManyWell(18), s_byImpropers));
        string[] prints = [Make(s_byImpropers).Fingerprint(), Make(molecule.ZMatrix).Fingerprint(),
            Make(s_byImpropers, new([(0, 3, 4, 5, true)], molecule.ReferencePoint)).Fingerprint()];
        Assert.Equal(3, prints.Distinct().Count());
        Assert.Equal(prints[0], Make(s_byImpropers).Fingerprint());
    }

    /// <summary>By importance sampling from Gaussian bonds and angles and uniform torsions.</summary>
    private static (double LogZ, double Error) LogZ(InternalCoordinateTarget target, RandomSource random, int count)
    {
        double[] q = new double[count * target.Dimension], log = new double[count];
        double[] bonds = [0.141, 0.096, 0.109, 0.109, 0.109], angles = [1.88, 1.91, 1.91, 1.91], center = [.. target.ReferencePoint];
        for (int s = 0; s < count; s++)
            for (int k = 0; k < target.Dimension; k++)
            {
                double deviation = k < 5 ? 0.0035 : 0.09, normal = random.NextNormal();
                bool isTorsion = k >= 9;
                double middle = k < 5 ? bonds[k] : k < 9 ? angles[k - 5] : target.Domain[k].Kind == AxisKind.Circle ? 0
                    : Math.Round(center[k], 1);
                q[s * target.Dimension + k] = middle + (isTorsion ? Math.PI * (2 * random.NextDouble() - 1) : deviation * normal);
                log[s] += isTorsion ? -Math.Log(2 * Math.PI) : -0.5 * normal * normal - Math.Log(deviation * Math.Sqrt(2 * Math.PI));
            }
        return LogMean(Doubles(target.LogDensity(tensor(q, [count, target.Dimension])) - tensor(log)));
    }
}
