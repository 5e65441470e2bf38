using System.Globalization;
using MolSampling.Flows.Storage;
using MolSampling.Sampling.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.NeuralIntegration;

/// <summary>What was sampled, as files: a stage that has its file is done.</summary>
internal static class PathFiles
{
    /// <summary>Writes windows.</summary>
    public static void Write(string path, PathWindows w)
    {
        using DisposeScope scope = NewDisposeScope();
        int windows = w.Times.Count, samples = windows * w.Sets * w.Draws;
        SafeTensors.Write(path, new Dictionary<string, Tensor>
        {
            ["times"] = tensor(w.Times.ToArray()),
            ["reduced"] = tensor(w.Reduced, [w.Reduced.Length / samples, samples]),
            ["positions"] = tensor(w.Positions, [samples, w.Positions.Length / samples]),
            ["stepSizes"] = tensor(w.StepSizes.ToArray()),
            ["exchange"] = tensor(w.ExchangeAcceptance, ScalarType.Float64).reshape(1),
        }, Metadata(("sets", w.Sets), ("draws", w.Draws), ("evaluations", w.Evaluations), ("nonFinite", w.NonFinite)));
    }

    /// <summary>Reads windows.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static PathWindows ReadWindows(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> t, Dictionary<string, string> m) = SafeTensors.Read(path);
        return new(Doubles(path, t, "times"), (int)Number(path, m, "sets"), (int)Number(path, m, "draws"), Doubles(path, t, "reduced"),
            [.. Of(path, t, "positions").data<float>()], Doubles(path, t, "stepSizes"), Doubles(path, t, "exchange")[0],
            Number(path, m, "evaluations"), Number(path, m, "nonFinite"));
    }

    /// <summary>Writes works of both directions, with where the walkers stood at the windows' times.</summary>
    public static void Write(string path, PathSwitching s)
    {
        using DisposeScope scope = NewDisposeScope();
        SafeTensors.Write(path, new Dictionary<string, Tensor>
        {
            ["times"] = tensor(s.Times.ToArray()),
            ["stepSizes"] = tensor(s.StepSizes.ToArray()),
            ["forward"] = tensor(s.Forward),
            ["backward"] = tensor(s.Backward),
            ["starts"] = tensor(s.Starts),
        }, Metadata(("evaluations", s.Evaluations), ("nonFinite", s.NonFinite)));
    }

    /// <summary>Reads works.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static PathSwitching ReadSwitching(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        (Dictionary<string, Tensor> t, Dictionary<string, string> m) = SafeTensors.Read(path);
        return new(Doubles(path, t, "times"), Doubles(path, t, "stepSizes"), Doubles(path, t, "forward"), Doubles(path, t, "backward"),
            [.. Of(path, t, "starts").data<float>()], Number(path, m, "evaluations"), Number(path, m, "nonFinite"));
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
