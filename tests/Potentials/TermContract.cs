using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;
using MolSampling.Potentials.Terms;

namespace MolSampling.Tests.Potentials;

/// <summary>One table of systems; every term joins by one line and is held to the same contract.</summary>
[Trait("cpu", "lanes")]
public sealed class TermContract
{
    // a bent chain of four atoms, nm; the torsion is neither 0 nor pi
    private static readonly double[] s_chain = [0.01, 0.02, -0.01, 0.14, -0.03, 0.02, 0.19, 0.11, 0.05, 0.33, 0.12, -0.06];

    private static readonly Dictionary<string, Func<TermTable>> s_tables = new()
    {
        ["bond"] = () => new TwoBodyTable<MmffBond>([0, 1, 1, 2], [250_000, 0.152, 310_000, 0.147]),
        ["angle"] = () => new ThreeBodyTable<MmffAngle>([0, 1, 2, 3, 2, 1], [420, 1.95, 390, 2.1]),
        ["linear angle"] = () => new ThreeBodyTable<MmffLinearAngle>([0, 1, 2], [300]),
        ["stretch-bend"] = () => new ThreeBodyTable<MmffStretchBend>([0, 1, 2], [1200, 900, 0.15, 0.152, 1.9]),
        ["out of plane"] = () => new FourBodyTable<MmffOutOfPlane>([0, 1, 2, 3, 2, 1, 0, 3], [30, 25]),
        ["torsion"] = () => new FourBodyTable<MmffTorsion>([0, 1, 2, 3], [1.3, -2.1, 4.4]),
        ["non-bonded"] = () => PairTable<MmffVanDerWaals, MmffCoulomb>.Create([(3, 0, [1 / 0.38, 0.3, 2.5]), (0, 2, [1 / 0.35, 0.2, -3.0]),
            (1, 3, [1 / 0.36, 0.4, 1.0])]),
        ["Born screening"] = () => PairTable<BornScreening, NoRadialTerm>.Create([(3, 0, [2.5, 0.03]), (0, 2, [-3.0, 0.05]),
            (1, 3, [1.0, 0.02])]),
        ["harmonic bond"] = () => new TwoBodyTable<HarmonicBond>([0, 1, 1, 2], [250_000, 0.152, 310_000, 0.147]),
        ["harmonic angle"] = () => new ThreeBodyTable<HarmonicAngle>([0, 1, 2, 3, 2, 1], [420, 1.95, 390, 2.1]),
        ["periodic torsion"] = () => new FourBodyTable<PeriodicTorsion>([0, 1, 2, 3],
            PeriodicTorsion.Row([(1, 0, 3.1), (2, Math.PI, 1.5), (3, 0.4, 0.9), (4, 1.2, 0.3), (6, 0.7, 0.2)])),
        ["even torsion"] = () => new FourBodyTable<EvenTorsion>([0, 1, 2, 3],
            EvenTorsion.Row(PeriodicTorsion.Row([(1, 0, 3.1), (2, Math.PI, 1.5), (3, 0, 0.9), (4, Math.PI, 0.3)]))!),
        ["Lennard-Jones and Coulomb"] = () => PairTable<LennardJones,
            Coulomb>.Create([(3, 0, [0.3, 1.2, 25]), (0, 2, [0.25, 0.8, -30]), (1, 3, [0.2, 1.6, 10])]),
        ["cut off in a box"] = () => PairTable<LennardJonesSwitched, CoulombReactionField>.Create(
            [(3, 0, [0.3, 1.2, 0.25, 0.15, 10, 25, 0.25, 20, 5.8]), (0, 2, [0.18, 0.8, 0.25, 0.15, 10, -30, 0.25, 20, 5.8]),
                (0, 1, [0.13, 0.8, 0.25, 0.25, 0, -30, 0.25, 20, 5.8])],
            new RectangularBox(0.5, 0.55, 0.6)),
        ["generalized Born I"] = () => Solvated(new(0.8, 0, 2.909125)),
        ["generalized Born II"] = () => Solvated(new(1, 0.8, 4.85)),
        ["generalized Born with necks"] = () => SolvatedWithNecks(0.8),
        ["generalized Born with necks and a negative sphere"] = () => SolvatedWithNecks(-0.7),
        ["bond correction"] = () => new TwoBodyTable<BondCorrection>([0, 1, 1, 2],
            [900, -12_000, 300_000, 0.15, -700, 9_000, -200_000, 0.13]),
        ["angle correction"] = () => new ThreeBodyTable<AngleCorrection>([0, 1, 2, 3, 2, 1],
            [11, -70, 33, 9_000, 800, -900, -0.4, 0.15, 0.16, -9, 60, -44, -7_000, 700, 500, -0.5, 0.14, 0.15]),
        ["centre correction"] = () => new FourBodyTable<CentreCorrection>([0, 1, 2, 3, 2, 1, 0, 3],
            [30, -25, 18, 40, -35, -0.4, -0.3, -0.2, 12, 25, -28, -30, 45, 0.1, -0.4, 0.3]),
        ["torsion correction"] = () => new FourBodyTable<TorsionCorrection>([0, 1, 2, 3],
            [3.1, -2.1, 1.4, 200, -150, 120, 9, -8, 7, -6, 7, 11, 300, -200, 100, -180, 220, 140, 9_000, 15, 0.15, -0.4, -0.5, 0.13, 0.16]),
        ["pair correction"] = () => PairTable<PairCorrection, NoRadialTerm>.Create([(3, 0, [2.1, 40, -300, 12]), (0, 2, [-1.4, 60, 500, 8]),
            (1, 3, [0.7, -80, 90, 15])]),
        ["distance kept in a window"] = () => new TwoBodyTable<DistanceWall>([0, 3, 1, 2], [90_000, 0.2, 0.05, 70_000, 0.3, 0.1]),
        ["angle kept in a window"] = () => new ThreeBodyTable<AngleWall>([0, 1, 2, 3, 2, 1], [900, 1.1, 0.2, 800, 2.9, 0.3]),
        // -2.18 rad is nearly opposite to the first window, across from the second, and near the third from its other side
        ["torsion kept in a window"] = () => new FourBodyTable<TorsionWall>([0, 1, 2, 3, 0, 1, 2, 3, 3, 2, 1, 0],
            [.. TorsionWall.Row(900, 0.3, 0.2), .. TorsionWall.Row(700, -1.2, 0.3), .. TorsionWall.Row(800, -2.9, 0.1)]),
        ["harmonic well"] = () => new OneBodyTable<HarmonicWell>([0, 3], [900, 0.02, 0, 0, 700, 0.3, 0.1, 0]),
        ["orientations as a well"] = () => new OneBodyTable<RotationVolume>([0, 3], [2.5, 0.8]),
        ["Ewald's direct part in a box"] = () => PairTable<LennardJonesSwitched, EwaldDirect>.Create(
            [(3, 0, [0.3, 1.2, 0.25, 0.15, 10, .. EwaldDirect.Row(0.2, new EwaldSplit(0.25, 14))]),
                (0, 2, [0.18, 0.8, 0.25, 0.15, 10, .. EwaldDirect.Row(-0.3, new EwaldSplit(0.25, 11))])],
            new RectangularBox(0.5, 0.55, 0.6)),
        ["double well"] = () => new OneBodyTable<DoubleWell>([1], [8, 0.1, 1.5, 500]),
    };

