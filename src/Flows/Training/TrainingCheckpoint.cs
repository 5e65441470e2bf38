using System.Globalization;
using MolSampling.Flows.Storage;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Where a training stands, beside its tensors.</summary>
/// <param name="Step">Steps done; what is drawn at a step is a function of (random, step), as in <c>random.Split(step)</c>.</param>
/// <param name="EnergyCalls">Energies evaluated so far.</param>
public readonly record struct TrainingProgress(long Step, long EnergyCalls);

/// <summary>
/// Weights, buffers, moments of the optimiser, the objective's memory and progress in one file. Of the random stream its identity is
/// stored: a resumed training must be given the same one, and then continues to the bit. Nothing is changed unless the whole file fits.
/// </summary>
public static class TrainingCheckpoint
{
    private const string Model = "model.", First = "adam.first.", Second = "adam.second.", Memory = "objective.";

    /// <summary>Writes weights and buffers alone.</summary>
    public static void Write(string path, Parametrized model, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensors.Write(path, Of(model), metadata);

    /// <summary>Writes a training.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Weights and buffers.</param>
    /// <param name="optimiser">Moments and counts.</param>
    /// <param name="progress">Steps and energies.</param>
    /// <param name="random">Of the training.</param>
    /// <param name="memory">What the objective remembers (<see cref="IObjective.State"/>).</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, Parametrized model, Adam optimiser, TrainingProgress progress, RandomSource random,
        IEnumerable<(string Name, Tensor Value)>? memory = null)
    {
        string Number(long n) => n.ToString(CultureInfo.InvariantCulture);
        Dictionary<string, string> metadata = new()
        {
            ["step"] = Number(progress.Step),
            ["energyCalls"] = Number(progress.EnergyCalls),
            ["adamSteps"] = Number(optimiser.Steps),
            ["adamRefused"] = Number(optimiser.Refused),
            ["random"] = Identity(random),
        };
        SafeTensors.Write(path, [.. Of(model), .. Of(optimiser), .. Of(memory)], metadata);
    }

    /// <summary>Reads weights and buffers, from either kind of file.</summary>
    /// <exception cref="InvalidDataException">The file is broken or holds another model; the message names file and tensor.</exception>
    /// <returns>What was written about them.</returns>
    public static IReadOnlyDictionary<string, string> Read(string path, Parametrized model)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata) = SafeTensors.Read(path);
        Copy(path, tensors.Where(t => t.Key.StartsWith(Model, StringComparison.Ordinal)).ToDictionary(), Of(model));
        return metadata;
    }

    /// <summary>Reads a training.</summary>
    /// <exception cref="InvalidDataException">The file is broken, holds another model, or belongs to another random stream.</exception>
    public static TrainingProgress Read(string path, Parametrized model, Adam optimiser, RandomSource random,
        IEnumerable<(string Name, Tensor Value)>? memory = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata) = SafeTensors.Read(path);
        long Number(string key) => metadata.TryGetValue(key, out string? text) && long.TryParse(text, NumberStyles.None,
            CultureInfo.InvariantCulture, out long n)
            ? n
            : throw new InvalidDataException($"{path}: '{key}' is missing: not the checkpoint of a training.");
        TrainingProgress progress = new(Number("step"), Number("energyCalls"));
        (long steps, long refused) = (Number("adamSteps"), Number("adamRefused"));
        if (metadata.GetValueOrDefault("random") != Identity(random))
            throw new InvalidDataException($"{path}: written with another random stream (another seed).");
        Copy(path, tensors, [.. Of(model), .. Of(optimiser), .. Of(memory)]);
        (optimiser.Steps, optimiser.Refused) = (steps, refused);
        return progress;
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Of(Parametrized model) =>
        model.State.Select(s => KeyValuePair.Create(Model + s.Path, s.Parameter.Value));

    private static IEnumerable<KeyValuePair<string, Tensor>> Of(Adam optimiser) =>
        optimiser.Moments.SelectMany(m => new[] { KeyValuePair.Create(First + m.Path, m.First), KeyValuePair.Create(Second + m.Path,
            m.Second) });

    private static IEnumerable<KeyValuePair<string, Tensor>> Of(IEnumerable<(string Name, Tensor Value)>? memory) =>
        (memory ?? []).Select(m => KeyValuePair.Create(Memory + m.Name, m.Value));

    /// <summary>The key is the stream's own; the first number of a child identifies it as well.</summary>
    private static string Identity(RandomSource random) =>
        BitConverter.DoubleToInt64Bits(random.Split("checkpoint").NextDouble()).ToString("x16", CultureInfo.InvariantCulture);

    private static void Copy(string path, Dictionary<string, Tensor> from, IEnumerable<KeyValuePair<string, Tensor>> places)
    {
        Dictionary<string, Tensor> to = places.ToDictionary();
        if (from.Keys.FirstOrDefault(k => !to.ContainsKey(k)) is { } unknown)
            throw new InvalidDataException($"{path}: {unknown}: this model has no such tensor.");
        foreach ((string name, Tensor place) in to)
        {
            if (!from.TryGetValue(name, out Tensor? value))
                throw new InvalidDataException($"{path}: {name}: missing.");
            if (value.dtype != place.dtype || !value.shape.SequenceEqual(place.shape))
                throw new InvalidDataException($"{path}: {name}: {value.dtype} [{string.Join(", ", value.shape)}] where the model has {place.dtype} [{string.Join(", ", place.shape)}].");
        }
        using IDisposable constant = no_grad();
        foreach ((string name, Tensor place) in to)
            place.copy_(from[name]);
    }
}
