using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>How bonds, angles and rings of a molecule follow its torsions in each local structure, from short chains of all atoms that
/// start at learned torsions. The chains need not have converged: what is learned decides how well moves and draws by it do, never what
/// they mean.</summary>
internal sealed class LearnedShapes
{
    private const int Walkers = 1024, BurnInSteps = 30, StepsPerFrame = 3, FewestFrames = 4, Frames = 16, MostFrames = 48;
    private const double Softening = 4; // kT: angles give way to clashes, which tables of rigid rotors do not know
    private const int FewestPoints = 4; // for each number of a Gaussian, or the state counts as its neighbour
    private const double LeftOut = 15; // kJ/mol, six times RT: what misses a state that low misses too much

    private readonly RotorTree _tree;
    private readonly int[][] _ofStructure; // [S'] walkers in each structure in which there are any

    private LearnedShapes(RotorTree tree, AtomProposal proposal, LocalStructures local, HamiltonianMonteCarlo dynamics, float[] walkers,
        long evaluations) =>
        (_tree, Proposal, Local, Dynamics, Positions, Evaluations, _ofStructure) = (tree, proposal, local, dynamics, walkers, evaluations,
            [.. Enumerable.Range(0, Walkers).GroupBy(m => local.StateOf(walkers.AsSpan(m * (walkers.Length / Walkers),
                walkers.Length / Walkers), 1, 0)).OrderBy(g => g.Key).Select(g => g.ToArray())]);

    /// <summary>q(x).</summary>
    public AtomProposal Proposal { get; }

    /// <summary>The structures in which the chains stay.</summary>
    public LocalStructures Local { get; }

    /// <summary>What moved the chains, its step tuned.</summary>
    public HamiltonianMonteCarlo Dynamics { get; }

    /// <summary>[W, N, 3] nm, where the chains stand.</summary>
    public float[] Positions { get; }

    /// <summary>Energies so far, those of the torsions included.</summary>
    public long Evaluations { get; }

    /// <summary>Whether there is something to jump: a rotor, or a second structure.</summary>
    public bool CanJump => Proposal.Torsions.Dimension > 0 || Proposal.States > 1;

    /// <summary>Jumps of the torsions alone; null without rotors.</summary>
    public TorsionJump? TorsionJump() => Proposal.Torsions.Dimension > 0 ? LearnedTorsions.Jump(_tree, Proposal.Torsions, Local) : null;

    /// <summary>[N, 3] nm, a place to start from: all those of a set are in one structure, the sets in turn in each.</summary>
    /// <param name="set">Number of the set.</param>
    /// <param name="member">Number within it.</param>
    public ReadOnlySpan<float> Start(int set, int member)
    {
        int[] own = _ofStructure[set % _ofStructure.Length];
        int size = Positions.Length / Walkers;
        return Positions.AsSpan(own[(set / _ofStructure.Length + 7 * member) % own.Length] * size, size);
    }

    /// <summary>Why not all local structures are known, in words; null where they are. Jumps by shapes are exact all the same, but
    /// something else must find the others.</summary>
    public required string? Gap { get; init; }

    /// <summary>Learns.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="learned">Its torsions; a copy is fitted further, to those of all atoms.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Nothing and the reason where there is no time, or no shape.</returns>
    public static (LearnedShapes? Shapes, string? Obstacle) Of(ConformerWork work, RotorTree tree, LearnedTorsions learned,
        CancellationToken cancellation)
    {
        if (FrameTree.Of(work.Molecule, tree, learned.Local.Structures[0]) is not { } frames)
            return (null, "the molecule lies on a line");
        return Learn(work, tree, frames, learned, cancellation) is { } shapes ? (shapes, null)
            : (null, cancellation.IsCancellationRequested ? "there was no time to learn how bonds and angles follow torsions"
                : "chains stay in none of the local structures");
    }

    private static string? GapOf(ConformerWork work, LearnedTorsions learned) =>
        !learned.Searched ? "there was no time to look for local structures"
        : learned.Local.LowestLeftOut < LeftOut ? $"there are {learned.Local.Found} local structures, more than are learned"
        : work.Molecule.Rings.Any(r => r.Length >= MoleculeAdmission.SmallestMacrocycle)
            ? "a macrocycle has more conformations than the local structures that were found"
        : null;

