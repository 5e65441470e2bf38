using System.Diagnostics;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>What draws torsions.</summary>
public enum TorsionProposalKind
{
    /// <summary>The tables of the force field, nothing fitted.</summary>
    Tables,

    /// <summary>A product of mixtures of von Mises laws, one a torsion, fitted to walkers of the same target: the best that the product
    /// form can do.</summary>
    ProductVonMises,

    /// <summary>The joint proposal by the network that serves all molecules, nothing fitted.</summary>
    Network,

    /// <summary>The joint proposal, fitted to the molecule's energies.</summary>
    Fitted,
}

/// <summary>Weighted draws of torsions for p(torsions | local structures), MMFF94s in vacuum, on one thread.</summary>
/// <param name="kind">What draws.</param>
/// <param name="temperature">K.</param>
/// <param name="minimise">Whether the draws, weights aside, are relaxed to minima of the force field: a generator of geometries.</param>
public sealed class TorsionFlowMethod(TorsionProposalKind kind, double temperature = 300, bool minimise = false) : IConformerMethod
{
    private const int Components = 6;

    /// <inheritdoc/>
    public string Name => kind switch
    {
        TorsionProposalKind.Tables => "force-field tables",
        TorsionProposalKind.Network => "network",
        TorsionProposalKind.ProductVonMises => "product of von Mises mixtures",
        _ => minimise ? $"torsion flow at {temperature:f0} K, minimised" : "torsion flow",
    };

    /// <inheritdoc/>
    public MethodResult Generate(RDKitMolecule molecule, int count, ulong seed, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var tree = new RotorTree(molecule.Molecule);
        if (tree.Rotors.Count == 0)
            return MethodResult.Equal([], clock.Elapsed.TotalSeconds, count, "no bond turns");
        var options = new ConformerOptions { Temperature = temperature, Method = kind == TorsionProposalKind.Network
            ? ConformerMethod.Network : ConformerMethod.TorsionFlow, Seed = seed, Threads = 1 };
        (ConformerWork? prepared, string? obstacle) = ConformerWork.Prepare(molecule, options, null, clock, (_, _) => { }, cancellation);
        if (prepared is null)
            return MethodResult.Equal([], clock.Elapsed.TotalSeconds, count, obstacle);
        using ConformerWork work = prepared;
        TorusAdaptationSettings settings = kind is TorsionProposalKind.Tables or TorsionProposalKind.Network ? new(Rounds: 0, Polish: 0)
            : kind == TorsionProposalKind.ProductVonMises ? new(Polish: 0) : new();
        LearnedTorsions learned = LearnedTorsions.Of(work, tree, settings, cancellation);
        TorusProposal proposal = kind == TorsionProposalKind.ProductVonMises ? Product(learned) : learned.Proposal;

        int size = 3 * tree.AtomCount;
        int[] states = new int[count];
        float[] angles = new float[count * proposal.Dimension], positions = new float[count * size];
        double[] own = new double[count], energies = new double[count];
        proposal.Draw(states, angles, own, work.Random.Split("draws"), 1);
        learned.Rotors.Evaluate(states, angles, energies, positions, 1);
        double[] log = [.. energies.Select((u, n) => double.IsFinite(u) ? -work.Beta * u - own[n] : double.NegativeInfinity)];
        float[][] geometries = [.. positions.Chunk(size)];
        if (minimise)
            return MethodResult.Equal(LocalStructures.Relax(work.Potential, geometries, work.Options.Threads, cancellation).Positions,
                clock.Elapsed.TotalSeconds, 0, null);
        if (log.All(double.IsNegativeInfinity))
            return MethodResult.Equal([], clock.Elapsed.TotalSeconds, count, "no draw has a finite energy");
        var weights = new ImportanceWeights(log);
        double top = log.Max(), norm = top + Math.Log(log.Sum(w => Math.Exp(w - top)));
        return new(geometries, [.. log.Select(w => w - norm)], clock.Elapsed.TotalSeconds, 0, null) { EffectiveFraction =
            weights.EffectiveFraction };
    }

    /// <summary>One mixture a torsion, whatever the others and the local structure are.</summary>
    private static TorusProposal Product(LearnedTorsions learned)
    {
        int rotors = learned.Proposal.Dimension;
        float[] tables = new float[rotors * CircleGrid.Nodes];
        for (int t = 0; t < rotors; t++)
        {
            double[] angles = [.. Enumerable.Range(0, learned.Walkers.Length / rotors).Select(w =>
                (double)learned.Walkers[w * rotors + t])];
            var mixture = VonMisesMixture.Fit(angles, Components);
            for (int k = 0; k < CircleGrid.Nodes; k++)
                tables[t * CircleGrid.Nodes + k] = (float)mixture.LogDensity(-Math.PI + k * CircleGrid.Step);
        }
        return new(learned.Proposal.LogStates, [.. Enumerable.Repeat(tables, learned.Proposal.States)], []);
    }
}
