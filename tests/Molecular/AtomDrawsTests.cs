using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields;
using TorchSharp;

namespace MolSampling.Tests.Molecular;

/// <summary>Weighted draws of all atoms.</summary>
public sealed class AtomDrawsTests
{
    [Theory]
    [InlineData("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)OCC=C")]
    [InlineData("CC#CCOC(=O)[C@@H](C)O")] // an alkyne on an axis
    [InlineData("N#CCC1CCNCC1")] // nothing off the line beyond a nitrile
    [InlineData("OO")] // three atoms carry the frame of four
    [InlineData("O")]
    public void Frame_coordinates_are_a_bijection_and_do_not_change_when_a_rotor_turns(string smiles)
    {
        (FrameCoordinates coordinates, RotorTree tree, float[] x) = Coordinates(smiles);
        int size = x.Length;
        double[] positions = [.. x.Select(v => (double)v)], z = new double[coordinates.Count], again = new double[coordinates.Count],
            placed = new double[size];
        float[] angles = new float[coordinates.Angles], same = new float[coordinates.Angles];
        double volume = coordinates.Read(positions, z, angles);
        double[] named = tree.Angles(x);
        for (int t = 0; t < angles.Length; t++)
            Assert.Equal(0, Math.IEEERemainder(named[t] - angles[t], 2 * Math.PI), 1e-5);
        var random = new RandomSource(1);
        for (int n = 0; n < 20; n++)
        {
            float[] turned = [.. angles.Select(_ => (float)(2 * Math.PI * (random.NextDouble() - 0.5)))];
            double[] bent = [.. z.Select(v => v + 0.02 * v * random.NextNormal() + 0.002 * random.NextNormal())];
            double log = coordinates.Place(bent, turned, placed);
            Assert.Equal(log, coordinates.Read(placed, again, same), 1e-9);
            for (int d = 0; d < z.Length; d++)
                Assert.Equal(bent[d], again[d], 1e-9);
            for (int t = 0; t < turned.Length; t++)
                Assert.Equal(0, Math.IEEERemainder(turned[t] - same[t], 2 * Math.PI), 1e-6);
        }
        // the structure itself comes back, up to a rigid motion
        Assert.Equal(volume, coordinates.Place(z, angles, placed), 1e-9);
        for (int a = 0; a < size / 3; a++)
            for (int b = 0; b < a; b++)
                Assert.Equal(Distance(positions, a, b), Distance(placed, a, b), 1e-6);
    }

    [Theory]
    [InlineData("CC#CCO")]
    [InlineData("C[C@H](N)C(=O)O")]
    [InlineData("O")]
    public void The_volume_element_is_the_Jacobian_by_differences(string smiles)
    {
        (FrameCoordinates coordinates, _, float[] x) = Coordinates(smiles);
        int size = x.Length, count = coordinates.Count, turns = coordinates.Angles;
        double[] z = new double[count];
        float[] angles = new float[turns];
        coordinates.Read([.. x.Select(v => (double)v)], z, angles);
        var random = new RandomSource(3);
        double[] bent = [.. z.Select(v => v + 0.01 * v * random.NextNormal())], at = new double[size], up = new double[size],
            down = new double[size];
        double log = coordinates.Place(bent, angles, at);
        var jacobian = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(size, size);
        for (int c = 0; c < count + turns; c++)
        {
            (double h, double[] plus, double[] minus, float[] tp, float[] tm) = (c < count ? 1e-6 : 0.0, [.. bent], [.. bent], [.. angles],
                [.. angles]);
            if (c < count)
                (plus[c], minus[c]) = (plus[c] + h, minus[c] - h);
            else
            {
                (tp[c - count], tm[c - count]) = (tp[c - count] + 1e-3f, tm[c - count] - 1e-3f);
                h = 0.5 * ((double)tp[c - count] - tm[c - count]);
            }
            coordinates.Place(plus, tp, up);
            coordinates.Place(minus, tm, down);
            for (int k = 0; k < size; k++)
                jacobian[k, c] = (up[k] - down[k]) / (2 * h);
        }
        for (int k = 0; k < size; k++)
        {
            // translations, then rotations about the axes, whose invariant measure is d^3 omega here and 8 pi^2 in all
            int axis = k % 3, atom = k / 3;
            jacobian[k, count + turns + axis] = 1;
            (int next, int last) = ((axis + 1) % 3, (axis + 2) % 3);
            jacobian[3 * atom + next, count + turns + 3 + last] += at[k];
            jacobian[3 * atom + last, count + turns + 3 + next] -= at[k];
        }
        double determinant = Math.Log(Math.Abs(jacobian.Determinant())) + FrameCoordinates.LogRotations;
        Assert.Equal(determinant, log, 2e-4);
    }