    // radii so different that one sphere lies in another, two overlap, and two stand apart
    private static SolvatedPairTable<LennardJones, Coulomb, NoNeck> Solvated(BornCoefficients model) =>
        SolvatedPairTable<LennardJones, Coulomb, NoNeck>.Create([9, -7, 4, -5], [0.12, 0.32, 0.17, 0.15], [0.8, 0.72, 0.85, 0.6], 0.009,
            [model], 2.25936, s_radial);

    // one pair lies beyond its neck's cut-off, two near the maximum
    private static SolvatedPairTable<LennardJones, Coulomb, Neck> SolvatedWithNecks(double scale)
    {
        double[] cutoffs = [0.9, 0.9, 0.2, 0.9, 0.9, 0.9];
        return SolvatedPairTable<LennardJones, Coulomb, Neck>.Create([9, -7, 4, -5], [0.12, 0.19, 0.17, 0.15], [0.8, scale, 0.85, 1.2],
            0.0195141,
            [new(0.78844, 0.798699, 0.437334), new(0.733756, 0.506378, 0.205844), new(1.095, 1.908, 2.508), new(1, 0.8, 4.85)],
            2.25936,
            [.. s_radial.Select((row, n) =>
                (double[])[.. row, cutoffs[n], 0.15 + 0.02 * n, 0.9 - 0.1 * n, 0.3 - 0.02 * n, 0.4 + 0.1 * n])]);
    }

