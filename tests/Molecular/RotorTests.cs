using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular.ForceFields;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Molecular;

/// <summary>Rotors, the rigid map, tables of the force field, jumps.</summary>
public sealed class RotorTests
{
    [Theory]
    [InlineData("CCCC", 3, 2)]
    [InlineData("CCO", 2, 1)]
    [InlineData("CC#CC", 1, 1)] // one axis through four atoms
    [InlineData("CC#N", 0, 0)]
    [InlineData("N#CC#N", 0, 0)]
    [InlineData("c1ccccc1-c1ccccc1", 1, 0)]
    [InlineData("CC(=O)NC", 3, 2)] // the amide turns
    [InlineData("C/C=C/C", 2, 2)] // the double bond does not
    [InlineData("CC(C)(C)C", 4, 4)]
    [InlineData("C1CCCCC1", 0, 0)]
    [InlineData("[O-]C(=O)C[NH3+]", 2, 2)]
    [InlineData("O", 0, 0)]
    public void Rotors_are_counted(string smiles, int rotors, int tops)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var tree = new RotorTree(molecule.Molecule);
        Assert.Equal(rotors, tree.Rotors.Count);
        Assert.Equal(tops, tree.Rotors.Count(r => r.IsTop));
    }

    [Fact]
    public void Parents_stand_before_children_and_what_a_child_moves_its_parent_moves()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)OCCN(C)CC#CC");
        var tree = new RotorTree(molecule.Molecule);
        for (int r = 0; r < tree.Rotors.Count; r++)
        {
            Rotor rotor = tree.Rotors[r];
            Assert.InRange(rotor.Parent, -1, r - 1);
            Assert.Contains(rotor.L, rotor.Moving);
            Assert.DoesNotContain(rotor.I, rotor.Moving);
            if (rotor.Parent >= 0)
                Assert.Subset(tree.Rotors[rotor.Parent].Moving.ToHashSet(), rotor.Moving.ToHashSet());
        }
        Assert.Equal(tree.Rotors.Count, tree.Rotors.Select(r => (r.From, r.To)).Distinct().Count());
    }

    [Theory]
    [InlineData("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)OCC=C", 2e-6)]
    [InlineData("CC#CCOC(=O)[C@@H](C)O", 5e-3)] // the embedding's alkyne is not quite straight: what lies on the axis turns a little
    public void The_map_sets_the_angles_it_is_given_and_keeps_fragments_rigid(string smiles, double tolerance)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        ForceFieldPotential potential = Potential(molecule);
        var tree = new RotorTree(molecule.Molecule);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var rotors = new RigidRotors(tree, potential, [x]);
        const int count = 37;
        int t = tree.Rotors.Count;
        var random = new RandomSource(1);
        float[] angles = [.. Enumerable.Range(0, count * t).Select(_ => (float)(2 * Math.PI * (random.NextDouble() - 0.5)))],
            positions = new float[count * x.Length];
        double[] energies = new double[count], forces = new double[x.Length];
        rotors.Evaluate(new int[count], angles, energies, positions);
        for (int b = 0; b < count; b++)
        {
            float[] own = positions[(b * x.Length)..((b + 1) * x.Length)];
            double[] back = tree.Angles(own); // the inverse
            for (int r = 0; r < t; r++)
                Assert.Equal(0, Math.IEEERemainder(back[r] - angles[b * t + r], 2 * Math.PI), 2e-4);
            for (int i = 0; i < tree.AtomCount; i++)
                for (int j = 0; j < i; j++)
                    if (tree.RotorsBetween(i, j).Length == 0)
                        Assert.Equal(Distance(x, i, j), Distance(own, i, j), tolerance);
            Assert.True(new Stereoisomer(molecule.Molecule, x).Contains(own));
            if (energies[b] < 1e4)
                Assert.Equal(potential.EvaluateDouble([.. own.Select(v => (double)v)], forces), energies[b], 0.02);
        }
        // pairs that a rotor lies between do move: otherwise the test above would say nothing
        Rotor first = tree.Rotors[0];
        Assert.Contains(0, tree.RotorsBetween(first.I, first.L));
    }

    [Fact]
    public void Tables_of_one_and_two_rotors_are_the_whole_energy_where_there_are_no_more()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO");
        ForceFieldPotential potential = Potential(molecule);
        var tree = new RotorTree(molecule.Molecule);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var rotors = new RigidRotors(tree, potential, [x]);
        double beta = new ThermodynamicState(300).Beta;
        TorusProposal tables = RotorTables.Build(rotors, potential.Parameters, beta, [0.0]);
        Assert.Single(tables.Pairs);
        double[] differences = new double[20];
        var random = new RandomSource(2);
        for (int n = 0; n < differences.Length; n++)
        {
            int i = random.NextInt(CircleGrid.Nodes), j = random.NextInt(CircleGrid.Nodes);
            double[] energy = new double[1];
            rotors.Evaluate([0], [Node(i), Node(j)], energy);
            differences[n] = tables.Single[0][i] + tables.Single[0][CircleGrid.Nodes + j] + tables.Pairs[0].Values[0][i * CircleGrid.Nodes
                + j] + beta * energy[0];
        }
        Assert.Equal(0, differences.Max() - differences.Min(), 2e-3);
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.15, false)]
    public void Jumps_of_all_torsions_sample_the_law_of_rigid_rotors(double betaFactor, bool right)
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO");
        ForceFieldPotential potential = Potential(molecule);
        var tree = new RotorTree(molecule.Molecule);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var rotors = new RigidRotors(tree, potential, [x]);
        double beta = new ThermodynamicState(300).Beta;
        const int grid = 60;
        float[] angles = new float[2 * grid * grid];
        for (int n = 0; n < grid * grid; n++)
            (angles[2 * n], angles[2 * n + 1]) = ((float)(2 * Math.PI * (n / grid) / grid - Math.PI),
                (float)(2 * Math.PI * (n % grid) / grid - Math.PI));
        double[] energies = new double[grid * grid];
        rotors.Evaluate(new int[grid * grid], angles, energies);
        double[] weights = [.. energies.Select(u => Math.Exp(-beta * (u - energies.Min())))];
        double[] Observe(double first, double second) => [Math.Cos(first), Math.Cos(3 * first), Math.Cos(3 * second),
            Math.Cos(first - second)];
        double[] expected = new double[4];
        for (int n = 0; n < weights.Length; n++)
            for (int o = 0; o < 4; o++)
                expected[o] += weights[n] * Observe(angles[2 * n], angles[2 * n + 1])[o] / weights.Sum();

        // a proposal that is not the target: flat tables with a slope, so that the ratio of densities matters
        var proposal = new TorusProposal([0], [new float[2 * CircleGrid.Nodes]], []);
        (proposal.Weights[0][0], proposal.Weights[1][1], proposal.Weights[1][proposal.SingleRows]) = (0.7f, 0.6f, 0.5f);
        var kernel = new TorsionJump(proposal,
            [.. tree.Rotors.Select(r => new JumpRotor(r.I, new RotatableBond(r.From, r.To, r.Moving), r.L))]);
        double z = MolSampling.Tests.Sampling.KernelTests.LargestScore(potential, kernel, null, betaFactor, 1500, expected, x, p =>
        {
            double[] own = tree.Angles(p);
            return Observe(own[0], own[1]);
        });
        Assert.Equal(right, z < 4.5);
    }

    [Theory]
    [InlineData(false)]
    // the hydroxyl's angle is named by a hydrogen of the methyl, which the other rotor leaves behind: the way back has another density
    [InlineData(true)]
    public void Jumps_that_do_not_come_back_are_rejected(bool entangled)
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO");
        ForceFieldPotential potential = Potential(molecule);
        var tree = new RotorTree(molecule.Molecule);
        JumpRotor[] rotors = [.. tree.Rotors.Select(r => new JumpRotor(r.I, new RotatableBond(r.From, r.To, r.Moving), r.L))];
        if (entangled)
        {
            int methyl = tree.Rotors[0].From;
            rotors[1] = rotors[1] with { I = molecule.Molecule.Neighbours[methyl].First(a =>
                molecule.Molecule.Atoms[a].AtomicNumber == 1) };
        }
        var kernel = new TorsionJump(new TorusProposal([0], [new float[2 * CircleGrid.Nodes]], []), rotors);
        using var block = new WalkerBlock(potential, 0);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0], after = new float[x.Length];
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, x);
        Array.Fill(block.Beta, new ThermodynamicState(300).Beta);
        block.Evaluate(potential);
        KernelWorkspace work = kernel.CreateWorkspace(potential);
        for (int step = 0; step < 40; step++)
            kernel.Step(block, potential, step, new RandomSource(1), work);
        (work as IDisposable)?.Dispose();
        int moved = 0;
        for (int lane = 0; lane < block.Width; lane++)
        {
            block.CopyPositions(lane, after);
            moved += after.AsSpan().SequenceEqual(x) ? 0 : 1;
        }
        Assert.Equal(entangled, moved == 0);
    }

    private static ForceFieldPotential Potential(RDKitMolecule rdkit) =>
        new(Mmff94.Parameterise([.. rdkit.Molecule.Atoms.Select(a => a.Mass)], rdkit.MmffTerms(MmffVariant.Mmff94s)));

    private static float Node(int k) => (float)(-Math.PI + k * CircleGrid.Step);

    private static double Distance(float[] x, int i, int j) =>
        Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow((double)x[3 * i + c] - x[3 * j + c], 2)));
}