    /// <summary>Fits to where chains of all atoms have been.</summary>
    private static LearnedShapes? Learn(ConformerWork work, RotorTree tree, FrameTree frames, LearnedTorsions learned,
        CancellationToken cancellation)
    {
        string? gap = GapOf(work, learned);
        RandomSource random = work.Random.Split("atoms");
        HamiltonianMonteCarlo dynamics = work.Dynamics(1);
        (List<float[]> visits, long evaluations) = Chains(work, dynamics, learned, random, cancellation);
        if (visits.Count < FewestFrames)
            return null;
        int size = 3 * tree.AtomCount, rotors = tree.Rotors.Count;
        ReadOnlyMemory<float>[] positions =
            [.. visits.SelectMany(now => Enumerable.Range(0, Walkers).Select(m => (ReadOnlyMemory<float>)now.AsMemory(m * size, size)))];

        // states that the chains leave are none of their own
        int[] counts = new int[learned.Local.Structures.Count];
        foreach (ReadOnlyMemory<float> x in positions)
            counts[learned.Local.StateOf(x.Span, 1, 0)]++;
        int[] kept = [.. Enumerable.Range(0, counts.Length).Where(s => counts[s] >= FewestPoints * (size - 6 - rotors))];
        if (kept.Length == 0)
            return null;
        LocalStructures local = learned.Local.Keep(kept);
        TorusProposal torsions = learned.Proposal.Soften(kept, Softening);
        int[] states = [.. positions.Select(x => local.StateOf(x.Span, 1, 0))];
        float[] angles = new float[positions.Length * rotors], weights = new float[positions.Length];
        Array.Fill(weights, 1);
        for (int n = 0; n < positions.Length; n++)
            tree.Angles(positions[n].Span, angles.AsSpan(n * rotors, rotors));
        TorusFit.Run(torsions, states, angles, weights, false, new(Epochs: 3, LearningRate: 0.1), random.Split("fit"), work.Options.Threads,
            cancellation);
        Array.Fill(torsions.LogStates, -Math.Log(kept.Length)); // what the states weigh is not known yet
        return new(tree, AtomProposal.Fit(frames, tree, local, torsions, positions, states), local, dynamics, visits[^1],
            evaluations + learned.Evaluations) { Gap = gap };
    }

    /// <summary>Chains of all atoms at the asked temperature, as many in each local structure, from draws of learned torsions.</summary>
    /// <returns>[visits][W, N, 3] nm.</returns>
    private static (List<float[]> Visits, long Evaluations) Chains(ConformerWork work, HamiltonianMonteCarlo dynamics,
        LearnedTorsions learned, RandomSource random, CancellationToken cancellation)
    {
        int size = 3 * work.Potential.AtomCount, count = learned.Local.Structures.Count;
        var moves = new List<ExtraMove>(ExtraMove.TorsionMoves(work.Space.Moves, 1));
        if (learned.Proposal.Dimension > 0)
            moves.Add(new(ExtraMove.Jumps, learned.Jump(), 1));
        using var chains = new ReplicaExchange(work.Potential, new([work.Options.Temperature]), Walkers, dynamics, moves,
            random.Split("chains"), work.Options.Threads);
        float[] starts = learned.SpreadStarts(Walkers, random.Split("starts"));
        for (int m = 0; m < Walkers; m++)
            chains.SetPositions(m, 0, work.GivenStart(m) is { } given ? given : starts.AsSpan(m * size, size));
        chains.Start();
        chains.Minimise(20, cancellation); // out of clashes
        chains.BurnIn(BurnInSteps, cancellation, n => work.Progress("bonds and angles", 0.5 * n / BurnInSteps));
        int frames = Math.Min(MostFrames, (int)(Frames * Math.Sqrt(count))); // more where states share the walkers
        var visits = new List<float[]>();
        while (visits.Count < frames && chains.Advance(StepsPerFrame, cancellation) == StepsPerFrame)
        {
            float[] now = new float[Walkers * size];
            for (int m = 0; m < Walkers; m++)
                chains.CopyPositions(m, 0, now.AsSpan(m * size, size));
            visits.Add(now);
            work.Progress("bonds and angles", 0.5 + 0.5 * visits.Count / frames);
        }
        return (visits, chains.Evaluations);
    }
}
