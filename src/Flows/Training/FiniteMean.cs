using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Means over what is finite; the rest is counted and passes no gradient.</summary>
internal static class FiniteMean
{
    /// <summary>The mean of finite elements; NaN if there are none.</summary>
    public static (Tensor Mean, long LeftOut) Of(Tensor values)
    {
        Tensor finite = isfinite(values.detach());
        long count = finite.sum().item<long>();
        return count == values.numel() ? (values.mean(), 0) : (values.masked_select(finite).mean(), values.numel() - count);
    }
}
