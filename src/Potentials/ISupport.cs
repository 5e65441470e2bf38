namespace MolSampling.Potentials;

/// <summary>The set on which a target density is not zero, for example the configurations of one stereoisomer.</summary>
public interface ISupport
{
    /// <summary>Whether the walker in a lane lies inside.</summary>
    /// <param name="positions">[D, W] nm.</param>
    /// <param name="width">W.</param>
    /// <param name="lane">The walker.</param>
    bool Contains(ReadOnlySpan<float> positions, int width, int lane);
}
