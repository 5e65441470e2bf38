using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Flows.Storage;
using MolSampling.Sampling.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>What was sampled, as files: a stage that has its file is done. Each is sealed: SHA-256 of its numbers and of the run that they
/// belong to.</summary>
internal static class PathFiles
{
    private const string SealKey = "seal";

    /// <summary>Writes windows.</summary>
    public static void Write(string path, PathWindows w, string run)
    {
        using DisposeScope scope = NewDisposeScope();
        int windows = w.Times.Count, samples = windows * w.Sets * w.Draws;
        Write(path, run, new Dictionary<string, Tensor>
        {
            ["times"] = tensor(w.Times.ToArray()),
            ["reduced"] = tensor(w.Reduced, [w.Reduced.Length / samples, samples]),
            ["positions"] = tensor(w.Positions, [samples, w.Positions.Length / samples]),
            ["stepSizes"] = tensor(w.StepSizes.ToArray()),
            ["exchange"] = tensor(w.ExchangeAcceptance, ScalarType.Float64).reshape(1),
        }, Metadata(("sets", w.Sets), ("draws", w.Draws), ("evaluations", w.Evaluations), ("nonFinite", w.NonFinite)));
    }

    /// <summary>Reads windows.</summary>
    /// <exception cref="InvalidDataException">The file is broken, or of another run.</exception>
    public static PathWindows ReadWindows(string path, string run)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> t, Dictionary<string, string> m) = Read(path, run);
        return new(Doubles(path, t, "times"), (int)Number(path, m, "sets"), (int)Number(path, m, "draws"), Doubles(path, t, "reduced"),
            [.. Of(path, t, "positions").data<float>()], Doubles(path, t, "stepSizes"), Doubles(path, t, "exchange")[0],
            Number(path, m, "evaluations"), Number(path, m, "nonFinite"));
    }

    /// <summary>Writes works of both directions, with where the walkers stood at the windows' times.</summary>
    public static void Write(string path, PathSwitching s, string run)
    {
        using DisposeScope scope = NewDisposeScope();
        Write(path, run, new Dictionary<string, Tensor>
        {
            ["times"] = tensor(s.Times.ToArray()),
            ["stepSizes"] = tensor(s.StepSizes.ToArray()),
            ["forward"] = tensor(s.Forward),
            ["backward"] = tensor(s.Backward),
            ["starts"] = tensor(s.Starts),
        }, Metadata(("evaluations", s.Evaluations), ("nonFinite", s.NonFinite)));
    }

    /// <summary>Reads works.</summary>
    /// <exception cref="InvalidDataException">The file is broken, or of another run.</exception>
    public static PathSwitching ReadSwitching(string path, string run)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> t, Dictionary<string, string> m) = Read(path, run);
        return new(Doubles(path, t, "times"), Doubles(path, t, "stepSizes"), Doubles(path, t, "forward"), Doubles(path, t, "backward"),
            [.. Of(path, t, "starts").data<float>()], Number(path, m, "evaluations"), Number(path, m, "nonFinite"));
    }

    private static void Write(string path, string run, Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata)
    {
        metadata[SealKey] = Seal(run, tensors, metadata);
        SafeTensors.Write(path, tensors, metadata);
    }

    private static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Read(string path, string run)
    {
        (Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata) = SafeTensors.Read(path);
        return metadata.GetValueOrDefault(SealKey) == Seal(run, tensors, metadata) ? (tensors, metadata)
            : throw new InvalidDataException($"{path}: damaged, or of another run: remove it, and it is made again");
    }

    private static string Seal(string run, Dictionary<string, Tensor> tensors, Dictionary<string, string> metadata)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(run);
        foreach ((string name, string value) in metadata.Where(m => m.Key != SealKey).OrderBy(m => m.Key, StringComparer.Ordinal))
            Add($"{name} {value}");
        foreach ((string name, Tensor value) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"{name} {value.dtype} {string.Join(' ', value.shape)}"));
            hash.AppendData(value.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Dictionary<string, string> Metadata(params ReadOnlySpan<(string Name, long Value)> numbers)
    {
        var all = new Dictionary<string, string>();
        foreach ((string name, long value) in numbers)
            all[name] = value.ToString(CultureInfo.InvariantCulture);
        return all;
    }

    private static Tensor Of(string path, Dictionary<string, Tensor> tensors, string name) => tensors.TryGetValue(name, out Tensor? t) ? t
        : throw new InvalidDataException($"{path}: '{name}' is missing");

    private static double[] Doubles(string path, Dictionary<string, Tensor> tensors, string name) => [.. Of(path, tensors,
        name).data<double>()];

    private static long Number(string path, Dictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out string? text) && long.TryParse(text, CultureInfo.InvariantCulture, out long value) ? value
            : throw new InvalidDataException($"{path}: '{name}' is missing");
}

/// <summary>Works along a path in both directions.</summary>
/// <param name="Times">[S + 1].</param>
/// <param name="StepSizes">[S + 1] of the moves.</param>
/// <param name="Forward">[B] kT, from samples of state 0.</param>
/// <param name="Backward">[B] kT, from samples of state 1.</param>
/// <param name="Starts">[M, K, D] where walkers of either direction, in turn, stood at the windows' times.</param>
/// <param name="Evaluations">Energies that it took, the pilot's included.</param>
/// <param name="NonFinite">Energies that were not finite.</param>
internal sealed record PathSwitching(double[] Times, double[] StepSizes, double[] Forward, double[] Backward, float[] Starts,
    long Evaluations, long NonFinite);
