using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers;

/// <summary>The stereoisomer that was sampled.</summary>
/// <param name="Smiles">Canonical isomeric SMILES: centres and double bonds.</param>
/// <param name="Axes">In words, the hand of each axis that is held: SMILES of RDKit's writer has none.</param>
public sealed record SampledIsomer(string Smiles, IReadOnlyList<string> Axes)
{
    /// <summary>That of a geometry.</summary>
    /// <param name="molecule">Names the axes.</param>
    /// <param name="smiles">Of the geometry.</param>
    /// <param name="positions">[N, 3] nm.</param>
    public static SampledIsomer Of(Molecule molecule, string smiles, ReadOnlySpan<float> positions)
    {
        float[] x = positions.ToArray();
        return new(smiles, [.. molecule.Axes.Where(a => a.IsHeld).Select(a => $"{a.Name(molecule)}: {a.Describe(molecule, x)}")]);
    }

    /// <summary>The SMILES, and the hands behind it.</summary>
    public override string ToString() => Axes.Count == 0 ? Smiles : $"{Smiles}, {string.Join(", ", Axes)}";
}
