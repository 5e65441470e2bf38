using System.Globalization;
using MolSampling.Flows;
using MolSampling.Flows.Targets;
using MolSampling.Flows.Training;
using MolSampling.Potentials.Torch;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>A flow with its trained weights and the target they are for, read from a training's directory.</summary>
public sealed class TrainedFlow : IDisposable
{
    internal const string ConfigFile = "config.json", ModelFile = "model.safetensors", DataFile = "data.safetensors";

    private TrainedFlow(TrainingConfig config, NormalizingFlow flow, Target target, long energyCalls, string version, torch.Tensor? held) =>
        (Config, Flow, Target, EnergyCalls, Version, Held) = (config, flow, target, energyCalls, version, held);

    /// <summary>How it was trained.</summary>
    public TrainingConfig Config { get; }

    /// <summary>The flow.</summary>
    public NormalizingFlow Flow { get; }

    /// <summary>What it was trained for.</summary>
    public Target Target { get; }

    /// <summary>All that the weights took.</summary>
    public long EnergyCalls { get; }

    /// <summary>Of the program that trained it.</summary>
    public string Version { get; }

    /// <summary>[S, D] samples of the target that training has not seen; null if there are none.</summary>
    public torch.Tensor? Held { get; }

    /// <summary>Reads a directory.</summary>
    /// <exception cref="FileNotFoundException">There is no trained flow.</exception>
    /// <exception cref="InvalidDataException">Files are broken, or the weights are for a target that this program computes
    /// otherwise.</exception>
    public static TrainedFlow Open(string directory)
    {
        string config = Path.Combine(directory, ConfigFile), model = Path.Combine(directory, ModelFile);
        if (!File.Exists(config) || !File.Exists(model))
            throw new FileNotFoundException($"{directory}: no trained flow is there ({(File.Exists(config) ? ModelFile : ConfigFile)}).");
        TorchRuntime.EnsureLoaded();
        TrainingConfig settings = TrainingConfig.Read(config);
        Target target = MolecularTargets.Create(settings);
        target.Verify();
        TrainingMemory.Require(settings, target);
        NormalizingFlow flow = FlowFactory.Create(settings.Flow, target, settings.Seed, null);
        try
        {
            IReadOnlyDictionary<string, string> metadata = TrainingCheckpoint.Read(model, flow);
            string stored = metadata.GetValueOrDefault("fingerprint", "");
            if (stored != target.Fingerprint())
                throw new InvalidDataException($"{model}: trained for {metadata.GetValueOrDefault("target", "an unnamed target")} with fingerprint {Short(stored)}, but this program's {target.Name} is {Short(target.Fingerprint())}: another Hamiltonian.");
            return new(settings, flow, target, long.Parse(metadata.GetValueOrDefault("energyCalls", "0"), CultureInfo.InvariantCulture),
                metadata.GetValueOrDefault("version", "unknown"), HeldOf(directory));
        }
        catch
        {
            flow.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flow.Dispose();
        Held?.Dispose();
    }

    private static torch.Tensor? HeldOf(string directory)
    {
        string data = Path.Combine(directory, DataFile);
        if (!File.Exists(data))
            return null;
        using TrainingData read = TrainingData.Read(data);
        return read.Held.clone();
    }

    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint.Length == 0 ? "none"
        : fingerprint;
}
