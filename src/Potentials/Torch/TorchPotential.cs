using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>Any torch function as a potential: a neural network, a surrogate, a formula. Blocks are wide, since torch pays for every
/// operation and not for every walker.</summary>
public sealed class TorchPotential : Potential
{
    private readonly TorchForces _function;
    private readonly ScalarType _type;
    private readonly Device _device;

    /// <summary>Of a function.</summary>
    /// <param name="name">For people.</param>
    /// <param name="identity">Everything that the function depends on: a hash of weights, a formula with its numbers. It becomes the
    /// fingerprint.</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="function">Positions [B, N, 3] nm to energies and forces; safe to call from several threads, if several blocks are
    /// evaluated at once.</param>
    /// <param name="isTranslationInvariant">Whether U is unchanged when all atoms move together.</param>
    /// <param name="blockWidth">W, a multiple of four: the batch of one call.</param>
    /// <param name="type">Of the positions that the function takes: float32 or float64.</param>
    /// <param name="device">Where the function takes them; null for the CPU.</param>
    /// <exception cref="ArgumentException">A width that is no positive multiple of four.</exception>
    public TorchPotential(string name, string identity, IReadOnlyList<double> masses, TorchForces function,
        bool isTranslationInvariant = true, int blockWidth = 64,
        ScalarType type = ScalarType.Float64, Device? device = null)
    {
        if (blockWidth <= 0 || blockWidth % 4 != 0)
            throw new ArgumentException($"{name}: blocks of {blockWidth} walkers; a multiple of four is needed.");
        TorchRuntime.EnsureLoaded();
        (Name, Masses, BlockWidth, IsTranslationInvariant, _function, _type, _device) = (name, [.. masses], blockWidth,
            isTranslationInvariant, function, type, device ?? CPU);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"torch {identity}")));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => Masses.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses { get; }

    /// <inheritdoc/>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override Parallelism Parallelism => Parallelism.OneBlock;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The function returned other shapes.</exception>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        using DisposeScope scope = NewDisposeScope();
        int width = energies.Length;
        // [N, 3, W], as the block lies in memory, to [W, N, 3]
        Tensor x = tensor(positions.ToArray(), [AtomCount, 3, width]).permute(2, 0, 1).to(_type).to(_device).contiguous();
        (Tensor u, Tensor f) = Checked(x);
        u.data<double>().CopyTo(energies);
        f.to(ScalarType.Float32).permute(1, 2, 0).contiguous().data<float>().CopyTo(forces);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The function returned other shapes.</exception>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor u, Tensor f) = Checked(tensor(positions.ToArray(), [1, AtomCount, 3]).to(_type).to(_device));
        f.to(ScalarType.Float64).contiguous().data<double>().CopyTo(forces);
        return u.item<double>();
    }

    private (Tensor Energies, Tensor Forces) Checked(Tensor x)
    {
        (Tensor u, Tensor f) = _function.Evaluate(x);
        if (u.dim() != 1 || u.shape[0] != x.shape[0] || !f.shape.SequenceEqual(x.shape))
            throw new InvalidOperationException($"{Name}: energies [{string.Join(", ", u.shape)}] and forces [{string.Join(", ", f.shape)}] for positions "
                + $"[{string.Join(", ", x.shape)}]; [{x.shape[0]}] and the positions' own shape were expected");
        return (u.to(ScalarType.Float64).cpu().contiguous(), f.cpu());
    }
}
