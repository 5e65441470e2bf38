namespace MolSampling.Sampling.Samplers;

/// <summary>log q of the walker in a lane, of a normalised density q of configurations up to rigid motions; -infinity where q is
/// zero.</summary>
/// <param name="positions">[3N, W] nm.</param>
/// <param name="width">W.</param>
/// <param name="lane">The walker.</param>
public delegate double LaneDensity(ReadOnlySpan<float> positions, int width, int lane);
