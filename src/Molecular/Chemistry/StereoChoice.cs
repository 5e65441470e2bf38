namespace MolSampling.Molecular.Chemistry;

/// <summary>What the elements of a molecule are that its input leaves open, as native/rdkit/isomer.cpp reads it.</summary>
/// <param name="Atoms">[N] 0 as given, 1 counter-clockwise, 2 clockwise, 3 inverted.</param>
/// <param name="Bonds">[M] 0 as given, 1 cis, 2 trans of the bond's stereo atoms.</param>
/// <param name="Axes">[A] 0 as given, or the sign of <see cref="StereoAxis.Given"/>.</param>
internal sealed record StereoChoice(int[] Atoms, int[] Bonds, int[] Axes);
