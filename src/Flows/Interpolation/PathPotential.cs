using System.Security.Cryptography;
using MolSampling.Potentials;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>A learned path as a potential whose walkers' scale is t: kernels and samplers move under U(.; t_k), each walker at its own. In
/// units of kT, so at beta = 1.</summary>
public sealed class PathPotential : Potential
{
    private const int UsualWidth = 64, WidthOfFewNumbers = 256;

    private readonly LearnedPath _path;
    private readonly ILaneBase? _lanes;

    /// <param name="path">Not owned; not to be trained meanwhile.</param>
    public PathPotential(LearnedPath path)
    {
        _path = path;
        BlockWidth = path.States.Dimension < 10 ? WidthOfFewNumbers : UsualWidth; // torch pays for a call, not for a walker
        _lanes = path.States.InLanes() is { } lanes && BlockWidth % lanes.BlockWidth == 0 ? lanes : null;
        Masses = [.. Enumerable.Repeat(1.0, AtomCount)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(path.States.Definition));
        foreach ((string name, Parameter parameter) in path.State)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(parameter.Value.detach().cpu().contiguous().bytes);
        }
        Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public override string Name => $"learned path of {_path.States.Name}";

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => (_path.States.Dimension + 2) / 3;

    /// <inheritdoc/>
    public override int Dimension => _path.States.Dimension;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override Parallelism Parallelism => Parallelism.OneBlock;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => false;

    /// <inheritdoc/>
    public override bool IsScaled => true;

    /// <summary>U_1.</summary>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        double[] ones = new double[energies.Length];
        Array.Fill(ones, 1);
        EvaluateScaledBlock(positions, ones, forces, energies, new double[energies.Length]);
    }

    /// <summary>U(.; t) with t = scale; the scaled energies are left at 0, for U is not linear in it.</summary>
    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        using DisposeScope scope = NewDisposeScope();
        scaledEnergies.Clear();
        Tensor t = tensor(scales.ToArray());
        float[] given = positions.ToArray();
        Tensor x = tensor(given, [Dimension, energies.Length]).t();
        if (_lanes is null)
        {
            (Tensor u, Tensor slope, _) = _path.Derivatives(x.to(ScalarType.Float64).contiguous(), t, forTraining: false);
            u.contiguous().data<double>().CopyTo(energies);
            slope.neg().to(ScalarType.Float32).t().contiguous().data<float>().CopyTo(forces);
            return;
        }
        using IDisposable constant = no_grad();
        (double[] u0, float[] f0) = Base(given, [.. _path.Schedules(t).contiguous().data<double>()], energies.Length);
        u0.CopyTo(energies);
        f0.CopyTo(forces);
        if (_path.LearnedPart(x.contiguous(), t) is not { } learned)
            return;
        double[] more = [.. learned.Energy.contiguous().data<double>()];
        for (int lane = 0; lane < more.Length; lane++)
            energies[lane] += more[lane];
        float[] slopes = [.. learned.Slope.to(ScalarType.Float32).t().contiguous().data<float>()];
        System.Numerics.Tensors.TensorPrimitives.Subtract(forces, slopes, forces);
    }

    /// <summary>The base of a wide block, narrow block by narrow block.</summary>
    private (double[] Energies, float[] Forces) Base(float[] positions, double[] schedules, int width)
    {
        int narrow = _lanes!.BlockWidth, count = schedules.Length / width, rows = Dimension;
        double[] energies = new double[width];
        float[] forces = new float[positions.Length];
        Parallel.For(0, width / narrow, ParallelWork.Options(), b =>
        {
            float[] x = new float[rows * narrow], f = new float[x.Length];
            for (int row = 0; row < rows; row++)
                positions.AsSpan(row * width + b * narrow, narrow).CopyTo(x.AsSpan(row * narrow));
            _lanes.Evaluate(x, schedules.AsSpan(b * narrow * count, narrow * count), f, energies.AsSpan(b * narrow, narrow));
            for (int row = 0; row < rows; row++)
                f.AsSpan(row * narrow, narrow).CopyTo(forces.AsSpan(row * width + b * narrow));
        });
        return (energies, forces);
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor u, Tensor slope, _) = _path.Derivatives(tensor(positions.ToArray(), [1, Dimension]), ones([1], ScalarType.Float64),
            forTraining: false);
        slope.neg().contiguous().data<double>().CopyTo(forces);
        return u.item<double>();
    }
}