    [Fact]
    public void Water_has_the_integral_of_a_quadrature()
    {
        using var water = RDKitMolecule.FromSmiles("O");
        ConformerResult result = new ConformerSampler(new() { Method = ConformerMethod.TorsionFlow, Samples = 4000 }).Run(water, "O");
        Assert.Equal("weighted draws of all atoms: bonds and angles, annealed", result.Method);
        DrawWeights weights = result.Diagnostics!.Weights!;
        // Z = 8 pi^2 int exp(-beta U(a, b, theta)) a^2 b^2 sin theta
        ForceFieldPotential potential = Potential(water);
        double beta = new ThermodynamicState(300).Beta, sum = 0;
        const int grid = 80;
        double[] forces = new double[9];
        // midpoints from 0.080 to 0.114 nm and from 1.1 to 2.5 rad: beyond, exp(-beta U) is below 1e-8
        (double from, double step, double turn) = (0.080, 0.034 / grid, 1.4 / grid);
        for (int i = 0; i < grid; i++)
            for (int j = 0; j < grid; j++)
                for (int k = 0; k < grid; k++)
                {
                    (double a, double b, double theta) = (from + (i + 0.5) * step, from + (j + 0.5) * step, 1.1 + (k + 0.5) * turn);
                    (double sine, double cosine) = Math.SinCos(theta);
                    sum += Math.Exp(-beta * potential.EvaluateDouble([0, 0, 0, a, 0, 0, b * cosine, b * sine, 0],
                        forces)) * a * a * b * b * sine;
                }
        double exact = FrameCoordinates.LogRotations + Math.Log(sum * step * step * turn);
        Assert.True(Math.Abs(exact - weights.LogNormaliser) < 4.5 * weights.LogNormaliserError + 1e-3,
            $"{weights.LogNormaliser:f4} ± {weights.LogNormaliserError:f4}, quadrature {exact:f4}");
        Assert.True(weights.LogNormaliserError < 0.01 && weights.EffectiveFraction > 0.9);
    }

    [SkippableTheory]
    [InlineData("CCCC", 3)] // trans, and gauche twice
    [InlineData("OCCO", 2)]
    [InlineData("CC1CCCCC1", 2)] // equatorial and axial: local structures whose shares come from their weights
    public void Draws_and_replica_exchange_agree(string smiles, int basins)
    {
        if (smiles.Contains('1', StringComparison.Ordinal))
            SlowTests.Require(); // BasinReferenceTests has its chairs always
        ConformerResult draws = ConformerRuns.Of(smiles, new() { Method = ConformerMethod.TorsionFlow, Samples = 4000 });
        ConformerResult chains = ConformerRuns.Of(smiles, new() { Method = ConformerMethod.ReplicaExchange, Seed = 2,
            TimeLimit = TimeSpan.FromSeconds(12) });
        Assert.Equal((ConformerStatus.Ok, null), (draws.Status, draws.Reason));
        Assert.Equal(1, draws.Samples.LogWeights.Sum(Math.Exp), 1e-9);
        for (int b = 0; b < basins; b++)
        {
            (Basin one, Basin other) = (draws.Basins[b], chains.Basins[b]);
            double error = Math.Sqrt(one.PopulationError * one.PopulationError + other.PopulationError * other.PopulationError);
            Assert.True(Math.Abs(one.Population - other.Population) < 4.5 * error,
                $"{one.Population:f3}, {other.Population:f3} ± {error:f3}");
        }
        Assert.InRange(draws.Diagnostics!.Weights!.WalkersDivergence, -0.2,
            0.3 - 0.5 * Math.Log(draws.Diagnostics.Weights.EffectiveFraction));
    }

