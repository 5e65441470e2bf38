using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Constraints;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.Neural;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Tests.Potentials.Neural;

namespace MolSampling.Tests.Jobs.Conformers.Constraints;

/// <summary>The law under constraints is exp(-(U + U_c) / RT): that of the free ensemble weighed by exp(-U_c / RT), where U_c is
/// computed here, by every method.</summary>
public sealed class ConstrainedEnsembleTests(ConstrainedEnsembleTests.Free free) : IClassFixture<ConstrainedEnsembleTests.Free>
{
    private const string Chain = "ClCCCl", Glycol = "OCCO";
    private const double Degree = Math.PI / 180;

    // soft walls: a tenth of the trans and of the other gauche conformers is left, so that a wrong factor of U_c is seen
    private const string Soft = "torsion:1-2-3-4=60+-20:4", Hard = "distance:[O:1]CC[O:2]=0.28+-0.01";
    private const double SoftConstant = 4, HardConstant = 100_000;

    /// <summary>Of both molecules, sampled once without constraints.</summary>
    public sealed class Free
    {
        internal Ensemble Chain { get; } = Sampled(ConstrainedEnsembleTests.Chain, null, new JumpingChains(), 11, 3000);

        internal Ensemble Glycol { get; } = Sampled(ConstrainedEnsembleTests.Glycol, null, new JumpingChains(), 12, 3000);
    }

