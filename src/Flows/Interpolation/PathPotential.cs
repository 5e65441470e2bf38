using System.Security.Cryptography;
using MolSampling.Potentials;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>A learned path as a potential whose walkers' scale is t: kernels and samplers move under U(.; t_k), each walker at its own. In
/// units of kT, so at beta = 1.</summary>
public sealed class PathPotential : Potential
{
    private readonly LearnedPath _path;

    /// <param name="path">Not owned; not to be trained meanwhile.</param>
    /// <param name="blockWidth">W, a multiple of four: the batch of one call.</param>
    public PathPotential(LearnedPath path, int blockWidth = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(blockWidth % 4, 0);
        (_path, BlockWidth) = (path, blockWidth);
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
        Tensor x = tensor(positions.ToArray(), [Dimension, energies.Length]).t().to(ScalarType.Float64).contiguous();
        (Tensor u, Tensor slope, _) = _path.Derivatives(x, tensor(scales.ToArray()), forTraining: false);
        u.contiguous().data<double>().CopyTo(energies);
        slope.neg().to(ScalarType.Float32).t().contiguous().data<float>().CopyTo(forces);
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