    [Theory]
    [InlineData(ConformerMethod.TorsionFlow, false)]
    [InlineData(ConformerMethod.ReplicaExchange, true)]
    public void Any_potential_is_sampled_by_the_same_methods(ConformerMethod method, bool byTorch)
    {
        // gauche gets 3 kJ/mol by a function that the engine does not know: the populations are those that U's own ensemble gives
        using var molecule = RDKitMolecule.FromSmiles("CCCC");
        ConformerOptions options = new() { Method = method, Samples = 1000 };
        ConformerResult plain = ConformerRuns.Of("CCCC", options);
        // a limit where nothing ends by itself
        ConformerResult biased = new ConformerSampler(options with { TimeLimit = TimeSpan.FromSeconds(300),
            EnergyName = "MMFF94s, gauche favoured" },
            m => new SumPotential((1, Potential(m)), (1, byTorch ? ForGaucheByTorch(m) : new ForGauche(m)))).Run(molecule, "CCCC");
        Assert.True(biased.Basins.Count > 1, biased.Reason);
        double kT = new ThermodynamicState(300).KT, trans = plain.Basins[0].Population, factor = Math.Exp(3 / kT);
        double expected = trans / (trans + (1 - trans) * factor), slope = factor / Math.Pow(trans + (1 - trans) * factor, 2);
        Basin found = biased.Basins.Single(b => b.State == plain.Basins[0].State);
        double error = Math.Sqrt(Math.Pow(found.PopulationError, 2) + Math.Pow(slope * plain.Basins[0].PopulationError, 2));
        Assert.True(Math.Abs(found.Population - expected) < 4.5 * error,
            $"{found.Population:f3} ± {error:f3}, expected {expected:f3}, without bias {trans:f3}");
        Assert.True(Math.Abs(expected - trans) > 6 * error); // power
    }

    /// <summary>-3 kJ/mol for a C-C-C-C torsion within 120 degrees of cis, in a smooth step that lies where nothing is populated:
    /// -3 s(30 c + 15), s the logistic function and c the torsion's cosine. As a user would write it, differences for forces.</summary>
    private sealed class ForGauche(RDKitMolecule molecule) : Potential
    {
        private const int Width = 4, Coordinates = 12; // the carbons come first

        public override string Name => "for gauche";

        public override string Fingerprint => "3 kJ/mol for gauche";

        public override int AtomCount => molecule.Molecule.Atoms.Count;

        public override IReadOnlyList<double> Masses { get; } = [.. molecule.Molecule.Atoms.Select(a => a.Mass)];

        public override int BlockWidth => Width;

        public override bool IsTranslationInvariant => true;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            Span<double> x = stackalloc double[Coordinates], f = stackalloc double[Coordinates];
            forces.Clear();
            for (int lane = 0; lane < Width; lane++)
            {
                for (int k = 0; k < Coordinates; k++)
                    x[k] = positions[Width * k + lane];
                energies[lane] = EvaluateDouble(x, f);
                for (int k = 0; k < Coordinates; k++)
                    forces[Width * k + lane] = (float)f[k];
            }
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
        {
            Span<double> x = stackalloc double[Coordinates];
            positions[..Coordinates].CopyTo(x);
            forces.Clear();
            const double step = 1e-6; // nm
            for (int k = 0; k < Coordinates; k++)
            {
                x[k] = positions[k] + step;
                double up = Energy(x);
                x[k] = positions[k] - step;
                forces[k] = (Energy(x) - up) / (2 * step);
                x[k] = positions[k];
            }
            return Energy(x);
        }

        private static double Energy(ReadOnlySpan<double> x)
        {
            Vector3D a = Vector3D.Between(x, 0), b = Vector3D.Between(x, 1), c = Vector3D.Between(x, 2);
            Vector3D n = a.Cross(b), m = b.Cross(c);
            double cosine = n.Dot(m) / Math.Sqrt(n.Dot(n) * m.Dot(m));
            return -3 / (1 + Math.Exp(-30 * cosine - 15));
        }

