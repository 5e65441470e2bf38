using MolSampling.Flows.Storage;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// One set of weights that improves the proposal of any molecule. In each of a few stages the proposal draws, the target's energies of the
/// draws give steps (<see cref="TorusDirections"/>), and a network says how much of each step to take, harmonic by harmonic: Delta a_m =
/// sum_k g_(k, m) x_(k, m), and so for pairs. Gates g are functions of what no choice of reference atoms and no reflection changes, and a
/// gate multiplies both waves of a harmonic, so the result turns and reflects with the molecule by construction.
/// </summary>
public sealed class ProposalNetwork
{
    private readonly (DenseStack Rotor, DenseStack Pair)[] _stages;

    private static readonly Lazy<ProposalNetwork> s_shipped = new(() =>
    {
        using Stream stream = typeof(ProposalNetwork).Assembly.GetManifestResourceStream("conformers/network.safetensors")
            ?? throw new FileNotFoundException("The program was built without data/conformers/network.safetensors.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new(PlainTensors.Read(bytes, "network.safetensors"));
    });

    internal ProposalNetwork(IReadOnlyDictionary<string, float[]> tensors)
    {
        int stages = 0;
        while (tensors.ContainsKey($"{stages}.rotor.mean"))
            stages++;
        _stages = [.. Enumerable.Range(0, stages).Select(s => (
            new DenseStack(tensors, $"{s}.rotor", ProposalFeatures.RotorWidth, ProposalFeatures.RotorGates),
            new DenseStack(tensors, $"{s}.pair", ProposalFeatures.PairWidth, ProposalFeatures.PairGates)))];
    }

    /// <summary>Energies that a stage takes.</summary>
    public const int Draws = 4096;

    /// <summary>The weights that come with the program, data/conformers.</summary>
    public static ProposalNetwork Shipped => s_shipped.Value;

    /// <summary>Stages, each of which may be the last.</summary>
    public int Stages => _stages.Length;

    /// <summary>Reads weights.</summary>
    /// <exception cref="InvalidDataException">No such network; the message names the tensor.</exception>
    public static ProposalNetwork Load(string path) => new(PlainTensors.Read(File.ReadAllBytes(path), path));

    /// <summary>Moves a proposal made by the force field's tables towards its target.</summary>
    /// <param name="proposal">Its weights are changed.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="target">Asked <see cref="Draws"/> times a stage.</param>
    /// <param name="random">Of the draws.</param>
    /// <param name="stages">How many; 0 for all.</param>
    /// <param name="threads">0 for all cores.</param>
    public void Apply(TorusProposal proposal, RotorTree tree, TorusTarget target, RandomSource random, int stages = 0, int threads = 0)
    {
        if (stages > Stages)
            throw new ArgumentOutOfRangeException(nameof(stages), $"The network has {Stages} stages.");
        for (int stage = 0; proposal.Dimension > 0 && stage < (stages > 0 ? stages : Stages); stage++)
            Move(stage, proposal, ProposalFeatures.Of(proposal, tree, target, random, stage, threads));
    }

    /// <summary>What a gate is without a network: one for the regression of ln w with the middle ridge, none for the other
    /// channels.</summary>
    internal static float Start(int channel) => channel == 1 ? 1 : 0;

    /// <summary>Adds the steps times their gates.</summary>
    internal void Move(int stage, TorusProposal proposal, ProposalFeatures features) =>
        Move(proposal, features, _stages[stage].Rotor.Evaluate, _stages[stage].Pair.Evaluate);

    /// <summary>The same with all gates as they start: what the network is compared with.</summary>
    internal static void MoveWithoutGates(TorusProposal proposal, ProposalFeatures features) =>
        Move(proposal, features, _ => new float[ProposalFeatures.RotorGates], _ => new float[ProposalFeatures.PairGates]);

    private static void Move(TorusProposal proposal, ProposalFeatures features, Func<float[], float[]> rotor, Func<float[], float[]> pair)
    {
        int single = proposal.SingleRows, rows = proposal.PairRows;
        for (int i = 0; i < proposal.Dimension; i++)
        {
            float[] gates = rotor(features.Rotors[i]), steps = features.RotorSteps[i];
            for (int n = 0; n < steps.Length; n++) // [channel, harmonic, wave]
                proposal.Weights[i][n % single] += (gates[n / 2] + Start(n / single)) * steps[n];
        }
        for (int e = 0; e < features.Pairs.Length; e++)
        {
            (int earlier, int later) = features.Pairs[e];
            float[] gates = pair(features.PairInputs[e]), steps = features.PairSteps[e];
            for (int n = 0; n < steps.Length; n++) // [channel, harmonic and wave of the later, of the earlier]
            {
                (int k, int p, int c) = (n / (rows * rows), n / rows % rows, n % rows);
                proposal.Weights[later][single + p * rows * later + earlier * rows + c] += (gates[((k * rows / 2) + p / 2) * (rows / 2)
                    + c / 2] + Start(k)) * steps[n];
            }
        }
    }
}
