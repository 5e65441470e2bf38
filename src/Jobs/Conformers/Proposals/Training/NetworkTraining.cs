using System.Diagnostics;
using System.Globalization;
using System.Text;
using MolSampling.Flows.Storage;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals.Training;

/// <summary>Quality of proposals over the validation molecules after a stage: ESS/N of draws.</summary>
internal sealed record NetworkQuality(int Stages, int Molecules, double LowerQuartile, double Median, double UpperQuartile);

/// <summary>
/// From two lists of molecules to the weights of a <see cref="ProposalNetwork"/>, in a directory: samples/NAME.bin (made once, kept over a
/// kill), network.safetensors, curve.csv. What comes out is a function of (lists, settings, seed).
/// </summary>
internal sealed class NetworkTraining(string directory, ProposalTrainingSettings settings, int stages, ulong seed)
{
    private const int LeastRotors = 2, MostRotors = 8, JudgeDraws = 20_000;
    private const double LeastAcceptance = 0.1; // below, walkers have hardly moved between regions

    // the walkers are what is wanted, not the last per cent of the proposal
    private static readonly TorusAdaptationSettings s_sampling = new(Walkers: 1024, Rounds: 4, Sweeps: 4, Polish: 1, PolishDraws: 4096);

    /// <summary>Of the tables alone, then after each stage.</summary>
    public List<NetworkQuality> Quality { get; } = [];

    /// <summary>Molecules that were trained on.</summary>
    public int Molecules { get; private set; }

    /// <summary>Time spent on samples in this call, and on training.</summary>
    public (double Sampling, double Training) Seconds { get; private set; }

    /// <summary>Runs.</summary>
    /// <param name="training">SMILES file.</param>
    /// <param name="validation">SMILES file.</param>
    /// <param name="progress">May be null.</param>
    /// <param name="cancellation">Between molecules and stages.</param>
    /// <exception cref="OperationCanceledException">Samples so far are kept.</exception>
    public void Run(string training, string validation, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(directory, "samples"));
        var clock = Stopwatch.StartNew();
        TrainingMolecule[] molecules = Samples(training, progress, cancellation), judges = Samples(validation, progress, cancellation);
        Molecules = molecules.Length;
        double sampled = clock.Elapsed.TotalSeconds;
        var run = new ProposalTraining(molecules, judges, settings, new RandomSource(seed));
        Judge(0, judges);
        for (int stage = 0; stage < stages; stage++)
        {
            cancellation.ThrowIfCancellationRequested();
            run.Stage(stage, e => progress?.Invoke(new($"stage {e.Stage + 1}", (double)e.Epoch / settings.Epochs,
                string.Create(CultureInfo.InvariantCulture, $"gain {e.Training:f2}, validation {e.Validation:f2}"))));
            Judge(stage + 1, judges);
        }
        Seconds = (sampled, clock.Elapsed.TotalSeconds - sampled);
        SafeTensors.Write(Path.Combine(directory, "network.safetensors"), run.Tensors, new Dictionary<string,
            string> { ["molecules"] = $"{Molecules}", ["seed"] = $"{seed}" });
        using var curve = new PendingFile(Path.Combine(directory, "curve.csv"));
        curve.Stream.Write(Encoding.UTF8.GetBytes("stage,epoch,trainingGain,validationGain\n"
            + string.Concat(run.Curve.Select(e => string.Create(CultureInfo.InvariantCulture,
                $"{e.Stage + 1},{e.Epoch},{e.Training:f4},{e.Validation:f4}\n")))));
        curve.Keep();
    }

    private TrainingMolecule[] Samples(string list, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        MoleculeRecord[] records = [.. SmilesFile.Read(list)];
        var molecules = new List<TrainingMolecule>();
        for (int n = 0; n < records.Length; n++)
        {
            cancellation.ThrowIfCancellationRequested();
            records[n].Molecule?.Dispose();
            string name = records[n].Name, path = Path.Combine(directory, "samples", $"{name}.bin");
            if (!File.Exists(path))
            {
                TrainingMolecule fresh = TrainingMolecule.Prepare(records[n].Input, name);
                if (fresh.Tree.Rotors.Count is < LeastRotors or > MostRotors)
                    throw new ArgumentException($"{name} has {fresh.Tree.Rotors.Count} rotors: the list is for {LeastRotors} to {MostRotors}.");
                fresh.Sample(s_sampling, new RandomSource(seed));
                fresh.Write(path);
            }
            TrainingMolecule molecule = TrainingMolecule.Read(path);
            if (molecule.Acceptance >= LeastAcceptance)
                molecules.Add(molecule);
            progress?.Invoke(new($"samples of {Path.GetFileName(list)}", (n + 1.0) / records.Length, name));
        }
        return [.. molecules];
    }

    private void Judge(int done, TrainingMolecule[] judges)
    {
        double[] shares = [.. judges.Select(m => m.Weigh(JudgeDraws, new RandomSource(seed).Split("judge")).EffectiveFraction).Order()];
        Quality.Add(new(done, shares.Length, shares[shares.Length / 4], shares[shares.Length / 2], shares[3 * shares.Length / 4]));
    }
}