        private readonly record struct Vector3D(double X, double Y, double Z)
        {
            public static Vector3D Between(ReadOnlySpan<double> x, int from) =>
                new(x[3 * from + 3] - x[3 * from], x[3 * from + 4] - x[3 * from + 1], x[3 * from + 5] - x[3 * from + 2]);

            public Vector3D Cross(Vector3D o) => new(Y * o.Z - Z * o.Y, Z * o.X - X * o.Z, X * o.Y - Y * o.X);

            public double Dot(Vector3D o) => X * o.X + Y * o.Y + Z * o.Z;
        }
    }

    /// <summary>The same by a function of torch.</summary>
    private static TorchPotential ForGaucheByTorch(RDKitMolecule molecule)
    {
        // TorchSharp's scalars are finalised while libtorch reads them if nothing else holds them ("Unknown scalar type", rarely); a sum
        // with a number makes one, 1, of its own: sigmoid(30 (c + 1/2)) by tensors that are held
        Scalar depth = -3;
        torch.Tensor steepness = torch.tensor(new[] { 30.0 }).reshape(1, 1).DetachFromDisposeScope(),
            offset = torch.tensor(new[] { 15.0 }).DetachFromDisposeScope();
        return new("for gauche", "3 kJ/mol for gauche", [.. molecule.Molecule.Atoms.Select(a => a.Mass)], TorchForces.ByAutograd(x =>
        {
            torch.Tensor Bond(int from) => x.select(1, from + 1) - x.select(1, from);
            torch.Tensor n = torch.linalg.cross(Bond(0), Bond(1), 1), m = torch.linalg.cross(Bond(1), Bond(2), 1);
            torch.Tensor cosine = (n * m).sum(1) / (n.square().sum(1) * m.square().sum(1)).sqrt();
            return torch.sigmoid(torch.nn.functional.linear(cosine.unsqueeze(1), steepness.to(x.dtype),
                offset.to(x.dtype))).squeeze(1) * depth;
        }));
    }

    [Theory]
    [InlineData("C#C", "lies on a line")]
    [InlineData("C1CCCCCCCCCCC1", "macrocycle")]
    public void Where_draws_do_not_serve_it_is_said_and_chains_take_over(string smiles, string reason)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        ConformerResult refused = new ConformerSampler(new() { Method = ConformerMethod.TorsionFlow }).Run(molecule, smiles),
            sampled = ConformerRuns.FirstRound(smiles, new() { HighestTemperature = 330 }); // few rungs
        Assert.Equal((ConformerStatus.Failed, false), (refused.Status, refused.IsInputError));
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        Assert.Contains("replica exchange: ", sampled.Method, StringComparison.Ordinal);
        Assert.Contains(reason, sampled.Method, StringComparison.Ordinal);
        Assert.NotEmpty(sampled.Basins);
    }

    [Fact]
    public void Draws_are_the_same_bytes_whatever_the_threads()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO"); // moved and drawn anew as all are
        ConformerResult[] runs =
            [.. new[] { 1, 2, 5 }.Select(threads => new ConformerSampler(new() { Method = ConformerMethod.TorsionFlow, Samples = 300,
            Threads = threads }).Run(molecule, ""))];
        foreach (ConformerResult other in runs[1..])
        {
            Assert.Equal(runs[0].Samples.LogWeights, other.Samples.LogWeights);
            Assert.Equal(runs[0].Samples.Positions, other.Samples.Positions);
        }
    }

    private static ForceFieldPotential Potential(RDKitMolecule molecule) =>
        new(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)], molecule.MmffTerms(MmffVariant.Mmff94s)));

    private static (FrameCoordinates, RotorTree, float[]) Coordinates(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var tree = new RotorTree(molecule.Molecule);
        return (new FrameCoordinates(FrameTree.Of(molecule.Molecule, tree, x)!, tree, x), tree, x);
    }

    private static double Distance(double[] x, int a, int b) =>
        Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(x[3 * a + c] - x[3 * b + c], 2)));
}
