using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Geometries of one molecule, its atoms in one order, with energies and forces of the law that is to be learned.</summary>
/// <param name="AtomicNumbers">[N].</param>
/// <param name="Positions">[S, 3N] nm.</param>
/// <param name="Energies">[S] kJ/mol.</param>
/// <param name="Forces">[S, 3N] kJ/mol/nm.</param>
internal sealed record LabelledFrames(int[] AtomicNumbers, float[] Positions, double[] Energies, float[] Forces)
{
    /// <summary>S.</summary>
    public int Count => Energies.Length;

    /// <summary>3N.</summary>
    public int Coordinates => 3 * AtomicNumbers.Length;

    /// <summary>Some of them, in the order given.</summary>
    public LabelledFrames At(int[] frames)
    {
        float[] Rows(float[] all) => [.. frames.SelectMany(f => all[(f * Coordinates)..((f + 1) * Coordinates)])];
        return new(AtomicNumbers, Rows(Positions), [.. frames.Select(f => Energies[f])], Rows(Forces));
    }

    /// <summary>SHA-256 of all numbers of some sets.</summary>
    public static string Hash(IEnumerable<LabelledFrames> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (LabelledFrames set in sets)
        {
            hash.AppendData(MemoryMarshal.AsBytes(set.AtomicNumbers.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(set.Positions.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(set.Energies.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(set.Forces.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
