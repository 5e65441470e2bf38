namespace MolSampling.Molecular.Chemistry;

/// <summary>Why an embedding ended.</summary>
public enum EmbeddingStatus
{
    /// <summary>All conformers asked for.</summary>
    Complete,

    /// <summary>The time limit came first.</summary>
    OutOfTime,

    /// <summary>Several attempts in a row found no geometry.</summary>
    NoEmbedding,
}

/// <summary>Conformers by distance geometry (ETKDGv3: S. Wang, J. Witek, G. A. Landrum, S. Riniker, J. Chem. Inf. Model. 60 (2020)
/// 2044).</summary>
/// <param name="Conformers">Each [N, 3] nm.</param>
/// <param name="Attempts">Seeds used.</param>
/// <param name="Status">Why it ended.</param>
/// <param name="SampledSmiles">The isomer that all conformers have: where the input left stereo open, the first conformer decided.</param>
public sealed record Embedding(IReadOnlyList<float[]> Conformers, int Attempts, EmbeddingStatus Status, string SampledSmiles);
