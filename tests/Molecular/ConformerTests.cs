using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Tests.Molecular;

/// <summary>The main job on molecules whose answers are known.</summary>
public sealed class ConformerTests
{
    [Theory]
    [InlineData("CCCC", 1)]
    [InlineData("CCCCC", 2)]
    public void Torsion_moves_on_rigid_alkanes_agree_with_quadrature_of_the_same_energy(string smiles, int rotors)
    {
        // bonds and angles are frozen, so p(torsions) is exp(-beta U) on a grid: exact to the grid's width
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        ForceFieldPotential potential = Potential(rdkit);
        var space = new TorsionSpace(rdkit.Molecule);
        Assert.Equal(rotors, space.RotatableBonds);
        float[] start = rdkit.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        double beta = new ThermodynamicState(300).Beta;

        const int grid = 72;
        int points = (int)Math.Pow(grid, rotors);
        double[] states = new double[3 * rotors];
        double norm = 0;
        var forces = new double[start.Length];
        for (int p = 0; p < points; p++)
        {
            float[] x = [.. start];
            for (int r = 0, q = p; r < rotors; r++, q /= grid)
                Rotate(x, space.Moves[r], 2 * Math.PI * (q % grid) / grid);
            double weight = Math.Exp(-beta * potential.EvaluateDouble([.. x.Select(v => (double)v)], forces));
            norm += weight;
            for (int r = 0; r < rotors; r++)
                states[3 * r + State(space.Coordinates[r].Angle(x))] += weight;
        }

        var kernel = new TorsionMove(space.Moves);
        int width = potential.BlockWidth;
        var visits = new double[4 * width][];
        Parallel.For(0, 4, ParallelWork.Options(), b =>
        {
            using var block = new WalkerBlock(potential, b * width);
            Array.Fill(block.Beta, beta);
            for (int lane = 0; lane < width; lane++)
            {
                block.SetPositions(lane, start);
                visits[b * width + lane] = new double[3 * rotors];
            }
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            var x = new float[start.Length];
            for (int n = 0; n < 1200; n++)
            {
                kernel.Step(block, potential, n, new RandomSource(3), work);
                for (int lane = 0; n >= 100 && lane < width; lane++)
                {
                    block.CopyPositions(lane, x);
                    for (int r = 0; r < rotors; r++)
                        visits[b * width + lane][3 * r + State(space.Coordinates[r].Angle(x))] += 1 / 1100.0;
                }
            }
        });
        for (int s = 0; s < states.Length; s++)
        {
            double[] values = [.. visits.Select(v => v[s])];
            double mean = values.Average(),
                error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
            Assert.True(Math.Abs(mean - states[s] / norm) < 4.5 * error + 1e-3,
                $"state {s}: {mean:f4} ± {error:f4}, quadrature {states[s] / norm:f4}");
        }
    }

    [Fact]
    [Trait("cpu", "lanes")]
    public void Butane_converges_and_its_mirror_images_have_equal_populations()
    {
        ConformerResult result = Sample("CCCC");
        Assert.Equal(ConformerStatus.Ok, result.Status);
        Assert.Equal(3, result.Basins.Count);
        Assert.Equal("t", result.Basins[0].State);
        Assert.Equal(1, result.Basins.Sum(b => b.Population), 1e-9);
        Basin plus = result.Basins.Single(b => b.State == "g+"), minus = result.Basins.Single(b => b.State == "g-");
        double error = Math.Sqrt(plus.PopulationError * plus.PopulationError + minus.PopulationError * minus.PopulationError);
        Assert.True(Math.Abs(plus.Population - minus.Population) < 4.5 * error);
        Assert.Equal(plus.RepresentativeEnergy, minus.RepresentativeEnergy, 0.01);
        // and they agree with plain Hamiltonian Monte Carlo at 300 K, which needs no weights
        Estimate direct = TransPopulation("CCCC");
        Basin trans = result.Basins[0];
        Assert.True(Math.Abs(trans.Population - direct.Value) < 4.5 * Math.Sqrt(trans.PopulationError * trans.PopulationError
            + direct.StandardError * direct.StandardError),
            $"{trans.Population:f4} ± {trans.PopulationError:f4} against {direct}");
    }

