using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Jobs.Conformers.Proposals;

/// <summary>
/// Jumps by whole shapes under U = -kT ln q, of which q itself is the exact law: then every jump between configurations of one state must
/// be accepted, whatever it changes, so each factor of the acceptance (volume elements, Gaussians, torsions, states) is tested at once.
/// </summary>
public sealed class ShapeJumpTests
{
    private const int Walkers = 64, Steps = 12;

    [Theory]
    [InlineData("CCCO", 0.995)] // one state: rounding to single precision and the torsions' grid alone
    [InlineData("CC1CCCCC1", 0.9)] // chairs: q(x) is a sum over states there, of which one counts
    public void Under_the_proposal_s_own_law_jumps_are_accepted(string smiles, double least)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        (LearnedShapes shapes, ConformerWork work) = Learn(molecule);
        using (work)
        {
            double accepted = Acceptance(shapes, work, 1);
            Assert.True(accepted >= least, $"{accepted:f4}");
            // power: another temperature is another law, and so is another weight of the structures
            Assert.True(Acceptance(shapes, work, 0.8) < 0.9 * least, $"{Acceptance(shapes, work, 0.8):f4} at another temperature");
            if (shapes.Proposal.States == 1)
                return;
            using var own = new DensityPotential(shapes, work);
            float[] draws = Draws(shapes, own.Dimension);
            int states = shapes.Proposal.States;
            shapes.Proposal.WeighStates([.. Enumerable.Range(1, states).Select(s => s == states ? 1.0 : 0)]);
            double other = Acceptance(shapes, work, 1, own, draws);
            Assert.True(other < 0.9 * accepted, $"{other:f4} where the highest state is jumped to, {accepted:f4} where it is not");
        }
    }

    [Fact]
    public void Position_and_orientation_of_the_first_atoms_stay_and_nothing_depends_on_threads()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC1CCCCC1");
        (LearnedShapes shapes, ConformerWork work) = Learn(molecule);
        using (work)
        {
            float[][] ends = [.. new[] { 1, 3 }.Select(threads =>
            {
                using ReplicaExchange chains = Chains(work.Potential, shapes, work, threads);
                chains.Advance(Steps, default);
                return Positions(chains);
            })];
            Assert.Equal(ends[0], ends[1]);
            using ReplicaExchange jumps = Chains(work.Potential, shapes, work, 0, new ShapeJump(shapes.Proposal));
            float[] before = Positions(jumps);
            jumps.Advance(Steps, default);
            float[] after = Positions(jumps);
            int size = before.Length / Walkers, atom = shapes.Proposal.FirstAtom, moved = 0;
            for (int m = 0; m < Walkers; m++)
            {
                for (int c = 0; c < 3; c++)
                    Assert.Equal(before[m * size + 3 * atom + c], after[m * size + 3 * atom + c], 1e-5);
                moved += before.AsSpan(m * size, size).SequenceEqual(after.AsSpan(m * size, size)) ? 0 : 1;
            }
            Assert.True(moved > Walkers / 2);
        }
    }

    /// <summary>Shares of a bistable molecule whose walkers all begin in the wrong chair: jumps bring them to where quadrature by Bennett's
    /// ratio has them (case frozen-ladder-n-methylpiperidine: 0.261 +- 0.011 % axial).</summary>
    [Fact]
    public void Chairs_flip_at_room_temperature()
    {
        using var molecule = RDKitMolecule.FromSmiles("CN1CCCCC1");
        (LearnedShapes shapes, ConformerWork work) = Learn(molecule);
        using (work)
        {
            using ReplicaExchange chains = Chains(work.Potential, shapes, work, 0);
            for (int m = 0; m < Walkers; m++)
                chains.SetPositions(m, 0, shapes.Start(shapes.Proposal.States - 1, m)); // all in one of the high states
            chains.Start();
            int[] first = States(chains, shapes);
            chains.Advance(200, default);
            int[] last = States(chains, shapes);
            Assert.True(first.Distinct().Count() < last.Distinct().Count() || first[0] != last[0]);
            Assert.True(Enumerable.Range(0, Walkers).Count(m => first[m] == last[m]) < Walkers / 3);
        }
    }

    private static (LearnedShapes, ConformerWork) Learn(RDKitMolecule molecule)
    {
        ConformerWork work = ConformerWork.Prepare(molecule, new(), null, new(), static (_, _) => { }, default).Item1!;
        var tree = new RotorTree(molecule.Molecule);
        LearnedTorsions torsions = LearnedTorsions.Of(work, tree, new(Walkers: 1024, Rounds: 3, Polish: 0), default);
        return (LearnedShapes.Of(work, tree, torsions, default).Shapes!, work);
    }

    /// <summary>Accepted share of jumps that start at draws of q, under exp(-scale U) of its own energy.</summary>
    private static double Acceptance(LearnedShapes shapes, ConformerWork work, double scale, DensityPotential? potential = null,
        float[]? draws = null)
    {
        DensityPotential law = potential ?? new DensityPotential(shapes, work);
        law.Scale = scale;
        using ReplicaExchange chains = Chains(law, shapes, work, 1, new ShapeJump(shapes.Proposal));
        draws ??= Draws(shapes, law.Dimension);
        for (int m = 0; m < Walkers; m++)
            if (float.IsFinite(draws[m * law.Dimension]))
                chains.SetPositions(m, 0, draws.AsSpan(m * law.Dimension, law.Dimension));
        chains.Start();
        chains.Advance(Steps, default);
        double share = chains.MoveAcceptance("kernel", 0);
        if (potential is null)
            law.Dispose();
        return share;
    }

    private static float[] Draws(LearnedShapes shapes, int dimension)
    {
        float[] draws = new float[Walkers * dimension];
        shapes.Proposal.Draw(draws, new RandomSource(5), 0, 1);
        return draws;
    }

    private static ReplicaExchange Chains(Potential potential, LearnedShapes shapes, ConformerWork work, int threads, Kernel? only = null)
    {
        var jump = new ShapeJump(shapes.Proposal);
        var chains = new ReplicaExchange(potential, new([300]), Walkers, only is null ? work.Dynamics(1) : new StandStill(),
            [new("kernel", only ?? jump, 1)], new RandomSource(7), threads);
        for (int m = 0; m < Walkers; m++)
            chains.SetPositions(m, 0, shapes.Start(m, 3));
        chains.Start();
        return chains;
    }

    private static float[] Positions(ReplicaExchange chains)
    {
        float[] all = new float[Walkers * chains.Dimension];
        for (int m = 0; m < Walkers; m++)
            chains.CopyPositions(m, 0, all.AsSpan(m * chains.Dimension, chains.Dimension));
        return all;
    }

    private static int[] States(ReplicaExchange chains, LearnedShapes shapes) =>
        [.. Positions(chains).Chunk(chains.Dimension).Select(x => shapes.Proposal.StateOf(x, 1, 0))];

    /// <summary>A kernel that does nothing.</summary>
    private sealed class StandStill : Kernel
    {
        protected override KernelWorkspace NewWorkspace(Potential potential) => new();

        public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
        {
        }
    }

    /// <summary>-kT ln q at 300 K, without forces.</summary>
    private sealed class DensityPotential(LearnedShapes shapes, ConformerWork work) : Potential, IDisposable
    {
        private readonly ThreadLocal<LaneDensity> _density = new(shapes.Proposal.Density);
        private readonly double[] _logStates = [.. shapes.Proposal.Torsions.LogStates];
        private readonly int _width = work.Potential.BlockWidth;

        public double Scale { get; set; } = 1;

        public override string Name => "a density";

        public override string Fingerprint => Name;

        public override int AtomCount => work.Potential.AtomCount;

        public override IReadOnlyList<double> Masses => work.Potential.Masses;

        public override int BlockWidth => _width;

        public override bool IsTranslationInvariant => true;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            forces.Clear();
            double[] now = [.. shapes.Proposal.Torsions.LogStates];
            _logStates.CopyTo(shapes.Proposal.Torsions.LogStates, 0); // the law stays when the jumps' weights change
            for (int lane = 0; lane < _width; lane++)
                energies[lane] = -Scale / work.Beta * _density.Value!(positions, _width, lane);
            now.CopyTo(shapes.Proposal.Torsions.LogStates, 0);
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => throw new NotSupportedException();

        public void Dispose() => _density.Dispose();
    }
}
