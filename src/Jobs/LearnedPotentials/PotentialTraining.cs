using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Flows.Storage;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Neural;
using MolSampling.Potentials.Torch;
using MolSampling.Sampling;
using TorchSharp;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>
/// Learns a potential in a directory: config.json, labels.xyz (where labels are made), memberN.safetensors (checkpoints), then
/// weights.safetensors, potential.json, curve.csv, held-out.csv and report.html. A committee of networks on atomic environments (J. Behler,
/// M. Parrinello, Phys. Rev. Lett. 98 (2007) 146401, on the features of <see cref="AniModel"/>) is fitted to energies and forces
/// (<see cref="ForceMatching"/>), each member from its own start and with its own tenth of the frames for validation; its spread is scaled
/// to the errors on frames that were left out (<see cref="CommitteeJudgement"/>). Labels that are made here come in two rounds, the second
/// where networks of the first sample. Killed anywhere it goes on from the last checkpoint, and
/// ends with the bytes of one that was never stopped.
/// </summary>
public sealed class PotentialTraining
{
    /// <summary>Name of the settings' file.</summary>
    public const string ConfigFile = "config.json";

    private const string Command = "train potential", LabelsFile = "labels.xyz", CurveFile = "curve.csv", JudgedFile = "held-out.csv",
        ReportFile = "report.html", FirstRound = "first-";
    private const int FirstRoundShare = 3, LeastFrames = 20;
    private const double ValidationShare = 0.1, LeastScale = 0.1; // of a feature's deviation, in the element's root mean square
    private const double ShareOfForce = 0.01; // nm: an atom's share of the energy varies as its forces do over this

    private readonly PotentialConfig _config;
    private readonly string _directory;
    private readonly RandomSource _random;
    private readonly FrameLabelling? _labelling;
    private readonly FrameFile? _given;

    private PotentialTraining(PotentialConfig config, string directory)
    {
        config.Check();
        (_config, _directory, _random) = (config, directory, new(config.Seed));
        _labelling = config.Molecule is null ? null : new(config);
        if (config.Data is not null) // refused before anything is written
        {
            _given = FrameFile.Read(config.Data, config.EnergyUnit, config.ForceUnit, config.LengthUnit);
            _ = Counts(_given.Sets);
        }
        TorchRuntime.EnsureLoaded();
    }

    /// <summary>What is learned, for people.</summary>
    public string Name => _config.Name;

    /// <summary>Found at the end of <see cref="Run"/>.</summary>
    public TrainedPotential? Result { get; private set; }

    /// <summary>Frames without finite labels, or with atoms that coincide, left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Frames of a file that repeat others, left out.</summary>
    public int Repeated => _given?.Repeated ?? 0;

    /// <summary>Begins in a new directory.</summary>
    /// <param name="config">The settings; files relative to the working directory.</param>
    /// <param name="directory">New or empty.</param>
    /// <param name="overwrite">Whether an earlier training in it is removed.</param>
    /// <exception cref="ArgumentException">Settings that make no training, or a directory that is not free.</exception>
    /// <exception cref="MoleculeFormatException">An input that cannot be read.</exception>
    /// <exception cref="ParameterizationException">An energy that does not fit the molecule.</exception>
    public static PotentialTraining Start(PotentialConfig config, string directory, bool overwrite = false)
    {
        config = config.Rooted();
        string instead = $"go on with --resume --output {directory}, ";
        string file = Path.Combine(directory, ConfigFile);
        overwrite |= !File.Exists(file); // a kill may have come before the settings were written
        OutputFolder.ThrowIfTaken(directory, Command, overwrite, instead);
        OutputFolder.ThrowIfHeld(directory);
        if (overwrite && config.Data is not null)
            OutputFolder.ThrowIfInside(directory, [config.Data]);
        var training = new PotentialTraining(config, directory);
        OutputFolder.Claim(directory, Command, [ConfigFile, LabelsFile, CurveFile, JudgedFile, ReportFile, TrainedPotential.FileName,
            TrainedPotential.WeightsFile, OutputFolder.LockFile, .. Enumerable.Range(0, config.Members).SelectMany(m => new[]
            { CheckpointFile("", m), CheckpointFile(FirstRound, m) })], overwrite, instead);
        training.WriteText(ConfigFile, config.ToJson() + "\n");
        return training;
    }

