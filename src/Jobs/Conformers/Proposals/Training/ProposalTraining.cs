using MolSampling.Flows.Training;
using MolSampling.Molecular;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Conformers.Proposals.Training;

/// <summary>Settings of <see cref="ProposalTraining"/>.</summary>
/// <param name="Epochs">Passes over the molecules, each stage.</param>
/// <param name="Molecules">A step.</param>
/// <param name="LearningRate">Of Adam, falling to zero by a cosine.</param>
/// <param name="WeightDecay">Of Adam.</param>
/// <param name="Repeats">Draws of the features of each training molecule: steps have noise, and a network that sees a step once learns its
/// noise.</param>
internal sealed record ProposalTrainingSettings(int Epochs = 16, int Molecules = 8, double LearningRate = 1e-3, double WeightDecay = 0.5,
    int Repeats = 2);

/// <summary>One line of the training curve: gain in ln q per sample over the stage's start, means over molecules.</summary>
internal sealed record TrainingEpoch(int Stage, int Epoch, double Training, double Validation);

/// <summary>
/// Trains a <see cref="ProposalNetwork"/> stage by stage by maximum likelihood of samples of p(torsions | local structure), each molecule
/// counting the same. A stage's features are drawn from the proposals that the stages before it left.
/// The epoch with the highest validation likelihood is kept.
/// </summary>
internal sealed class ProposalTraining(IReadOnlyList<TrainingMolecule> training, IReadOnlyList<TrainingMolecule> validation,
    ProposalTrainingSettings settings, RandomSource random)
{
    private const int Samples = 256; // of each molecule
    private const double LongestGradient = 1;

    private readonly Dictionary<string, Tensor> _tensors = [];

    /// <summary>The weights so far, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    public List<TrainingEpoch> Curve { get; } = [];

    /// <summary>Trains the next stage and moves all proposals on.</summary>
    public void Stage(int stage, Action<TrainingEpoch>? report = null)
    {
        TorchRuntime.EnsureLoaded();
        RandomSource own = random.Split($"stage {stage}");
        Item[] items = [.. from m in training from repeat in Enumerable.Range(0, settings.Repeats) select new Item(m, random.Split(repeat),
            stage)], judges = [.. validation.Select(m => new Item(m, random.Split(0), stage))];
        using var rotors = cat([.. items.Select(i => i.Rotors)]);
        using var pairs = cat([.. items.Select(i => i.PairInputs)]);
        using var model = new GateStage(rotors, pairs);
        model.Initialize(own.Split("weights"));
        using var adam = new Adam(model, settings.LearningRate, weightDecay: settings.WeightDecay);
        int batch = Math.Min(settings.Molecules, items.Length), steps = settings.Epochs * (items.Length / batch), step = 0;
        double best = double.NegativeInfinity;
        Dictionary<string, Tensor> kept = [];
        for (int epoch = 1; epoch <= settings.Epochs; epoch++)
        {
            RandomSource shuffle = own.Split($"epoch {epoch}");
            for (int n = items.Length - 1; n > 0; n--)
            {
                int m = shuffle.NextInt(n + 1);
                (items[n], items[m]) = (items[m], items[n]);
            }
            double gained = 0;
            for (int begin = 0; begin + batch <= items.Length; begin += batch, step++)
            {
                using DisposeScope scope = NewDisposeScope();
                adam.LearningRate = settings.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / steps)) * Math.Min(1, (step + 1) / 100.0);
                Tensor gain = Gain(model, items.AsSpan(begin, batch));
                adam.Step(-gain, LongestGradient);
                gained += gain.item<float>() / (items.Length / batch);
            }
            double judged = 0;
            foreach (Item judge in judges)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable constant = no_grad();
                judged += Gain(model, [judge]).item<float>() / judges.Length;
            }
            Curve.Add(new(stage, epoch, gained, judged));
            report?.Invoke(Curve[^1]);
            if (judged > best)
            {
                best = judged;
                foreach ((string path, Flows.Parameter parameter) in model.State)
                    kept[$"{stage}.{path}"] = parameter.Value.detach().clone();
            }
        }
        foreach ((string path, Tensor value) in kept)
            _tensors[path] = value;
        ProposalNetwork network = Network();
        foreach (Item item in items.Concat(judges))
            item.Dispose();
        foreach (TrainingMolecule molecule in training.Concat(validation))
            network.Move(stage, molecule.Proposal, ProposalFeatures.Of(molecule.Proposal, molecule.Tree, molecule.Target,
                random.Split("next").Split(molecule.Name), stage, 1));
    }

    /// <summary>The same without torch.</summary>
    public ProposalNetwork Network() => new(_tensors.ToDictionary(t => t.Key, t => t.Value.data<float>().ToArray()));

    /// <summary>Mean over molecules of the mean over samples of ln q, above that of no step.</summary>
    internal static Tensor Gain(GateStage model, ReadOnlySpan<Item> items)
    {
        Item[] all = items.ToArray();
        int channels = TorusDirections.Channels;
        // [R, channels, harmonics, waves] times gates, and [E, channels, harmonics, waves, harmonics, waves]
        Tensor rotorSteps = cat([.. all.Select(i => i.RotorSteps)]), pairSteps = cat([.. all.Select(i => i.PairSteps)]);
        long r = rotorSteps.shape[0], e = pairSteps.shape[0];
        Tensor start = tensor([.. Enumerable.Range(0, channels).Select(ProposalNetwork.Start)], 1, channels);
        int single = 2 * ProposalFeatures.SingleHarmonics, rows = 2 * ProposalFeatures.PairHarmonics;
        Tensor a = ((model.Rotor.Forward(cat([.. all.Select(i => i.Rotors)])).view(r, channels, -1, 1) + start.view(1, channels, 1,
            1)) * rotorSteps.view(r, channels, -1, 2)).sum([1L]).view(r, single);
        Tensor c = ((model.Pair.Forward(cat([.. all.Select(i => i.PairInputs)])).view(e, channels, rows / 2, 1, rows / 2, 1)
            + start.view(1, channels, 1, 1, 1, 1)) * pairSteps.view(e, channels, rows / 2, 2, rows / 2, 2)).sum([1L]).view(e, rows, rows);
        var (earlier, later) = (new List<long>(), new List<long>());
        long begin = 0;
        foreach (Item item in all)
        {
            earlier.AddRange(item.Features.Pairs.Select(p => begin + p.Earlier));
            later.AddRange(item.Features.Pairs.Select(p => begin + p.Later));
            begin += item.Features.Rotors.Length;
        }
        Tensor waves = cat([.. all.Select(i => i.Waves)], 1); // [S, R, rows]
        Tensor context = einsum("sec,epc->sep", waves.index_select(1, tensor(earlier.ToArray())), c);
        Tensor coupled = zeros(Samples, r, rows).index_add(1, tensor(later.ToArray()), context, 1);
        Tensor sums = a.unsqueeze(0) + nn.functional.pad(coupled, [0, single - rows]);
        Tensor values = cat([.. all.Select(i => i.Offsets)], 1) + matmul(sums, Item.Basis);
        // linear between the nodes, as the proposal is
        Tensor nodes = cat([.. all.Select(i => i.Nodes)], 1), logShares = cat([.. all.Select(i => i.LogShares)], 1);
        Tensor log = (values.gather(-1, nodes) + logShares).logsumexp(-1) - values.logsumexp(-1);
        return (log.sum([1L]).mean() - all.Sum(i => i.Start)) / all.Length;
    }

    /// <summary>A molecule as tensors.</summary>
    internal sealed class Item : IDisposable
    {
        public static readonly Tensor Basis =
            tensor(CircleGrid.WaveTable[..(2 * ProposalFeatures.SingleHarmonics * CircleGrid.Nodes)].ToArray(),
            2 * ProposalFeatures.SingleHarmonics, CircleGrid.Nodes).DetachFromDisposeScope();

        public Item(TrainingMolecule molecule, RandomSource random, int stage)
        {
            Molecule = molecule;
            TorusProposal q = molecule.Proposal;
            Features = ProposalFeatures.Of(q, molecule.Tree, molecule.Target, random.Split(molecule.Name), stage, 1);
            int count = q.Dimension;
            float[] offsets = new float[Samples * count * CircleGrid.Nodes], waves = new float[Samples * count * q.PairRows],
                shares = new float[2 * Samples * count];
            long[] nodes = new long[2 * Samples * count];
            var work = new TorusScratch(q);
            double start = 0;
            for (int s = 0; s < Samples; s++)
            {
                int walker = (int)((long)s * (molecule.Samples.Length / count) / Samples);
                ReadOnlySpan<float> angles = molecule.Samples.AsSpan(walker * count, count);
                for (int t = 0; t < count; t++)
                {
                    int k = s * count + t;
                    q.LogConditional(t, 0, angles, work);
                    work.Values.CopyTo(offsets, k * CircleGrid.Nodes);
                    CircleGrid.Waves(angles[t], work.Waves.AsSpan(t * q.PairRows, q.PairRows));
                    (int node, float share) = CircleGrid.Locate(angles[t]);
                    (nodes[2 * k], nodes[2 * k + 1]) = (node, (node + 1) % CircleGrid.Nodes);
                    (shares[2 * k], shares[2 * k + 1]) = (MathF.Log(1 - share + 1e-6f), MathF.Log(share + 1e-6f));
                    float total = CircleGrid.Exponentiate(work.Values, 0);
                    start += Math.Log(CircleGrid.Density(work.Values, total, angles[t]) * CircleGrid.Step) / Samples;
                }
                work.Waves.CopyTo(waves, s * count * q.PairRows);
            }
            Start = start;
            Offsets = tensor(offsets, Samples, count, CircleGrid.Nodes).DetachFromDisposeScope();
            Waves = tensor(waves, Samples, count, q.PairRows).DetachFromDisposeScope();
            Nodes = tensor(nodes, Samples, count, 2).DetachFromDisposeScope();
            LogShares = tensor(shares, Samples, count, 2).DetachFromDisposeScope();
            Rotors = Matrix(Features.Rotors, ProposalFeatures.RotorWidth);
            PairInputs = Matrix(Features.PairInputs, ProposalFeatures.PairWidth);
            RotorSteps = Matrix(Features.RotorSteps, TorusDirections.Channels * q.SingleRows);
            PairSteps = Matrix(Features.PairSteps, TorusDirections.Channels * q.PairRows * q.PairRows);
        }

        public TrainingMolecule Molecule { get; }

        public ProposalFeatures Features { get; }

        public double Start { get; }

        public Tensor Offsets { get; }

        public Tensor Waves { get; }

        public Tensor Nodes { get; }

        public Tensor LogShares { get; }

        public Tensor Rotors { get; }

        public Tensor PairInputs { get; }

        public Tensor RotorSteps { get; }

        public Tensor PairSteps { get; }

        private static Tensor Matrix(float[][] rows, int width) => tensor(rows.SelectMany(r => r).ToArray(), rows.Length,
            width).DetachFromDisposeScope();

        public void Dispose()
        {
            foreach (Tensor t in new[] { Offsets, Waves, Nodes, LogShares, Rotors, PairInputs, RotorSteps, PairSteps })
                t.Dispose();
        }
    }
}
