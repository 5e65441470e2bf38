using System.Globalization;
using System.Runtime.ExceptionServices;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Neural;
using MolSampling.Sampling;
using TorchSharp;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>What a round of learning gave.</summary>
/// <param name="Potential">Without its weights' hash.</param>
/// <param name="Tensors">The weights, by <see cref="TrainedPotential.TensorName"/>.</param>
/// <param name="Curves">Of each member (<see cref="MemberTraining.Curve"/>).</param>
/// <param name="Judgement">On the frames that were left out.</param>
internal sealed record Committee(TrainedPotential Potential, Dictionary<string, float[]> Tensors,
    IReadOnlyList<IReadOnlyList<double[]>> Curves, CommitteeJudgement Judgement);

/// <summary>Fits a committee to labels: the base taken off, the atoms' own energies taken off, features, members side by side, each from a
/// start and with validation frames of its own, and a judgement on the frames that were left out.</summary>
/// <param name="config">The settings.</param>
/// <param name="directory">Of the members' checkpoints.</param>
/// <param name="labelling">What made the labels; null for those of a file.</param>
/// <param name="charges">Net charges of the molecules, as far as they are known.</param>
internal sealed class CommitteeFit(PotentialConfig config, string directory, FrameLabelling? labelling, IReadOnlyList<int> charges)
{
    private const double LeastScale = 0.1; // of a feature's deviation, in the element's root mean square
    private const double ShareOfForce = 0.01; // nm: an atom's share of the energy varies as its forces do over this

    private readonly RandomSource _random = new(config.Seed);