    /// <summary>Goes on in a directory.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no training.</exception>
    /// <exception cref="MoleculeFormatException">Its settings cannot be read.</exception>
    public static PotentialTraining Resume(string directory)
    {
        string config = Path.Combine(directory, ConfigFile);
        return new(File.Exists(config) ? PotentialConfig.Read(config)
            : throw new DirectoryNotFoundException($"{directory}: no training is there ({ConfigFile})"), directory);
    }

    /// <summary>Trains to the end, or to the next checkpoint after a request to stop.</summary>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="stop">Asks for the end.</param>
    /// <returns>Whether it is done.</returns>
    /// <exception cref="IOException">The folder cannot be written, or another process trains in it.</exception>
    /// <exception cref="InvalidOperationException">The training does not stay finite, or the labels' energy fails too often.</exception>
    public bool Run(Action<TaskProgress>? progress = null, CancellationToken stop = default)
    {
        using FileStream held = OutputFolder.Hold(_directory);
        if (Labels(progress, stop) is not { } labels)
            return false;
        LeftOut = labels.LeftOut;
        if (Learn(labels.Sets, "", _config.Epochs, progress, stop) is not { } learned)
            return false;
        Write(labels.Sets, learned);
        return true;
    }

    /// <summary>What a round of learning gave.</summary>
    private sealed record Learned(TrainedPotential Potential, Dictionary<string, float[]> Tensors,
        IReadOnlyList<IReadOnlyList<double[]>> Curves, CommitteeJudgement Judgement);

    /// <summary>
    /// The file's labels, or labels made here. Half of these frames come from the base's law. The other half come from the law of networks
    /// that learned the first: what is learned has to be right where it will be sampled, which the base alone may hardly visit.
    /// </summary>
    private FrameFile? Labels(Action<TaskProgress>? progress, CancellationToken stop)
    {
        if (_labelling is null)
            return _given;
        string file = Path.Combine(_directory, LabelsFile);
        int all = _config.Frames + _config.Test, first = (all + 1) / 2;
        if (_labelling.Run(file, 0, first, _labelling.Base, progress, stop) is not { } labels
            || Learn(labels.Sets, FirstRound, Math.Max(1, _config.Epochs / FirstRoundShare), progress, stop) is not { } learned)
            return null;
        Potential law = TrainedPotential.Potential(learned.Potential.Weights(learned.Tensors), _labelling.AtomicNumbers, _labelling.Masses,
            _labelling.Charge, _labelling.UnpairedElectrons, _labelling.Base);
        return _labelling.Run(file, first, all - first, law, progress, stop);
    }

