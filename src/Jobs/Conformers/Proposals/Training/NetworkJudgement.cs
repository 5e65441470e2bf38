using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals.Training;

/// <summary>Quality of one proposal for one molecule.</summary>
/// <param name="Molecule">Name.</param>
/// <param name="Rotors">T.</param>
/// <param name="Proposal">tables; steps-n: n steps without a network, all gates as they start; network-n: after n stages; tables-rounds-r
/// and network-rounds-r: after r rounds of adaptation from there.</param>
/// <param name="Energies">Of the target that were asked for on the way.</param>
/// <param name="EssFraction">Of the draws.</param>
/// <param name="ParetoK">Shape of the weights' tail.</param>
internal sealed record ProposalQuality(string Molecule, int Rotors, string Proposal, long Energies, double EssFraction, double ParetoK);

/// <summary>Judges a <see cref="ProposalNetwork"/> on the molecules of a list, all proposals with the same numbers: what the tables give
/// alone, what steps without a network give, what each stage adds, what adaptation still adds.</summary>
internal static class NetworkJudgement
{
    private const int Draws = 20_000;

    private static readonly int[] s_rounds = [1, 3];

    /// <summary>Molecules between least and most rotors.</summary>
    public static List<ProposalQuality> Run(ProposalNetwork network, string list, int least, int most, bool adapt, ulong seed,
        Action<TaskProgress>? progress)
    {
        var rows = new List<ProposalQuality>();
        MoleculeRecord[] records = [.. SmilesFile.Read(list)];
        for (int n = 0; n < records.Length; n++)
        {
            if (records[n].Molecule is not { } read)
                throw new MoleculeFormatException(list, 0, records[n].Error ?? records[n].Name);
            int rotors = new Molecular.Coordinates.RotorTree(read.Molecule).Rotors.Count;
            read.Dispose();
            if (rotors >= least && rotors <= most)
                rows.AddRange(Judge(network, TrainingMolecule.Prepare(records[n].Input, records[n].Name.Split()[0]), adapt,
                    new RandomSource(seed)));
            progress?.Invoke(new("judging", (n + 1.0) / records.Length, records[n].Name));
        }
        return rows;
    }

    private static IEnumerable<ProposalQuality> Judge(ProposalNetwork network, TrainingMolecule m, bool adapt, RandomSource random)
    {
        yield return Weigh("tables", 0);
        for (int stage = 0; stage < network.Stages; stage++)
        {
            ProposalNetwork.MoveWithoutGates(m.Proposal, ProposalFeatures.Of(m.Proposal, m.Tree, m.Target, random, stage, 1));
            yield return Weigh($"steps-{stage + 1}", (stage + 1) * ProposalNetwork.Draws);
        }
        for (int stages = 1; stages <= network.Stages; stages++)
        {
            Start(stages);
            yield return Weigh($"network-{stages}", stages * ProposalNetwork.Draws);
        }
        foreach ((string from, int stages) in adapt ? new[] { ("tables", 0), ("network", network.Stages) } : [])
            foreach (int rounds in s_rounds)
            {
                Start(stages);
                var adaptation = new TorusAdaptation(m.Proposal, m.Target, new(Rounds: rounds, Polish: 0), random, 1);
                adaptation.Run();
                yield return Weigh($"{from}-rounds-{rounds}", stages * ProposalNetwork.Draws + adaptation.Evaluations);
            }

        void Start(int stages)
        {
            foreach (float[] weights in m.Proposal.Weights)
                Array.Clear(weights);
            if (stages > 0)
                network.Apply(m.Proposal, m.Tree, m.Target, random, stages, 1);
        }

        ProposalQuality Weigh(string proposal, long energies)
        {
            ImportanceWeights weights = m.Weigh(Draws, random.Split("judge"));
            return new(m.Name, m.Tree.Rotors.Count, proposal, energies, weights.EffectiveFraction, weights.Tail.Shape);
        }
    }
}