    /// <summary>Fits a committee; null if stopped.</summary>
    /// <param name="labels">By molecule.</param>
    /// <param name="round">Of the checkpoints' names.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="stop">Asks for the end.</param>
    /// <exception cref="InvalidDataException">A checkpoint belongs to other settings or labels, or is damaged.</exception>
    /// <exception cref="InvalidOperationException">The training does not stay finite.</exception>
    public Committee? Run(IReadOnlyList<LabelledFrames> labels, string round, int epochs, Action<TaskProgress>? progress,
        CancellationToken stop)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyList<LabelledFrames> rest = WithoutBase(labels);
        AniModel model = TrainedPotential.FeatureModels[config.Features].Of(rest.SelectMany(s => s.AtomicNumbers));
        double[] own = OwnEnergies.Fit(rest, model.Elements);
        FrameSplit split = FrameSplit.Of(rest, config, _random.Split("split"));
        FeaturedFrames[] sets = [.. rest.Select((s, n) => new FeaturedFrames(s.At(split.Chosen[n]), model, own, config.Threads))];
        var networks = new AtomNetworks?[config.Members];
        try
        {
            var settings = new NetworkSettings(config.Hidden, epochs, config.Batch, config.LearningRate, config.EnergyWeight,
                config.Alpha);
            (float[] Mean, float[] Scale)[] inputs = [.. model.Elements.Select((_, e) => Moments(sets, split.Learned, e,
                model.FeatureCount))];
            double scale = ShareOfForce * Math.Sqrt(rest.Average(s => s.Forces.Average(f => (double)f * f)));
            var curves = new IReadOnlyList<double[]>[config.Members];
            double[] fractions = new double[config.Members];
            // a checkpoint belongs to this stream: other settings, or other labels, are refused
            RandomSource all = _random.Split($"{config.Fingerprint()} {LabelledFrames.Hash(rest)} {round}");
            SideBySide(m =>
            {
                RandomSource random = all.Split(m);
                (int[][] training, int[][] validation) = split.Validation(random.Split("validation"));
                using var member = new MemberTraining(settings, sets, training, validation,
                    () => new AtomNetworks(inputs, config.Hidden, scale, config.Alpha), random,
                    Path.Combine(directory, CheckpointFile(round, m)));
                member.Restore();
                if (member.Run(Tell, stop))
                    (curves[m], networks[m]) = (member.Curve, member.Release());

                void Tell(TaskProgress own)
                {
                    lock (fractions)
                    {
                        fractions[m] = own.Fraction;
                        progress?.Invoke(new(round.Length > 0 ? $"{round} networks" : "networks", fractions.Average(), own.Detail));
                    }
                }
            });
            if (networks.Contains(null))
                return null;
            CommitteeJudgement judgement = Judge(sets, split.Test, networks!);
            var tensors = new Dictionary<string, float[]>();
            for (int m = 0; m < networks.Length; m++)
                for (int e = 0; e < model.Elements.Count; e++)
                    foreach ((int l, (float[] weights, float[] biases)) in networks[m]!.Layers(e).Index())
                    {
                        tensors.Add(TrainedPotential.TensorName(m, e, l, "weight"), weights);
                        tensors.Add(TrainedPotential.TensorName(m, e, l, "bias"), biases);
                    }
            return new(new(TrainedPotential.CurrentSchema, Provenance.CurrentVersion, $"{config.Name} network",
                labelling?.Law ?? Path.GetFileName(config.Data!), labelling is null ? null : config.Base, config.Features,
                [.. model.Elements], own, [.. config.Hidden], config.Alpha, networks.Length,
                [.. charges],
                [.. labels.Select(s => ChemicalElement.Formula(s.AtomicNumbers)).Distinct()], labelling?.Smiles,
                split.Learned.Sum(l => l.Length),
                judgement.Calibration, judgement.UsualSpread, judgement.HeldOut, config.Seed, ""), tensors, curves, judgement);
        }
        finally
        {
            foreach (IDisposable? owned in sets.Concat<IDisposable?>(networks))
                owned?.Dispose();
        }
    }

    /// <summary>Trains the members on threads of their own, each with one of torch's: small products gain more from that than from
    /// being shared out, and numbers do not depend on how many run at once.</summary>
    private void SideBySide(Action<int> train)
    {
        int before = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            Parallel.For(0, config.Members, ParallelWork.Options(config.Threads, CancellationToken.None), m =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                train(m);
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    /// <summary>Name of a member's checkpoint.</summary>
    public static string CheckpointFile(string round, int member) => string.Create(CultureInfo.InvariantCulture,
        $"{(round.Length > 0 ? round + "-" : "")}member{member}.safetensors");

    /// <summary>What is left of the labels when the base's energies and forces are taken off.</summary>
    private IReadOnlyList<LabelledFrames> WithoutBase(IReadOnlyList<LabelledFrames> sets)
    {
        if (labelling is null)
            return sets;
        Potential potential = labelling.Base;
        LabelledFrames all = sets[0];
        double[] energies = new double[all.Count];
        float[] forces = new float[all.Forces.Length];
        Parallel.For(0, all.Count, ParallelWork.Options(config.Threads), s =>
        {
            double[] x = Array.ConvertAll(all.Positions[(s * all.Coordinates)..((s + 1) * all.Coordinates)], v => (double)v),
                f = new double[x.Length];
            energies[s] = all.Energies[s] - potential.EvaluateDouble(x, f);
            for (int k = 0; k < f.Length; k++)
                forces[s * f.Length + k] = (float)(all.Forces[s * f.Length + k] - f[k]);
        });
        return [all with { Energies = energies, Forces = forces }];
    }

    private static (float[] Mean, float[] Scale) Moments(FeaturedFrames[] sets, int[][] frames, int element, int columns)
    {
        double[] sums = new double[columns], squares = new double[columns];
        long count = 0;
        for (int s = 0; s < sets.Length; s++)
            sets[s].AddMoments(element, frames[s], sums, squares, ref count);
        if (count == 0)
            return (new float[columns], [.. Enumerable.Repeat(1f, columns)]);
        double[] deviations = [.. sums.Select((v, c) => Math.Sqrt(Math.Max(0, squares[c] / count - v / count * (v / count))))];
        // a feature that hardly varies must not become a large one where it does
        double least = Math.Max(1e-3, LeastScale * Math.Sqrt(deviations.Average(d => d * d)));
        return ([.. sums.Select(v => (float)(v / count))], [.. deviations.Select(d => (float)Math.Max(d, least))]);
    }

    private static CommitteeJudgement Judge(FeaturedFrames[] sets, int[][] test, AtomNetworks[] members)
    {
        double squares = 0, sum = 0;
        long count = 0;
        var judged = new List<(double[], double[][])>();
        for (int s = 0; s < sets.Length; s++)
        {
            double[] reference = [.. test[s].Select(f => (double)sets[s].Energies[f])];
            double[][] energies = [.. members.Select(_ => new double[reference.Length])];
            int done = 0;
            foreach (int[] batch in test[s].Chunk(MemberTraining.FramesAtOnce))
            {
                float[] labels = sets[s].Forces(batch);
                double[] mean = new double[labels.Length];
                for (int m = 0; m < members.Length; m++)
                {
                    (float[] e, float[] f) = ForceMatching.Evaluate(members[m], sets[s], batch);
                    for (int k = 0; k < e.Length; k++)
                        energies[m][done + k] = e[k];
                    for (int k = 0; k < f.Length; k++)
                        mean[k] += f[k] / (double)members.Length;
                }
                for (int k = 0; k < mean.Length; k++)
                {
                    double r = mean[k] - labels[k];
                    (squares, sum) = (squares + r * r, sum + Math.Abs(r));
                }
                (done, count) = (done + batch.Length, count + mean.Length);
            }
            judged.Add((reference, energies));
        }
        return new(judged, (squares, sum, count));
    }
}
