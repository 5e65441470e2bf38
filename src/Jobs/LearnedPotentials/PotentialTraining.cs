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
/// where networks of the first sample. Killed anywhere it goes on from the last checkpoint, and ends with the bytes of one that was never
/// stopped.
/// </summary>
public sealed class PotentialTraining
{
    /// <summary>Name of the settings' file.</summary>
    public const string ConfigFile = "config.json";

    private const string Command = "train potential", LabelsFile = "labels.xyz", CurveFile = "curve.csv", JudgedFile = "held-out.csv",
        ReportFile = "report.html", FirstRound = "first", OnlyRound = "";
    private const int FirstRoundShare = 3; // of the epochs

    private readonly PotentialConfig _config;
    private readonly string _directory;
    private readonly FrameLabelling? _labelling;
    private readonly FrameFile? _given;
    private readonly CommitteeFit _fit;

    private PotentialTraining(PotentialConfig config, string directory)
    {
        config.Check();
        (_config, _directory) = (config, directory);
        _labelling = config.Molecule is null ? null : new(config);
        if (config.Data is not null) // refused before anything is written
        {
            _given = FrameFile.Read(config.Data, config.EnergyUnit, config.ForceUnit, config.LengthUnit);
            _ = FrameSplit.Counts(_given.Sets, config);
        }
        _fit = new(config, directory, _labelling, _labelling is null ? _given!.Charges : [_labelling.Charge]);
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
        // a kill may have come before the settings were written
        overwrite |= Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).All(e =>
            Path.GetFileName(e) == OutputFolder.ManifestFile);
        OutputFolder.ThrowIfTaken(directory, Command, overwrite, instead);
        OutputFolder.ThrowIfHeld(directory);
        if (overwrite && config.Data is not null)
            OutputFolder.ThrowIfInside(directory, [config.Data]);
        var training = new PotentialTraining(config, directory);
        OutputFolder.Claim(directory, Command, [ConfigFile, LabelsFile, CurveFile, JudgedFile, ReportFile, TrainedPotential.FileName,
            TrainedPotential.WeightsFile, OutputFolder.LockFile, .. Enumerable.Range(0, config.Members).SelectMany(m => new[]
            { CommitteeFit.CheckpointFile(OnlyRound, m), CommitteeFit.CheckpointFile(FirstRound, m) })], overwrite, instead);
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
        if (_fit.Run(labels.Sets, OnlyRound, _config.Epochs, progress, stop) is not { } committee)
            return false;
        Write(labels.Sets, committee);
        return true;
    }

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
            || _fit.Run(labels.Sets, FirstRound, Math.Max(1, _config.Epochs / FirstRoundShare), progress, stop) is not { } committee)
            return null;
        Potential law = TrainedPotential.Potential(committee.Potential.Weights(committee.Tensors), _labelling.AtomicNumbers,
            _labelling.Masses, _labelling.Charge, _labelling.UnpairedElectrons, _labelling.Base);
        return _labelling.Run(file, first, all - first, law, progress, stop);
    }

    private void Write(IReadOnlyList<LabelledFrames> labels, Committee committee)
    {
        string weightsFile = Path.Combine(_directory, TrainedPotential.WeightsFile);
        using (torch.NewDisposeScope())
            SafeTensors.Write(weightsFile, committee.Tensors.Select(t => KeyValuePair.Create(t.Key, torch.tensor(t.Value))));
        var curve = new StringBuilder("member,epoch,trainingForces,validationForces,validationEnergies\n");
        foreach ((int m, IReadOnlyList<double[]> rows) in committee.Curves.Index())
            foreach (double[] row in rows)
                curve.Append(CultureInfo.InvariantCulture, $"{m},{row[0]},{row[1]:g6},{row[2]:g6},{row[3]:g6}\n");
        WriteText(CurveFile, curve.ToString());
        var judged = new StringBuilder("molecule,reference,predicted,spread\n");
        foreach (JudgedFrame f in committee.Judgement.Frames)
            judged.Append(CultureInfo.InvariantCulture, $"{ChemicalElement.Formula(labels[f.Set].AtomicNumbers)},{f.Reference:g7},")
                .Append(CultureInfo.InvariantCulture, $"{f.Predicted:g7},{committee.Judgement.Calibration * f.Spread:g5}\n");
        WriteText(JudgedFile, judged.ToString());
        TrainedPotential result = committee.Potential with
        {
            WeightsHash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weightsFile))),
        };
        PotentialReport.Write(Path.Combine(_directory, ReportFile), result, committee.Curves, committee.Judgement);
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
