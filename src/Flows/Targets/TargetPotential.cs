using MolSampling.Potentials;
using MolSampling.Potentials.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// -ln p of a target as an energy, U(x) = -ln p(x) in kJ/mol: at beta = 1 mol/kJ the Boltzmann distribution of it is the target, so that
/// kernels and samplers of molecules sample it. The way back of <see cref="PotentialTarget"/>.
/// </summary>
/// <remarks>
/// Coordinates stand in particles of three, the last of which may have fewer; masses are one. <c>LadderTrajectory</c> records whole
/// particles only: where D is no multiple of three, <c>ReplicaExchange</c> is to be read by <c>Advance</c> and <c>CopyPositions</c>.
/// </remarks>
public sealed class TargetPotential : Potential
{
    private readonly Target _target;

    /// <summary>Of a target.</summary>
    /// <param name="target">Its calls are counted there.</param>
    /// <param name="blockWidth">W, a multiple of four.</param>
    public TargetPotential(Target target, int blockWidth = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(blockWidth % 4, 0);
        TorchRuntime.EnsureLoaded();
        (_target, BlockWidth) = (target, blockWidth);
        Masses = [.. Enumerable.Repeat(1.0, AtomCount)];
    }

    /// <inheritdoc/>
    public override string Name => $"-ln p of {_target.Name}";

    /// <inheritdoc/>
    public override string Fingerprint => _target.Fingerprint();

    /// <inheritdoc/>
    public override int AtomCount => (_target.Dimension + 2) / 3;

    /// <inheritdoc/>
    public override int Dimension => _target.Dimension;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override Parallelism Parallelism => Parallelism.OneBlock;

    /// <summary>Only where coordinates are those of atoms in space.</summary>
    public override bool IsTranslationInvariant => _target.Measure == TargetMeasure.ModuloRigidMotions;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor u, Tensor f) = Evaluate(tensor(positions.ToArray(), [Dimension, energies.Length]).t().to(ScalarType.Float64).contiguous());
        u.data<double>().CopyTo(energies);
        f.to(ScalarType.Float32).t().contiguous().data<float>().CopyTo(forces);
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor u, Tensor f) = Evaluate(tensor(positions.ToArray(), [1, Dimension]));
        f.data<double>().CopyTo(forces);
        return u.item<double>();
    }

    private (Tensor Energies, Tensor Forces) Evaluate(Tensor x)
    {
        using IDisposable gradients = enable_grad();
        Tensor at = x.detach().clone().requires_grad_(true), logDensity = _target.LogDensity(at);
        return (logDensity.detach().neg().to(ScalarType.Float64).contiguous(), autograd.grad([logDensity.sum()], [at])[0].contiguous());
    }
}
