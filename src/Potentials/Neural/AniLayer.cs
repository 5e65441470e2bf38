namespace MolSampling.Potentials.Neural;

/// <summary>A dense layer as published, W x + b.</summary>
/// <param name="Inputs">Columns of W.</param>
/// <param name="Outputs">Rows of W.</param>
/// <param name="Weights">[outputs, inputs].</param>
/// <param name="Biases">[outputs].</param>
internal sealed record AniLayer(int Inputs, int Outputs, float[] Weights, float[] Biases);

/// <summary>One model of an ensemble.</summary>
/// <param name="Name">Of its folder, "train0".</param>
/// <param name="Networks">[E] layers of each element's network.</param>
/// <param name="Hash">SHA-256 of all numbers.</param>
internal sealed record AniMember(string Name, IReadOnlyList<IReadOnlyList<AniLayer>> Networks, string Hash);