    private static readonly double[][] s_radial = [[0, 0, 0], [0.2, 0.8, 15], [0.3, 1.2, 25], [0, 0, 0], [0.25, 0.3, -8], [0, 0, 0]];

    public static TheoryData<string> Names() => [.. s_tables.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Forces_are_minus_the_gradient(string name)
    {
        ForceFieldPotential potential = Potential(name);
        var forces = new double[12];
        potential.EvaluateDouble(s_chain, forces);
        double scale = forces.Max(Math.Abs);
        Assert.True(scale > 0.1);
        for (int k = 0; k < 12; k++)
            Assert.True(Math.Abs(forces[k] + Gradient(potential, s_chain, k)) < 1e-6 * scale,
                $"coordinate {k}: {forces[k]} against {-Gradient(potential, s_chain, k)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Lanes_agree_with_double(string name)
    {
        foreach (LaneKind lanes in new[] { LaneKind.Float512, LaneKind.Float256, LaneKind.Float128 })
        {
            ForceFieldPotential potential = Potential(name, lanes);
            const int batch = 37; // a last block that is not full
            float[] x = Perturbed(batch);
            var energies = new double[batch];
            var forces = new float[batch * 12];
            potential.Evaluate(x, energies, forces);
            var exact = new double[batch];
            var exactForces = new double[batch][];
            for (int b = 0; b < batch; b++)
                exact[b] = potential.EvaluateDouble(x.Skip(12 * b).Take(12).Select(v => (double)v).ToArray(), exactForces[b] =
                    new double[12]);
            // relative to the batch's largest: one walker's force may vanish by cancellation
            double energyScale = exact.Max(Math.Abs), forceScale = exactForces.Max(f => f.Max(Math.Abs));
            for (int b = 0; b < batch; b++)
            {
                Assert.Equal(exact[b], energies[b], 1e-5 * energyScale);
                for (int k = 0; k < 12; k++)
                    Assert.True(Math.Abs(exactForces[b][k] - forces[12 * b + k]) <= 1e-5 * forceScale,
                        $"{lanes}, walker {b}, coordinate {k}: {forces[12 * b + k]} for {exactForces[b][k]}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Batch_equals_singles(string name)
    {
        ForceFieldPotential potential = Potential(name);
        float[] x = Perturbed(20);
        double[] together = new double[20], alone = new double[1];
        potential.Evaluate(x, together, new float[240]);
        for (int b = 0; b < 20; b++)
        {
            potential.Evaluate(x.AsSpan(12 * b, 12), alone, new float[12]);
            Assert.Equal(together[b], alone[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Internal_terms_exert_no_net_force_or_torque(string name)
    {
        if (name.EndsWith("well", StringComparison.Ordinal))
            return; // an external field does
        ForceFieldPotential potential = Potential(name);
        var f = new double[12];
        potential.EvaluateDouble(s_chain, f);
        double[] sum = new double[3], torque = new double[3];
        for (int a = 0; a < 4; a++)
        {
            for (int c = 0; c < 3; c++)
                sum[c] += f[3 * a + c];
            torque[0] += s_chain[3 * a + 1] * f[3 * a + 2] - s_chain[3 * a + 2] * f[3 * a + 1];
            torque[1] += s_chain[3 * a + 2] * f[3 * a] - s_chain[3 * a] * f[3 * a + 2];
            torque[2] += s_chain[3 * a] * f[3 * a + 1] - s_chain[3 * a + 1] * f[3 * a];
        }
        double scale = f.Max(Math.Abs);
        Assert.All(name.EndsWith("in a box", StringComparison.Ordinal) ? sum : sum.Concat(torque),
            v => Assert.True(Math.Abs(v) < 1e-10 * scale));
    }

    [Fact]
    public void A_wrong_force_is_caught()
    {
        // power: the gradient check must see a force that is wrong by one part in ten thousand
        ForceFieldPotential potential = Potential("bond");
        var forces = new double[12];
        potential.EvaluateDouble(s_chain, forces);
        double scale = forces.Max(Math.Abs);
        Assert.Contains(Enumerable.Range(0, 12), k => Math.Abs(1.0001 * forces[k] + Gradient(potential, s_chain, k)) > 1e-6 * scale);
    }

    [Fact]
    public void Coincident_atoms_and_straight_angles_give_finite_numbers_or_nan_but_no_fault()
    {
        ForceFieldPotential potential = Potential("non-bonded");
        double energy = potential.EvaluateDouble(new double[12], new double[12]);
        Assert.False(double.IsFinite(energy) && energy < 0); // two atoms in one place are never favourable
        double[] line = [0, 0, 0, 0.15, 0, 0, 0.3, 0, 0, 0.45, 0, 0];
        var forces = new double[12];
        foreach (string name in new[] { "angle", "linear angle", "stretch-bend", "out of plane", "torsion", "harmonic angle",
            "periodic torsion" })
        {
            Assert.True(double.IsFinite(Potential(name).EvaluateDouble(line, forces)), name);
            Assert.All(forces, f => Assert.True(double.IsFinite(f), name));
        }
    }

    [Fact]
    public void Bad_tables_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TwoBodyTable<MmffBond>([0, 1, 2], [1, 2]));
        Assert.Throws<ArgumentException>(() => new TwoBodyTable<MmffBond>([0, 1], [1, double.NaN]));
        Assert.Throws<ArgumentException>(() => new ForceFieldPotential(new([12.0], [new TwoBodyTable<MmffBond>([0, 1], [1, 2])])));
        Assert.Throws<ArgumentException>(() => Potential("bond").Evaluate(new float[11], new double[1], new float[12]));
    }

    /// <summary>Four atoms under one term.</summary>
    internal static SystemParameters System(string name) => new([12, 12, 14, 16], [s_tables[name]()]);

    private static ForceFieldPotential Potential(string name, LaneKind lanes = LaneKind.Auto) => new(System(name), lanes);

    private static double Gradient(ForceFieldPotential potential, double[] x, int k)
    {
        // fourth-order central difference
        double Shifted(double h)
        {
            double[] y = [.. x];
            y[k] += h;
            return potential.EvaluateDouble(y, new double[x.Length]);
        }
        const double h = 2e-5;
        return (8 * (Shifted(h) - Shifted(-h)) - (Shifted(2 * h) - Shifted(-2 * h))) / (12 * h);
    }

    /// <summary>[B, 4, 3] nm.</summary>
    internal static float[] Perturbed(int batch)
    {
        var x = new float[12 * batch];
        for (int i = 0; i < x.Length; i++)
            x[i] = (float)(s_chain[i % 12] + 0.01 * Math.Sin(1.7 * i + 0.3));
        return x;
    }
}
