using System.Globalization;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>A molecule's torsions given its local structures: the tables of the force field, fitted to its energies by walkers.</summary>
internal sealed class LearnedTorsions
{
    /// <summary>Of a molecule whose torsions are learned for all atoms: the cost of a fit grows with the square.</summary>
    public const int MostRotors = 24;

    private const int TrialDraws = 2048;
    private const int HotWalkers = 64, HotSteps = 50, HotVisits = 3;
    private const double HotTemperature = 900; // K, as the top of the ladder
    private const double PoorestNetwork = 0.05; // ESS/N, below which the molecule's own energies are learned from

    private readonly RotorTree _tree;
    private readonly TorusAdaptation _adaptation;
    private float[]? _starts;

    /// <summary>How long to learn where shapes of all atoms are learned next.</summary>
    public static TorusAdaptationSettings ForShapes { get; } = new(Walkers: 1024, Rounds: 3, Polish: 0);

    private LearnedTorsions(RotorTree tree, LocalStructures local, RigidRotors rotors, TorusProposal proposal,
        TorusAdaptation adaptation) =>
        (_tree, Local, Rotors, Proposal, _adaptation) = (tree, local, rotors, proposal, adaptation);

    /// <summary>Ring and inversion states.</summary>
    public LocalStructures Local { get; }

    /// <summary>The map from torsions to atoms, with energies.</summary>
    public RigidRotors Rotors { get; }

    /// <summary>q.</summary>
    public TorusProposal Proposal { get; }

    /// <summary>[W, T] rad, where the walkers stand: samples of the target.</summary>
    public float[] Walkers => _adaptation.WalkerAngles;

    /// <summary>Energies so far.</summary>
    public long Evaluations => _adaptation.Evaluations;

    /// <summary>Accepted share of independent draws among the walkers.</summary>
    public double IndependenceAcceptance => _adaptation.IndependenceAcceptance;

    /// <summary>Learns a molecule's torsions.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="tree">Its rotors; without any, only local structures are found.</param>
    /// <param name="settings">How long a fit lasts.</param>
    /// <param name="cancellation">Ends it early: what was learned by then is used.</param>
    public static LearnedTorsions Of(ConformerWork work, RotorTree tree, TorusAdaptationSettings settings, CancellationToken cancellation)
    {
        work.Progress("local structures", 0);
        IReadOnlyList<float[]> conformers = Conformers(work, cancellation);
        var local = LocalStructures.Of(work.Space, tree.Rotors.Count, work.Potential, conformers, work.Images(),
            work.Options.Threads, cancellation);
        bool searched = !cancellation.IsCancellationRequested;
        var rotors = new RigidRotors(tree, work.Potential, local.Structures);
        double beta = work.Beta, least = local.Energies[0];
        work.Progress("tables", 0);
        TorusProposal proposal = RotorTables.Build(rotors, work.Terms, beta,
            [.. local.Energies.Select(u => -beta * (u - least))], cancellation);
        TorusTarget target = Target(rotors, beta, work.Options.Threads);
        string how = "fitted to the molecule's energies";
        if (work.Options.Method == ConformerMethod.Network && !cancellation.IsCancellationRequested)
        {
            work.Progress("network", 0);
            ProposalNetwork.Shipped.Apply(proposal, tree, target, work.Random.Split("network"), 0, work.Options.Threads);
            double share = TorusDraws.Of(proposal, target, TrialDraws, work.Random.Split("trial"), work.Options.Threads).EffectiveFraction;
            bool serves = share >= PoorestNetwork;
            string percent = (100 * share).ToString("g2", CultureInfo.InvariantCulture);
            how = serves ? $"by the network ({percent} % effective)"
                : $"fitted to the molecule's energies (of draws by the network {percent} % are effective)";
            if (serves)
                // walkers still relax: starts, and what the draws are judged by from the other side
                settings = settings with { Rounds = 0, Polish = 0 };
        }
        var adaptation = new TorusAdaptation(proposal, target, settings, work.Random.Split("torsions"), work.Options.Threads);
        if (tree.Rotors.Count > 0)
            adaptation.Run(share => work.Progress("learning torsions", share), cancellation);
        return new(tree, local, rotors, proposal, adaptation) { How = how, Searched = searched };
    }