    public static TheoryData<string> Methods => ["jumps", "replica-exchange", "torsion-flow", "surrogate"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_torsion_in_a_window_has_the_law_of_the_free_one_weighed(string method)
    {
        // of one seed the six means are one torsion's, and one in nine is above 2.5 by chance: three seeds
        Ensemble[] all = [.. new ulong[] { 3, 4, 5 }.Select(seed => Sampled(Chain, Soft, Strategy(method), seed,
            energy: method == "surrogate" ? Costly : null))];
        double[] z = [.. all.SelectMany(e => Scores(e, OfChain(e), free.Chain, OfChain(free.Chain), 1, Chain))];
        Assert.True(z.Max() < 4 && z.Average(v => v * v) < 2.5, string.Join(' ', z.Select(v => $"{v:f1}")));
        // power: without U_c, with half and with twice of it
        Ensemble found = all[0];
        foreach (double factor in (double[])[0, 0.5, 2])
            Assert.True(Scores(found, OfChain(found), free.Chain, OfChain(free.Chain), factor, Chain).Max() > 6, $"{factor}");
    }

    [Theory]
    [InlineData("jumps")]
    [InlineData("torsion-flow")]
    public void A_distance_in_a_window_has_the_law_of_the_free_one_weighed(string method)
    {
        Ensemble found = Sampled(Glycol, Hard, Strategy(method), 5);
        double[] z = Scores(found, OfGlycol(found), free.Glycol, OfGlycol(free.Glycol), 1, Glycol);
        Assert.True(z.Max() < 4 && z.Average(v => v * v) < 2.5, string.Join(' ', z.Select(v => $"{v:f1}")));
        Assert.True(Scores(found, OfGlycol(found), free.Glycol, OfGlycol(free.Glycol), 0, Glycol).Max() > 6);
    }

    /// <summary>Walls are the engine's terms where the energy is the engine's, and a part of a sum or of a committee elsewhere.</summary>
    [Fact]
    public void Every_kind_of_energy_takes_them()
    {
        using var molecule = RDKitMolecule.FromSmiles(Glycol);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromMinutes(1)).Conformers[0];
        var constraints = ConformerConstraints.Of(
            "torsion:1-2-3-4=-170+-5 angle:1-2-3=140+-3 distance:1-4=0.5+-0.01 core:2-3-5-6-7-8", molecule, (x, "it"));
        double[] positions = [.. x.Select(v => (double)v)], forces = new double[x.Length];
        double torsion = Beyond(Dihedral.Angle(x, 0, 1, 2, 3) + 170 * Degree, 5 * Degree), distance = Beyond(Distance(x, 0, 3) - 0.5, 0.01),
            angle = Beyond(Angle(x, 0, 1, 2) - 140 * Degree, 3 * Degree), own = constraints.Energy(x);
        Assert.True(torsion > 0 && distance > 0 && angle > 0);
        Assert.Equal(500 * (torsion * torsion + angle * angle) + 50_000 * distance * distance, own, 1e-4);
        Assert.Equal(own, constraints.Potential.EvaluateDouble(positions, forces), 1e-4);
        int[] numbers = [.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)];
        double[] masses = [.. molecule.Molecule.Atoms.Select(a => a.Mass)];
        foreach (Potential energy in (Potential[])[MoleculeEnergies.Create("mmff94s", molecule).Potential,
            new SumPotential((1, MoleculeEnergies.Create("mmff94s", molecule).Potential)),
            new AniPotential(SyntheticAni.Weights, numbers, masses)])
        {
            Potential held = constraints.AddTo(energy);
            Assert.Equal(energy.GetType() == typeof(ForceFieldPotential), held is ForceFieldPotential);
            Assert.Equal(energy is ICommittee, held is ICommittee);
            double free = energy.EvaluateDouble(positions, forces);
            Assert.Equal(own, held.EvaluateDouble(positions, forces) - free, 1e-6 * Math.Abs(free) + 1e-4);
            Assert.NotEqual(energy.Fingerprint, held.Fingerprint);
        }
    }

    /// <summary>What exchanges the ends of diethyl ether does not when one of them is held: its conformers are listed apart.</summary>
    [Theory]
    [InlineData("CCOCC", null, 2)]
    [InlineData("CCOCC", "torsion:1-2-3-4=180+-30", 1)]
    [InlineData("CCOCC", "torsion:1-2-3-4=180+-30 torsion:2-3-4-5=180+-30", 2)]
    [InlineData("OCCO", "torsion:1-2-3-4=60+-30", 2)]
    public void Symmetry_is_that_of_the_constraints_too(string smiles, string? constraints, int maps)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        using ConformerWork work = Work(molecule, constraints, 1);
        Assert.Equal(maps, work.Symmetry(out _).Count);
        Func<float[], IEnumerable<float[]>> images = work.Images();
        foreach (float[] seed in work.Seeds.Take(4))
            Assert.All(images(seed), x => Assert.Equal(Geometry(work, seed), Geometry(work, x), 0.05));
        static double Geometry(ConformerWork work, float[] x) =>
            work.Potential.EvaluateDouble([.. x.Select(v => (double)v)], new double[x.Length]);
    }

    /// <summary>Starts are in the windows whatever the embeddings were.</summary>
    [Fact]
    public void Starts_are_brought_into_the_windows()
    {
        using var amide = RDKitMolecule.FromSmiles("CC(=O)NC");
        using ConformerWork work = Work(amide, "torsion:1-2-4-5=0+-20", 1); // embeddings are trans
        Assert.All(work.Seeds, x => Assert.InRange(Math.Abs(Dihedral.Angle(x, 0, 1, 3, 4)), 0, 25 * Degree));
    }

    private static ISamplingStrategy Strategy(string method) => method switch
    {
        "jumps" => new JumpingChains(),
        "replica-exchange" => new LadderChains(),
        "torsion-flow" => new AtomDraws(),
        _ => new SurrogateDraws(),
    };

    /// <summary>MMFF94s as an energy without terms.</summary>
    private static SumPotential Costly(RDKitMolecule molecule) =>
        new((1, MoleculeEnergies.Create("mmff94s", molecule).Potential));

    private static ConformerWork Work(RDKitMolecule molecule, string? constraints, ulong seed,
        Func<RDKitMolecule, Potential>? energy = null) =>
        ConformerWork.Prepare(molecule, new() { Constraints = constraints, Seed = seed }, energy, new(), static (_, _) => { }, default)
            .Item1!;

    private static Ensemble Sampled(string smiles, string? constraints, ISamplingStrategy strategy, ulong seed, int size = 400,
        Func<RDKitMolecule, Potential>? energy = null)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        using ConformerWork work = Work(molecule, constraints, seed, energy) with { EffectiveSize = size };
        (ConformerFindings? found, string how) = strategy.Sample(work);
        Assert.True(found is { Shortcoming: "" }, found?.Shortcoming ?? how);
        return found!.Analysis.Ensemble;
    }

    private static double[] OfChain(Ensemble e) => [.. e.Positions.Select(x =>
        0.5 * SoftConstant * Math.Pow(Beyond(Dihedral.Angle(x.Span, 0, 1, 2, 3) - 60 * Degree, 20 * Degree), 2))];

    private static double[] OfGlycol(Ensemble e) => [.. e.Positions.Select(x =>
        0.5 * HardConstant * Math.Pow(Beyond(Distance(x.Span, 0, 3) - 0.28, 0.01), 2))];

    /// <summary>|difference| / error of means in a constrained ensemble and in a free one weighed by exp(-factor U_c / RT).</summary>
    private static double[] Scores(Ensemble found, double[] wall, Ensemble free, double[] freeWall, double factor, string smiles)
    {
        var weighed = new Ensemble(free.State, free.Positions, [.. free.Energies],
            [.. free.LogWeights.Select((w, s) => w - factor * free.State.Beta * freeWall[s])], [.. free.Groups]);
        Func<Ensemble, double[], int, double>[] means =
        [
            (e, u, s) => e.Energies[s] - (e == found ? u[s] : 0), (_, u, s) => u[s],
            (e, _, s) => Distance(e.Positions[s].Span, 0, 3), (e, _, s) => Math.Cos(Central(e, s)),
            .. smiles == Chain ? new Func<Ensemble, double[], int, double>[] { (e, _, s) => Math.Sin(Central(e, s)),
                (e, _, s) => Math.Abs(Central(e, s)) > 120 * Degree ? 1 : 0 }
                : [(e, _, s) => Math.Cos(Outer(e, s)), (e, _, s) => Math.Cos(Outer(e, s)) * Math.Cos(Central(e, s))],
        ];
        return [.. means.Select(m =>
        {
            Estimate a = Mean(found, wall), b = Mean(weighed, freeWall);
            return Math.Abs(a.Value - b.Value) / Math.Sqrt(a.StandardError * a.StandardError + b.StandardError * b.StandardError);
            Estimate Mean(Ensemble e, double[] u) => e.Expectation([.. Enumerable.Range(0, e.Count).Select(s => m(e, u, s))]);
        })];
        static double Central(Ensemble e, int s) => Dihedral.Angle(e.Positions[s].Span, 0, 1, 2, 3);
        static double Outer(Ensemble e, int s) => Dihedral.Angle(e.Positions[s].Span, 4, 0, 1, 2);
    }

    private static double Beyond(double difference, double width) =>
        Math.Max(0, Math.Abs(Math.IEEERemainder(difference, 2 * Math.PI)) - width);

    private static double Distance(ReadOnlySpan<float> x, int a, int b) => Math.Sqrt(Square((double)x[3 * a] - x[3 * b])
        + Square((double)x[3 * a + 1] - x[3 * b + 1]) + Square((double)x[3 * a + 2] - x[3 * b + 2]));

    private static double Angle(float[] x, int a, int b, int c)
    {
        (double u, double v, double w) = (Distance(x, a, b), Distance(x, c, b), Distance(x, a, c));
        return Math.Acos((u * u + v * v - w * w) / (2 * u * v));
    }

    private static double Square(double v) => v * v;
}
