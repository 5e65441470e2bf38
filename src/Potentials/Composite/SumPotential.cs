using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Potentials;

/// <summary>A sum of potentials of the same atoms, U(x) = sum_k c_k U_k(x): a force field and its correction, a system and a restraint, a
/// mixture of two models.</summary>
public sealed class SumPotential : Potential
{
    private readonly (double Factor, Potential Part)[] _parts;

    /// <param name="parts">Factors and potentials, at least one. The masses and the support are those of the first.</param>
    /// <exception cref="ArgumentException">None, or potentials of other numbers of atoms.</exception>
    public SumPotential(params IReadOnlyList<(double Factor, Potential Part)> parts)
    {
        if (parts.Count == 0)
            throw new ArgumentException("A sum of potentials needs one at least.");
        Potential first = parts[0].Part;
        if (parts.FirstOrDefault(p => p.Part.Dimension != first.Dimension).Part is { } other)
            throw new ArgumentException($"{first.Name} is of {first.AtomCount} atoms, {other.Name} of {other.AtomCount}: they cannot be added.");
        _parts = [.. parts];
        BlockWidth = _parts.Aggregate(1, (w, p) => w / Gcd(w, p.Part.BlockWidth) * p.Part.BlockWidth);
        Name = string.Join(" + ", _parts.Select(p => p.Factor == 1 ? p.Part.Name : string.Create(CultureInfo.InvariantCulture,
            $"{p.Factor:R} {p.Part.Name}")));
        string text = string.Join('\n',
            _parts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Factor:R} {p.Part.Fingerprint}")));
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    public override int AtomCount => _parts[0].Part.AtomCount;

    /// <inheritdoc/>
    public override int Dimension => _parts[0].Part.Dimension;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _parts[0].Part.Masses;

    /// <summary>The least width that is whole blocks of every part.</summary>
    public override int BlockWidth { get; }

    /// <inheritdoc/>
    public override Parallelism Parallelism => _parts.Any(p => p.Part.Parallelism == Parallelism.OneBlock) ? Parallelism.OneBlock
        : Parallelism.ManyBlocks;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => _parts.All(p => p.Part.IsTranslationInvariant);

    /// <inheritdoc/>
    public override ISupport? Support => _parts[0].Part.Support;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        forces.Clear();
        energies.Clear();
        foreach ((double factor, Potential part) in _parts)
            if (part.BlockWidth == BlockWidth)
                part.AddBlock(factor, positions, forces, energies);
            else
                AddParts(factor, part, positions, forces, energies);
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
    {
        double energy = 0;
        double[] own = new double[forces.Length];
        forces.Clear();
        foreach ((double factor, Potential part) in _parts)
        {
            energy += factor * part.EvaluateDouble(positions, own);
            for (int k = 0; k < own.Length; k++)
                forces[k] += factor * own[k];
        }
        return energy;
    }

    /// <summary>A part of narrower blocks, one after the other.</summary>
    private void AddParts(double factor, Potential part, ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        int width = part.BlockWidth, rows = Dimension;
        float[] x = new float[rows * width], f = new float[rows * width];
        for (int first = 0; first < BlockWidth; first += width)
        {
            for (int row = 0; row < rows; row++)
            {
                positions.Slice(row * BlockWidth + first, width).CopyTo(x.AsSpan(row * width));
                forces.Slice(row * BlockWidth + first, width).CopyTo(f.AsSpan(row * width));
            }
            part.AddBlock(factor, x, f, energies.Slice(first, width));
            for (int row = 0; row < rows; row++)
                f.AsSpan(row * width, width).CopyTo(forces[(row * BlockWidth + first)..]);
        }
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