    /// <summary>The embeddings and, where rings or nitrogens may stand otherwise, what a hot run from them comes by, and each with a
    /// nitrogen inverted: some embeddings do not show every chair and boat.</summary>
    private static IReadOnlyList<float[]> Conformers(ConformerWork work, CancellationToken cancellation)
    {
        if (work.Space.Coordinates.All(c => c.Kind == TorsionKind.Rotor))
            return work.Seeds;
        int size = 3 * work.Potential.AtomCount;
        using var hot = new ReplicaExchange(work.Potential, new([HotTemperature]), HotWalkers, work.Dynamics(1),
            ExtraMove.TorsionMoves(work.Space.Moves, 1), work.Random.Split("hot"), work.Options.Threads);
        for (int m = 0; m < HotWalkers; m++)
            hot.SetPositions(m, 0, work.Seeds[m % work.Seeds.Count]);
        hot.Start();
        hot.Minimise(20, cancellation);
        hot.BurnIn(HotSteps, cancellation);
        var conformers = new List<float[]>(work.Seeds);
        foreach (Pyramid pyramid in work.Space.Pyramids)
            foreach (float[] seed in work.Seeds)
            {
                float[] inverted = [.. seed];
                PyramidInversion.Invert(inverted, 1, 0, pyramid);
                conformers.Add(inverted);
            }
        for (int visit = 0; visit < HotVisits && hot.Advance(HotSteps, cancellation) == HotSteps; visit++)
            for (int m = 0; m < HotWalkers; m++)
            {
                float[] x = new float[size];
                hot.CopyPositions(m, 0, x);
                conformers.Add(x);
            }
        return conformers;
    }

    /// <summary>How the proposal was made, in words.</summary>
    public required string How { get; init; }

    /// <summary>What was learned, in words.</summary>
    public string What => (Proposal.Dimension == 0 ? "bonds and angles" : $"{Proposal.Dimension} torsions {How}")
        + (Local.Structures.Count == 1 ? "" : $" in {Local.Structures.Count} local structures"
            + (Local.Found > Local.Structures.Count ? $" (the lowest of {Local.Found})" : ""));

    /// <summary>Whether there was time for the whole search for local structures.</summary>
    public required bool Searched { get; init; }

    /// <summary>-beta U of rigid rotors.</summary>
    public static TorusTarget Target(RigidRotors rotors, double beta, int threads) => (states, angles, log) =>
    {
        rotors.Evaluate(states, angles, log, null, threads);
        for (int b = 0; b < log.Length; b++)
            log[b] *= -beta;
    };

    /// <summary>The walkers' mean of log p - log q: with log Z from the proposal's own draws, KL(p || q) as seen from samples that do not
    /// come from q.</summary>
    public double WalkersMean()
    {
        double[] own = new double[_adaptation.WalkerLogs.Length];
        Proposal.LogDensity(_adaptation.WalkerStates, _adaptation.WalkerAngles, own);
        return own.Select((q, w) => _adaptation.WalkerLogs[w] - q).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
    }

    /// <summary>The kernel that jumps all torsions of a walker.</summary>
    public TorsionJump Jump() => Jump(_tree, Proposal, Local);

    /// <summary>The same by another law.</summary>
    public static TorsionJump Jump(RotorTree tree, TorusProposal proposal, LocalStructures local) =>
        new(proposal, [.. tree.Rotors.Select(r => new JumpRotor(r.I, new RotatableBond(r.From, r.To, r.Moving), r.L))], local.StateOf);

    /// <summary>Configurations with drawn torsions, as many of each local structure whatever they weigh, [count, N, 3] nm: starts that tell
    /// whether chains mix. Some clash.</summary>
    public float[] SpreadStarts(int count, RandomSource random)
    {
        int[] states = [.. Enumerable.Range(0, count).Select(n => n % Local.Structures.Count)];
        float[] angles = new float[states.Length * Proposal.Dimension], positions = new float[states.Length * 3 * _tree.AtomCount];
        double[] unused = new double[states.Length];
        Proposal.DrawAngles(states, angles, unused, random);
        Rotors.Evaluate(states, angles, unused, positions);
        return positions;
    }

    /// <summary>A configuration to start from, [N, 3] nm: where walker n stands.</summary>
    public ReadOnlySpan<float> Start(int n)
    {
        int size = 3 * _tree.AtomCount, walkers = _adaptation.WalkerStates.Length;
        if (_starts is null)
        {
            _starts = new float[walkers * size];
            Rotors.Evaluate(_adaptation.WalkerStates, _adaptation.WalkerAngles, new double[walkers], _starts);
        }
        return _starts.AsSpan(n % walkers * size, size);
    }
}