    [Fact]
    public void Equivalent_conformers_are_one_basin()
    {
        Assert.Single(Sample("c1ccccc1C(C)(C)C").Basins); // a phenyl and a tert-butyl: every state is a relabelling of one
        ConformerResult ethane = Sample("CC");
        Assert.Single(ethane.Basins);
        Assert.Equal(0, ethane.RotatableBonds);
        // cyclohexane: both chairs are one basin by relabelling, far above any boat
        Assert.True(Sample("C1CCCCC1").Basins[0].Population > 0.95);
    }

    [Theory]
    [InlineData("C[C@H](O)F", 1)]
    [InlineData("F/C=C/Cl", 1)]
    [InlineData("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", 5)]
    public void Stereo_is_kept_in_every_sample(string smiles, int elements)
    {
        ConformerResult result = Sample(smiles, TimeSpan.FromSeconds(4));
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(elements, rdkit.Molecule.Atoms.Count(a => a.Chirality != '\0') + rdkit.Molecule.Bonds.Count(b => b.Stereo != '\0'));
        int size = 3 * result.Samples.AtomCount;
        // by RDKit's own perception from the coordinates, which knows nothing of our signs
        for (int s = 0; s < result.Samples.Count; s += 50)
            Assert.Equal(rdkit.Molecule.Smiles, rdkit.SmilesOf(result.Samples.Positions.AsSpan(s * size, size)));
        Assert.All(result.Basins, b => Assert.Equal(rdkit.Molecule.Smiles, rdkit.SmilesOf(b.Representative)));
    }

