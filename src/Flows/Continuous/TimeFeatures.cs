using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>Features of t in [0, 1] for a network: t and cos k pi t, sin k pi t.</summary>
internal static class TimeFeatures
{
    private const int Harmonics = 3;

    public const int Count = 1 + 2 * Harmonics;

    /// <summary>[B] to [B, count].</summary>
    public static Tensor Of(Tensor t)
    {
        Tensor column = t.unsqueeze(1), angles = column * (arange(1, Harmonics + 1, dtype: t.dtype, device: t.device) * Math.PI);
        return cat([column, angles.cos(), angles.sin()], 1);
    }
}