    /// <summary>Fits a committee; null if stopped.</summary>
    /// <param name="labels">By molecule.</param>
    /// <param name="round">Of the checkpoints' names.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="stop">Asks for the end.</param>
    private Learned? Learn(IReadOnlyList<LabelledFrames> labels, string round, int epochs, Action<TaskProgress>? progress,
        CancellationToken stop)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyList<LabelledFrames> rest = WithoutBase(labels);
        AniModel model = TrainedPotential.FeatureModels[_config.Features].Of(rest.SelectMany(s => s.AtomicNumbers));
        double[] own = OwnEnergies.Fit(rest, model.Elements);
        (int[][] chosen, int[][] learned, int[][] test) = Split(rest);
        FeaturedFrames[] sets = [.. rest.Select((s, n) => new FeaturedFrames(s.At(chosen[n]), model, own, _config.Threads))];
        var networks = new AtomNetworks?[_config.Members];
        try
        {
            var settings = new NetworkSettings(_config.Hidden, epochs, _config.Batch, _config.LearningRate, _config.EnergyWeight,
                _config.Alpha);
            (float[] Mean, float[] Scale)[] inputs = [.. model.Elements.Select((_, e) => Moments(sets, learned, e, model.FeatureCount))];
            double scale = ShareOfForce * Math.Sqrt(rest.Average(s => s.Forces.Average(f => (double)f * f)));
            var curves = new IReadOnlyList<double[]>[_config.Members];
            double[] fractions = new double[_config.Members];
            // a checkpoint belongs to this stream: other settings, or other labels, are refused
            RandomSource all = _random.Split($"{_config.Fingerprint()} {LabelledFrames.Hash(rest)} {round}");
            SideBySide(m =>
            {
                RandomSource random = all.Split(m);
                (int[][] training, int[][] validation) = Validation(learned, random.Split("validation"));
                using var member = new MemberTraining(settings, sets, training, validation,
                    () => new AtomNetworks(inputs, _config.Hidden, scale, _config.Alpha), random,
                    Path.Combine(_directory, CheckpointFile(round, m)));
                member.Restore();
                if (member.Run(Tell, stop))
                    (curves[m], networks[m]) = (member.Curve, member.Release());

                void Tell(TaskProgress own)
                {
                    lock (fractions)
                    {
                        fractions[m] = own.Fraction;
                        progress?.Invoke(new(round == FirstRound ? "first networks" : "networks", fractions.Average(), own.Detail));
                    }
                }
            });
            if (networks.Contains(null))
                return null;
            CommitteeJudgement judgement = Judge(sets, test, networks!);
            var tensors = new Dictionary<string, float[]>();
            for (int m = 0; m < networks.Length; m++)
                for (int e = 0; e < model.Elements.Count; e++)
                    foreach ((int l, (float[] weights, float[] biases)) in networks[m]!.Layers(e).Index())
                    {
                        tensors.Add(TrainedPotential.TensorName(m, e, l, "weight"), weights);
                        tensors.Add(TrainedPotential.TensorName(m, e, l, "bias"), biases);
                    }
            return new(new(TrainedPotential.CurrentSchema, Provenance.CurrentVersion, $"{Name} network",
                _labelling?.Law ?? Path.GetFileName(_config.Data!), _labelling is null ? null : _config.Base, _config.Features,
                [.. model.Elements], own, [.. _config.Hidden], _config.Alpha, networks.Length,
                _labelling is null ? [.. _given!.Charges] : [_labelling.Charge],
                [.. labels.Select(s => ChemicalElement.Formula(s.AtomicNumbers)).Distinct()], _labelling?.Smiles,
                learned.Sum(l => l.Length),
                judgement.Calibration, judgement.UsualSpread, judgement.HeldOut, _config.Seed, ""), tensors, curves, judgement);
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
            Parallel.For(0, _config.Members, ParallelWork.Options(_config.Threads, CancellationToken.None), m =>
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

    private static string CheckpointFile(string round, int member) =>
        string.Create(CultureInfo.InvariantCulture, $"{round}member{member}.safetensors");

    /// <summary>What is left of the labels when the base's energies and forces are taken off.</summary>
    private IReadOnlyList<LabelledFrames> WithoutBase(IReadOnlyList<LabelledFrames> sets)
    {
        if (_labelling is null)
            return sets;
        Potential potential = _labelling.Base;
        LabelledFrames all = sets[0];
        double[] energies = new double[all.Count];
        float[] forces = new float[all.Forces.Length];
        Parallel.For(0, all.Count, ParallelWork.Options(_config.Threads), s =>
        {
            double[] x = Array.ConvertAll(all.Positions[(s * all.Coordinates)..((s + 1) * all.Coordinates)], v => (double)v),
                f = new double[x.Length];
            energies[s] = all.Energies[s] - potential.EvaluateDouble(x, f);
            for (int k = 0; k < f.Length; k++)
                forces[s * f.Length + k] = (float)(all.Forces[s * f.Length + k] - f[k]);
        });
        return [all with { Energies = energies, Forces = forces }];
    }

    /// <summary>How many frames are learned from and tested on.</summary>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    private (int Learned, int Test) Counts(IReadOnlyList<LabelledFrames> sets)
    {
        int all = sets.Sum(s => s.Count), test = _config.Test, learned = _config.Frames == 0 ? all - test : _config.Frames;
        if (_labelling is not null) // of what is there: a half in the first round, and frames without a label are left out
            (learned, test) = ((int)((long)all * learned / (learned + test)), (int)((long)all * test / (learned + test)));
        return learned + test <= all && learned >= LeastFrames ? (learned, test) : throw new ArgumentException(
            $"{learned} frames to learn from (at least {LeastFrames}) and {test} to test on: there are {all}");
    }

    /// <summary>The frames in use, drawn from all: of each set which they are, and which of these are for learning and for
    /// testing.</summary>
    private (int[][] Chosen, int[][] Learned, int[][] Test) Split(IReadOnlyList<LabelledFrames> sets)
    {
        (int learned, int test) = Counts(sets);
        (int Set, int Frame)[] all = [.. sets.SelectMany((s, n) => Enumerable.Range(0, s.Count).Select(f => (n, f)))];
        FrameOrder.Shuffle(all, _random.Split("split"));
        int[][] first = OfEach(all[..learned]), last = OfEach(all[^test..]);
        return ([.. first.Zip(last, (f, l) => (int[])[.. f, .. l])], [.. first.Select(f => Enumerable.Range(0, f.Length).ToArray())],
            [.. first.Zip(last, (f, l) => Enumerable.Range(f.Length, l.Length).ToArray())]);

        int[][] OfEach((int Set, int Frame)[] some) =>
            [.. sets.Select((_, n) => some.Where(k => k.Set == n).Select(k => k.Frame).ToArray())];
    }

    private static (int[][] Training, int[][] Validation) Validation(int[][] learned, RandomSource random)
    {
        (int Set, int Frame)[] all = [.. learned.SelectMany((l, n) => l.Select(f => (n, f)))];
        FrameOrder.Shuffle(all, random);
        int held = (int)Math.Ceiling(ValidationShare * all.Length);
        return (OfEach(all[held..]), OfEach(all[..held]));

        int[][] OfEach((int Set, int Frame)[] some) =>
            [.. learned.Select((_, n) => some.Where(k => k.Set == n).Select(k => k.Frame).ToArray())];
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

    private void Write(IReadOnlyList<LabelledFrames> labels, Learned learned)
    {
        string weightsFile = Path.Combine(_directory, TrainedPotential.WeightsFile);
        using (torch.NewDisposeScope())
            SafeTensors.Write(weightsFile, learned.Tensors.Select(t => KeyValuePair.Create(t.Key, torch.tensor(t.Value))));
        var curve = new StringBuilder("member,epoch,trainingForces,validationForces,validationEnergies\n");
        foreach ((int m, IReadOnlyList<double[]> rows) in learned.Curves.Index())
            foreach (double[] row in rows)
                curve.Append(CultureInfo.InvariantCulture, $"{m},{row[0]},{row[1]:g6},{row[2]:g6},{row[3]:g6}\n");
        WriteText(CurveFile, curve.ToString());
        var judged = new StringBuilder("molecule,reference,predicted,spread\n");
        foreach (JudgedFrame f in learned.Judgement.Frames)
            judged.Append(CultureInfo.InvariantCulture, $"{ChemicalElement.Formula(labels[f.Set].AtomicNumbers)},{f.Reference:g7},")
                .Append(CultureInfo.InvariantCulture, $"{f.Predicted:g7},{learned.Judgement.Calibration * f.Spread:g5}\n");
        WriteText(JudgedFile, judged.ToString());
        TrainedPotential result = learned.Potential with
        {
            WeightsHash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weightsFile))),
        };
        PotentialReport.Write(Path.Combine(_directory, ReportFile), result, learned.Curves, learned.Judgement);
        result.Write(Path.Combine(_directory, TrainedPotential.FileName));
        Result = result;
    }

    private void WriteText(string name, string text)
    {
        using var file = new PendingFile(Path.Combine(_directory, name));
        file.Stream.Write(Encoding.UTF8.GetBytes(text));
        file.Keep();
    }
}