    [Fact]
    public void Unspecified_stereo_is_said_and_one_isomer_is_sampled()
    {
        ConformerResult result = Sample("CC(O)F");
        Assert.Contains(result.Notes, n => n.Contains("not specified", StringComparison.Ordinal)
            && n.Contains('@', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[Na+].[Cl-]", "fragments")]
    [InlineData("[CH3]", "unpaired")]
    [InlineData("[Fe]", "(Fe)")]
    [InlineData("C[Se]C", "(Se)")]
    public void What_cannot_be_sampled_is_refused_with_the_reason(string smiles, string reason)
    {
        ConformerResult result = Sample(smiles);
        Assert.Equal(ConformerStatus.Failed, result.Status);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Reason!);
    }

    [Theory]
    [InlineData("[He]")]
    [InlineData("[H][H]")]
    [InlineData("Cl")]
    [InlineData("O")]
    public void Tiny_molecules_give_an_answer_or_a_reason(string smiles)
    {
        ConformerResult result = Sample(smiles, TimeSpan.FromSeconds(5));
        Assert.True(result.Status != ConformerStatus.Failed || result.Reason!.Length > 10);
    }

    [Fact]
    public void Cancelling_keeps_what_there_is()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(2.5));
        using var rdkit = RDKitMolecule.FromSmiles("CCCCCCCCCCCCCCCC");
        ConformerResult result = new ConformerSampler(new ConformerOptions()).Run(rdkit, "", null, source.Token);
        Assert.NotEqual(ConformerStatus.Ok, result.Status);
        Assert.Contains("interrupted", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_whatever_the_threads()
    {
        byte[][] Run(int threads, ulong seed)
        {
            string folder = Directory.CreateTempSubdirectory("molsampling-test").FullName;
            try
            {
                var options = new ConformerOptions { Threads = threads, Samples = 200, Seed = seed };
                using var rdkit = RDKitMolecule.FromSmiles("CCO");
                var output = new ConformerOutput(folder, options);
                output.Add(new ConformerSampler(options).Run(rdkit, "CCO"), rdkit);
                output.Write(1);
                output.ClearParts();
                Assert.Equal(["conformers.sdf", "ensemble.parquet", "report.html", "summary.json"],
                    Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
                return [File.ReadAllBytes(Path.Combine(folder, "ensemble.parquet")),
                    File.ReadAllBytes(Path.Combine(folder, "conformers.sdf"))];
            }
            finally
            {
                Directory.Delete(folder, true);
            }
        }
        byte[][] one = Run(1, 1), two = Run(2, 1), other = Run(2, 2);
        Assert.Equal(one[0], two[0]);
        Assert.Equal(one[1], two[1]);
        Assert.NotEqual(one[0], other[0]);
    }

    private static ConformerResult Sample(string smiles, TimeSpan? limit = null)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        return new ConformerSampler(new ConformerOptions { TimeLimit = limit, Samples = 500 }).Run(rdkit, smiles);
    }

    private static ForceFieldPotential Potential(RDKitMolecule rdkit) =>
        new(Mmff94.Parameterise([.. rdkit.Molecule.Atoms.Select(a => a.Mass)], rdkit.MmffTerms(MmffVariant.Mmff94s)));

    private static Estimate TransPopulation(string smiles)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        ForceFieldPotential potential = Potential(rdkit);
        var space = new TorsionSpace(rdkit.Molecule);
        float[] start = rdkit.Embed(1, 2, TimeSpan.FromSeconds(20)).Conformers[0];
        var kernel = new HamiltonianMonteCarlo(potential.Masses, [0.0008], 20);
        var moves = new TorsionMove(space.Moves);
        int width = potential.BlockWidth;
        double[] inside = new double[4 * width], all = new double[4 * width];
        Parallel.For(0, 4, ParallelWork.Options(), b =>
        {
            using var block = new WalkerBlock(potential, b * width);
            Array.Fill(block.Beta, new ThermodynamicState(300).Beta);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, start);
            block.Evaluate(potential);
            FireMinimiser.Minimise(potential, block, 10, 500);
            KernelWorkspace work = kernel.CreateWorkspace(potential), torsionWork = moves.CreateWorkspace(potential);
            var x = new float[start.Length];
            for (int n = 0; n < 2500; n++)
            {
                kernel.Step(block, potential, n, new RandomSource(8).Split("a"), work);
                moves.Step(block, potential, n, new RandomSource(8).Split("b"), torsionWork);
                for (int lane = 0; n >= 300 && lane < width; lane++)
                {
                    block.CopyPositions(lane, x);
                    inside[b * width + lane] += Math.Abs(space.Coordinates[0].Angle(x)) > 2 * Math.PI / 3 ? 1 : 0;
                    all[b * width + lane]++;
                }
            }
        });
        return MolSampling.Sampling.Diagnostics.Jackknife.Ratio(inside, all);
    }

    private static int State(double angle) => Math.Abs(angle) > 2 * Math.PI / 3 ? 0 : angle > 0 ? 1 : 2;

    private static void Rotate(float[] x, RotatableBond bond, double angle)
    {
        // an independent rotation: by quaternion, not by the kernel's formula
        var axis = System.Numerics.Vector3.Normalize(At(x, bond.To) - At(x, bond.From));
        var rotation = System.Numerics.Quaternion.CreateFromAxisAngle(axis, (float)angle);
        foreach (int atom in bond.Moving)
        {
            System.Numerics.Vector3 v = System.Numerics.Vector3.Transform(At(x, atom) - At(x, bond.To), rotation) + At(x, bond.To);
            (x[3 * atom], x[3 * atom + 1], x[3 * atom + 2]) = (v.X, v.Y, v.Z);
        }
    }

    private static System.Numerics.Vector3 At(float[] x, int atom) => new(x[3 * atom], x[3 * atom + 1], x[3 * atom + 2]);
}
